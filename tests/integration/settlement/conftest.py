"""Spain and France with a pension that was paid provisionally, once on each database."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from tests.conftest import FixedClock, PostgresServer
from tests.integration.recognition.world import Federation, Rosa, enrol_rosa, open_federation


@pytest.fixture(params=["sqlite", "postgresql"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Two new databases, on each engine."""
    if request.param == "sqlite":
        return {code: f"sqlite+aiosqlite:///{tmp_path / code}.db" for code in ("ES", "FR")}
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return {code: server.create_database()[1] for code in ("ES", "FR")}


@pytest_asyncio.fixture
async def federation(
    urls: dict[str, str], clock: FixedClock, randomness: Callable[[int], bytes]
) -> AsyncIterator[Federation]:
    async with open_federation(urls, clock, randomness) as opened:
        yield opened


@pytest_asyncio.fixture
async def rosa(federation: Federation) -> Rosa:
    return await enrol_rosa(federation)
