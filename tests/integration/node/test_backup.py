"""A backup of a store that is written to is whole, and the way back ends with a check."""

import asyncio
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from portability.cli.upkeep import run_backup, run_fsck, run_restore
from portability.errors import ConfigurationError
from portability.node.audit.fsck import check_database
from portability.node.config import load_config, load_keys
from portability.node.development.federation import FederationLayout
from portability.node.operating.backup import back_up, copy, database_file, restore
from portability.store.engine import inspect_database, open_database
from tests.conftest import NOW, FixedClock
from tests.integration.node.test_fsck_engines import TRUST, fill
from tests.integration.node.whole import use_database

KEYS = {"wrapping_key": bytes(range(32)), "index_key": bytes(32)}


@pytest.mark.asyncio
async def test_a_copy_made_while_a_node_writes_is_one_consistent_state(
    tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portability.node.operating.backup.PAGES_AT_ONCE", 8)
    source = tmp_path / "node.db"
    database = await open_database(f"sqlite+aiosqlite:///{source}", **KEYS, randomness=os.urandom)
    await fill(database, clock, [400])
    writing = asyncio.create_task(fill(database, clock, [400, *[20] * 20]))
    portions: list[int] = []
    for number in range(5):
        target = tmp_path / f"copy-{number}.db"
        await asyncio.to_thread(copy, source, target, lambda done, _: portions.append(done))
    await writing
    await database.close()
    assert len(portions) > 10, "copied in portions, between which the node could write"
    sizes = []
    for number in range(5):
        url = f"sqlite+aiosqlite:///{tmp_path / f'copy-{number}.db'}"
        copied = await inspect_database(url, **KEYS, randomness=os.urandom)
        found = await check_database(copied, TRUST)
        await copied.close()
        assert found.difference == ""
        sizes.append(found.size)
    assert sizes == sorted(sizes)
    assert sizes[0] >= 400
    left = await asyncio.to_thread(lambda: list(tmp_path.glob("*.new*")))
    assert left == []


async def make_store(config_file: Path) -> None:
    config = load_config(config_file)
    _, storage = load_keys(config)
    database = await open_database(
        config.database,
        wrapping_key=storage.wrapping,
        index_key=storage.index,
        randomness=os.urandom,
    )
    await database.close()


def test_there_and_back_by_the_commands(
    layout: FederationLayout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = layout.nodes["FR"]
    asyncio.run(make_store(config))
    assert run_backup(config, tmp_path / "backups", as_json=False) == 0
    (made,) = (tmp_path / "backups").iterdir()
    assert made.name.startswith("FR-")
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    with pytest.raises(ConfigurationError, match="is there already"):
        run_restore(config, made, as_json=False)
    stored = database_file(load_config(config))
    stored.rename(tmp_path / "moved.db")
    for left in stored.parent.glob("node.db-*"):
        left.unlink()
    wrapping = stored.parent / "keys/wrapping.key"
    wrapping.rename(tmp_path / "wrapping.key")
    with pytest.raises(ConfigurationError, match=r"wrapping\.key cannot be read"):
        run_restore(config, made, as_json=False)
    assert not stored.exists(), "what nobody can check does not stand in the way"
    (tmp_path / "wrapping.key").rename(wrapping)
    assert run_restore(config, made, as_json=False) == 0
    assert "clean: 0 entries" in capsys.readouterr().out
    assert run_fsck(config, as_json=True) == 0


def test_two_backups_have_two_names(layout: FederationLayout, tmp_path: Path) -> None:
    config_file = layout.nodes["FR"]
    asyncio.run(make_store(config_file))
    config = load_config(config_file)
    first = back_up(config, tmp_path / "b", NOW)
    with pytest.raises(ConfigurationError, match="is there already"):
        back_up(config, tmp_path / "b", NOW)
    second = back_up(config, tmp_path / "b", NOW + timedelta(seconds=1))
    assert first.file.name == "FR-20260302T090000Z.db"
    assert second.file != first.file


def test_what_cannot_be_done_is_told(layout: FederationLayout, tmp_path: Path) -> None:
    config = load_config(layout.nodes["FR"])
    (layout.root / "FR/node.db").unlink()
    with pytest.raises(ConfigurationError, match="never started"):
        back_up(config, tmp_path, NOW)
    with pytest.raises(ConfigurationError, match="is not a file"):
        restore(config, tmp_path / "nothing.db")
    use_database(layout, "FR", "postgresql+asyncpg://u@localhost/p")
    with pytest.raises(ConfigurationError, match="pg_dump"):
        back_up(load_config(layout.nodes["FR"]), tmp_path, NOW)
