"""Periods, their types and their sums refuse what contradicts itself."""

from datetime import date
from fractions import Fraction

import pytest

from portability.core.periods import Branch, Duration, Period, PeriodClass, PeriodType
from portability.core.units import exact_text
from portability.errors import InvalidInputError

WORK = PeriodType.COMPULSORY_EMPLOYED


def period(**changes: object) -> Period:
    given: dict[str, object] = {"id": "a", "jurisdiction": "FR", "type": WORK}
    return Period(**(given | changes))  # type: ignore[arg-type]  # each test breaks one of them


@pytest.mark.parametrize("kind", list(PeriodType))
def test_a_type_is_found_by_its_code_and_by_its_name(kind: PeriodType) -> None:
    assert PeriodType.parse(kind.code) is kind
    assert PeriodType.parse(kind.label) is kind


def test_names_are_those_that_people_write() -> None:
    assert WORK.label == "compulsory-employed"
    assert PeriodType.FICTIVE_AFTER_RISK.label == "fictive-after-risk"


@pytest.mark.parametrize("text", ["", "99", "9", "COMPULSORY", "11 "])
def test_an_unknown_type_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="P5000 code"):
        PeriodType.parse(text)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("10", PeriodClass.COMPULSORY),
        ("30", PeriodClass.COMPULSORY),
        ("23", PeriodClass.VOLUNTARY),
        ("40", PeriodClass.EQUIVALENT),
        ("51", PeriodClass.EQUIVALENT),
        ("52", PeriodClass.AFTER_RISK),
    ],
)
def test_each_code_has_its_class(code: str, found: PeriodClass) -> None:
    kind = PeriodType.parse(code)

    assert kind.period_class is found
    assert kind.is_real == (found >= PeriodClass.VOLUNTARY)
    assert kind.is_residence == (code == "30")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"start": date(2001, 1, 2), "end": date(2001, 1, 1)}, "end"),
        ({"jurisdiction": "France"}, "jurisdiction"),
        ({"jurisdiction": "fr"}, "jurisdiction"),
        ({"jurisdiction": "ÄÖ"}, "jurisdiction"),
        ({"relevance": "11"}, "relevance"),
        ({"calculation": "112"}, "calculation"),
        ({"by_year": ((2001, Duration(days=1)),)}, "by_year"),
        (
            {
                "communicated": "yearly",
                "by_year": ((2002, Duration(days=1)), (2001, Duration(days=1))),
            },
            "by_year",
        ),
        (
            {
                "communicated": "yearly",
                "start": date(2001, 1, 1),
                "by_year": ((2000, Duration(days=1)),),
            },
            "by_year",
        ),
        (
            {
                "communicated": "yearly",
                "end": date(2001, 1, 1),
                "by_year": ((2002, Duration(days=1)),),
            },
            "by_year",
        ),
    ],
)
def test_a_period_that_contradicts_itself_is_refused(
    changes: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        period(**changes)

    assert refusal.value.context["field"] == field


def test_a_period_of_one_day_is_fine_and_both_days_may_be_missing() -> None:
    assert period(start=date(2001, 1, 1), end=date(2001, 1, 1)).is_dated
    assert not period().is_dated
    assert not period(start=date(2001, 1, 1)).is_dated


def test_the_masks_say_for_which_branches_a_period_counts() -> None:
    found = period(relevance="100", calculation="011")

    assert found.opens_right(Branch.OLD_AGE)
    assert not found.opens_right(Branch.SURVIVORS)
    assert not found.enters_amount(Branch.OLD_AGE)
    assert found.enters_amount(Branch.INVALIDITY)
    assert found.opens_right(Branch.FAMILY)  # the masks know three branches only


@pytest.mark.parametrize("part", ["years", "quarters", "months", "weeks", "days", "hours"])
def test_a_negative_sum_is_refused(part: str) -> None:
    with pytest.raises(InvalidInputError, match=part):
        Duration(**{part: -1})


def test_a_sum_of_an_unknown_working_week_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="5, 6 or 7"):
        Duration(days=1, day_type=4)


def test_a_sum_shows_the_parts_that_it_has() -> None:
    assert Duration(years=Fraction(21, 4), days=3, day_type=6).to_json() == {
        "years": "5.25",
        "days": 3,
        "day_type": 6,
    }
    assert Duration(months=2).to_json() == {"months": 2}
    assert Duration().is_zero()
    assert not Duration(hours=1).is_zero()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, 5),
        (Fraction(4, 2), 2),
        (Fraction(-1, 8), "-0.125"),
        (Fraction(11, 30), "11/30"),
        (Fraction(1, 50), "0.02"),
    ],
)
def test_an_exact_number_is_written_without_loss(value: Fraction, text: object) -> None:
    assert exact_text(value) == text
