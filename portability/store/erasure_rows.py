"""The rows that say how far each erasure is, and which journals belong to the database."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select, update

from portability.store.engine import Connection
from portability.store.rows import add_row, fetch_all, fetch_one, one_of
from portability.store.schema import erasure_journals, erasures

FENCED: Final = "fenced"
DESTROYED: Final = "destroyed"  # in the database; its files may still hold copies
CLEARED: Final = "cleared"  # nowhere any more; the proof waits for others
PROVEN: Final = "proven"
REFUSED: Final = "refused"
REQUESTED: Final = "requested"  # by the person; an institution has to decide

DECIDED: Final = (FENCED, DESTROYED, CLEARED, PROVEN)
"""From the first of these on there is no way back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRow:
    """
    An erasure, a request or a refusal. ``owner`` is the person's name, ``person`` their number, and
    None once all is proven.

    ``revision`` is the size of the log when it was decided.
    """

    name: str
    person: int | None
    owner: str
    stage: str
    actor: str
    basis: str
    citation: str
    refusal: str
    key_commitment: bytes
    revision: int
    statement_id: bytes | None
    create_time: datetime
    destroy_time: datetime | None


async def put_erasure(connection: Connection, row: ErasureRow) -> None:
    """Keep what was asked for or decided, in place of what was kept under that name."""
    await connection.execute(delete(erasures).where(erasures.c.name == row.name))
    await connection.execute(erasures.insert(), _values(row))


async def find_erasure(connection: Connection, name: str) -> ErasureRow | None:
    """By name."""
    return await fetch_one(connection, _ERASURE.where(erasures.c.name == name), ErasureRow)


async def find_latest(connection: Connection, name: str) -> ErasureRow | None:
    """
    By name; of a refusal what was asked for or decided after it, where there is anything.

    Whoever asked and was refused has only that name to follow what becomes of them.
    """
    row = await find_erasure(connection, name)
    if row is None or row.stage != REFUSED:
        return row
    latest = await find_erasure_of(connection, row.owner)
    return row if latest is None or latest.stage == REFUSED else latest


async def find_erasure_of(connection: Connection, owner: str) -> ErasureRow | None:
    """That of a person, by name; the last refusal where there is none."""
    query = _ERASURE.where(erasures.c.owner == owner).order_by(
        (erasures.c.stage == REFUSED), erasures.c.create_time.desc(), erasures.c.name
    )
    return await fetch_one(connection, query.limit(1), ErasureRow)


async def list_erasures(connection: Connection, *stages: str) -> list[ErasureRow]:
    """Those in one of these stages, oldest first."""
    query = _ERASURE.where(erasures.c.stage.in_(stages))
    ordered = query.order_by(erasures.c.create_time, erasures.c.name)
    return await fetch_all(connection, ordered, ErasureRow)


async def list_unwritten(connection: Connection, written: Collection[str]) -> list[ErasureRow]:
    """Erasures of persons that a journal, which has these, does not have."""
    query = select(erasures.c.name).where(erasures.c.owner != "", erasures.c.stage.in_(DECIDED))
    missing = set(await connection.scalars(query)) - set(written)
    wanted = _ERASURE.where(one_of(connection, erasures.c.name, missing))
    return await fetch_all(connection, wanted.order_by(erasures.c.create_time), ErasureRow)


async def note_destroyed(connection: Connection, name: str, now: datetime) -> None:
    await connection.execute(
        update(erasures)
        .where(erasures.c.name == name, erasures.c.stage == FENCED)
        .values(stage=DESTROYED, destroy_time=now)
    )


async def note_cleared(connection: Connection, name: str) -> None:
    await connection.execute(
        update(erasures)
        .where(erasures.c.name == name, erasures.c.stage == DESTROYED)
        .values(stage=CLEARED)
    )


async def note_proven(connection: Connection, names: Collection[str], statement: bytes) -> None:
    await connection.execute(
        update(erasures)
        .where(erasures.c.name.in_(names))
        .values(stage=PROVEN, statement_id=statement)
    )


async def list_journals(connection: Connection) -> list[str]:
    """Ids of the journals that belong to this database."""
    return list(await connection.scalars(select(erasure_journals.c.journal)))


async def add_journal(connection: Connection, journal: str, now: datetime) -> None:
    await add_row(connection, erasure_journals, {"journal": journal, "create_time": now})


def _values(row: ErasureRow) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in erasures.c}


_ERASURE: Final = select(*(erasures.c[column.name] for column in erasures.c))
