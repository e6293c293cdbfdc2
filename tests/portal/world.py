"""Spain's node as a process, INSS's office, and a portal: everything real but the window."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from agents.agency.consents import Asked, ask_consent, register_template
from agents.agency.office import Office, open_office
from agents.agency.p5000 import PersonIdentifier
from agents.agency.persons import create_enrolment_code, create_reference, enrol_person
from agents.migrant.person import Home, open_home
from agents.migrant.portal.app import create_app
from agents.migrant.portal.languages import Language, shipped_languages
from agents.migrant.portal.settings import HelpDesk, Settings
from agents.surroundings import Surroundings
from portability.cli.processes import NodeProcesses
from portability.cli.stage import template, template_source
from portability.consent.scope import Party
from portability.consent.template import parse_template
from portability.core.periods import Branch
from portability.node.development.federation import NodePorts, create_federation, pick_ports
from tests.databases import give_databases
from tests.portal.authenticator import Authenticator
from tests.vectors.passkeys import Es256

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from starlette.applications import Starlette

    from tests.portal.browser import Browser

HELP_DESK: Final = HelpDesk(phone="+34 900 123 456", office="Calle Mayor 1, Madrid", hours="9–17")
CNAV: Final = Party(jurisdiction="FR", institution="cnav")
_NUMBERS = iter(range(10_000_000, 99_999_999))


@dataclass(kw_only=True)
class World:
    """Who and what is there; persons are made as tests need them."""

    port: int
    inss: Office
    home: Home
    outside: Surroundings
    nodes: NodeProcesses
    template_id: bytes = b""
    persons: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    def settings(self, languages: Sequence[Language] | None = None) -> Settings:
        return Settings(
            origin=self.origin,
            home=lambda: self.home,
            languages=languages or shipped_languages(),
            help_desk=HELP_DESK,
        )

    def app(self, languages: Sequence[Language] | None = None) -> Starlette:
        return create_app(self.settings(languages), self.outside)

    def person(self) -> str:
        """Somebody new, enrolled by INSS with a number that nobody has."""
        number = PersonIdentifier(jurisdiction="ES", value=f"28/{next(_NUMBERS)}-40")
        self.persons.append(enrol_person(self.inss, number, "substantial"))
        return self.persons[-1]

    def code(self, person: str) -> str:
        return create_enrolment_code(self.inss, person).code

    def ask(self, person: str, *, max_uses: int = 5, first_year: int = 1980) -> bytes:
        """
        INSS asks the person for the periods that CNAV and itself hold.

        Nobody is asked again for what they allow already: a second request begins earlier.
        """
        if not self.template_id:
            self.template_id = register_template(self.inss, template_source())
        return ask_consent(self.inss, self._asked(person, first_year, max_uses))

    def _asked(self, person: str, first_year: int, max_uses: int) -> Asked:
        return Asked(
            template=template(),
            template_id=self.template_id,
            reference=create_reference(self.inss, person, "ES"),
            providers=(CNAV, self.inss.party),
            branches=(Branch.OLD_AGE,),
            from_date=date(first_year, 1, 1),
            to_date=date(2025, 1, 1),
            days=90,
            max_uses=max_uses,
        )

    def tell(self, person: str) -> bytes:
        """INSS tells the person what happens by law, under a purpose that says so."""
        source = template_source().replace(b'"treaty_authorisation"', b'"legal_obligation_notice"')
        source = source.replace(b'"claim-old-age"', b'"notice-old-age"')
        asked = replace(
            self._asked(person, 1980, 5),
            template=parse_template(source),
            template_id=register_template(self.inss, source),
        )
        return ask_consent(self.inss, asked)

    def enrol(self, browser: Browser, person: str) -> Authenticator:
        """Enrol a passkey in the portal with a code from the counter."""
        key = Authenticator(origin=self.origin, holder=new_holder())
        browser.get("/enrol")
        browser.submit({"code": self.code(person)})
        browser.submit({"device": "own"})
        assert browser.submit(key.make(browser.form())).path == "/sign-in"
        return key

    def sign_in(self, browser: Browser, key: Authenticator) -> None:
        browser.get("/sign-in")
        shown = browser.submit(key.answer(browser.form()))
        assert shown.status == 200, shown.response.text
        assert shown.page.all("form", action="/sign-out")

    def enter(self, browser: Browser) -> tuple[str, Authenticator]:
        """A new person who has a passkey and is signed in."""
        person = self.person()
        key = self.enrol(browser, person)
        self.sign_in(browser, key)
        return person, key


def sign(browser: Browser, key: Authenticator) -> None:
    """Sign the document that is shown, as the script does: over its exact bytes."""
    form = browser.form()
    page = browser.shown
    document = browser.get(form.get("data-document")).response.content
    browser.last = page
    browser.submit(key.answer(form, document))


def new_holder() -> Es256:
    """A key that no other test has."""
    return Es256(int.from_bytes(os.urandom(16), "big"))


@contextmanager
def open_world(folder: Path) -> Iterator[World]:
    ports = iter(pick_ports(5))
    port = next(ports)
    layout = create_federation(
        folder,
        {
            "FR": NodePorts(listen=next(ports), observe=next(ports)),
            "ES": NodePorts(listen=next(ports), observe=next(ports), portal=port),
        },
        now=datetime.now(UTC),
        randomness=os.urandom,
    )
    give_databases(layout.nodes.values())
    outside = Surroundings(now=lambda: datetime.now(UTC), randomness=os.urandom, sleep=time.sleep)
    with NodeProcesses() as nodes:
        nodes.start({"ES": layout.nodes["ES"]})
        with (
            open_office(layout.profiles["es-agency-inss"], outside) as inss,
            open_home(layout.profiles["es-portal"], outside) as home,
        ):
            yield World(port=port, inss=inss, home=home, outside=outside, nodes=nodes)
