"""What a node keeps outside of its database: without it nothing starts, and nothing is restored."""

import asyncio
import json
import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from portability.cli.main import status
from portability.errors import ConfigurationError, StorageError
from portability.node.config import load_config
from portability.node.development.federation import FederationLayout
from portability.node.erasure.forgetting_key import FORGETTING_KEY, ForgettingKey
from portability.node.erasure.journal import JOURNAL
from portability.node.erasure.keeping import create_keeping, open_keeping
from portability.node.keys import Mode
from portability.node.operating.backup import back_up, restore
from tests.conftest import NOW
from tests.integration.node.whole import make_layout, node

FILES = (JOURNAL, FORGETTING_KEY)


@pytest.fixture
def layout(tmp_path: Path) -> FederationLayout:
    return make_layout(tmp_path / "federation")


@pytest.mark.asyncio
@pytest.mark.parametrize("name", FILES)
async def test_a_node_does_not_start_without_it(layout: FederationLayout, name: str) -> None:
    folder = load_config(layout.nodes["FR"]).erasure.folder
    (folder / name).unlink()
    with pytest.raises(ConfigurationError, match="bring back"):
        async with node(layout, "FR"):
            pass


def test_no_backup_holds_it_and_no_restore_goes_without_it(
    layout: FederationLayout, tmp_path: Path
) -> None:
    config = load_config(layout.nodes["FR"])
    asyncio.run(_run_once(layout))
    made = back_up(config, tmp_path / "backups", NOW)
    assert [path.name for path in (tmp_path / "backups").iterdir()] == [made.file.name]
    shutil.rmtree(config.erasure.folder)
    file = config.database_file
    assert file is not None
    for path in file.parent.glob("node.db*"):
        path.unlink()
    with pytest.raises(ConfigurationError, match="in no backup of its database"):
        restore(config, made.file)
    assert not file.exists()


async def _run_once(layout: FederationLayout) -> None:
    async with node(layout, "FR"):
        pass


def test_a_new_journal_is_made_by_command_and_never_over_another(
    layout: FederationLayout, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(layout.nodes["FR"])
    folder = load_config(layout.nodes["FR"]).erasure.folder
    words = ["node", "new-journal", "--config", config, "--json"]
    assert status(words) == 2
    assert "is there already" in capsys.readouterr().err
    shutil.rmtree(folder)
    assert status(words) == 0
    assert json.loads(capsys.readouterr().out) == {"folder": str(folder)}
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert open_keeping(folder, Mode.DEVELOPMENT).journal.entries == ()


def test_production_takes_no_forgetting_key_of_development_and_none_that_others_can_read(
    tmp_path: Path,
) -> None:
    create_keeping(tmp_path / "a", os.urandom, is_development=True)
    with pytest.raises(ConfigurationError, match="development key"):
        ForgettingKey(tmp_path / "a" / FORGETTING_KEY, Mode.PRODUCTION)
    create_keeping(tmp_path / "b", os.urandom, is_development=False)
    path = tmp_path / "b" / FORGETTING_KEY
    assert ForgettingKey(path, Mode.PRODUCTION).knows("persons/a")
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        ForgettingKey(path, Mode.PRODUCTION)


def test_a_forgetting_key_keeps_its_marker_when_it_forgets(tmp_path: Path) -> None:
    create_keeping(tmp_path / "a", os.urandom, is_development=True)
    path = tmp_path / "a" / FORGETTING_KEY
    ForgettingKey(path).forget("persons/a")
    with pytest.raises(ConfigurationError, match="development key"):
        ForgettingKey(path, Mode.PRODUCTION)
    assert not ForgettingKey(path).knows("persons/a")


def test_a_key_is_whole_wherever_its_replacement_broke_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_keeping(tmp_path / "a", os.urandom, is_development=False)
    path = tmp_path / "a" / FORGETTING_KEY
    share = ForgettingKey(path).share("persons/b")
    real = os.fsync
    for allowed in range(8):
        left = allowed

        def fsync(descriptor: int) -> None:
            nonlocal left
            if not left:
                raise OSError(5, "Input/output error")
            left -= 1
            real(descriptor)

        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", fsync)
            with suppress(OSError, StorageError):  # whatever it raises, the file must be whole
                ForgettingKey(path).forget(f"persons/a{allowed}")
        key = ForgettingKey(path)
        assert key.share("persons/b") == share
        key.forget(f"persons/a{allowed}")
        assert not ForgettingKey(path).knows(f"persons/a{allowed}")
        assert sorted(one.name for one in path.parent.iterdir()) == sorted(FILES)
