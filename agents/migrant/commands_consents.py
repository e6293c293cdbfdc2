"""Commands of persons about what they allowed and what is wrong: with a code, or with their key."""

from pathlib import Path
from typing import Annotated

import typer

from agents.consent_formats import FormatOption, check_place, fetch_export, write_exported
from agents.migrant import person
from agents.migrant.commands import JsonOption, KeyOption, ProfileOption
from agents.migrant.own_counter import confirm_by_code, stop_by_code
from agents.migrant.own_record_objections import (
    hand_in_record_objection,
    prepare_record_objection,
)
from agents.names import statement_id_of
from agents.printing import Printer
from agents.profile import find_profile
from agents.surroundings import Surroundings
from agents.typing_in import type_in_code
from portability.errors import InvalidInputError
from portability.ledger.encoding import format_time
from portability.recognition.record_objection import RecordGrounds


def add_consent_commands(app: typer.Typer, outside: Surroundings) -> None:
    """Register ``stop``, ``confirm``, ``export-consent`` and ``object``."""
    _add_codes(app, outside)
    _add_signed(app, outside)


def _add_codes(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("stop")
    def stop(*, profile: ProfileOption = None, json: JsonOption = False) -> None:
        """Ask for the code from your paper, and stop everything that you allowed; needs no key."""
        code = type_in_code()
        with person.open_home(find_profile(profile), outside) as home:
            ended = stop_by_code(home, code)
        printer = Printer(as_json=json)
        printer.document({"ended": ended})
        printer.line(f"Stopped: {ended} permissions. Nothing more is given on them.")

    @app.command("confirm")
    def confirm(*, profile: ProfileOption = None, json: JsonOption = False) -> None:
        """Ask for the code from an office's letter, and confirm what it wrote down for you."""
        code = type_in_code()
        with person.open_home(find_profile(profile), outside) as home:
            state = confirm_by_code(home, code)
        printer = Printer(as_json=json)
        printer.document({"state": str(state)})
        printer.line(f"Confirmed; the consent is {state}.")


def _add_signed(app: typer.Typer, outside: Surroundings) -> None:
    _add_export_consent(app, outside)
    _add_object(app, outside)


def _add_export_consent(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("export-consent")
    def export_consent(
        consent: Annotated[str, typer.Argument(metavar="CONSENT", help="Id of the consent.")],
        *,
        key: KeyOption,
        form: FormatOption,
        to: Annotated[
            Path | None, typer.Option("--to", metavar="FILE", help="A new file; else it is shown.")
        ] = None,
        profile: ProfileOption = None,
    ) -> None:
        """Take a consent to other software, in its terms."""
        check_place(to)
        named = statement_id_of(consent, "CONSENT")
        with person.open_home(find_profile(profile), outside) as home:
            me = person.sign_in(home, key)
            made = fetch_export(home.session, named, form, me.token)
        write_exported(made, to)


def _add_object(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("object")
    def object_(
        record: Annotated[
            str, typer.Argument(metavar="RECORD", help="As `history` shows it: how its id begins.")
        ],
        *,
        because: Annotated[str, typer.Option(help=f"{', '.join(RecordGrounds)}.")],
        text: Annotated[str, typer.Option(help="What is wrong, in your words.")] = "",
        key: KeyOption,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Say under your signature that a record is wrong; it goes to whoever issued it."""
        if because not in {*RecordGrounds}:
            raise InvalidInputError(
                f"--because must be one of {', '.join(RecordGrounds)}", field="--because"
            )
        with person.open_home(find_profile(profile), outside) as home:
            me = person.sign_in(home, key)
            named = person.find_record(me, record)
            prepared = prepare_record_objection(me, named, RecordGrounds(because), text)
            signed = me.signer.sign(prepared.payload_type, prepared.document)
            seen = hand_in_record_objection(me, signed)
        first = seen.steps[0]
        printer = Printer(as_json=json)
        printer.document(
            {
                "objection": prepared.id.hex(),
                "complaint": f"complaints/{seen.id}",
                "desk": str(first.desk),
                "answer_by": format_time(first.answer_by) if first.answer_by else None,
            }
        )
        printer.line(f"Signed: {prepared.id.hex()}")
        due = f" by {format_time(first.answer_by)}" if first.answer_by else ""
        printer.line(f"{first.desk} has to answer{due}; its number is complaints/{seen.id}")
