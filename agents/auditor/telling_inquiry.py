"""An inquiry for people: the answers first, then what stands against whom, then each statement."""

from rich.table import Table
from rich.text import Text

from agents.auditor.contents import counted
from agents.auditor.inquiry import Inquiry, Release
from agents.auditor.letters import MINUTES, Letter
from agents.auditor.questions import Holds
from agents.auditor.sides import Side
from agents.plain_text import printable
from agents.printing import Printer

_MARKS = {
    Holds.YES: ("✓", "green"),
    Holds.NO: ("✗", "bold red"),
    Holds.UNKNOWN: ("?", "yellow"),
    Holds.NOT_ASKED: ("–", "dim"),
}


def tell_inquiry(printer: Printer, inquiry: Inquiry) -> None:
    """Print an inquiry; nothing when one JSON document is asked for."""
    printer.line(f"Case {inquiry.case_id}, by what its parties have signed", "bold")
    for side in inquiry.sides:
        printer.line(_side(side))
    printer.line()
    printer.grid(_answers(inquiry))
    printer.line()
    _tell_findings(printer, inquiry)
    printer.line()
    printer.grid(_details(inquiry))


def _side(side: Side) -> str:
    whose = f"The bundle of {side.exporter}" if side.exporter else "A bundle of nobody's"
    return f"{whose}, {side.label}: {side.examined.report.verdict}"


def _answers(inquiry: Inquiry) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1)
    grid.add_column(overflow="fold")
    for one in inquiry.rulings:
        mark, style = _MARKS[one.holds]
        grid.add_row(Text(mark, style=style), Text(one.question.asked, style="bold"))
        grid.add_row("", Text(printable(one.words)))
    return grid


def _tell_findings(printer: Printer, inquiry: Inquiry) -> None:
    if inquiry.clear:
        printer.line("Nothing here stands against anybody.", "bold green")
    else:
        printer.line("What stands against somebody:", "bold red")
        printer.outline(
            (f"  against {one.against}: {one.words}" for one in inquiry.findings), "red"
        )
    if inquiry.between_others:
        printer.line(
            f"{counted(inquiry.between_others, 'statement')} went between countries whose bundles "
            "are not here; give these as well to ask about them."
        )
    older = {party for one in inquiry.letters for party in one.too_early}
    for party in sorted(older):
        printer.line(
            f"The bundle of {party} may be older than some of this: ask {party} for a new one "
            "before holding it against anybody that something is not in it."
        )


def _details(inquiry: Inquiry) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1)
    grid.add_column(overflow="fold")
    for letter in inquiry.letters:
        _add_letter(grid, letter)
    released = [
        (one.holds, f"{one.says}: {'nothing left' if _is_told(one) else one.words}")
        for one in inquiry.releases
    ]
    _add_rows(grid, "Releases of data, and refusals", released)
    computed = [
        (one.holds, f"{one.party}, {one.kind} {one.id[:16]}: {one.words}")
        for one in inquiry.computed
    ]
    _add_rows(grid, "What was computed", computed)
    return grid


def _is_told(one: Release) -> bool:
    """Whether the receipt itself says all that was found of it."""
    return one.is_refused and one.holds is Holds.YES


def _add_letter(grid: Table, one: Letter) -> None:
    head = f"{one.kind} {one.id[:16]}, {one.sender} to {one.to}, signed {one.signed:{MINUTES}}"
    grid.add_row("", Text(printable(head), style="bold"))
    grid.add_row("", Text(printable(one.says)))
    shown = (("sent", one.sent), ("received", one.received), ("same content", one.same))
    for what, found in shown:
        proofs = "".join(f"; {proof.words}" for proof in found.proofs)
        _add(grid, found.holds, f"{what}: {found.words}{proofs}")


def _add_rows(grid: Table, title: str, rows: list[tuple[Holds, str]]) -> None:
    if rows:
        grid.add_row("", "")
        grid.add_row("", Text(title, style="bold"))
    for holds, words in rows:
        _add(grid, holds, words)


def _add(grid: Table, holds: Holds, words: str) -> None:
    mark, style = _MARKS[holds]
    grid.add_row(Text(mark, style=style), Text(printable(words)))
