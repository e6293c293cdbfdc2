"""
The US totalization amount: relative earnings position and pro-rata PIA (20 CFR 404.1918).

The rounding places are those of the actuary's published program: seven decimals for each year's
ratio and for the relative earnings position, cents for attributed earnings, and the PIA to a
multiple of ten cents (404.1918, GN 01701.200). Amounts are dollars, exact until rounded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from portability.core.methods.parameters import UsYear
from portability.core.methods.tables import EarningsYear
from portability.core.money import ExactMoney, Money, Rounding, round_exact
from portability.core.us_quarters import QUARTERS
from portability.errors import InvalidInputError

_RATIO_PLACES = 7
_CENTS = 2
_MONTHS_PER_QUARTER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """
    The relative earnings position, rounded, and what it was made of.

    ``ratios`` are the rounded ratios by year; ``quarters`` is the sum of their quarters.
    """

    ratios: tuple[tuple[int, Fraction], ...]
    quarters: int
    exact: Fraction

    @property
    def percent(self) -> str:
        """In per cent with five decimals: ``"95.85467"``."""
        return per_cent(self.exact)


def per_cent(share: Fraction) -> str:
    """A share rounded to seven decimals, as per cent with five."""
    scaled = round_exact(share * 10**_RATIO_PLACES, Rounding.HALF_UP)
    whole, rest = divmod(scaled, 10 ** (_RATIO_PLACES - _CENTS))
    return f"{whole}.{rest:0{_RATIO_PLACES - _CENTS}d}"


def relative_earnings_position(
    earnings: Sequence[EarningsYear], years: Mapping[int, UsYear]
) -> Position | None:
    """
    ``4 × Σ ratio / Σ quarters`` over the years with a quarter of coverage; None if there is none.

    Raises InvalidInputError if a year's average wage is neither given nor in the pack.
    """
    counting = [row for row in earnings if row.quarters]
    quarters = sum(row.quarters for row in counting)
    if not quarters:
        return None
    ratios = tuple((row.year, _ratio(row, years.get(row.year))) for row in counting)
    total = sum((ratio for _, ratio in ratios), start=Fraction(0))
    return Position(
        ratios=ratios,
        quarters=quarters,
        exact=_rounded(QUARTERS * total / quarters, _RATIO_PLACES),
    )


def _ratio(row: EarningsYear, known: UsYear | None) -> Fraction:
    """Earnings, at most the share of the yearly maximum that the quarters allow, over the wage."""
    average = row.average if row.average is not None else (known.average if known else None)
    maximum = row.maximum if row.maximum is not None else (known.maximum if known else None)
    if average is None:
        raise InvalidInputError(
            f"scheme.US.earnings.{row.year}: average is missing, and the agreement's pack holds no "
            "national average wage of that year",
            field=f"scheme.US.earnings.{row.year}.average",
        )
    amount = row.amount
    if maximum is not None:
        amount = min(amount, maximum * row.quarters / QUARTERS)
    return _rounded(amount / average, _RATIO_PLACES)


def attributed_earnings(
    position: Position,
    earnings: Sequence[EarningsYear],
    years: Mapping[int, UsYear],
    base: range,
    death: date | None,
) -> tuple[tuple[int, Fraction], ...]:
    """
    ``position × average wage`` for every base year and every other year with a quarter, in cents.

    Capped at the wage base; in the year of death × quarters begun / 4. A year whose average wage is
    not known is left out.
    """
    averages = {year: row.average for year, row in years.items() if row.average is not None}
    averages |= {row.year: row.average for row in earnings if row.average is not None}
    maxima = {year: row.maximum for year, row in years.items() if row.maximum is not None}
    maxima |= {row.year: row.maximum for row in earnings if row.maximum is not None}
    wanted = set(base) | {row.year for row in earnings if row.quarters}
    found = []
    for year in sorted(wanted & set(averages)):
        amount = position.exact * averages[year]
        if death is not None and death.year == year:
            amount *= Fraction(quarters_begun(death), QUARTERS)
        amount = _rounded(amount, _CENTS)
        found.append((year, min(amount, maxima.get(year, amount))))
    return tuple(found)


def known_wages(years: Mapping[int, UsYear], day: date) -> dict[int, UsYear]:
    """
    The years with the average wages that are known on a day: those up to two years before.

    A later year takes the average wage of the last one that is known (20 CFR 404.1918(b)(2)); its
    maximum stays its own.
    """
    last = day.year - 2
    known = years[last].average if last in years else None
    return {
        year: row if known is None or year <= last else UsYear(known, row.maximum)
        for year, row in years.items()
    }


def quarters_begun(day: date) -> int:
    """How many calendar quarters of its year have begun on a day."""
    return -(-day.month // _MONTHS_PER_QUARTER)


def to_step(amount: ExactMoney, step: Money, rounding: Rounding) -> Money:
    """An amount rounded to a multiple of a step, such as ten cents."""
    steps = round_exact(amount.exact / step.exact, rounding)
    return Money(minor=steps * step.minor, currency=amount.currency)


def _rounded(value: Fraction, places: int) -> Fraction:
    """Half up, as the actuary's program does."""
    return Fraction(round_exact(value * 10**places, Rounding.HALF_UP), 10**places)
