"""
The primary insurance amount by the ordinary US method: average indexed monthly earnings.

20 CFR 404.211 and 404.212, for eligibility after 1978. Amounts are dollars. Increases for the cost
of living are not part of it: the amount is that of the year of eligibility.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from portability.core.methods.parameters import UsYear
from portability.core.money import Money, Rounding, round_exact

FIRST_ELIGIBILITY = 1979
_MONTHS = 12
_PLACES = 7
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
    indexing = years.get(eligibility - 2)
    if eligibility < FIRST_ELIGIBILITY or indexing is None:
        return None
    indexed = sorted(
        (_indexed(year, amount, years, eligibility - 2) for year, amount in earnings.items()),
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


def _indexed(year: int, amount: Fraction, years: Mapping[int, UsYear], indexing: int) -> Fraction:
    """Earnings at the wage level of the indexing year; later ones stay as they are."""
    if year >= indexing or year not in years:
        return amount
    factor = _rounded(years[indexing].average / years[year].average, _PLACES)
    return _rounded(amount * factor, 2)


def _parts(monthly: int, indexing: UsYear) -> tuple[int, int, int]:
    """Monthly earnings between the bend points of the year."""
    first, second = (
        round_exact(bend * indexing.average / _BASE_WAGE, Rounding.HALF_UP) for bend in _BENDS
    )
    return (
        min(monthly, first),
        max(0, min(monthly, second) - first),
        max(0, monthly - second),
    )


def _rounded(value: Fraction, places: int) -> Fraction:
    return Fraction(round_exact(value * 10**places, Rounding.HALF_UP), 10**places)
