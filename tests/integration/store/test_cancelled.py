"""What a caller leaves behind who is cancelled while a database is opened, used or closed."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from portability.store import sqlite
from portability.store.engine import Database, open_database
from tests.integration.conftest import INDEX_KEY, WRAPPING_KEY

pytestmark = pytest.mark.asyncio

STEPS = 60


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """Every file that was opened since."""
    opened: list[sqlite3.Connection] = []

    class Remembered(sqlite._SyncConnection):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            opened.append(self)

    monkeypatch.setattr(sqlite, "_SyncConnection", Remembered)
    return opened


@pytest.mark.parametrize("pause", [0.0, 0.0002], ids=["at once", "while threads work"])
async def test_no_file_stays_open_wherever_its_caller_was_cancelled(
    tmp_path: Path,
    files: list[sqlite3.Connection],
    randomness: Callable[[int], bytes],
    pause: float,
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'node.db'}"
    await _use(url, randomness)
    cancelled = 0
    for steps in range(STEPS):
        using = asyncio.create_task(_use(url, randomness))
        for _ in range(steps):
            await asyncio.sleep(pause)
        cancelled += using.cancel()
        with suppress(asyncio.CancelledError):
            await using
        assert [file for file in files if _is_open(file)] == [], f"after {steps} steps"
        files.clear()
    assert cancelled


async def _use(url: str, randomness: Callable[[int], bytes]) -> None:
    database = await open_database(
        url, wrapping_key=WRAPPING_KEY, index_key=INDEX_KEY, randomness=randomness
    )
    try:
        await asyncio.gather(*(_read(database) for _ in range(3)))
        async with database.write() as connection:
            await connection.execute(text("SELECT 1"))
    finally:
        await database.close()


async def _read(database: Database) -> None:
    async with database.read() as connection:
        await connection.execute(text("SELECT 1"))


def _is_open(file: sqlite3.Connection) -> bool:
    try:
        return file.total_changes >= 0
    except sqlite3.ProgrammingError:
        return False
