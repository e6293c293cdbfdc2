"""
Answers of peers that were not complete, with the records that prove it by their places in a log.

They outlast what they are about: ids are random, and a place in a log says nothing of a person.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, func, select

from portability.store.engine import Connection
from portability.store.peer_tables import omissions
from portability.store.rows import add_row, fetch_all


@dataclass(frozen=True, slots=True, kw_only=True)
class OmissionRow:
    """
    That the answer ``response`` of a case, complete by its own word at ``tree_size`` entries of
    ``log_origin``, lacks ``record``, which is entry ``leaf_index`` there.

    ``proven`` are the bytes of a ProvenStatement of the record without its envelope.
    """

    response: bytes
    record: bytes
    case_id: str
    jurisdiction: str
    institution: str
    log_origin: str
    tree_size: int
    leaf_index: int
    proven: bytes
    create_time: datetime


async def add_omission(connection: Connection, row: OmissionRow) -> bool:
    """False if it is known."""
    return await add_row(connection, omissions, asdict(row))


async def remove_omission(connection: Connection, response: bytes, record: bytes) -> None:
    """It has turned out that the answer rightly left the record out."""
    await connection.execute(
        delete(omissions).where(omissions.c.response == response, omissions.c.record == record)
    )


async def list_omissions(connection: Connection, case_id: str) -> list[OmissionRow]:
    """Of a case, by answer and place in the log."""
    return await fetch_all(connection, _OF_CASE, OmissionRow, {"of": case_id})


async def count_incomplete_answers(connection: Connection) -> dict[str, int]:
    """By jurisdiction how many of its answers were not complete."""
    return {jurisdiction: count for jurisdiction, count in await connection.execute(_ANSWERS)}  # noqa: C416  # dict() does not take typed rows


_OF_CASE: Final = (
    select(
        omissions.c.response,
        omissions.c.record,
        omissions.c.case_id,
        omissions.c.jurisdiction,
        omissions.c.institution,
        omissions.c.log_origin,
        omissions.c.tree_size,
        omissions.c.leaf_index,
        omissions.c.proven,
        omissions.c.create_time,
    )
    .where(omissions.c.case_id == bindparam("of"))
    .order_by(omissions.c.response, omissions.c.leaf_index)
)

_ANSWERS: Final = (
    select(omissions.c.jurisdiction, func.count(omissions.c.response.distinct()))
    .group_by(omissions.c.jurisdiction)
    .order_by(omissions.c.jurisdiction)
)
