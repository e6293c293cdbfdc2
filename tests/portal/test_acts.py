"""Enrolling, signing in, answering, stopping: each page with a real node behind it."""

from collections.abc import Iterator

import pytest

from tests.portal.browser import Browser
from tests.portal.world import World, open_world, sign


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("portal")) as opened:
        yield opened


@pytest.fixture
def visitor(world: World) -> Iterator[Browser]:
    with Browser(app=world.app(), origin=world.origin) as opened:
        yield opened


def test_a_person_enrols_allows_less_and_stops_it(world: World, visitor: Browser) -> None:
    person, key = world.enter(visitor)
    asked = world.ask(person)
    visitor.get("/requests")
    visitor.get(f"/requests/{asked.hex()}")
    assert "883/2004 Art 76" in visitor.shown.page.only("main").text
    visitor.get(f"/requests/{asked.hex()}/less")
    visitor.submit({"fields": ["scheme", "refunded"], "max_uses": "2", "from_date": "1990-01-01"})
    facts = visitor.shown.page.only("main").text
    assert "insurance scheme" not in facts
    assert "1 January 1990" in facts
    assert "2 times" in facts
    code = visitor.shown.page.only(id="check-code").text
    sign(visitor, key)
    assert visitor.shown.path.endswith("/receipt"), visitor.shown.page.text
    assert code in visitor.shown.page.only("main").text
    permission = visitor.shown.path.removesuffix("/receipt")
    visitor.get(permission)
    visitor.submit(action=f"{permission}/stop")
    sign(visitor, key)
    assert visitor.shown.path == permission
    assert "You stopped it" in visitor.shown.page.only("main").text
