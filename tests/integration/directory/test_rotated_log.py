"""The log's key is rotated: the old log ends, and its tree goes on under another name and key."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from sqlalchemy import select

from agents.agency.main import status as agency
from agents.auditor.main import status as auditor
from portability.cli.main import status
from portability.cli.upkeep import run_fsck
from portability.errors import HaltedError
from portability.ledger.checkpoint import unverified_checkpoint
from portability.ledger.directory import Directory, KeyPurpose
from portability.ledger.enrolment import Claim
from portability.ledger.keys import Ed25519Signer
from portability.ledger.rotation import rotate_log
from portability.node.development.federation import FederationLayout
from portability.node.keys import signer_pem
from portability.node.lookout import reload_directory
from portability.node.parts import Parts
from portability.store import log, log_tree
from portability.store.schema import persons
from portability.store.witness import latest_published
from portability.wire.log_entry import log_entry_from_bytes
from tests.integration.directory.versions import change
from tests.integration.node.whole import make_layout, node, use_database
from tests.integration.witness.test_watch import log_by_node

pytestmark = pytest.mark.asyncio

OLD, NEW = (f"fr.node.portability.internal/{name}" for name in ("log", "log/2"))
SEED = b"\x61" * 32


@pytest.fixture
def layout(tmp_path: Path) -> FederationLayout:
    return make_layout(tmp_path / "federation")


async def published(parts: Parts) -> bytes:
    async with parts.foundation.database.read() as connection:
        found = await latest_published(connection)
    assert found is not None
    return found.note


def ending_at(final: bytes) -> Callable[[Directory], Directory]:
    claim = Claim(
        jurisdiction="FR",
        institution="",
        purpose=KeyPurpose.LOG,
        public=Ed25519Signer(SEED).public,
    )

    def rotate(found: Directory) -> Directory:
        return rotate_log(found, claim, origin=NEW, final=unverified_checkpoint(final))

    return rotate


async def test_a_log_goes_on_under_another_key_and_all_that_was_proved_still_verifies(
    layout: FederationLayout,
    database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    use_database(layout, "FR", database_url)
    profile = str(layout.profiles["es-auditor"])
    watch = ["watch", "--once", "--json", "--profile", profile, "--state", str(tmp_path / "w")]

    async def look() -> tuple[int, dict[str, int]]:
        capsys.readouterr()
        ended = await asyncio.to_thread(auditor, watch)
        document = json.loads(capsys.readouterr().out)
        assert document["alarms"] == [], document
        return ended, document["logs"]

    async with node(layout, "ES") as (spain, _):
        async with node(layout, "FR") as (france, _):
            size = await import_records(layout, france, "rosa-fr.p5000.json", person="")
            final = await published(france)
            old = await ids(france)
            before = await france.foundation.prover.prove(old)
            assert await look() == (0, {OLD: size, "es.node.portability.internal/log": 0})
            change(layout, ending_at(final))
            await reload_directory(france)  # it stops rather than sign for a log that has ended
            assert france.foundation.sequencer.halted is not None
            with pytest.raises(HaltedError, match="has ended"):
                await log_by_node(layout, france, 1)
        await reload_directory(spain)
        assert spain.directory().version == 2

        with pytest.raises(Exception, match="does not trust this node's log key"):
            async with node(layout, "FR"):
                pass
        key = layout.root / "FR/keys/log.pem"
        key.write_bytes(signer_pem(SEED))
        async with node(layout, "FR") as (france, running):
            assert await running.readiness.look(), running.readiness.outcomes
            assert unverified_checkpoint(await france.foundation.prover.checkpoint()).origin == NEW
            assert await france.foundation.prover.prove(old) == before
            person = await a_person(france)
            grown = await import_records(layout, france, "rosa-fr.csv", person=person)
            assert grown > size
            assert unverified_checkpoint(await published(france)).origin == NEW
            assert await look() == (0, {NEW: grown, "es.node.portability.internal/log": 0})
            watch[-1] = str(tmp_path / "fresh")
            assert (await look())[1][NEW] == grown
    assert await asyncio.to_thread(run_fsck, layout.nodes["FR"], as_json=True) == 0


async def ids(parts: Parts) -> list[bytes]:
    async with parts.foundation.database.read() as connection:
        size = (await log_tree.read_head(connection)).size
        entries = await log.read_log_entries(connection, 0, size)
    return [log_entry_from_bytes(one).statement_id for one in entries]


async def a_person(parts: Parts) -> str:
    async with parts.foundation.database.read() as connection:
        return str(await connection.scalar(select(persons.c.name)))


async def import_records(layout: FederationLayout, parts: Parts, name: str, *, person: str) -> int:
    """CNAV imports a file of the examples; the size of its log once all of it is published."""
    profile = ["--profile", str(layout.profiles["fr-agency-cnav"])]
    file = str(files("portability.examples").joinpath("rosa", name))
    if not person:
        assert await asyncio.to_thread(agency, ["enrol-person", "--from", file, *profile]) == 0
    named = ["--person", person] if person else []
    assert await asyncio.to_thread(agency, ["import", file, *named, *profile]) == 0
    await log_by_node(layout, parts, 0)
    return unverified_checkpoint(await parts.foundation.prover.checkpoint()).size


async def test_a_log_whose_end_is_not_the_one_that_the_directory_states_does_not_go_on(
    layout: FederationLayout,
) -> None:
    async with node(layout, "ES"):
        async with node(layout, "FR") as (france, _):
            await log_by_node(layout, france, 2)
            final = await published(france)
            await log_by_node(layout, france, 1)  # acknowledged after the end that will be stated
        change(layout, ending_at(final))
        (layout.root / "FR/keys/log.pem").write_bytes(signer_pem(SEED))
        with pytest.raises(HaltedError, match="ends it at 2"):
            async with node(layout, "FR"):
                pass


async def test_the_command_states_the_end_that_witnesses_have_cosigned(
    layout: FederationLayout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASS", "correct horse battery staple")
    async with node(layout, "ES"), node(layout, "FR") as (france, _):
        await log_by_node(layout, france, 2)
        (tmp_path / "final").write_bytes(await published(france))
    words = ["--passphrase", "env:PASS"]
    key, proof, out = (str(tmp_path / name) for name in ("log.pem", "proof.json", "2.toml"))
    assert status(["keys", "new", "--out", key, *words]) == 0
    prove = ["directory", "prove", "--key", key, "--jurisdiction", "FR", "--purpose", "log"]
    assert status([*prove, "--out", proof, *words]) == 0
    rotate = ["directory", "rotate-log", str(layout.directory), "--proof", proof, "--origin", NEW]
    before = datetime.now(UTC)
    assert status([*rotate, "--final", str(tmp_path / "final"), "--out", out]) == 0
    stated = (tmp_path / "2.toml").read_text()
    assert f'[[ended_log]]\njurisdiction = "FR"\norigin = "{OLD}"' in stated
    assert "size = 2\n" in stated
    hours = {f"{at:%Y-%m-%dT%H}" for at in (before, datetime.now(UTC))}
    assert [hour for hour in hours if hour in stated]
