"""``notices``: who was told of corrections and ended permissions, and what they answered."""

from typing import Annotated

import typer

from agents.agency.notices import list_notices
from agents.agency.office import open_office
from agents.agency.options import JsonOption, ProfileOption
from agents.names import case_or_record
from agents.printing import Printer
from agents.profile import find_profile
from agents.surroundings import Surroundings

ParentArgument = Annotated[
    str,
    typer.Argument(
        metavar="CASE|RECORD",
        callback=case_or_record,
        help="cases/… or records/… as shown elsewhere.",
    ),
]


def add_notice_commands(app: typer.Typer, outside: Surroundings) -> None:
    """Register ``notices``."""

    @app.command("notices")
    def notices(
        parent: ParentArgument, *, profile: ProfileOption = None, json: JsonOption = False
    ) -> None:
        """Show who was told of corrections and ended permissions, and who has answered what."""
        with open_office(find_profile(profile), outside) as office:
            found = list(list_notices(office, parent))
        printer = Printer(as_json=json)
        printer.document([one.to_json() for one in found])
        if not found:
            printer.line("Nobody had to be told of anything.")
            return
        printer.table(
            ("notice", "case", "about", "to", "answer", "kept under"),
            (
                (
                    one.kind,
                    one.case,
                    one.subject.hex()[:16],
                    reply.jurisdiction,
                    reply.effect or "not yet",
                    reply.citation,
                )
                for one in found
                for reply in one.answers
            ),
        )
