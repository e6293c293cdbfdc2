"""Notices of erasures that a legal hold keeps from being obeyed, until it is lifted."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select

from portability.store.engine import Connection
from portability.store.rows import add_row, fetch_all, one_of
from portability.store.schema import cases, complaints, held_notices


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldNotice:
    """The id of a peer's notice."""

    notice: bytes
    peer: str


async def put_held(
    connection: Connection, row: HeldNotice, held: Collection[str], *, of: Collection[str]
) -> None:
    """Of the cases and complaints that a notice names, these are held now and no others."""
    await connection.execute(
        delete(held_notices).where(
            held_notices.c.notice == row.notice, one_of(connection, held_notices.c.case_id, of)
        )
    )
    for case_id in held:
        values = {"case_id": case_id, "notice": row.notice, "peer": row.peer}
        await add_row(connection, held_notices, values)


async def list_held(connection: Connection, person: int) -> list[HeldNotice]:
    """Those that name a case of a person, or a complaint."""
    of_cases = select(cases.c.case_id).where(cases.c.person == person)
    names = of_cases.union_all(select(complaints.c.name).where(complaints.c.person == person))
    query = (
        select(held_notices.c.notice, held_notices.c.peer)
        .where(held_notices.c.case_id.in_(names))
        .distinct()
        .order_by(held_notices.c.notice)
    )
    return await fetch_all(connection, query, HeldNotice)
