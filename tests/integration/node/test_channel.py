"""How long a call between nodes may take: over real mutual TLS, whatever the clock does."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest

from portability.federation.channel import CallPolicy, TlsIdentity, open_channel, service_config
from portability.federation.identity import node_server_name, parse_identity
from portability.node.development.authority import DevelopmentAuthority

METHOD = "/test.Time/Left"

pytestmark = pytest.mark.asyncio

Answer = Callable[[bytes, Any], Awaitable[bytes]]


async def time_left(_: bytes, context: Any) -> bytes:
    return json.dumps(context.time_remaining()).encode()


async def nothing(_: bytes, __: Any) -> bytes:
    await asyncio.Event().wait()
    return b""


@asynccontextmanager
async def called(answer: Answer, policy: CallPolicy) -> AsyncIterator[Any]:
    """The one method of a node of FR that answers so, as a node of ES calls it."""
    authority = DevelopmentAuthority(now=datetime.now(UTC), randomness=os.urandom)
    fr, es = (
        authority.issue(parse_identity(f"portability://{code}/node")) for code in ("FR", "ES")
    )
    server = grpc.aio.server()
    handler = {"Left": grpc.unary_unary_rpc_method_handler(answer)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Time", handler),))
    credentials = grpc.ssl_server_credentials(
        [(fr.key, fr.certificate)], authority.certificate, require_client_auth=True
    )
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    tls = TlsIdentity(ca=authority.certificate, certificate=es.certificate, key=es.key)
    try:
        async with open_channel(
            f"127.0.0.1:{port}", node_server_name("FR"), tls, policy
        ) as channel:
            yield channel.unary_unary(METHOD)
    finally:
        await server.stop(0)


async def test_a_deadline_is_that_of_each_call_and_the_peer_is_told_it() -> None:
    # one in the service config tells the peer nothing, and ends at once if the clock is set back
    async with called(time_left, CallPolicy(deadline_seconds=300)) as call:
        left = json.loads(await call(b""))
        shorter = json.loads(await call(b"", timeout=100))
    assert 100 < left <= 301
    assert 0 < shorter <= 101


async def test_a_peer_that_hangs_is_not_waited_for() -> None:
    async with called(nothing, CallPolicy(deadline_seconds=0.05)) as call:
        with pytest.raises(grpc.RpcError) as ended:
            await call(b"")
    assert ended.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


@pytest.mark.parametrize("attempts", [1, 3])
async def test_grpc_itself_is_told_no_time_which_it_would_count_by_the_wall_clock(
    attempts: int,
) -> None:
    (method,) = json.loads(service_config(CallPolicy(attempts=attempts)))["methodConfig"]
    assert "timeout" not in method
    assert ("retryPolicy" in method) == (attempts > 1)
