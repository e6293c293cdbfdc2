"""A backup of a node that is written to all the while, put in place on another host."""

import asyncio
import shutil
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from portability.cli.upkeep import run_backup, run_fsck, run_restore
from portability.ledger.envelope import statement_id
from portability.node.config import load_config
from portability.node.development.federation import FederationLayout
from portability.node.operating.upkeep import open_stored
from portability.store import log
from tests.conftest import PostgresServer
from tests.integration.node.test_troubled_database import France, france
from tests.integration.node.whole import use_database

pytestmark = pytest.mark.asyncio

BATCH = 40


async def back_up_while_written_to(here: France, back_up: Callable[[], object]) -> set[bytes]:
    """What was acknowledged before the backup began; others are acknowledged while it runs."""
    person = await here.enrol("255088412345678", str(uuid.uuid4()))
    first = [here.submission(person) for _ in range(BATCH)]
    await here.import_all(first)
    is_over = False

    async def go_on() -> int:
        count = 0
        while not is_over or not count:
            await here.import_all([here.submission(person) for _ in range(BATCH)])
            count += 1
        return count

    writing = asyncio.create_task(go_on())
    await asyncio.to_thread(back_up)
    is_over = True
    assert await writing > 0
    return {statement_id(one.envelope.payload_type, one.envelope.payload) for one in first}


def move_house(layout: FederationLayout, host: Path) -> Path:
    """All of the node but its database, on another host; its configuration there."""
    shutil.copytree(layout.root, host, ignore=shutil.ignore_patterns("node.db*"))
    return host / layout.nodes["FR"].relative_to(layout.root)


async def check_restored(config_file: Path, expected: set[bytes]) -> None:
    async with (
        open_stored(load_config(config_file), bytes) as (database, _),
        database.read() as connection,
    ):
        held = await log.find_statements(connection, expected)
    assert set(held) == expected


async def test_a_file_goes_to_another_host_by_one_command_that_ends_with_a_check(
    layout: FederationLayout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copies = tmp_path / "copies"
    async with france(layout) as here:
        expected = await back_up_while_written_to(
            here, lambda: run_backup(layout.nodes["FR"], copies, as_json=False)
        )
    (copy,) = await asyncio.to_thread(lambda: list(copies.iterdir()))
    elsewhere = await asyncio.to_thread(move_house, layout, tmp_path / "elsewhere")
    assert await asyncio.to_thread(run_restore, elsewhere, copy, as_json=False) == 0
    assert "clean: " in capsys.readouterr().out
    await check_restored(elsewhere, expected)


async def test_a_dump_of_a_server_goes_to_another_one_and_is_checked(
    layout: FederationLayout, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    name, url = postgres_server.create_database()
    other, other_url = postgres_server.create_empty_database()
    use_database(layout, "FR", url)
    dump = tmp_path / "node.dump"
    async with france(layout) as here:
        expected = await back_up_while_written_to(
            here,
            lambda: run_tool(
                postgres_server, "pg_dump", "--format=custom", "--file", str(dump), name
            ),
        )
    await asyncio.to_thread(
        run_tool, postgres_server, "pg_restore", "--exit-on-error", "--dbname", other, str(dump)
    )
    elsewhere = await asyncio.to_thread(move_house, layout, tmp_path / "elsewhere")
    text = await asyncio.to_thread(elsewhere.read_text)
    await asyncio.to_thread(elsewhere.write_text, text.replace(url, other_url))
    assert await asyncio.to_thread(run_fsck, elsewhere, as_json=True) == 0
    await check_restored(elsewhere, expected)


def run_tool(server: PostgresServer, tool: str, *arguments: str) -> None:
    subprocess.run(
        [
            server._server.bin_path / tool,
            "--host",
            server._socket_folder,
            "--username",
            "postgres",
            *arguments,
        ],
        check=True,
        capture_output=True,
    )
