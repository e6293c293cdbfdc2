"""Whole nodes: their configuration, certificates, health and read side, also as processes."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from portability.errors import (
    ConfigurationError,
    ForbiddenError,
    HaltedError,
    InvalidInputError,
    PeerUnavailableError,
)
from portability.federation.peer import PeerClient, Peers
from portability.ledger.checkpoint import open_checkpoint
from portability.ledger.envelope import payload_type, sign_envelope, statement_id
from portability.ledger.merkle import leaf_hash
from portability.ledger.tiles import decode_bundle
from portability.node.config import load_config, load_tls
from portability.node.development.federation import FederationLayout
from portability.node.log.write import NewStatement, Write
from portability.node.parts import Parts
from portability.node.server import Running
from portability.node.services import NAMES
from portability.v1 import audit_service_pb2, audit_service_pb2_grpc, persons_service_pb2_grpc
from portability.v1 import persons_service_pb2 as persons
from tests.integration.node.whole import QUICK, connected, node

pytestmark = pytest.mark.asyncio

SERVE = "import sys; from pathlib import Path; from portability.node.main import run; "


async def readyz(running: Running) -> tuple[int, dict[str, str]]:
    async with httpx.AsyncClient() as client:
        response = await client.get(f"http://{running.observe}/readyz")
    return response.status_code, response.json()["checks"]


async def health_of(channel: grpc.aio.Channel, service: str = "") -> int:
    stub = health_pb2_grpc.HealthStub(channel)
    reply = await stub.Check(health_pb2.HealthCheckRequest(service=service))
    return int(reply.status)


async def until(condition: Callable[[], Any]) -> None:
    for _ in range(1200):
        if await condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not happen within a minute")


async def test_a_new_node_is_ready_and_publishes_its_signed_empty_log(
    layout: FederationLayout,
) -> None:
    async with node(layout, "FR") as (parts, running):
        assert await readyz(running) == (
            200,
            {"keys": "ok", "database": "ok", "log_head": "ok", "write_path": "ok", "work": "ok"},
        )
        async with httpx.AsyncClient(base_url=f"http://{running.observe}") as client:
            checkpoint = await client.get("/checkpoint")
            assert checkpoint.headers["content-type"] == "text/plain; charset=utf-8"
            assert checkpoint.headers["cache-control"] == "public, max-age=2"
            key = parts.directory().log_vkey("FR", datetime.now(UTC))
            signed = open_checkpoint(checkpoint.content, key, key.name)
            assert signed.size == 0
            assert (await client.get("/livez")).status_code == 200
            for path in ("/tile/0/000.p/1", "/tile/0/0", "/tile/../node.db", "/tile/0/000.p/256"):
                missing = await client.get(path)
                assert missing.status_code == 404
                assert missing.headers.get("cache-control", "no-store") == "no-store"
            metrics = await client.get("/metrics")
            assert b"portability_rpc_finished" in metrics.content


async def test_tiles_are_served_for_ever_and_lead_to_the_checkpoint(
    layout: FederationLayout,
) -> None:
    async with node(layout, "FR") as (parts, running):
        for _ in range(3):
            await log_something(parts)
        async with httpx.AsyncClient(base_url=f"http://{running.observe}") as client:
            assert (await client.get("/checkpoint")).content.split(b"\n")[1] == b"3"
            tile = await client.get("/tile/0/000.p/3")
            assert tile.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert tile.headers["content-type"] == "application/octet-stream"
            assert len(tile.content) == 96
            bundle = await client.get("/tile/entries/000.p/3")
            entries = decode_bundle(bundle.content, 3)
            assert b"".join(map(leaf_hash, entries)) == tile.content
            assert (await client.get("/tile/0/000.p/2")).content == tile.content[:64]
            assert (await client.get("/tile/0/000.p/4")).status_code == 404


async def enrol(stub: Any) -> str:
    reply = await stub.CreatePerson(
        persons.CreatePersonRequest(
            request_id="3f2c7e0a-9d5b-4c1e-8f6a-0b1c2d3e4f50",
            identifier=persons.NationalIdentifier(jurisdiction="FR", value="255088412345678"),
            identity_level="substantial",
        )
    )
    return str(reply.person)


async def test_every_service_is_served_healthy_and_described(layout: FederationLayout) -> None:
    async with node(layout, "FR"), connected(layout, "fr-operator", "FR") as channel:
        for name in ("", *NAMES):
            assert await health_of(channel, name) == health_pb2.HealthCheckResponse.SERVING
        listed = await health_pb2_grpc.HealthStub(channel).List(health_pb2.HealthListRequest())
        told = {name: one.status for name, one in listed.statuses.items()}
        assert told == dict.fromkeys(("", *NAMES), health_pb2.HealthCheckResponse.SERVING)
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        asked = reflection_pb2.ServerReflectionRequest(list_services="")

        async def requests() -> AsyncIterator[Any]:
            yield asked

        (reply,) = [one async for one in stub.ServerReflectionInfo(requests())]
        described = {service.name for service in reply.list_services_response.service}
        assert described == set(NAMES)


async def test_a_node_whose_database_file_is_gone_is_not_ready(layout: FederationLayout) -> None:
    async with node(layout, "FR") as (parts, running):
        assert parts.config.database_file is not None
        parts.config.database_file.unlink()
        status, checks = await readyz(running)
        assert status == 503
        assert "is gone" in checks["database"]
        async with connected(layout, "fr-operator", "FR") as channel:

            async def not_serving() -> bool:
                return await health_of(channel) == health_pb2.HealthCheckResponse.NOT_SERVING

            await until(not_serving)


async def test_a_node_whose_tiles_do_not_give_the_signed_head_is_not_ready_and_does_not_start(
    layout: FederationLayout,
) -> None:
    async with node(layout, "FR") as (parts, running):
        await log_something(parts)
        assert (await readyz(running))[0] == 200
        assert parts.config.database_file is not None
        with sqlite3.connect(parts.config.database_file) as database:
            tiles = [
                name
                for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
                if "tile" in name
            ]
            assert tiles
            for table in tiles:
                columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
                assert "hashes" in columns
                database.execute(f"UPDATE {table} SET hashes = zeroblob(length(hashes))")  # noqa: S608
        database.close()
        status, checks = await readyz(running)
        assert status == 503
        assert "do not give the root" in checks["log_head"]
    with pytest.raises(HaltedError):
        async with node(layout, "FR"):
            pass


async def log_something(parts: Parts) -> None:
    """One statement of the node's own in its log."""
    kind = payload_type("acknowledgement", "protobuf")
    envelope = sign_envelope(kind, os.urandom(40), parts.keys.node)

    async def work(write: Write) -> None:
        await write.log(
            NewStatement(
                envelope=envelope,
                statement_id=statement_id(kind, envelope.payload),
                kind="acknowledgement",
                key_id=parts.keys.node.key_id,
                person=None,
            )
        )

    await parts.foundation.sequencer.run(work)


async def test_an_agency_of_another_jurisdiction_is_refused_but_may_read_the_log(
    layout: FederationLayout,
) -> None:
    async with node(layout, "FR"), connected(layout, "es-agency-inss", "FR") as channel:
        with pytest.raises(grpc.RpcError) as refusal:
            await enrol(persons_service_pb2_grpc.PersonsServiceStub(channel))
        assert refusal.value.code() is grpc.StatusCode.PERMISSION_DENIED
        audit = audit_service_pb2_grpc.AuditServiceStub(channel)
        reply = await audit.GetCheckpoint(audit_service_pb2.GetCheckpointRequest())
        assert reply.checkpoint.startswith(b"fr.node.portability.internal/log\n")


async def test_a_peer_is_asked_and_what_it_refuses_is_raised_here(
    layout: FederationLayout,
) -> None:
    async with node(layout, "FR") as (parts, _):
        spain = load_tls(load_config(layout.nodes["ES"]))
        peers = Peers(parts.directory, spain, QUICK)
        assert peers("FR") is peers("FR")
        assert (await peers("FR").standing()).accepted_position == 0
        with pytest.raises(InvalidInputError):
            await peers("FR").fetch_consent_status(b"short")
        own = PeerClient(parts.directory().member("FR"), parts.tls, QUICK)
        with pytest.raises(ForbiddenError):
            await own.standing()
        await own.close()
        await peers.close()


async def test_a_peer_that_is_down_or_somebody_else_is_unavailable(
    layout: FederationLayout,
) -> None:
    async with node(layout, "FR") as (parts, _):
        spain = load_tls(load_config(layout.nodes["ES"]))
        directory = parts.directory()
        down = PeerClient(directory.member("ES"), spain, QUICK)
        with pytest.raises(PeerUnavailableError) as refusal:
            await down.standing()
        assert refusal.value.context == {"jurisdiction": "ES"}
        await down.close()
        # the node of FR listens where the directory says that ES does
        moved = replace(directory.member("ES"), endpoint=directory.member("FR").endpoint)
        impostor = PeerClient(moved, spain, QUICK)
        with pytest.raises(PeerUnavailableError):
            await impostor.standing()
        await impostor.close()


@pytest.mark.parametrize("key", ["listen", "observe"])
async def test_a_port_that_is_taken_is_named(layout: FederationLayout, key: str) -> None:
    async with node(layout, "FR"):
        path = layout.nodes["ES"]
        free = str(getattr(load_config(path), key))
        taken = str(getattr(load_config(layout.nodes["FR"]), key))
        path.write_text(path.read_text(encoding="utf-8").replace(free, taken), encoding="utf-8")
        with pytest.raises(ConfigurationError) as refusal:
            async with node(layout, "ES"):
                pass
        assert taken in refusal.value.message
        assert refusal.value.context["field"] == key


@pytest.mark.parametrize("swapped", ["node", "log"])
async def test_a_key_that_the_directory_does_not_trust_starts_no_node(
    layout: FederationLayout, swapped: str
) -> None:
    foreign = (layout.root / "ES/keys" / f"{swapped}.pem").read_bytes()
    (layout.root / "FR/keys" / f"{swapped}.pem").write_bytes(foreign)
    with pytest.raises(ConfigurationError) as refusal:
        async with node(layout, "FR"):
            pass
    assert f"{swapped} key" in refusal.value.message


async def test_the_certificate_of_another_node_starts_no_node(layout: FederationLayout) -> None:
    for name in ("certificate.pem", "key.pem"):
        foreign = (layout.root / "ES/tls" / name).read_bytes()
        (layout.root / "FR/tls" / name).write_bytes(foreign)
    with pytest.raises(ConfigurationError) as refusal:
        async with node(layout, "FR"):
            pass
    assert refusal.value.context["field"] == "tls.certificate"


def start(layout: FederationLayout, tail: str = "") -> subprocess.Popen[bytes]:
    code = f"{SERVE}sys.exit(run(Path(sys.argv[1]){tail}))"
    return subprocess.Popen(
        [sys.executable, "-c", code, str(layout.nodes["FR"])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ready_line(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert process.stdout is not None
    return dict(json.loads(process.stdout.readline()))


async def test_a_node_process_says_when_it_is_ready_and_ends_well_when_told_to(
    layout: FederationLayout,
) -> None:
    process = start(layout)
    ready = await asyncio.to_thread(ready_line, process)
    assert ready["event"] == "node_ready"
    assert ready["ready"] is True
    assert ready["listen"] == str(load_config(layout.nodes["FR"]).listen)
    assert ready["pid"] == process.pid
    async with connected(layout, "fr-operator", "FR") as channel:
        assert await health_of(channel) == health_pb2.HealthCheckResponse.SERVING
    process.send_signal(signal.SIGTERM)
    _, errors = await asyncio.to_thread(process.communicate, timeout=60)
    assert process.returncode == 0
    events = [json.loads(line)["event"] for line in errors.splitlines()]
    assert "rpc_finished" in events
    assert "node_stopping" in events


async def test_a_node_process_ends_with_its_parent_where_that_is_asked_for(
    layout: FederationLayout,
) -> None:
    process = start(layout, ", stop_with_parent=True")
    await asyncio.to_thread(ready_line, process)
    await asyncio.to_thread(process.communicate, timeout=60)  # closes its standard input
    assert process.returncode == 0
