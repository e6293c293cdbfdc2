"""The export is what the tree implies, grows without a gap, and never holds two histories."""

from pathlib import Path

import pytest

from portability.errors import ForkError, ProofError
from portability.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from portability.ledger.note import log_key
from portability.ledger.tiles import bundle_path, bundles_of, decode_bundle, tile_path, tiles_of
from portability.node.audit.fsck import LogTrust
from portability.node.audit.tile_export import export_tiles
from portability.store.engine import Database
from tests.conftest import FixedClock
from tests.integration.node.test_fsck_engines import LOG_KEY, ORIGIN, SIGNER, TRUST, fill

pytestmark = pytest.mark.asyncio


def paths(folder: Path) -> set[str]:
    return {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()}


def implied(size: int) -> set[str]:
    return {
        "checkpoint",
        *(tile_path(ref) for ref in tiles_of(size)),
        *(bundle_path(ref) for ref in bundles_of(size)),
    }


async def test_the_files_are_those_that_the_checkpoint_implies(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    await fill(database, clock, [600])
    folder = tmp_path / "export"
    seen: list[tuple[int, int]] = []
    done = await export_tiles(database, TRUST, folder, lambda *at: seen.append(at))
    assert (done.size, done.before) == (600, 0)
    assert paths(folder) == implied(600)
    assert done.files == len(implied(600))
    assert seen[-1] == (600, 600)
    assert open_checkpoint((folder / "checkpoint").read_bytes(), TRUST.keys[0], ORIGIN).size == 600
    entries = decode_bundle((folder / "tile/entries/002.p/88").read_bytes(), 88)
    assert len(entries) == 88


async def test_a_second_export_adds_what_is_new_and_drops_what_became_whole(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    await fill(database, clock, [300])
    folder = tmp_path / "export"
    await export_tiles(database, TRUST, folder)
    whole = (folder / "tile/0/000").stat().st_ino
    assert (await export_tiles(database, TRUST, folder)).size == 300
    await fill(database, clock, [300, 500])  # the first 300 are there already
    done = await export_tiles(database, TRUST, folder)
    assert (done.before, done.size) == (300, 800)
    assert paths(folder) >= implied(800)
    assert "tile/0/001.p/44" not in paths(folder)
    assert "tile/1/000.p/1" in paths(folder), "an older checkpoint still needs it"
    assert (folder / "tile/0/000").stat().st_ino == whole, "a full tile is not written again"
    fresh = tmp_path / "fresh"
    await export_tiles(database, TRUST, fresh)
    for path in paths(fresh):
        assert (fresh / path).read_bytes() == (folder / path).read_bytes()


async def test_a_folder_of_another_history_is_left_alone(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    await fill(database, clock, [5])
    folder = tmp_path / "export"
    folder.mkdir()
    note = b"other\n1\nAAAA\n\nnot signed\n"
    (folder / "checkpoint").write_bytes(note)
    with pytest.raises(ForkError, match="is not signed by this log"):
        await export_tiles(database, TRUST, folder)
    assert (folder / "checkpoint").read_bytes() == note
    assert paths(folder) == {"checkpoint"}


async def test_an_export_that_is_ahead_of_the_database_is_a_fork(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    await fill(database, clock, [5])
    for size in (4, 9):
        folder = tmp_path / f"export-{size}"
        folder.mkdir()
        head = Checkpoint(origin=ORIGIN, size=size, root=bytes(32))
        (folder / "checkpoint").write_bytes(sign_checkpoint(head, LOG_KEY))
        with pytest.raises(ForkError, match=f"a checkpoint of {size} entries"):
            await export_tiles(database, TRUST, folder)


async def test_a_head_that_another_key_signed_is_not_exported(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    await fill(database, clock, [5])
    other = LogTrust(
        jurisdiction="FR",
        origin=ORIGIN,
        keys=(log_key(ORIGIN, SIGNER.public),),
        directory=TRUST.directory,
    )
    with pytest.raises(ProofError, match="not signed by this log's key"):
        await export_tiles(database, other, tmp_path)
    assert paths(tmp_path / "nothing") == set()
