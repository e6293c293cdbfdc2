"""Days onto characters: an axis of years under which stretches of days are drawn."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_STEPS = (1, 2, 5, 10, 20, 50)
_LABEL_WIDTH = 7  # four digits and room to breathe
_DAYS_PER_YEAR = 365.2425


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """``cells`` characters for the days from ``first`` to ``last`` (ordinals, both included)."""

    first: int
    last: int
    cells: int

    @property
    def days(self) -> int:
        return self.last - self.first + 1

    def halves(self, first: int, last: int) -> range:
        """
        Half characters for the days ``first`` to ``last``, at least one.

        Edges are rounded, so that a period that begins the day after another one ended begins
        right beside it.
        """
        begin = self._edge(first)
        return range(min(begin, 2 * self.cells - 1), max(self._edge(last + 1), begin + 1))

    def touched(self, first: int, last: int) -> range:
        """Whole characters that the days ``first`` to ``last`` touch, however shortly."""
        return range(self._cell(first), self._cell(last) + 1)

    def _edge(self, day: int) -> int:
        return ((day - self.first) * self.cells * 4 + self.days) // (2 * self.days)

    def _cell(self, day: int) -> int:
        return (day - self.first) * self.cells // self.days

    def ticks(self) -> Iterator[int]:
        """Characters at which a labelled year begins."""
        return (cell for cell, _ in self._labelled())

    def labels(self) -> str:
        """The years as text, each beginning at its tick."""
        row = ""
        for cell, year in self._labelled():
            if cell >= len(row) and cell + 4 <= self.cells:
                row = row.ljust(cell) + f"{year:04d}"
        return row

    def _labelled(self) -> Iterator[tuple[int, int]]:
        step = self._step()
        start = date.fromordinal(self.first).year
        for year in range(start - start % step, date.fromordinal(self.last).year + 1, step):
            day = date(max(year, 1), 1, 1).toordinal()
            if self.first <= day <= self.last:
                yield self._cell(day), year

    def _step(self) -> int:
        per_year = self.cells * _DAYS_PER_YEAR / self.days
        return next((step for step in _STEPS if step * per_year >= _LABEL_WIDTH), 100)


def fit_axis(first: int, last: int, cells: int) -> Axis:
    """An axis of whole years around the days ``first`` to ``last``."""
    begin = date(date.fromordinal(first).year, 1, 1).toordinal()
    end = date(date.fromordinal(last).year, 12, 31).toordinal()
    return Axis(first=begin, last=end, cells=cells)
