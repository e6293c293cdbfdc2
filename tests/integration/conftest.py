"""An open database on each engine, databases for two nodes, and a place for what nodes log."""

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import structlog

from portability.store.engine import Database, open_database
from tests.databases import PostgresServer, sqlite_file

WRAPPING_KEY = bytes(range(32))
INDEX_KEY = bytes(range(32, 64))
NODES_LOG = logging.getLogger("nodes of this process")
NODES_LOG.setLevel(logging.DEBUG)


@pytest.fixture(autouse=True)
def nodes_log() -> None:
    """
    What nodes of this process log is part of pytest's report, and not of standard output, which
    no real node writes it to either: a test may read a command's document there.
    """
    structlog.configure(logger_factory=lambda *_: NODES_LOG)


@pytest_asyncio.fixture
async def database(
    database_url: str, randomness: Callable[[int], bytes]
) -> AsyncIterator[Database]:
    """A new database, open, once on each engine."""
    opened = await open_database(
        database_url, wrapping_key=WRAPPING_KEY, index_key=INDEX_KEY, randomness=randomness
    )
    yield opened
    await opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Two new databases, on each engine."""
    if request.param == "sqlite":
        yield {code: sqlite_file(tmp_path / f"{code}.db") for code in ("ES", "FR")}
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    made = {code: server.create_database() for code in ("ES", "FR")}
    yield {code: url for code, (_, url) in made.items()}
    for name, _ in made.values():
        server.drop_database(name)
