"""Spain's node, once on each database."""

import random
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from portability.node.development.authority import DevelopmentAuthority
from portability.store.engine import Database
from tests.conftest import FixedClock
from tests.integration.consent.home import (
    Enrolled,
    Home,
    authority_for_tests,
    enrol_rosa,
    open_home,
)


@pytest.fixture(scope="session")
def authority() -> DevelopmentAuthority:
    return authority_for_tests(random.Random(7).randbytes)  # noqa: S311  # seeded on purpose


@pytest_asyncio.fixture
async def home(
    database: Database,
    clock: FixedClock,
    randomness: Callable[[int], bytes],
    authority: DevelopmentAuthority,
) -> AsyncIterator[Home]:
    async with open_home(database, clock, randomness, authority) as opened:
        yield opened


@pytest_asyncio.fixture
async def rosa(home: Home) -> Enrolled:
    return await enrol_rosa(home)
