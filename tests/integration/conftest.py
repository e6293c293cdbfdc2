"""An open database on each engine."""

from collections.abc import AsyncIterator, Callable

import pytest_asyncio

from portability.store.engine import Database, open_database

WRAPPING_KEY = bytes(range(32))
INDEX_KEY = bytes(range(32, 64))


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
