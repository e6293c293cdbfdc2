"""A replay for people: one step after another, then whether all of them follow."""

from rich.table import Table
from rich.text import Text

from agents.auditor.contents import counted, listed
from agents.auditor.replay import Basis, Follows, Replay, ReplayStep
from agents.plain_text import printable
from agents.printing import Printer

_MARKS = {
    Follows.YES: ("✓", "green"),
    Follows.NO: ("✗", "bold red"),
    Follows.UNKNOWN: ("?", "yellow"),
}
_MINUTES = "%Y-%m-%d %H:%M"


def tell_replay(printer: Printer, replay: Replay) -> None:
    """Print a replay; nothing when one JSON document is asked for."""
    printer.line(_title(replay), "bold")
    claim = replay.claim
    if claim is not None:
        parties = ", ".join(str(party) for party in claim.parties)
        printer.line(
            f"{claim.branch} under {claim.agreement} ({claim.agreement_version}), claimed on "
            f"{claim.claim_date}, award on {claim.award_date}; parties: {parties}"
        )
    printer.line(_view(replay))
    printer.line()
    printer.grid(_steps(replay.steps))
    for kind, i, fault in replay.unreadable:
        printer.line(f"✗ {kind} {i[:16]} is no evidence: {fault.cause}", "bold red")
    for fault in replay.faults:
        printer.line(f"✗ on the whole: {fault.cause}", "bold red")
    for fork in replay.forks:
        printer.line(f"✗ {fork.origin} showed two histories; `--json` has both heads", "bold red")
    if replay.held:
        printer.line()
        printer.line("Who held the file, and for how long, by signed times", "bold")
        printer.table(
            ("country", "step", "held it for"),
            ((one.jurisdiction, one.step, one.words) for one in replay.held),
        )
    printer.line()
    printer.line(_conclusion(replay), "bold green" if replay.holds else "bold red")


def _title(replay: Replay) -> str:
    return f"Case {replay.case_id}, replayed from {counted(len(replay.steps), 'statement')}"


def _view(replay: Replay) -> str:
    lead = "" if replay.claim is None else replay.claim.lead.jurisdiction
    who = "which leads it" if replay.seen_by == lead else "which does not lead it"
    return f"The bundle is {replay.exporter}'s; the case is seen as by {replay.seen_by}, {who}."


def _steps(steps: tuple[ReplayStep, ...]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1)
    grid.add_column(justify="right", no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for one in steps:
        mark, style = _MARKS[one.follows]
        head = f"{one.by}: {one.says or one.kind}"
        grid.add_row(Text(mark, style=style), str(one.number), Text(printable(head), style="bold"))
        for line in _lines(one):
            grid.add_row("", "", Text(printable(line)))
    return grid


def _lines(one: ReplayStep) -> list[str]:
    seen = one.logged.witnessed
    witnessed = (
        "seen by no witness"
        if seen is None
        else f"seen by {listed(seen.witnesses)} on {seen.time:{_MINUTES}}"
    )
    place = f"entry {one.logged.index} of {one.logged.log}'s log"
    lines = [f"{one.kind} {one.id[:16]}, signed {one.signed:{_MINUTES}}, {place}, {witnessed}"]
    lines += [f"received by {by}, signed {at:{_MINUTES}}" for by, at in one.received]
    lines += [_based(basis) for basis in one.basis]
    verdict = {
        Follows.YES: "follows",
        Follows.NO: "DOES NOT FOLLOW",
        Follows.UNKNOWN: "cannot be said",
    }[one.follows]
    lines.append(f"{verdict}: {one.why}")
    if one.state:
        lines.append(f"the case is now {one.state}")
    return lines


def _based(basis: Basis) -> str:
    if not basis.id:
        return f"{basis.role} {basis.words}"
    where = f"step {basis.step}" if basis.step else basis.id[:16]
    return f"{basis.role} {where} ({basis.words})"


def _conclusion(replay: Replay) -> str:
    first = replay.first
    if first is not None:
        return (
            f"The first step that does not follow is step {first.number}, the {first.kind} "
            f"{first.id[:16]} of {first.by}: {first.why}."
        )
    if replay.unreadable:
        kind, i, fault = replay.unreadable[0]
        return f"What could be read follows, but the {kind} {i[:16]} is no evidence: {fault.cause}."
    if replay.faults:
        return f"Each step follows, but not the whole: {replay.faults[0].cause}."
    if replay.forks:
        return f"Each step follows, but {replay.forks[0].origin} showed two histories."
    doubt = sum(one.follows is Follows.UNKNOWN for one in replay.steps)
    if doubt:
        return (
            f"Nothing contradicts the case, which is {replay.state}; of "
            f"{counted(doubt, 'step')} it cannot be said by what is here."
        )
    return f"Every step follows from what it names; the case is {replay.state}."
