"""Which cases ended when: by the first closure that this node logged of each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from portability.store.cases import CasePlace
from portability.store.engine import Connection
from portability.store.rows import fetch_all
from portability.store.schema import case_parties, case_statements, statements

CLOSURE_KIND: Final = "closure"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedCase:
    """A case and when this node logged the first closure of it."""

    case_id: str
    end_time: datetime


async def list_ended_cases(
    connection: Connection,
    *,
    since: datetime,
    before: datetime,
    party: CasePlace | None = None,
    after: str = "",
    limit: int,
) -> list[EndedCase]:
    """
    Cases whose first closure came in ``since`` (included) to ``before``, by id, from behind one on.

    ``party``: only those in which that institution takes part.
    """
    ended = func.min(case_statements.c.create_time).label("end_time")
    query = (
        select(case_statements.c.case_id, ended)
        .join(statements, statements.c.leaf_index == case_statements.c.leaf_index)
        .where(statements.c.kind == CLOSURE_KIND, case_statements.c.case_id > after)
        .group_by(case_statements.c.case_id)
        .having(ended >= since, ended < before)
        .order_by(case_statements.c.case_id)
        .limit(limit)
    )
    if party is not None:
        theirs = select(case_parties.c.case_id).where(
            case_parties.c.jurisdiction == party.jurisdiction,
            case_parties.c.institution == party.institution,
        )
        query = query.where(case_statements.c.case_id.in_(theirs))
    return await fetch_all(connection, query, EndedCase)
