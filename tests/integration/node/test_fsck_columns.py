"""
Each column of each table altered, and rows deleted: the check names it, or says why it cannot.

What it cannot see is a list in ``deploy/README.md``, and this test holds that list to be true.
"""

import re
import secrets
import shutil
from pathlib import Path

import pytest
import pytest_asyncio

from portability.node.audit.fsck import check_database
from portability.node.config import NodeConfig, load_config
from portability.node.operating.upkeep import open_stored
from portability.store.engine import open_database
from portability.store.schema import metadata
from tests.conftest import PROJECT_ROOT
from tests.demo import Demo
from tests.integration.node.damage import damages, hammer, tables

AT_THE_DOOR = {"data_keys", "persons"}
"""Their keys are opened when the database is: a check that has begun does not open them again."""

ROWS = 5
"""Of each table, each of which is deleted once."""


def silent() -> set[str]:
    """What the list says that the check cannot see: ``table.column``, or ``table`` for rows."""
    text = (PROJECT_ROOT / "deploy/README.md").read_text(encoding="utf-8")
    part = text.partition("### What fsck cannot see")[2].partition("\n#")[0]
    found: set[str] = set()
    for names in re.findall(r"^\| ((?:`[a-z_.*]+`(?:, )?)+) \|", part, re.MULTILINE):
        found |= set(re.findall(r"`([a-z_.*]+)`", names))
    assert found
    return found


def is_listed(name: str, listed: set[str]) -> bool:
    table, _, column = name.partition(".")
    return name in listed or f"{table}.*" in listed or f"*.{column}" in listed


@pytest.fixture(scope="module")
def settled(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nodes that settled a case, refused some requests, and were stopped."""
    root = tmp_path_factory.mktemp("settled") / "federation"
    return Path(shutil.copytree(demo.folder, root, ignore=shutil.ignore_patterns("bundle*")))


@pytest_asyncio.fixture(params=["sqlite-FR", "sqlite-ES", "postgresql-ES"])
async def config(settled: Path, tmp_path: Path, request: pytest.FixtureRequest) -> NodeConfig:
    """One of the two nodes; Spain, which has more tables in use, with its rows on each engine."""
    engine, _, code = request.param.partition("-")
    copy = tmp_path / "copy"
    shutil.copytree(settled, copy)
    path = copy / code / "node.toml"
    if engine == "postgresql":
        _, url = request.getfixturevalue("postgres_server").create_database()
        await move(load_config(path).database, url)
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("sqlite+aiosqlite:///node.db", url), encoding="utf-8")
    return load_config(path)


async def move(source: str, target: str) -> None:
    """All rows of one database into another, new one."""
    made = await open_database(
        target, wrapping_key=bytes(32), index_key=bytes(range(32)), randomness=secrets.token_bytes
    )
    await made.close()
    async with hammer(source) as old, hammer(target) as new:
        await new.clear()
        for table in tables():
            rows = await old.rows(table)
            if rows:
                await new.put(table, rows)


@pytest.mark.asyncio
async def test_every_column_is_derived_or_on_the_list(config: NodeConfig) -> None:
    listed, unseen = silent(), {}
    async with hammer(config.database) as tool:
        async with open_stored(config, secrets.token_bytes) as (database, trust):
            assert (await check_database(database, trust)).difference == ""
            for table in tables():
                rows = (await tool.rows(table))[:ROWS]
                for damage in damages(table, rows, per_column=1):
                    if table.name in AT_THE_DOOR or is_listed(damage.name, listed):
                        continue
                    async with tool.damaged(damage):
                        if not (await check_database(database, trust)).difference:
                            unseen[damage.name] = damage
            assert (await check_database(database, trust)).difference == ""
        assert sorted(unseen) == []


def test_the_list_names_only_what_there_is() -> None:
    columns = {f"{table.name}.{column.name}" for table in tables() for column in table.columns}
    known = columns | {f"{table.name}.*" for table in tables()}
    known |= {f"*.{column.name}" for table in tables() for column in table.columns}
    assert silent() <= known
    assert metadata.tables.keys() >= {name.partition(".")[0] for name in silent() - {"*"}} - {"*"}
