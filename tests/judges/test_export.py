"""A log that a node's write path made and `export-tiles` wrote, read by tools of others."""

import os
from pathlib import Path

import pytest

from portability.ledger.checkpoint import open_checkpoint
from portability.node.audit.tile_export import export_tiles
from portability.store.engine import Database, open_database
from tests.conftest import FixedClock
from tests.integration.node.test_fsck_engines import ORIGIN, TRUST, fill

pytestmark = pytest.mark.asyncio
BATCHES = [1, 254, 2, 600, 143]


async def export(url: str, clock: FixedClock, folder: Path) -> None:
    """In two steps, so that partial tiles grow and become whole."""
    database: Database = await open_database(
        url, wrapping_key=bytes(range(32)), index_key=bytes(32), randomness=os.urandom
    )
    try:
        await fill(database, clock, BATCHES[:2])
        await export_tiles(database, TRUST, folder)
        await fill(database, clock, BATCHES)
        await export_tiles(database, TRUST, folder)
    finally:
        await database.close()


async def test_tlog_scales_reads_the_export_and_finds_its_root(
    sqlite_url: str, clock: FixedClock, tmp_path: Path
) -> None:
    reading = pytest.importorskip("tlog_scales.reader", reason="needs tlog-scales as a judge")
    signing = pytest.importorskip("tlog_scales.signing", reason="needs tlog-scales as a judge")
    backend = pytest.importorskip("tlog_scales.backend", reason="needs tlog-scales as a judge")
    folder = tmp_path / "export"
    await export(sqlite_url, clock, folder)
    tiles = reading.TilesReader(backend.LocalBackend(folder))
    checkpoint = tiles.get_checkpoint()
    checkpoint.verify(signing.Vkey.from_string(str(TRUST.keys[0])))
    head = open_checkpoint((folder / "checkpoint").read_bytes(), TRUST.keys[0], ORIGIN)
    found = (checkpoint.origin, checkpoint.size, checkpoint.root_hash)
    assert found == (head.origin, head.size, head.root)
    assert tiles.calculate_root_hash() == head.root


async def test_aics_tlog_derives_the_exported_log_again(
    sqlite_url: str, clock: FixedClock, tmp_path: Path
) -> None:
    judge = pytest.importorskip("aics_tlog", reason="needs aics-tlog, which needs Python 3.12")
    folder = tmp_path / "export"
    await export(sqlite_url, clock, folder)
    head = open_checkpoint((folder / "checkpoint").read_bytes(), TRUST.keys[0], ORIGIN)
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in (folder / "tile").rglob("*")
        if path.is_file()
    }
    report = judge.audit_tiles(judge.MemoryTileReader(files), head.size, head.root)
    assert report.size == sum(BATCHES)
