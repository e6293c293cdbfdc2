"""
The sweep behind ``overlap``: one pass over the dates of many spans, on integers only.

It is apart from the law so that it can be read, and made fast, by itself. Spans come in columns
instead of objects, since long histories are common and this is where their time goes. Most of them
are monthly rows that either match or miss those of the others: such rows are decided at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

Segment = tuple[int, int, int, int, bool]
"""A lane, first day, last day, the lane that counts these days, and whether that is contested."""

DAY_BITS = 23
LAST_DAY = (1 << DAY_BITS) - 1  # no ordinal is larger
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
    """Cuts the lanes into segments; those of one lane come in order of their days."""

    def __init__(self, lanes: Lanes, chooser: Chooser) -> None:
        self.segments: list[Segment] = []
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

    def run(self) -> list[Segment]:
        """Lanes that share no day with any other are decided apart from them, in date order."""
        for indices, alike in _clusters(self._lanes):
            if alike:
                self._run_alike(indices)
            else:
                self._run_events(indices)
        return self.segments

    def _run_alike(self, indices: list[int]) -> None:
        """Lanes of the same dates, the strongest first: what holds on one day holds on all."""
        owner, compulsory = self._lanes.owner, self._lanes.compulsory
        winner, contested = indices[0], False
        first, last = self._lanes.first[winner], self._lanes.last[winner]
        if len(indices) > 1 and self._is_contested(indices):
            winner, contested = self._settle(winner, indices)
        for index in indices:
            self.segments.append((index, first, last, winner, contested and index == winner))
            if compulsory[index]:
                self._chooser.last_compulsory[owner[index]] = last

    def _is_contested(self, indices: list[int]) -> bool:
        """Whether another owner has a lane of the tier of the first of these lanes."""
        tier, owner = self._lanes.tier, self._lanes.owner
        strongest = indices[0]
        for index in indices:
            if tier[index] != tier[strongest]:
                return False
            if owner[index] != owner[strongest]:
                return True
        return False

    def _run_events(self, indices: list[int]) -> None:
        """Ends come before starts on one day, and what holds is decided after both."""
        tier, owner = self._lanes.tier, self._lanes.owner
        in_tier, in_group = self._in_tier, self._in_group
        active, heap = self._active, self._heap
        day = 0
        for event in _events(self._lanes, indices):
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

    def _stop(self, index: int) -> None:
        last = self._lanes.last[index]
        winner = self._winner
        contested = self._contested and index == winner
        self.segments.append((index, self._since[index], last, winner, contested))
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
        elif contested != self._contested:
            self._close(winner, day)
        self._winner, self._contested = winner, contested

    def _close(self, index: int, day: int) -> None:
        """End the segment before ``day`` and begin the next one."""
        winner = self._winner
        contested = self._contested and index == winner
        self.segments.append((index, self._since[index], day - 1, winner, contested))
        self._since[index] = day

    def _find_winner(self) -> tuple[int, bool]:
        heap, active = self._heap, self._active
        while heap and heap[0] not in active:
            heappop(heap)
        if not heap:
            return -1, False
        winner = heap[0]
        tier = self._lanes.tier[winner]
        if self._in_tier[tier] == self._in_group[tier][self._lanes.owner[winner]]:
            return winner, False
        return self._settle(winner, active)

    def _settle(self, strongest: int, indices: Iterable[int]) -> tuple[int, bool]:
        """Who wins where several owners have lanes of the strongest's tier; is it contested?"""
        tier, owner_of = self._lanes.tier[strongest], self._lanes.owner
        if tier not in self._lanes.choosing:
            return strongest, True
        equals = [index for index in indices if self._lanes.tier[index] == tier]
        owner, decided = self._chooser.choose(sorted({owner_of[index] for index in equals}))
        return min(index for index in equals if owner_of[index] == owner), not decided


def _clusters(lanes: Lanes) -> Iterator[tuple[list[int], bool]]:
    """
    Lanes that are linked by common days, cluster by cluster in order of their dates.

    The second value says that all of them have the same dates; they are then in order.
    """
    by_dates: dict[int, list[int]] = {}
    for index, (first, last) in enumerate(zip(lanes.first, lanes.last, strict=True)):
        by_dates.setdefault(first << DAY_BITS | last, []).append(index)
    cluster: list[int] = []
    alike, reach = True, 0
    for dates in sorted(by_dates):
        if dates >> DAY_BITS > reach:
            if cluster:
                yield cluster, alike
            cluster, alike = by_dates[dates], True
            reach = dates & LAST_DAY
        else:
            cluster.extend(by_dates[dates])
            alike = False
            reach = max(reach, dates & LAST_DAY)
    if cluster:
        yield cluster, alike


def _events(lanes: Lanes, indices: list[int]) -> list[int]:
    """Starts and ends in order, each packed into one integer: day, whether it starts, lane."""
    starts = [((lanes.first[index] << 1 | 1) << _INDEX_BITS) | index for index in indices]
    ends = [((lanes.last[index] + 1) << (_INDEX_BITS + 1)) | index for index in indices]
    return sorted(starts + ends)


def run_sweep(lanes: Lanes, first_compulsory: dict[int, int]) -> list[Segment]:
    """The segments of all lanes; n log n for histories in which few lanes overlap at a time."""
    return Sweep(lanes, Chooser(first_compulsory)).run()
