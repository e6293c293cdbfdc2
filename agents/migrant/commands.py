"""Commands of persons and their helpers."""

from pathlib import Path
from typing import Annotated, Final

import typer

from agents.auditor.telling import tell_report
from agents.bundle_archive import check_place, write_bundle
from agents.bundle_files import Scope
from agents.erasure_words import GROUNDS, describe_erasure, erasure_json
from agents.exits import HELD, NOT_HELD
from agents.migrant import person
from agents.migrant.export import fetch_own, verify_own
from agents.migrant.words import describe_consent, describe_disclosure, describe_request
from agents.names import named, statement_id_of
from agents.printing import Printer
from agents.profile import PROFILE_VARIABLE, find_profile
from agents.record_words import record_line
from agents.surroundings import Surroundings
from agents.typing_in import type_in_code
from portability.core.supersession import superseded_by
from portability.errors import ConfigurationError
from portability.recognition.erasure import ErasureBasis
from portability.wire.receipt import receipt_to_pb

ASKED_FOR: Final = "-"
"""In place of a code: it is typed in, or comes on standard input."""

ProfileOption = Annotated[
    Path | None,
    typer.Option(
        "--profile", envvar=PROFILE_VARIABLE, metavar="FILE", help="The portal of your home node."
    ),
]
KeyOption = Annotated[
    Path, typer.Option("--key", metavar="FILE", help="Your key; only you may read this file.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Write one JSON document to standard output, nothing else.")
]


def add_commands(app: typer.Typer, outside: Surroundings) -> None:
    """Register the commands of a person."""
    _add_enrol(app, outside)
    _add_acts(app, outside)
    _add_requests(app, outside)
    _add_views(app, outside)
    _add_erasure(app, outside)
    _add_export(app, outside)


def _add_enrol(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("enrol")
    def enrol(
        code: Annotated[
            str,
            typer.Argument(
                metavar="CODE",
                show_default=False,
                help="From the counter or the letter. Leave it out, or write -, and you are asked "
                "for it: what stands in a command is seen by all users of this machine.",
            ),
        ] = ASKED_FOR,
        *,
        key: KeyOption,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Make a key of your own and enrol it with the code that you were given."""
        code = type_in_code() if code == ASKED_FOR else code.strip()
        with person.open_home(find_profile(profile), outside) as home:
            name = person.enrol(home, code, key)
        printer = Printer(as_json=json)
        printer.document({"person": name, "key": str(key)})
        printer.line(f"Your key is in {key}. Keep it to yourself, and keep a copy.")
        printer.line(f"Your home node knows you as {name}.")


def _add_erasure(app: typer.Typer, outside: Surroundings) -> None:
    _add_erase(app, outside)
    _add_erasure_command(app, outside)


def _add_erase(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("erase")
    def erase(
        *,
        key: KeyOption,
        basis: Annotated[
            str, typer.Option("--basis", help=f"Why: {', '.join(GROUNDS)}.")
        ] = ErasureBasis.NO_LONGER_NEEDED.value,
        yes: Annotated[bool, typer.Option("--yes", help="Ask without asking again.")] = False,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Ask your home node to erase you. An institution decides, and can refuse under a law."""
        if basis not in GROUNDS:
            raise typer.BadParameter(f"must be one of {', '.join(GROUNDS)}", param_hint="--basis")
        printer = Printer(as_json=json)
        if not yes:
            typer.confirm(
                "Nothing brings back what is erased: your history, consents and receipts. Ask?",
                abort=True,
                err=True,
            )
        with person.open_home(find_profile(profile), outside) as home:
            state = person.ask_erasure(person.sign_in(home, key), ErasureBasis(basis))
        printer.document(erasure_json(state))
        for line in describe_erasure(state):
            printer.line(line)
        printer.line("Keep that name: with `erasure NAME` you can always see what became of it.")


def _add_erasure_command(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("erasure")
    def erasure(
        name: Annotated[
            str,
            typer.Argument(
                metavar="NAME", callback=named("erasures", "persons"), help="As printed for you."
            ),
        ],
        *,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """See how far the erasure of your data is, and who has not answered. Needs no key."""
        with person.open_home(find_profile(profile), outside) as home:
            state = person.show_erasure(home, name)
        printer = Printer(as_json=json)
        printer.document(erasure_json(state))
        for line in describe_erasure(state):
            printer.line(line)


def _add_acts(app: typer.Typer, outside: Surroundings) -> None:
    _add_consent(app, outside)
    _add_withdraw(app, outside)


def _add_consent(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("consent")
    def consent(
        request: Annotated[
            str, typer.Argument(metavar="REQUEST", help="Id of the request, or its beginning.")
        ],
        *,
        key: KeyOption,
        max_uses: Annotated[int, typer.Option(min=0, help="Fewer uses than asked for.")] = 0,
        yes: Annotated[bool, typer.Option("--yes", help="Sign without asking again.")] = False,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Look at what a request would allow, and sign the exact document."""
        printer = Printer(as_json=json)
        with person.open_home(find_profile(profile), outside) as home:
            me = person.sign_in(home, key)
            drafted = person.draft_consent(me, person.find_request(me, request), max_uses=max_uses)
            for line in describe_consent(drafted.consent):
                printer.line(line)
            printer.line(f"Check code: {drafted.check_code}")
            ask_again(printer, yes=yes)
            found, state = person.give_consent(me, drafted)
        printer.document(
            {"consent": found.hex(), "state": str(state), "check_code": drafted.check_code}
        )
        printer.line(f"Signed; the consent is {state}: {found.hex()}", style="green")


def _add_withdraw(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("withdraw")
    def withdraw(
        consent_id: Annotated[str, typer.Argument(metavar="CONSENT", help="Id of the consent.")],
        *,
        key: KeyOption,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Withdraw a consent at once."""
        named = statement_id_of(consent_id, "CONSENT")
        with person.open_home(find_profile(profile), outside) as home:
            found, state = person.withdraw(person.sign_in(home, key), named)
        printer = Printer(as_json=json)
        printer.document({"withdrawal": found.hex(), "state": str(state)})
        printer.line(f"The consent is {state}; nothing more is given on it.", style="green")


def _add_requests(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("requests")
    def requests(
        *, key: KeyOption, profile: ProfileOption = None, json: JsonOption = False
    ) -> None:
        """List what is asked of you, in words."""
        with person.open_home(find_profile(profile), outside) as home:
            found = list(person.list_requests(person.sign_in(home, key)))
        printer = Printer(as_json=json)
        printer.document(
            [
                {
                    "request": one.id.hex(),
                    "state": str(one.state),
                    "consent": one.consent.hex(),
                    "requester": str(one.content.requester),
                    "words": list(describe_request(one.content)),
                }
                for one in found
            ]
        )
        for one in found:
            printer.line(f"{one.id.hex()[:16]} ({one.state})", style="bold")
            for line in describe_request(one.content):
                printer.line(f"  {line}")
        if not found:
            printer.line("Nothing is asked of you.")


def _add_views(app: typer.Typer, outside: Surroundings) -> None:
    _add_history(app, outside)
    _add_receipts(app, outside)


def _add_history(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("history")
    def history(*, key: KeyOption, profile: ProfileOption = None, json: JsonOption = False) -> None:
        """Show what your home node holds about you, each record verified."""
        with person.open_home(find_profile(profile), outside) as home:
            found = list(person.list_history(person.sign_in(home, key)))
        printer = Printer(as_json=json)
        replaced = superseded_by(one.content for one in found)
        rows = [
            (
                one.content.institution,
                one.content.kind.value,
                record_line(one.content),
                "replaced" if one.id in replaced else "in force",
                one.id.hex(),
            )
            for one in found
        ]
        names = ("institution", "kind", "says", "state", "record")
        printer.document([dict(zip(names, row, strict=True)) for row in rows])
        printer.table(names, ((*row[:-1], row[-1][:16]) for row in rows))
        printer.line(f"{len(found)} records, each signed by its institution and in the log.")


def _add_receipts(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("receipts")
    def receipts(
        *, key: KeyOption, profile: ProfileOption = None, json: JsonOption = False
    ) -> None:
        """Show who asked for your data and who received any, each receipt verified."""
        with person.open_home(find_profile(profile), outside) as home:
            found = person.list_receipts(person.sign_in(home, key))
        words = [describe_disclosure(one.content, has_stayed=one.has_stayed) for one in found]
        printer = Printer(as_json=json)
        printer.document(
            [
                {
                    "receipt": one.id.hex(),
                    "words": said,
                    "outcome": str(one.content.outcome),
                    "requester": str(one.content.requester),
                    "provider": str(one.content.provider),
                    "records": receipt_to_pb(one.content).record_count,
                    "signed_for": one.confirmation,
                }
                for one, said in zip(found, words, strict=True)
            ]
        )
        for said in words:
            printer.line(said)
        if not found:
            printer.line("Nobody has asked for your data.")


def _add_export(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("export")
    def export(
        path: Annotated[
            Path,
            typer.Argument(metavar="PATH", help="A new directory, or a new file in .zip."),
        ],
        *,
        key: KeyOption,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> int:
        """Take everything signed that your home node holds about you, and verify it offline."""
        printer = Printer(as_json=json)
        check_place(path)
        found = find_profile(profile)
        with person.open_home(found, outside) as home:
            files = fetch_own(person.sign_in(home, key))
        with printer.progress("verifying") as progress:
            files, report = verify_own(found, files, outside, progress)
        write_bundle(files, path, Scope.PERSON)
        printer.document({"bundle": str(path), **report.to_json()})
        tell_report(printer, report)
        printer.line(f"Written to {path}. It is about you: keep it where nobody else reads it.")
        return HELD if report.verified else NOT_HELD


def ask_again(printer: Printer, *, yes: bool) -> None:
    """Nothing is signed unless the person says so after having read it."""
    if yes:
        return
    if printer.as_json:
        raise ConfigurationError(
            "with --json nobody can be asked; read the request first, then add --yes", field="yes"
        )
    if not typer.confirm("Sign this?", default=False):
        raise typer.Abort
