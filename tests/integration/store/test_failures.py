"""What a database server in trouble is told as: by its own cause, and never as a fault of ours."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from sqlalchemy import text

from portability.errors import StorageError
from portability.store.engine import Database, open_database
from tests.conftest import PostgresServer
from tests.integration.conftest import INDEX_KEY, WRAPPING_KEY

pytestmark = pytest.mark.asyncio

CUT_ALL = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'"


@pytest_asyncio.fixture
async def on_server(
    postgres_url: str, randomness: Callable[[int], bytes]
) -> AsyncIterator[Database]:
    database = await open_database(
        postgres_url, wrapping_key=WRAPPING_KEY, index_key=INDEX_KEY, randomness=randomness
    )
    yield database
    await database.close()


@pytest.mark.parametrize(
    ("code", "cause", "sentence"),
    [
        ("53200", "short", "no memory or room left"),
        ("53400", "short", "no memory or room left"),
        ("53100", "full", "disk that holds the database is full"),
        ("53300", "crowded", "no connection left"),
        ("42P01", "replaced", "another one or an older copy is in its place"),
        ("57P04", "unreachable", "cannot be reached"),
        ("58000", "unwritten", "check the disk"),
        ("58030", "unwritten", "check the disk"),
        ("57P05", "unreachable", "cannot be reached"),
    ],
)
async def test_a_server_without_what_it_needs_is_no_fault_of_the_software(
    on_server: Database, code: str, cause: str, sentence: str
) -> None:
    with pytest.raises(StorageError, match=sentence) as caught:
        async with on_server.write() as connection:
            await connection.execute(
                text(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{code}'; END $$")
            )
    assert caught.value.context == {"cause": cause, "code": code}
    async with on_server.read() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1


async def test_a_database_that_lets_nobody_in_for_now_says_so_and_is_used_again(
    on_server: Database, postgres_url: str, postgres_server: PostgresServer
) -> None:
    """As an operator shuts it while something is restored."""
    name = postgres_url.rpartition("@/")[2].partition("?")[0]
    postgres_server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    try:
        postgres_server.run(CUT_ALL.format(name=name))
        with pytest.raises(StorageError, match="takes no connections") as caught:
            async with on_server.read():
                pass
        assert caught.value.context["cause"] == "closed"
    finally:
        postgres_server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    async with on_server.read() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1
