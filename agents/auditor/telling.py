"""A verification's outcome for people: the verdict first, then the questions, then the details."""

from rich.table import Table
from rich.text import Text

from agents.auditor.questions import Answer, Holds
from agents.auditor.report import Determined, Report, StatementReport, Verdict
from agents.plain_text import printable
from agents.printing import Printer

_MARKS = {
    Holds.YES: ("✓", "green"),
    Holds.NO: ("✗", "bold red"),
    Holds.UNKNOWN: ("?", "yellow"),
    Holds.NOT_ASKED: ("–", "dim"),
}
_VERDICTS = {
    Verdict.VERIFIED: ("✓ verified", "green"),
    Verdict.ERASED: ("? erased", "yellow"),
    Verdict.NOT_VERIFIED: ("✗ not verified", "bold red"),
}
_UNSIGNED = {
    Verdict.ERASED: "who signed it went with it",
    Verdict.NOT_VERIFIED: "who signed it was not established",
}
_REPLACED = ("✓ but {how}", "yellow")
_NOT_LOOKED_AT = ("? not looked at", "yellow")


def tell_report(printer: Printer, report: Report) -> None:
    """Print a report; nothing when one JSON document is asked for."""
    printer.line(report.verdict, "bold green" if report.verified else "bold red")
    _tell_faults(printer, report)
    if report.next_step:
        printer.line(f"Next step: {report.next_step}.")
    for fork in report.forks:
        printer.line()
        printer.line(
            f"{fork.origin} showed two histories; `--json` has both to the byte:", "bold red"
        )
        for head in (fork.first, fork.second):
            printer.outline(f"  {line}" for line in head.splitlines())
    printer.line()
    printer.grid(_questions(report.answers))
    _tell_decisions(printer, report)
    printer.line()
    printer.grid(_statements(report.statements))
    printer.line()
    printer.fields((("trust", report.trust), ("holds", report.holdings)))
    for note in report.notes:
        printer.line(f"Note: {note}.", "dim")


def tell_unheld(printer: Printer, report: Report) -> None:
    """Only why a bundle is no evidence, and what to do about it."""
    printer.line(report.verdict, "bold red")
    _tell_faults(printer, report)
    if report.next_step:
        printer.line(f"Next step: {report.next_step}.")


def _tell_faults(printer: Printer, report: Report) -> None:
    for fault in report.faults:
        printer.line(f"  step {int(fault.step)}, {fault.step.label}: {fault.cause}", "red")
    for one in report.statements:
        if one.fault is not None:
            step = one.fault.step
            where = f"{one.kind} {one.id[:16]}, step {int(step)}, {step.label}"
            printer.line(f"  {where}: {one.fault.cause}", "red")


def _questions(answers: tuple[Answer, ...]) -> Table:
    """Each question with its mark, its answer indented below it."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1)
    grid.add_column(overflow="fold")
    for answer in answers:
        mark, style = _MARKS[answer.holds]
        grid.add_row(Text(mark, style=style), Text(answer.question.asked, style="bold"))
        grid.add_row("", Text(printable(answer.words)))
    return grid


def _tell_decisions(printer: Printer, report: Report) -> None:
    for paid in report.paid:
        printer.line()
        if len(report.paid) > 1:
            printer.line(f"Case {paid.case}:", "bold")
        for one in paid.determinations:
            printer.line(_decision(one))
            printer.outline(f"  {note}" for note in one.notes)
        for currency, amount in paid.total.items():
            printer.line(f"{paid.together} {amount} {currency} a month.", "bold")


def _decision(one: Determined) -> str:
    share = f": {one.share}" if one.share else ""
    basis = f" ({'; '.join(one.basis)})" if one.basis else ""
    return f"{one.party} {one.pays}{share}{basis}"


def _statements(statements: tuple[StatementReport, ...]) -> Table:
    """One statement a row, in the order in which they were logged; its words below it."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for one in sorted(statements, key=lambda one: (one.accepted or "9", one.log, one.index)):
        mark, style = _mark_of(one)
        grid.add_row(Text(mark, style=style), Text(one.id[:16]), Text(printable(_said(one))))
    return grid


def _mark_of(one: StatementReport) -> tuple[str, str]:
    """A record that was replaced holds, and must not be taken for one that counts."""
    if one.verdict is Verdict.NOT_VERIFIED and one.fault is None:
        return _NOT_LOOKED_AT
    if one.replaced is None or one.verdict is not Verdict.VERIFIED:
        return _VERDICTS[one.verdict]
    mark, style = _REPLACED
    return mark.format(how=one.replaced.how), style


def _said(one: StatementReport) -> str:
    signer = one.signer or _UNSIGNED.get(one.verdict, "")
    said = f"{one.says} ({one.kind}, {signer})" if one.says else f"{one.kind}, {signer}"
    return said if one.replaced is None else f"{said}; {one.replaced.words}"
