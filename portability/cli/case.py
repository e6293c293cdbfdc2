"""`portability case`: settle case files and show what became of them."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.text import Text

from agents.exits import HELD, MISUSE, NOT_HELD, say
from portability.agreements import pack_ids, pack_source
from portability.cli.explained import show_explanation
from portability.cli.legislation import facts_in_words, show_legislation
from portability.cli.numbers import counted_periods, jurisdictions, rows, total
from portability.cli.printing import (
    console,
    printable,
    speaks_unicode,
    table,
    table_of_lines,
    write_json,
)
from portability.cli.timeline import Bar, timeline
from portability.core.answering import Answer, answer_case
from portability.core.case_result import CaseResult
from portability.core.discrepancy import Discrepancy
from portability.core.document import MAX_BYTES
from portability.core.explanation import explain
from portability.core.explanation_tree import Explanation
from portability.core.legislation.explained import explain_legislation
from portability.core.legislation.result import LegislationResult
from portability.core.pack_parser import parse_pack
from portability.errors import InvalidInputError, PortabilityError


def settle_files(files: Sequence[Path], *, as_json: bool, explained: bool = False) -> int:
    """
    Settle each file and print all results, or none if one cannot be settled.

    ``explained`` adds how each number unfolds, down to the records and their articles.

    Returns 0 if every expectation was met, 1 if one was not, 2 if a file was refused.
    """
    packs = {name: parse_pack(pack_source(name), name) for name in pack_ids()}
    results: list[Answer] = []
    refused = False
    for path in files:
        try:
            results.append(answer_case(_read(path), str(path), packs))
        except PortabilityError as error:
            refused = True
            say("portability case", printable(error.message), MISUSE)
    if refused:
        return MISUSE
    if as_json:
        documents = [_document(result, explained=explained) for result in results]
        write_json(documents if len(files) > 1 else documents[0])
    else:
        show(console(), results, explained=explained)
    return NOT_HELD if any(result.expectations.failed for result in results) else HELD


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as source:
            return source.read(MAX_BYTES + 1)
    except OSError as error:
        reasons: Mapping[type[OSError], str] = {
            FileNotFoundError: "there is no such file",
            IsADirectoryError: "this is a folder; name the case files in it",
            PermissionError: "this file may not be read by you",
        }
        reason = reasons.get(type(error), "this file cannot be read")
        raise InvalidInputError(f"{path}: {reason}", file=str(path)) from None


def _document(result: Answer, *, explained: bool) -> dict[str, object]:
    if not explained:
        return result.to_json()
    return {**result.to_json(), "explanation": [one.to_json() for one in _explain(result)]}


def _explain(result: Answer) -> tuple[Explanation, ...]:
    if isinstance(result, LegislationResult):
        return explain_legislation(result)
    return explain(result.settlement)


def show(target: Console, results: Sequence[Answer], *, explained: bool = False) -> None:
    """Print the results one after the other, a line between them."""
    for place, result in enumerate(results):
        if place:
            target.rule(style="dim")
        if isinstance(result, LegislationResult):
            show_legislation(target, result)
            _show_discrepancies(target, result.discrepancies)
        else:
            _show(target, result)
        if explained:
            show_explanation(target, _explain(result))
        _show_expectations(target, result)


def _show(target: Console, result: CaseResult) -> None:
    settlement, case = result.settlement, result.case
    target.print(Text(printable(case.title), style="bold"))
    target.print(
        Text(
            f"{settlement.branch.value} under {settlement.rules.agreement} as of "
            f"{settlement.rules.version}, award on {case.award_date}\n"
            f"source: {printable(case.source)}\n",
            style="dim",
        )
    )
    for line in facts_in_words(settlement.facts):
        target.print(Text(line, style="bold"))
    target.print(timeline(_bars(result), width=target.width, unicode=speaks_unicode(target)))
    for code in jurisdictions(result):
        cells = [(row.what, row.number, row.rests_on) for row in rows(result, code)]
        target.print()
        target.print(table(target, (code, "number", "rests on"), cells, (3, 0, 2)))
    target.print()
    if settlement.payable_total:
        target.print(Text(f"payable together: {total(settlement.payable_total)}", style="bold"))
    _show_correction(target, result)
    _show_discrepancies(target, result.settlement.discrepancies)


def _bars(result: CaseResult) -> list[Bar]:
    """A bar for each piece of each period, so that the picture shows which days count where."""
    pieces = {record.id: found for record, found in result.settlement.resolution.records}
    return [
        Bar(
            jurisdiction=item.period.jurisdiction,
            start=_day(piece.first),
            end=_day(piece.last),
            state=piece.state.value,
            length=item.number,
        )
        for item in counted_periods(result)
        for piece in pieces[item.period.id]
    ]


def _day(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)


def _show_correction(target: Console, result: CaseResult) -> None:
    """What changed by the corrections of the file, number by number."""
    if result.correction is None:
        return
    replaced = [
        f"{old} is {'withdrawn' if new is None else f'replaced by {new}'}"
        for old, new in result.correction.superseded.items()
    ]
    target.print(Text(f"\ncorrection: {', '.join(replaced)} ({result.correction.article})"))
    cells = [
        (change.place, change.before or "-", change.after or "-")
        for change in result.correction.changes
    ]
    target.print(table(target, ("what changed", "before", "after"), cells, (2, 1, 1)))
    target.print()


def _show_discrepancies(target: Console, found: Sequence[Discrepancy]) -> None:
    if not found:
        target.print(Text("no discrepancies"))
        return
    target.print(Text(f"\ndiscrepancies: {len(found)}", style="bold"))
    for number, item in enumerate(found, start=1):
        named = f"{item.kind.value}, {item.jurisdiction}: {printable(item.detail)} ({item.article})"
        target.print(table_of_lines(f"{number}.", (named, f"what to do: {printable(item.action)}")))


def _show_expectations(target: Console, result: Answer) -> None:
    checked = result.expectations
    if checked.met or checked.failed:
        target.print(
            Text(f"expectations: {checked.met} met, {len(checked.failed)} not met", style="bold")
        )
    for item in checked.failed:
        text = f"expected {item['key']} = {item['expected']}, the result is {item['actual']}"
        target.print(Text(f"   {printable(text)}", style="red"))
