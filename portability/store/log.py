"""
The log as it is stored: head, checkpoints, tiles, and the signed statements with their leaves.

A batch is: ``lock_head``, ``find_statements``, ``insert_statements``, ``upsert_tiles``,
``insert_checkpoint``, ``swap_head``, all in one write transaction.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import ColumnElement, Dialect, Executable, and_, insert, or_, select, update

from portability.errors import StaleCheckpointError
from portability.ledger.tiles import TileRef
from portability.ledger.tree import Tile
from portability.store import rows as sql
from portability.store.columns import microseconds
from portability.store.data_keys import load_keys, usable
from portability.store.engine import Connection
from portability.store.schema import checkpoints, head, statements, tiles
from portability.store.vault import DataKey, Vault, row_aad

_ONLY: Final = 1
_TABLE: Final = "statements"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the log ends; ``version`` counts its moves. A new log: size 0 and no checkpoint."""

    size: int
    root: bytes
    checkpoint: bytes
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """A statement on its way in. ``envelope``: protobuf bytes, not encrypted yet."""

    leaf_index: int
    statement_id: bytes
    kind: str
    key_id: bytes
    log_entry: bytes
    person: int | None
    envelope: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedAt:
    """Where a statement stands; ``tree_size`` is that of the checkpoint of its batch."""

    leaf_index: int
    tree_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStatement:
    """A statement out of the store. ``envelope`` is None once its person was erased."""

    leaf_index: int
    statement_id: bytes
    kind: str
    key_id: bytes
    log_entry: bytes
    tree_size: int
    person: int | None
    accept_time: datetime
    envelope: bytes | None


# --- head and checkpoints ------------------------------------------------------------------------


async def read_head(connection: Connection) -> Head:
    """The head as this transaction sees it."""
    return await sql.fetch_only(connection, _HEAD, Head)


async def lock_head(connection: Connection) -> Head:
    """The head, held until the transaction ends: whoever appends calls this first."""
    return await sql.fetch_only(connection, _HEAD.with_for_update(), Head)


async def swap_head(
    connection: Connection, old: Head, *, size: int, root: bytes, checkpoint: bytes
) -> Head:
    """Move the head; StaleCheckpointError if it is no longer where it was read."""
    new = Head(size=size, root=root, checkpoint=checkpoint, version=old.version + 1)
    changed = await connection.execute(
        update(head)
        .where(head.c.id == _ONLY, head.c.size == old.size, head.c.root == old.root)
        .values(size=size, root=root, checkpoint=checkpoint, version=new.version)
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
    await connection.execute(insert(checkpoints), {"size": size, "note": note, "create_time": now})


async def replace_checkpoint(connection: Connection, *, size: int, note: bytes) -> None:
    """Keep another checkpoint of a size: that of the log in which the same tree goes on."""
    await connection.execute(
        update(checkpoints).where(checkpoints.c.size == size).values(note=note)
    )


async def read_checkpoint(connection: Connection, size: int) -> bytes | None:
    """The checkpoint of exactly that size."""
    return await connection.scalar(select(checkpoints.c.note).where(checkpoints.c.size == size))


# --- tiles ---------------------------------------------------------------------------------------


async def upsert_tiles(connection: Connection, grown: Sequence[Tile]) -> None:
    """Write tiles that were made or grew; a full one is never written again."""
    if not grown:
        return
    statement = sql.insert(connection, tiles)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=[tiles.c.level, tiles.c.tile_index],
            set_={"hashes": statement.excluded.hashes},
        ),
        [{"level": one.level, "tile_index": one.index, "hashes": one.hashes} for one in grown],
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
    of_level = (
        and_(tiles.c.level == level, sql.one_of(connection, tiles.c.tile_index, indexes))
        for level, indexes in sorted(wanted.items())
    )
    rows = await connection.execute(
        select(tiles.c.level, tiles.c.tile_index, tiles.c.hashes).where(or_(*of_level))
    )
    return {(level, index): hashes for level, index, hashes in rows}


# --- statements ----------------------------------------------------------------------------------


async def insert_statements(
    connection: Connection,
    vault: Vault,
    rows: Sequence[NewRow],
    *,
    tree_size: int,
    now: datetime,
) -> None:
    """
    Encrypt and store a batch. The hot path: one statement text, plain tuples, no type processing.

    Nothing here looks for ids that are logged already: ``find_statements`` does, under the lock of
    the head. StaleCheckpointError if an index is taken; PreconditionError for a person who was
    erased.
    """
    if not rows:
        return
    keys = await load_keys(connection, vault, {row.person for row in rows})
    ready = {person: usable(key) for person, key in keys.items()}
    accepted = microseconds(now)
    await connection.exec_driver_sql(
        _insert_text(connection.dialect.name, connection.dialect),
        [
            (
                row.leaf_index,
                row.statement_id,
                _key(row.statement_id),
                row.kind,
                row.key_id,
                row.log_entry,
                tree_size,
                accepted,
                row.person,
                vault.encrypt(ready[row.person], row.envelope, _aad(row.statement_id)),
            )
            for row in rows
        ],
    )


async def read_accept_time(connection: Connection, leaf_index: int) -> datetime | None:
    """When the entry at a leaf was taken in; None where there is none."""
    found: datetime | None = await connection.scalar(
        select(statements.c.accept_time).where(statements.c.leaf_index == leaf_index)
    )
    return found


async def find_statements(connection: Connection, ids: Collection[bytes]) -> dict[bytes, LoggedAt]:
    """Which of these statements are logged, and where."""
    wanted = set(ids)
    rows = await connection.execute(
        select(statements.c.statement_id, statements.c.leaf_index, statements.c.tree_size).where(
            _keys_of(connection, wanted)
        )
    )
    return {
        name: LoggedAt(leaf_index=index, tree_size=size)
        for name, index, size in rows
        if name in wanted
    }


async def read_log_entries(connection: Connection, first: int, count: int) -> list[bytes]:
    """Leaf bytes from an index on, fewer at the end of the log."""
    rows = await connection.scalars(
        select(statements.c.log_entry)
        .where(statements.c.leaf_index >= first, statements.c.leaf_index < first + count)
        .order_by(statements.c.leaf_index)
    )
    return list(rows)


async def read_statements(
    connection: Connection, vault: Vault, ids: Collection[bytes]
) -> dict[bytes, StoredStatement]:
    """Statements by id, decrypted; missing ones are left out."""
    wanted = set(ids)
    query = _STATEMENT.where(_keys_of(connection, wanted))
    found = await _opened(connection, vault, query)
    return {one.statement_id: one for one in found if one.statement_id in wanted}


async def list_person_statements(
    connection: Connection,
    vault: Vault,
    *,
    person: int,
    kind: str | None = None,
    after: int | None = None,
    limit: int,
) -> list[StoredStatement]:
    """A person's statements in log order, from behind a leaf index on."""
    query = _STATEMENT.where(statements.c.person == person)
    if kind is not None:
        query = query.where(statements.c.kind == kind)
    if after is not None:
        query = query.where(statements.c.leaf_index > after)
    ordered = query.order_by(statements.c.leaf_index).limit(limit)
    return await _opened(connection, vault, ordered)


_HEAD: Final = select(head.c.size, head.c.root, head.c.checkpoint, head.c.version).where(
    head.c.id == _ONLY
)

_STATEMENT: Final = select(
    statements.c.leaf_index,
    statements.c.statement_id,
    statements.c.kind,
    statements.c.key_id,
    statements.c.log_entry,
    statements.c.tree_size,
    statements.c.person,
    statements.c.accept_time,
    statements.c.envelope_ciphertext.label("envelope"),
)


async def _opened(connection: Connection, vault: Vault, query: Executable) -> list[StoredStatement]:
    sealed = await sql.fetch_all(connection, query, StoredStatement)
    keys = await load_keys(connection, vault, {one.person for one in sealed})
    return [replace(one, envelope=_open(vault, keys[one.person], one)) for one in sealed]


def _open(vault: Vault, key: DataKey | None, sealed: StoredStatement) -> bytes | None:
    if key is None or not sealed.envelope:
        return None
    return vault.decrypt(key, sealed.envelope, _aad(sealed.statement_id))


def _key(statement_id: bytes) -> int:
    """The part of an id that is indexed."""
    return int.from_bytes(statement_id[:8], "big", signed=True)


def _keys_of(connection: Connection, ids: Collection[bytes]) -> ColumnElement[bool]:
    """Finds the statements of these ids, and perhaps others that begin alike."""
    return sql.one_of(connection, statements.c.statement_key, [_key(name) for name in ids])


def _aad(statement_id: bytes) -> bytes:
    return row_aad(_TABLE, statement_id)


@cache
def _insert_text(engine: str, dialect: Dialect) -> str:
    """The INSERT in a driver's words: SQLAlchemy's own binding costs as much as the database."""
    del engine
    return str(insert(statements).compile(dialect=dialect))
