from datetime import timedelta

import pytest

from portability.store import delivery
from portability.store.backlog import (
    DueWork,
    PeerBacklog,
    count_backlog,
    count_due_work,
    count_undelivered,
)
from portability.store.engine import Database
from portability.store.undelivered import REFUSED, UndeliveredRow, add_undelivered
from tests.conftest import NOW
from tests.integration.store.samples import statement_id
from tests.integration.store.test_delivery import enqueue

pytestmark = pytest.mark.asyncio


async def test_a_peer_is_behind_since_its_first_statement_could_have_gone(
    database: Database,
) -> None:
    async with database.write() as connection:
        await enqueue(connection, "FR", 0, 10, 99)
        await enqueue(connection, "DE", 60)
        await enqueue(connection, "IT", 0)
        await delivery.mark_accepted(connection, peer="IT", up_to=1, now=NOW)
        await delivery.mark_accepted(connection, peer="FR", up_to=1, now=NOW)
        await delivery.mark_attempted(connection, peer="FR", up_to=2, now=NOW)
        found = await count_backlog(connection, NOW + timedelta(seconds=30))
    since = NOW + timedelta(seconds=10)
    assert found == {
        "FR": PeerBacklog(peer="FR", count=2, oldest=since, attempts=1),
        "DE": PeerBacklog(peer="DE", count=1, oldest=None, attempts=0),
    }


async def test_work_is_counted_once_it_is_due(database: Database) -> None:
    async with database.write() as connection:
        assert await count_due_work(connection, NOW) == DueWork(count=0, oldest=None)
        for number, wait in enumerate((5, 7, 900)):
            work = delivery.PendingWork(
                kind="look",
                case_id="case",
                statement_id=statement_id(number),
                not_before=NOW + timedelta(seconds=wait),
            )
            await delivery.add_pending_work(connection, work)
        found = await count_due_work(connection, NOW + timedelta(seconds=60))
    assert found == DueWork(count=2, oldest=NOW + timedelta(seconds=5))


async def test_what_a_peer_refused_is_counted_by_peer_and_state(database: Database) -> None:
    async with database.write() as connection:
        for number in (1, 2):
            row = UndeliveredRow(
                peer="ES",
                statement_id=statement_id(number),
                case_id="case",
                kind="closure",
                state=REFUSED,
                reason="INVALID_INPUT",
                message="",
                exhibits=(),
                protocol_version=0,
                not_before=NOW,
                create_time=NOW,
            )
            await add_undelivered(connection, row)
        assert await count_undelivered(connection) == {("ES", REFUSED): 2}
