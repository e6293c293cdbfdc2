"""A node that takes no new work: who is told what, what waits, and that all of it goes on."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import httpx
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from sqlalchemy import select

from portability.errors import InvalidInputError, MaintenanceError
from portability.federation.ping import Verdict
from portability.node.config import load_config
from portability.node.development.federation import FederationLayout
from portability.node.operating.own_calls import answer_of, own_node
from portability.node.parts import Parts
from portability.node.peers.pinging import ping_peer
from portability.node.server import Running
from portability.store import delivery
from portability.store.schema import outbox, statements
from portability.v1 import operator_service_pb2 as pb
from portability.v1 import persons_service_pb2 as persons
from portability.v1 import persons_service_pb2_grpc as persons_rpc
from portability.v1.operator_service_pb2_grpc import OperatorServiceStub
from tests.integration.node.test_node import log_something
from tests.integration.node.whole import connected, node, refusal, use_database, world

pytestmark = pytest.mark.asyncio

REASON = "the database moves to another machine"


@pytest.fixture(params=["sqlite", "postgresql"])
def placed(layout: FederationLayout, request: pytest.FixtureRequest) -> FederationLayout:
    """A federation whose nodes are on each engine in turn."""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        for code in ("FR", "ES"):
            use_database(layout, code, server.create_database()[1])
    return layout


async def begin(layout: FederationLayout, code: str, seconds: int = 1) -> None:
    config = load_config(layout.nodes[code])
    async with own_node(config) as operator:
        request = pb.BeginMaintenanceRequest(reason=REASON, retry_after_seconds=seconds)
        await answer_of(operator.BeginMaintenance(request), config)


async def end(layout: FederationLayout, code: str) -> None:
    config = load_config(layout.nodes[code])
    async with own_node(config) as operator:
        await answer_of(operator.EndMaintenance(pb.EndMaintenanceRequest()), config)


async def state(layout: FederationLayout, code: str) -> pb.GetNodeStateResponse:
    config = load_config(layout.nodes[code])
    async with own_node(config) as operator:
        return await answer_of(operator.GetNodeState(pb.GetNodeStateRequest()), config)


async def readyz(running: Running) -> tuple[int, dict[str, Any]]:
    async with httpx.AsyncClient() as client:
        response = await client.get(f"http://{running.observe}/readyz")
    return response.status_code, json.loads(response.text)["checks"]


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    deadline = asyncio.get_running_loop().time() + 60
    while not await condition():
        assert asyncio.get_running_loop().time() < deadline, "it did not happen within a minute"
        await asyncio.sleep(0.05)


def look_up() -> persons.LookupPersonRequest:
    identifier = persons.NationalIdentifier(jurisdiction="FR", value="255088412345678")
    return persons.LookupPersonRequest(identifier=identifier)


async def leave_in_outbox(parts: Parts, peer: str) -> None:
    """Something for a peer, as another process puts it there: logged, and in the stream."""
    await log_something(parts)
    async with parts.foundation.database.write() as connection:
        logged = await connection.scalar(select(statements.c.statement_id))
        assert logged is not None
        now = datetime.now(UTC)
        await delivery.enqueue(
            connection, peer=peer, statement_id=logged, exhibits=(), not_before=now, now=now
        )


async def put_into_outbox(parts: Parts, peer: str) -> None:
    """The same, as cases of this process put it there: the sender is woken."""
    await leave_in_outbox(parts, peer)
    parts.eraser.wake_outbox()


async def test_new_work_is_refused_with_the_reason_and_when_to_come_again(
    placed: FederationLayout,
) -> None:
    async with (
        node(placed, "FR") as (_, running),
        connected(placed, "fr-agency-cnav", "FR") as channel,
    ):
        await begin(placed, "FR", seconds=90)
        stub = persons_rpc.PersonsServiceStub(channel)
        code, error = await refusal(stub.LookupPerson(look_up()))
        assert code is grpc.StatusCode.UNAVAILABLE
        assert isinstance(error, MaintenanceError)
        assert error.message == (
            f"this node takes no new work for now: {REASON}; nothing is lost, come again in "
            "90 seconds"
        )
        status, checks = await readyz(running)
        assert status == 503
        assert REASON in checks["work"]
        assert checks["database"] == "ok"
        told = await state(placed, "FR")
        assert (told.pause.reason, told.pause.retry_after_seconds) == (REASON, 90)
        await end(placed, "FR")
        code, error = await refusal(stub.LookupPerson(look_up()))
        assert code is grpc.StatusCode.NOT_FOUND
        assert (await readyz(running))[0] == 200


async def test_the_refusal_carries_retry_info(layout: FederationLayout) -> None:
    async with node(layout, "FR"), connected(layout, "fr-agency-cnav", "FR") as channel:
        await begin(layout, "FR", seconds=90)
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await persons_rpc.PersonsServiceStub(channel).LookupPerson(look_up())
    status = rpc_status.from_call(raised.value)
    assert status is not None
    info = error_details_pb2.RetryInfo()
    found = [one for one in status.details if one.Is(info.DESCRIPTOR)]
    assert len(found) == 1
    assert found[0].Unpack(info)
    assert info.retry_delay.seconds == 90


async def test_a_peer_waits_without_counting_it_as_a_failure_and_then_delivers(
    placed: FederationLayout,
) -> None:
    async with node(placed, "FR") as (france, _), node(placed, "ES") as (spain, _):
        await begin(placed, "FR", seconds=1)
        await put_into_outbox(spain, "FR")

        async def is_waiting() -> bool:
            (stream,) = (await state(placed, "ES")).streams
            return stream.reason == "NODE_IN_MAINTENANCE"

        await until(is_waiting)
        (stream,) = (await state(placed, "ES")).streams
        assert (stream.waiting, stream.failures) == (1, 0)
        async with spain.foundation.database.read() as connection:
            rows = (await connection.execute(select(outbox.c.attempts))).all()
        assert [attempts for (attempts,) in rows] == [0]
        await end(placed, "FR")

        async def is_there() -> bool:
            async with france.foundation.database.read() as connection:
                return await delivery.accepted_position(connection, "ES") == 1

        await until(is_there)
        await until(lambda: _nothing_waits(placed))


async def _nothing_waits(layout: FederationLayout) -> bool:
    (stream,) = (await state(layout, "ES")).streams
    return stream.waiting == 0 and not stream.reason


async def test_a_node_in_maintenance_sends_nothing_either_and_goes_on_at_the_end(
    layout: FederationLayout,
) -> None:
    async with node(layout, "FR") as (france, _), node(layout, "ES") as (spain, _):
        await begin(layout, "ES")
        await put_into_outbox(spain, "FR")
        (stream,) = (await state(layout, "ES")).streams
        assert (stream.waiting, stream.failures, stream.reason) == (1, 0, "")
        async with france.foundation.database.read() as connection:
            assert await delivery.accepted_position(connection, "ES") == 0
        await end(layout, "ES")
        await until(lambda: _nothing_waits(layout))


async def test_a_ping_says_that_the_peer_is_in_maintenance(layout: FederationLayout) -> None:
    async with node(layout, "FR"):
        await begin(layout, "FR", seconds=600)
        way = await ping_peer(load_config(layout.nodes["ES"]), "FR", world())
    assert not way.is_open
    assert [one.name for one in way.steps if one.verdict is Verdict.FAILED] == ["work"]
    assert way.steps[-1].words == f"FR is in maintenance and takes no new work: {REASON}"
    assert "come again in 600 seconds" in way.steps[-1].next_step


async def test_maintenance_survives_a_restart(placed: FederationLayout) -> None:
    async with node(placed, "FR"):
        await begin(placed, "FR")
    async with node(placed, "FR") as (_, running):
        assert (await readyz(running))[0] == 503
        await end(placed, "FR")
        assert (await readyz(running))[0] == 200


async def test_an_operator_may_and_an_agency_may_not(layout: FederationLayout) -> None:
    request = pb.EndMaintenanceRequest()
    async with node(layout, "FR"):
        async with connected(layout, "fr-agency-cnav", "FR") as channel:
            code, _ = await refusal(OperatorServiceStub(channel).EndMaintenance(request))
            assert code is grpc.StatusCode.PERMISSION_DENIED
        async with connected(layout, "fr-operator", "FR") as channel:
            await OperatorServiceStub(channel).EndMaintenance(request)


@pytest.mark.parametrize(
    ("reason", "seconds"), [("", 5), ("x" * 201, 5), ("two\nlines", 5), ("x", 0)]
)
async def test_what_nobody_could_read_or_wait_for_is_refused(
    layout: FederationLayout, reason: str, seconds: int
) -> None:
    async with node(layout, "FR") as (parts, _):
        with pytest.raises(InvalidInputError):
            await parts.maintenance.begin(reason, timedelta(seconds=seconds))
        assert parts.maintenance.pause is None
