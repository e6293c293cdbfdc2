"""What `portability simulate` prints: what struck, how often, and whether every promise held."""

from collections.abc import Mapping
from typing import Final

import typer
from rich.text import Text

from portability.cli.printing import console, table
from portability.simulation import fate
from portability.simulation.fate import Disk
from portability.simulation.simulating import Failure, Report

KINDS: Final[Mapping[str, Mapping[str, str]]] = {
    "network": {
        "dropped": "a message, or its answer, was lost",
        "delayed": "a message was up to 5 days late",
        "delayed-for-weeks": "a message was 5 to 30 days late",
        "doubled": "a message arrived twice",
        "reordered": "a message was overtaken by later ones",
        "corrupted": "a message was damaged on its way",
        "partitioned": "a country was cut off for some days",
    },
    "machines": {
        "crashed": "a node was killed around a write",
        "lost-unflushed-writes": "the power failed within a commit",
        "restored-old-backup": "an operator put an older copy back",
        "clock-skewed": "a clock was up to 50 hours wrong",
    },
    "people": {
        "withdrew": "the person took a permission back",
        "consented-again": "the person gave another permission",
        "objected": "the person contested a decision",
        "gave-the-claim-up": "the person gave the claim up",
        "asked-once-more": "an officer asked for the same again",
        "corrected": "an institution replaced a record",
        "found-a-record": "an institution found one more record",
        "invalidated": "an institution took a record back",
        "erased": "one country erased the person",
    },
    "lies": {
        "omits-a-record": "an answer left a record out",
        "signs-two-histories": "two different answers to one request",
        "replays": "everything was sent once more",
        "answers-without-permission": "records left after the withdrawal",
        "countersigns-another-digest": "a signature under another digest",
        "forges-a-signature": "a signature with a stranger's key",
        "leaves-an-input-out": "the lead left a record out",
        "signs-another-digest": "the lead's digest was of no result",
        "signs-two-results": "the lead told two different results",
        "closes-before-all-signed": "the lead closed before all had signed",
        "asks-under-a-withdrawn-consent": "the lead asked after the withdrawal",
    },
}
"""By group what may strike, in plain words."""

PROMISES: Final = (
    "what was acknowledged is there; logs only grow; no record left without a permission in force; "
    "all who closed a case hold the same result; a lie is seen for what it is; each case has "
    "ended, unless a lie stopped it"
)
ERASED: Final = (
    ", or waits for whoever erased the person; what was erased is gone there and wherever it had "
    "been sent, or kept for a decision"
)
"""Said besides of a run in which anybody was erased."""

_LIE: Final = "lied: "
_WHERE: Final = {
    Disk.MODEL: "parties on model disks",
    Disk.STORE: "real nodes on real databases",
}


def tell(report: Report, first_seed: int, disk: Disk, left_out: int = 0) -> None:
    """All of it in words, as wide as the terminal; ``left_out`` seeds were not run any more."""
    target = console()
    last = first_seed + report.seeds - 1
    seeds = f"seeds {first_seed} to {last}" if report.seeds > 1 else f"seed {first_seed}"
    target.print(Text(f"{report.seeds:,} cases among {_WHERE[disk]}, {seeds}\n"))
    counts = {kind.removeprefix(_LIE): count for kind, count in report.faults.items()}
    for group, kinds in KINDS.items():
        rows = [(kind, f"{counts[kind]:,}", kinds[kind]) for kind in kinds if kind in counts]
        if rows:
            target.print(table(target, (group, "times", "what happened"), rows, (4, 0, 5)))
            target.print()
    for failure in report.failed:
        _tell_failure(failure, disk)
    if report.failed:
        target.print(Text(f"{len(report.failed):,} of {report.seeds:,} cases broke a promise"))
        if left_out:
            again = f"{left_out:,} more were not run; --keep-going runs them, too"
            target.print(Text(again))
    else:
        besides = ERASED if fate.ERASED in counts else ""
        target.print(Text(f"every promise held: {PROMISES}{besides}"))


def _tell_failure(failure: Failure, disk: Disk) -> None:
    """The shortest way there; what is to be copied is never broken into lines."""
    target = console()
    target.print(Text(f"seed {failure.seed} BROKE A PROMISE: {failure.promise}", style="bold"))
    takes = "no more than this; a step is six hours:" if failure.schedule else "no fault at all"
    target.print(Text(f"\nIt takes {takes}"))
    for line in failure.schedule:
        target.print(Text(f"  {line}"))
    again = f"portability simulate --disk {disk.value} --first-seed {failure.seed} --seeds 1"
    typer.echo(f"\nTo see it again:\n  {again}")
    typer.echo("\nTo keep it as a test, append to tests/unit/simulation/found.toml:\n")
    typer.echo(failure.to_toml(disk))
