"""
One node as it runs: the gRPC server behind its guard, the read side, health that follows readiness.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import grpc
import structlog
from grpc_health.v1 import health, health_pb2

from portability.errors import ConfigurationError, PreconditionError
from portability.node.calls.call_log import CallLog
from portability.node.calls.guard import Guard
from portability.node.calls.limits import Limits
from portability.node.calls.metrics import CallMetrics
from portability.node.config import Address
from portability.node.directory_history import renew_directory
from portability.node.erasure.upkeep import ErasureMetrics, ErasureUpkeep
from portability.node.log.publication import PublicationMetrics
from portability.node.observe import ObserveServer, observe_app
from portability.node.parts import Parts
from portability.node.readiness import (
    Readiness,
    check_database,
    check_keys,
    check_log_head,
    check_not_halted,
)
from portability.node.services import NAMES, add_services
from portability.node.tls import server_credentials

LOOK_SECONDS: Final = 2.0
"""How often readiness is looked at and told to the health service."""

RELOAD_LOOKS: Final = 15
"""The directory file is read again at every so many looks."""

DRAIN_SECONDS: Final = 5.0
"""How long calls that are under way may go on when the node stops."""

HARD_LIMIT_FACTOR: Final = 2
"""Messages up to so many times the limit are read and refused with details; gRPC cuts off more."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A node that serves. ``listen`` and ``observe`` are where it really listens."""

    listen: Address
    observe: Address
    readiness: Readiness


@asynccontextmanager
async def serving(parts: Parts) -> AsyncIterator[Running]:
    """
    Serve until the context is left, then let calls under way finish.

    Raises ConfigurationError for an address that is taken.
    """
    config, world = parts.config, parts.world
    metrics = CallMetrics()
    metrics.registry.register(PublicationMetrics(parts.publisher))
    erasures = ErasureUpkeep(
        eraser=parts.eraser, database=parts.database, clock=world.clock, sleep=asyncio.sleep
    )
    metrics.registry.register(ErasureMetrics(erasures))
    call_log = CallLog(
        metrics, jurisdiction=config.jurisdiction, clock=lambda: world.clock().timestamp()
    )
    guard = Guard(
        jurisdiction=config.jurisdiction,
        members=lambda: {member.jurisdiction for member in parts.directory().members},
        limits=config.limits,
        call_log=call_log,
        monotonic=world.monotonic,
        randomness=world.randomness,
        gate=parts.maintenance,
    )
    server = grpc.aio.server(interceptors=(guard,), options=_options(config.limits))
    healths = health.aio.HealthServicer()
    cases = add_services(server, parts, healths, under_way=lambda: guard.under_way)
    parts.maintenance.resumed = cases.wake
    metrics.registry.register(cases.steps)
    readiness = _readiness(parts)
    looking: asyncio.Task[None] | None = None
    observe = _observe(parts, readiness, metrics)
    try:
        port = _bind(server, parts)
        await server.start()
        observe.start()
        await _look(readiness, healths)
        await cases.take_back(parts.directory(), config.jurisdiction)
        cases.start()
        parts.publisher.start()
        erasures.start()
        looking = asyncio.create_task(_keep_looking(parts, readiness, healths), name="readiness")
        yield Running(
            listen=Address(host=config.listen.host, port=port),
            observe=Address(host=config.observe.host, port=observe.port),
            readiness=readiness,
        )
    finally:
        parts.maintenance.stop()
        await healths.enter_graceful_shutdown()
        await server.stop(DRAIN_SECONDS)
        await erasures.close()
        await cases.close()
        await parts.publisher.close()
        await observe.close()
        if looking is not None:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
        call_log.write()


def _observe(parts: Parts, readiness: Readiness, metrics: CallMetrics) -> ObserveServer:
    address = parts.config.observe
    app = observe_app(
        readiness=readiness,
        metrics=metrics,
        read_side=parts.log_files,
        witness=parts.witness,
    )
    try:
        return ObserveServer(app, host=address.host, port=address.port)
    except OSError:
        raise _taken(parts, "observe", address) from None


def _options(limits: Limits) -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", HARD_LIMIT_FACTOR * limits.message_bytes),
        ("grpc.so_reuseport", 0),  # a second node on the same port is an error, not a partner
        ("grpc.http2.min_ping_interval_without_data_ms", 30_000),
    ]


def _bind(server: grpc.aio.Server, parts: Parts) -> int:
    address = parts.config.listen
    try:
        return server.add_secure_port(str(address), server_credentials(parts.config))
    except RuntimeError:
        raise _taken(parts, "listen", address) from None


def _taken(parts: Parts, key: str, address: Address) -> ConfigurationError:
    return ConfigurationError(
        f"{parts.config.file}: {key}: {address} is taken or is no address of this machine; "
        "stop what listens there, or choose another port",
        file=str(parts.config.file),
        field=key,
    )


def _readiness(parts: Parts) -> Readiness:
    jurisdiction = parts.config.jurisdiction
    directory, clock = parts.directory, parts.world.clock
    return Readiness(
        {
            "keys": check_keys(
                parts.keys, jurisdiction=jurisdiction, directory=directory, clock=clock
            ),
            "database": check_database(parts.database, parts.config.database_file),
            "log_head": check_log_head(
                parts.log_files, jurisdiction=jurisdiction, directory=directory, clock=clock
            ),
            "write_path": check_not_halted(lambda: parts.sequencer.halted),
            "work": parts.maintenance.check,
        },
        details=parts.publisher.details,
    )


async def _look(readiness: Readiness, healths: health.aio.HealthServicer) -> None:
    is_ready = await readiness.look()
    status = health_pb2.HealthCheckResponse
    for name in ("", *NAMES):
        await healths.set(name, status.SERVING if is_ready else status.NOT_SERVING)


async def _keep_looking(
    parts: Parts,
    readiness: Readiness,
    healths: health.aio.HealthServicer,
) -> None:
    looks = 0
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        await parts.maintenance.keep_looking()
        await _look(readiness, healths)
        looks += 1
        if looks % RELOAD_LOOKS == 0:
            await reload_directory(parts)


async def reload_directory(parts: Parts) -> None:
    """
    Take over a newer directory; one that does not count is told and left.

    A log that it says has ended signs nothing more: the node stops, to be started with its new key.
    """
    before = parts.sequencer.origin
    if not await renew_directory(parts.directory, parts.database, parts.world.clock):
        return
    with suppress(PreconditionError):  # no member any more: readiness tells it
        if parts.directory().member(parts.config.jurisdiction).log_origin != before:
            parts.sequencer.halt(
                f"the directory says that the log {before} has ended: start the node with the key "
                "of the log that follows it"
            )
