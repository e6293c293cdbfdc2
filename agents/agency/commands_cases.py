"""Commands about cases: open, ask, follow, determine, export."""

from pathlib import Path
from typing import Annotated

import typer

from agents.agency import cases
from agents.agency.case_words import case_fields, find_entry, statements_grid
from agents.agency.determinations import Decided, National, determine
from agents.agency.exports import export_case
from agents.agency.office import open_office
from agents.agency.omissions import list_incomplete_answers
from agents.agency.options import (
    MAX_YEARS,
    CaseArgument,
    JsonOption,
    ProfileOption,
    branch,
    day,
    field_names,
    party,
    statement,
)
from agents.agency.undelivered import list_undelivered
from agents.auditor.contents import says
from agents.auditor.telling import tell_report
from agents.bundle_archive import check_place, write_bundle
from agents.disputed_times import disputed_words
from agents.durations import lasted_words
from agents.exits import HELD, NOT_HELD
from agents.names import named, pairwise
from agents.printing import Printer
from agents.profile import find_profile, read_file
from agents.surroundings import Surroundings
from portability.core.measure import Counting
from portability.core.money import Rounding, parse_money
from portability.core.national_facts import holds_scheme
from portability.core.periods import Duration
from portability.core.record_kinds import RecordKind
from portability.core.scheme import Scheme
from portability.core.units import Unit
from portability.recognition.statements import Grounds

DEFAULT_PURPOSE = "claim-old-age"


def add_case_commands(app: typer.Typer, outside: Surroundings) -> None:
    """Register the commands that follow a claim from opening to export."""
    _add_opening(app, outside)
    _add_following(app, outside)
    _add_deciding(app, outside)


def _add_opening(app: typer.Typer, outside: Surroundings) -> None:
    _add_open_case(app, outside)
    _add_request_history(app, outside)


def _add_open_case(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("open-case")
    def open_case(
        *,
        person: Annotated[
            str,
            typer.Option(callback=named("persons"), help="Name of the person at this node."),
        ],
        branch_name: Annotated[str, typer.Option("--branch", help="Such as old-age.")],
        agreement: Annotated[str, typer.Option(help="Id of the agreement.")] = "eu-883-2004",
        claim_date: Annotated[str, typer.Option(metavar="DATE", help="Civil date of the claim.")],
        award_date: Annotated[str, typer.Option(metavar="DATE", help="Civil date of award.")],
        participants: Annotated[
            list[str],
            typer.Option(
                "--participant", metavar="INSTITUTION", help="Such as FR/cnav; repeatable."
            ),
        ],
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Open a case that this institution leads."""
        opening = cases.Opening(
            person=person,
            branch=branch(branch_name),
            agreement=agreement,
            claim_date=day(claim_date, "--claim-date"),
            award_date=day(award_date, "--award-date"),
            participants=tuple(party(text, "--participant") for text in participants),
        )
        with open_office(find_profile(profile), outside) as office:
            opened = cases.open_case(office, opening)
        references = {str(to): reference for to, reference in opened.references}
        printer = Printer(as_json=json)
        printer.document(opened.case.to_json() | {"references": references})
        printer.line(opened.case.name)
        printer.fields((f"reference for {to}", text) for to, text in references.items())


def _add_request_history(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("request-history")
    def request_history(
        case: CaseArgument,
        *,
        recipient: Annotated[str, typer.Option("--to", help="Whom to ask, such as FR/cnav.")],
        reference: Annotated[str, typer.Option(callback=pairwise, help="As open-case printed it.")],
        consent: Annotated[str, typer.Option(help="Statement id of the consent.")] = "",
        from_date: Annotated[
            str, typer.Option("--from-date", metavar="DATE", help="First day of interest.")
        ],
        to_date: Annotated[
            str, typer.Option("--to-date", metavar="DATE", help="Last day of interest.")
        ],
        purpose: Annotated[str, typer.Option(help="As in the consent.")] = DEFAULT_PURPOSE,
        kind: Annotated[
            RecordKind, typer.Option("--kind", help="Kind of record to ask for.")
        ] = RecordKind.CONTRIBUTION_PERIOD,
        fields: Annotated[
            list[str] | None,
            typer.Option(
                "--field",
                metavar="FIELD",
                help="Field to ask for; repeatable; else all of the kind.",
            ),
        ] = None,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Sign a request for a person's history and hand it in."""
        question = cases.Question(
            recipient=party(recipient, "--to"),
            reference=reference,
            permission=statement(consent, "--consent") if consent else b"",
            purpose=purpose,
            datatypes=(kind.value,),
            fields=field_names(kind, fields or ()),
            from_date=day(from_date, "--from-date"),
            to_date=day(to_date, "--to-date"),
        )
        with open_office(find_profile(profile), outside) as office:
            found = cases.request_history(office, cases.get_case(office, case), question)
        printer = Printer(as_json=json)
        printer.document({"history_request": found.hex()})
        printer.line("The request is signed, in the log and on its way:")
        printer.line(found.hex())


def _add_following(app: typer.Typer, outside: Surroundings) -> None:
    _add_list_all(app, outside)
    _add_show(app, outside)
    _add_clock(app, outside)


def _add_list_all(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("cases")
    def list_all(*, profile: ProfileOption = None, json: JsonOption = False) -> None:
        """List the cases that this institution takes part in."""
        with open_office(find_profile(profile), outside) as office:
            found = list(cases.list_cases(office))
        printer = Printer(as_json=json)
        printer.document([one.to_json() for one in found])
        printer.table(
            ("case", "state", "branch", "parties"),
            (
                (
                    one.name,
                    one.state,
                    one.claim.branch.value,
                    ", ".join(map(str, one.claim.parties)),
                )
                for one in found
            ),
        )


def _add_show(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("case")
    def show(
        case: CaseArgument, *, profile: ProfileOption = None, json: JsonOption = False
    ) -> None:
        """Show a case and its statements, each verified against the log."""
        with open_office(find_profile(profile), outside) as office:
            own, view = office.party, cases.get_case(office, case)
            said = list(cases.list_statements(office, case, view.person))
            missed = list_undelivered(office, case)
            incomplete = list_incomplete_answers(office, case)
        printer = Printer(as_json=json)
        printer.document(
            view.to_json()
            | {
                "statements": [one.to_json() | {"says": says(one.content)} for one in said],
                "undelivered": [one.to_json() for one in missed],
                "incomplete_answers": [one.to_json() for one in incomplete],
            }
        )
        printer.fields(case_fields(view, said, own))
        printer.grid(statements_grid(said))
        if not said:
            printer.line("Nothing was said yet; `request-history` asks a party.")
        for lost in missed:
            printer.line(lost.words)
        for answer in incomplete:
            printer.line(answer.words, style="bold red")


def _add_clock(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("clock")
    def clock(
        case: CaseArgument, *, profile: ProfileOption = None, json: JsonOption = False
    ) -> None:
        """Show who held the file of a case and for how long, by signed times."""
        with open_office(find_profile(profile), outside) as office:
            found = cases.held_times(office, case)
        printer = Printer(as_json=json)
        printer.document([one.to_json() for one in found])
        printer.table(
            ("country", "step", "held for", ""),
            (
                (
                    one.jurisdiction,
                    one.step,
                    lasted_words(one.lasted),
                    "still" if one.running else "",
                )
                for one in found
            ),
        )
        for one in found:
            for time in one.disputed:
                printer.line(disputed_words(time))


def _national(
    scheme: Scheme, facts: tuple[str, bytes], pack: tuple[str, bytes], at_most_years: int
) -> National:
    """What the office knows; a document that holds its scheme stands in place of the options."""
    is_given = any(holds_scheme(text, name, scheme.jurisdiction) for name, text in (facts, pack))
    return National(
        scheme=None if is_given else scheme,
        facts=facts[1],
        scheme_pack=pack[1],
        at_most=Duration(years=at_most_years) if at_most_years >= 0 else None,
    )


def _add_deciding(app: typer.Typer, outside: Surroundings) -> None:
    _add_decide(app, outside)
    _add_contest(app, outside)
    _add_export(app, outside)


def _add_decide(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("determine")
    def decide(
        case: CaseArgument,
        *,
        unit: Annotated[Unit, typer.Option(help="Unit in which the scheme counts.")] = Unit.MONTHS,
        counting: Annotated[
            Counting | None,
            typer.Option(help="How the scheme measures dates; left out: as the agreement says."),
        ] = None,
        minimum_years: Annotated[
            int, typer.Option(min=0, max=MAX_YEARS, help="Qualifying period.")
        ] = 0,
        full_career_years: Annotated[
            int, typer.Option(min=0, max=MAX_YEARS, help="Full career.")
        ] = 0,
        independent: Annotated[
            str, typer.Option(help='National benefit on own periods, such as "800.00 EUR".')
        ] = "",
        theoretical: Annotated[
            str, typer.Option(help='As if all periods were own, such as "1500.00 EUR".')
        ] = "",
        missing_at_most_years: Annotated[
            int,
            typer.Option(
                min=-1,
                max=MAX_YEARS,
                show_default=False,
                help="Most that each missing country may certify: provisional.",
            ),
        ] = -1,
        rounding: Annotated[Rounding, typer.Option(help="To the minor unit.")] = Rounding.HALF_UP,
        facts: Annotated[
            Path | None,
            typer.Option(help="TOML: residence, children, rights; keys as in a case file."),
        ] = None,
        scheme_pack: Annotated[
            Path | None,
            typer.Option(help="TOML: the national scheme, such as [scheme.FR] with its formula."),
        ] = None,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Decide this institution's part: computed again from verified records, then signed."""
        known, pack = _read(facts, "file of facts"), _read(scheme_pack, "scheme pack")
        with open_office(find_profile(profile), outside) as office:
            scheme = Scheme(
                jurisdiction=office.jurisdiction,
                unit=unit,
                counting=counting,
                minimum=Duration(years=minimum_years) if minimum_years else None,
                full_career=Duration(years=full_career_years) if full_career_years else None,
                independent=parse_money(independent) if independent else None,
                theoretical=parse_money(theoretical) if theoretical else None,
                rounding=rounding,
            )
            national = _national(scheme, known, pack, missing_at_most_years)
            decided = determine(office, cases.get_case(office, case), national)
        printer = Printer(as_json=json)
        printer.document(decided.to_json())
        _print_decision(printer, decided)


def _add_contest(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("object")
    def contest(
        case: CaseArgument,
        determination: Annotated[
            str,
            typer.Argument(
                metavar="DETERMINATION", help="Statement id of the decision, or how it begins."
            ),
        ],
        *,
        grounds: Annotated[Grounds, typer.Option(help="What the person objects to.")],
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Take in the person's objection to a decision; it stops the closing of the case."""
        with open_office(find_profile(profile), outside) as office:
            view = cases.get_case(office, case)
            said = list(cases.list_statements(office, case, view.person))
            contested = find_entry(said, determination, "DETERMINATION").id
            found = cases.object_to(office, view.id, contested, grounds.value)
        printer = Printer(as_json=json)
        printer.document({"objection": found.hex()})
        printer.line("The objection is signed, in the log and on its way; the decision waits:")
        printer.line(found.hex())


def _add_export(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("export")
    def export(
        case: CaseArgument,
        path: Annotated[
            Path,
            typer.Argument(metavar="PATH", help="A new directory, or a new file in .zip."),
        ],
        *,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> int:
        """Write a case as an offline bundle, verified by this office's own trust."""
        printer = Printer(as_json=json)
        check_place(path)
        with (
            open_office(find_profile(profile), outside) as office,
            printer.progress("verifying") as progress,
        ):
            files, report = export_case(office, case, progress)
        write_bundle(files, path)
        printer.document({"bundle": str(path), **report.to_json()})
        tell_report(printer, report)
        printer.line(f"Written to {path}")
        return HELD if report.verified else NOT_HELD


def _read(path: Path | None, what: str) -> tuple[str, bytes]:
    """By its place, empty for none. Raises ConfigurationError for a file that cannot be read."""
    return (what, b"") if path is None else (str(path), read_file(path, what))


def _print_decision(printer: Printer, decided: Decided) -> None:
    content = decided.content
    printer.fields(
        (
            ("periods", f"{content.own} of {content.total} {content.unit}"),
            ("independent", str(content.independent or "none")),
            ("theoretical", str(content.theoretical or "none")),
            ("pro-rata", str(content.pro_rata or "none")),
            ("payable each month", f"{content.payable or 'nothing'} ({content.paid_as})"),
            ("articles", "; ".join(content.basis)),
        )
    )
    printer.outline(decided.explanation)
    printer.line(f"Signed and in the log: {decided.id.hex()}", style="green")
