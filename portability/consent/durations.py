"""Calendar durations of one unit, ``P10Y``, ``P18M`` or ``P90D``: how long data may be kept."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from portability.consent.reading import refuse

_FORM = re.compile(r"P([1-9][0-9]{0,4})([YMD])")
_MOST: Final = {"Y": 99, "M": 1188, "D": 36159}
"""99 years. Longer would be a way of writing "for ever"."""

_MONTHS: Final = {"Y": 12, "M": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """An ISO 8601 duration of one unit: ``Y``, ``M`` or ``D``."""

    count: int
    unit: str

    def __post_init__(self) -> None:
        if not 1 <= self.count <= _MOST.get(self.unit, 0):
            raise refuse("retention", "is not P1D to P99Y in one unit")

    def __str__(self) -> str:
        return f"P{self.count}{self.unit}"

    def after(self, day: date) -> date:
        """
        The civil date so much later; the last of the month where the day does not exist.

        Raises InvalidInputError past the end of the calendar.
        """
        try:
            if self.unit == "D":
                return day + timedelta(days=self.count)
            months = day.year * 12 + day.month - 1 + self.count * _MONTHS[self.unit]
            year, month = months // 12, months % 12 + 1
            return date(year, month, min(day.day, monthrange(year, month)[1]))
        except (ValueError, OverflowError):
            raise refuse("retention", "reaches past the end of the calendar") from None


def parse_retention(text: str, *, field: str) -> Retention:
    """``P10Y``, ``P18M`` or ``P90D``, at most 99 years; never unlimited."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise refuse(field, "is not a duration in one unit, such as P10Y, P18M or P90D")
    return Retention(count=int(match.group(1)), unit=match.group(2))
