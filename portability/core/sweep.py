"""
The sweep behind ``overlap``: one pass over the dates of many spans, on integers only.

It is apart from the law so that it can be read, and made fast, by itself. Spans come in columns
instead of objects, since long histories are common and this is where their time goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

Segment = tuple[int, int, int, bool]
"""First day, last day, the lane that counts these days, and whether that is contested."""

_INDEX_BITS = 32
_INDEX_MASK = (1 << _INDEX_BITS) - 1
_STARTS = 1 << _INDEX_BITS
_DAY_SHIFT = _INDEX_BITS + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """
    Spans by column, sorted by priority: an earlier lane prevails.

    ``tier`` is the strength of a lane's class (0 the strongest), ``owner`` its jurisdiction. Lanes
    of a tier in ``choosing`` that have several owners are decided by the law of Art 12(5).
    """

    first: Sequence[int]
    last: Sequence[int]
    tier: Sequence[int]
    owner: Sequence[int]
    compulsory: Sequence[bool]
    choosing: frozenset[int]
    owners: int


class Chooser:
    """
    Which owner counts days that are equivalent for several (987/2009 Art 12(5)).

    ``first_compulsory`` is the first day of compulsory insurance of each owner that has any.
    """

    def __init__(self, first_compulsory: dict[int, int]) -> None:
        self._first = first_compulsory
        self.last_compulsory: dict[int, int] = {}

    def choose(self, owners: list[int]) -> tuple[int, bool]:
        """The owner, and whether the law decided (False: nobody was compulsorily insured)."""
        before = [owner for owner in owners if owner in self.last_compulsory]
        if before:
            return min(before, key=lambda owner: (-self.last_compulsory[owner], owner)), True
        after = [owner for owner in owners if owner in self._first]
        if after:
            return min(after, key=lambda owner: (self._first[owner], owner)), True
        return min(owners), False


class Sweep:
    """Gives each lane its segments, in order of their days."""

    def __init__(self, lanes: Lanes, chooser: Chooser) -> None:
        self.segments: list[list[Segment]] = [[] for _ in lanes.first]
        self._lanes = lanes
        self._chooser = chooser
        self._active: dict[int, None] = {}
        self._heap: list[int] = []
        self._since = list(lanes.first)
        self._winner = -1
        self._contested = False
        tiers = max(lanes.tier, default=0) + 1
        self._in_tier = [0] * tiers
        self._in_group = [[0] * lanes.owners for _ in range(tiers)]

    def run(self) -> list[list[Segment]]:
        """Ends come before starts on one day, and what holds is decided after both."""
        tier, owner = self._lanes.tier, self._lanes.owner
        in_tier, in_group = self._in_tier, self._in_group
        active, heap = self._active, self._heap
        day = 0
        for event in _events(self._lanes):
            if event >> _DAY_SHIFT != day:
                self._decide(day)
                day = event >> _DAY_SHIFT
            index = event & _INDEX_MASK
            change = 1
            if event & _STARTS:
                active[index] = None
                heappush(heap, index)
            else:
                change = -1
                self._stop(index)
            in_tier[tier[index]] += change
            in_group[tier[index]][owner[index]] += change
        return self.segments

    def _stop(self, index: int) -> None:
        last = self._lanes.last[index]
        winner = self._winner
        self.segments[index].append(
            (self._since[index], last, winner, self._contested and index == winner)
        )
        del self._active[index]
        if self._lanes.compulsory[index]:
            self._chooser.last_compulsory[self._lanes.owner[index]] = last

    def _decide(self, day: int) -> None:
        """Find who counts from ``day`` on and close the segments whose fate changes."""
        winner, contested = self._find_winner()
        if winner != self._winner:
            since = self._since
            for index in self._active:
                if since[index] < day:
                    self._close(index, day)
        elif contested != self._contested and self._since[winner] < day:
            self._close(winner, day)
        self._winner, self._contested = winner, contested

    def _close(self, index: int, day: int) -> None:
        """End the segment before ``day`` and begin the next one."""
        winner = self._winner
        contested = self._contested and index == winner
        self.segments[index].append((self._since[index], day - 1, winner, contested))
        self._since[index] = day

    def _find_winner(self) -> tuple[int, bool]:
        heap, active = self._heap, self._active
        while heap and heap[0] not in active:
            heappop(heap)
        if not heap:
            return -1, False
        winner = heap[0]
        tier = self._lanes.tier[winner]
        contested = self._in_tier[tier] > self._in_group[tier][self._lanes.owner[winner]]
        if contested and tier in self._lanes.choosing:
            return self._choose(tier)
        return winner, contested

    def _choose(self, tier: int) -> tuple[int, bool]:
        owner_of = self._lanes.owner
        indices = [index for index in self._active if self._lanes.tier[index] == tier]
        owner, decided = self._chooser.choose(sorted({owner_of[index] for index in indices}))
        return min(index for index in indices if owner_of[index] == owner), not decided


def _events(lanes: Lanes) -> list[int]:
    """Starts and ends in order, each packed into one integer: day, whether it starts, lane."""
    starts = [((first << 1 | 1) << _INDEX_BITS) | index for index, first in enumerate(lanes.first)]
    ends = [((last + 1) << (_INDEX_BITS + 1)) | index for index, last in enumerate(lanes.last)]
    return sorted(starts + ends)


def run_sweep(lanes: Lanes, first_compulsory: dict[int, int]) -> list[list[Segment]]:
    """The segments of each lane; n log n for histories in which few lanes overlap at a time."""
    return Sweep(lanes, Chooser(first_compulsory)).run()
