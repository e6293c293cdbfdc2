from datetime import datetime, timedelta

import pytest

from portability.store import delivery
from portability.store.engine import Connection, Database
from portability.store.streams import look_at_waiting
from tests.conftest import NOW
from tests.integration.store.samples import due_deliveries, statement_id

pytestmark = pytest.mark.asyncio

LATER = NOW + timedelta(minutes=1)


async def enqueue(connection: Connection, peer: str, *waits: int) -> list[int]:
    """Statements that may leave after so many seconds each; their positions."""
    return [
        await delivery.enqueue(
            connection,
            peer=peer,
            statement_id=statement_id(number),
            exhibits=[statement_id(100), statement_id(101)][: number + 1],
            not_before=NOW + timedelta(seconds=wait),
            now=NOW,
        )
        for number, wait in enumerate(waits)
    ]


async def due(connection: Connection, peer: str, seconds: int = 0, limit: int = 9) -> list[int]:
    rows = await due_deliveries(
        connection, peer=peer, now=NOW + timedelta(seconds=seconds), limit=limit
    )
    return [row.position for row in rows]


async def test_positions_count_from_one_for_each_peer(database: Database) -> None:
    async with database.write() as connection:
        assert await enqueue(connection, "FR", 0, 0, 0) == [1, 2, 3]
        assert await enqueue(connection, "DE", 0) == [1]
        await delivery.mark_accepted(connection, peer="FR", up_to=3, now=NOW)
        assert await enqueue(connection, "FR", 0) == [4]
        assert await enqueue(connection, "IT", 0) == [1]


async def test_a_row_tells_all_that_is_to_be_sent(database: Database) -> None:
    async with database.write() as connection:
        await enqueue(connection, "FR", 0)
        rows = await due_deliveries(connection, peer="FR", now=NOW, limit=9)
    assert rows == [
        delivery.OutboxRow(
            peer="FR",
            position=1,
            statement_id=statement_id(0),
            exhibits=(statement_id(100),),
            not_before=NOW,
            attempts=0,
        )
    ]


async def test_a_row_that_waits_holds_back_those_behind_it(database: Database) -> None:
    async with database.write() as connection:
        await enqueue(connection, "FR", 0, 30, 0, 60)
        assert await due(connection, "FR") == [1]
        assert await due(connection, "FR", 30) == [1, 2, 3]
        assert await due(connection, "FR", 60) == [1, 2, 3, 4]
        assert await due(connection, "FR", 60, limit=2) == [1, 2]
        assert await due(connection, "DE", 60) == []


async def test_what_a_peer_accepted_is_not_sent_again(database: Database) -> None:
    async with database.write() as connection:
        await enqueue(connection, "FR", 0, 0, 30)
        await enqueue(connection, "DE", 0)
        assert await delivery.sent_position(connection, "FR") == 0
        assert await delivery.mark_accepted(connection, peer="FR", up_to=2, now=LATER) == 2
        assert await delivery.mark_accepted(connection, peer="FR", up_to=2, now=LATER) == 0
        assert await delivery.sent_position(connection, "FR") == 2
        assert await due(connection, "FR", 30) == [3]
        waiting = await look_at_waiting(connection, peer="FR", limit=9)
        assert waiting.rows[0].not_before == NOW + timedelta(seconds=30)
        assert await delivery.list_pending_peers(connection) == {"DE": 1, "FR": 1}
        await delivery.mark_accepted(connection, peer="FR", up_to=3, now=LATER)
        assert (await look_at_waiting(connection, peer="FR", limit=9)).rows == []
        assert await delivery.list_pending_peers(connection) == {"DE": 1}


async def test_attempts_are_counted_on_what_is_not_accepted(database: Database) -> None:
    async with database.write() as connection:
        await enqueue(connection, "FR", 0, 0, 0)
        await delivery.mark_accepted(connection, peer="FR", up_to=1, now=NOW)
        await delivery.mark_attempted(connection, peer="FR", up_to=2, now=NOW)
        await delivery.mark_attempted(connection, peer="FR", up_to=2, now=LATER)
        rows = await due_deliveries(connection, peer="FR", now=NOW, limit=9)
    assert [(row.position, row.attempts) for row in rows] == [(2, 2), (3, 0)]


async def test_the_inbox_takes_each_position_once(database: Database) -> None:
    async with database.write() as connection:

        async def take(peer: str, position: int) -> bool:
            return await delivery.add_inbox(
                connection,
                peer=peer,
                position=position,
                statement_id=statement_id(position),
                now=NOW,
            )

        assert await delivery.accepted_position(connection, "FR") == 0
        assert await take("FR", 1)
        assert await take("FR", 2)
        assert not await take("FR", 2)
        assert await take("DE", 1)
        assert await delivery.accepted_position(connection, "FR") == 2


async def test_work_waits_until_its_time_and_until_it_is_done(database: Database) -> None:
    async with database.write() as connection:

        async def add(kind: str, number: int, seconds: int) -> bool:
            work = delivery.PendingWork(
                kind=kind,
                case_id="c1",
                statement_id=statement_id(number),
                not_before=NOW + timedelta(seconds=seconds),
            )
            return await delivery.add_pending_work(connection, work)

        assert await delivery.list_pending_work(connection, limit=9) == []
        assert await add("answer-history", 1, 30)
        assert await add("answer-history", 2, 0)
        assert await add("reconcile", 2, 10)
        assert not await add("answer-history", 1, 0)
        first, *others = await delivery.list_pending_work(connection, limit=9)
        assert (first.kind, first.statement_id, first.attempts) == (
            "answer-history",
            statement_id(2),
            0,
        )
        assert first.not_before == NOW < min(one.not_before for one in others)
        later = await delivery.postpone_pending_work(connection, first, not_before=LATER)
        assert later.attempts == 1
        due_then = await delivery.list_pending_work(connection, limit=9)
        assert [(one.kind, one.attempts) for one in due_then] == [
            ("reconcile", 0),
            ("answer-history", 0),
            ("answer-history", 1),
        ]
        assert due_then[-1] == later
        assert await delivery.remove_pending_work(connection, later)
        assert not await delivery.remove_pending_work(connection, later)
        assert len(await delivery.list_pending_work(connection, limit=1)) == 1


async def test_work_that_is_put_off_waits_once_from_the_later_time_on(database: Database) -> None:
    async with database.write() as connection:

        def due(at: datetime) -> delivery.PendingWork:
            return delivery.PendingWork(
                kind="tick", case_id="c1", statement_id=statement_id(1), not_before=at
            )

        await delivery.put_pending_work(connection, due(NOW))
        (first,) = await delivery.list_pending_work(connection, limit=9)
        await delivery.postpone_pending_work(connection, first, not_before=LATER)
        much_later = due(NOW + timedelta(days=1))
        await delivery.put_pending_work(connection, much_later)
        assert await delivery.list_pending_work(connection, limit=9) == [much_later]
