"""``record``: issue, correct, invalidate, list and show single records of any kind."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from agents.agency.correcting import (
    AffectedCase,
    Replacement,
    commit,
    corrected,
    preview,
    withdrawn,
)
from agents.agency.correction_tables import print_affected
from agents.agency.issuing import Issued, issue
from agents.agency.office import Office, open_office
from agents.agency.options import (
    MAX_YEARS,
    JsonOption,
    PersonArgument,
    ProfileOption,
)
from agents.agency.record_files import read_record_file
from agents.agency.record_tables import print_record, print_records
from agents.agency.records import get_record, list_records, supersession
from agents.exits import new_app
from agents.names import statement_id_of
from agents.printing import Printer
from agents.profile import find_profile
from agents.record_words import record_line
from agents.surroundings import Surroundings
from portability.core.attestations import Invalidation, InvalidationReason, check_article
from portability.core.money import parse_money
from portability.core.periods import Duration
from portability.core.scheme import Scheme
from portability.core.units import Unit

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="A TOML or JSON file: `kind` and its fields.")
]
RecordArgument = Annotated[
    str, typer.Argument(metavar="RECORD", help="Name of the record: records/ and 64 hex digits.")
]
SaltedOption = Annotated[
    bool | None,
    typer.Option(
        "--salted/--clear",
        help="Whether single fields can be withheld later. Periods are in clear unless asked.",
        show_default=False,
    ),
]
TheoreticalOption = Annotated[
    str, typer.Option(help='For the preview: theoretical amount after it, such as "1450.00 EUR".')
]
IndependentOption = Annotated[
    str, typer.Option(help="For the preview: national benefit on own periods after it.")
]
MinimumOption = Annotated[
    int, typer.Option(min=0, max=MAX_YEARS, help="For the preview: qualifying period.")
]
UnitOption = Annotated[
    Unit, typer.Option(help="For the preview: unit in which the scheme counts, as in `determine`.")
]
PreviewOption = Annotated[
    bool,
    typer.Option(
        "--preview", help="Show which cases used the record and what would change; commit nothing."
    ),
]


def add_issue_commands(app: typer.Typer, outside: Surroundings) -> None:
    """Register ``record`` with its commands."""
    record = new_app("record", "Issue, correct, withdraw and read single records.")
    app.add_typer(record, name="record")
    _add_writing(record, outside)
    _add_reading(record, outside)


def _add_writing(record: typer.Typer, outside: Surroundings) -> None:
    _add_issue_record(record, outside)
    _add_correct_record(record, outside)
    _add_invalidate_record(record, outside)


def _add_issue_record(record: typer.Typer, outside: Surroundings) -> None:
    @record.command("issue")
    def issue_record(
        person: PersonArgument,
        file: FileArgument,
        *,
        salted: SaltedOption = None,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Sign a record about a person and submit it; verify the proof."""
        said = read_record_file(file)
        with open_office(find_profile(profile), outside) as office:
            done = issue(office, person, said, salted=salted)
        _print_issued(Printer(as_json=json), done)


def _add_correct_record(record: typer.Typer, outside: Surroundings) -> None:
    @record.command("correct")
    def correct_record(
        name: RecordArgument,
        file: FileArgument,
        *,
        salted: SaltedOption = None,
        look: PreviewOption = False,
        theoretical: TheoreticalOption = "",
        independent: IndependentOption = "",
        minimum_years: MinimumOption = 0,
        unit: UnitOption = Unit.MONTHS,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Put a record of the same kind in the place of one that is wrong; cases are told."""
        _check_preview(theoretical, independent, look=look)
        said = read_record_file(file)
        with open_office(find_profile(profile), outside) as office:
            scheme = _scheme(office, theoretical, independent, minimum_years, unit)
            new = corrected(office, _id(name), said, salted=salted)
            _replace(Printer(as_json=json), office, new, look=look, scheme=scheme)


def _add_invalidate_record(record: typer.Typer, outside: Surroundings) -> None:
    @record.command("invalidate")
    def invalidate_record(
        name: RecordArgument,
        *,
        reason: Annotated[InvalidationReason, typer.Option(help="Why it is withdrawn.")],
        article: Annotated[
            str, typer.Option(help='The ground: "987/2009 Art 5(1)", or "national law".')
        ],
        look: PreviewOption = False,
        theoretical: TheoreticalOption = "",
        independent: IndependentOption = "",
        minimum_years: MinimumOption = 0,
        unit: UnitOption = Unit.MONTHS,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Withdraw a record without replacement. It stays in the log and no longer counts."""
        _check_preview(theoretical, independent, look=look)
        withdrawal = Invalidation(reason=reason, article=check_article(article))
        with open_office(find_profile(profile), outside) as office:
            scheme = _scheme(office, theoretical, independent, minimum_years, unit)
            new = withdrawn(office, _id(name), withdrawal)
            _replace(Printer(as_json=json), office, new, look=look, scheme=scheme)


def _add_reading(record: typer.Typer, outside: Surroundings) -> None:
    @record.command("list")
    def list_all(
        person: PersonArgument, *, profile: ProfileOption = None, json: JsonOption = False
    ) -> None:
        """List this institution's records of a person and which count; each is verified."""
        with open_office(find_profile(profile), outside) as office:
            found = list(list_records(office, person))
        print_records(Printer(as_json=json), found)

    @record.command("show")
    def show(
        name: RecordArgument, *, profile: ProfileOption = None, json: JsonOption = False
    ) -> None:
        """Show every field of one record, verified, and whether it counts."""
        with open_office(find_profile(profile), outside) as office:
            found = get_record(office, _id(name))
            replaced = supersession(list_records(office, found.person)).get(found.id)
        print_record(Printer(as_json=json), found, replaced)


def _check_preview(theoretical: str, independent: str, *, look: bool) -> None:
    """Who names amounts wants to see what comes of them, and must not have signed by that."""
    if (theoretical or independent) and not look:
        raise typer.BadParameter(
            "an amount is for the preview, and without --preview the change is signed; add "
            "--preview, or leave the amount out",
            param_hint="--theoretical" if theoretical else "--independent",
        )


def _scheme(
    office: Office, theoretical: str, independent: str, minimum_years: int, unit: Unit
) -> Scheme | None:
    """What national law gives then, for the preview of this office's amounts; None: as decided."""
    if not theoretical and not independent:
        if minimum_years or unit is not Unit.MONTHS:
            raise typer.BadParameter(
                "a unit and a qualifying period go with amounts; give --theoretical or "
                "--independent too",
                param_hint="--minimum-years" if minimum_years else "--unit",
            )
        return None
    return Scheme(
        jurisdiction=office.jurisdiction,
        unit=unit,
        minimum=Duration(years=minimum_years) if minimum_years else None,
        theoretical=parse_money(theoretical) if theoretical else None,
        independent=parse_money(independent) if independent else None,
    )


def _replace(
    printer: Printer, office: Office, new: Replacement, *, look: bool, scheme: Scheme | None
) -> None:
    """Look at what changes; unless that is all that was asked for, sign and hand in everything."""
    affected = preview(office, new, scheme)
    if look:
        printer.document({"record": new.id.hex(), "cases": [one.to_json() for one in affected]})
        print_affected(printer, affected)
        printer.line("Nothing was signed or stored. Without --preview it is committed.")
        return
    done, told = commit(office, new, affected)
    _print_issued(printer, done, told)


def _print_issued(printer: Printer, done: Issued, told: Sequence[AffectedCase] = ()) -> None:
    accepted = done.accepted
    cases = {"cases": [one.case for one in told]} if done.record.supersedes else {}
    printer.document({**accepted.to_json(), "kind": done.record.kind.value, **cases})
    printer.line(f"{done.record.kind}: {record_line(done.record)}")
    printer.line(f"records/{accepted.id.hex()}")
    printer.line(
        f"It is in the log (leaf {accepted.index} of {accepted.tree_size}); proof and checkpoint "
        "were verified here.",
        style="green",
    )
    for one in told:
        printer.line(f"{one.case} was told; `portability-agency notices {one.case}` shows answers")


def _id(name: str) -> bytes:
    return statement_id_of(name, "RECORD", prefix="records/")
