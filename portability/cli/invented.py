"""Invented people with whom the portal can be tried: with a history, and asked something."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agents.agency.consents import Asked, ask_consent, register_template
from agents.agency.office import Office
from agents.agency.p5000 import read_p5000
from agents.agency.persons import (
    accept_reference,
    create_enrolment_code,
    create_reference,
    enrol_person,
)
from agents.agency.records import sign_rows, submit_rows
from portability.cli.stage import FIRST_DAY, example_file, rosas_case, template, template_source
from portability.consent.scope import Party
from portability.core.periods import Branch
from portability.errors import InvalidInputError

NAMES: Final = ("Amina", "Olena")
"""The first is asked for her periods; nobody asks the second anything."""

DAYS: Final = 90
USES: Final = 5
_LIKE: Final = "ROSA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """Somebody who does not exist, and the code with which whoever reads it can be her."""

    name: str
    code: str


def invite(home: Office, abroad: Office, *, is_new: bool) -> Sequence[Invited]:
    """
    A fresh code for each; in a new federation also their histories and a request.

    Their histories are Rosa's under other names, since her own story starts from nothing.
    """
    found = []
    for name in NAMES:
        person = _enrol(home, name, with_history=is_new)
        if is_new:
            there = _enrol(abroad, name, with_history=True)
            reference = create_reference(home, person, abroad.jurisdiction)
            accept_reference(abroad, there, home.jurisdiction, reference)
        if is_new and name == NAMES[0]:
            _ask(home, person, abroad.party)
        found.append(Invited(name=name, code=create_enrolment_code(home, person).code))
    return found


def _enrol(office: Office, name: str, *, with_history: bool) -> str:
    code = office.jurisdiction
    file = f"rosa-{code.lower()}.p5000.json"
    source = example_file("rosa", file).replace(_LIKE.encode(), name.upper().encode())
    imported = read_p5000(source, file, code)
    number = next((one for one in imported.identifiers if one.jurisdiction == code), None)
    if number is None:
        raise InvalidInputError("the example has no number of its own country", field="pin")
    person = enrol_person(office, number, "substantial")
    if with_history:
        rows = sign_rows(office, person, imported.rows)
        submit_rows(office, person, rows)
    return person


def _ask(office: Office, person: str, abroad: Party) -> None:
    asked = Asked(
        template=template(),
        template_id=register_template(office, template_source()),
        reference=create_reference(office, person, office.jurisdiction),
        providers=(abroad, office.party),
        branches=(Branch.OLD_AGE,),
        from_date=FIRST_DAY,
        to_date=rosas_case().award_date,
        days=DAYS,
        max_uses=USES,
    )
    ask_consent(office, asked)
