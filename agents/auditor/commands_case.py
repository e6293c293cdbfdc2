"""Commands over the bundles of one case: replay it, and settle what its parties dispute."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from agents.auditor.findings import Findings
from agents.auditor.inquiring import inquire
from agents.auditor.inquiry import more
from agents.auditor.replay import case_ids, replay
from agents.auditor.report import fault
from agents.auditor.sides import Side, own_faults, put_together, side_of
from agents.auditor.steps import UNREADABLE, kind_under
from agents.auditor.telling import tell_unheld
from agents.auditor.telling_inquiry import tell_inquiry
from agents.auditor.telling_replay import tell_replay
from agents.auditor.trust import TrustRoot, find_trust
from agents.auditor.verification import Examined, examine_bundle
from agents.bundle_archive import read_bundle
from agents.bundle_files import statement_ids
from agents.exits import HELD, NOT_HELD
from agents.printing import Printer
from agents.surroundings import Surroundings
from portability.errors import ConfigurationError

CaseOption = Annotated[
    str, typer.Option("--case", help="The case, where the bundle is of a person with several.")
]
PolicyOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Your own logs and quorum, as a tlog-policy.")
]
RootOption = Annotated[
    list[str] | None,
    typer.Option(
        "--root-key", metavar="HEX", help="Root key of the federation in hex; repeatable."
    ),
]
ThresholdOption = Annotated[int, typer.Option(help="How many of the root keys must have signed.")]
ProfileOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Root keys pinned in this profile.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Write one JSON document to standard output, nothing else.")
]


def add_case_commands(app: typer.Typer, outside: Surroundings) -> None:
    """Register ``replay`` and ``dispute``."""
    _add_replay(app, outside)
    _add_dispute(app, outside)


def _add_replay(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("replay")
    def replay_bundle(
        paths: Annotated[
            list[Path],
            typer.Argument(
                metavar="BUNDLE",
                help="A directory, .tar, .tar.gz or .zip; others add what the first one lacks.",
            ),
        ],
        *,
        case: CaseOption = "",
        policy: PolicyOption = None,
        root_keys: RootOption = None,
        threshold: ThresholdOption = 1,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> int:
        """Replay a case offline, step by step. Exit 1 and the first step that does not follow."""
        printer = Printer(as_json=json)
        trust = partial(
            find_trust,
            policy=policy,
            root_keys=root_keys or (),
            threshold=threshold,
            profile=profile,
        )
        read = _read_all(paths, trust, printer, outside, verdict="follows")
        if read is None:
            return NOT_HELD
        chosen = choose_case(read[0].examined, case)
        kinds = {i: kind for one in read for i, kind in one.kinds.items()}
        told = replay(_all_of(read, chosen), chosen, kinds)
        printer.document(told.to_json())
        tell_replay(printer, told)
        return HELD if told.holds else NOT_HELD


def _add_dispute(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("dispute")
    def dispute(
        paths: Annotated[
            list[Path],
            typer.Argument(
                metavar="BUNDLE", help="The bundle of one party, or one of each: some may hide."
            ),
        ],
        *,
        case: CaseOption = "",
        policy: PolicyOption = None,
        root_keys: RootOption = None,
        threshold: ThresholdOption = 1,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> int:
        """Answer offline what parties dispute. Exit 1 if anything stands against anybody."""
        printer = Printer(as_json=json)
        trust = partial(
            find_trust,
            policy=policy,
            root_keys=root_keys or (),
            threshold=threshold,
            profile=profile,
        )
        read = _read_all(paths, trust, printer, outside, verdict="clear")
        if read is None:
            return NOT_HELD
        chosen = choose_case(read[0].examined, case)
        found = inquire(chosen, [_side(one, chosen) for one in read])
        printer.document(found.to_json())
        tell_inquiry(printer, found)
        return HELD if found.clear else NOT_HELD


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A bundle verified; ``kinds`` are those of its statements by id (hex), as their files say."""

    path: Path
    examined: Examined
    kinds: dict[str, str]


def _read_all(
    paths: Sequence[Path],
    trust: Callable[[Path], TrustRoot],
    printer: Printer,
    outside: Surroundings,
    *,
    verdict: str,
) -> list[_Read] | None:
    """Every bundle; None once nothing in one verifies, which is told with ``verdict`` false."""
    read = []
    for path in paths:
        one = _read_one(path, trust(path), printer, outside)
        if not one.examined.found.checked:
            printer.document({verdict: False, **one.examined.report.to_json()})
            tell_unheld(printer, one.examined.report)
            return None
        read.append(one)
    return read


def _read_one(path: Path, trust: TrustRoot, printer: Printer, outside: Surroundings) -> _Read:
    files = read_bundle(path)
    with printer.progress("verifying") as progress:
        examined = examine_bundle(files, trust, outside.now(), progress=progress)
    kinds = {i: kind_under(i, files) for i in statement_ids(files)}
    told = {i: "statement" if kind == UNREADABLE else kind for i, kind in kinds.items()}
    return _Read(path=path, examined=examined, kinds=told)


def _all_of(read: Sequence[_Read], case_id: str) -> Findings:
    """
    What all bundles show of a case; where several do, as the first shows it. What does not hold of
    one of them by itself is a fault of the whole, also where another makes up for it.
    """
    if len(read) == 1:
        return read[0].examined.found
    sides = [_side(one, case_id) for one in reversed(read)]
    found = put_together(sides).found
    for side in reversed(sides):
        faults = own_faults(side)
        if faults:
            words = f"the bundle {side.label} is not sound: {faults[0].cause}{more(faults)}"
            found.faults.append(fault(faults[0].step, words))
    return found


def _side(one: _Read, case_id: str) -> Side:
    """Raises ConfigurationError if a bundle is of another case."""
    if case_id not in case_ids(one.examined.found):
        raise ConfigurationError(
            f"{one.path} is about another case than the first bundle; give bundles of one case",
            file=str(one.path),
        )
    return side_of(str(one.path), one.examined, case_id)


def choose_case(examined: Examined, wanted: str) -> str:
    """The id of the case that is meant. Raises ConfigurationError that lists those there are."""
    there = case_ids(examined.found)
    name = wanted.removeprefix("cases/")
    if name in there or (not name and len(there) == 1):
        return name or there[0]
    if not there:
        raise ConfigurationError(
            "the bundle holds no case: export one with `portability-agency export CASE PATH`",
            field="case",
        )
    listed = ", ".join(f"cases/{one}" for one in there)
    raise ConfigurationError(
        f"the bundle holds {listed}; name one of them with --case", field="case"
    )
