"""`portability-auditor watch` over real nodes: it follows all logs, and names what is wrong."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agents.auditor.main import status
from portability.ledger.checkpoint import Checkpoint, sign_checkpoint
from portability.ledger.envelope import sign_envelope, statement_id
from portability.ledger.witness import format_add_checkpoint
from portability.node.development.federation import FederationLayout
from portability.node.keys import Mode, load_signer
from portability.node.log.write import NewStatement, Write
from portability.node.parts import Parts
from portability.store import log_tree
from portability.store.witness import latest_published
from tests.integration.node.whole import make_layout, node, use_database
from tests.integration.witness.nodes import TYPE, append, until
from tests.plain_tree import root_of

pytestmark = pytest.mark.asyncio

FR, ES = (f"{code}.node.portability.internal/log" for code in ("fr", "es"))


@pytest.fixture
def layout(tmp_path: Path, database_url: str) -> FederationLayout:
    made = make_layout(tmp_path / "federation")
    use_database(made, "FR", database_url)
    return made


@asynccontextmanager
async def both(layout: FederationLayout) -> AsyncIterator[tuple[Parts, Parts]]:
    async with node(layout, "FR") as (france, _), node(layout, "ES") as (spain, _):
        yield france, spain


async def log_by_node(layout: FederationLayout, parts: Parts, count: int) -> None:
    """Log so many statements that the node's own key has signed, and see them published."""
    code = parts.config.jurisdiction
    signer = load_signer(layout.root / code / "keys/node.pem", Mode.DEVELOPMENT)
    for _ in range(count):
        envelope = sign_envelope(TYPE, parts.foundation.world.randomness(16), signer)
        new = NewStatement(
            envelope=envelope,
            statement_id=statement_id(envelope.payload_type, envelope.payload),
            kind="closure",
            key_id=signer.key_id,
            person=None,
        )

        async def work(write: Write, new: NewStatement = new) -> None:
            await write.log(new)

        await parts.foundation.sequencer.run(work)

    async def is_published() -> bool:
        async with parts.foundation.database.read() as connection:
            found = await latest_published(connection)
            return found is not None and found.size == (await log_tree.read_head(connection)).size

    await until(is_published)


class Watcher:
    """The command in a process of this machine's own, with its place kept in a folder."""

    def __init__(self, layout: FederationLayout, folder: Path) -> None:
        self.layout = layout
        self.folder = folder
        self.metrics = folder.with_suffix(".prom")

    async def look(self, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, object]]:
        """Exit status and document of one look."""
        profile = self.layout.profiles["es-auditor"]
        arguments = ["watch", "--once", "--json", "--profile", str(profile)]
        arguments += ["--state", str(self.folder), "--metrics", str(self.metrics)]
        ended = await asyncio.to_thread(status, arguments)
        out, err = capsys.readouterr()
        assert out, err
        return ended, json.loads(out)


def alarms(document: dict[str, object]) -> list[tuple[str, str]]:
    found = document["alarms"]
    assert isinstance(found, list)
    return [(one["alarm"], one["origin"]) for one in found]


async def test_it_follows_all_logs_and_finds_nothing_wrong(
    layout: FederationLayout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    watcher = Watcher(layout, tmp_path / "watch")
    async with both(layout) as (france, spain):
        for more in (3, 2):
            await log_by_node(layout, france, more)
            await log_by_node(layout, spain, 1)
            ended, said = await watcher.look(capsys)
            assert (ended, alarms(said)) == (0, [])
        assert said["logs"] == {FR: 5, ES: 2}
    assert f'portability_watch_entries{{origin="{FR}"}} 5' in watcher.metrics.read_text()
    assert (
        f'portability_watch_alarms{{origin="{FR}",alarm="fork"}} 0' in watcher.metrics.read_text()
    )


async def test_it_alarms_of_an_issuer_that_nobody_knows_and_goes_no_further(
    layout: FederationLayout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    watcher = Watcher(layout, tmp_path / "watch")
    async with both(layout) as (france, _):
        await append(france, 1)  # signed by a key that is in no directory
        for _ in range(2):
            ended, said = await watcher.look(capsys)
            assert (ended, alarms(said)) == (1, [("unknown-issuer", FR)])
            logs = said["logs"]
            assert isinstance(logs, dict)
            assert logs[FR] == 0


async def test_it_alarms_of_a_node_that_is_away_as_log_and_as_witness(
    layout: FederationLayout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    watcher = Watcher(layout, tmp_path / "watch")
    async with node(layout, "FR"):
        ended, said = await watcher.look(capsys)
    assert ended == 1
    assert sorted(alarms(said)) == [("lost-witness", FR), ("stale", ES)]
    assert 'alarm="lost-witness"} 1' in watcher.metrics.read_text()


async def test_it_keeps_both_checkpoints_of_a_log_that_showed_a_witness_another_history(
    layout: FederationLayout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    watcher = Watcher(layout, tmp_path / "watch")
    signer = load_signer(layout.root / "FR/keys/log.pem", Mode.DEVELOPMENT)
    forged = sign_checkpoint(Checkpoint(origin=FR, size=2, root=root_of([bytes(32)] * 2)), signer)
    async with node(layout, "ES") as (spain, _):
        assert (
            await spain.log.witness.add_checkpoint(format_add_checkpoint(0, (), forged))
        ).status == 200
    async with node(layout, "FR") as (france, _):
        envelope_signer = load_signer(layout.root / "FR/keys/node.pem", Mode.DEVELOPMENT)
        for number in range(3):
            envelope = sign_envelope(TYPE, b"%d" % number, envelope_signer)
            new = NewStatement(
                envelope=envelope,
                statement_id=statement_id(envelope.payload_type, envelope.payload),
                kind="closure",
                key_id=envelope_signer.key_id,
                person=None,
            )

            async def work(write: Write, new: NewStatement = new) -> None:
                await write.log(new)

            await france.foundation.sequencer.run(work)
        async with node(layout, "ES"):
            ended, said = await watcher.look(capsys)
    assert ended == 1
    assert ("fork", FR) in alarms(said)
    (kept,) = (tmp_path / "watch/evidence").glob("*.json")
    shown = json.loads(kept.read_text(encoding="utf-8"))
    assert shown["origin"] == FR
    assert shown["checkpoints"][0].startswith(forged.decode())
    assert shown["checkpoints"][1].startswith(f"{FR}\n3\n")
