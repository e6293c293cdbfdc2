"""A real server over real mutual TLS with one method of each kind, behind the node's guard."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from grpc_health.v1 import health, health_pb2_grpc

from portability.federation.channel import CallPolicy, TlsIdentity, open_channel
from portability.federation.identity import Role, parse_identity
from portability.node.calls.call_log import CallLog
from portability.node.calls.guard import Guard
from portability.node.calls.limits import Limits
from portability.node.calls.metrics import CallMetrics
from portability.node.calls.roles import RULES, Rule
from portability.node.development.authority import (
    CERTIFICATE_LIFETIME,
    DevelopmentAuthority,
    Issued,
    _key_pem,
)
from portability.v1 import records_service_pb2 as pb
from tests.conftest import OpenGate

SERVICE: Final = "test.Kinds"
KINDS: Final = ("UnaryUnary", "UnaryStream", "StreamUnary", "StreamStream", "Writes")
SERVER_NAME: Final = "fr.node.portability.internal"

_OPEN: Final = Rule(own=frozenset({Role.AGENCY}), peers=frozenset({Role.NODE}))
TEST_RULES: Final = {**RULES, **{f"/{SERVICE}/{kind}": _OPEN for kind in KINDS}}


@dataclass
class Behaviour:
    """What the methods do: a test replaces it."""

    act: Callable[[Any], Awaitable[Any]]
    calls: list[Any] = field(default_factory=list)

    async def __call__(self, request: Any) -> Any:
        self.calls.append(request)
        return await self.act(request)


async def answer(request: Any) -> Any:
    return pb.GetRecordResponse(record=pb.Record(name=request.name))


def handlers(behaviour: Behaviour) -> grpc.GenericRpcHandler:
    read, write = pb.GetRecordRequest.FromString, pb.GetRecordResponse.SerializeToString

    async def unary_unary(request: Any, _: Any) -> Any:
        return await behaviour(request)

    async def unary_stream(request: Any, _: Any) -> AsyncIterator[Any]:
        yield await behaviour(request)

    async def stream_unary(requests: AsyncIterator[Any], _: Any) -> Any:
        reply = None
        async for request in requests:
            reply = await behaviour(request)
        return reply

    async def stream_stream(requests: AsyncIterator[Any], _: Any) -> AsyncIterator[Any]:
        async for request in requests:
            yield await behaviour(request)

    async def writes(request: Any, context: Any) -> None:
        await context.write(await behaviour(request))

    return grpc.method_handlers_generic_handler(
        SERVICE,
        {
            "UnaryUnary": grpc.unary_unary_rpc_method_handler(unary_unary, read, write),
            "UnaryStream": grpc.unary_stream_rpc_method_handler(unary_stream, read, write),
            "StreamUnary": grpc.stream_unary_rpc_method_handler(stream_unary, read, write),
            "StreamStream": grpc.stream_stream_rpc_method_handler(stream_stream, read, write),
            "Writes": grpc.unary_stream_rpc_method_handler(writes, read, write),
        },
    )


class World:
    """A certificate authority, a server of FR, and clients of whatever identity is asked for."""

    def __init__(self) -> None:
        self.authority = DevelopmentAuthority(now=datetime.now(UTC), randomness=os.urandom)
        self.behaviour = Behaviour(answer)
        self.gate = OpenGate()
        self.metrics = CallMetrics()
        self.call_log = CallLog(self.metrics, jurisdiction="FR", clock=time.time)
        self.healths = health.aio.HealthServicer()
        self.port = 0
        self._channels: list[grpc.aio.Channel] = []

    @asynccontextmanager
    async def serving(self, limits: Limits) -> AsyncIterator["World"]:
        guard = Guard(
            jurisdiction="FR",
            members=lambda: {"FR", "ES"},
            limits=limits,
            call_log=self.call_log,
            monotonic=time.monotonic,
            randomness=os.urandom,
            gate=self.gate,
            rules=TEST_RULES,
        )
        server = grpc.aio.server(
            interceptors=(guard,),
            options=[("grpc.max_receive_message_length", 2 * limits.message_bytes)],
        )
        server.add_generic_rpc_handlers((handlers(self.behaviour),))
        health_pb2_grpc.add_HealthServicer_to_server(self.healths, server)
        own = self.authority.issue(parse_identity("portability://FR/node"))
        credentials = grpc.ssl_server_credentials(
            [(own.key, own.certificate)], self.authority.certificate, require_client_auth=True
        )
        self.port = server.add_secure_port("127.0.0.1:0", credentials)
        await server.start()
        try:
            yield self
        finally:
            for channel in self._channels:
                await channel.close()
            await server.stop(0)
            self.call_log.write()

    def channel(
        self,
        uri: str = "portability://FR/agency/cnav",
        *,
        server_name: str = SERVER_NAME,
        issued: Issued | None = None,
    ) -> grpc.aio.Channel:
        issued = issued or self.authority.issue(parse_identity(uri))
        tls = TlsIdentity(
            ca=self.authority.certificate, certificate=issued.certificate, key=issued.key
        )
        channel = open_channel(f"127.0.0.1:{self.port}", server_name, tls, CallPolicy(attempts=1))
        self._channels.append(channel)
        return channel

    def issue_names(self, *names: x509.GeneralName) -> Issued:
        """A certificate of our authority with exactly these names."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "portability://FR/node")])
        builder = self.authority._builder(subject, key.public_key(), CERTIFICATE_LIFETIME)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        made = builder.sign(self.authority._key, hashes.SHA256())
        return Issued(certificate=made.public_bytes(Encoding.PEM), key=_key_pem(key))


async def call(channel: grpc.aio.Channel, kind: str, payload: bytes = b"", **options: Any) -> bytes:
    """Make one call of a kind with raw request bytes; the first reply's bytes."""
    path = f"/{SERVICE}/{kind}"
    if kind == "UnaryUnary":
        return await channel.unary_unary(path)(payload, **options)
    if kind in {"UnaryStream", "Writes"}:
        (reply,) = [reply async for reply in channel.unary_stream(path)(payload, **options)]
        return reply

    async def requests() -> AsyncIterator[bytes]:
        yield payload
        await asyncio.sleep(0)

    if kind == "StreamUnary":
        return await channel.stream_unary(path)(requests(), **options)
    (reply,) = [reply async for reply in channel.stream_stream(path)(requests(), **options)]
    return reply
