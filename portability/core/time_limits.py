"""Time limits in months: when they end, and whether a decision has become final by then."""

from datetime import date, timedelta
from enum import StrEnum

from portability.core.spans import MONTHS_PER_YEAR, month_length

_DAY = timedelta(days=1)


def months_after(day: date, months: int) -> date:
    """
    The same day so many months later (earlier if negative), or the last day of a shorter month.

    Held within the years 1 to 9999.
    """
    years, month = divmod(day.year * MONTHS_PER_YEAR + day.month - 1 + months, MONTHS_PER_YEAR)
    if years < date.min.year:
        return date.min
    if years > date.max.year:
        return date.max
    return date(years, month + 1, min(day.day, month_length(years, month + 1)))


def last_day_of(start: date, months: int) -> date:
    """The last day of a stretch of whole months that begins on ``start``."""
    return months_after(start, months) - _DAY


class Finality(StrEnum):
    """Where a provisional decision stands that others may object to."""

    PROVISIONAL = "provisional"
    FINAL = "final"
    OBJECTED = "objected"


def finality(informed: date, objection: date | None, as_of: date, months: int) -> Finality:
    """
    Whether a decision of which the others were informed is final on ``as_of``.

    An objection counts if it came within ``months`` of the information (987/2009 Art 16(3), 60(3)).
    """
    ends = months_after(informed, months)
    if objection is not None and objection <= min(ends, as_of):
        return Finality.OBJECTED
    return Finality.FINAL if as_of > ends else Finality.PROVISIONAL
