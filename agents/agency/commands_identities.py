"""Commands about identity: which requests match nobody or more than one, and whom they mean."""

from typing import Annotated

import typer

from agents.agency.identities import list_questions, resolve_identity
from agents.agency.office import open_office
from agents.agency.options import JsonOption, ProfileOption, statement
from agents.names import named
from agents.printing import Printer
from agents.profile import find_profile
from agents.surroundings import Surroundings


def add_identity_commands(app: typer.Typer, outside: Surroundings) -> None:
    """Register ``identity list`` and ``identity resolve``."""
    identity_app = typer.Typer(
        help="Whom requests of other countries mean.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    app.add_typer(identity_app, name="identity")
    _add_list(identity_app, outside)
    _add_resolve(identity_app, outside)


def _add_list(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("list")
    def show(*, profile: ProfileOption = None, json: JsonOption = False) -> None:
        """List requests that match nobody here, or more than one."""
        with open_office(find_profile(profile), outside) as office:
            found = list_questions(office)
        printer = Printer(as_json=json)
        printer.document([one.to_json() for one in found])
        if not found:
            printer.line("no request waits for an officer")
        for one in found:
            printer.fields(
                (
                    ("request", one.request.hex()),
                    ("case", one.case),
                    ("asked by", str(one.requester)),
                    ("reference", one.reference),
                    ("could be", ", ".join(one.candidates) or "nobody who is known here"),
                    ("since", one.since.isoformat()),
                )
            )


def _add_resolve(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("resolve")
    def resolve(
        request: Annotated[
            str, typer.Argument(metavar="REQUEST", help="As identity list shows it.")
        ],
        *,
        person: Annotated[
            str, typer.Option(callback=named("persons"), help="Whom it means; or --none.")
        ] = "",
        nobody: Annotated[
            bool, typer.Option("--none", help="Nobody whom this institution insured.")
        ] = False,
        basis: Annotated[
            str, typer.Option(help="What you went by, such as document or register.")
        ] = "document",
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Say whom a request means, under the institution's signature; it is answered then."""
        if bool(person) is nobody:
            raise typer.BadParameter("give --person, or --none")
        ident = statement(request, "REQUEST")
        with open_office(find_profile(profile), outside) as office:
            done = resolve_identity(office, ident, person, basis)
        printer = Printer(as_json=json)
        printer.document(done.to_json())
        printer.line(f"Signed and in the log at leaf {done.index}: {done.id.hex()}", style="green")
        if nobody:
            printer.line("The request is answered: not insured here.")
        else:
            printer.line("The request is answered with what the permission allows.")
