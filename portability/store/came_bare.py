"""
Answers and corrections that came to this node without their records: those had to stay where they
are, since the permission had ended before they left.
"""

from typing import Final

from sqlalchemy import bindparam, delete, select

from portability.store.engine import Connection
from portability.store.rows import add_row
from portability.store.schema import came_bare


async def add_came_bare(connection: Connection, case_id: str, statement_id: bytes) -> bool:
    """Note that a statement brought nothing of what it names; False if that was noted before."""
    return await add_row(connection, came_bare, {"case_id": case_id, "statement_id": statement_id})


async def remove_came_bare(connection: Connection, statement_id: bytes) -> None:
    """What it brought is not sure: it had come before, and was refused and not kept."""
    await connection.execute(delete(came_bare).where(came_bare.c.statement_id == statement_id))


async def list_came_bare(connection: Connection, case_id: str) -> set[bytes]:
    """The statements of a case that brought nothing of what they name."""
    return set(await connection.scalars(_OF_CASE, {"of": case_id}))


_OF_CASE: Final = select(came_bare.c.statement_id).where(came_bare.c.case_id == bindparam("of"))
