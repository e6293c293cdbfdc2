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
from typing import NamedTuple

from portability.core.conversion import (
    ConversionTable,
    Counted,
    Mode,
    Placed,
    Scale,
    convert_parts,
    parts_of,
    place_in_years,
    scale_of,
)
from portability.core.periods import Period
from portability.core.pieces import COUNTED, FLAGGED, Piece
from portability.core.spans import calendar_months, merge_runs, months_and_days
from portability.core.units import Exact, Unit
from portability.core.yearly import DAYS_PER_MONTH, share_of_year, yearly_sums

Entry = tuple[Period, tuple[Piece, ...]]
Parts = tuple[tuple[Unit, Exact], ...]


class Counting(StrEnum):
    """How a scheme measures spells that are known by their dates only."""

    EXACT = "exact"
    CALENDAR_MONTHS = "calendar-months"


class Contribution(NamedTuple):
    """
    What one record, or one run of dates, adds to a length: ``exact`` times ``1 / size``.

    ``first`` and ``last`` are ordinals of the run; ``year`` is set where years count apart.
    """

    record: str | None
    first: int | None
    last: int | None
    year: int | None
    scaled: Exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """
    The length of one jurisdiction's counted periods in one unit, and how it came about.

    ``exact`` is the sum of ``contributions`` before rounding, floor and cap. ``placed`` holds the
    scaled amounts with their calendar years, and what rounding added to them, for the yearly cap
    over several jurisdictions; ``undated`` is what has no years. Scaled values are exact values
    times ``size``. ``calendar_days`` are the days that count, each once.
    """

    unit: Unit
    amount: int
    exact: Fraction
    modes: tuple[Mode, ...]
    steps: tuple[str, ...]
    contributions: tuple[Contribution, ...]
    placed: tuple[Placed, ...]
    undated: Exact
    size: int
    capped: bool
    raised: bool
    calendar_days: int


class _Known(NamedTuple):
    """What the last sum was worth, and what it is held to be with its full years; scaled."""

    parts: Parts
    worth: Exact
    held: Exact


NOTHING = _Known((), 0, 0)


@dataclass(slots=True)
class _Sum:
    """What has been gathered from the records of one jurisdiction; values are scaled."""

    table: ConversionTable
    unit: Unit
    scale: Scale
    parts: dict[Unit, Exact] = field(default_factory=dict)
    placed: list[Placed] = field(default_factory=list)
    undated: Exact = 0
    yearly: dict[int, dict[Unit, Exact]] = field(default_factory=dict)
    runs: list[tuple[int, int]] = field(default_factory=list)
    contributions: list[Contribution] = field(default_factory=list)
    days: list[tuple[int, int]] = field(default_factory=list)
    known: _Known = NOTHING

    def add(self, parts: Parts, record: str | None, first: int | None, last: int | None) -> None:
        """Add one sum with its dates; rows of a history mostly repeat the sum before them."""
        if parts != self.known.parts:
            given = dict(parts)
            worth = self.scale.worth(given)
            self.known = _Known(parts, worth, max(worth, self.scale.floor(given)))
        for unit, value in parts:
            self.parts[unit] = self.parts.get(unit, 0) + value
        self.contributions.append(Contribution(record, first, last, None, self.known.worth))
        if first is None or last is None:
            self.undated += self.known.held
        else:
            begin, end = date.fromordinal(first).year, date.fromordinal(last).year
            self.placed.append(Placed(begin, end, self.known.held))


def merge_parts(into: dict[Unit, Exact], parts: dict[Unit, Exact]) -> None:
    """Add one sum by unit to another, in place."""
    for unit, value in parts.items():
        into[unit] = into.get(unit, 0) + value


def measure(
    entries: Iterable[Entry], unit: Unit, table: ConversionTable, counting: Counting
) -> Length:
    """The length of the counting pieces of one jurisdiction's records, in ``unit``."""
    total = _Sum(table, unit, scale_of(table, unit))
    for record, pieces in entries:
        if record.is_plain:
            for piece in pieces:
                if piece.state is COUNTED or piece.state is FLAGGED:
                    total.runs.append((piece.first or 0, piece.last or 0))
        elif held := [piece for piece in pieces if piece.counts]:
            _gather(total, record, held)
    runs = merge_runs(total.runs)
    for first, last in runs:
        total.add(_run_parts(first, last, counting, total.scale), None, first, last)
    total.days += runs
    if counting is Counting.CALENDAR_MONTHS:
        _share_months(total, runs)
    return _finish(total)


def _gather(total: _Sum, record: Period, pieces: Sequence[Piece]) -> None:
    spans = [(piece.first, piece.last) for piece in pieces]
    dated = [(first, last) for first, last in spans if first is not None and last is not None]
    if record.communicated == "yearly" and (record.by_year or record.is_dated):
        total.days += dated
        _gather_yearly(total, record, pieces)
    elif record.declared is not None:
        total.days += dated
        parts = record.declared.parts
        if record.declared.hours:
            parts = tuple(parts_of(record.declared, total.table).items())
        share = counted_share(record, pieces)
        if share != 1:
            parts = tuple([(unit, value * share) for unit, value in parts])
        total.add(parts, record.id, spans[0][0], spans[-1][1])
    else:
        total.runs += dated


def counted_share(record: Period, pieces: Sequence[Piece]) -> Exact:
    """The calendar share of a dated record that its counting pieces hold; 1 without dates."""
    if not record.is_dated:
        return 1
    whole = record.last - record.first + 1
    days = sum([piece.days for piece in pieces if piece.counts])
    return 1 if days == whole else Fraction(days, whole)


def _gather_yearly(total: _Sum, record: Period, pieces: Sequence[Piece]) -> None:
    for year, declared in yearly_sums(record):
        share = share_of_year(record, pieces, year)
        if share:
            given = parts_of(declared, total.table)
            parts = {unit: value * share for unit, value in given.items()}
            merge_parts(total.yearly.setdefault(year, {}), parts)
            worth = total.scale.worth(parts)
            total.contributions.append(Contribution(record.id, None, None, year, worth))


def _run_parts(first: int, last: int, counting: Counting, scale: Scale) -> Parts:
    """The length of a run of dates; a table without 7-day weeks takes its days as thirtieths."""
    if counting is Counting.CALENDAR_MONTHS:
        return ((Unit.MONTHS, calendar_months([(first, last)])),)
    months, days = months_and_days(first, last)
    if Unit.DAYS_7 not in scale.multipliers:
        return ((Unit.MONTHS, months + Fraction(days, DAYS_PER_MONTH)),)
    found = ((Unit.MONTHS, months), (Unit.DAYS_7, days))
    return tuple([(unit, value) for unit, value in found if value])


def _share_months(total: _Sum, runs: list[tuple[int, int]]) -> None:
    """Two spells in one calendar month share it: take off what was counted twice."""
    twice = sum(calendar_months([run]) for run in runs) - calendar_months(runs)
    if twice:
        total.parts[Unit.MONTHS] -= twice
        worth = -total.scale.worth({Unit.MONTHS: twice})
        total.contributions.append(Contribution(None, None, None, None, worth))


def _finish(total: _Sum) -> Length:
    counted: list[Counted] = []
    placed = list(total.placed)
    size = total.scale.size
    if total.parts:
        counted.append(_convert_aggregate(total))
    maximum = total.table.maximum(total.unit)
    for year in sorted(total.yearly):
        parts = total.yearly[year]
        counted.append(convert_parts(parts, total.unit, total.table, limit=maximum, mode="yearly"))
        held = max(total.scale.worth(parts), total.scale.floor(parts))
        placed.append(Placed(year, year, min(held, maximum * size)))
    amount = sum(item.amount for item in counted)
    return Length(
        unit=total.unit,
        amount=amount,
        exact=sum((item.exact for item in counted), start=Fraction(0)),
        modes=tuple(dict.fromkeys(item.mode for item in counted)),
        steps=tuple(dict.fromkeys(step for item in counted for step in item.steps)),
        contributions=tuple(total.contributions),
        placed=tuple(placed) + _rounding(placed, amount * size - total.undated),
        undated=total.undated,
        size=size,
        capped=any(item.capped for item in counted),
        raised=any(item.raised for item in counted),
        calendar_days=sum(last - first + 1 for first, last in merge_runs(total.days)),
    )


def _convert_aggregate(total: _Sum) -> Counted:
    """One operation over everything communicated as an aggregate, within the years touched."""
    maximum = total.table.maximum(total.unit) * total.scale.size
    held = sum(item.amount for item in total.placed)
    fits = place_in_years(total.placed, maximum)
    limit = Fraction(fits + total.undated) / total.scale.size if fits < held else None
    return convert_parts(total.parts, total.unit, total.table, limit=limit)


def _rounding(placed: list[Placed], amount: Exact) -> tuple[Placed, ...]:
    """What rounding up added, to be placed in any of the jurisdiction's years."""
    added = amount - sum(item.amount for item in placed)
    if added <= 0 or not placed:
        return ()
    first = min(item.first_year for item in placed)
    return (Placed(first, max(item.last_year for item in placed), added),)
