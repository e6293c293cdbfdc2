"""
Conversion of periods between units (987/2009 Art 13).

Everything is exact; a result is rounded up once, at the end (Art 13(1)(e)). What one institution
communicated as an aggregate is one operation, what it communicated per year is one operation per
year (Art 13(3)).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from heapq import heappop, heappush
from math import lcm
from typing import Literal, NamedTuple

from portability.core.periods import Duration
from portability.core.units import DAY_UNITS, Exact, Unit
from portability.errors import InvalidInputError

Mode = Literal["aggregate", "yearly"]
WEEK_ROW = 6  # weeks and months convert through days with the 6-day row (Art 13(1)(c))


@dataclass(frozen=True, slots=True)
class DayRow:
    """One row of the table: what a day, week, month, quarter and year are in days of this week."""

    hours: int
    week: int
    month: int
    quarter: int
    year: int


@dataclass(frozen=True, slots=True)
class ConversionTable:
    """The conversion table of one agreement version; ``rows`` by days in the working week."""

    rows: tuple[tuple[int, DayRow], ...]
    quarter_months: int
    quarter_weeks: int
    year_quarters: int
    year_months: int
    year_weeks: int

    def row(self, day_type: int) -> DayRow:
        """The row of a working week; raises InvalidInputError if the agreement has none."""
        for key, row in self.rows:
            if key == day_type:
                return row
        raise _no_row(day_type)

    def maximum(self, unit: Unit) -> int:
        """The most that one calendar year can hold (Art 13(2))."""
        if unit.day_type is not None:
            return self.row(unit.day_type).year
        return {
            Unit.YEARS: 1,
            Unit.QUARTERS: self.year_quarters,
            Unit.MONTHS: self.year_months,
            Unit.WEEKS: self.year_weeks,
            Unit.US_QUARTERS: self.year_quarters,
        }[unit]


def _no_row(day_type: int | None) -> InvalidInputError:
    return InvalidInputError(
        f"the agreement's conversion table has no row for a {day_type}-day week; "
        "ask the sender for the sum in another unit",
        field="day_type",
    )


@cache
def factor(table: ConversionTable, source: Unit, target: Unit) -> Fraction:
    """
    How many ``target`` units one ``source`` unit is, exactly.

    Where one side counts in days its own row is used; weeks and months meet in the 6-day row. Days
    of one week become days of another through months.
    """
    source, target = _calendar(source), _calendar(target)
    if source is target:
        return Fraction(1)
    if source.day_type is not None:
        return _from_days(table.row(source.day_type), table, target)
    if target.day_type is not None:
        return 1 / _from_days(table.row(target.day_type), table, source)
    if {source, target} == {Unit.WEEKS, Unit.MONTHS}:
        row = table.row(WEEK_ROW)
        months_per_week = Fraction(row.week, row.month)
        return months_per_week if source is Unit.WEEKS else 1 / months_per_week
    per_year = {unit: table.maximum(unit) for unit in (source, target)}
    if Unit.QUARTERS in per_year and Unit.YEARS not in per_year:
        other = target if source is Unit.QUARTERS else source
        size = table.quarter_weeks if other is Unit.WEEKS else table.quarter_months
        return Fraction(size) if source is Unit.QUARTERS else Fraction(1, size)
    return Fraction(per_year[target], per_year[source])


def _calendar(unit: Unit) -> Unit:
    """A US quarter of coverage is a calendar quarter."""
    return Unit.QUARTERS if unit is Unit.US_QUARTERS else unit


def _from_days(row: DayRow, table: ConversionTable, target: Unit) -> Fraction:
    if target.day_type is not None:
        return Fraction(table.row(target.day_type).month, row.month)
    size = {
        Unit.WEEKS: row.week,
        Unit.MONTHS: row.month,
        Unit.QUARTERS: row.quarter,
        Unit.YEARS: row.year,
    }[target]
    return Fraction(1, size)


Parts = Mapping[Unit, Exact]
"""A sum by unit; days and hours are already in days of a stated working week."""


def parts_of(declared: Duration, table: ConversionTable) -> dict[Unit, Exact]:
    """A communicated sum by unit; hours become days of their week, or of a 6-day week."""
    parts = dict(declared.parts)
    if declared.hours:
        day_type = declared.day_type or WEEK_ROW
        unit = DAY_UNITS[day_type]
        days = Fraction(declared.hours) / table.row(day_type).hours
        parts[unit] = parts.get(unit, 0) + days
    return parts


def exact_in(parts: Parts, target: Unit, table: ConversionTable) -> Fraction:
    """A sum in ``target`` units, not rounded."""
    return sum(
        (value * factor(table, unit, target) for unit, value in parts.items()), start=Fraction(0)
    )


@dataclass(frozen=True, slots=True)
class Scale:
    """
    Integers for a target unit: a value times its multiplier is ``size`` times the exact length.

    So long histories are added without fractions. ``full`` is the annual maximum of each unit,
    ``year`` that of the target, scaled.
    """

    size: int
    multipliers: Mapping[Unit, int]
    full: Mapping[Unit, int]
    year: int

    def worth(self, parts: Parts) -> Exact:
        """
        A sum in scaled target units, not rounded.

        Raises InvalidInputError for days of a week that the table does not have.
        """
        try:
            return sum(value * self.multipliers[unit] for unit, value in parts.items())
        except KeyError as missing:
            raise _no_row(Unit(missing.args[0]).day_type) from None

    def floor(self, parts: Parts) -> Exact:
        """What the full years in a sum are worth at least (Art 13(2)), scaled."""
        return self.year * sum(value // self.full[unit] for unit, value in parts.items())


@cache
def scale_of(table: ConversionTable, target: Unit) -> Scale:
    """The scale of a target unit: the least common denominator of all factors into it."""
    days = {DAY_UNITS[day_type] for day_type, _ in table.rows}
    units = [unit for unit in Unit if unit.day_type is None or unit in days]
    factors = {unit: factor(table, unit, target) for unit in units}
    size = lcm(*(item.denominator for item in factors.values()))
    return Scale(
        size=size,
        multipliers={unit: int(item * size) for unit, item in factors.items()},
        full={unit: table.maximum(unit) for unit in units},
        year=table.maximum(target) * size,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """
    What a conversion made of communicated sums.

    ``exact`` is the value before rounding; ``capped`` and ``raised`` say whether the yearly
    cap or the floor of Art 13(2) decided it; ``steps`` are the keys of the articles applied.
    """

    unit: Unit
    amount: int
    exact: Fraction
    mode: Mode
    steps: tuple[str, ...]
    capped: bool
    raised: bool


def convert(
    declared: Duration,
    target: Unit,
    table: ConversionTable,
    *,
    calendar_years: int | None = None,
) -> Counted:
    """
    One communicated sum in ``target`` units, in one operation.

    ``calendar_years`` is how many calendar years the dates touch; None if they are not known, in
    which case the cap of Art 13(2) cannot be applied.
    """
    limit = None if calendar_years is None else calendar_years * table.maximum(target)
    return convert_parts(parts_of(declared, table), target, table, limit=limit)


def convert_parts(
    parts: Parts,
    target: Unit,
    table: ConversionTable,
    *,
    limit: Exact | None,
    mode: Mode = "aggregate",
    kept: Exact = 0,
) -> Counted:
    """
    A sum of several units in one operation, held between the floor and ``limit``.

    ``kept`` is what it is worth if those of its records that are full years stay so, whatever is
    added to them (Art 13(2) second subparagraph).
    """
    exact = exact_in(parts, target, table)
    floor = full_years(parts, table) * table.maximum(target)
    best = max(exact, Fraction(floor), Fraction(kept))
    capped = limit is not None and best > limit
    best = best if limit is None else min(best, Fraction(limit))
    raised = best > exact
    return Counted(
        unit=target,
        amount=round_up(best),
        exact=exact,
        mode=mode,
        steps=_steps(
            parts,
            target,
            mode=mode,
            rounded=best.denominator > 1,
            capped=capped,
            raised=raised,
        ),
        capped=capped,
        raised=raised,
    )


def round_up(exact: Exact) -> int:
    """The next higher integer unit (987/2009 Art 13(1)(e)); integers stay."""
    return -(-exact.numerator // exact.denominator)


def full_years(parts: Parts, table: ConversionTable) -> int:
    """How many times the parts hold the full annual maximum of where they were completed."""
    return sum(int(value // table.maximum(unit)) for unit, value in parts.items())


def _steps(
    parts: Parts, target: Unit, *, mode: Mode, rounded: bool, capped: bool, raised: bool
) -> tuple[str, ...]:
    found = ["conversion"]
    others = [unit for unit in parts if unit is not target]
    if others and (target.day_type is not None or any(unit.day_type for unit in others)):
        found.append("conversion_days")
    if any(unit.day_type is None for unit in others) and target.day_type is None:
        found.append("conversion_units")
    if rounded:
        found.append("conversion_rounding")
    if mode == "yearly":
        found.append("conversion_mode")
    if capped:
        found.append("conversion_cap")
    if raised:
        found.append("conversion_floor")
    return tuple(found)


class Placed(NamedTuple):
    """An exact amount and the calendar years in which it was completed."""

    first_year: int
    last_year: int
    amount: Exact


def place_in_years(amounts: Sequence[Placed], maximum: Exact) -> Exact:
    """
    How much fits into the calendar years touched, with at most ``maximum`` in each.

    Each amount may use the years that it touches; the best placement is found by always filling a
    year with what must be placed soonest. Amounts of one year are added first.
    """
    single: dict[int, Exact] = {}
    waiting = []
    for item in amounts:
        if item.first_year == item.last_year:
            single[item.first_year] = single.get(item.first_year, 0) + item.amount
        else:
            waiting.append(item)
    if not waiting:
        return sum(min(amount, maximum) for amount in single.values())
    waiting += [Placed(year, year, amount) for year, amount in single.items()]
    return _place(sorted(waiting, reverse=True), maximum)


def _place(waiting: list[Placed], maximum: Exact) -> Exact:
    """Place amounts that are sorted from the latest to the earliest first year."""
    heap: list[tuple[int, int, Exact]] = []
    placed: Exact = 0
    year = 0
    while waiting or heap:
        year = year if heap else waiting[-1].first_year
        while waiting and waiting[-1].first_year <= year:
            item = waiting.pop()
            heappush(heap, (item.last_year, len(waiting), item.amount))
        placed += _fill(heap, year, maximum)
        year += 1
    return placed


def _fill(heap: list[tuple[int, int, Exact]], year: int, room: Exact) -> Exact:
    """Place what fits into one year; what can no longer be placed is dropped when it is met."""
    placed: Exact = 0
    while heap and room > 0:
        last_year, order, amount = heappop(heap)
        if last_year < year:
            continue
        used = min(amount, room)
        placed, room = placed + used, room - used
        if amount > used:
            heappush(heap, (last_year, order, amount - used))
    return placed
