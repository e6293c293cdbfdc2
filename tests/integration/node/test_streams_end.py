"""Streams of requests at a node that takes no more: what was taken is answered, no more is."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest

from portability.errors import MaintenanceError
from portability.node.calls.limits import Limits
from portability.v1 import records_service_pb2 as pb
from portability.wire.status import STATUS_METADATA_KEY, error_from_details
from tests.integration.node.guarded import SERVICE, World

pytestmark = pytest.mark.asyncio

REFUSAL = MaintenanceError("no new work", retry_after_seconds="7")


def request(name: str) -> bytes:
    return pb.GetRecordRequest(name=name).SerializeToString()


async def test_a_stream_ends_after_the_message_under_way() -> None:
    async with World().serving(Limits()) as world:
        taken, answer_now = asyncio.Event(), asyncio.Event()

        async def slowly(one: pb.GetRecordRequest) -> pb.GetRecordResponse:
            taken.set()
            await answer_now.wait()
            return pb.GetRecordResponse(record=pb.Record(name=one.name))

        world.behaviour.act = slowly
        ended = asyncio.Event()

        async def requests() -> AsyncIterator[bytes]:
            yield request("records/1")
            await ended.wait()  # the sender has more, later

        call = world.channel().stream_stream(f"/{SERVICE}/StreamStream")(requests())
        answers = aiter(call)
        await asyncio.wait_for(taken.wait(), 60)
        world.gate.close(REFUSAL)
        answer_now.set()
        assert pb.GetRecordResponse.FromString(await anext(answers)).record.name == "records/1"
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await anext(answers)
        ended.set()
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
    details = dict(raised.value.trailing_metadata())[STATUS_METADATA_KEY]
    assert isinstance(details, bytes)
    told = error_from_details(details)
    assert isinstance(told, MaintenanceError)
    assert told.context["retry_after_seconds"] == "7"
    assert len(world.behaviour.calls) == 1


async def test_a_call_that_has_begun_is_finished_and_the_next_refused() -> None:
    async with World().serving(Limits()) as world:
        taken, answer_now = asyncio.Event(), asyncio.Event()

        async def slowly(one: pb.GetRecordRequest) -> pb.GetRecordResponse:
            taken.set()
            await answer_now.wait()
            return pb.GetRecordResponse(record=pb.Record(name=one.name))

        world.behaviour.act = slowly
        unary = world.channel().unary_unary(f"/{SERVICE}/UnaryUnary")
        begun = asyncio.ensure_future(unary(request("records/1")))
        await asyncio.wait_for(taken.wait(), 60)
        world.gate.close(REFUSAL)
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await unary(request("records/2"))
        answer_now.set()
        assert pb.GetRecordResponse.FromString(await begun).record.name == "records/1"
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
