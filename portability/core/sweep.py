"""
The sweep behind ``overlap``: one pass over the dates of many spans, on integers only.

It is apart from the law so that it can be read, and made fast, by itself.
"""

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """
    One span in the sweep. Lanes are sorted by priority: an earlier lane prevails.

    ``tier`` is the strength of its class (0 the strongest), ``owner`` its jurisdiction. A lane that
    ``chooses`` leaves the decision among owners to the caller.
    """

    first: int
    last: int
    tier: int
    owner: int
    compulsory: bool
    chooses: bool


class Segment(NamedTuple):
    """
    Days of one lane with one fate: ``winner`` is the lane that counts them.

    ``contested`` says that another owner's lane of the same tier is in force too.
    """

    first: int
    last: int
    winner: int
    contested: bool


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

    def __init__(self, lanes: list[Lane], chooser: Chooser) -> None:
        self.segments: list[list[Segment]] = [[] for _ in lanes]
        self._lanes = lanes
        self._chooser = chooser
        self._active: dict[int, None] = {}
        self._heap: list[int] = []
        self._since = [0] * len(lanes)
        self._winner = -1
        self._contested = False
        self._in_tier: dict[int, int] = {}
        self._in_group: dict[tuple[int, int], int] = {}

    def run(self) -> list[list[Segment]]:
        lanes = self._lanes
        starts = sorted(range(len(lanes)), key=lambda lane: lanes[lane].first)
        ends = sorted(range(len(lanes)), key=lambda lane: lanes[lane].last)
        started = ended = 0
        while ended < len(lanes):
            day = lanes[ends[ended]].last + 1
            if started < len(lanes):
                day = min(day, lanes[starts[started]].first)
            while ended < len(lanes) and lanes[ends[ended]].last < day:
                self._stop(ends[ended])
                ended += 1
            while started < len(lanes) and lanes[starts[started]].first == day:
                self._start(starts[started])
                started += 1
            self._decide(day)
        return self.segments

    def _start(self, index: int) -> None:
        lane = self._lanes[index]
        group = (lane.tier, lane.owner)
        self._active[index] = None
        self._since[index] = lane.first
        self._in_tier[lane.tier] = self._in_tier.get(lane.tier, 0) + 1
        self._in_group[group] = self._in_group.get(group, 0) + 1
        heappush(self._heap, index)

    def _stop(self, index: int) -> None:
        lane = self._lanes[index]
        self._close(index, lane.last)
        del self._active[index]
        self._in_tier[lane.tier] -= 1
        self._in_group[lane.tier, lane.owner] -= 1
        if lane.compulsory:
            self._chooser.last_compulsory[lane.owner] = lane.last

    def _decide(self, day: int) -> None:
        """Find who counts from ``day`` on and close the segments whose fate changes."""
        winner, contested = self._find_winner()
        if winner != self._winner:
            for index in self._active:
                if self._since[index] < day:
                    self._close(index, day - 1)
                    self._since[index] = day
        elif contested != self._contested:
            self._close(winner, day - 1)
            self._since[winner] = day
        self._winner, self._contested = winner, contested

    def _find_winner(self) -> tuple[int, bool]:
        heap = self._heap
        while heap and heap[0] not in self._active:
            heappop(heap)
        if not heap:
            return -1, False
        winner = heap[0]
        lane = self._lanes[winner]
        contested = self._in_tier[lane.tier] > self._in_group[lane.tier, lane.owner]
        if contested and lane.chooses:
            return self._choose(lane.tier)
        return winner, contested

    def _choose(self, tier: int) -> tuple[int, bool]:
        indices = [index for index in self._active if self._lanes[index].tier == tier]
        owner, decided = self._chooser.choose(
            sorted({self._lanes[index].owner for index in indices})
        )
        return min(index for index in indices if self._lanes[index].owner == owner), not decided

    def _close(self, index: int, last: int) -> None:
        contested = self._contested and index == self._winner
        self.segments[index].append(Segment(self._since[index], last, self._winner, contested))


def run_sweep(lanes: list[Lane], first_compulsory: dict[int, int]) -> list[list[Segment]]:
    """The segments of each lane; n log n for histories in which few lanes overlap at a time."""
    return Sweep(lanes, Chooser(first_compulsory)).run()
