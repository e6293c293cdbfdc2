"""A clock that is set back while a node runs: nothing waits until it is there again."""

import asyncio
from datetime import timedelta

import pytest

from portability.federation.outbox import ASK_AGAIN
from portability.node.cases.driver import LONGEST_PAUSE
from portability.store import delivery
from tests.conftest import FixedClock
from tests.integration.recognition.test_delivery import start
from tests.integration.recognition.world import Federation, Node, Rosa
from tests.integration.witness.nodes import until

BACK = timedelta(hours=5)

pytestmark = pytest.mark.asyncio


async def waiting_for(node: Node, peer: str) -> int:
    async with node.database.read() as connection:
        return (await delivery.list_pending_peers(connection)).get(peer, 0)


async def work_of(node: Node) -> list[str]:
    async with node.database.read() as connection:
        return [work.kind for work in await delivery.list_pending_work(connection, limit=9)]


async def test_what_was_put_into_the_outbox_before_leaves_at_once(
    federation: Federation, rosa: Rosa
) -> None:
    await start(federation, rosa)
    federation.clock.now -= BACK
    await federation.spain.cases.outbox.turn("FR")
    assert await waiting_for(federation.spain, "FR") == 0


async def test_a_stream_whose_peer_was_away_goes_on(federation: Federation, rosa: Rosa) -> None:
    spain = federation.spain
    await start(federation, rosa)
    spain.wires["FR"].trouble = lambda: "lost"
    wait = await spain.cases.outbox.turn("FR")
    assert wait is not None
    assert wait < ASK_AGAIN.total_seconds()
    assert spain.cases.outbox.failing("FR")[2] is not None
    spain.wires["FR"].trouble = lambda: ""
    federation.clock.now -= BACK
    assert spain.cases.outbox.failing("FR")[2] is None
    await spain.cases.outbox.turn("FR")
    assert await waiting_for(spain, "FR") == 0


async def put_off(federation: Federation, rosa: Rosa) -> Node:
    """France's node, which could not ask Spain's where the consent stands."""
    await start(federation, rosa)
    france = federation.france
    await federation.spain.cases.outbox.turn("FR")
    france.wires["ES"].trouble = lambda: "lost"
    await france.cases.driver.work_through()
    assert "answer-history" in await work_of(france)
    france.wires["ES"].trouble = lambda: ""
    return france


async def test_work_that_was_put_off_is_done(federation: Federation, rosa: Rosa) -> None:
    france = await put_off(federation, rosa)
    federation.clock.now -= BACK
    await france.cases.driver.work_through()
    assert "answer-history" not in await work_of(france)


async def test_work_is_looked_for_again_although_the_clock_was_set_back_in_a_pause(
    federation: Federation, rosa: Rosa, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    france = await put_off(federation, rosa)
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        clock.now -= BACK

    async def is_done() -> bool:
        return "answer-history" not in await work_of(france)

    monkeypatch.setattr(france.cases.driver._waker, "_sleep", sleep)
    france.cases.driver.start()
    await until(is_done)
    await france.cases.driver.close()
    assert pauses
    assert max(pauses) <= LONGEST_PAUSE


async def test_no_pause_is_so_long_that_a_clock_set_ahead_is_noticed_late(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    await start(federation, rosa)
    spain = federation.spain
    await spain.cases.outbox.turn("FR")
    (upcoming,) = [await spain.cases.driver.work_through()]
    assert upcoming is not None
    assert upcoming - federation.clock() > timedelta(days=1), "a reminder"
    paused: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def sleep(seconds: float) -> None:
        paused.set_result(seconds)
        await asyncio.Event().wait()

    monkeypatch.setattr(spain.cases.driver._waker, "_sleep", sleep)
    spain.cases.driver.start()
    assert await asyncio.wait_for(paused, 60) <= LONGEST_PAUSE
    await spain.cases.driver.close()
