"""Where, on one line of days, nobody was and where more than one jurisdiction was."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Span = tuple[str, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The days ``first`` to ``last`` (ordinals, both included), covered by ``names``."""

    first: int
    last: int
    names: tuple[str, ...]

    @property
    def depth(self) -> int:
        return len(self.names)


def stretches(spans: Sequence[Span]) -> list[Stretch]:
    """The line from the first to the last day, cut wherever the set of names on it changes."""
    cuts = sorted({first for _, first, _ in spans} | {last + 1 for _, _, last in spans})
    found: list[Stretch] = []
    for begin, end in pairwise(cuts):
        here = [name for name, first, last in spans if first <= begin and end - 1 <= last]
        names = tuple(sorted(set(here)))
        start = found.pop().first if found and found[-1].names == names else begin
        found.append(Stretch(first=start, last=end - 1, names=names))
    return found


def lanes(spans: Sequence[Span]) -> list[list[int]]:
    """Positions in ``spans`` dealt out to as few rows as keep overlapping ones apart."""
    rows: list[list[int]] = []
    for position, (_, first, last) in enumerate(spans):
        for row in rows:
            if all(last < spans[other][1] or spans[other][2] < first for other in row):
                row.append(position)
                break
        else:
            rows.append([position])
    return rows


def gaps(spans: Sequence[Span]) -> list[Stretch]:
    """Stretches between the first and the last day that nobody covers."""
    return [stretch for stretch in stretches(spans) if not stretch.names]


def overlaps(spans: Sequence[Span]) -> list[Stretch]:
    """Stretches that more than one name covers."""
    return [stretch for stretch in stretches(spans) if stretch.depth > 1]
