"""
The streams to and from a peer, place by place, as two nodes compare them after one lost data.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    true,
    update,
)

from portability.store.delivery import OutboxRow, split_ids
from portability.store.engine import Connection
from portability.store.log import key_of
from portability.store.peer_tables import staged_exhibits, undelivered
from portability.store.rows import any_of, fetch_all, fetch_only, listed
from portability.store.schema import case_statements, inbox, outbox, set_aside, statements
from portability.store.undelivered import REFUSED, WITHHELD


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """A statement at its place in a stream to or from a peer; ``exhibits``: what went with it."""

    position: int
    statement_id: bytes
    exhibits: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """
    What a peer has not: rows of its stream in order, due or not, and how many statements are
    withheld from it, and were refused by it.
    """

    rows: Sequence[OutboxRow]
    withheld: int
    refused: int


async def look_at_waiting(connection: Connection, *, peer: str, limit: int) -> Waiting:
    """All of it in one query; ``limit`` is of the rows."""
    found = (await connection.execute(_WAITING, {"of_peer": peer, "at_most": limit})).all()
    return Waiting(
        rows=[
            OutboxRow(
                peer=peer,
                position=row.position,
                statement_id=row.statement_id,
                exhibits=split_ids(row.exhibit_ids),
                not_before=row.not_before,
                attempts=row.attempts,
            )
            for row in found
            if row.position is not None
        ],
        withheld=found[0].withheld,
        refused=found[0].refused,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """
    How a peer's stream is here: its position, whether there is anything that was staged, set
    aside, or accepted since an instant after it had been set aside, and whether the log has any of
    some statements, or one that begins alike.
    """

    position: int
    has_staged: bool
    has_set_aside: bool
    has_replayed: bool
    has_logged: bool


async def look_at_taken(
    connection: Connection, *, peer: str, since: datetime, statement_ids: Collection[bytes]
) -> Taken:
    """All of it in one query."""
    keys = listed(connection, [key_of(one) for one in statement_ids])
    asked = {"of_peer": peer, "since": since, "keys": keys}
    return await fetch_only(connection, _taken(connection.dialect.name), Taken, asked)


async def list_received(
    connection: Connection, *, peer: str, after: int, limit: int
) -> list[Streamed]:
    """What came from a peer behind a position, in order."""
    query = select(inbox.c.position, inbox.c.statement_id).where(
        inbox.c.peer == peer, inbox.c.position > after
    )
    return await fetch_all(connection, query.order_by(inbox.c.position).limit(limit), Streamed)


async def find_received(
    connection: Connection, *, peer: str, positions: Collection[int]
) -> dict[int, bytes]:
    """By position what came from a peer there; nothing for one that is not here yet."""
    query = select(inbox.c.position, inbox.c.statement_id).where(
        inbox.c.peer == peer, inbox.c.position.in_(list(positions))
    )
    rows = await fetch_all(connection, query, Streamed)
    return {one.position: one.statement_id for one in rows}


async def list_sent(connection: Connection, *, peer: str, after: int, limit: int) -> list[Streamed]:
    """What a peer has accepted behind a position, in order."""
    return await _list_outbox(
        connection,
        outbox.c.peer == peer,
        outbox.c.position > after,
        outbox.c.accept_time.is_not(None),
        limit=limit,
    )


async def find_sent(connection: Connection, *, peer: str, position: int) -> bytes | None:
    """The statement at a place of the stream to a peer, accepted or not."""
    found: bytes | None = await connection.scalar(
        select(outbox.c.statement_id).where(outbox.c.peer == peer, outbox.c.position == position)
    )
    return found


async def is_enqueued(connection: Connection, *, peer: str, statement_id: bytes) -> bool:
    """Whether a statement is in the stream to a peer."""
    query = select(outbox.c.position).where(
        outbox.c.peer == peer, outbox.c.statement_id == statement_id
    )
    return await connection.scalar(query.limit(1)) is not None


async def replace_tail(
    connection: Connection, *, peer: str, after: int, known: Sequence[bytes], now: datetime
) -> None:
    """
    Put what a peer says that it has behind a position of our stream there, as accepted.

    What waited there, and is not among it, waits behind it.
    """
    waiting = await _list_outbox(
        connection, outbox.c.peer == peer, outbox.c.position > after, limit=None
    )
    await connection.execute(delete(outbox).where(outbox.c.peer == peer, outbox.c.position > after))
    there = set(known)
    behind = [one for one in waiting if one.statement_id not in there]
    exhibits = {one.statement_id: one.exhibits for one in waiting}
    rows: list[tuple[bytes, tuple[bytes, ...], datetime | None]] = [
        (one, exhibits.get(one, ()), now) for one in known
    ]
    rows += [(one.statement_id, one.exhibits, None) for one in behind]
    for position, (statement_id, with_it, accepted) in enumerate(rows, start=after + 1):
        await connection.execute(
            outbox.insert(),
            {
                "peer": peer,
                "position": position,
                "statement_id": statement_id,
                "exhibit_ids": b"".join(with_it),
                "not_before": now,
                "create_time": now,
                "attempts": 0,
                "accept_time": accepted,
            },
        )


async def note_exhibits(
    connection: Connection, *, peer: str, position: int, ids: Sequence[bytes]
) -> None:
    """What goes, or went, with the statement at a place of the stream to a peer."""
    await connection.execute(
        update(outbox)
        .where(outbox.c.peer == peer, outbox.c.position == position)
        .values(exhibit_ids=b"".join(ids))
    )


async def forget_exhibits(connection: Connection, case_id: str, erased: Collection[bytes]) -> None:
    """
    Let the statements of a case with which any of these went, or were to go, go alone.

    They keep their places: streams have no gaps. The other exhibits of such a statement stay behind
    as well, since pages that a peer has are counted by their places in the whole list.
    """
    of_case = select(case_statements.c.statement_id).where(case_statements.c.case_id == case_id)
    gone = frozenset(erased)
    for table in (outbox, undelivered):
        rows = await connection.execute(
            select(table.c.peer, table.c.statement_id, table.c.exhibit_ids).where(
                table.c.statement_id.in_(of_case), table.c.exhibit_ids != b""
            )
        )
        named = [
            and_(table.c.peer == peer, table.c.statement_id == statement_id)
            for peer, statement_id, exhibit_ids in rows
            if not gone.isdisjoint(split_ids(exhibit_ids))
        ]
        if named:
            await connection.execute(update(table).where(or_(*named)).values(exhibit_ids=b""))


async def _list_outbox(
    connection: Connection, *where: ColumnElement[bool], limit: int | None
) -> list[Streamed]:
    query = select(outbox.c.position, outbox.c.statement_id, outbox.c.exhibit_ids).where(*where)
    rows = await connection.execute(query.order_by(outbox.c.position).limit(limit))
    return [
        Streamed(position=position, statement_id=name, exhibits=split_ids(exhibit_ids))
        for position, name, exhibit_ids in rows
    ]


_PEER: Final[BindParameter[str]] = bindparam("of_peer")

_UNACCEPTED: Final = (
    select(
        outbox.c.position,
        outbox.c.statement_id,
        outbox.c.exhibit_ids,
        outbox.c.not_before,
        outbox.c.attempts,
    )
    .where(outbox.c.peer == _PEER, outbox.c.accept_time.is_(None))
    .order_by(outbox.c.position)
    .limit(bindparam("at_most"))
    .subquery()
)

_COUNTS: Final = (
    select(
        func.count().filter(undelivered.c.state == WITHHELD).label("withheld"),
        func.count().filter(undelivered.c.state == REFUSED).label("refused"),
    )
    .where(undelivered.c.peer == _PEER)
    .subquery()
)

_WAITING: Final = (
    select(*_COUNTS.c, *_UNACCEPTED.c)
    .select_from(_COUNTS.outerjoin(_UNACCEPTED, true()))
    .order_by(_UNACCEPTED.c.position)
)

_TAKEN: Final = (
    select(func.coalesce(func.max(inbox.c.position), 0))
    .where(inbox.c.peer == _PEER)
    .scalar_subquery()
    .label("position"),
    select(staged_exhibits.c.peer)
    .where(staged_exhibits.c.peer == _PEER)
    .exists()
    .label("has_staged"),
    select(set_aside.c.peer)
    .where(set_aside.c.peer == _PEER, set_aside.c.replay_time.is_(None))
    .exists()
    .label("has_set_aside"),
    select(set_aside.c.peer)
    .where(set_aside.c.peer == _PEER, set_aside.c.replay_time >= bindparam("since"))
    .exists()
    .label("has_replayed"),
)


@cache
def _taken(engine: str) -> Select[Any]:
    is_logged = any_of(engine, statements.c.statement_key, "keys")
    return select(
        *_TAKEN, select(statements.c.statement_key).where(is_logged).exists().label("has_logged")
    )
