"""What a caller is told by a node, and what never: over real mutual TLS, in all kinds of calls."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import grpc
import pytest
import pytest_asyncio
import structlog
from cryptography import x509
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from portability.errors import ConsentError, NotFoundError, PreconditionError
from portability.federation.identity import parse_identity
from portability.node.calls.limits import Limits
from portability.node.development.authority import DevelopmentAuthority
from portability.node.logging import configure_logging
from portability.v1 import records_service_pb2 as pb
from tests.integration.node.guarded import KINDS, SERVICE, World, call

SECRET = "national id 85073003328 of Rosa"
MINE = "3f2c7e0a-9d5b-4c1e-8f6a-0b1c2d3e4f50"
REQUEST = pb.GetRecordRequest(name="records/1").SerializeToString()

pytestmark = pytest.mark.asyncio


@pytest.fixture
def lines() -> Iterator[io.BytesIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.BytesIO()
    configure_logging(stream=stream)
    yield stream
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


@pytest_asyncio.fixture
async def world(lines: io.BytesIO) -> AsyncIterator[World]:
    async with World().serving(Limits(message_bytes=1000)) as served:
        yield served


@pytest_asyncio.fixture
async def impatient(lines: io.BytesIO) -> AsyncIterator[World]:
    """What hangs here is soon ended."""
    async with World().serving(Limits(call_seconds=0.4, stream_seconds=0.4)) as served:
        yield served


async def refused(channel: grpc.aio.Channel, kind: str, payload: bytes = REQUEST) -> Any:
    with pytest.raises(grpc.RpcError) as refusal:
        await call(channel, kind, payload)
    return refusal.value


def info_of(error: Any) -> error_details_pb2.ErrorInfo:
    status = rpc_status.from_call(error)
    assert status is not None
    info = error_details_pb2.ErrorInfo()
    (found,) = [detail for detail in status.details if detail.Is(info.DESCRIPTOR)]
    found.Unpack(info)
    assert info.domain == "portability.v1"
    return info


def everything(error: Any) -> str:
    return repr((error.code(), error.details(), error.trailing_metadata(), str(error)))


def read(stream: io.BytesIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_call_of_each_kind_is_answered(world: World, kind: str) -> None:
    reply = await call(world.channel(), kind, REQUEST)
    assert pb.GetRecordResponse.FromString(reply).record.name == "records/1"


@pytest.mark.parametrize("kind", ["stream_unary", "stream_stream"])
async def test_a_refusal_reaches_a_caller_who_is_still_writing(world: World, kind: str) -> None:
    path = f"/{SERVICE}/{''.join(part.capitalize() for part in kind.split('_'))}"
    channel = world.channel("portability://FR/portal")

    async def requests() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield REQUEST
            await asyncio.sleep(0)

    async def told() -> grpc.StatusCode:
        made = getattr(channel, kind)(path)(requests())
        status: grpc.StatusCode = await made.code()
        return status

    codes = [await told() for _ in range(40)]
    assert set(codes) == {grpc.StatusCode.PERMISSION_DENIED}


@pytest.mark.parametrize("kind", KINDS)
async def test_the_words_of_an_unknown_exception_never_leave_the_node(
    world: World, kind: str, lines: io.BytesIO
) -> None:
    async def fail(_: Any) -> Any:
        raise ValueError(SECRET)

    world.behaviour.act = fail
    error = await refused(world.channel(), kind)
    assert error.code() is grpc.StatusCode.INTERNAL
    assert error.details() == "internal error"
    assert info_of(error).reason == "INTERNAL"
    assert "85073003328" not in everything(error)
    world.call_log.write()
    assert b"85073003328" not in lines.getvalue()
    failed = [line for line in read(lines) if line["event"] == "rpc_failed"]
    assert [line["error_type"] for line in failed] == ["ValueError"]
    assert any("fail" in frame for frame in failed[0]["frames"])


@pytest.mark.parametrize("kind", KINDS)
async def test_an_error_of_the_tree_is_told_with_its_details(world: World, kind: str) -> None:
    async def fail(_: Any) -> Any:
        raise PreconditionError("the case is closed; open another", subject="cases/1")

    world.behaviour.act = fail
    error = await refused(world.channel(), kind)
    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert error.details() == "the case is closed; open another"
    assert info_of(error).metadata == {"subject": "cases/1"}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_reply_of_the_wrong_type_is_an_internal_error(world: World, kind: str) -> None:
    async def fail(_: Any) -> Any:
        return {SECRET: 1}

    world.behaviour.act = fail
    error = await refused(world.channel(), kind)
    assert "85073003328" not in everything(error)
    assert "dict" not in everything(error)
    assert "internal error" in str(error.details())


@pytest.mark.parametrize("kind", KINDS)
async def test_bytes_that_do_not_decode_are_refused_by_us_and_not_by_grpc(
    world: World, kind: str
) -> None:
    error = await refused(world.channel(), kind, b"\xff\xff" + SECRET.encode())
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert info_of(error).metadata == {"field": "message"}
    assert "85073003328" not in everything(error)
    assert world.behaviour.calls == []


@pytest.mark.parametrize("kind", KINDS)
async def test_a_message_over_the_limit_is_refused_with_size_and_limit(
    world: World, kind: str
) -> None:
    error = await refused(world.channel(), kind, bytes(1500))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert info_of(error).metadata == {"field": "message", "size": "1500", "limit": "1000"}
    assert world.behaviour.calls == []


async def test_a_message_far_over_the_limit_is_cut_off_by_the_transport(world: World) -> None:
    error = await refused(world.channel(), "UnaryUnary", bytes(5000))
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert world.behaviour.calls == []


@pytest.mark.parametrize("kind", KINDS)
async def test_a_call_that_takes_too_long_is_ended_with_a_clear_error(
    impatient: World, kind: str
) -> None:
    ended = asyncio.Event()

    async def hang(_: Any) -> Any:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    impatient.behaviour.act = hang
    error = await refused(impatient.channel(), kind)
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert info_of(error).reason == "DEADLINE_EXCEEDED"
    assert ended.is_set()


async def test_a_timeout_inside_a_service_is_not_taken_for_the_callers(world: World) -> None:
    async def fail(_: Any) -> Any:
        raise TimeoutError(SECRET)

    world.behaviour.act = fail
    assert (await refused(world.channel(), "UnaryUnary")).code() is grpc.StatusCode.INTERNAL


@pytest.mark.parametrize("kind", KINDS)
async def test_a_role_that_may_not_call_is_refused_before_its_request_is_looked_at(
    world: World, kind: str
) -> None:
    error = await refused(world.channel("portability://FR/portal"), kind, b"\xff\xff")
    assert error.code() is grpc.StatusCode.PERMISSION_DENIED
    assert info_of(error).reason == "ROLE_NOT_ALLOWED"
    assert world.behaviour.calls == []


async def test_a_certificate_of_another_jurisdiction_is_refused(world: World) -> None:
    error = await refused(world.channel("portability://ES/agency/inss"), "UnaryUnary")
    assert error.code() is grpc.StatusCode.PERMISSION_DENIED
    stranger = await refused(world.channel("portability://DE/node"), "UnaryUnary")
    assert stranger.code() is grpc.StatusCode.PERMISSION_DENIED
    assert await call(world.channel("portability://ES/node"), "UnaryUnary", REQUEST)


async def test_a_caller_refuses_a_node_of_another_jurisdiction(world: World) -> None:
    channel = world.channel(server_name="es.node.portability.internal")
    error = await refused(channel, "UnaryUnary")
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert world.behaviour.calls == []


async def test_a_caller_without_a_certificate_gets_no_connection(world: World) -> None:
    credentials = grpc.ssl_channel_credentials(world.authority.certificate)
    options = [("grpc.ssl_target_name_override", "fr.node.portability.internal")]
    async with grpc.aio.secure_channel(
        f"127.0.0.1:{world.port}", credentials, options=options
    ) as channel:
        error = await refused(channel, "UnaryUnary")
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert world.behaviour.calls == []


async def test_a_caller_without_tls_gets_no_connection(world: World) -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{world.port}") as channel:
        error = await refused(channel, "UnaryUnary")
    assert error.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_certificate_of_another_authority_gets_no_connection(world: World) -> None:
    other = DevelopmentAuthority(now=world.authority._now, randomness=world.authority._randomness)
    issued = other.issue(parse_identity("portability://FR/agency/cnav"))
    error = await refused(world.channel(issued=issued), "UnaryUnary")
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert world.behaviour.calls == []


URI = x509.UniformResourceIdentifier


@pytest.mark.parametrize(
    "names",
    [
        (),
        (x509.DNSName("fr.node.portability.internal"),),
        (URI("portability://FR/king"),),
        (URI("https://example.com"),),
        (URI("portability://FR/agency/cnav"), URI("portability://FR/node")),
    ],
)
async def test_a_certificate_without_one_name_of_ours_is_nobody(
    world: World, names: tuple[x509.GeneralName, ...]
) -> None:
    channel = world.channel(issued=world.issue_names(*names))
    error = await refused(channel, "UnaryUnary")
    assert error.code() is grpc.StatusCode.UNAUTHENTICATED
    assert info_of(error).reason == "UNAUTHENTICATED"
    assert world.behaviour.calls == []


async def test_a_name_of_ours_that_is_no_uri_is_nobody(world: World) -> None:
    assert await call(world.channel(), "UnaryUnary", REQUEST)
    # the same text as in the certificate just used, but as a DNS name; and in the subject
    disguised = world.issue_names(x509.DNSName("portability://FR/agency/cnav"))
    error = await refused(world.channel(issued=disguised), "UnaryUnary")
    assert error.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_method_that_nobody_serves_is_unimplemented(world: World) -> None:
    with pytest.raises(grpc.RpcError) as refusal:
        await world.channel().unary_unary(f"/{SERVICE}/Nothing")(b"")
    assert refusal.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_the_health_service_is_guarded_and_watchable(impatient: World) -> None:
    world = impatient
    await world.healths.set("", health_pb2.HealthCheckResponse.SERVING)
    stub = health_pb2_grpc.HealthStub(world.channel())
    watch = stub.Watch(health_pb2.HealthCheckRequest())
    first = await watch.read()
    assert first.status == health_pb2.HealthCheckResponse.SERVING
    await asyncio.sleep(0.8)  # longer than any other stream may last
    await world.healths.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    assert (await watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
    watch.cancel()
    stranger = health_pb2_grpc.HealthStub(world.channel("portability://DE/node"))
    with pytest.raises(grpc.RpcError) as refusal:
        await stranger.Watch(health_pb2.HealthCheckRequest()).read()
    assert refusal.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_an_answer_that_the_health_service_gave_itself_stands(world: World) -> None:
    stub = health_pb2_grpc.HealthStub(world.channel())
    with pytest.raises(grpc.RpcError) as refusal:
        await stub.Check(health_pb2.HealthCheckRequest(service="nothing"))
    assert refusal.value.code() is grpc.StatusCode.NOT_FOUND


async def test_refusals_for_want_of_a_permission_are_alike_on_the_wire(world: World) -> None:
    async def fail(_: Any) -> Any:
        raise ConsentError

    world.behaviour.act = fail
    channel = world.channel()
    first, second = [await refused(channel, "UnaryUnary") for _ in range(2)]
    assert (first.code(), first.details()) == (second.code(), second.details())
    assert first.trailing_metadata() == second.trailing_metadata()
    assert first.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_each_call_is_one_line_in_the_log_without_its_content(
    world: World, lines: io.BytesIO
) -> None:
    async def find(request: Any) -> Any:
        if request.name == "records/2":
            raise NotFoundError("there is no such record")
        return pb.GetRecordResponse(record=pb.Record(name=request.name, person=SECRET))

    world.behaviour.act = find
    channel = world.channel()
    await call(channel, "UnaryUnary", REQUEST, metadata=(("x-request-id", MINE),))
    await refused(channel, "UnaryUnary", pb.GetRecordRequest(name="records/2").SerializeToString())
    world.call_log.write()
    first, second = [line for line in read(lines) if line["event"] == "rpc_finished"]
    assert first["method"] == f"/{SERVICE}/UnaryUnary"
    assert first["peer"] == "portability://FR/agency/cnav"
    assert (first["code"], first["reason"]) == ("OK", "")
    assert first["request_id"] == MINE
    assert first["duration_ms"] >= 0
    assert (second["code"], second["reason"]) == ("NOT_FOUND", "NOT_FOUND")
    assert second["request_id"] != MINE
    assert b"Rosa" not in lines.getvalue()
    assert b"records/" not in lines.getvalue()


async def test_a_caller_that_hangs_up_is_counted_as_cancelled(world: World) -> None:
    begun = asyncio.Event()

    async def hang(_: Any) -> Any:
        begun.set()
        await asyncio.sleep(60)

    world.behaviour.act = hang
    pending = world.channel().unary_unary(f"/{SERVICE}/UnaryUnary")(REQUEST)
    waiting = asyncio.ensure_future(_outcome(pending))
    await begun.wait()
    pending.cancel()
    await waiting
    async with asyncio.timeout(60):
        while b'code="CANCELLED"' not in counted(world):  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0.01)


async def _outcome(pending: Any) -> None:
    with pytest.raises(asyncio.CancelledError):
        await pending


def counted(world: World) -> bytes:
    world.call_log.write()
    return world.metrics.text()


async def test_calls_are_counted_by_method_code_and_role_alone(world: World) -> None:
    await call(world.channel(), "UnaryUnary", REQUEST)
    await refused(world.channel("portability://FR/portal"), "UnaryUnary")
    text = counted(world).decode()
    line = 'portability_rpc_finished_total{code="%s",method="/test.Kinds/UnaryUnary",role="%s"} 1.0'
    assert line % ("OK", "agency") in text
    assert line % ("PERMISSION_DENIED", "portal") in text
    assert "cnav" not in text


async def test_a_caller_over_its_rate_is_told_to_slow_down_and_others_are_not() -> None:
    limits = Limits(calls_per_second=1, burst=3)
    async with World().serving(limits) as world:
        channel = world.channel()

        async def call_often(times: int) -> None:
            for _ in range(times):
                await call(channel, "UnaryUnary", REQUEST)

        await call_often(3)
        with pytest.raises(grpc.RpcError) as refusal:
            await call_often(100)  # on a slow machine, one more was earned meanwhile
        error = refusal.value
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert info_of(error).metadata["unit"] == "calls per second"
        status = rpc_status.from_call(error)
        assert status is not None
        retry = error_details_pb2.RetryInfo()
        assert any(detail.Unpack(retry) for detail in status.details)
        assert retry.retry_delay.seconds == 1
        assert await call(world.channel("portability://FR/agency/cipav"), "UnaryUnary", REQUEST)


async def test_a_node_with_as_many_calls_as_it_takes_says_so_and_recovers() -> None:
    async with World().serving(Limits(concurrent_calls=2)) as world:
        free, begun = asyncio.Event(), asyncio.Semaphore(0)

        async def wait(request: Any) -> Any:
            begun.release()
            await free.wait()
            return pb.GetRecordResponse()

        world.behaviour.act = wait
        channel = world.channel()
        waiting = [asyncio.create_task(call(channel, "UnaryUnary", REQUEST)) for _ in range(2)]
        await begun.acquire()
        await begun.acquire()
        error = await refused(channel, "UnaryUnary")
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert info_of(error).metadata["unit"] == "concurrent calls"
        free.set()
        await asyncio.gather(*waiting)
        assert await call(channel, "UnaryUnary", REQUEST) == b""
