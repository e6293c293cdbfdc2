"""Records as US quarters of coverage and as foreign spells worth so many quarters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from portability.core.conversion import round_up
from portability.core.measure import Counting
from portability.core.methods.parameters import Crediting, Measured, Per, Places
from portability.core.methods.tables import EarningsYear
from portability.core.periods import Duration, Period
from portability.core.spans import calendar_months, months_and_days
from portability.core.us_quarters import QUARTERS, Domestic, Spell, domestic_of

_MONTHS = 3
_DAYS_PER_WEEK = 7
_DAYS_PER_MONTH = 30


def quarter_of(day: date) -> int:
    """The calendar quarter that holds a day, as a number."""
    return day.year * QUARTERS + (day.month - 1) // _MONTHS


def quarters_between(start: date, end: date) -> tuple[int, ...]:
    """Every calendar quarter that a span touches."""
    return tuple(range(quarter_of(start), quarter_of(end) + 1))


@dataclass(frozen=True, slots=True)
class Certified:
    """US quarters of coverage out of records, and the records that certify more than they can."""

    domestic: Domestic
    impossible: tuple[Period, ...]


def certified_quarters(
    records: Iterable[Period], earnings: Sequence[EarningsYear], before: date
) -> Certified:
    """
    US quarters of coverage that begin before a day.

    Years for which the case gives earnings but no record take their quarters from the earnings.
    """
    held: list[tuple[Sequence[int], int]] = []
    undated = 0
    years: set[int] = set()
    impossible: list[Period] = []
    for record in records:
        if record.start is None or record.end is None:
            undated += round_up(us_length(record.declared or Duration()))
            continue
        for touched, count in _spans(record, before):
            held.append((touched, count))
            years |= {quarter // QUARTERS for quarter in touched}
            if count > len(touched):
                impossible.append(record)
    for row in earnings:
        if row.year not in years:
            first = row.year * QUARTERS
            begun = _begun(range(first, first + QUARTERS), before)
            held.append((begun, min(row.quarters, len(begun))))
    return Certified(domestic_of(held, undated), tuple(dict.fromkeys(impossible)))


def _spans(record: Period, before: date) -> Iterable[tuple[tuple[int, ...], int]]:
    """The quarters that a dated record touches with how many it holds, by year if so given."""
    assert record.start is not None and record.end is not None  # noqa: S101, PT018  # the caller asked
    touched = _begun(quarters_between(record.start, record.end), before)
    if record.by_year:
        for year, declared in record.by_year:
            inside = tuple(quarter for quarter in touched if quarter // QUARTERS == year)
            yield inside, round_up(us_length(declared))
    elif record.declared is not None:
        whole = len(quarters_between(record.start, record.end))
        count = round_up(us_length(record.declared))
        yield touched, count if len(touched) == whole else min(count, len(touched))
    else:
        yield touched, len(touched)


def _begun(quarters: Iterable[int], before: date) -> tuple[int, ...]:
    last = quarter_of(before)
    starts = before == date(before.year, (before.month - 1) // _MONTHS * _MONTHS + 1, 1)
    return tuple(
        quarter for quarter in quarters if quarter < last or (not starts and quarter == last)
    )


def us_length(declared: Duration) -> Fraction:
    """A sum in US quarters: calendar quarters, with months by three and weeks by thirteen."""
    return _in_quarters(declared, weeks=13, months=_MONTHS, days=91)


def _in_quarters(declared: Duration, *, weeks: int, months: int, days: int) -> Fraction:
    return (
        Fraction(declared.years) * QUARTERS
        + Fraction(declared.quarters)
        + Fraction(declared.months) / months
        + Fraction(declared.weeks) / weeks
        + Fraction(declared.days) / days
    )


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Part of a record: its days, the sum certified for it, and how its dates are counted."""

    start: date
    end: date
    declared: Duration | None
    counting: Counting


def foreign_spells(
    records: Iterable[Period],
    rule: Crediting,
    before: date,
    counting: Mapping[str, Counting],
) -> tuple[Spell, ...]:
    """What one party's records are worth in quarters, and where these may stand."""
    stretches = [
        item
        for record in records
        for item in _stretches(record, rule, before, counting.get(record.jurisdiction))
    ]
    stretches.sort(key=lambda item: (item.start, item.end))
    if rule.per is Per.SPELL:
        return tuple(_by_spell(item, rule) for item in stretches)
    return tuple(
        spell for year, held in _by_year(stretches) for spell in _in_year(year, held, rule)
    )


def _stretches(
    record: Period, rule: Crediting, before: date, counting: Counting | None
) -> Iterable[_Stretch]:
    """A record from the first day that counts to the risk; by year if sums are given so."""
    if record.start is None or record.end is None:
        return
    start = max(record.start, rule.not_before)
    end = min(record.end, date.fromordinal(before.toordinal() - 1))
    if end < start:
        return
    how = counting or Counting.EXACT
    if not record.by_year:
        yield _Stretch(start, end, record.declared, how)
    for year, declared in record.by_year:
        first, last = max(start, date(year, 1, 1)), min(end, date(year, 12, 31))
        if first <= last:
            yield _Stretch(first, last, declared, how)


def _by_spell(item: _Stretch, rule: Crediting) -> Spell:
    return Spell(quarters_between(item.start, item.end), round_up(_worth(item, rule)))


def _worth(item: _Stretch, rule: Crediting) -> Fraction:
    """Quarters, not rounded: by the certified sum, else by the dates as the party measures them."""
    declared = item.declared
    if declared is None:
        declared = _measured(item, rule)
    return _in_quarters(declared, weeks=rule.weeks, months=rule.months, days=rule.days)


def _measured(item: _Stretch, rule: Crediting) -> Duration:
    first, last = item.start.toordinal(), item.end.toordinal()
    if item.counting is Counting.CALENDAR_MONTHS or rule.measured is Measured.CALENDAR_MONTHS:
        return Duration(months=calendar_months([(first, last)]))
    days = last - first + 1
    if rule.measured is Measured.WEEKS:
        return Duration(weeks=Fraction(days, _DAYS_PER_WEEK))
    if rule.measured is Measured.DAYS:
        return Duration(days=days)
    if rule.measured is Measured.QUARTERS:
        return Duration(quarters=len(quarters_between(item.start, item.end)))
    months, rest = months_and_days(first, last)
    return Duration(months=months + Fraction(rest, _DAYS_PER_MONTH))


def _by_year(stretches: Iterable[_Stretch]) -> list[tuple[int, list[_Stretch]]]:
    """Stretches cut at the end of each year; a sum over several years fills them in order."""
    years: dict[int, list[_Stretch]] = {}
    for item in stretches:
        rest = None if item.declared is None else us_length(item.declared)
        for year in range(item.start.year, item.end.year + 1):
            first = max(item.start, date(year, 1, 1))
            last = min(item.end, date(year, 12, 31))
            part = None
            if rest is not None:
                room = Fraction(calendar_months([(first.toordinal(), last.toordinal())]), _MONTHS)
                taken = rest if year == item.end.year else min(rest, room)
                rest -= taken
                part = Duration(quarters=taken)
            years.setdefault(year, []).append(_Stretch(first, last, part, item.counting))
    return sorted(years.items())


def _in_year(year: int, held: Sequence[_Stretch], rule: Crediting) -> Iterable[Spell]:
    """The spells of one calendar year, together worth at most four quarters."""
    touched = sorted(
        {quarter for item in held for quarter in quarters_between(item.start, item.end)}
    )
    count = min(QUARTERS, round_up(_year_worth(held, rule)))
    until = rule.same_quarter_until
    if until is not None and year <= until.year:
        yield from (Spell((quarter,), 1) for quarter in touched[:count])
    elif rule.places is Places.WHOLE_YEAR:
        first = year * QUARTERS
        yield Spell(tuple(range(first, first + QUARTERS)), count)
    else:
        yield Spell(tuple(touched), count)


def _year_worth(held: Sequence[_Stretch], rule: Crediting) -> Fraction:
    """Sums of one year are added; dates without sums share their calendar months and quarters."""
    certified = sum(
        (_worth(item, rule) for item in held if item.declared is not None), start=Fraction(0)
    )
    dated = [item for item in held if item.declared is None]
    if rule.measured is Measured.CALENDAR_MONTHS:
        runs = [(item.start.toordinal(), item.end.toordinal()) for item in dated]
        return certified + Fraction(calendar_months(runs), rule.months)
    if rule.measured is Measured.QUARTERS:
        return certified + len(
            {quarter for item in dated for quarter in quarters_between(item.start, item.end)}
        )
    return certified + sum((_worth(item, rule) for item in dated), start=Fraction(0))
