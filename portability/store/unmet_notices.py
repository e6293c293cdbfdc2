"""
Notices of erasures that found nothing of their sender in a case of ours, or no such case: what they
were about can come yet, from another party that had not heard of the erasure.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import bindparam, delete, select

from portability.store.engine import Connection
from portability.store.rows import add_row, fetch_all, one_of
from portability.store.schema import unmet_notices


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmetNotice:
    """The id of a peer's notice, and a case that it names."""

    case_id: str
    notice: bytes
    peer: str


async def add_unmet(connection: Connection, row: UnmetNotice) -> bool:
    """False if it was kept before."""
    return await add_row(connection, unmet_notices, asdict(row))


async def list_unmet(connection: Connection, case_id: str) -> list[UnmetNotice]:
    """Those that name a case."""
    return await fetch_all(connection, _OF_CASE, UnmetNotice, {"of": case_id})


async def list_any_unmet(connection: Connection, case_ids: Collection[str]) -> list[UnmetNotice]:
    """Those that name any of these cases."""
    query = _UNMET.where(one_of(connection, unmet_notices.c.case_id, case_ids))
    return await fetch_all(connection, query, UnmetNotice)


async def remove_unmet(connection: Connection, row: UnmetNotice) -> None:
    """It has found something, and was obeyed."""
    await connection.execute(
        delete(unmet_notices).where(
            unmet_notices.c.case_id == row.case_id, unmet_notices.c.notice == row.notice
        )
    )


_UNMET: Final = select(*unmet_notices.c).order_by(unmet_notices.c.case_id, unmet_notices.c.notice)
_OF_CASE: Final = _UNMET.where(unmet_notices.c.case_id == bindparam("of"))
