"""Who and what is on the stage of the demo: two offices, one person, and their nodes."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import files

from agents.agency.cases import CaseView, get_case
from agents.agency.office import Office
from agents.surroundings import Surroundings
from portability.cli.processes import NodeProcesses
from portability.consent.template import Template, parse_template
from portability.core.case import Case, parse_case
from portability.core.scheme import Scheme
from portability.errors import PeerUnavailableError
from portability.node.development.federation import FederationLayout

AGREEMENT = "eu-883-2004"
TEMPLATE_FILE = "purpose-claim-old-age.toml"
CASE_FILE = "rosa.toml"
CLAIM_DATE = date(2024, 11, 4)
FIRST_DAY = date(1980, 1, 1)
_PATIENCE_SECONDS = 15.0
_PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The running federation with an office of each institution: CNAV in FR, INSS in ES."""

    layout: FederationLayout
    nodes: NodeProcesses
    outside: Surroundings
    cnav: Office
    inss: Office

    @property
    def offices(self) -> tuple[Office, Office]:
        return self.cnav, self.inss


def real_surroundings() -> Surroundings:
    """The machine's own clock, randomness and patience."""
    return Surroundings(now=lambda: datetime.now(UTC), randomness=os.urandom, sleep=time.sleep)


def example_file(*path: str) -> bytes:
    """A shipped file by its path among the examples: ``"rosa", "rosa-fr.csv"``."""
    return files("portability.examples").joinpath(*path).read_bytes()


def rosas_case() -> Case:
    """The case file that says what the demo must come to."""
    return parse_case(example_file(CASE_FILE), CASE_FILE)


def scheme_of(jurisdiction: str) -> Scheme:
    """What Rosa's case file says of one jurisdiction's law."""
    return next(one for one in rosas_case().schemes if one.jurisdiction == jurisdiction)


def template_source() -> bytes:
    """The purpose template that INSS registers, as it is shipped."""
    return example_file(TEMPLATE_FILE)


def template() -> Template:
    return parse_template(template_source())


def await_case(office: Office, name: str, wanted: Callable[[CaseView], bool]) -> CaseView:
    """
    The case once it is as wanted; nodes answer each other on their own time.

    Raises PeerUnavailableError if it does not come to that within a bounded time.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        case = get_case(office, name)
        if wanted(case):
            return case
        if time.monotonic() > deadline:
            raise PeerUnavailableError(
                f"the case is still {case.state} at {office.party} after "
                f"{_PATIENCE_SECONDS:.0f} s; the nodes' logs may say why"
            )
        office.outside.sleep(_PAUSE_SECONDS)
