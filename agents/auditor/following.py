"""
The entries of a log, followed from where a watcher stands.

On the way every head that the log has signed (published, shown before, or stated by the directory
as its end) is held against the tree that the entries give. The watcher's place is the last
publication: what witnesses have not seen cannot be judged yet and is read again next time.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from agents.auditor.watch_place import Place
from portability.ledger.merkle import leaf_hash
from portability.ledger.tiles import edge_tiles
from portability.ledger.tree import Frontier
from portability.ledger.tree_head import Checkpoint

AT_ONCE: Final = 1000
"""Bounds memory; any number does."""


Check = Callable[[int, bytes, datetime | None], None]
"""Told index, leaf and, once a quorum has seen it, the witnessed time of each entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A published head; ``time`` is when the quorum had seen it, None where it is missed."""

    head: Checkpoint
    note: bytes
    time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A head that the tree must have had at its size; ``note`` is empty for one only stated."""

    head: Checkpoint
    note: bytes
    whose: str


@dataclass(slots=True, kw_only=True)
class Followed:
    """
    Where the entries led: ``place`` after the last publication (None: none was reached), ``broken``
    the marks that the tree did not give.
    """

    frontier: Frontier
    place: Place | None = None
    broken: list[Mark] = field(default_factory=list)


class Follower:
    """Appends entries one after the other, and has each checked; 0 witnesses make no quorum."""

    def __init__(
        self,
        *,
        old: Place,
        quorum: int,
        publications: Iterable[Publication],
        marks: Iterable[Mark],
        check: Check,
    ) -> None:
        self._quorum = quorum
        self._check = check
        self._edge = dict(old.edge)
        self._ahead: deque[Publication] = deque()
        self._published = iter(publications)
        self._covering: Publication | None = None
        self._marks: dict[int, list[Mark]] = {}
        for mark in marks:
            self._marks.setdefault(mark.head.size, []).append(mark)
        frontier = Frontier.load(old.size, lambda ref: old.edge[ref.level, ref.index])
        self._leaves: list[bytes] = []
        self.followed = Followed(frontier=frontier)

    def follow(self, entries: Iterable[bytes], size: int) -> Followed:
        """Take in the entries up to the head of that size, and say where they led."""
        frontier = self.followed.frontier
        for index, data in enumerate(entries, frontier.size):
            covering = self._cover(index)
            self._check(index, data, None if covering is None else covering.time)
            self._leaves.append(leaf_hash(data))
            end = index + 1
            if len(self._leaves) >= AT_ONCE or end == self._stop() or end in self._marks:
                self._flush()
                self._compare(end)
        self._flush()
        if not self._quorum and frontier.size == size:
            self.followed.place = self._place(size, b"")
        return self.followed

    def _cover(self, index: int) -> Publication | None:
        """The earliest publication under the eyes of the quorum that has this entry."""
        if self._covering is None or self._covering.head.size <= index:
            self._covering = next(self._timed(index), None)
        return self._covering

    def _timed(self, index: int) -> Iterator[Publication]:
        for one in self._ahead:
            if one.time is not None and one.head.size > index:
                yield one
        for one in self._published:
            self._ahead.append(one)
            if one.time is not None and one.head.size > index:
                yield one

    def _stop(self) -> int:
        """The size of the next publication, at which the tree is compared."""
        return self._ahead[0].head.size if self._ahead else -1

    def _compare(self, size: int) -> None:
        root = self.followed.frontier.root()
        for mark in self._marks.pop(size, ()):
            if mark.head.root != root:
                self.followed.broken.append(mark)
        while self._ahead and self._ahead[0].head.size <= size:
            one = self._ahead.popleft()
            if one.head.root != root:
                mark = Mark(head=one.head, note=one.note, whose="the public")
                self.followed.broken.append(mark)
            elif one.time is not None:
                self.followed.place = self._place(size, one.note)

    def _place(self, size: int, note: bytes) -> Place:
        self._edge = _edge_of(size, self._edge)
        return Place(size=size, note=note, edge=self._edge)

    def _flush(self) -> None:
        if self._leaves:
            for tile in self.followed.frontier.append(self._leaves):
                self._edge[tile.level, tile.index] = tile.hashes
            self._leaves.clear()


def _edge_of(size: int, tiles: Mapping[tuple[int, int], bytes]) -> dict[tuple[int, int], bytes]:
    return {(ref.level, ref.index): tiles[ref.level, ref.index] for ref in edge_tiles(size)}
