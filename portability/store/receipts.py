"""Disclosure receipts, found by person, permission, request and case; each is a statement, too."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, select

from portability.store.engine import Connection
from portability.store.rows import add_row, fetch_all, fetch_only, page
from portability.store.schema import receipts


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRow:
    """
    A receipt. ``permission`` and ``request`` are statement ids, ``provider`` and ``requester`` as
    in ``FR/cnav``; ``outcome`` is released, partial or refused; ``is_local``: this node's own.
    """

    statement_id: bytes
    leaf_index: int
    person: int | None
    permission: bytes | None
    request: bytes
    case_id: str | None
    provider: str
    requester: str
    outcome: str
    is_local: bool
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """How often a permission was used at this node, and when last."""

    count: int
    last_time: datetime | None


async def add_receipt(connection: Connection, receipt: ReceiptRow) -> bool:
    """False if it is there already."""
    return await add_row(connection, receipts, asdict(receipt))


async def list_person_receipts(
    connection: Connection, *, person: int, after: int | None = None, limit: int
) -> list[ReceiptRow]:
    """Who asked for and who received a person's data, in log order, from behind a leaf index on."""
    query = page(_RECEIPT.where(receipts.c.person == person), receipts.c.leaf_index, after, limit)
    return await fetch_all(connection, query, ReceiptRow)


async def list_receipts(
    connection: Connection, *, case_id: str | None = None, after: int | None = None, limit: int
) -> list[ReceiptRow]:
    """All receipts, or those of one case, in log order, from behind a leaf index on."""
    query = _RECEIPT if case_id is None else _RECEIPT.where(receipts.c.case_id == case_id)
    return await fetch_all(connection, page(query, receipts.c.leaf_index, after, limit), ReceiptRow)


async def list_permission_receipts(connection: Connection, permission: bytes) -> list[ReceiptRow]:
    """All receipts under a permission, of whichever case, in log order."""
    query = _RECEIPT.where(receipts.c.permission == permission).order_by(receipts.c.leaf_index)
    return await fetch_all(connection, query, ReceiptRow)


async def last_receipt(connection: Connection, permission: bytes) -> bytes | None:
    """Statement id of our latest receipt under a permission, to chain the next one to it."""
    return await connection.scalar(_LAST, {"of": permission})


async def count_uses(connection: Connection, permission: bytes) -> Uses:
    """Releases, full or partial, that this node made under a permission."""
    return await fetch_only(connection, _USES, Uses, {"of": permission})


_LAST: Final = (
    select(receipts.c.statement_id)
    .where(receipts.c.permission == bindparam("of"), receipts.c.is_local)
    .order_by(receipts.c.leaf_index.desc())
    .limit(1)
)

_USES: Final = select(
    func.count().label("count"), func.max(receipts.c.create_time).label("last_time")
).where(
    receipts.c.permission == bindparam("of"),
    receipts.c.is_local,
    receipts.c.outcome.in_(("released", "partial")),
)

_RECEIPT: Final = select(
    receipts.c.statement_id,
    receipts.c.leaf_index,
    receipts.c.person,
    receipts.c.permission,
    receipts.c.request,
    receipts.c.case_id,
    receipts.c.provider,
    receipts.c.requester,
    receipts.c.outcome,
    receipts.c.is_local,
    receipts.c.create_time,
)
