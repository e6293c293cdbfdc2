"""The ordinary US amount where it turns: best years, cents, dollars, dimes (20 CFR 404.211)."""

from fractions import Fraction

import pytest

from portability.core.methods.parameters import UsYear
from portability.core.us_pia import OrdinaryAmount, ordinary_amount


def amount(
    eligibility: int, *yearly: str, level: str = "1000", computation_years: int = 1
) -> OrdinaryAmount:
    """Of earnings from 1951 on, when the average wage was 1000, indexed to a wage ``level``."""
    years = {1951 + place: UsYear(Fraction(1000), None) for place in range(len(yearly))}
    years[eligibility - 2] = UsYear(Fraction(level), None)
    earnings = {1951 + place: Fraction(text) for place, text in enumerate(yearly)}
    found = ordinary_amount(
        earnings, years, eligibility=eligibility, computation_years=computation_years
    )
    assert found is not None
    return found


def test_the_method_holds_for_the_first_year_after_1978() -> None:
    assert amount(1979, "1200.00").monthly == 100


def test_the_years_of_the_highest_earnings_are_taken() -> None:
    found = amount(1990, "1200.00", "4800.00", "600.00", "2400.00", computation_years=2)

    assert found.monthly == 300


@pytest.mark.parametrize(("yearly", "monthly"), [("1199.50", 99), ("1200.00", 100)])
def test_average_earnings_go_down_to_the_dollar(yearly: str, monthly: int) -> None:
    assert amount(1990, yearly).monthly == monthly


@pytest.mark.parametrize(
    ("level", "monthly"), [("1199.996", 100), ("1199.994", 99), ("1199.96", 99)]
)
def test_indexed_earnings_go_to_the_nearest_cent(level: str, monthly: int) -> None:
    assert amount(1990, "1000.00", level=level).monthly == monthly


@pytest.mark.parametrize(
    ("eligibility", "monthly", "expected"),
    [
        (1982, 18, "16.20 USD"),
        (1983, 18, "16.20 USD"),
        (1982, 17, "15.30 USD"),
        (1983, 17, "15.30 USD"),
        (1982, 19, "16.60 USD"),
        (1983, 19, "16.50 USD"),
    ],
)
def test_the_amount_goes_up_to_ten_cents_until_1982_then_down(
    eligibility: int, monthly: int, expected: str
) -> None:
    # With an average wage of 1000 the first bend point is 180 x 1000 / 9779.44: 18 dollars,
    # of which 90 per cent count; of the nineteenth dollar 32 cents.
    found = amount(eligibility, str(12 * monthly))

    assert str(found.amount) == expected


@pytest.mark.parametrize(
    ("yearly", "level", "monthly"),
    [
        ("11999999.60", "1000.00004", 1000000),  # a factor of 1.0000000 would give 999999
        ("11999999.60", "1000.00003", 999999),
        ("11999999.35", "1000.00005", 999999),  # and one of 1.0000001 1000000
    ],
)
def test_the_indexing_quotient_is_not_rounded_by_itself(
    yearly: str, level: str, monthly: int
) -> None:
    """42 USC 415(b)(3)(A): times the quotient; POMS RS 00605.018: multiply, divide, then round."""
    assert amount(1990, yearly, level=level).monthly == monthly
