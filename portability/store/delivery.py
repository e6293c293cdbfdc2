"""
Outbox and inbox: one stream per peer, positions from 1 without gaps, and work that waits.

Positions are given inside a write transaction that holds the head, so no two writers give the same.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import takewhile
from typing import Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    and_,
    bindparam,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)

from portability.store.engine import Connection
from portability.store.rows import add_row, fetch_all, fetch_one, insert, insert_into
from portability.store.schema import (
    acknowledgements,
    case_statements,
    inbox,
    outbox,
    pending_work,
)

LONGEST_DELAY: Final = timedelta(minutes=1)
"""No statement is held back on purpose for longer than that."""

_ID_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """A statement that a peer is to get, with the ids of what it rests on."""

    peer: str
    position: int
    statement_id: bytes
    exhibits: tuple[bytes, ...]
    not_before: datetime
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingWork:
    """Something still to be done in a case because of a statement."""

    kind: str
    case_id: str
    statement_id: bytes
    not_before: datetime
    attempts: int = 0


# --- outbox --------------------------------------------------------------------------------------


async def enqueue(
    connection: Connection,
    *,
    peer: str,
    statement_id: bytes,
    exhibits: Sequence[bytes],
    not_before: datetime,
    now: datetime,
) -> int:
    """Put a statement into the stream to a peer, not to leave before an instant; its position."""
    values = {
        "to_peer": peer,
        "sent": statement_id,
        "exhibit_ids": b"".join(exhibits),
        "not_before": not_before,
        "create_time": now,
    }
    position: int = (await connection.execute(_ENQUEUE, values)).scalar_one()
    return position


def due_of(rows: Sequence[OutboxRow], now: datetime) -> list[OutboxRow]:
    """
    Of unaccepted rows in order those up to the first that is not due.

    A stream has no gaps, so a row that waits holds back those behind it. One that would wait for
    longer than any is held back was written before the clock was set back: it is due.
    """
    return list(takewhile(lambda row: not now < row.not_before <= now + LONGEST_DELAY, rows))


async def mark_attempted(connection: Connection, *, peer: str, up_to: int, now: datetime) -> None:
    """Note that an attempt was made to deliver everything unaccepted up to a position."""
    await connection.execute(
        update(outbox)
        .where(outbox.c.peer == peer, outbox.c.position <= up_to, outbox.c.accept_time.is_(None))
        .values(attempts=outbox.c.attempts + 1, attempt_time=now)
    )


async def mark_accepted(connection: Connection, *, peer: str, up_to: int, now: datetime) -> int:
    """Note that a peer has everything up to a position; how many rows that was news for."""
    done = await connection.execute(
        _MARK_ACCEPTED, {"of_peer": peer, "up_to": up_to, "accept_time": now}
    )
    return done.rowcount


async def list_pending_peers(connection: Connection) -> dict[str, int]:
    """Peers that have not accepted everything, and how many statements wait for each."""
    rows = await connection.execute(
        select(outbox.c.peer, func.count())
        .where(outbox.c.accept_time.is_(None))
        .group_by(outbox.c.peer)
        .order_by(outbox.c.peer)
    )
    return {peer: count for peer, count in rows}  # noqa: C416  # dict() does not take typed rows


async def sent_position(connection: Connection, peer: str) -> int:
    """Up to where a peer has accepted our stream; 0 for nothing."""
    last: int | None = await connection.scalar(
        select(func.max(outbox.c.position)).where(
            outbox.c.peer == peer, outbox.c.accept_time.is_not(None)
        )
    )
    return last or 0


async def placed_position(connection: Connection, peer: str) -> int:
    """The last place of our stream to a peer, whether it has left yet or not; 0 for none."""
    last: int | None = await connection.scalar(
        select(func.max(outbox.c.position)).where(outbox.c.peer == peer)
    )
    return last or 0


# --- what peers signed for -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgementRow:
    """A peer's signature that it has a statement of ours; ``envelope`` is of all that it names."""

    statement_id: bytes
    peer: str
    acknowledge_time: datetime
    envelope: bytes


async def add_acknowledgements(connection: Connection, rows: Sequence[AcknowledgementRow]) -> None:
    """Keep the first of a peer for a statement, and no later one."""
    if rows:
        new = insert(connection, acknowledgements).on_conflict_do_nothing()
        await connection.execute(new, [asdict(row) for row in rows])


async def list_acknowledgements(connection: Connection, case_id: str) -> list[AcknowledgementRow]:
    """Of the statements of a case, by statement id and peer."""
    return await fetch_all(connection, _SIGNED_FOR, AcknowledgementRow, {"of": case_id})


async def find_confirmation(
    connection: Connection, *, peer: str, statement_id: bytes, case_id: str | None, since: datetime
) -> AcknowledgementRow | None:
    """
    A peer's first signature for a statement itself, or for what came with a case from then on.

    What is released travels with a statement of its case, and is signed for with that.
    """
    of_case = select(case_statements.c.statement_id).where(case_statements.c.case_id == case_id)
    query = (
        select(
            acknowledgements.c.statement_id,
            acknowledgements.c.peer,
            acknowledgements.c.acknowledge_time,
            acknowledgements.c.envelope,
        )
        .where(
            acknowledgements.c.peer == peer,
            or_(
                acknowledgements.c.statement_id == statement_id,
                and_(
                    acknowledgements.c.acknowledge_time >= since,
                    acknowledgements.c.statement_id.in_(of_case),
                ),
            ),
        )
        .order_by(acknowledgements.c.acknowledge_time)
        .limit(1)
    )
    return await fetch_one(connection, query, AcknowledgementRow)


# --- inbox ---------------------------------------------------------------------------------------


async def accepted_position(connection: Connection, peer: str) -> int:
    """Up to where a peer's stream is durable here; 0 for nothing."""
    last: int | None = await connection.scalar(_LAST_RECEIVED, {"of_peer": peer})
    return last or 0


async def add_inbox(
    connection: Connection, *, peer: str, position: int, statement_id: bytes, now: datetime
) -> bool:
    """False if that position was received before."""
    return await add_row(
        connection,
        inbox,
        {"peer": peer, "position": position, "statement_id": statement_id, "create_time": now},
    )


# --- work that waits -----------------------------------------------------------------------------


async def add_pending_work(connection: Connection, work: PendingWork) -> bool:
    """False if the same work waits already."""
    return await add_row(connection, pending_work, asdict(work))


async def put_pending_work(connection: Connection, work: PendingWork) -> None:
    """Have work done at an instant, in place of any earlier arrangement about it."""
    await connection.execute(_put_work(connection.dialect.name), asdict(work))


@cache
def _put_work(engine: str) -> Executable:
    statement = insert_into(engine, pending_work)
    anew = {name: statement.excluded[name] for name in ("not_before", "attempts")}
    return statement.on_conflict_do_update(index_elements=pending_work.primary_key, set_=anew)


async def list_pending_work(connection: Connection, *, limit: int) -> list[PendingWork]:
    """What waits, also for its time; what may be done first, or waited longest, first."""
    return await fetch_all(connection, _WAITING_WORK, PendingWork, {"at_most": limit})


async def postpone_pending_work(
    connection: Connection, work: PendingWork, *, not_before: datetime
) -> PendingWork:
    """Try again later; counts the attempt."""
    later = replace(work, not_before=not_before, attempts=work.attempts + 1)
    await connection.execute(
        update(pending_work)
        .where(*_same(work))
        .values(not_before=later.not_before, attempts=later.attempts)
    )
    return later


async def is_work_due(
    connection: Connection, case_id: str, kinds: Sequence[str], now: datetime
) -> bool:
    """Whether work of one of these kinds is due in a case, or was and is tried again later."""
    found = await connection.scalar(
        select(pending_work.c.case_id)
        .where(
            pending_work.c.kind.in_(kinds),
            pending_work.c.case_id == case_id,
            or_(pending_work.c.not_before <= now, pending_work.c.attempts > 0),
        )
        .limit(1)
    )
    return found is not None


async def remove_pending_work(connection: Connection, work: PendingWork) -> bool:
    """Done; False if somebody else has removed it."""
    done = await connection.execute(
        _REMOVE_WORK, {"kind": work.kind, "case_id": work.case_id, "subject": work.statement_id}
    )
    return done.rowcount == 1


def split_ids(exhibit_ids: bytes) -> tuple[bytes, ...]:
    """The ids of 32 bytes that a row holds joined."""
    starts = range(0, len(exhibit_ids), _ID_BYTES)
    return tuple(exhibit_ids[start : start + _ID_BYTES] for start in starts)


def _same(work: PendingWork) -> tuple[ColumnElement[bool], ...]:
    return (
        pending_work.c.kind == work.kind,
        pending_work.c.case_id == work.case_id,
        pending_work.c.statement_id == work.statement_id,
    )


# --- what is asked often, in words ---------------------------------------------------------------

_TO_PEER: Final[BindParameter[str]] = bindparam("to_peer", type_=outbox.c.peer.type)

_ENQUEUE: Final = (
    outbox.insert()
    .from_select(
        [
            "peer",
            "position",
            "statement_id",
            "exhibit_ids",
            "not_before",
            "create_time",
            "attempts",
        ],
        select(
            _TO_PEER,
            func.coalesce(func.max(outbox.c.position), 0) + 1,
            bindparam("sent", type_=outbox.c.statement_id.type),
            bindparam("exhibit_ids", type_=outbox.c.exhibit_ids.type),
            bindparam("not_before", type_=outbox.c.not_before.type),
            bindparam("create_time", type_=outbox.c.create_time.type),
            literal(0),
        ).where(outbox.c.peer == _TO_PEER),
    )
    .returning(outbox.c.position)
)

_MARK_ACCEPTED: Final = update(outbox).where(
    outbox.c.peer == bindparam("of_peer"),
    outbox.c.position <= bindparam("up_to"),
    outbox.c.accept_time.is_(None),
)

_LAST_RECEIVED: Final = select(func.max(inbox.c.position)).where(
    inbox.c.peer == bindparam("of_peer")
)

_SIGNED_FOR: Final = (
    select(
        acknowledgements.c.statement_id,
        acknowledgements.c.peer,
        acknowledgements.c.acknowledge_time,
        acknowledgements.c.envelope,
    )
    .join(case_statements, case_statements.c.statement_id == acknowledgements.c.statement_id)
    .where(case_statements.c.case_id == bindparam("of"))
    .order_by(acknowledgements.c.statement_id, acknowledgements.c.peer)
)

_WAITING_WORK: Final = (
    select(
        pending_work.c.kind,
        pending_work.c.case_id,
        pending_work.c.statement_id,
        pending_work.c.not_before,
        pending_work.c.attempts,
    )
    .order_by(
        pending_work.c.not_before,
        pending_work.c.kind,
        pending_work.c.case_id,
        pending_work.c.statement_id,
    )
    .limit(bindparam("at_most"))
)

_REMOVE_WORK: Final = delete(pending_work).where(
    pending_work.c.kind == bindparam("kind"),
    pending_work.c.case_id == bindparam("case_id"),
    pending_work.c.statement_id == bindparam("subject"),
)
