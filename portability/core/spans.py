"""
Calendar arithmetic on closed spans of civil dates: both days belong to the span.

Calendar length and counted amount are two different things: this module only measures. What a
scheme makes of a period is decided in ``conversion``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

MONTHS_PER_YEAR = 12
_FEBRUARY = 2
_LENGTHS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A calendar length: whole years, whole months, the remaining days, and all days together."""

    years: int
    months: int
    days: int
    total_days: int

    def to_json(self) -> dict[str, int]:
        return {
            "years": self.years,
            "months": self.months,
            "days": self.days,
            "total_days": self.total_days,
        }


def span(start: date, end: date) -> Span:
    """
    The calendar length of ``start`` to ``end``, both included.

    Whole months are counted from the start date to the day after the end, clamped to the end of
    shorter months; then the remaining days; twelve months are a year.
    """
    months, days = months_and_days(start.toordinal(), end.toordinal())
    years, months = divmod(months, MONTHS_PER_YEAR)
    return Span(
        years=years,
        months=months,
        days=days,
        total_days=end.toordinal() - start.toordinal() + 1,
    )


def months_and_days(first: int, last: int) -> tuple[int, int]:
    """Whole months and remaining days of a span given as proleptic Gregorian ordinals."""
    start = date.fromordinal(first)
    year, month, day = _day_after(last)
    months = (year - start.year) * MONTHS_PER_YEAR + month - start.month
    anchor = min(start.day, month_length(year, month))
    if day >= anchor:
        return months, day - anchor
    length = month_length(year, month - 1 or MONTHS_PER_YEAR)  # any December has 31 days
    return months - 1, day + length - min(start.day, length)


def whole_months(start: date, end: date) -> int:
    """How many months a span is that runs from a first to a last day of a month; otherwise 0."""
    if start.day != 1 or end.day != month_length(end.year, end.month):
        return 0
    return (end.year - start.year) * MONTHS_PER_YEAR + end.month - start.month + 1


def month_length(year: int, month: int) -> int:
    """Days in a month of the Gregorian calendar."""
    leap = month == _FEBRUARY and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _LENGTHS[month] + leap


def _day_after(last: int) -> tuple[int, int, int]:
    if last == date.max.toordinal():  # the only day whose successor is not a date
        return date.max.year + 1, 1, 1
    following = date.fromordinal(last + 1)
    return following.year, following.month, following.day


def merge_runs(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans of ordinals joined where they touch or overlap, in order."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            if last > merged[-1][1]:
                merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return merged


def calendar_months(spans: Iterable[tuple[int, int]]) -> int:
    """How many calendar months the spans touch; a month touched twice counts once."""
    months = 0
    seen = 0
    for first, last in merge_runs(spans):
        start, end = date.fromordinal(first), date.fromordinal(last)
        begin = max(start.year * MONTHS_PER_YEAR + start.month, seen + 1)
        seen = max(end.year * MONTHS_PER_YEAR + end.month, seen)
        months += seen - begin + 1
    return months
