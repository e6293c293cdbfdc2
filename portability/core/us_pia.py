"""
The primary insurance amount by the ordinary US method: average indexed monthly earnings.

42 USC 415(b), 20 CFR 404.211 and 404.212, for eligibility after 1978. Amounts are dollars.
Increases for the cost of living are not part of it: the amount is that of the year of eligibility.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from portability.core.methods.parameters import UsYear
from portability.core.money import Money, Rounding, round_exact

FIRST_ELIGIBILITY = 1979
_FIRST_YEAR = 1951  # earnings of earlier years are not used (20 CFR 404.211(a))
_MONTHS = 12
_BASE_WAGE = Fraction("9779.44")  # of 1977, to which the bend points of 1979 belong
_BENDS = (180, 1085)
_SHARES = (Fraction(90, 100), Fraction(32, 100), Fraction(15, 100))
_LAST_ROUNDED_UP = 1982
_DIME = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdinaryAmount:
    """Average indexed monthly earnings in whole dollars, and the amount that they give."""

    monthly: int
    amount: Money


def ordinary_amount(
    earnings: Mapping[int, Fraction],
    years: Mapping[int, UsYear],
    *,
    eligibility: int,
    computation_years: int,
) -> OrdinaryAmount | None:
    """
    The amount on yearly earnings for a worker who becomes eligible in a year.

    None if the method does not hold for that year or its average wages are not known.
    """
    indexing = _average(years, eligibility - 2)
    if eligibility < FIRST_ELIGIBILITY or indexing is None:
        return None
    indexed = sorted(
        (
            amount if year >= eligibility - 2 else _indexed(amount, _average(years, year), indexing)
            for year, amount in earnings.items()
            if year >= _FIRST_YEAR
        ),
        reverse=True,
    )
    total = sum(indexed[:computation_years], start=Fraction(0))
    monthly = int(total / (computation_years * _MONTHS))
    cents = sum(
        (
            share * part * 100
            for share, part in zip(_SHARES, _parts(monthly, indexing), strict=True)
        ),
        start=Fraction(0),
    )
    rounding = Rounding.UP if eligibility <= _LAST_ROUNDED_UP else Rounding.DOWN
    dimes = round_exact(cents / _DIME, rounding)
    return OrdinaryAmount(monthly=monthly, amount=Money(minor=dimes * _DIME, currency="USD"))


def _average(years: Mapping[int, UsYear], year: int) -> Fraction | None:
    return years[year].average if year in years else None


def _indexed(amount: Fraction, average: Fraction | None, indexing: Fraction) -> Fraction:
    """
    Earnings at the wage level of the indexing year; as they are where no average is known.

    The quotient is not rounded by itself: earnings times one average over the other, to the cent
    (42 USC 415(b)(3)(A), POMS RS 00605.018).
    """
    return amount if average is None else _to_cent(amount * indexing / average)


def _parts(monthly: int, indexing: Fraction) -> tuple[int, int, int]:
    """Monthly earnings between the bend points of the year."""
    first, second = (round_exact(bend * indexing / _BASE_WAGE, Rounding.HALF_UP) for bend in _BENDS)
    return (
        min(monthly, first),
        max(0, min(monthly, second) - first),
        max(0, monthly - second),
    )


def _to_cent(value: Fraction) -> Fraction:
    return Fraction(round_exact(value * 100, Rounding.HALF_UP), 100)
