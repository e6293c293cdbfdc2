"""A portal with nobody behind it: for the pages that need no node."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from starlette.applications import Starlette

from agents.migrant.person import Home
from agents.migrant.portal.app import create_app
from agents.migrant.portal.languages import shipped_languages
from agents.migrant.portal.settings import HelpDesk, Settings
from agents.profile import Connection
from agents.session import Session
from agents.surroundings import Surroundings
from tests.conftest import FixedClock
from tests.portal.browser import Browser
from tests.unit.consent.world import DIRECTORY

ORIGIN = "https://portal.example"
HELP_DESK = HelpDesk(phone="+34 900 123 456", office="Calle Mayor 1, Madrid", hours="9–17")
UNREACHABLE = Connection(
    endpoint="127.0.0.1:1",
    jurisdiction="ES",
    server_name="es.node.portability.internal",
    ca=Path("none"),
    certificate=Path("none"),
    key=Path("none"),
)


@pytest.fixture
def outside(clock: FixedClock, randomness: Callable[[int], bytes]) -> Surroundings:
    return Surroundings(now=clock, randomness=randomness, sleep=lambda _: time.sleep(0))


@pytest.fixture
def settings(outside: Surroundings) -> Iterator[Settings]:
    """A portal whose node does not answer."""
    channel = grpc.insecure_channel(UNREACHABLE.endpoint)
    home = Home(
        session=Session(channel, UNREACHABLE, outside),
        jurisdiction="ES",
        directory=DIRECTORY,
        outside=outside,
    )
    yield Settings(
        origin=ORIGIN,
        home=lambda: home,
        languages=shipped_languages(),
        help_desk=HELP_DESK,
    )
    channel.close()


@pytest.fixture
def portal(settings: Settings, outside: Surroundings) -> Starlette:
    return create_app(settings, outside)


@pytest.fixture
def browser(portal: Starlette) -> Iterator[Browser]:
    with Browser(app=portal, origin=ORIGIN) as opened:
        yield opened
