"""
Tiles and entry bundles: their paths, their bytes, and which of them a tree size implies.

Source: c2sp.org/tlog-tiles v0.1.0; formats.md, Notes, checkpoints, tiles.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from portability.errors import InvalidInputError
from portability.ledger.encoding import HASH_BYTES, MAX_NUMBER

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 256
TILE_BYTES: Final = TILE_WIDTH * HASH_BYTES
MAX_LEVEL: Final = 63
MAX_ENTRY_BYTES: Final = 65535

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TileRef:
    """One tile of hashes; width 256 is a full one. Hash i is at height 8·level of the tree."""

    level: int
    index: int
    width: int = TILE_WIDTH


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRef:
    """One bundle of log entries; width 256 is a full one."""

    index: int
    width: int = TILE_WIDTH


def tile_path(ref: TileRef) -> str:
    """``tile/0/x001/x234/067.p/3``."""
    return f"tile/{ref.level}/{_index_path(ref.index)}{_width_suffix(ref.width)}"


def bundle_path(ref: BundleRef) -> str:
    """``tile/entries/x001/x234/067``."""
    return f"tile/entries/{_index_path(ref.index)}{_width_suffix(ref.width)}"


def parse_tile_path(path: str) -> TileRef | BundleRef:
    """Read a path as a client asks for it; InvalidInputError for any other spelling."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise _bad_path()
    index = int(match["index"].replace("/", "").replace("x", ""))
    width = int(match["width"] or TILE_WIDTH)
    ref: TileRef | BundleRef
    if match["level"] == "entries":
        ref = BundleRef(index=index, width=width)
        same = bundle_path(ref)
    else:
        ref = TileRef(level=int(match["level"]), index=index, width=width)
        same = tile_path(ref)
        if ref.level > MAX_LEVEL:
            raise _bad_path()
    if same != path or index > MAX_NUMBER or width > TILE_WIDTH:
        raise _bad_path()  # leading zero groups, or a full tile written as a partial one
    return ref


def edge_tiles(size: int) -> list[TileRef]:
    """The partial tiles of a tree, one per level that has one: all that an append must read."""
    return [
        TileRef(level=level, index=count // TILE_WIDTH, width=count % TILE_WIDTH)
        for level, count in _level_counts(size)
        if count % TILE_WIDTH
    ]


def tiles_of(size: int) -> Iterator[TileRef]:
    """Every tile of a tree of this size, level by level, partial ones last in their level."""
    for level, count in _level_counts(size):
        for index in range(count // TILE_WIDTH):
            yield TileRef(level=level, index=index)
        if count % TILE_WIDTH:
            yield TileRef(level=level, index=count // TILE_WIDTH, width=count % TILE_WIDTH)


def bundles_of(size: int) -> Iterator[BundleRef]:
    """Every entry bundle of a tree of this size."""
    for index in range(size // TILE_WIDTH):
        yield BundleRef(index=index)
    if size % TILE_WIDTH:
        yield BundleRef(index=size // TILE_WIDTH, width=size % TILE_WIDTH)


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Each entry behind its length in two bytes."""
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise InvalidInputError(
                f"a log entry is over {MAX_ENTRY_BYTES} bytes: log a digest in its place",
                field="entry",
            )
        parts.append(len(entry).to_bytes(2, "big"))
        parts.append(entry)
    return b"".join(parts)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """
    The first ``width`` entries of a bundle, which may be a wider one.

    InvalidInputError for a bundle that is cut, holds fewer entries, more than 256, or trailing
    bytes.
    """
    entries = []
    position = 0
    while position < len(data):
        start = position + 2
        position = start + int.from_bytes(data[position:start], "big")
        if position > len(data):
            raise InvalidInputError("the entry bundle is cut in an entry", field="bundle")
        entries.append(data[start:position])
    if not width <= len(entries) <= TILE_WIDTH:
        raise InvalidInputError(
            f"the entry bundle holds {len(entries)} entries, expected {width}", field="bundle"
        )
    return entries[:width]


def _level_counts(size: int) -> Iterator[tuple[int, int]]:
    """(level, number of hashes at it), from 0 up to the last level that has any."""
    level = 0
    while size:
        yield level, size
        size >>= TILE_HEIGHT
        level += 1


def _index_path(index: int) -> str:
    text = f"{index % 1000:03}"
    while index := index // 1000:
        text = f"x{index % 1000:03}/{text}"
    return text


def _width_suffix(width: int) -> str:
    return "" if width == TILE_WIDTH else f".p/{width}"


def _bad_path() -> InvalidInputError:
    return InvalidInputError(
        "the path names no tile: expected tile/LEVEL/INDEX or tile/entries/INDEX, "
        "with .p/WIDTH for a partial one",
        field="path",
    )
