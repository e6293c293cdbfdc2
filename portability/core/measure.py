"""
How long the counted pieces of one jurisdiction are, in one unit.

The declared sum is the basis (987/2009 Art 13(1)(a)); where there is none, the dates are measured:
spells that touch are joined, then counted in months and remaining (7-day) days, or in calendar
months where the jurisdiction does so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction

from portability.core.conversion import (
    ConversionTable,
    Counted,
    Mode,
    Placed,
    convert_parts,
    exact_in,
    full_years,
    parts_of,
    place_in_years,
)
from portability.core.periods import Duration, Period
from portability.core.pieces import Piece
from portability.core.spans import calendar_months, merge_runs, months_and_days
from portability.core.units import Exact, Unit

Entry = tuple[Period, tuple[Piece, ...]]


class Counting(StrEnum):
    """How a scheme measures spells that are known by their dates only."""

    EXACT = "exact"
    CALENDAR_MONTHS = "calendar-months"


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """
    The length of one jurisdiction's counted periods in one unit.

    ``placed`` holds the exact amounts with their calendar years, and what rounding added to them,
    for the yearly cap over several jurisdictions; ``undated`` is what has no years.
    """

    unit: Unit
    amount: int
    exact: Fraction
    modes: tuple[Mode, ...]
    steps: tuple[str, ...]
    placed: tuple[Placed, ...]
    undated: Fraction
    capped: bool


@dataclass(slots=True)
class _Sum:
    """What has been gathered from the records of one jurisdiction."""

    table: ConversionTable
    unit: Unit
    parts: dict[Unit, Exact] = field(default_factory=dict)
    placed: list[Placed] = field(default_factory=list)
    undated: Fraction = Fraction(0)
    yearly: dict[int, dict[Unit, Exact]] = field(default_factory=dict)
    runs: list[tuple[int, int]] = field(default_factory=list)

    def add(self, parts: dict[Unit, Exact], years: tuple[int, int] | None) -> None:
        _merge(self.parts, parts)
        worth = self.worth(parts)
        if years is None:
            self.undated += worth
        else:
            self.placed.append(Placed(years[0], years[1], worth))

    def worth(self, parts: dict[Unit, Exact]) -> Fraction:
        """The exact value in the target unit, not below the full years it holds."""
        floor = full_years(parts, self.table) * self.table.maximum(self.unit)
        return max(exact_in(parts, self.unit, self.table), Fraction(floor))


def _merge(into: dict[Unit, Exact], parts: dict[Unit, Exact]) -> None:
    for unit, value in parts.items():
        into[unit] = into.get(unit, 0) + value


def measure(
    entries: Iterable[Entry], unit: Unit, table: ConversionTable, counting: Counting
) -> Length:
    """The length of the counting pieces of one jurisdiction's records, in ``unit``."""
    total = _Sum(table, unit)
    for record, pieces in entries:
        counting_pieces = [piece for piece in pieces if piece.counts]
        if counting_pieces:
            _gather(total, record, counting_pieces)
    for first, last in merge_runs(total.runs):
        total.add(_run_parts(first, last, counting), _years(first, last))
    if counting is Counting.CALENDAR_MONTHS:
        _share_months(total)
    return _finish(total)


def _gather(total: _Sum, record: Period, pieces: Sequence[Piece]) -> None:
    if record.communicated == "yearly" and (record.by_year or record.is_dated):
        _gather_yearly(total, record, pieces)
    elif record.declared is not None:
        share = counted_share(record, pieces)
        parts = {
            unit: value * share for unit, value in parts_of(record.declared, total.table).items()
        }
        first, last = pieces[0].first, pieces[-1].last
        total.add(parts, None if first is None or last is None else _years(first, last))
    else:
        total.runs += [
            (piece.first, piece.last)
            for piece in pieces
            if piece.first is not None and piece.last is not None
        ]


def counted_share(record: Period, pieces: Sequence[Piece]) -> Exact:
    """The calendar share of a dated record that its counting pieces hold; 1 without dates."""
    if record.start is None or record.end is None:
        return 1
    whole = record.end.toordinal() - record.start.toordinal() + 1
    days = sum(piece.days for piece in pieces if piece.counts)
    return 1 if days == whole else Fraction(days, whole)


def _gather_yearly(total: _Sum, record: Period, pieces: Sequence[Piece]) -> None:
    """One sum per calendar year; if none are given, the dates (or the sum) are split by year."""
    for year, declared in yearly_sums(record):
        share = _share_of_year(record, pieces, year)
        if share:
            parts = {unit: value * share for unit, value in parts_of(declared, total.table).items()}
            _merge(total.yearly.setdefault(year, {}), parts)


def yearly_sums(record: Period) -> tuple[tuple[int, Duration], ...]:
    """The sums of a record communicated year by year; measured from the dates if not given."""
    if record.by_year or record.start is None or record.end is None:
        return record.by_year
    found = []
    whole = record.end.toordinal() - record.start.toordinal() + 1
    for year in range(record.start.year, record.end.year + 1):
        first = max(record.start, date(year, 1, 1)).toordinal()
        last = min(record.end, date(year, 12, 31)).toordinal()
        if record.declared is None:
            months, days = months_and_days(first, last)
            found.append((year, Duration(months=months, days=days, day_type=7)))
        else:
            found.append((year, _scaled(record.declared, Fraction(last - first + 1, whole))))
    return tuple(found)


def _scaled(declared: Duration, share: Fraction) -> Duration:
    return Duration(
        years=declared.years * share,
        quarters=declared.quarters * share,
        months=declared.months * share,
        weeks=declared.weeks * share,
        days=declared.days * share,
        hours=declared.hours * share,
        day_type=declared.day_type,
    )


def _share_of_year(record: Period, pieces: Sequence[Piece], year: int) -> Exact:
    """The share of the record's days in one year that its counting pieces hold."""
    if record.start is None or record.end is None:
        return 1
    begin, end = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    first = max(record.start.toordinal(), begin)
    last = min(record.end.toordinal(), end)
    days = sum(
        max(0, min(piece.last, end) - max(piece.first, begin) + 1)
        for piece in pieces
        if piece.first is not None and piece.last is not None
    )
    return Fraction(days, last - first + 1)


def _run_parts(first: int, last: int, counting: Counting) -> dict[Unit, Exact]:
    if counting is Counting.CALENDAR_MONTHS:
        return {Unit.MONTHS: calendar_months([(first, last)])}
    months, days = months_and_days(first, last)
    parts: dict[Unit, Exact] = {}
    if months:
        parts[Unit.MONTHS] = months
    if days:
        parts[Unit.DAYS_7] = days
    return parts


def _share_months(total: _Sum) -> None:
    """Two spells in one calendar month share it: take off what was counted twice."""
    runs = merge_runs(total.runs)
    twice = sum(calendar_months([run]) for run in runs) - calendar_months(runs)
    if twice:
        total.parts[Unit.MONTHS] -= twice


def _years(first: int, last: int) -> tuple[int, int]:
    return date.fromordinal(first).year, date.fromordinal(last).year


def _finish(total: _Sum) -> Length:
    counted: list[Counted] = []
    placed = list(total.placed)
    if total.parts:
        counted.append(_convert_aggregate(total))
    for year in sorted(total.yearly):
        limit = total.table.maximum(total.unit)
        parts = total.yearly[year]
        counted.append(convert_parts(parts, total.unit, total.table, limit=limit, mode="yearly"))
        placed.append(Placed(year, year, min(total.worth(parts), Fraction(limit))))
    amount = sum(item.amount for item in counted)
    exact = sum((item.exact for item in counted), start=Fraction(0))
    return Length(
        unit=total.unit,
        amount=amount,
        exact=exact,
        modes=tuple(dict.fromkeys(item.mode for item in counted)),
        steps=tuple(dict.fromkeys(step for item in counted for step in item.steps)),
        placed=tuple(placed) + _rounding(placed, amount - total.undated),
        undated=total.undated,
        capped=any(item.capped for item in counted),
    )


def _convert_aggregate(total: _Sum) -> Counted:
    maximum = total.table.maximum(total.unit)
    worth = sum((item.amount for item in total.placed), start=Fraction(0))
    fits = place_in_years(total.placed, maximum)
    limit = fits + total.undated if fits < worth else None
    return convert_parts(total.parts, total.unit, total.table, limit=limit)


def _rounding(placed: list[Placed], amount: Fraction) -> tuple[Placed, ...]:
    """What rounding up added, to be placed in any of the jurisdiction's years."""
    added = amount - sum((item.amount for item in placed), start=Fraction(0))
    if added <= 0 or not placed:
        return ()
    first = min(item.first_year for item in placed)
    return (Placed(first, max(item.last_year for item in placed), added),)
