"""
What peers speak, and the statements that they ought to have and have not, or not whole: withheld
by us because they could not understand them, refused by them, or sent without what they rest on.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, func, select, update

from portability.store.delivery import split_ids
from portability.store.engine import Connection
from portability.store.peer_tables import peer_versions, undelivered
from portability.store.rows import add_row, fetch_all

WITHHELD: Final = "withheld"
REFUSED: Final = "refused"
ALONE: Final = "alone"
"""It goes, or went, without the exhibits that its row names: they are not here any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeliveredRow:
    """``protocol_version`` is what a peer needs to understand it; 0 where that is not the cause."""

    peer: str
    statement_id: bytes
    case_id: str
    kind: str
    state: str
    reason: str
    message: str
    exhibits: tuple[bytes, ...] = ()
    protocol_version: int = 0
    not_before: datetime
    create_time: datetime


async def find_peer_version(connection: Connection, peer: str) -> int | None:
    """What a peer said last that it speaks; None if it never did."""
    found: int | None = await connection.scalar(_VERSION, {"of_peer": peer})
    return found


async def put_peer_version(
    connection: Connection, *, peer: str, version: int, now: datetime
) -> None:
    """Note what a peer says that it speaks."""
    row = {"peer": peer, "protocol_version": version, "learn_time": now}
    if not await add_row(connection, peer_versions, row):
        await connection.execute(
            update(peer_versions)
            .where(peer_versions.c.peer == peer)
            .values(protocol_version=version, learn_time=now)
        )


async def add_undelivered(connection: Connection, row: UndeliveredRow) -> bool:
    """False if it is known of that statement and peer."""
    return await add_row(
        connection,
        undelivered,
        {
            "peer": row.peer,
            "statement_id": row.statement_id,
            "case_id": row.case_id,
            "kind": row.kind,
            "state": row.state,
            "reason": row.reason,
            "message": row.message,
            "exhibit_ids": b"".join(row.exhibits),
            "protocol_version": row.protocol_version,
            "not_before": row.not_before,
            "create_time": row.create_time,
        },
    )


async def remove_undelivered(
    connection: Connection, *, peer: str, statement_ids: Collection[bytes], state: str
) -> None:
    """The peer has them now, or they are on their way."""
    await connection.execute(
        delete(undelivered).where(
            undelivered.c.peer == peer,
            undelivered.c.state == state,
            undelivered.c.statement_id.in_(statement_ids),
        )
    )


async def list_withheld(
    connection: Connection, *, peer: str, up_to_version: int, limit: int
) -> list[UndeliveredRow]:
    """What a peer that speaks this version can understand of what was withheld, oldest first."""
    query = (
        _ROW.where(
            undelivered.c.peer == peer,
            undelivered.c.state == WITHHELD,
            undelivered.c.protocol_version <= up_to_version,
        )
        .order_by(undelivered.c.create_time, undelivered.c.statement_id)
        .limit(limit)
    )
    return await fetch_all(connection, query, _row)


async def count_withheld(connection: Connection, peer: str) -> int:
    """How many statements wait for a peer to be upgraded, or to say what it speaks."""
    return await connection.scalar(_COUNT_WITHHELD, {"of_peer": peer}) or 0


async def list_undelivered(connection: Connection, case_id: str) -> list[UndeliveredRow]:
    """Of a case, oldest first."""
    return await fetch_all(connection, _OF_CASE, _row, {"of": case_id})


async def list_undelivered_among(
    connection: Connection, statement_ids: Collection[bytes]
) -> list[UndeliveredRow]:
    """Of these statements, of which a page may hold some hundreds, oldest first."""
    query = _ROW.where(undelivered.c.statement_id.in_(list(statement_ids)))
    ordered = query.order_by(undelivered.c.create_time, undelivered.c.peer)
    return await fetch_all(connection, ordered, _row)


async def list_undelivered_of_kind(connection: Connection, kind: str) -> list[UndeliveredRow]:
    """Of one kind, oldest first."""
    query = _ROW.where(undelivered.c.kind == kind)
    ordered = query.order_by(undelivered.c.create_time, undelivered.c.peer)
    return await fetch_all(connection, ordered, _row)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeliveredCount:
    """How many statements of a kind a peer was not given, since the first of them."""

    kind: str
    state: str
    count: int
    create_time: datetime


async def count_undelivered(connection: Connection, peer: str) -> list[UndeliveredCount]:
    """By kind and state."""
    return await fetch_all(connection, _KINDS, UndeliveredCount, {"of_peer": peer})


_ROW: Final = select(
    undelivered.c.peer,
    undelivered.c.statement_id,
    undelivered.c.case_id,
    undelivered.c.kind,
    undelivered.c.state,
    undelivered.c.reason,
    undelivered.c.message,
    undelivered.c.exhibit_ids,
    undelivered.c.protocol_version,
    undelivered.c.not_before,
    undelivered.c.create_time,
)

_OF_CASE: Final = _ROW.where(undelivered.c.case_id == bindparam("of")).order_by(
    undelivered.c.create_time, undelivered.c.peer, undelivered.c.statement_id
)

_KINDS: Final = (
    select(
        undelivered.c.kind,
        undelivered.c.state,
        func.count().label("count"),
        func.min(undelivered.c.create_time).label("create_time"),
    )
    .where(undelivered.c.peer == bindparam("of_peer"))
    .group_by(undelivered.c.kind, undelivered.c.state)
    .order_by(undelivered.c.kind, undelivered.c.state)
)

_VERSION: Final = select(peer_versions.c.protocol_version).where(
    peer_versions.c.peer == bindparam("of_peer")
)

_COUNT_WITHHELD: Final = select(func.count()).where(
    undelivered.c.peer == bindparam("of_peer"), undelivered.c.state == WITHHELD
)


def _row(*, exhibit_ids: bytes, **columns: object) -> UndeliveredRow:
    return UndeliveredRow(exhibits=split_ids(exhibit_ids), **columns)  # type: ignore[arg-type]
