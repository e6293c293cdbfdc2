"""
Witnessing as it is stored: what was cosigned for other logs, what others cosigned for ours, and
pairs of signed checkpoints that do not fit each other.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select, update

from portability.store import rows as sql
from portability.store.engine import Connection
from portability.store.schema import evidence, published, witnessed

_UNSEEN: Final = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessedHead:
    """What was last cosigned for a log: the note has the log's line and the witness's own."""

    origin: str
    size: int
    root: bytes
    note: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A checkpoint of our own log with the cosignatures of the quorum."""

    size: int
    note: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Two checkpoints of one log that do not fit; ``seen_by`` says who showed the second."""

    origin: str
    first_note: bytes
    second_note: bytes
    seen_by: str
    create_time: datetime


_WITNESSED: Final = select(witnessed.c.origin, witnessed.c.size, witnessed.c.root, witnessed.c.note)
_PUBLISHED: Final = select(published.c.size, published.c.note)
_LATEST: Final = _PUBLISHED.order_by(published.c.size.desc()).limit(1)
_COVERING: Final = (
    _PUBLISHED.where(published.c.size > bindparam("leaf")).order_by(published.c.size).limit(1)
)


async def lock_witnessed(
    connection: Connection, origin: str, now: datetime
) -> WitnessedHead | None:
    """
    What was last cosigned for a log, held until the transaction ends; None if nothing was.

    Two requests for one log take turns, also the first two.
    """
    empty = {"origin": origin, "size": 0, "root": _UNSEEN, "note": _UNSEEN, "update_time": now}
    await sql.add_row(connection, witnessed, empty)
    query = _WITNESSED.where(witnessed.c.origin == origin).with_for_update()
    found = await sql.fetch_only(connection, query, WitnessedHead)
    return found if found.note else None


async def find_witnessed(connection: Connection, origin: str) -> WitnessedHead | None:
    """What was last cosigned for a log."""
    query = _WITNESSED.where(witnessed.c.origin == origin)
    found = await sql.fetch_one(connection, query, WitnessedHead)
    return found if found is not None and found.note else None


async def save_witnessed(connection: Connection, head: WitnessedHead, now: datetime) -> None:
    """Remember what is being cosigned. The row must have been locked before."""
    await connection.execute(
        update(witnessed)
        .where(witnessed.c.origin == head.origin)
        .values(size=head.size, root=head.root, note=head.note, update_time=now)
    )


async def add_published(connection: Connection, one: Published, now: datetime) -> bool:
    """False if one of that size was published before: it stays as it is."""
    row = {"size": one.size, "note": one.note, "create_time": now}
    return await sql.add_row(connection, published, row)


async def latest_published(connection: Connection) -> Published | None:
    """The largest published checkpoint."""
    return await sql.fetch_one(connection, _LATEST, Published)


async def list_published(connection: Connection, *, above_size: int, limit: int) -> list[Published]:
    """Published checkpoints of larger trees, the smallest first."""
    query = _PUBLISHED.where(published.c.size > above_size).order_by(published.c.size)
    return await sql.fetch_all(connection, query.limit(limit), Published)


async def first_published(connection: Connection, leaf_index: int) -> Published | None:
    """The first published checkpoint that covers a leaf."""
    return await sql.fetch_one(connection, _COVERING, Published, {"leaf": leaf_index})


async def add_evidence(connection: Connection, one: Evidence) -> bool:
    """False if the same two are kept already."""
    digest = hashlib.sha256(one.first_note + one.second_note).digest()
    row = {
        "digest": digest,
        "origin": one.origin,
        "first_note": one.first_note,
        "second_note": one.second_note,
        "seen_by": one.seen_by,
        "create_time": one.create_time,
    }
    return await sql.add_row(connection, evidence, row)


async def list_evidence(connection: Connection, *, limit: int) -> list[Evidence]:
    """The latest first."""
    query = select(
        evidence.c.origin,
        evidence.c.first_note,
        evidence.c.second_note,
        evidence.c.seen_by,
        evidence.c.create_time,
    ).order_by(evidence.c.create_time.desc(), evidence.c.digest)
    return await sql.fetch_all(connection, query.limit(limit), Evidence)
