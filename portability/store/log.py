"""
The signed statements of the log with their leaves, as stored.

A batch is: ``lock_head``, ``find_statements``, ``insert_statements``, ``upsert_tiles``,
``insert_checkpoint``, ``swap_head``, all in one write transaction. What is not of statements is in
``log_tree``.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import (
    Dialect,
    Executable,
    Select,
    bindparam,
    insert,
    select,
)

from portability.core.opened import opened as settable
from portability.store import rows as sql
from portability.store.columns import microseconds
from portability.store.data_keys import key_in, load_keys, usable
from portability.store.engine import Connection
from portability.store.schema import persons, statements
from portability.store.vault import DataKey, Vault, row_aad

_TABLE: Final = "statements"
_KEYS: Final = "keys"
_SIGNERS: Final = "signed_by"
_NOBODY: Final = -1
_BYTES_OF_ONE: Final = 2048
_FEW: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """
    A statement on its way in. ``envelope``: protobuf bytes, not encrypted yet; none of one whose
    content was erased before it was stored.
    """

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


async def insert_statements(
    connection: Connection,
    vault: Vault,
    rows: Sequence[NewRow],
    *,
    tree_size: int,
    now: datetime,
) -> Callable[[], None]:
    """
    Encrypt and store a batch. The hot path: one statement text, plain tuples, no type processing.

    Once that is durable, whoever calls what is returned spares whoever sends a few of them opening
    them again.

    Nothing here looks for ids that are logged already: ``find_statements`` does, under the lock of
    the head. StaleCheckpointError if an index is taken; PreconditionError for a person who was
    erased.
    """
    if not rows:
        return lambda: None
    keys = await load_keys(connection, vault, {row.person for row in rows})
    ready = {person: usable(key) for person, key in keys.items()}
    accepted = microseconds(now)
    await connection.exec_driver_sql(
        _insert_text(connection.dialect.name, connection.dialect),
        [
            (
                row.leaf_index,
                row.statement_id,
                key_of(row.statement_id),
                row.kind,
                row.key_id,
                row.log_entry,
                tree_size,
                accepted,
                row.person,
                vault.encrypt(ready[row.person], row.envelope, _aad(row.statement_id))
                if row.envelope
                else b"",
            )
            for row in rows
        ],
    )

    def keep() -> None:
        for row in rows if len(rows) <= _FEW else ():
            if not row.envelope:
                continue
            one = StoredStatement(
                leaf_index=row.leaf_index,
                statement_id=row.statement_id,
                kind=row.kind,
                key_id=row.key_id,
                log_entry=row.log_entry,
                tree_size=tree_size,
                person=row.person,
                accept_time=now,
                envelope=row.envelope,
            )
            _keep(vault, one, ready[row.person])

    return keep


async def read_accept_time(connection: Connection, leaf_index: int) -> datetime | None:
    """When the entry at a leaf was taken in; None where there is none."""
    found: datetime | None = await connection.scalar(
        select(statements.c.accept_time).where(statements.c.leaf_index == leaf_index)
    )
    return found


async def find_statements(connection: Connection, ids: Collection[bytes]) -> dict[bytes, LoggedAt]:
    """Which of these statements are logged, and where."""
    wanted = set(ids)
    rows = await connection.execute(_places(connection.dialect.name), _keys_of(connection, wanted))
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
    """
    Statements by id, decrypted; missing ones are left out.

    One that was opened before is not opened again: that it is here still is asked anew.
    """
    wanted = set(ids)
    found = await _still_here(connection, vault, wanted)
    unknown = wanted - found.keys()
    if unknown:
        query = _of_ids(connection.dialect.name)
        opened = await _opened(connection, vault, query, _keys_of(connection, unknown))
        found |= {one.statement_id: one for one in opened if one.statement_id in unknown}
    return found


async def _still_here(
    connection: Connection, vault: Vault, wanted: Collection[bytes]
) -> dict[bytes, StoredStatement]:
    """Those that were opened before and whose payload and key are here."""
    kept = {one: vault.kept.find((_TABLE, one), StoredStatement) for one in wanted}
    known = {name: one for name, one in kept.items() if one is not None}
    if not known:
        return {}
    if len(known) <= _FEW:
        held = await _held_with_keys(connection, vault, known)
    else:
        query = _held(connection.dialect.name)
        rows = (await connection.execute(query, _keys_of(connection, known))).all()
        keys = await load_keys(connection, vault, {person for _, person in rows})
        held = {name: person for name, person in rows if keys[person] is not None}
    return {name: one for name, one in known.items() if held.get(name, _NOBODY) == one.person}


async def _held_with_keys(
    connection: Connection, vault: Vault, ids: Collection[bytes]
) -> dict[bytes, int | None]:
    """Of few statements whose payload and key are here the persons, in one query."""
    query = _held_few(connection.dialect.name)
    rows = (await connection.execute(query, _keys_of(connection, ids))).all()
    return {
        row.statement_id: row.person
        for row in rows
        if row.person is None or key_in(connection, vault, row, person=row.person) is not None
    }


async def list_person_ids(connection: Connection, *, person: int, kind: str) -> list[bytes]:
    """The statements of a kind about a person whose payload is here, in log order."""
    return list(await connection.scalars(_IDS_OF_PERSON, {"of": person, "kind": kind}))


async def list_person_statements(
    connection: Connection,
    vault: Vault,
    *,
    person: int,
    kind: str | None = None,
    signed_by: Collection[bytes] | None = None,
    after: int | None = None,
    limit: int,
) -> list[StoredStatement]:
    """A person's statements in log order, from behind a leaf index on; by these keys, if any."""
    asked: dict[str, object] = {"of": person, "kind": kind, "after": after, "at_most": limit}
    if signed_by is not None:
        if not signed_by:
            return []
        asked[_SIGNERS] = sql.listed(connection, signed_by)
    query = _of_person(
        connection.dialect.name,
        with_kind=kind is not None,
        with_signers=signed_by is not None,
        with_after=after is not None,
    )
    given = {name: value for name, value in asked.items() if value is not None}
    return await _opened(connection, vault, query, given)


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


@cache
def _places(engine: str) -> Select[Any]:
    return select(statements.c.statement_id, statements.c.leaf_index, statements.c.tree_size).where(
        sql.any_of(engine, statements.c.statement_key, _KEYS)
    )


@cache
def _held(engine: str) -> Select[Any]:
    return select(statements.c.statement_id, statements.c.person).where(
        sql.any_of(engine, statements.c.statement_key, _KEYS),
        statements.c.envelope_ciphertext != b"",
    )


@cache
def _held_few(engine: str) -> Select[Any]:
    return (
        select(
            statements.c.statement_id,
            statements.c.person,
            persons.c.name,
            persons.c.wrapped_key,
            persons.c.key_commitment,
            persons.c.fence_time,
        )
        .select_from(statements.outerjoin(persons, persons.c.id == statements.c.person))
        .where(
            sql.any_of(engine, statements.c.statement_key, _KEYS),
            statements.c.envelope_ciphertext != b"",
        )
    )


_IDS_OF_PERSON: Final = (
    select(statements.c.statement_id)
    .where(
        statements.c.person == bindparam("of"),
        statements.c.kind == bindparam("kind"),
        statements.c.envelope_ciphertext != b"",
    )
    .order_by(statements.c.leaf_index)
)


@cache
def _of_ids(engine: str) -> Select[Any]:
    return _STATEMENT.where(sql.any_of(engine, statements.c.statement_key, _KEYS))


@cache
def _of_person(
    engine: str, *, with_kind: bool, with_signers: bool, with_after: bool
) -> Select[Any]:
    query = _STATEMENT.where(statements.c.person == bindparam("of"))
    if with_kind:
        query = query.where(statements.c.kind == bindparam("kind"))
    if with_signers:
        query = query.where(sql.any_of(engine, statements.c.key_id, _SIGNERS))
    if with_after:
        query = query.where(statements.c.leaf_index > bindparam("after"))
    return query.order_by(statements.c.leaf_index).limit(bindparam("at_most"))


async def _opened(
    connection: Connection, vault: Vault, query: Executable, asked: Mapping[str, Any]
) -> list[StoredStatement]:
    sealed = (await connection.execute(query, asked)).all()
    keys = await load_keys(connection, vault, {row.person for row in sealed})
    opened = [_stored(row, vault, keys) for row in sealed]
    for one in opened:
        key = keys[one.person]
        if key is not None and one.envelope:
            _keep(vault, one, key)
    return opened


def _keep(vault: Vault, one: StoredStatement, key: DataKey) -> None:
    weight = 1 + len(one.envelope or b"") // _BYTES_OF_ONE
    vault.kept.put((_TABLE, one.statement_id), one, owner=key.owner, weight=weight)


def _stored(
    row: Sequence[Any], vault: Vault, keys: Mapping[int | None, DataKey | None]
) -> StoredStatement:
    """A row of ``_STATEMENT``, opened; a history is hundreds of them."""
    index, name, kind, key_id, entry, size, person, accepted, envelope = row
    made = _new(_Settable)
    made.leaf_index = index
    made.statement_id = name
    made.kind = kind
    made.key_id = key_id
    made.log_entry = entry
    made.tree_size = size
    made.person = person
    made.accept_time = accepted
    made.envelope = _open(vault, keys[person], name, envelope)
    made.__class__ = StoredStatement
    return cast("StoredStatement", made)


_Settable: Any = settable(StoredStatement)
_new = object.__new__


def _open(vault: Vault, key: DataKey | None, name: bytes, envelope: bytes) -> bytes | None:
    return vault.decrypt(key, envelope, _aad(name)) if key is not None and envelope else None


def key_of(statement_id: bytes) -> int:
    """The part of an id that is indexed."""
    return int.from_bytes(statement_id[:8], "big", signed=True)


def _keys_of(connection: Connection, ids: Collection[bytes]) -> dict[str, object]:
    """Finds the statements of these ids, and perhaps others that begin alike."""
    return {_KEYS: sql.listed(connection, [key_of(name) for name in ids])}


def _aad(statement_id: bytes) -> bytes:
    return row_aad(_TABLE, statement_id)


@cache
def _insert_text(engine: str, dialect: Dialect) -> str:
    """The INSERT in a driver's words: SQLAlchemy's own binding costs as much as the database."""
    del engine
    return str(insert(statements).compile(dialect=dialect))
