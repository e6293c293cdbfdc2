"""
The right edge of a growing tree, and reading a whole tree out of its tiles.

``Frontier`` is the state that the write path keeps: per tile level the hashes of the partial tile
(at most 255), and per height the root of the one perfect subtree that still waits for its sibling.
Appending costs about one hash per leaf, whatever the size of the tree.

Source: RFC 6962 §2.1; c2sp.org/tlog-tiles.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from portability.errors import ProofError
from portability.ledger.encoding import HASH_BYTES, MAX_NUMBER
from portability.ledger.merkle import EMPTY_ROOT, HashReader, node_hash, sibling
from portability.ledger.tiles import (
    TILE_BYTES,
    TILE_HEIGHT,
    TILE_WIDTH,
    TileRef,
    edge_tiles,
)

ReadTile = Callable[[TileRef], bytes]
"""The hashes of a tile. A wider stored tile will do: only the first ``width`` hashes are read."""

_NODE: Final = b"\x01"
_TILES_KEPT: Final = 256  # with all their rows, some 40 kB in memory each


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A tile with its content: 1 to 256 hashes of 32 bytes, joined."""

    level: int
    index: int
    hashes: bytes

    @property
    def width(self) -> int:
        return len(self.hashes) // HASH_BYTES


class Frontier:
    """The right edge of a tree. ``copy()`` is cheap: append to a copy, keep it after the commit."""

    __slots__ = ("_partial", "_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._partial: list[bytes] = []  # per tile level, the hashes of its partial tile
        self._peaks: list[bytes] = []  # per height, the subtree root without a sibling, or b""

    @classmethod
    def load(cls, size: int, read_tile: ReadTile) -> "Frontier":
        """
        The edge of a stored tree, from the tiles that ``edge_tiles(size)`` names.

        Raises ProofError when a tile is shorter than the size implies. Compare ``root()`` with the
        checkpoint before trusting it.
        """
        frontier = cls()
        frontier.size = size
        frontier._partial = [b""] * (size.bit_length() // TILE_HEIGHT + 1)
        frontier._peaks = [b""] * size.bit_length()
        for ref in edge_tiles(size):
            hashes = _cut(read_tile(ref), ref)
            frontier._partial[ref.level] = hashes
            frontier._load_peaks(ref, hashes)
        return frontier

    def copy(self) -> "Frontier":
        twin = Frontier()
        twin.size = self.size
        twin._partial = self._partial.copy()
        twin._peaks = self._peaks.copy()
        return twin

    def append(self, leaf_hashes: Sequence[bytes]) -> list[Tile]:
        """Add leaves; return the tiles that were created or grew, whole, lowest level first."""
        if any(len(one) != HASH_BYTES for one in leaf_hashes):
            raise ProofError("a leaf hash is not 32 bytes")
        if self.size + len(leaf_hashes) > MAX_NUMBER:
            raise ProofError("the tree would grow past 2^63-1 leaves")
        changed: list[Tile] = []
        nodes: list[bytes] = list(leaf_hashes)
        height = 0
        while nodes:
            if height % TILE_HEIGHT == 0:
                changed += self._grow_tiles(height // TILE_HEIGHT, nodes)
            nodes = self._pair(height, nodes)
            height += 1
        self.size += len(leaf_hashes)
        return changed

    def root(self) -> bytes:
        """The root of the tree as it stands."""
        folded = b""
        for peak in self._peaks:
            if peak:
                folded = node_hash(peak, folded) if folded else peak
        return folded or EMPTY_ROOT

    def _pair(self, height: int, nodes: list[bytes]) -> list[bytes]:
        """Join new nodes of one height to their parents; keep an odd last one as the peak."""
        if height == len(self._peaks):
            self._peaks.append(b"")
        if self._peaks[height]:
            nodes.insert(0, self._peaks[height])
        self._peaks[height] = nodes.pop() if len(nodes) % 2 else b""
        pairs = iter(nodes)
        sha256 = hashlib.sha256
        return [sha256(_NODE + a + b).digest() for a, b in zip(pairs, pairs, strict=True)]

    def _grow_tiles(self, level: int, nodes: list[bytes]) -> list[Tile]:
        if level == len(self._partial):
            self._partial.append(b"")
        first = (self.size >> TILE_HEIGHT * level) // TILE_WIDTH
        hashes = self._partial[level] + b"".join(nodes)
        tiles = [
            Tile(level=level, index=first + count, hashes=hashes[start : start + TILE_BYTES])
            for count, start in enumerate(range(0, len(hashes), TILE_BYTES))
        ]
        self._partial[level] = b"" if tiles[-1].width == TILE_WIDTH else tiles[-1].hashes
        return tiles

    def _load_peaks(self, ref: TileRef, hashes: bytes) -> None:
        """Rebuild the peaks of the eight heights that one partial tile spans."""
        level, width = ref.level, ref.width
        start = 0
        for height in reversed(range(TILE_HEIGHT)):
            if width >> height & 1:
                end = start + (HASH_BYTES << height)
                self._peaks[TILE_HEIGHT * level + height] = _perfect_root(hashes[start:end])
                start = end


class TileReader:
    """
    Hashes of perfect subtrees of a tree of ``size``, out of its tiles; a ``HashReader``.

    Each is computed once. The reader remembers what it read, so make a new one per batch. It raises
    ProofError when a tile is shorter than the size implies.
    """

    def __init__(self, size: int, read_tile: ReadTile) -> None:
        self._size = size
        self._read_tile = read_tile
        self._tiles: dict[tuple[int, int], list[list[bytes]]] = {}

    def __call__(self, level: int, index: int) -> bytes:
        above, height = divmod(level, TILE_HEIGHT)
        place = above, (index << height) // TILE_WIDTH
        rows = self._tiles.get(place)
        if rows is None:
            rows = self._tiles[place] = self._read(_tile_under(self._size, level, index))
        while len(rows) <= height:  # row by row, since a path needs nearly all nodes of its tiles
            rows.append(_parents(rows[-1]))
        return rows[height][index % (TILE_WIDTH >> height)]

    def path_in_tile(self, leaf: int) -> tuple[bytes, ...] | None:
        """What is beside the path of a leaf within its tile; None for a tile that is not full."""
        tile = leaf >> TILE_HEIGHT
        if (tile + 1) << TILE_HEIGHT > self._size:
            return None
        rows = self._tiles.get((0, tile))
        if rows is None:
            self(0, leaf)
            rows = self._tiles[0, tile]
        place = leaf % TILE_WIDTH
        return tuple([rows[height][place >> height ^ 1] for height in range(TILE_HEIGHT)])

    def _read(self, ref: TileRef) -> list[list[bytes]]:
        hashes = _cut(self._read_tile(ref), ref)
        return _rows_of_full(hashes) if ref.width == TILE_WIDTH else [_hashes(hashes)]


def tile_reader(size: int, read_tile: ReadTile) -> TileReader:
    """Hashes of perfect subtrees of a tree of ``size``, out of its tiles."""
    return TileReader(size, read_tile)


@lru_cache(maxsize=_TILES_KEPT)
def _rows_of_full(hashes: bytes) -> list[list[bytes]]:
    """
    All rows of a full tile, from its hashes upwards.

    A log has its full tiles for ever, and the histories of many people have leaves in each.
    """
    rows = [_hashes(hashes)]
    while len(rows) < TILE_HEIGHT:
        rows.append(_parents(rows[-1]))
    return rows


def _tile_under(size: int, level: int, index: int) -> TileRef:
    """The tile whose hashes give the root of a perfect subtree."""
    above, height = divmod(level, TILE_HEIGHT)
    place = (index << height) // TILE_WIDTH
    width = min((size >> TILE_HEIGHT * above) - place * TILE_WIDTH, TILE_WIDTH)
    return TileRef(level=above, index=place, width=width)


def _hashes(joined: bytes) -> list[bytes]:
    return [joined[start : start + HASH_BYTES] for start in range(0, len(joined), HASH_BYTES)]


def _parents(row: list[bytes]) -> list[bytes]:
    """One row up; an odd last one has no parent inside a perfect subtree."""
    pairs, sha256 = iter(row), hashlib.sha256
    return [sha256(_NODE + a + b).digest() for a, b in zip(pairs, pairs, strict=False)]


def batch_inclusion_proofs(
    indexes: Iterable[int], size: int, read_hash: HashReader
) -> list[tuple[bytes, ...]]:
    """
    Inclusion proofs of many leaves in one tree, in the order asked.

    Leaves share the upper part of their paths, so each part is built once.
    """
    asked = list(indexes)
    wanted = set(asked)
    if wanted and not 0 <= min(wanted) <= max(wanted) < size:
        raise ProofError(f"there is no such leaf in a tree of {size}", size=str(size))
    within = _paths_in_tiles(wanted, read_hash)
    above: dict[int, tuple[bytes, ...]] = {0: ()}
    over_tiles = above
    for level in reversed(range(size.bit_length())):
        paths: dict[int, tuple[bytes, ...]] = {}
        leaves = wanted if level >= TILE_HEIGHT else wanted - within.keys()
        for index in {leaf >> level for leaf in leaves}:
            other = sibling(level, index, size, read_hash)
            rest = above[index >> 1]
            paths[index] = (other, *rest) if other else rest
        above = paths
        if level == TILE_HEIGHT:
            over_tiles = paths
    above.update((leaf, path + over_tiles[leaf >> TILE_HEIGHT]) for leaf, path in within.items())
    return [above[leaf] for leaf in asked]


def one_of_each_tile(indexes: Iterable[int]) -> list[int]:
    """Leaves whose proofs read the same tiles as those of all of these leaves."""
    return list({leaf // TILE_WIDTH: leaf for leaf in indexes}.values())


def _paths_in_tiles(leaves: Iterable[int], read_hash: HashReader) -> dict[int, tuple[bytes, ...]]:
    """For leaves in full tiles the part of their paths that lies in the tile."""
    if not isinstance(read_hash, TileReader):
        return {}
    paths = ((leaf, read_hash.path_in_tile(leaf)) for leaf in leaves)
    return {leaf: path for leaf, path in paths if path is not None}


def tiles_read(size: int, build: Callable[[HashReader], object]) -> list[TileRef]:
    """
    The tiles that a proof builder will read, so that they can be fetched in one go.

    For example ``tiles_read(size, lambda read: consistency_proof(m, size, read))``.
    """
    asked: dict[tuple[int, int], TileRef] = {}

    def note_tile(level: int, index: int) -> bytes:
        above, height = divmod(level, TILE_HEIGHT)
        place = above, (index << height) // TILE_WIDTH
        if place not in asked:
            asked[place] = _tile_under(size, level, index)
        return EMPTY_ROOT  # any hash: what is built of it is thrown away

    build(note_tile)
    return list(asked.values())


def _cut(hashes: bytes, ref: TileRef) -> bytes:
    needed = ref.width * HASH_BYTES
    if len(hashes) < needed:
        raise ProofError(
            f"tile {ref.level}/{ref.index} holds fewer than the {ref.width} hashes that "
            "the tree size implies",
            level=str(ref.level),
            index=str(ref.index),
        )
    return hashes[:needed]


def _perfect_root(hashes: bytes) -> bytes:
    while len(hashes) > HASH_BYTES:
        step = 2 * HASH_BYTES
        hashes = b"".join(
            hashlib.sha256(_NODE + hashes[start : start + step]).digest()
            for start in range(0, len(hashes), step)
        )
    return hashes
