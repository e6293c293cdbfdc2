"""What waits in the database and how long, counted for whoever watches the node."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, case, func, select

from portability.store.engine import Connection
from portability.store.peer_tables import undelivered
from portability.store.rows import fetch_all, fetch_only
from portability.store.schema import outbox, pending_work

_DUE: Final = case((outbox.c.not_before <= bindparam("now"), outbox.c.not_before))
_OUTBOX: Final = (
    select(
        outbox.c.peer,
        func.count().label("count"),
        func.min(_DUE, type_=outbox.c.not_before.type).label("oldest"),
        func.max(outbox.c.attempts).label("attempts"),
    )
    .where(outbox.c.accept_time.is_(None))
    .group_by(outbox.c.peer)
)
_UNDELIVERED: Final = select(undelivered.c.peer, undelivered.c.state, func.count()).group_by(
    undelivered.c.peer, undelivered.c.state
)
_WORK: Final = select(
    func.count().label("count"),
    func.min(pending_work.c.not_before, type_=pending_work.c.not_before.type).label("oldest"),
).where(pending_work.c.not_before <= bindparam("now"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerBacklog:
    """
    What a peer has not accepted: ``oldest`` is since when it could have gone, None if nothing is
    due; ``attempts`` were made in vain for what was tried most.
    """

    peer: str
    count: int
    oldest: datetime | None
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DueWork:
    """Steps of cases that are due, and since when the oldest one is."""

    count: int
    oldest: datetime | None


async def count_backlog(connection: Connection, now: datetime) -> dict[str, PeerBacklog]:
    """By peer what waits for it; no entry for one that has everything."""
    rows = await fetch_all(connection, _OUTBOX, PeerBacklog, {"now": now})
    return {one.peer: one for one in rows}


async def count_undelivered(connection: Connection) -> dict[tuple[str, str], int]:
    """By peer and state how many statements it ought to have and has not, or not whole."""
    rows = await connection.execute(_UNDELIVERED)
    return {(peer, state): count for peer, state, count in rows}


async def count_due_work(connection: Connection, now: datetime) -> DueWork:
    """What the node itself has still to do in cases."""
    return await fetch_only(connection, _WORK, DueWork, {"now": now})
