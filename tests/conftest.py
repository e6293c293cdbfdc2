"""What all tests share: where the project is, real databases, a seeded randomness, a clock."""

import asyncio
import gc
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

from portability.wire.signed_act import Handed, SignedAct, check_signed_acts
from tests.databases import PostgresServer, sqlite_file, sqlite_url_of
from tests.demo import Demo, tell_once

# How long an example takes says how busy the machine is, not whether a law holds.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")

PROJECT_ROOT: Final = Path(__file__).resolve().parents[1]
SHARED: Final = PROJECT_ROOT.parent / "shared"
NOW: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def pytest_collection_finish() -> None:
    """Thousands of collected tests stay until the end: no search for garbage need visit them."""
    gc.collect()
    gc.freeze()


class FixedClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> datetime:
        """``advance(minutes=5)``: move forward, and tell the new time."""
        self.now += timedelta(**span)
        return self.now


async def check_here(handed: Handed) -> SignedAct | None:
    """The check of signatures without processes of its own."""
    return check_signed_acts([handed])[0]


class OpenGate:
    """A gate that takes all new work, until a test closes it with an error."""

    def __init__(self) -> None:
        self.refusal: Exception | None = None
        self._closed = asyncio.Event()

    def close(self, refusal: Exception) -> None:
        self.refusal = refusal
        self._closed.set()

    def admit(self, method: str) -> None:
        del method
        if self.refusal is not None:
            raise self.refusal

    async def closed(self) -> None:
        await self._closed.wait()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    # Not in pytest's own folder, which only its owner may enter; and a socket's path must be short.
    server = PostgresServer(Path(tempfile.mkdtemp(prefix="portability-pg-")))
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A new database on a real PostgreSQL."""
    name, url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A new database file."""
    return sqlite_file(tmp_path / "node.db")


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A new database on a real PostgreSQL that has no tables yet."""
    name, url = postgres_server.create_empty_database()
    yield url
    postgres_server.drop_database(name)


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """A database file that is not there yet."""
    return sqlite_url_of(tmp_path / "node.db")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A new database, once on each engine."""
    url: str = request.getfixturevalue(
        "sqlite_url" if request.param == "sqlite" else "postgres_url"
    )
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """A new database without tables, once on each engine."""
    url: str = request.getfixturevalue(
        "empty_sqlite_url" if request.param == "sqlite" else "empty_postgres_url"
    )
    return url


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo, told once; no test may change what is in its folder."""
    own = tmp_path_factory.getbasetemp()
    return tell_once(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)


@pytest.fixture
def randomness() -> Callable[[int], bytes]:
    """The same bytes in every run."""
    return random.Random(20260302).randbytes  # noqa: S311  # seeded on purpose


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()
