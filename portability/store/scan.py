"""
The database read from end to end, in pages, by whoever checks it: nothing here writes.

Rows come as they are stored. A payload that does not decrypt is ``ALTERED``, so that the check can
say which row it is; everywhere else the store raises.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, text, tuple_

from portability.errors import StorageError
from portability.store import rows as sql
from portability.store.data_keys import load_keys
from portability.store.engine import Connection
from portability.store.persons import digest_of
from portability.store.schema import (
    accesses,
    assistants,
    case_parties,
    case_statements,
    cases,
    checkpoints,
    consent_acts,
    consent_refusals,
    consent_requests,
    consents,
    erased_steps,
    exhibits,
    inbox,
    metadata,
    outbox,
    persons,
    published,
    purpose_templates,
    receipts,
    replies,
    set_aside,
    statements,
    subject_keys,
    tiles,
    witnessed,
)
from portability.store.vault import Vault, WrappedKey, row_aad

PAGE: Final = 500
LINKED: Final = (
    purpose_templates,
    consent_requests,
    consents,
    consent_acts,
    consent_refusals,
    accesses,
    assistants,
    receipts,
    case_statements,
)
"""Tables whose rows stand for a logged statement and say at which leaf it is."""


class Opened(Enum):
    """In place of a payload."""

    ALTERED = "altered"
    ERASED = "erased"
    MISFILED = "misfiled"  # it opens, but the row is found by something else


Payload = bytes | Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedStatement:
    """One row of ``statements`` with its payload opened."""

    leaf_index: int
    statement_id: bytes
    statement_key: int
    kind: str
    key_id: bytes
    log_entry: bytes
    tree_size: int
    accept_microseconds: int
    envelope: Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One peer's outbox or inbox: its first and last position and how many there are."""

    table: str
    peer: str
    first: int
    last: int
    count: int


async def scan_statements(
    connection: Connection, vault: Vault
) -> AsyncIterator[list[ScannedStatement]]:
    """All statements in log order, a page at a time."""
    query = select(statements)
    async for page in pages(connection, query, statements.c.leaf_index):
        keys = await load_keys(connection, vault, {row.person for row in page})
        yield [
            ScannedStatement(
                leaf_index=row.leaf_index,
                statement_id=row.statement_id,
                statement_key=row.statement_key,
                kind=row.kind,
                key_id=row.key_id,
                log_entry=row.log_entry,
                tree_size=row.tree_size,
                accept_microseconds=int(row.accept_time.timestamp() * 1_000_000),
                envelope=_opened(
                    vault,
                    keys[row.person],
                    row.envelope_ciphertext,
                    row_aad("statements", row.statement_id),
                ),
            )
            for row in page
        ]


async def scan_notes(connection: Connection, table: str) -> AsyncIterator[list[tuple[int, bytes]]]:
    """(size, note) of ``checkpoints`` or ``published``, by size."""
    found = {"checkpoints": checkpoints, "published": published}[table]
    async for page in pages(connection, select(found), found.c.size):
        yield [(row.size, row.note) for row in page]


async def scan_witnessed(connection: Connection) -> list[tuple[str, int, bytes, bytes]]:
    """(origin, size, root, note) for each log that this node witnesses."""
    found = await connection.execute(select(witnessed).order_by(witnessed.c.origin))
    return [(row.origin, row.size, row.root, row.note) for row in found]


async def count_tiles(connection: Connection) -> int:
    found: int = await connection.scalar(select(func.count()).select_from(tiles)) or 0
    return found


async def find_physical_damage(connection: Connection) -> str:
    """SQLite's own check of pages and references: the first table or page; empty if none."""
    if connection.dialect.name != "sqlite":
        return ""
    pages = (await connection.execute(text("PRAGMA quick_check(1)"))).scalar()
    if pages != "ok":
        return "its pages or indexes do not fit each other"
    lost = (await connection.execute(text("PRAGMA foreign_key_check"))).first()
    return "" if lost is None else f"a row of {lost[0]} refers to a row of {lost[2]} that is gone"


async def find_stray_link(connection: Connection) -> tuple[str, int] | None:
    """(table, leaf index) of a row whose leaf is not that of the statement it names."""
    for table in LINKED:
        joined = table.outerjoin(statements, statements.c.leaf_index == table.c.leaf_index)
        wrong = or_(
            statements.c.leaf_index.is_(None), statements.c.statement_id != table.c.statement_id
        )
        query = select(table.c.leaf_index).select_from(joined).where(wrong)
        found = await connection.scalar(query.order_by(table.c.leaf_index).limit(1))
        if found is not None:
            return table.name, found
    return None


async def read_linked(
    connection: Connection, table: str, ids: Collection[bytes]
) -> dict[bytes, Mapping[str, Any]]:
    """Rows of a table by the statement that they stand for (``key_record`` of subject keys)."""
    found = metadata.tables[table]
    name = found.c.key_record if found is subject_keys else found.c.statement_id
    rows = await connection.execute(select(found).where(name.in_(list(ids))))
    return {row._mapping[name]: dict(row._mapping) for row in rows}  # noqa: SLF001  # SQLAlchemy's public name


async def read_revoked(
    connection: Connection, ids: Collection[bytes]
) -> dict[bytes, Mapping[str, Any]]:
    """Rows of keys that ended, by the record that says so."""
    rows = await connection.execute(
        select(subject_keys).where(subject_keys.c.revoke_record.in_(list(ids)))
    )
    return {row.revoke_record: dict(row._mapping) for row in rows}  # noqa: SLF001  # SQLAlchemy's public name


async def read_parties(
    connection: Connection, ids: Collection[str]
) -> dict[str, list[tuple[str, str]]]:
    """The parties of cases in their order, as (jurisdiction, institution)."""
    rows = await connection.execute(
        select(case_parties)
        .where(sql.one_of(connection, case_parties.c.case_id, list(ids)))
        .order_by(case_parties.c.case_id, case_parties.c.ordinal)
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row.case_id, []).append((row.jurisdiction, row.institution))
    return found


async def receipted(connection: Connection, requests: Collection[bytes]) -> set[bytes]:
    """Those of these requests for which this node left a receipt of its own."""
    rows = await connection.scalars(
        select(receipts.c.request).where(receipts.c.request.in_(requests), receipts.c.is_local)
    )
    return set(rows)


async def list_streams(connection: Connection) -> list[Stream]:
    """Every outbox and inbox."""
    streams = []
    for table in (outbox, inbox):
        place = table.c.position
        rows = await connection.execute(
            select(table.c.peer, func.min(place), func.max(place), func.count())
            .group_by(table.c.peer)
            .order_by(table.c.peer)
        )
        streams += [
            Stream(table=table.name, peer=peer, first=first, last=last, count=count)
            for peer, first, last, count in rows
        ]
    return streams


async def find_unlogged(connection: Connection) -> tuple[str, str, int] | None:
    """(table, peer, position) of a delivery whose statement is neither logged nor set aside."""
    for table in (outbox, inbox):
        async for page in pages(connection, select(table), table.c.peer, table.c.position):
            ids = {row.statement_id for row in page}
            held = await _held(connection, ids)
            held |= await _kept_aside(connection, ids, is_own=table is outbox)
            lost = next((row for row in page if row.statement_id not in held), None)
            if lost is not None:
                return table.name, lost.peer, lost.position
    return None


async def _kept_aside(
    connection: Connection, ids: Collection[bytes], *, is_own: bool
) -> set[bytes]:
    """What no case took; our own was lost, and a peer had erased it: that came at no position."""
    query = select(set_aside.c.statement_id).where(set_aside.c.statement_id.in_(ids))
    rows = await connection.scalars(query.where(set_aside.c.position == 0) if is_own else query)
    return set(rows)


async def _held(connection: Connection, ids: Collection[bytes]) -> set[bytes]:
    keys = [int.from_bytes(name[:8], "big", signed=True) for name in ids]
    rows = await connection.scalars(
        select(statements.c.statement_id).where(
            sql.one_of(connection, statements.c.statement_key, keys)
        )
    )
    return set(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedPayload:
    """Something encrypted beside the statements; ``row`` names it without telling who it is."""

    table: str
    row: str
    statement_id: bytes
    content: Payload


async def scan_payloads(connection: Connection, vault: Vault) -> AsyncIterator[ScannedPayload]:
    """Everything else that is encrypted, opened: identifiers, cases, exhibits, replies and more."""
    async for page in pages(connection, select(persons), persons.c.id):
        for row in page:
            yield _identifier(vault, row)
    async for one in _of_cases(connection, vault):
        yield one
    async for one in _left_of_steps(connection, vault):
        yield one
    async for one in _of_the_node(connection, vault):
        yield one


async def _of_cases(connection: Connection, vault: Vault) -> AsyncIterator[ScannedPayload]:
    async for page in pages(connection, select(cases), cases.c.position):
        keys = await load_keys(connection, vault, {row.person for row in page})
        for row in page:
            content = _opened(
                vault, keys[row.person], row.content_ciphertext, row_aad("cases", row.case_id)
            )
            yield ScannedPayload(table="cases", row=row.case_id, statement_id=b"", content=content)
    order = (exhibits.c.case_id, exhibits.c.statement_id)
    async for page in pages(connection, select(exhibits), *order):
        keys = await load_keys(connection, vault, {row.person for row in page})
        for row in page:
            aad = row_aad("exhibits", row.case_id.encode() + b"/" + row.statement_id)
            yield ScannedPayload(
                table="exhibits",
                row=row.statement_id.hex(),
                statement_id=row.statement_id,
                content=_opened(vault, keys[row.person], row.proven_ciphertext, aad),
            )


async def _left_of_steps(connection: Connection, vault: Vault) -> AsyncIterator[ScannedPayload]:
    query = select(erased_steps, cases.c.person).join(
        cases, cases.c.case_id == erased_steps.c.case_id
    )
    order = (erased_steps.c.case_id, erased_steps.c.statement_id)
    async for page in pages(connection, query, *order):
        keys = await load_keys(connection, vault, {row.person for row in page})
        for row in page:
            aad = row_aad("erased_steps", row.case_id.encode() + b"/" + row.statement_id)
            yield ScannedPayload(
                table="erased_steps",
                row=row.statement_id.hex(),
                statement_id=row.statement_id,
                content=_opened(vault, keys[row.person], row.remainder_ciphertext, aad),
            )


async def _of_the_node(connection: Connection, vault: Vault) -> AsyncIterator[ScannedPayload]:
    key = vault.node_key
    order: tuple[ColumnElement[Any], ...] = (
        replies.c.caller,
        replies.c.method,
        replies.c.request_id,
    )
    async for page in pages(connection, select(replies), *order):
        for row in page:
            aad = row_aad("replies", f"{row.caller}\n{row.method}\n{row.request_id}")
            yield ScannedPayload(
                table="replies",
                row=row.request_id,
                statement_id=b"",
                content=_opened(vault, key, row.response_ciphertext, aad),
            )
    order = (set_aside.c.peer, set_aside.c.position, set_aside.c.statement_id)
    async for page in pages(connection, select(set_aside), *order):
        for row in page:
            aad = row_aad("set_aside", row.statement_id)
            yield ScannedPayload(
                table="set_aside",
                row=row.statement_id.hex(),
                statement_id=b"",
                content=_opened(vault, key, row.delivery_ciphertext, aad),
            )


def _identifier(vault: Vault, row: Any) -> ScannedPayload:
    """A person's number, by the person's own key; and they must be found by that very number."""
    content: Payload = Opened.ERASED
    if row.wrapped_key is not None and row.fence_time is None and not vault.is_fenced(row.name):
        try:
            stored = WrappedKey(wrapped=row.wrapped_key, commitment=row.key_commitment)
            key = vault.open_key(row.name, stored)
        except StorageError:
            content = Opened.ALTERED
        else:
            content = b""
            if row.identifier_ciphertext is not None:
                aad = row_aad("persons", row.name)
                content = _opened(vault, key, row.identifier_ciphertext, aad)
            if isinstance(content, bytes) and row.identifier_digest != digest_of(vault, content):
                content = Opened.MISFILED
    return ScannedPayload(table="persons", row=str(row.id), statement_id=b"", content=content)


def _opened(vault: Vault, key: Any, sealed: bytes, aad: bytes) -> Payload:
    if key is None or not sealed:
        return Opened.ERASED
    try:
        return vault.decrypt(key, sealed, aad)
    except StorageError:
        return Opened.ALTERED


async def pages(
    connection: Connection, query: Select[Any], *order: ColumnElement[Any]
) -> AsyncIterator[list[Any]]:
    """The rows of a query in an order that names each of them once."""
    after: list[Any] | None = None
    while True:
        paged = query.order_by(*order).limit(PAGE)
        if after is not None:
            paged = paged.where(_behind(order, after))
        page = list(await connection.execute(paged))
        if not page:
            return
        yield page
        after = [page[-1]._mapping[one] for one in order]  # noqa: SLF001  # SQLAlchemy's public name


def _behind(order: tuple[ColumnElement[Any], ...], after: list[Any]) -> ColumnElement[bool]:
    """
    (a, b, …) > after, as one comparison of rows: both engines then begin where it begins.

    Spelt out with OR, each page would read and leave out all of those before it.
    """
    values = [literal(value, one.type) for one, value in zip(order, after, strict=True)]
    if len(order) == 1:
        return order[0] > values[0]
    return tuple_(*order) > tuple_(*values)
