"""Legal holds: what keeps a person's data from being erased."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, update

from portability.store.engine import Connection
from portability.store.rows import add_row, fetch_all, fetch_one
from portability.store.schema import legal_holds


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRow:
    """``statement_id`` is that of its placing; in force while ``lift_time`` is None."""

    name: str
    person: int
    placed_by: str
    citation: str
    statement_id: bytes
    place_time: datetime
    lift_time: datetime | None = None
    lift_citation: str = ""


async def add_hold(connection: Connection, hold: HoldRow) -> bool:
    """False if there is one of that name."""
    return await add_row(connection, legal_holds, asdict(hold))


async def find_hold(connection: Connection, name: str) -> HoldRow | None:
    """By name."""
    return await fetch_one(connection, _HOLD.where(legal_holds.c.name == name), HoldRow)


async def list_holds(connection: Connection, person: int) -> list[HoldRow]:
    """All holds on a person, lifted ones too, as they were placed."""
    query = _HOLD.where(legal_holds.c.person == person)
    ordered = query.order_by(legal_holds.c.place_time, legal_holds.c.name)
    return await fetch_all(connection, ordered, HoldRow)


async def lift_hold(connection: Connection, name: str, *, citation: str, now: datetime) -> bool:
    """False if it was lifted before."""
    done = await connection.execute(
        update(legal_holds)
        .where(legal_holds.c.name == name, legal_holds.c.lift_time.is_(None))
        .values(lift_time=now, lift_citation=citation)
    )
    return done.rowcount == 1


_HOLD: Final = select(*(one for one in legal_holds.c))
