from collections.abc import Callable

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from portability.errors import ConfigurationError, StorageError
from portability.store.engine import Database, migrate, open_database
from portability.store.schema import metadata
from portability.store.upgrade import is_current, revisions
from tests.integration.conftest import INDEX_KEY, WRAPPING_KEY

pytestmark = pytest.mark.asyncio


def differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, metadata))


async def test_the_migrations_make_exactly_the_tables_that_the_code_knows(
    database: Database,
) -> None:
    async with database.write() as connection:
        assert await connection.run_sync(differences) == []
        await connection.exec_driver_sql("ALTER TABLE inbox ADD COLUMN another TEXT")
        found = await connection.run_sync(differences)
    assert [change[:2] for change in found if isinstance(change, tuple)] == [
        ("remove_column", None)
    ]


async def test_an_open_database_is_current(database: Database) -> None:
    async with database.read() as connection:
        assert await connection.run_sync(is_current)


async def test_the_migrations_that_are_counted_are_those_that_are_applied() -> None:
    config = Config()
    config.set_main_option("script_location", "portability.store:migrations")
    scripts = ScriptDirectory.from_config(config)
    assert {script.revision for script in scripts.walk_revisions()} == revisions()
    assert scripts.get_heads() == [max(revisions())]


async def test_migrating_twice_changes_nothing(empty_database_url: str) -> None:
    await migrate(empty_database_url)
    await migrate(empty_database_url)


async def test_a_migration_that_breaks_off_leaves_nothing_and_can_be_repeated(
    empty_database_url: str,
) -> None:
    def tables(connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names())

    async def run(statement: str) -> set[str]:
        async with engine.begin() as connection:
            await connection.execute(text(statement))
            return await connection.run_sync(tables)

    engine = create_async_engine(empty_database_url)
    try:
        assert await run("CREATE TABLE exhibits (in_the_way INTEGER)") == {"exhibits"}
        with pytest.raises(StorageError):
            await migrate(empty_database_url)
        assert await run("DROP TABLE exhibits") == set()
        await migrate(empty_database_url)
        assert await run("SELECT 1") == {*metadata.tables, "alembic_version"}
    finally:
        await engine.dispose()


async def test_a_database_of_newer_software_is_refused(
    empty_database_url: str, randomness: Callable[[int], bytes]
) -> None:
    keys = {"wrapping_key": WRAPPING_KEY, "index_key": INDEX_KEY}
    database = await open_database(empty_database_url, **keys, randomness=randomness)
    async with database.write() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    await database.close()
    with pytest.raises(ConfigurationError, match="newer version of the software"):
        await open_database(empty_database_url, **keys, randomness=randomness)
