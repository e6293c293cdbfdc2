"""The same witness over HTTP, for anybody on this machine, and over gRPC, for peers alone."""

from pathlib import Path

import httpx
import pytest

from portability.errors import ForbiddenError
from portability.federation.channel import TlsIdentity
from portability.federation.peer import Peers
from portability.ledger.note import (
    add_signature_lines,
    parse_note,
    parse_signature_lines,
    verify_note,
)
from portability.ledger.witness import MAX_BODY_BYTES, origin_hash
from portability.node.config import load_config, load_tls
from portability.node.development.federation import FederationLayout
from portability.node.keys import Mode, load_signer
from tests.integration.node.whole import make_layout, node, use_database
from tests.integration.witness.nodes import request

pytestmark = pytest.mark.asyncio

ES = "es.node.portability.internal/log"


@pytest.fixture
def layout(tmp_path: Path, database_url: str) -> FederationLayout:
    made = make_layout(tmp_path / "federation")
    use_database(made, "FR", database_url)
    return made


async def test_anybody_on_this_machine_has_a_checkpoint_cosigned_over_http(
    layout: FederationLayout,
) -> None:
    signer = load_signer(layout.root / "ES/keys/log.pem", Mode.DEVELOPMENT)
    async with node(layout, "FR") as (parts, running):
        now = parts.foundation.world.clock()
        directory = parts.directory()
        async with httpx.AsyncClient(base_url=f"http://{running.observe}") as client:
            assert (await client.get(f"/{origin_hash(ES)}/checkpoint")).status_code == 404
            for first, second in ((0, 3), (3, 11)):
                body = request(ES, signer, first, second)
                answer = await client.post("/add-checkpoint", content=body)
                assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
                note = body.partition(b"\n\n")[2]
                whole = add_signature_lines(note, parse_signature_lines(answer.content))
                keys = [*directory.log_vkeys(ES, now), *directory.witness_vkeys("ES", now)["FR"]]
                assert len(verify_note(parse_note(whole), keys)) == 2
                served = await client.get(f"/{origin_hash(ES)}/checkpoint")
                assert served.content == whole
                assert served.headers["content-type"] == "text/plain; charset=utf-8"
            late = await client.post("/add-checkpoint", content=request(ES, signer, 3, 12))
            assert (late.status_code, late.content) == (409, b"11\n")
            assert late.headers["content-type"] == "text/x.tlog.size"
            long = await client.post("/add-checkpoint", content=b"x" * (MAX_BODY_BYTES + 1))
            assert long.status_code == 400
            assert (await client.get("/add-checkpoint")).status_code == 405


async def test_a_peers_node_asks_over_its_own_channel_with_the_same_bytes(
    layout: FederationLayout,
) -> None:
    signer = load_signer(layout.root / "ES/keys/log.pem", Mode.DEVELOPMENT)
    async with node(layout, "FR") as (parts, _):
        spain = Peers(parts.directory, load_tls(load_config(layout.nodes["ES"])))
        try:
            body = request(ES, signer, 0, 5)
            answer = await spain("FR").cosign_checkpoint(body)
            assert (answer.status, answer.content_type) == (200, "text/plain; charset=utf-8")
            whole = add_signature_lines(
                body.partition(b"\n\n")[2], parse_signature_lines(answer.body)
            )
            assert await spain("FR").witnessed_checkpoint(ES) == whole
            assert (await spain("FR").cosign_checkpoint(b"nonsense")).status == 400
        finally:
            await spain.close()


async def test_nobody_but_a_peers_node_asks_over_grpc(layout: FederationLayout) -> None:
    folder = layout.root / "profiles/es-auditor"
    auditor = TlsIdentity(
        ca=(layout.root / "ca/certificate.pem").read_bytes(),
        certificate=(folder / "certificate.pem").read_bytes(),
        key=(folder / "key.pem").read_bytes(),
    )
    async with node(layout, "FR") as (parts, _):
        callers = Peers(parts.directory, auditor)
        own = Peers(parts.directory, parts.tls)
        try:
            for caller in (callers, own):
                with pytest.raises(ForbiddenError):
                    await caller("FR").cosign_checkpoint(b"")
        finally:
            await callers.close()
            await own.close()
