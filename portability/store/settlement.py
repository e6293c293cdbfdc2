"""
What institutions said to each other about money: which statements make up which account, and which
months are claimed. Institutions and amounts are no persons' data; a line names a case by its random
id. Everything here follows from logged statements, so ``fsck`` can derive it again.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import or_, select

from portability.store.engine import Connection
from portability.store.rows import add_row, fetch_all, fetch_one, one_of, page
from portability.store.schema import cases, statements
from portability.store.settlement_tables import settlement_months, settlement_statements


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPlace:
    """Whose account: institutions as ``ES/inss``, the one that sorts first before the other."""

    first: str
    second: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRow:
    """A statement of an account; ``peer`` is the jurisdiction that delivered it, or empty."""

    statement_id: bytes
    leaf_index: int
    first: str
    second: str
    currency: str
    peer: str
    create_time: datetime

    @property
    def place(self) -> AccountPlace:
        return AccountPlace(first=self.first, second=self.second, currency=self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRow:
    """A month of a case that ``claim`` claims; ``month`` is its first day."""

    creditor: str
    kind: str
    case_id: str
    month: date
    claim: bytes


async def add_statement(connection: Connection, row: SettlementRow) -> bool:
    """False if the statement is there already."""
    return await add_row(connection, settlement_statements, asdict(row))


async def find_statement(connection: Connection, statement_id: bytes) -> SettlementRow | None:
    """Where a statement belongs; None where it is in no account."""
    query = _STATEMENT.where(settlement_statements.c.statement_id == statement_id)
    return await fetch_one(connection, query, SettlementRow)


async def list_statements(
    connection: Connection,
    place: AccountPlace,
    *,
    after: int | None = None,
    limit: int | None = None,
) -> list[SettlementRow]:
    """The statements of an account in the order of the log."""
    query = _STATEMENT.where(
        settlement_statements.c.first == place.first,
        settlement_statements.c.second == place.second,
        settlement_statements.c.currency == place.currency,
    )
    ordered = page(query, settlement_statements.c.leaf_index, after, limit)
    return await fetch_all(connection, ordered, SettlementRow)


async def list_accounts(connection: Connection, institution: str) -> list[AccountPlace]:
    """The accounts of an institution, in order."""
    first, second, _ = _PLACE
    query = _ACCOUNTS.where(or_(first == institution, second == institution))
    return await fetch_all(connection, query, AccountPlace)


async def list_all_accounts(connection: Connection) -> list[AccountPlace]:
    """Every account, in order."""
    return await fetch_all(connection, _ACCOUNTS, AccountPlace)


async def find_stray(connection: Connection, kinds: Sequence[str]) -> bytes | None:
    """A statement of these kinds in the log without its row, or a row without its statement."""
    joined = statements.outerjoin(
        settlement_statements,
        (settlement_statements.c.statement_id == statements.c.statement_id)
        & (settlement_statements.c.leaf_index == statements.c.leaf_index),
    )
    lacking = (
        select(statements.c.statement_id)
        .select_from(joined)
        .where(
            one_of(connection, statements.c.kind, kinds),
            settlement_statements.c.statement_id.is_(None),
        )
        .order_by(statements.c.leaf_index)
        .limit(1)
    )
    found: bytes | None = await connection.scalar(lacking)
    if found is not None:
        return found
    back = settlement_statements.outerjoin(
        statements,
        (settlement_statements.c.statement_id == statements.c.statement_id)
        & (settlement_statements.c.leaf_index == statements.c.leaf_index),
    )
    unlogged = (
        select(settlement_statements.c.statement_id)
        .select_from(back)
        .where(statements.c.statement_id.is_(None))
        .limit(1)
    )
    stray: bytes | None = await connection.scalar(unlogged)
    return stray


async def list_all_months(connection: Connection) -> list[MonthRow]:
    """Every month that is claimed."""
    return await fetch_all(connection, select(*(one for one in settlement_months.c)), _month)


async def add_months(connection: Connection, rows: Sequence[MonthRow]) -> None:
    """Note the months of a claim; nothing is changed for one that is noted already."""
    for row in rows:
        await add_row(connection, settlement_months, asdict(row) | {"month": _text(row.month)})


async def find_months(
    connection: Connection, *, creditor: str, kind: str, case_ids: Sequence[str]
) -> list[MonthRow]:
    """The months that a creditor claims of these cases."""
    query = select(*(one for one in settlement_months.c)).where(
        settlement_months.c.creditor == creditor,
        settlement_months.c.kind == kind,
        one_of(connection, settlement_months.c.case_id, case_ids),
    )
    ordered = query.order_by(settlement_months.c.case_id, settlement_months.c.month)
    return await fetch_all(connection, ordered, _month)


async def find_claims(connection: Connection, *, kind: str, case_id: str) -> list[bytes]:
    """The claims of a kind, whoever's, that have a line on this case, in order."""
    query = (
        select(settlement_months.c.claim)
        .where(settlement_months.c.kind == kind, settlement_months.c.case_id == case_id)
        .distinct()
        .order_by(settlement_months.c.claim)
    )
    return list(await connection.scalars(query))


async def cases_of_same_person(connection: Connection, case_id: str) -> list[str]:
    """The case and all others of its person, where that is known."""
    person: int | None = await connection.scalar(
        select(cases.c.person).where(cases.c.case_id == case_id)
    )
    if person is None:
        return [case_id]
    query = select(cases.c.case_id).where(cases.c.person == person).order_by(cases.c.case_id)
    return list(await connection.scalars(query))


def _text(month: date) -> str:
    return f"{month:%Y-%m}"


def _month(*, creditor: str, kind: str, case_id: str, month: str, claim: bytes) -> MonthRow:
    return MonthRow(
        creditor=creditor,
        kind=kind,
        case_id=case_id,
        month=date.fromisoformat(f"{month}-01"),
        claim=claim,
    )


_STATEMENT: Final = select(*(one for one in settlement_statements.c))
_PLACE: Final = (
    settlement_statements.c.first,
    settlement_statements.c.second,
    settlement_statements.c.currency,
)
_ACCOUNTS: Final = select(*_PLACE).distinct().order_by(*_PLACE)
