"""Complaints: which there are, and which statements are their steps. Their words are in the log."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select, update

from portability.store.engine import Connection
from portability.store.rows import add_row, fetch_all, fetch_one
from portability.store.schema import complaint_steps, complaints


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintRow:
    """
    A complaint. ``desk`` is the institution that answers, ``awaits`` who must answer now, empty for
    nobody; ``answer_by`` is by when.
    """

    name: str
    person: int
    desk: str
    awaits: str
    answer_by: datetime | None
    escalated: bool
    create_time: datetime


async def add_complaint(connection: Connection, row: ComplaintRow) -> bool:
    """False if there is one of that name."""
    return await add_row(connection, complaints, asdict(row))


async def find_complaint(connection: Connection, name: str) -> ComplaintRow | None:
    """By name."""
    return await fetch_one(connection, _COMPLAINT.where(complaints.c.name == name), ComplaintRow)


async def list_person_complaints(connection: Connection, person: int) -> list[ComplaintRow]:
    """Oldest first."""
    query = _COMPLAINT.where(complaints.c.person == person)
    ordered = query.order_by(complaints.c.create_time, complaints.c.name)
    return await fetch_all(connection, ordered, ComplaintRow)


async def list_desk_complaints(connection: Connection, desk: str) -> list[ComplaintRow]:
    """Those that an institution answers or answered, oldest first."""
    query = _COMPLAINT.where(complaints.c.desk == desk)
    ordered = query.order_by(complaints.c.create_time, complaints.c.name)
    return await fetch_all(connection, ordered, ComplaintRow)


async def list_escalated_complaints(connection: Connection) -> list[ComplaintRow]:
    """Those that were taken to the ombudsperson, oldest first."""
    query = _COMPLAINT.where(complaints.c.escalated)
    ordered = query.order_by(complaints.c.create_time, complaints.c.name)
    return await fetch_all(connection, ordered, ComplaintRow)


async def note_step(
    connection: Connection,
    name: str,
    *,
    awaits: str,
    answer_by: datetime | None,
    escalated: bool,
) -> None:
    """Whom a complaint waits for from now on."""
    await connection.execute(
        update(complaints)
        .where(complaints.c.name == name)
        .values(awaits=awaits, answer_by=answer_by, escalated=escalated)
    )


async def add_step(connection: Connection, name: str, ordinal: int, statement_id: bytes) -> bool:
    """False if there is a step of that number."""
    return await add_row(
        connection,
        complaint_steps,
        {"complaint": name, "ordinal": ordinal, "statement_id": statement_id},
    )


async def list_steps(connection: Connection, name: str) -> list[bytes]:
    """Statement ids, the first step first."""
    found = await connection.scalars(
        select(complaint_steps.c.statement_id)
        .where(complaint_steps.c.complaint == name)
        .order_by(complaint_steps.c.ordinal)
    )
    return list(found)


async def destroy_complaints(connection: Connection, names: Collection[str]) -> None:
    """Forget complaints whose words are gone, with the order of their steps."""
    await connection.execute(delete(complaint_steps).where(complaint_steps.c.complaint.in_(names)))
    await connection.execute(delete(complaints).where(complaints.c.name.in_(names)))


_COMPLAINT: Final = select(*(one for one in complaints.c))
