"""
A log derived again from its entries alone: what every tile and every root must be.

Feed entries in order, in any portions. Memory is the right edge of the tree, whatever its size.
Source: RFC 6962 §2.1; c2sp.org/tlog-tiles.
"""

from collections.abc import Sequence

from portability.ledger.merkle import leaf_hash
from portability.ledger.tiles import TILE_WIDTH
from portability.ledger.tree import Frontier, Tile


class Rebuild:
    """The tree so far. ``size`` and ``root`` are those of all entries that were fed."""

    __slots__ = ("_edge", "_frontier")

    def __init__(self) -> None:
        self._frontier = Frontier()
        self._edge: dict[int, Tile] = {}

    @property
    def size(self) -> int:
        return self._frontier.size

    @property
    def root(self) -> bytes:
        return self._frontier.root()

    def feed(self, entries: Sequence[bytes]) -> list[Tile]:
        """Add entries; the tiles that are full now and will never change again."""
        full = []
        for tile in self._frontier.append([leaf_hash(entry) for entry in entries]):
            if tile.width == TILE_WIDTH:
                full.append(tile)
                self._edge.pop(tile.level, None)
            else:
                self._edge[tile.level] = tile
        return full

    def edge(self) -> list[Tile]:
        """The partial tiles of the tree as it stands, lowest level first."""
        return [self._edge[level] for level in sorted(self._edge)]
