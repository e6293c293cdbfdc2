"""
The bundles of the parties of one case, put together: what one leaves out another may show.

Each was verified by itself before; only what held is taken. What shows between statements only is
then judged anew, on all of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agents.auditor.between import check_between
from agents.auditor.corrected import check_corrected
from agents.auditor.findings import Findings
from agents.auditor.graph import signed_at
from agents.auditor.histories import find_forks
from agents.auditor.replay import case_ids
from agents.auditor.report import Fault, Step
from agents.auditor.results import exporter_of
from agents.auditor.steps import Checked
from agents.auditor.timely import check_timely
from agents.auditor.verification import Examined
from agents.bundle_files import Scope
from portability.core.agreement import Pack
from portability.recognition.statements import CaseStatement, HistoryRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """
    One bundle. ``label`` is where it was read; ``exporter`` whose it is, empty if nothing in it
    says so; ``latest`` the last moment that it shows, so that it was made then or later.
    """

    label: str
    examined: Examined
    statements: Mapping[bytes, Checked]
    exporter: str
    latest: datetime | None

    @property
    def verified(self) -> bool:
        return self.examined.report.verified

    def to_json(self) -> dict[str, object]:
        return {
            "bundle": self.label,
            "exporter": self.exporter,
            "verified": self.verified,
            "verdict": self.examined.report.verdict,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """All that holds of all bundles, and the agreements that came with them."""

    found: Findings
    packs: Mapping[str, Pack]


def _lead_of(found: Findings, sides: Sequence[Side]) -> str:
    """The lead, where its own bundle is here: then nothing may be missing from its side."""
    contents = (one.content for one in found.checked.values())
    leads = {one.claim.lead.jurisdiction for one in contents if isinstance(one, HistoryRequest)}
    return next((side.exporter for side in sides if side.exporter in leads), "")


def side_of(label: str, examined: Examined, case_id: str) -> Side:
    """A bundle as one side of a case."""
    own = {
        i: one
        for i, one in examined.found.checked.items()
        if not isinstance(one.content, CaseStatement) or one.content.header.case_id == case_id
    }
    return Side(
        label=label,
        examined=examined,
        statements=own,
        exporter=exporter_of(own),
        latest=_latest(examined.found, own),
    )


def put_together(sides: Sequence[Side]) -> Together:
    """
    The union of what holds. A statement counts as erased only where no side has it any more.

    Raises NotHeldError if an agreement does not hold.
    """
    found = Findings(scope=Scope.CASE)
    packs: dict[str, Pack] = {}
    for side in sides:
        own = side.examined.found
        for i, one in own.checked.items():
            if i in side.statements and (
                i not in found.checked or one.log == one.signer.jurisdiction
            ):
                found.checked[i] = one  # the log of whoever signed it shows when that was said
        found.statuses.update(own.statuses)
        found.acknowledgements.update(own.acknowledgements)
        found.erased.update(own.erased)
        packs.update(side.examined.packs)
        found.heads += own.heads
    found.erased = {i: one for i, one in found.erased.items() if i not in found.checked}
    found.exporter = _lead_of(found, sides)
    directories = [
        side.examined.trusted.directory for side in sides if side.examined.trusted is not None
    ]
    if directories and case_ids(found):
        newest = max(directories, key=lambda directory: directory.version)
        check_between(found, newest, packs, Scope.CASE)
    _keep_of_one(found, sides, packs)
    _keep_own_faults(found, sides)
    logged = (one for side in sides for one in side.examined.found.logged())
    found.forks = tuple(find_forks(found.heads, logged))
    return Together(found=found, packs=packs)


def _keep_of_one(found: Findings, sides: Sequence[Side], packs: Mapping[str, Pack]) -> None:
    """What only a bundle by itself shows: the order of the lead's log, and all that one holds."""
    for side in sides:
        if side.examined.found.erased:
            continue
        for case_id in case_ids(found):
            own = list(check_corrected(side.statements, case_id, side.exporter))
            if side.exporter == found.exporter:
                own += check_timely(side.statements, case_id, packs)
            for i, error in own:
                found.fail(i, error)


def _keep_own_faults(found: Findings, sides: Sequence[Side]) -> None:
    """What fell before its content was believed, and is sound in no other bundle."""
    for side in sides:
        for i, fault in side.examined.found.failed.items():
            if i not in found.checked and fault.step <= Step.DISCLOSURES:
                found.failed.setdefault(i, fault)


def own_faults(side: Side) -> tuple[Fault, ...]:
    """What a bundle as a whole, or a statement by itself, does not hold up to."""
    return tuple(one for one in side.examined.report.causes if one.step <= Step.DISCLOSURES)


def _latest(found: Findings, statements: Mapping[bytes, Checked]) -> datetime | None:
    moments = [signed_at(one) for one in statements.values()]
    moments += [one.witnessed.time for one in statements.values() if one.witnessed is not None]
    moments += [word.as_of for word in found.acknowledgements.values()]
    return max(moments, default=None)
