"""Relative earnings position and what rests on it: 20 CFR 404.1918, POMS GN 01701.200."""

from datetime import date
from fractions import Fraction

import pytest

from portability.core.methods.parameters import UsYear
from portability.core.methods.tables import EarningsYear
from portability.core.money import ExactMoney, Rounding, parse_money
from portability.core.us_amounts import (
    attributed_earnings,
    per_cent,
    quarters_begun,
    relative_earnings_position,
    to_step,
)
from portability.errors import InvalidInputError

YEARS = {
    1970: UsYear(Fraction("6186.24"), Fraction(7800)),
    1971: UsYear(Fraction("6497.08"), Fraction(7800)),
    1972: UsYear(Fraction("7133.80"), None),
}


def row(
    year: int,
    quarters: int,
    amount: str,
    average: str | None = None,
    maximum: str | None = None,
) -> EarningsYear:
    return EarningsYear(
        year=year,
        quarters=quarters,
        amount=Fraction(amount),
        average=None if average is None else Fraction(average),
        maximum=None if maximum is None else Fraction(maximum),
    )


EXAMPLE_ONE = [
    row(1974, 2, "2045.08", "8030.76"),
    row(1975, 4, "7542.00", "8630.92"),
    row(1976, 4, "9016.00", "9226.48"),
    row(1977, 4, "9952.00", "9779.44"),
    row(1978, 4, "10924.00", "10556.03"),
    row(1979, 4, "12851.00", "11479.46"),
    row(1980, 4, "11924.00", "12513.46"),
]


def test_example_one_of_the_regulation_gives_its_ratios_and_its_position() -> None:
    position = relative_earnings_position(EXAMPLE_ONE, {})

    assert position is not None
    assert [per_cent(ratio) for _, ratio in position.ratios] == [
        "25.46558",
        "87.38350",
        "97.71874",
        "101.76452",
        "103.48587",
        "111.94777",
        "95.28939",
    ]
    assert (position.quarters, position.percent) == (26, "95.85467")


def test_earnings_above_the_share_of_the_yearly_maximum_are_cut() -> None:
    position = relative_earnings_position([row(1970, 2, "4200")], YEARS)

    assert position is not None
    assert Fraction(3900) / Fraction("6186.24") - position.ratios[0][1] < Fraction(1, 10**7)
    assert position.percent == per_cent(position.ratios[0][1] * 2)


def test_the_maximum_of_the_case_goes_before_that_of_the_pack() -> None:
    position = relative_earnings_position([row(1970, 4, "9000", maximum="9000")], YEARS)

    assert position is not None
    assert position.percent == "145.48417"


def test_years_without_a_quarter_are_ignored() -> None:
    with_idle = relative_earnings_position([*EXAMPLE_ONE, row(1981, 0, "500", "13773.10")], {})

    assert relative_earnings_position(EXAMPLE_ONE, {}) == with_idle
    assert relative_earnings_position([row(1981, 0, "500")], {}) is None


def test_a_year_without_a_known_average_wage_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"scheme\.US\.earnings\.1999: average is missing"):
        relative_earnings_position([row(1999, 4, "100")], {})


def test_attributed_earnings_fill_the_base_years_in_cents_up_to_the_wage_base() -> None:
    position = relative_earnings_position([row(1970, 4, "6186.24")], YEARS)
    assert position is not None

    found = dict(attributed_earnings(position, [], YEARS, range(1969, 1973), None))

    assert found == {
        1970: Fraction("6186.24"),
        1971: Fraction("6497.08"),
        1972: Fraction("7133.80"),
    }


def test_other_years_with_a_quarter_get_earnings_too_and_the_wage_base_holds() -> None:
    rows = [row(1970, 4, "7800"), row(1973, 1, "9000", "7580.16", "9600")]
    position = relative_earnings_position(rows, YEARS)
    assert position is not None

    found = dict(attributed_earnings(position, rows, YEARS, range(1970, 1972), None))

    assert sorted(found) == [1970, 1971, 1973]
    assert found[1971] == 7800
    assert found[1973] == min(Fraction(9600), round(position.exact * Fraction("7580.16"), 2))


def test_the_year_of_death_counts_by_quarters_begun() -> None:
    position = relative_earnings_position([row(1970, 4, "6186.24")], YEARS)
    assert position is not None

    found = dict(attributed_earnings(position, [], YEARS, range(1970, 1972), date(1971, 5, 2)))

    assert found == {1970: Fraction("6186.24"), 1971: Fraction("3248.54")}
    assert [quarters_begun(date(2000, month, 1)) for month in (1, 3, 4, 12)] == [1, 1, 2, 4]


def test_amounts_go_to_the_next_lower_or_higher_ten_cents() -> None:
    amount = ExactMoney(exact=Fraction("113.25"), currency="USD")
    step = parse_money("0.10 USD")

    assert str(to_step(amount, step, Rounding.DOWN)) == "113.20 USD"
    assert str(to_step(amount, step, Rounding.UP)) == "113.30 USD"
