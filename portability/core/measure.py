"""
How long the counted pieces of one jurisdiction are, in one unit.

The declared sum is the basis (987/2009 Art 13(1)(a)); where there is none, the dates are measured:
spells that touch are joined, then counted in months and remaining (7-day) days, or in calendar
months where the jurisdiction does so.
"""

from collections.abc import Iterable, Iterator, Sequence
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


_Row = tuple[str | None, int | None, int | None, int | None, Exact]
"""A contribution that nobody has asked for yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """
    The length of one jurisdiction's counted periods in one unit, and how it came about.

    ``exact`` is the sum of ``contributions`` before rounding, floor and cap. ``placed`` holds the
    scaled amounts with their calendar years, and what rounding added to them, for the yearly cap
    over several jurisdictions; ``undated`` is what has no years. Scaled values are exact values
    times ``size``. A year converted by itself has rounded into itself (987/2009 Art 13(3)). Where a
    sum has no years, neither has what rounding added. ``calendar_days`` are the days that count,
    each once.
    """

    unit: Unit
    amount: int
    exact: Fraction
    modes: tuple[Mode, ...]
    steps: tuple[str, ...]
    rows: tuple[_Row, ...]
    placed: tuple[Placed, ...]
    undated: Exact
    size: int
    capped: bool
    raised: bool
    calendar_days: int

    @property
    def contributions(self) -> tuple[Contribution, ...]:
        """What makes up ``exact``; made when asked for, since only explanations do."""
        return tuple(Contribution(*row) for row in self.rows)


@dataclass(slots=True)
class _Same:
    """Sums with the same parts: each one's worth, what full years make of it, and how many."""

    worth: Exact
    held: Exact
    times: int = 0


@dataclass(slots=True)
class _Sum:
    """
    What has been gathered from the records of one jurisdiction; values are scaled.

    Rows of a history mostly repeat one another, so sums and years are gathered before they are
    added up. ``placed`` is keyed by the first and last calendar year.
    """

    table: ConversionTable
    unit: Unit
    scale: Scale
    same: dict[Parts, _Same] = field(default_factory=dict)
    placed: dict[tuple[int, int], Exact] = field(default_factory=dict)
    undated: Exact = 0
    shared_months: int = 0
    yearly: dict[int, dict[Unit, Exact]] = field(default_factory=dict)
    runs_of_year: dict[int, list[list[tuple[int, int]]]] = field(default_factory=dict)
    runs: list[tuple[int, int]] = field(default_factory=list)
    rows: list[_Row] = field(default_factory=list)
    days: list[tuple[int, int]] = field(default_factory=list)

    def add(self, parts: Parts, record: str | None, first: int | None, last: int | None) -> None:
        """Add one sum with its dates (ordinals)."""
        same = self.same.get(parts)
        if same is None:
            given = dict(parts)
            worth = self.scale.worth(given)
            same = self.same[parts] = _Same(worth, max(worth, self.scale.floor(given)))
        same.times += 1
        self.rows.append((record, first, last, None, same.worth))
        if first is None or last is None:
            self.undated += same.held
        else:
            years = date.fromordinal(first).year, date.fromordinal(last).year
            self.placed[years] = self.placed.get(years, 0) + same.held

    def add_regular(self, record: Period, piece: Piece) -> None:
        """Add a record of one piece whose sum is the whole months of its dates."""
        if piece.state is COUNTED or piece.state is FLAGGED:
            parts = ((Unit.MONTHS, record.regular_months),)
            self.add(parts, record.id, record.first, record.last)
            self.days.append((record.first, record.last))

    def parts(self) -> dict[Unit, Exact]:
        """Everything that was added, by unit."""
        found: dict[Unit, Exact] = {}
        for parts, same in self.same.items():
            merge_parts(found, {unit: value * same.times for unit, value in parts})
        if self.shared_months:
            found[Unit.MONTHS] -= self.shared_months
        return found

    def kept(self) -> Exact:
        """The worth of everything that was added, full years of each record as such."""
        shared = self.scale.worth({Unit.MONTHS: self.shared_months})
        return sum(same.held * same.times for same in self.same.values()) - shared


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
        if record.gives_dates_alone:
            for piece in pieces:
                if piece.state is COUNTED or piece.state is FLAGGED:
                    total.runs.append((piece.first or 0, piece.last or 0))
        elif record.regular_months and len(pieces) == 1 and _is_whole(record, pieces[0]):
            total.add_regular(record, pieces[0])
        elif held := [piece for piece in pieces if piece.counts]:
            _gather(total, record, held, counting)
    _gather_runs(total, counting)
    _gather_calendar_years(total)
    return _finish(total)


def _gather_runs(total: _Sum, counting: Counting) -> None:
    """Measure the dates of the records that give no sum."""
    runs = merge_runs(total.runs)
    for first, last in runs:
        total.add(_run_parts(first, last, counting, total.scale), None, first, last)
    total.days += runs
    if counting is Counting.CALENDAR_MONTHS:
        _share_months(total, runs)


def _gather(total: _Sum, record: Period, pieces: Sequence[Piece], counting: Counting) -> None:
    days = total.days
    if _says_dates_of_years(record) and counting is Counting.CALENDAR_MONTHS:
        _gather_runs_of_years(total, record, pieces)
    elif record.communicated == "yearly" and (record.by_year or record.is_dated):
        _gather_yearly(total, record, pieces)
    elif record.declared is None:
        days = total.runs
    else:
        parts = record.declared.parts
        if record.declared.hours:
            parts = tuple(parts_of(record.declared, total.table).items())
        share = counted_share(record, pieces)
        if share != 1:
            parts = tuple([(unit, value * share) for unit, value in parts])
        total.add(parts, record.id, pieces[0].first, pieces[-1].last)
    if record.is_dated:
        days += [(piece.first or 0, piece.last or 0) for piece in pieces]


def _says_dates_of_years(record: Period) -> bool:
    """Whether it was communicated year by year without any sum."""
    return record.is_dated and not record.by_year and record.declared is None


def _is_whole(record: Period, piece: Piece) -> bool:
    return piece.first == record.first and piece.last == record.last


def counted_share(record: Period, pieces: Sequence[Piece]) -> Exact:
    """The calendar share of a dated record that its counting pieces hold; 1 without dates."""
    if not record.is_dated or (pieces[0].first == record.first and pieces[0].last == record.last):
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
            total.rows.append((record.id, None, None, year, worth))


def _gather_runs_of_years(total: _Sum, record: Period, pieces: Sequence[Piece]) -> None:
    """The dates of a record that is told year by year, where calendar months touched count."""
    for year in range(_year_of(record.first), _year_of(record.last) + 1):
        begin, end = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
        runs = [
            (max(piece.first or 0, begin), min(piece.last or 0, end))
            for piece in pieces
            if (piece.first or 0) <= end and begin <= (piece.last or 0)
        ]
        if runs:
            months: dict[Unit, Exact] = {Unit.MONTHS: calendar_months(runs)}
            merge_parts(total.yearly.setdefault(year, {}), months)
            total.runs_of_year.setdefault(year, []).append(runs)
            total.rows.append((record.id, None, None, year, total.scale.worth(months)))


def _gather_calendar_years(total: _Sum) -> None:
    """Spells of several records in one calendar month share it there, too."""
    for year, held in sorted(total.runs_of_year.items()):
        together = calendar_months([run for runs in held for run in runs])
        twice = sum(calendar_months(runs) for runs in held) - together
        if twice:
            total.yearly[year][Unit.MONTHS] -= twice
            worth = -total.scale.worth({Unit.MONTHS: twice})
            total.rows.append((None, None, None, year, worth))


def _year_of(day: int) -> int:
    return date.fromordinal(day).year


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
        total.shared_months = twice
        worth = -total.scale.worth({Unit.MONTHS: twice})
        total.rows.append((None, None, None, None, worth))


def _finish(total: _Sum) -> Length:
    counted: list[Counted] = []
    placed = [Placed(*years, scaled) for years, scaled in total.placed.items()]
    fits = place_in_years(placed, total.table.maximum(total.unit) * total.scale.size)
    if parts := total.parts():
        counted.append(_convert_aggregate(total, parts, placed, fits))
    together = sum(item.amount for item in counted) * total.scale.size
    added = max(0, together - total.undated - fits)
    bounded = bool(placed) and not total.undated
    if bounded:
        placed += _in_any_year(added, placed)
    for year, of_year in _years_apart(total):
        counted.append(of_year)
        placed.append(Placed(year, year, of_year.amount * total.scale.size))
    return Length(
        unit=total.unit,
        amount=sum(item.amount for item in counted),
        exact=sum((item.exact for item in counted), start=Fraction(0)),
        modes=tuple(dict.fromkeys(item.mode for item in counted)),
        steps=tuple(dict.fromkeys(step for item in counted for step in item.steps)),
        rows=tuple(total.rows),
        placed=tuple(placed),
        undated=total.undated if bounded else total.undated + added,
        size=total.scale.size,
        capped=any(item.capped for item in counted),
        raised=any(item.raised for item in counted),
        calendar_days=sum(last - first + 1 for first, last in merge_runs(total.days)),
    )


def _years_apart(total: _Sum) -> Iterator[tuple[int, Counted]]:
    """The years that are converted each by itself, from the first to the last."""
    limit = total.table.maximum(total.unit)
    for year, held in sorted(total.yearly.items()):
        yield year, convert_parts(held, total.unit, total.table, limit=limit, mode="yearly")


def _convert_aggregate(
    total: _Sum, parts: dict[Unit, Exact], placed: Sequence[Placed], fits: Exact
) -> Counted:
    """
    One operation over everything communicated as an aggregate, within the years touched.

    ``fits`` is what of the sums that have years finds room in them.
    """
    held = sum(item.amount for item in placed)
    limit = Fraction(fits + total.undated) / total.scale.size if fits < held else None
    kept = Fraction(total.kept()) / total.scale.size
    return convert_parts(parts, total.unit, total.table, limit=limit, kept=kept)


def _in_any_year(added: Exact, placed: Sequence[Placed]) -> tuple[Placed, ...]:
    """An amount that may stand in any year of the sums that were rounded together."""
    if not added:
        return ()
    first = min(item.first_year for item in placed)
    return (Placed(first, max(item.last_year for item in placed), added),)
