"""Provisional bounds while answers are missing."""

from dataclasses import replace

import pytest

from portability.core.bounds import Bound, bounds
from portability.core.periods import Branch, Duration
from portability.core.scheme import Circumstances, MissingAnswer, Scheme
from tests.unit.core.builders import AWARD, EU, euros, months, scheme

POLAND = Circumstances(missing=(MissingAnswer(jurisdiction="PL", at_most=Duration(years=20)),))


def bound(*schemes: Scheme, circumstances: Circumstances = POLAND) -> Bound:
    found = bounds(
        [months("LT", 120)], schemes, EU, Branch.OLD_AGE, AWARD, circumstances=circumstances
    )
    return found[0]


def test_nothing_missing_needs_no_bounds() -> None:
    assert bounds([], [], EU, Branch.OLD_AGE, AWARD, circumstances=Circumstances()) == ()


@pytest.mark.parametrize(
    ("minimum", "independent", "lower", "upper"),
    [
        (None, None, "300.00 EUR", "900.00 EUR"),
        (Duration(years=15), None, "0.00 EUR", "600.00 EUR"),
        (Duration(years=10), "450.00", "450.00 EUR", "900.00 EUR"),
        (Duration(years=40), None, "0.00 EUR", "0.00 EUR"),
    ],
    ids=["no minimum", "minimum within reach", "independent", "minimum out of reach"],
)
def test_the_bounds_hold_for_every_answer(
    minimum: Duration | None, independent: str | None, lower: str, upper: str
) -> None:
    amount = None if independent is None else euros(independent)

    found = bound(scheme("LT", "900.00", minimum=minimum, independent=amount))

    assert (str(found.lower), str(found.upper)) == (lower, upper)
    assert found.to_json()["missing"] == ["PL"]


def test_without_an_amount_there_is_no_bound() -> None:
    found = bound(scheme("LT"))

    assert found.to_json() == {
        "lower": None,
        "upper": None,
        "missing": ["PL"],
        "article": "987/2009 Art 50",
    }


def test_several_missing_answers_are_all_named() -> None:
    circumstances = Circumstances(
        missing=(
            MissingAnswer(jurisdiction="PL", at_most=Duration(years=20)),
            MissingAnswer(jurisdiction="CZ", at_most=Duration(months=6)),
        )
    )

    found = bound(
        scheme("LT", "900.00"), scheme("CZ", minimum=Duration(years=5)), circumstances=circumstances
    )

    assert found.missing == ("CZ", "PL")
    # at worst 120/360: six months in CZ would be short and stay out of the ratio (Art 57)
    assert str(found.lower) == "300.00 EUR"


def test_an_agreement_without_short_periods_has_fewer_turning_points() -> None:
    parameters = {
        key: value for key, value in EU.parameters.items() if key != "minimum_own_periods"
    }
    (found,) = bounds(
        [months("LT", 120)],
        [scheme("LT", "900.00")],
        replace(EU, parameters=parameters),
        Branch.OLD_AGE,
        AWARD,
        circumstances=POLAND,
    )

    assert str(found.lower) == "300.00 EUR"
