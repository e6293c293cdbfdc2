"""
What of a log does not change any more, kept so that it need not be read for every delivery.

Nothing in here is about anybody: tiles, checkpoints, and proofs of the latest entries. Each is
asked for by a leaf that was just read in the database, which says whether its statement is here
still. Whoever writes forgets all of it when the head is not where this process has left it.
"""

from bisect import bisect_right, insort
from collections import OrderedDict, deque
from collections.abc import Collection, Mapping
from typing import Final

from portability.ledger.encoding import HASH_BYTES
from portability.ledger.tiles import TileRef
from portability.node.log.write import Committed
from portability.store.witness import Published

COMMITS: Final = 32
SMALL: Final = 64
"""Statements in a commit from which on its proofs are made when somebody asks, as for any other."""

TILES: Final = 512
"""Of 8 kB at most."""

PUBLISHED: Final = 4_096
"""Checkpoints of some 500 bytes."""


class LogMemory:
    """Of the log of this node, in one process."""

    def __init__(self) -> None:
        self._commits: deque[Committed] = deque(maxlen=COMMITS)
        self._tiles: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._sizes: list[int] = []
        self._published: dict[int, tuple[int, Published]] = {}

    def clear(self) -> None:
        """Forget everything: somebody else has written, or the database is another one."""
        self._commits.clear()
        self._tiles.clear()
        self._sizes.clear()
        self._published.clear()

    def note_commit(self, committed: Committed) -> None:
        """A commit that is durable, until it is published; not what was said with it."""
        if 0 < committed.size - committed.first_index <= SMALL:
            self._commits.append(committed.without_statements())

    def note_published(self, size: int) -> None:
        """There is a published checkpoint of that size, by which older entries are proved."""
        while self._commits and self._commits[0].first_index < size:
            self._commits.popleft()

    def fresh_proof(self, leaf_index: int) -> tuple[tuple[bytes, ...], bytes] | None:
        """Of an entry that is not published yet the proof that its commit gave, and at what."""
        for commit in reversed(self._commits):
            if commit.first_index <= leaf_index < commit.size:
                return commit.proofs([leaf_index])[0], commit.checkpoint
        return None

    def keep_published(self, leaf_index: int, first: Published) -> None:
        """The database has that as the first published checkpoint that covers a leaf."""
        low, _ = self._published.get(first.size, (leaf_index, first))
        if first.size not in self._published:
            insort(self._sizes, first.size)
        self._published[first.size] = min(low, leaf_index), first
        if len(self._sizes) > PUBLISHED:
            del self._published[self._sizes.pop(0)]

    def first_published(self, leaf_index: int) -> Published | None:
        """The first published checkpoint that covers a leaf, if that is known."""
        place = bisect_right(self._sizes, leaf_index)
        if place == len(self._sizes):
            return None
        low, found = self._published[self._sizes[place]]
        return found if low <= leaf_index else None

    def keep_tiles(self, found: Mapping[tuple[int, int], bytes]) -> None:
        """Tiles as the database has them."""
        for place, hashes in found.items():
            self._tiles[place] = hashes
            self._tiles.move_to_end(place)
        while len(self._tiles) > TILES:
            self._tiles.popitem(last=False)

    def tiles(self, refs: Collection[TileRef]) -> dict[tuple[int, int], bytes]:
        """Those that are known at least as wide as they are asked for."""
        found: dict[tuple[int, int], bytes] = {}
        for ref in refs:
            hashes = self._tiles.get((ref.level, ref.index), b"")
            if len(hashes) >= ref.width * HASH_BYTES:
                found[ref.level, ref.index] = hashes
        return found
