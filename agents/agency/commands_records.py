"""Commands about records: import a file, list what the node holds."""

from pathlib import Path
from typing import Annotated

import typer

from agents.agency.imported import Finding, Imported, Weight
from agents.agency.importing import ImportOutcome, OnError, import_periods, read_periods
from agents.agency.office import open_office
from agents.agency.options import JsonOption, PersonArgument, ProfileOption
from agents.agency.record_tables import print_records
from agents.agency.records import list_records
from agents.agency.row_checks import words
from agents.exits import HELD, NOT_HELD
from agents.names import country_code, named
from agents.printing import Printer
from agents.profile import find_profile
from agents.surroundings import Surroundings
from portability.core.periods import Period

_STYLES = {Weight.REFUSED: "red", Weight.LEFT_OUT: "yellow", Weight.CHECK: "yellow"}
SenderOption = Annotated[
    str,
    typer.Option(
        callback=country_code,
        metavar="XX",
        help="The sender's country, for rows that name none; such as FR.",
    ),
]


def add_record_commands(app: typer.Typer, outside: Surroundings) -> None:
    """Register ``check``, ``import`` and ``records``."""
    _add_check(app, outside)
    _add_import_file(app, outside)
    _add_records(app, outside)


def _add_check(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("check")
    def check(
        file: Annotated[Path, typer.Argument(metavar="FILE", help="A P5000 (JSON) or CSV file.")],
        *,
        jurisdiction: SenderOption = "",
        json: JsonOption = False,
    ) -> int:
        """Read a file and say what is in it, row by row. Talks to no node."""
        today = outside.now().date()
        imported = read_periods(file, jurisdiction or None, jurisdiction or "XX", today)
        printer = Printer(as_json=json)
        printer.document(imported.to_json())
        _print_rows(printer, imported)
        _print_findings(printer, imported.findings)
        return NOT_HELD if imported.refused else HELD


def _add_import_file(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("import")
    def import_file(
        file: Annotated[Path, typer.Argument(metavar="FILE", help="A P5000 (JSON) or CSV file.")],
        *,
        person: Annotated[
            str,
            typer.Option(
                callback=named("persons"),
                help="Name at the node; else found by the number in the form.",
            ),
        ] = "",
        jurisdiction: SenderOption = "",
        on_error: Annotated[
            OnError, typer.Option(help="What becomes of a file with bad rows.")
        ] = OnError.REFUSE,
        again: Annotated[
            bool, typer.Option("--again", help="Also rows that a record says already.")
        ] = False,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> int:
        """Sign each row as a record of the institution and submit it; verify each proof."""
        printer = Printer(as_json=json)
        with open_office(find_profile(profile), outside) as office:
            today = outside.now().date()
            imported = read_periods(file, jurisdiction or None, office.jurisdiction, today)
            with printer.progress("submitting") as progress:
                outcome = import_periods(
                    office,
                    imported,
                    person=person or None,
                    on_error=on_error,
                    again=again,
                    progress=progress,
                )
        printer.document(outcome.to_json())
        _print_outcome(printer, outcome)
        return NOT_HELD if outcome.submitted.refused else HELD


def _add_records(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("records")
    def records(
        person: PersonArgument, *, profile: ProfileOption = None, json: JsonOption = False
    ) -> None:
        """List this institution's records of a person, each verified against the log."""
        with open_office(find_profile(profile), outside) as office:
            found = list(list_records(office, person))
        print_records(Printer(as_json=json), found)


def _print_outcome(printer: Printer, outcome: ImportOutcome) -> None:
    _print_rows(printer, outcome.imported)
    _print_findings(printer, outcome.imported.findings)
    accepted = outcome.submitted.accepted
    for row in outcome.submitted.refused:
        printer.line(f"{row.place}: refused by the node: {row.message}", style="red")
    if accepted:
        first, last = accepted[0].index, accepted[-1].index
        printer.line(
            f"{len(accepted)} records are in the log (leaves {first} to {last} of "
            f"{accepted[-1].tree_size}); every proof and checkpoint was verified here.",
            style="green",
        )
    else:
        printer.line("Nothing was submitted.")


def _print_rows(printer: Printer, imported: Imported) -> None:
    printer.table(
        ("place", "country", "type", "from", "to", "declared"),
        ((row.place, row.period.jurisdiction, *_cells(row.period)) for row in imported.rows),
    )
    for total in imported.totals:
        printer.line(f"{total.place}: {words(total.declared)}")


def _print_findings(printer: Printer, findings: tuple[Finding, ...]) -> None:
    for one in findings:
        place = f"{one.place}, {one.field}" if one.field else one.place
        printer.line(f"{place}: {one.weight}: {one.detail}", style=_STYLES.get(one.weight, "dim"))


def _cells(period: Period) -> tuple[str, str, str, str]:
    declared = words(period.declared) if period.declared else ""
    for year, in_year in period.by_year:
        declared = f"{declared} {year}: {words(in_year)}".strip()
    return (
        period.type.code,
        period.start.isoformat() if period.start else "",
        period.end.isoformat() if period.end else "",
        declared,
    )
