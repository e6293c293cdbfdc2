"""A node whose database ends before what its witnesses saw signs nothing, and says what to do."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from portability.cli.main import status
from portability.errors import HaltedError
from portability.ledger.checkpoint import Checkpoint, sign_checkpoint
from portability.ledger.keys import Ed25519Signer
from portability.ledger.witness import parse_add_checkpoint
from portability.node.development.federation import FederationLayout
from portability.node.keys import Mode, load_signer
from portability.node.log.witness_views import Standing, WitnessViews, check_views
from portability.node.parts import Parts
from portability.store import log_tree
from portability.store.witness import latest_published
from tests.integration.node.whole import make_layout, node, use_database
from tests.integration.witness.nodes import append, request, until
from tests.plain_tree import root_of

FR = "fr.node.portability.internal/log"


@pytest.fixture
def layout(tmp_path: Path) -> FederationLayout:
    return make_layout(tmp_path / "federation")


async def publish(parts: Parts, count: int) -> None:
    await append(parts, count)

    async def is_published() -> bool:
        async with parts.foundation.database.read() as connection:
            found = await latest_published(connection)
            return found is not None and found.size == (await log_tree.read_head(connection)).size

    await until(is_published)


async def checkpoints(parts: Parts) -> int:
    async with parts.foundation.database.read() as connection:
        return (await log_tree.read_head(connection)).size


def heads(layout: FederationLayout, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Exit status and text of the operator's command."""
    ended = status(["node", "heads", "--config", str(layout.nodes["FR"])])
    return ended, " ".join(capsys.readouterr().out.split())


async def run_heads(
    layout: FederationLayout, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    return await asyncio.to_thread(heads, layout, capsys)


@pytest.mark.asyncio
async def test_an_old_copy_of_the_database_is_refused_and_the_newest_is_not(
    layout: FederationLayout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = layout.root / "FR/node.db"
    async with node(layout, "ES"):
        async with node(layout, "FR") as (france, _):
            await publish(france, 3)
        old = shutil.copy(database, tmp_path / "backup.db")
        async with node(layout, "FR") as (france, _):
            await publish(france, 4)
        newest = shutil.copy(database, tmp_path / "newest.db")

        shutil.copy(old, database)
        for _ in range(2):
            with pytest.raises(HaltedError, match=r"cosigned this log at 7 entries.*ends at 3"):
                async with node(layout, "FR"):
                    pass
        ended, text = await run_heads(layout, capsys)
        assert ended == 1
        assert "witness of ES 7 ahead of this database" in text
        assert "start the one whose database has all that the witnesses saw" in text

        shutil.copy(newest, database)
        ended, text = await run_heads(layout, capsys)
        assert (ended, "this node may sign" in text) == (0, True)
        async with node(layout, "FR") as (france, _):
            await publish(france, 1)
            assert await checkpoints(france) == 8


@pytest.mark.asyncio
async def test_a_lost_database_is_not_begun_afresh(layout: FederationLayout) -> None:
    async with node(layout, "ES"):
        async with node(layout, "FR") as (france, _):
            await publish(france, 2)
        for path in (layout.root / "FR").glob("node.db*"):
            path.unlink()
        with pytest.raises(HaltedError, match="ends at 0"):
            async with node(layout, "FR"):
                pass


@pytest.mark.asyncio
async def test_another_history_is_refused_and_both_checkpoints_are_shown(
    tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = make_layout(tmp_path / "federation")
    use_database(layout, "FR", database_url)
    signer = load_signer(layout.root / "FR/keys/log.pem", Mode.DEVELOPMENT)
    async with node(layout, "ES") as (spain, _):
        # somebody who has the log's key shows Spain a log of five entries that France never had
        forged = request(FR, signer, 0, 5)
        assert (await spain.log.witness.add_checkpoint(forged)).status == 200
        with pytest.raises(HaltedError, match="ends at 0"):
            async with node(layout, "FR"):
                pass
    async with node(layout, "FR") as (france, _):  # Spain cannot be reached: it starts
        await append(france, 6)
    async with node(layout, "ES"):
        for _ in range(2):
            with pytest.raises(HaltedError, match="another history of this log at 5 entries"):
                async with node(layout, "FR"):
                    pass
        ended = await asyncio.to_thread(
            status, ["node", "heads", "--json", "--config", str(layout.nodes["FR"])]
        )
        shown = json.loads(capsys.readouterr().out)
    assert (ended, shown["may_sign"]) == (1, False)
    assert [one["standing"] for one in shown["witnesses"]] == ["differs"]
    (kept,) = shown["evidence"]
    assert kept["first"] != kept["second"]
    assert kept["first"].startswith(f"{FR}\n5\n")
    assert kept["second"].startswith(parse_add_checkpoint(forged).data.decode())


@pytest.mark.asyncio
async def test_a_witness_that_comes_back_with_another_history_stops_a_node_that_runs(
    layout: FederationLayout,
) -> None:
    signer = load_signer(layout.root / "FR/keys/log.pem", Mode.DEVELOPMENT)
    async with node(layout, "ES") as (spain, _):
        assert (await spain.log.witness.add_checkpoint(request(FR, signer, 0, 5))).status == 200
    async with node(layout, "FR") as (france, _):
        await append(france, 6)
        async with node(layout, "ES"):

            async def has_stopped() -> bool:
                return france.foundation.sequencer.halted is not None

            await until(has_stopped)
            with pytest.raises(HaltedError, match="another history"):
                await append(france, 1)
            assert await checkpoints(france) == 6


@pytest.mark.asyncio
async def test_a_witness_cannot_stop_a_node_with_what_the_log_never_signed(
    layout: FederationLayout,
) -> None:
    stranger = Ed25519Signer(bytes([9]) * 32)
    head = Checkpoint(origin=FR, size=9, root=root_of([]))
    note = sign_checkpoint(head, stranger)

    class Liar:
        async def witnessed_checkpoint(self, origin: str) -> bytes:
            assert origin == FR
            return note

    async with node(layout, "FR") as (france, _):
        views = await WitnessViews(
            jurisdiction="FR",
            database=france.foundation.database,
            directory=france.directory,
            witness=lambda _: Liar(),
            clock=france.foundation.world.clock,
        ).look()
    assert [view.standing for view in views] == [Standing.NOT_OURS]
    check_views(views, 0)


def test_heads_makes_no_database_where_there_is_none(
    layout: FederationLayout, capsys: pytest.CaptureFixture[str]
) -> None:
    (layout.root / "FR/node.db").unlink()
    assert status(["node", "heads", "--config", str(layout.nodes["FR"])]) == 2
    assert "there is no database" in capsys.readouterr().err
    assert not (layout.root / "FR/node.db").exists()
