"""Commands about persons: enrol, find, refer, hand out codes."""

from pathlib import Path
from typing import Annotated

import typer

from agents.agency import persons
from agents.agency.imported import PersonIdentifier
from agents.agency.importing import read_periods
from agents.agency.office import Office, open_office
from agents.agency.options import JsonOption, PersonArgument, ProfileOption
from agents.names import pairwise
from agents.printing import Printer
from agents.profile import find_profile
from agents.surroundings import Surroundings
from agents.typing_in import type_in
from portability.consent.identity_evidence import EvidenceKind, Piece
from portability.errors import InvalidInputError
from portability.ledger.encoding import format_time

FormOption = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="P5000",
        help="Take the person's number from a form; else it is asked for.",
    ),
]
PeerOption = Annotated[str, typer.Option("--peer", help="The other jurisdiction, such as ES.")]


def add_person_commands(app: typer.Typer, outside: Surroundings) -> None:
    """Register the commands; the number of a person is never an argument that others can see."""
    _add_enrol_person(app, outside)
    _add_find_person(app, outside)
    _add_create_reference(app, outside)
    _add_accept_reference(app, outside)
    _add_assess_identity(app, outside)
    _add_enrolment_code(app, outside)


def _add_enrol_person(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("enrol-person")
    def enrol_person(
        form: FormOption = None,
        level: Annotated[
            str, typer.Option("--identity-level", help="low, substantial or high.")
        ] = "substantial",
        *,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Enrol a person at the node, or find the one who has this number already."""
        with open_office(find_profile(profile), outside) as office:
            number = _number(office, form)
            _tell_person(persons.enrol_person(office, number, level), as_json=json)


def _add_find_person(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("find-person")
    def find_person(
        form: FormOption = None, *, profile: ProfileOption = None, json: JsonOption = False
    ) -> None:
        """Find a person by their number in this jurisdiction."""
        with open_office(find_profile(profile), outside) as office:
            _tell_person(persons.find_person(office, _number(office, form)), as_json=json)


def _add_create_reference(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("create-reference")
    def create_reference(
        person: PersonArgument,
        *,
        peer: PeerOption,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Make the reference under which this node and a peer speak of a person."""
        with open_office(find_profile(profile), outside) as office:
            reference = persons.create_reference(office, person, peer)
        printer = Printer(as_json=json)
        printer.document({"reference": reference})
        printer.line(f"Hand this to the institution of {peer} that deals with the person:")
        printer.line(reference)


def _add_accept_reference(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("accept-reference")
    def accept_reference(
        person: PersonArgument,
        reference: Annotated[
            str,
            typer.Argument(
                metavar="REFERENCE",
                callback=pairwise,
                help="As the other institution handed it over.",
            ),
        ],
        *,
        peer: PeerOption,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Enrol a reference that a peer's institution made."""
        with open_office(find_profile(profile), outside) as office:
            persons.accept_reference(office, person, peer, reference)
        printer = Printer(as_json=json)
        printer.document({"person": person, "peer": peer})
        printer.line(f"From now on {peer} and this node know the person by that reference.")


def _add_assess_identity(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("assess-identity")
    def assess_identity(
        person: PersonArgument,
        *,
        evidence: Annotated[
            list[str],
            typer.Option(
                metavar="EVIDENCE",
                help="KIND or KIND:SOURCE, such as passport or vouching:teacher; repeatable.",
            ),
        ],
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Note what you went by; papers are one way, and people who vouch are another."""
        pieces = tuple(_piece(text) for text in evidence)
        with open_office(find_profile(profile), outside) as office:
            found = persons.assess_identity(office, person, pieces)
        printer = Printer(as_json=json)
        printer.document({"person": person, "level": found.level, "missing": found.missing})
        printer.line(f"How sure it is who they are: {found.level}.", style="bold")
        if found.missing:
            printer.line(f"What is missing {found.missing}.")
        printer.line("Keys that they enrol from now on carry it.")


def _add_enrolment_code(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("enrolment-code")
    def enrolment_code(
        person: PersonArgument, *, profile: ProfileOption = None, json: JsonOption = False
    ) -> None:
        """Make a code with which the person enrols a key of their own; it works once."""
        with open_office(find_profile(profile), outside) as office:
            made = persons.create_enrolment_code(office, person)
        printer = Printer(as_json=json)
        until = format_time(made.expires)
        printer.document({"code": made.code, "expires": until})
        printer.line(f"Hand or post this to the person and to nobody else; it works until {until}:")
        printer.line(made.code)


def _piece(text: str) -> Piece:
    """``vouching:teacher`` as evidence. Raises InvalidInputError naming the kinds there are."""
    kind, _, source = text.partition(":")
    if kind not in {*EvidenceKind}:
        raise InvalidInputError(
            f"--evidence must be one of {', '.join(EvidenceKind)}, alone or with :SOURCE",
            field="--evidence",
        )
    return Piece(kind=EvidenceKind(kind), source=source or kind)


def _number(office: Office, form: Path | None) -> PersonIdentifier:
    """The number from a form, or typed in without being shown, or from standard input."""
    if form is not None:
        imported = read_periods(form, None, office.jurisdiction, office.outside.now().date())
        own = {
            one.value: one
            for one in imported.identifiers
            if one.jurisdiction == office.jurisdiction
        }
        if len(own) != 1:
            raise InvalidInputError(
                f"{form.name} holds {len(own)} numbers of the person in {office.jurisdiction}, one "
                "is needed; use another form, or type the number in",
                field="pin",
            )
        return next(iter(own.values()))
    value = type_in(f"Number of the person in {office.jurisdiction}")
    if not value:
        raise InvalidInputError("no number was given; use --from or type it in", field="number")
    return PersonIdentifier(jurisdiction=office.jurisdiction, value=value)


def _tell_person(person: str, *, as_json: bool) -> None:
    printer = Printer(as_json=as_json)
    printer.document({"person": person})
    printer.line(person)
