"""Commands about consent: register a purpose, ask a person, see where a consent stands."""

from pathlib import Path
from typing import Annotated

import typer

from agents.agency import consents
from agents.agency.office import open_office
from agents.agency.options import (
    MAX_DAYS,
    JsonOption,
    ProfileOption,
    branch,
    day,
    party,
    statement,
)
from agents.consent_formats import FormatOption, check_place, write_exported
from agents.names import pairwise
from agents.printing import Printer
from agents.profile import find_profile, read_file, said_of
from agents.surroundings import Surroundings
from portability.consent.document import MAX_USES
from portability.consent.template import parse_template
from portability.ledger.encoding import format_time

TemplateOption = Annotated[
    Path, typer.Option("--template", metavar="FILE", help="The purpose template, as registered.")
]


def add_consent_commands(app: typer.Typer, outside: Surroundings) -> None:
    """Register ``register-template``, ``request-consent``, ``consent-state`` and what follows."""
    _add_later(app, outside)
    _add_register_template(app, outside)
    _add_request_consent(app, outside)
    _add_consent_state(app, outside)


def _add_register_template(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("register-template")
    def register_template(
        file: Annotated[Path, typer.Argument(metavar="FILE", help="A purpose template (TOML).")],
        *,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Sign a purpose template and register it; nothing can be asked before."""
        with open_office(find_profile(profile), outside) as office:
            source = read_file(file, "purpose template")
            with said_of(file):
                parse_template(source)
            found = consents.register_template(office, source)
        printer = Printer(as_json=json)
        printer.document({"template": found.hex()})
        printer.line(found.hex())


def _add_request_consent(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("request-consent")
    def request_consent(
        *,
        template: TemplateOption,
        reference: Annotated[
            str,
            typer.Option(
                callback=pairwise,
                help="The reference of the person between home node and this one.",
            ),
        ],
        providers: Annotated[
            list[str],
            typer.Option(
                "--provider",
                metavar="INSTITUTION",
                help="Data holder, such as FR/cnav; repeatable.",
            ),
        ],
        branches: Annotated[
            list[str],
            typer.Option("--branch", metavar="BRANCH", help="Such as old-age; repeatable."),
        ],
        from_date: Annotated[
            str, typer.Option("--from", metavar="DATE", help="First day of interest.")
        ],
        to_date: Annotated[str, typer.Option("--to", metavar="DATE", help="Last day of interest.")],
        days: Annotated[
            int, typer.Option(min=1, max=MAX_DAYS, help="How long it is to be in force.")
        ] = 60,
        max_uses: Annotated[
            int, typer.Option(min=1, max=MAX_USES, help="How often it may be used.")
        ] = 1,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Ask a person for consent, within what a registered template allows."""
        source = read_file(template, "purpose template")
        with said_of(template):
            parsed = parse_template(source)
        asked = consents.Asked(
            template=parsed,
            template_id=consents.template_id(source),
            reference=reference,
            providers=tuple(party(text, "--provider") for text in providers),
            branches=tuple(branch(text) for text in branches),
            from_date=day(from_date, "--from"),
            to_date=day(to_date, "--to"),
            days=days,
            max_uses=max_uses,
        )
        consents.check_asked(asked)
        with open_office(find_profile(profile), outside) as office:
            found = consents.ask_consent(office, asked)
        printer = Printer(as_json=json)
        printer.document({"consent_request": found.hex()})
        printer.line("The person finds the request under:")
        printer.line(found.hex())


def _add_consent_state(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("consent-state")
    def consent_state(
        consent: Annotated[str, typer.Argument(metavar="CONSENT", help="Statement id in hex.")],
        *,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Where a consent stands, by the node's signed word."""
        with open_office(find_profile(profile), outside) as office:
            status = consents.consent_state(office, statement(consent, "CONSENT"))
        printer = Printer(as_json=json)
        as_of = format_time(status.as_of)
        printer.document(
            {
                "consent": consent,
                "state": str(status.state),
                "version": status.version,
                "as_of": as_of,
            }
        )
        printer.line(f"{status.state} as of {as_of}")


def _add_later(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("give-up-consent")
    def give_up_consent(
        consent: Annotated[str, typer.Argument(metavar="CONSENT", help="Statement id in hex.")],
        *,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """End a consent that you asked for and need no more; who holds data under it is told."""
        with open_office(find_profile(profile), outside) as office:
            end, state = consents.give_up(office, statement(consent, "CONSENT"))
        printer = Printer(as_json=json)
        printer.document({"consent": consent, "state": str(state), "end": end.hex()})
        printer.line(f"The consent is {state}; erase what you hold under it, and say so.")

    @app.command("export-consent")
    def export_consent(
        consent: Annotated[str, typer.Argument(metavar="CONSENT", help="Statement id in hex.")],
        *,
        form: FormatOption,
        to: Annotated[
            Path | None, typer.Option("--to", metavar="FILE", help="A new file; else it is shown.")
        ] = None,
        profile: ProfileOption = None,
    ) -> None:
        """Write a consent that you asked for in the terms of other software."""
        check_place(to)
        with open_office(find_profile(profile), outside) as office:
            made = consents.export(office, statement(consent, "CONSENT"), form)
        write_exported(made, to)
