"""
What peers sent and this node refused: kept with the reason, so that a stream goes on past it and
somebody can look. The delivery itself is encrypted under the node's key.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, case, func, select, update

from portability.store.data_keys import load_key, usable
from portability.store.engine import Connection
from portability.store.rows import add_row, fetch_all, fetch_one
from portability.store.schema import set_aside
from portability.store.vault import Vault, row_aad

_TABLE: Final = "set_aside"

_ROW: Final = select(
    set_aside.c.peer,
    set_aside.c.statement_id,
    set_aside.c.position,
    set_aside.c.reason,
    set_aside.c.message,
    set_aside.c.create_time,
    set_aside.c.replay_time,
)

_SIZE: Final = func.length(set_aside.c.delivery_ciphertext)
_COUNTED: Final = select(
    set_aside.c.peer,
    func.sum(case((set_aside.c.replay_time.is_(None), 1), else_=0)),
    func.sum(_SIZE),
).group_by(set_aside.c.peer)
_SIZE_OF: Final = select(func.sum(_SIZE)).where(set_aside.c.peer == bindparam("sender"))

_STILL_ASIDE: Final = _ROW.where(
    set_aside.c.peer == bindparam("sender"),
    set_aside.c.position.between(bindparam("first"), bindparam("last")),
    set_aside.c.replay_time.is_(None),
)

_REPLAYED: Final = (
    select(set_aside.c.statement_id)
    .where(set_aside.c.peer == bindparam("sender"), set_aside.c.replay_time >= bindparam("since"))
    .order_by(set_aside.c.replay_time.desc(), set_aside.c.statement_id)
    .limit(bindparam("limit"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAsideRow:
    """
    A refused statement; ``position`` is 0 for one that had waited within its case.

    ``replay_time`` is when it was accepted after all.
    """

    peer: str
    statement_id: bytes
    position: int
    reason: str
    message: str
    create_time: datetime
    replay_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAside:
    """How many statements of a peer are refused still, and the bytes that are kept of all."""

    count: int
    size: int


async def add_set_aside(
    connection: Connection, vault: Vault, row: SetAsideRow, *, delivery: bytes | None
) -> bool:
    """
    Keep what was refused; False if that statement at that position was set aside before.

    Without the ``delivery`` only the row is kept.
    """
    key = usable(await load_key(connection, vault, None))
    aad = row_aad(_TABLE, row.statement_id)
    return await add_row(
        connection,
        set_aside,
        {
            "peer": row.peer,
            "statement_id": row.statement_id,
            "position": row.position,
            "reason": row.reason,
            "message": row.message,
            "delivery_ciphertext": b"" if delivery is None else vault.encrypt(key, delivery, aad),
            "create_time": row.create_time,
        },
    )


async def list_set_aside(
    connection: Connection, *, limit: int, with_replayed: bool = True
) -> list[SetAsideRow]:
    """What was refused, the latest first; without what was accepted since, if so asked."""
    query = _ROW.order_by(set_aside.c.create_time.desc(), set_aside.c.statement_id).limit(limit)
    if not with_replayed:
        query = query.where(set_aside.c.replay_time.is_(None))
    return await fetch_all(connection, query, SetAsideRow)


async def note_replay(
    connection: Connection, row: SetAsideRow, *, reason: str, message: str, at: datetime | None
) -> SetAsideRow:
    """
    What came of trying again: accepted ``at`` an instant, or the reason for which it was not.

    Of what was accepted the delivery is not kept here any more.
    """
    said: dict[str, object] = {"reason": reason, "message": message, "replay_time": at}
    await connection.execute(
        update(set_aside)
        .where(
            set_aside.c.peer == row.peer,
            set_aside.c.position == row.position,
            set_aside.c.statement_id == row.statement_id,
        )
        .values(said if at is None else {**said, "delivery_ciphertext": b""})
    )
    return replace(row, reason=reason, message=message, replay_time=at)


async def list_replayed(
    connection: Connection, *, peer: str, since: datetime, limit: int
) -> list[bytes]:
    """Statements of a peer that were accepted after all, the latest first."""
    found = await connection.scalars(_REPLAYED, {"sender": peer, "since": since, "limit": limit})
    return list(found)


async def read_set_aside(
    connection: Connection, vault: Vault, *, peer: str, position: int, statement_id: bytes
) -> bytes | None:
    """The delivery as it came, to be looked at or tried again; None if there is none any more."""
    ciphertext: bytes | None = await connection.scalar(
        select(set_aside.c.delivery_ciphertext).where(
            set_aside.c.peer == peer,
            set_aside.c.position == position,
            set_aside.c.statement_id == statement_id,
        )
    )
    if not ciphertext:
        return None
    key = usable(await load_key(connection, vault, None))
    return vault.decrypt(key, ciphertext, row_aad(_TABLE, statement_id))


async def size_set_aside(connection: Connection, peer: str) -> int:
    """The bytes that are kept of what a peer sent and was refused."""
    return int(await connection.scalar(_SIZE_OF, {"sender": peer}) or 0)


async def count_set_aside(connection: Connection) -> dict[str, HeldAside]:
    """What is set aside, by peer."""
    rows = await connection.execute(_COUNTED)
    return {peer: HeldAside(count=int(count), size=int(size)) for peer, count, size in rows}


async def empty_set_aside(
    connection: Connection,
    vault: Vault,
    concerns: Callable[[str, bytes], bool],
    *,
    message: str = "",
) -> int:
    """
    Destroy the deliveries that concern somebody, and why they were refused; how many.

    Every delivery is decrypted for ``concerns``, which gets its peer, too: the rows do not say whom
    they are about. Where a ``message`` takes the place of the reason, the peer is asked for the
    statement once it is tried again.
    """
    rows = await connection.execute(
        select(
            set_aside.c.peer,
            set_aside.c.position,
            set_aside.c.statement_id,
            set_aside.c.delivery_ciphertext,
        ).where(set_aside.c.delivery_ciphertext != b"")
    )
    count = 0
    for peer, position, statement_id, ciphertext in rows.all():
        aad = row_aad(_TABLE, statement_id)
        if not concerns(peer, vault.decrypt(vault.node_key, ciphertext, aad)):
            continue
        count += 1
        await connection.execute(
            update(set_aside)
            .where(
                set_aside.c.peer == peer,
                set_aside.c.position == position,
                set_aside.c.statement_id == statement_id,
            )
            .values(delivery_ciphertext=b"", message=message)
        )
    return count


async def find_set_aside(
    connection: Connection, *, peer: str, positions: Collection[int]
) -> dict[int, SetAsideRow]:
    """What was set aside at these positions of a peer's stream, and is still."""
    if not positions:
        return {}
    span = {"sender": peer, "first": min(positions), "last": max(positions)}
    rows = await fetch_all(connection, _STILL_ASIDE, SetAsideRow, span)
    return {row.position: row for row in rows if row.position in positions}


async def find_set_aside_at(
    connection: Connection, *, peer: str, position: int
) -> SetAsideRow | None:
    """What was set aside at a position of a peer's stream, also if it was accepted since."""
    query = _ROW.where(set_aside.c.peer == peer, set_aside.c.position == position)
    return await fetch_one(connection, query, SetAsideRow)
