"""
One node as it runs: the gRPC server behind its guard, the read side, health that follows readiness.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import grpc
import structlog

from portability.errors import ConfigurationError
from portability.node.calls.call_log import CallLog
from portability.node.calls.guard import Guard
from portability.node.calls.limits import Limits
from portability.node.calls.metrics import CallMetrics
from portability.node.cases.omissions import OmissionMetrics
from portability.node.cases.parts import CaseParts
from portability.node.config import Address
from portability.node.erasure.upkeep import ErasureMetrics, ErasureUpkeep
from portability.node.healths import Healths
from portability.node.log.publication import PublicationMetrics
from portability.node.lookout import Lookout
from portability.node.observe import ObserveServer, observe_app
from portability.node.operating.standing import BacklogMetrics, StandingMetrics
from portability.node.parts import Parts
from portability.node.peers.refused import SetAsideMetrics
from portability.node.readiness import (
    Readiness,
    check_database,
    check_keys,
    check_log_head,
    check_not_halted,
)
from portability.node.services import add_services
from portability.node.tls import certificate_ends, server_credentials

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assembly:
    """All that runs while a node serves, made and not started yet."""

    server: grpc.aio.Server
    healths: Healths
    cases: CaseParts
    erasures: ErasureUpkeep
    readiness: Readiness
    lookout: Lookout
    observe: ObserveServer
    call_log: CallLog


@asynccontextmanager
async def serving(parts: Parts) -> AsyncIterator[Running]:
    """
    Serve until the context is left, then let calls under way finish.

    Raises ConfigurationError for an address that is taken.
    """
    made = _assemble(parts)
    try:
        port = _bind(made.server, parts)
        await _start(made, parts)
        yield Running(
            listen=Address(host=parts.config.listen.host, port=port),
            observe=Address(host=parts.config.observe.host, port=made.observe.port),
            readiness=made.readiness,
        )
    finally:
        await _stop(made, parts)


def _assemble(parts: Parts) -> _Assembly:
    world = parts.foundation.world
    metrics = CallMetrics()
    call_log = CallLog(
        metrics,
        jurisdiction=parts.config.jurisdiction,
        clock=lambda: world.clock().timestamp(),
    )
    guard = _guard(parts, call_log)
    server = grpc.aio.server(interceptors=(guard,), options=_options(parts.config.limits))
    healths = Healths()
    cases = add_services(server, parts, healths, under_way=lambda: guard.under_way)
    erasures = ErasureUpkeep(
        eraser=parts.eraser,
        database=parts.foundation.database,
        clock=world.clock,
        sleep=world.sleep,
    )
    parts.maintenance.resumed = cases.wake
    readiness = _readiness(parts)
    standing = _standing(parts, readiness, lambda: guard.under_way)
    published = PublicationMetrics(parts.log.publisher)
    for told in (published, ErasureMetrics(erasures), cases.steps, standing):
        metrics.registry.register(told)
    return _Assembly(
        server=server,
        healths=healths,
        cases=cases,
        erasures=erasures,
        readiness=readiness,
        lookout=Lookout(parts, readiness, healths, wake=cases.wake),
        observe=_observe(parts, readiness, metrics),
        call_log=call_log,
    )


async def _start(made: _Assembly, parts: Parts) -> None:
    """Answer first, so that peers which start too can be asked; then go on with what is due."""
    await made.server.start()
    made.observe.start()
    await made.lookout.look()
    await made.cases.take_back(parts.directory(), parts.config.jurisdiction)
    made.cases.start()
    parts.log.publisher.start()
    made.erasures.start()
    made.lookout.start()


async def _stop(made: _Assembly, parts: Parts) -> None:
    """Take nothing new, let calls under way finish, then stop what goes on by itself."""
    parts.maintenance.stop()
    await made.healths.enter_graceful_shutdown()
    await made.server.stop(DRAIN_SECONDS)
    await made.erasures.close()
    await made.cases.close()
    await parts.log.publisher.close()
    await made.observe.close()
    await made.lookout.close()
    made.call_log.write()


def _guard(parts: Parts, call_log: CallLog) -> Guard:
    world = parts.foundation.world
    return Guard(
        jurisdiction=parts.config.jurisdiction,
        members=lambda: {member.jurisdiction for member in parts.directory().members},
        limits=parts.config.limits,
        call_log=call_log,
        monotonic=world.monotonic,
        randomness=world.randomness,
        gate=parts.maintenance,
    )


def _standing(parts: Parts, readiness: Readiness, under_way: Callable[[], int]) -> StandingMetrics:
    return StandingMetrics(
        jurisdiction=parts.config.jurisdiction,
        readiness=readiness,
        directory=parts.directory,
        ends=certificate_ends(parts.tls.certificate),
        is_halted=lambda: parts.foundation.sequencer.halted is not None,
        under_way=under_way,
        clock=parts.foundation.world.clock,
    )


def _observe(parts: Parts, readiness: Readiness, metrics: CallMetrics) -> ObserveServer:
    address = parts.config.observe
    database, own = parts.foundation.database, parts.config.jurisdiction

    def peers() -> list[str]:
        members = (one.jurisdiction for one in parts.directory().members)
        return sorted(code for code in members if code != own)

    backlog = BacklogMetrics(database, peers=peers, clock=parts.foundation.world.clock)
    counted = OmissionMetrics(database), SetAsideMetrics(database), backlog
    for one in counted:
        metrics.registry.register(one)

    async def count() -> None:
        for one in counted:
            await one.look()

    app = observe_app(
        readiness=readiness,
        metrics=metrics,
        read_side=parts.log.files,
        witness=parts.log.witness,
        count=count,
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
    directory, clock = parts.directory, parts.foundation.world.clock
    return Readiness(
        {
            "keys": check_keys(
                parts.keys, jurisdiction=jurisdiction, directory=directory, clock=clock
            ),
            "database": check_database(parts.foundation.database, parts.config.database_file),
            "log_head": check_log_head(
                parts.log.files, jurisdiction=jurisdiction, directory=directory, clock=clock
            ),
            "write_path": check_not_halted(lambda: parts.foundation.sequencer.halted),
            "work": parts.maintenance.check,
        },
        details=parts.log.publisher.details,
    )
