"""
Codes typed on the portal's pages: what they do, and that wrong ones tell nothing, in words or work.

How long an answer takes is measured by what is done for it: the calls of the node and the
statements of its database are the same for each wrong code, on any machine and under any load.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import grpc
import pytest
from sqlalchemy import Engine, event

from agents.migrant.person import Home as OwnHome
from agents.migrant.portal.app import create_app
from agents.migrant.portal.languages import shipped_languages
from agents.migrant.portal.settings import Settings
from agents.session import Session
from agents.surroundings import Surroundings
from portability.federation.identity import node_server_name, parse_identity
from portability.v1 import consent_pb2 as states
from portability.v1 import counter_service_pb2 as pb
from tests.integration.consent.home import (
    DIRECTORY_HERE,
    IMSERSO_URI,
    PORTAL_URI,
    Home,
    ask_rosa,
    consent_of,
    enrol_rosa,
)
from tests.integration.consent.test_counter import WORKER, enrol
from tests.integration.consent.test_counter_levels import alone, asked_whether, letter
from tests.portal.browser import Browser, Shown
from tests.portal.conftest import HELP_DESK, ORIGIN, UNREACHABLE

pytestmark = [
    pytest.mark.asyncio,
    # what the pages do is the same on each database; that codes are, is tested with the node
]


@dataclass
class Desk:
    """A portal at the node of the test, a browser at it, and what it makes the node do."""

    browser: Browser
    calls: list[str]

    def type(self, path: str, code: str) -> Shown:
        """Open a page, type a code, send it."""
        self.browser.get(path)
        self.calls.clear()
        return self.browser.submit({"code": code})


@contextmanager
def open_desk(home: Home) -> Iterator[Desk]:
    issued = home.authority.issue(parse_identity(PORTAL_URI))
    credentials = grpc.ssl_channel_credentials(
        root_certificates=home.authority.certificate,
        private_key=issued.key,
        certificate_chain=issued.certificate,
    )
    name = (("grpc.ssl_target_name_override", node_server_name("ES")),)
    outside = Surroundings(now=home.clock, randomness=home.randomness, sleep=time.sleep)
    with grpc.secure_channel(home.endpoint, credentials, options=name) as channel:
        counting = Counting(channel, UNREACHABLE, outside)
        own = OwnHome(
            session=counting, jurisdiction="ES", directory=DIRECTORY_HERE, outside=outside
        )
        settings = Settings(
            origin=ORIGIN, home=lambda: own, languages=shipped_languages(), help_desk=HELP_DESK
        )
        with Browser(app=create_app(settings, outside), origin=ORIGIN) as browser:
            yield Desk(browser=browser, calls=counting.made)


class Counting(Session):
    """Notes each call of the node."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.made: list[str] = []

    def call(self, method, request, **options):  # type: ignore[no-untyped-def]
        self.made.append(type(request).__name__)
        return super().call(method, request, **options)


@contextmanager
def statements() -> Iterator[list[str]]:
    """What databases are asked to do meanwhile."""
    made: list[str] = []

    def note(_connection: object, _cursor: object, text: str, *_: object) -> None:
        made.append(text)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield made
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def at_desk(home: Home, scenario: Callable[[Desk], None]) -> None:
    """In a thread: the node answers in this one."""

    def run() -> None:
        with open_desk(home) as desk:
            scenario(desk)

    await asyncio.to_thread(run)


async def stop_code(home: Home, person: str) -> str:
    desk = home.caller(IMSERSO_URI)
    answer = await desk.ask(
        desk.counter.CreateWithdrawalCode(pb.CreateWithdrawalCodeRequest(person=person))
    )
    code: str = answer.code
    return code


async def test_whoever_types_the_code_stops_everything_without_signing_in(home: Home) -> None:
    rosa = await enrol_rosa(home)
    given, _ = await consent_of(home, rosa, await ask_rosa(home, rosa))
    code, other = await stop_code(home, rosa.person), await stop_code(home, rosa.person)

    def scenario(desk: Desk) -> None:
        shown = desk.type("/stop", f" {code.lower().replace('-', ' ')} ")
        assert "We stopped 1 permission." in shown.page.text
        assert "nothing left that it could stop" in desk.type("/stop", other).page.text
        assert desk.type("/stop", code).status == 422  # it works once

    await at_desk(home, scenario)
    told = await home.inss.ask(home.state(consent=given))
    assert told.state == states.CONSENT_STATE_WITHDRAWN


async def test_a_person_confirms_by_letter_what_a_worker_signed_alone(home: Home) -> None:
    person, request = await asked_whether(home)
    consent = await alone(home, person, request, await enrol(home, WORKER))
    code = await letter(home, person, consent)

    def scenario(desk: Desk) -> None:
        assert desk.type("/confirm", "AAAA-BBBB-CCCC-DDDD").status == 422
        assert "You have confirmed it." in desk.type("/confirm", code).page.text

    await at_desk(home, scenario)
    told = await home.inss.ask(home.state(consent_request=request))
    assert told.state == states.CONSENT_STATE_GRANTED


async def test_wrong_codes_get_the_same_words_after_the_same_work(home: Home) -> None:
    """Never made, used up, past its term, of another kind: who tries them learns nothing."""
    rosa = await enrol_rosa(home)
    used, late = await stop_code(home, rosa.person), await stop_code(home, rosa.person)
    enrolling = await home.code(rosa.person)
    wrong = ("AAAA-BBBB-CCCC-DDDD", used, late, enrolling, "x")

    def spend(desk: Desk) -> None:
        assert desk.type("/stop", used).status == 200

    await at_desk(home, spend)
    home.clock.advance(days=401)
    found: dict[str, list[tuple[object, ...]]] = {}

    def scenario(desk: Desk) -> None:
        for path in ("/stop", "/confirm", "/enrol"):
            for code in wrong:
                if path == "/enrol" and code == enrolling:
                    continue  # past its term as well, and tried on /stop
                with statements() as asked:
                    shown = desk.type(path, code)
                words = shown.page.only(id="code-error").text
                found.setdefault(path, []).append(
                    (shown.status, words, tuple(desk.calls), tuple(asked))
                )

    await at_desk(home, scenario)
    for path, answers in found.items():
        assert len(set(answers)) == 1, path
        assert answers[0][2], "the node is asked"
        assert answers[0][3], "the database is asked"
