"""Spain and France with a pension that was paid provisionally, once on each database."""

from collections.abc import AsyncIterator, Callable

import pytest_asyncio

from tests.conftest import FixedClock
from tests.integration.recognition.world import Federation, Rosa, enrol_rosa, open_federation


@pytest_asyncio.fixture
async def federation(
    urls: dict[str, str], clock: FixedClock, randomness: Callable[[int], bytes]
) -> AsyncIterator[Federation]:
    async with open_federation(urls, clock, randomness) as opened:
        yield opened


@pytest_asyncio.fixture
async def rosa(federation: Federation) -> Rosa:
    return await enrol_rosa(federation)
