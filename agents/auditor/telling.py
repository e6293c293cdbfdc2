"""A verification's outcome for people: what was looked at, what was decided, and the verdict."""

from agents.auditor.report import Report, Verdict
from agents.printing import Printer


def tell_report(printer: Printer, report: Report) -> None:
    """Print a report; nothing when one JSON document is asked for."""
    for fork in report.forks:
        printer.line(f"{fork.origin} showed two histories:", style="bold red")
        printer.line(fork.first)
        printer.line(fork.second)
    printer.fields((("trust", report.trust), ("claim", report.claim)))
    printer.table(
        ("verdict", "statement", "signed by", "id"),
        (
            (str(one.verdict), one.kind, one.signer or "nobody who is trusted", one.id[:16])
            for one in report.statements
        ),
    )
    for one in report.determinations:
        printer.line(
            f"{one.party} pays {one.payable or 'nothing'} a month as {one.paid_as}: {one.own} of "
            f"{one.total} {one.unit} ({'; '.join(one.basis)})"
        )
    for currency, amount in report.payable_total.items():
        printer.line(f"Together {amount} {currency} a month.")
    for note in report.notes:
        printer.line(note)
    _tell_verdict(printer, report)


def _tell_verdict(printer: Printer, report: Report) -> None:
    good = sum(one.verdict is Verdict.VERIFIED for one in report.statements)
    if report.verified:
        printer.line(f"VERIFIED: all {good} statements hold.", style="bold green")
        return
    printer.line(f"NOT VERIFIED ({good} of {len(report.statements)} statements hold):", "bold red")
    for fault in report.faults:
        printer.line(f"  step {int(fault.step)}, {fault.step.label}: {fault.cause}", style="red")
    for one in report.statements:
        if one.fault is not None:
            step = one.fault.step
            printer.line(
                f"  {one.kind} {one.id[:16]}, step {int(step)}, {step.label}: {one.fault.cause}",
                style="red",
            )
