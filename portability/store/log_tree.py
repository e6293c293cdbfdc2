"""
Where the log ends and what its tree is made of, as stored: head, checkpoints and tiles.

What a batch does in which order is in ``log``.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Executable, Select, and_, bindparam, insert, or_, select, update

from portability.errors import StaleCheckpointError
from portability.ledger.tiles import TileRef
from portability.ledger.tree import Tile
from portability.store import rows as sql
from portability.store.engine import Connection
from portability.store.schema import checkpoints, head, tiles

_ONLY: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the log ends; ``version`` counts its moves. A new log: size 0 and no checkpoint."""

    size: int
    root: bytes
    checkpoint: bytes
    version: int


# --- head and checkpoints ------------------------------------------------------------------------


async def read_head(connection: Connection) -> Head:
    """The head as this transaction sees it."""
    return await sql.fetch_only(connection, _HEAD, Head)


async def lock_head(connection: Connection) -> Head:
    """The head, held until the transaction ends: whoever appends calls this first."""
    return await sql.fetch_only(connection, _HEAD_LOCKED, Head)


async def swap_head(
    connection: Connection, old: Head, *, size: int, root: bytes, checkpoint: bytes
) -> Head:
    """Move the head; StaleCheckpointError if it is no longer where it was read."""
    new = Head(size=size, root=root, checkpoint=checkpoint, version=old.version + 1)
    changed = await connection.execute(
        _SWAP,
        {
            "old_size": old.size,
            "old_root": old.root,
            "size": size,
            "root": root,
            "checkpoint": checkpoint,
            "version": new.version,
        },
    )
    if changed.rowcount != 1:
        raise StaleCheckpointError(
            "another writer moved the head of the log and nothing of this was stored: try again"
        )
    return new


async def insert_checkpoint(
    connection: Connection, *, size: int, note: bytes, now: datetime
) -> None:
    """Keep a signed checkpoint; StaleCheckpointError if there is one of that size."""
    await connection.execute(_ADD_CHECKPOINT, {"size": size, "note": note, "create_time": now})


async def replace_checkpoint(connection: Connection, *, size: int, note: bytes) -> None:
    """Keep another checkpoint of a size: that of the log in which the same tree goes on."""
    await connection.execute(
        update(checkpoints).where(checkpoints.c.size == size).values(note=note)
    )


async def read_checkpoint(connection: Connection, size: int) -> bytes | None:
    """The checkpoint of exactly that size."""
    return await connection.scalar(_CHECKPOINT, {"of_size": size})


# --- tiles ---------------------------------------------------------------------------------------


async def upsert_tiles(connection: Connection, grown: Sequence[Tile]) -> None:
    """Write tiles that were made or grew; a full one is never written again."""
    if not grown:
        return
    await connection.execute(
        _upsert_tiles(connection.dialect.name),
        [{"level": one.level, "tile_index": one.index, "hashes": one.hashes} for one in grown],
    )


@cache
def _upsert_tiles(engine: str) -> Executable:
    statement = sql.insert_into(engine, tiles)
    return statement.on_conflict_do_update(
        index_elements=[tiles.c.level, tiles.c.tile_index],
        set_={"hashes": statement.excluded.hashes},
    )


async def read_tiles(
    connection: Connection, refs: Collection[TileRef]
) -> dict[tuple[int, int], bytes]:
    """
    Tiles by (level, index); missing ones are left out. One query, however high the tree is.

    A stored tile may be wider than the one asked for: the first ``width`` hashes are the same.
    """
    wanted: dict[int, set[int]] = {}
    for ref in refs:
        wanted.setdefault(ref.level, set()).add(ref.index)
    if not wanted:
        return {}
    rows = await connection.execute(
        _tiles_at(connection.dialect.name, tuple(sorted(wanted))),
        {f"at_{level}": sql.listed(connection, indexes) for level, indexes in wanted.items()},
    )
    return {(level, index): hashes for level, index, hashes in rows}


@cache
def _tiles_at(engine: str, levels: tuple[int, ...]) -> Select[Any]:
    """A tree of 2^63 leaves has eight levels of tiles, and a proof those from the lowest up."""
    of_level = (
        and_(tiles.c.level == level, sql.any_of(engine, tiles.c.tile_index, f"at_{level}"))
        for level in levels
    )
    return select(tiles.c.level, tiles.c.tile_index, tiles.c.hashes).where(or_(*of_level))


_HEAD: Final = select(head.c.size, head.c.root, head.c.checkpoint, head.c.version).where(
    head.c.id == _ONLY
)

_HEAD_LOCKED: Final = _HEAD.with_for_update()

_CHECKPOINT: Final = select(checkpoints.c.note).where(checkpoints.c.size == bindparam("of_size"))

_ADD_CHECKPOINT: Final = insert(checkpoints)

_SWAP: Final = (
    update(head)
    .where(
        head.c.id == _ONLY,
        head.c.size == bindparam("old_size"),
        head.c.root == bindparam("old_root"),
    )
    .values(
        {name: bindparam(name) for name in ("size", "root", "checkpoint", "version")},
    )
)
