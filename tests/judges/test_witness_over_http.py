"""aics-witness over HTTP: it cosigns a running node's log, and its client has our node cosign."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from portability.ledger.checkpoint import sign_checkpoint, unverified_checkpoint
from portability.ledger.note import (
    VerifierKey,
    add_signature_lines,
    parse_note,
    parse_signature_lines,
    parse_vkey,
    verify_note,
)
from portability.ledger.witness import format_add_checkpoint, origin_hash
from portability.node.development.federation import FederationLayout, pick_ports
from portability.node.keys import Mode, load_signer
from portability.node.parts import Parts
from portability.node.server import Running
from tests.integration.node.whole import make_layout, node
from tests.integration.witness.nodes import LEAVES, append, head, steps

feeder = pytest.importorskip(
    "aics_witness.feeder", reason="needs aics-witness, which needs Python 3.12"
)

pytestmark = pytest.mark.asyncio

ES = "es.node.portability.internal/log"


@pytest.fixture
def layout(tmp_path: Path) -> FederationLayout:
    return make_layout(tmp_path / "federation")


@asynccontextmanager
async def france(layout: FederationLayout) -> AsyncIterator[tuple[Parts, Running]]:
    async with node(layout, "FR") as running:
        yield running


def keys_of(parts: Parts) -> tuple[VerifierKey, VerifierKey]:
    """France's log key and its witness key."""
    now = parts.foundation.world.clock()
    (witness,) = parts.directory().witness_vkeys("ES", now)["FR"]
    return parts.directory().log_vkey("FR", now), witness


def command(config: Path, *arguments: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "aics_witness",
        arguments[0],
        "--config",
        str(config),
        *arguments[1:],
    ]


@contextmanager
def their_witness(folder: Path, origin: str, vkey: str) -> Iterator[tuple[str, VerifierKey]]:
    """Their server as a process of its own: where it listens, and its key."""
    (port,) = pick_ports(1)
    config = folder / "witness.json"
    where = ["--name", "their.example/w1", "--listen", f"127.0.0.1:{port}"]
    made = subprocess.run(
        command(config, "init", *where), check=True, capture_output=True, text=True
    )
    trust = command(config, "add-log", "--origin", origin, "--vkey", vkey)
    subprocess.run(trust, check=True, capture_output=True)
    with (folder / "witness.log").open("wb") as output:
        process = subprocess.Popen(command(config, "serve"), stdout=output, stderr=output)
        try:
            yield f"http://127.0.0.1:{port}", parse_vkey(made.stdout.strip())
        finally:
            process.terminate()
            process.wait(60)


async def ask(url: str, body: bytes) -> httpx.Response:
    """Their answer; they may still be starting."""
    async with httpx.AsyncClient() as client:
        for _ in range(600):
            try:
                return await client.post(f"{url}/add-checkpoint", content=body)
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise AssertionError("their witness did not start within a minute")


async def test_their_witness_cosigns_the_growing_log_of_a_running_node(
    layout: FederationLayout, tmp_path: Path
) -> None:
    async with france(layout) as (parts, running), httpx.AsyncClient() as reader:
        log, _ = keys_of(parts)
        with their_witness(tmp_path, log.name, str(log)) as (url, theirs):
            size = 0
            for more in (1, 4, 300, 0):
                await append(parts, more)
                note = (await reader.get(f"http://{running.observe}/checkpoint")).content
                new = unverified_checkpoint(note).size
                proof = await parts.foundation.prover.consistency(size, new) if size else ()
                answer = await ask(url, format_add_checkpoint(size, proof, note))
                assert answer.status_code == 200, answer.text
                whole = add_signature_lines(note, parse_signature_lines(answer.content))
                found = verify_note(parse_note(whole), [log, theirs])
                assert [one.key for one in found] == [log, theirs]
                assert new == size + more
                size = new
            served = await reader.get(f"{url}/{origin_hash(log.name)}/checkpoint")
            assert verify_note(parse_note(served.content), [theirs])
            stale = await ask(url, format_add_checkpoint(0, (), note))
            assert (stale.status_code, stale.content) == (409, b"305\n")


@pytest.fixture
def clients() -> Iterator[list[Any]]:
    """Their clients keep a connection open; each in this list is closed in the end."""
    opened: list[Any] = []
    yield opened
    for client in opened:
        client.close()


async def test_their_client_has_our_node_cosign(
    layout: FederationLayout, tmp_path: Path, clients: list[Any]
) -> None:
    signer = load_signer(layout.root / "ES/keys/log.pem", Mode.DEVELOPMENT)
    async with france(layout) as (parts, running):
        _, witness = keys_of(parts)
        url, state = f"http://{running.observe}", tmp_path / "state.json"
        client = feeder.WitnessClient(url, str(witness), state_path=state)
        forgotten = feeder.WitnessClient(url, str(witness))
        clients.extend((client, forgotten))
        for size in (1, 7, 20, 20):
            note = sign_checkpoint(head(ES, size), signer)
            lines = await asyncio.to_thread(
                client.submit, note, lambda old, new: list(steps(old, new))
            )
            whole = feeder.merge_cosignatures(note, lines)
            assert witness in [one.key for one in verify_note(parse_note(whole), [witness])]
        smaller = sign_checkpoint(head(ES, 5), signer)
        with pytest.raises(feeder.WitnessAhead):
            await asyncio.to_thread(
                forgotten.submit, smaller, lambda old, new: list(steps(old, new))
            )
        other = sign_checkpoint(head(ES, 20, LEAVES[::-1]), signer)
        with pytest.raises(feeder.WitnessRejected) as refused:
            await asyncio.to_thread(client.submit, other, lambda _old, _new: [])
        assert refused.value.status == 422
