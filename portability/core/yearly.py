"""Periods communicated year by year (987/2009 Art 13(3))."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from portability.core.periods import Duration, Period
from portability.core.pieces import Piece
from portability.core.spans import months_and_days
from portability.core.units import Exact

DAYS_PER_MONTH = 30  # of the 7-day week, in which dates are measured


def yearly_sums(record: Period) -> tuple[tuple[int, Duration], ...]:
    """The sums of a record year by year; if none are given, its dates or its sum are split."""
    if record.by_year or record.start is None or record.end is None:
        return record.by_year
    found = []
    whole = record.end.toordinal() - record.start.toordinal() + 1
    for year in range(record.start.year, record.end.year + 1):
        first = max(record.start, date(year, 1, 1)).toordinal()
        last = min(record.end, date(year, 12, 31)).toordinal()
        if record.declared is None:
            months, days = months_and_days(first, last)
            found.append((year, Duration(months=months + Fraction(days, DAYS_PER_MONTH))))
        else:
            found.append((year, scaled(record.declared, Fraction(last - first + 1, whole))))
    return tuple(found)


def total_of(sums: Sequence[Duration]) -> Duration:
    """Sums of one working week, or of none, added part by part."""
    return Duration(
        years=sum(item.years for item in sums),
        quarters=sum(item.quarters for item in sums),
        months=sum(item.months for item in sums),
        weeks=sum(item.weeks for item in sums),
        days=sum(item.days for item in sums),
        hours=sum(item.hours for item in sums),
        day_type=sums[0].day_type,
    )


def scaled(declared: Duration, share: Fraction) -> Duration:
    """A share of a declared sum, exactly."""
    return Duration(
        years=declared.years * share,
        quarters=declared.quarters * share,
        months=declared.months * share,
        weeks=declared.weeks * share,
        days=declared.days * share,
        hours=declared.hours * share,
        day_type=declared.day_type,
    )


def share_of_year(record: Period, pieces: Sequence[Piece], year: int) -> Exact:
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
