"""Commands of a counter: staff that may sign, consents for people without a key, and stopping."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from agents.agency import counter
from agents.agency.office import Office, open_office
from agents.agency.options import JsonOption, PersonArgument, ProfileOption, day, statement
from agents.migrant.words import describe_consent
from agents.names import named
from agents.printing import Printer
from agents.profile import find_profile, read_file
from agents.surroundings import Surroundings
from agents.typing_in import type_in_code
from portability.errors import ConfigurationError
from portability.ledger.encoding import format_time

_QUESTIONS = {
    "purpose": "What is it for?",
    "recipient": "Who gets the data?",
    "data": "Which data?",
    "end": "Until when?",
    "stop": "How can they stop it?",
}

KeyOption = Annotated[Path, typer.Option("--worker-key", metavar="FILE", help="Their key.")]
WorkerOption = Annotated[str, typer.Option("--worker", help="Who helps: the id from enrol.")]


def add_counter_commands(app: typer.Typer, outside: Surroundings) -> None:
    """Register ``counter ...``."""
    group = typer.Typer(
        help="People without a key or papers: consent with help, and stopping by word.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    app.add_typer(group, name="counter")
    _add_staff(group, outside)
    _add_consent(group, outside)
    _add_codes(group, outside)
    _add_ends(group, outside)


def _add_staff(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("enrol")
    def enrol(
        key: Annotated[Path, typer.Argument(metavar="FILE", help="A new file for their key.")],
        *,
        role: Annotated[str, typer.Option(help="worker or witness.")],
        unit: Annotated[str, typer.Option(help="Where they work, as a code.")],
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Let somebody of your staff sign for persons, as a worker or as a witness."""
        _one_of(role, counter.ROLES, "--role")
        with open_office(find_profile(profile), outside) as office:
            found = counter.enrol_assistant(office, key, role, unit)
        printer = Printer(as_json=json)
        printer.document({"assistant": found.hex(), "role": role})
        printer.line(f"Their key is in {key}; only they may read it. They are named by:")
        printer.line(found.hex())

    @app.command("revoke")
    def revoke(
        assistant: Annotated[str, typer.Argument(metavar="ASSISTANT", help="The id from enrol.")],
        *,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """End the key of somebody of your staff; what they signed before stays valid."""
        with open_office(find_profile(profile), outside) as office:
            counter.revoke_assistant(office, statement(assistant, "ASSISTANT"))
        printer = Printer(as_json=json)
        printer.document({"revoked": assistant})
        printer.line("They sign nothing more.")


def _add_consent(app: typer.Typer, outside: Surroundings) -> None:
    _add_requests(app, outside)
    _add_consent_command(app, outside)


def _add_requests(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("requests")
    def requests(
        person: PersonArgument, *, profile: ProfileOption = None, json: JsonOption = False
    ) -> None:
        """Show what is asked of somebody who stands here."""
        with open_office(find_profile(profile), outside) as office:
            found = counter.list_requests(office, person)
        printer = Printer(as_json=json)
        names = ("request", "state", "asked by")
        rows = [(one.hex(), str(state), who) for one, state, who in found]
        printer.document([dict(zip(names, row, strict=True)) for row in rows])
        printer.table(names, rows)


def _add_consent_command(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("consent")
    def consent(
        person: PersonArgument,
        request: Annotated[
            str, typer.Argument(metavar="REQUEST", help="Id of the request, in hex.")
        ],
        *,
        worker: WorkerOption,
        worker_key: KeyOption,
        witness: Annotated[str, typer.Option(help="Who attends: the id from enrol.")] = "",
        witness_key: Annotated[Path | None, typer.Option(metavar="FILE", help="Their key.")] = None,
        witness_relation: Annotated[
            str, typer.Option(help="What the witness is to the person, such as none.")
        ] = "none",
        level: Annotated[str, typer.Option(help="witnessed, worker-alone or paper.")] = "witnessed",
        language: Annotated[str, typer.Option(help="In which it is read out.")] = "en",
        mode: Annotated[str, typer.Option(help="read_aloud, interpreter or print.")] = "read_aloud",
        place: Annotated[str, typer.Option(help="Code of the place.")],
        device: Annotated[str, typer.Option(help="Code of the device.")],
        scan: Annotated[
            Path | None, typer.Option(metavar="FILE", help="For paper: the scanned page.")
        ] = None,
        acts_for: Annotated[
            str, typer.Option("--for", help="guardian, delegate, court or survivor.")
        ] = "",
        proof: Annotated[
            Path | None, typer.Option(metavar="FILE", help="The paper that lets them act.")
        ] = None,
        proof_until: Annotated[
            str, typer.Option(metavar="DATE", help="Last day of that right.")
        ] = "",
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Read out a request, have it said back, and sign for the person; print their copy."""
        _one_of(level, counter.LEVELS, "--level")
        attending = _attending(level, witness, witness_key)
        if (scan is not None) != (level == "paper"):
            raise typer.BadParameter("--scan is given for paper, and for nothing else")
        asked = counter.Asked(
            person=person,
            request=statement(request, "REQUEST"),
            level=level,
            worker=counter.Signer(id=statement(worker, "--worker"), key=worker_key),
            witness=attending,
            language=language,
            mode=mode,
            place=place,
            device=device,
            standing=_standing(acts_for, proof, proof_until),
        )
        relation = witness_relation if attending is not None else ""
        with open_office(find_profile(profile), outside) as office:
            _sign_here(office, asked, Printer(as_json=json), scan=scan, relation=relation)


def _sign_here(
    office: Office, asked: counter.Asked, printer: Printer, *, scan: Path | None, relation: str
) -> None:
    """Read it out to the person who stands here, sign once they said it back, tell the codes."""
    read_out = counter.prepare(office, asked)
    copied = _said_back(printer, read_out, scan, relation)
    given = counter.hand_in(office, asked, read_out, copied)
    _tell_given(printer, given, read_out.check_code)


def _attending(level: str, witness: str, key: Path | None) -> counter.Signer | None:
    """The witness, who attends where the level asks for one and nowhere else."""
    is_witnessed = level == "witnessed"
    if bool(witness) != is_witnessed or (key is not None) != is_witnessed:
        raise typer.BadParameter(
            "with --level witnessed give --witness and --witness-key, with another neither"
        )
    return None if key is None else counter.Signer(id=statement(witness, "--witness"), key=key)


def _tell_given(printer: Printer, given: counter.Given, check_code: str) -> None:
    printer.document(
        {
            "consent": given.id.hex(),
            "state": str(given.state),
            "check_code": check_code,
            "withdrawal_code": given.withdrawal_code,
        }
    )
    printer.line(f"Signed; the consent is {given.state}: {given.id.hex()}", style="bold")
    printer.line(f"For the person's paper: check code {check_code};")
    printer.line(f"to stop it by telephone or at any counter: {given.withdrawal_code}")


def _add_codes(app: typer.Typer, outside: Surroundings) -> None:
    _add_code(app, outside)
    _add_device_code(app, outside)
    _add_letter(app, outside)
    _add_confirm(app, outside)


def _add_code(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("code")
    def code(
        person: PersonArgument, *, profile: ProfileOption = None, json: JsonOption = False
    ) -> None:
        """Make a code by which the person stops consents on the telephone; it does nothing else."""
        with open_office(find_profile(profile), outside) as office:
            made, until = counter.withdrawal_code(office, person)
        _tell_code(made, until, "Whoever says this code stops what the person allowed", json=json)


def _add_device_code(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("device-code")
    def device_code(
        person: PersonArgument,
        *,
        worker: WorkerOption,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Let the person sign on a device of this office, with a stick or a key for the hour."""
        with open_office(find_profile(profile), outside) as office:
            named = statement(worker, "--worker")
            made, until = counter.device_code(office, person, named)
        _tell_code(made, until, "Type it into the portal's page for a new key, here", json=json)


def _add_letter(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("letter")
    def letter(
        person: PersonArgument,
        consent: Annotated[
            str, typer.Argument(metavar="CONSENT", help="Id of what a worker signed alone.")
        ],
        *,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Make the code for a letter or call, by which the person confirms such a consent."""
        with open_office(find_profile(profile), outside) as office:
            named = statement(consent, "CONSENT")
            made, until = counter.confirmation_code(office, person, named)
        _tell_code(made, until, "Post it to the person, or say it when you call them", json=json)


def _add_confirm(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("confirm")
    def confirm(*, profile: ProfileOption = None, json: JsonOption = False) -> None:
        """Ask for the code of such a letter, unseen; the consent is in force then."""
        said = type_in_code()
        with open_office(find_profile(profile), outside) as office:
            found, state = counter.confirm(office, said)
        printer = Printer(as_json=json)
        printer.document({"consent": found.hex(), "state": str(state)})
        printer.line(f"The consent is {state}: {found.hex()}")


def _add_ends(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("withdraw")
    def withdraw(
        person: Annotated[
            str,
            typer.Option(
                "--person",
                callback=named("persons"),
                help="Who stands here: persons/ and 32 hex digits.",
            ),
        ] = "",
        *,
        consents: Annotated[
            list[str] | None,
            typer.Option("--consent", metavar="CONSENT", help="These alone; repeatable."),
        ] = None,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """
        Stop what somebody allowed: all of it, or what they name. It needs no key.

        Without --person it asks for the code that they say on the telephone.
        """
        code = "" if person else type_in_code()
        named = [statement(one, "--consent") for one in consents or ()]
        with open_office(find_profile(profile), outside) as office:
            _tell_ended(counter.withdraw(office, person, code, named), json=json)

    @app.command("end")
    def end(
        person: PersonArgument,
        *,
        because: Annotated[str, typer.Option(help=f"{', '.join(counter.CAUSES)}.")],
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """End what must not stand: the person came of age, or the right to act for them ended."""
        _one_of(because, counter.CAUSES, "--because")
        with open_office(find_profile(profile), outside) as office:
            _tell_ended(counter.invalidate(office, person, because), json=json)


def _said_back(
    printer: Printer, read_out: counter.ReadOut, scan: Path | None, relation: str
) -> counter.Copied:
    """Read it out, and ask back. Raises ConfigurationError where nobody could be asked."""
    if printer.as_json:
        raise ConfigurationError(
            "with --json nobody can be asked back; run it where the person is", field="json"
        )
    printer.line("Read out:", style="bold")
    for line in read_out.notice.splitlines():
        printer.line(line)
    for line in describe_consent(read_out.consent):
        printer.line(line)
    printer.line(f"Check code: {read_out.check_code}")
    right = tuple(
        one
        for one in read_out.questions
        if typer.confirm(f"{_QUESTIONS.get(one, one)} Did they say it rightly?", default=False)
    )
    able = typer.confirm("Do they understand what they do?", default=False)
    if not typer.confirm("Sign this?", default=False):
        raise typer.Abort
    digest = b"" if scan is None else sha256(read_file(scan, "scan")).digest()
    return counter.Copied(
        right=right, has_capacity=able, witness_relation=relation, copy="paper", scan=digest
    )


def _standing(role: str, proof: Path | None, until: str) -> counter.Standing | None:
    if not role:
        if proof is not None or until:
            raise typer.BadParameter("--proof and --proof-until go with --for")
        return None
    _one_of(role, counter.REPRESENTATIVES, "--for")
    if proof is None or not until:
        raise typer.BadParameter("whoever acts for the person shows --proof, with --proof-until")
    last = day(until, "--proof-until")
    return counter.Standing(
        role=role,
        sha256=sha256(read_file(proof, "proof")).digest(),
        until=datetime.combine(last, time(23, 59, 59), UTC),
        acts=("consent", "withdraw"),
    )


def _one_of(text: str, known: Mapping[str, object], option: str) -> None:
    names = tuple(known)
    if text not in names:
        raise typer.BadParameter(f"must be one of {', '.join(names)}", param_hint=option)


def _tell_code(code: str, until: datetime, what: str, *, json: bool) -> None:
    printer = Printer(as_json=json)
    printer.document({"code": code, "expires": format_time(until)})
    printer.line(f"{what}; it works once, until {format_time(until)}:")
    printer.line(code)


def _tell_ended(ended: list[bytes], *, json: bool) -> None:
    printer = Printer(as_json=json)
    printer.document({"ended": [one.hex() for one in ended]})
    if not ended:
        printer.line("Nothing was in force.")
    for one in ended:
        printer.line(f"ended: {one.hex()}")
