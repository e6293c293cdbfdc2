"""
The static read side as files that any web server, object store or CDN can serve.

Tiles and entry bundles come first and the checkpoint last, each by an atomic rename, so that a
reader never finds a checkpoint without what it implies. A later export adds what is new. Partial
tiles go once the full one is there: clients fall back to it. Source: c2sp.org/tlog-tiles.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from portability.errors import ConfigurationError, ForkError, InvalidInputError, ProofError
from portability.ledger.checkpoint import Checkpoint, open_checkpoint
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.merkle import root_from
from portability.ledger.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    TileRef,
    bundle_path,
    bundles_of,
    encode_bundle,
    tile_path,
    tiles_of,
)
from portability.ledger.tree import tile_reader, tiles_read
from portability.node.audit.fsck import LogTrust
from portability.store import log, log_tree, witness
from portability.store.engine import Connection, Database

CHECKPOINT: Final = "checkpoint"
TILES_AT_ONCE: Final = 256
BUNDLES_AT_ONCE: Final = 16

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """``size`` entries are in the folder now; ``files`` were written this time."""

    size: int
    before: int
    files: int


async def export_tiles(
    database: Database,
    trust: LogTrust,
    directory: Path,
    progress: Progress = lambda _done, _all: None,
) -> Exported:
    """
    Bring a folder up to the latest published checkpoint, the committed one where none is published.

    Raises ForkError if the folder holds another history than the database, ProofError if stored
    tiles do not give the signed root, ConfigurationError for a folder that cannot be written.
    """
    async with database.read() as connection:
        note = await _latest(connection)
        if not note:
            raise ConfigurationError("the log has no checkpoint yet: start the node once")
        head = _open(note, trust)
        before = _exported(directory, trust)
        await _check_grown(connection, before, head)
        old = 0 if before is None else before.size
        writer = _Writer(directory, old)
        await writer.write_bundles(connection, head.size, progress)
        await writer.write_tiles(connection, head.size)
    writer.write(CHECKPOINT, note)
    writer.remove_partials()
    return Exported(size=head.size, before=old, files=writer.files)


async def _latest(connection: Connection) -> bytes:
    published = await witness.latest_published(connection)
    return (
        (await log_tree.read_head(connection)).checkpoint if published is None else published.note
    )


def _open(note: bytes, trust: LogTrust) -> Checkpoint:
    for key in trust.keys:
        try:
            return open_checkpoint(note, key, key.name)
        except (InvalidInputError, ProofError):
            continue
    raise ProofError("the checkpoint is not signed by this log's key")


def _exported(directory: Path, trust: LogTrust) -> Checkpoint | None:
    path = directory / CHECKPOINT
    try:
        note = path.read_bytes() if path.exists() else b""
    except OSError:
        raise _unwritable(path) from None
    if not note:
        return None
    try:
        return _open(note, trust)
    except ProofError:
        raise ForkError(
            f"{path} is not signed by this log: export to a folder of its own", file=str(path)
        ) from None


async def _check_grown(connection: Connection, before: Checkpoint | None, head: Checkpoint) -> None:
    """The database gives the root that it exports now, and the one that it exported before."""
    if await _root(connection, head.size) != head.root:
        raise ProofError("the stored tiles do not give the root of the checkpoint: run fsck")
    if before is None:
        return
    if before.size > head.size or await _root(connection, before.size) != before.root:
        raise ForkError(
            f"the folder holds a checkpoint of {before.size} entries that this database never had: "
            "keep both, and find out which was restored or forged",
            exported=str(before.size),
            stored=str(head.size),
        )


async def _root(connection: Connection, size: int) -> bytes:
    found = await log_tree.read_tiles(
        connection, tiles_read(size, lambda read: root_from(size, read))
    )

    def read_tile(ref: TileRef) -> bytes:
        return found.get((ref.level, ref.index), b"")

    return root_from(size, tile_reader(size, read_tile))


class _Writer:
    """Writes what a tree of more than ``old`` entries has and one of ``old`` had not."""

    def __init__(self, directory: Path, old: int) -> None:
        self._directory = directory
        self._old = old
        self._full: list[str] = []
        self.files = 0

    async def write_bundles(self, connection: Connection, size: int, progress: Progress) -> None:
        first = self._old // TILE_WIDTH
        refs = [ref for ref in bundles_of(size) if ref.index >= first]
        for start in range(0, len(refs), BUNDLES_AT_ONCE):
            part = refs[start : start + BUNDLES_AT_ONCE]
            begin = part[0].index * TILE_WIDTH
            count = sum(ref.width for ref in part)
            entries = await log.read_log_entries(connection, begin, count)
            if len(entries) != count:
                raise ProofError("entries are missing that the checkpoint counts: run fsck")
            for place, ref in enumerate(part):
                at = place * TILE_WIDTH
                self._put(bundle_path(ref), encode_bundle(entries[at : at + ref.width]), ref.width)
            progress(begin + count, size)

    async def write_tiles(self, connection: Connection, size: int) -> None:
        for part in _portions(
            ref
            for ref in tiles_of(size)
            if ref.index >= (self._old >> TILE_HEIGHT * ref.level) // TILE_WIDTH
        ):
            found = await log_tree.read_tiles(connection, part)
            for ref in part:
                hashes = found.get((ref.level, ref.index), b"")[: ref.width * HASH_BYTES]
                if len(hashes) != ref.width * HASH_BYTES:
                    raise ProofError("tiles are missing that the checkpoint implies: run fsck")
                self._put(tile_path(ref), hashes, ref.width)

    def write(self, path: str, data: bytes) -> None:
        """Whole or not at all, also when power fails between."""
        target = self._directory.joinpath(*path.split("/"))
        passing = target.with_name(f"{target.name}.new")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with passing.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            passing.replace(target)
        except OSError:
            raise _unwritable(target) from None
        self.files += 1

    def remove_partials(self) -> None:
        """Partial tiles whose full tile was written now."""
        for path in self._full:
            folder = self._directory.joinpath(*f"{path}.p".split("/"))
            try:
                for one in folder.iterdir() if folder.is_dir() else ():
                    one.unlink()
                if folder.is_dir():
                    folder.rmdir()
            except OSError:
                raise _unwritable(folder) from None

    def _put(self, path: str, data: bytes, width: int) -> None:
        self.write(path, data)
        if width == TILE_WIDTH:
            self._full.append(path)


def _portions(refs: Iterator[TileRef]) -> Iterator[list[TileRef]]:
    part: list[TileRef] = []
    for ref in refs:
        part.append(ref)
        if len(part) == TILES_AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _unwritable(path: Path) -> ConfigurationError:
    return ConfigurationError(f"{path} cannot be written or read; check the folder", file=str(path))
