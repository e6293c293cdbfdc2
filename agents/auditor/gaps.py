"""
What statements name and no bundle shows.

Whoever takes part in a case has what it named itself, and the lead has all of it. So a statement
that names what is not there stands against whoever made the bundle, and never against whoever
signed the statement: of that it cannot be said whether it follows.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from agents.auditor.computed import Computed
from agents.auditor.contents import short
from agents.auditor.findings import Findings
from agents.auditor.graph import links_of
from agents.auditor.inquiry import Finding, Release, more
from agents.auditor.questions import Holds
from agents.auditor.sides import Side
from agents.auditor.steps import Checked
from portability.consent.receipt import DisclosureReceipt


def find_gaps(found: Findings) -> dict[bytes, bytes]:
    """Each statement that cannot be judged, and what it rests on in the end and is not here."""
    gaps: dict[bytes, bytes] = {}
    before = -1
    while len(gaps) > before:
        before = len(gaps)
        for i in found.failed.keys() & found.checked.keys() - gaps.keys():
            missing = next(_missing(i, found, gaps), None)
            if missing is not None:
                gaps[i] = missing
    return gaps


def _missing(i: bytes, found: Findings, gaps: Mapping[bytes, bytes]) -> Iterator[bytes]:
    for link in links_of(found.checked[i].content):
        if link.needed and link.id in gaps:
            yield gaps[link.id]
        elif link.needed and not _is_here(link.id, found):
            yield link.id


def _is_here(i: bytes, found: Findings) -> bool:
    return any(i in those for those in (found.checked, found.erased, found.statuses))


def of_gaps(
    gaps: Mapping[bytes, bytes], found: Findings, sides: Sequence[Side], told: Collection[str]
) -> Iterator[Finding]:
    """Against each who leaves out what it named itself or, leading the case, was named to it."""
    answered: set[bytes] = set()
    for side in sides:
        leads = side.exporter != "" and side.exporter == found.exporter
        for missing, by in _left_out(side, leads=leads).items():
            answered.add(missing)
            if f"{side.exporter} {missing.hex()}" not in told:
                yield _against(side, missing, by)
    for missing in sorted({*gaps.values()} - answered):
        naming = [i for i, rests_on in sorted(gaps.items()) if rests_on == missing]
        for side in sides:
            by = [side.statements[i] for i in naming if i in side.statements]
            if by:
                yield _against(side, missing, by)


def _left_out(side: Side, *, leads: bool) -> Mapping[bytes, list[Checked]]:
    naming: defaultdict[bytes, list[Checked]] = defaultdict(list)
    for _, one in sorted(side.statements.items()):
        if isinstance(one.content, DisclosureReceipt) and not _is_here(
            one.content.request, side.examined.found
        ):
            continue  # of another case
        if leads or one.signer.jurisdiction == side.exporter:
            for link in links_of(one.content):
                if link.needed and not _is_here(link.id, side.examined.found):
                    naming[link.id].append(one)
    return naming


def _against(side: Side, missing: bytes, by: Sequence[Checked]) -> Finding:
    one = by[0]
    return Finding(
        against=side.exporter or "whoever exported it",
        words=(
            f"its own bundle leaves out {short(missing)}, which the {one.kind} {short(one.id)} of "
            f"{one.signer} names{more(by)}"
        ),
        proofs=tuple(each.id.hex() for each in by),
    )


def release_left_open(one: Release, gaps: Mapping[bytes, bytes]) -> Release:
    """A release of which cannot be said whether it was permitted, where that is so."""
    missing = gaps.get(bytes.fromhex(one.id))
    if missing is None:
        return one
    return replace(one, holds=Holds.UNKNOWN, words=_unsaid(missing))


def computed_left_open(one: Computed, gaps: Mapping[bytes, bytes]) -> Computed:
    """The same of what was computed, unless the records themselves give something else."""
    missing = gaps.get(bytes.fromhex(one.id))
    if missing is None or one.difference is not None:
        return one
    return replace(one, holds=Holds.UNKNOWN, words=_unsaid(missing))


def _unsaid(missing: bytes) -> str:
    return f"it cannot be said: it rests on {short(missing)}, which no bundle here shows"
