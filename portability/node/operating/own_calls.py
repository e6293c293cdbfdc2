"""Calls of an operator's command to the running node, with the node's own certificate."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Final, TypeVar

import grpc

from portability.errors import PeerUnavailableError
from portability.federation.channel import CallPolicy, open_channel
from portability.federation.directory import read_versions
from portability.federation.peer import told_by_peer
from portability.ledger.directory import parse_directory
from portability.node.config import NodeConfig, load_tls
from portability.v1.operator_service_pb2_grpc import OperatorServiceStub

T = TypeVar("T")

CALLS: Final = CallPolicy(attempts=1, deadline_seconds=60.0)


@asynccontextmanager
async def own_node(config: NodeConfig) -> AsyncIterator[OperatorServiceStub]:
    """The operator's side of the node that runs with this configuration; as ``own_channel``."""
    async with own_channel(config) as channel:
        yield OperatorServiceStub(channel)


@asynccontextmanager
async def own_channel(config: NodeConfig) -> AsyncIterator[grpc.aio.Channel]:
    """
    A channel to the node that runs with this configuration.

    The name that TLS checks is read out of the directory unverified: it only decides which
    certificate of our own authorities is expected. Raises ConfigurationError.
    """
    directory = parse_directory(read_versions(config.directory.file)[-1].payload)
    server_name = directory.member(config.jurisdiction).server_name
    channel = open_channel(_endpoint(config), server_name, load_tls(config), CALLS)
    try:
        yield channel
    finally:
        await channel.close()


async def answer_of(call: Awaitable[T], config: NodeConfig) -> T:
    """The answer, or the node's error. Raises PeerUnavailableError where no node answers."""
    try:
        return await call
    except grpc.RpcError as error:
        told = told_by_peer(error)
        if told is not None:
            raise told from None
        raise PeerUnavailableError(
            f"the node of {config.jurisdiction} does not answer at {_endpoint(config)}; start it "
            "with this configuration",
            jurisdiction=config.jurisdiction,
        ) from None


def _endpoint(config: NodeConfig) -> str:
    """Where this machine reaches what the node listens on."""
    host = config.listen.host
    try:
        if ip_address(host).is_unspecified:
            host = "[::1]" if ":" in host else "127.0.0.1"
    except ValueError:
        pass  # a name
    return f"{host}:{config.listen.port}"
