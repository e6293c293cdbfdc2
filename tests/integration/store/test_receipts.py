from datetime import timedelta

import pytest

from portability.store import receipts
from portability.store.engine import Database
from tests.conftest import NOW
from tests.integration.store.samples import enrol, statement_id

pytestmark = pytest.mark.asyncio

PERMISSION = statement_id(50)


def receipt(number: int, person: int | None, **changes: object) -> receipts.ReceiptRow:
    fields = {
        "statement_id": statement_id(number),
        "leaf_index": number,
        "person": person,
        "permission": PERMISSION,
        "request": statement_id(100 + number),
        "case_id": "c1",
        "provider": "FR/cnav",
        "requester": "ES/inss",
        "outcome": "released",
        "is_local": True,
        "create_time": NOW + timedelta(hours=number),
    }
    return receipts.ReceiptRow(**(fields | changes))  # type: ignore[arg-type]


async def test_receipts_are_found_by_person_case_and_request(database: Database) -> None:
    async with database.write() as connection:
        rosa = (await enrol(connection, database.vault)).id
        rows = [
            receipt(0, rosa),
            receipt(1, rosa, case_id=None, permission=None, outcome="refused"),
            receipt(2, None, case_id="c2", outcome="refused"),
            receipt(3, rosa, request=statement_id(100), is_local=False),
        ]
        for row in rows:
            assert await receipts.add_receipt(connection, row)
        assert not await receipts.add_receipt(connection, rows[0])

        mine = await receipts.list_person_receipts(connection, person=rosa, limit=9)
        assert mine == [rows[0], rows[1], rows[3]]
        paged = await receipts.list_person_receipts(connection, person=rosa, after=0, limit=1)
        assert paged == [rows[1]]
        assert await receipts.list_receipts(connection, limit=9) == rows
        assert await receipts.list_receipts(connection, after=1, limit=1) == [rows[2]]
        assert await receipts.list_receipts(connection, case_id="c2", limit=9) == [rows[2]]


async def test_uses_are_our_own_releases_under_the_permission(database: Database) -> None:
    async with database.write() as connection:
        assert await receipts.count_uses(connection, PERMISSION) == receipts.Uses(
            count=0, last_time=None
        )
        assert await receipts.last_receipt(connection, PERMISSION) is None
        for row in (
            receipt(0, None),
            receipt(1, None, outcome="partial"),
            receipt(2, None, outcome="refused"),
            receipt(3, None, is_local=False),
            receipt(4, None, permission=statement_id(51)),
            receipt(5, None, permission=None),
        ):
            assert await receipts.add_receipt(connection, row)
        assert await receipts.count_uses(connection, PERMISSION) == receipts.Uses(
            count=2, last_time=NOW + timedelta(hours=1)
        )
        assert await receipts.last_receipt(connection, PERMISSION) == statement_id(2)
