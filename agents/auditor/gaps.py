"""
What statements name and no bundle shows.

Whoever takes part in a case has what it named itself, and the lead has all of it. So a statement
that names what is not there stands against whoever made the bundle, and never against whoever
signed the statement: of that it cannot be said whether it follows.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from agents.auditor.computed import Computed
from agents.auditor.contents import short
from agents.auditor.findings import Findings
from agents.auditor.graph import links_of
from agents.auditor.inquiry import Finding, Release, more
from agents.auditor.questions import Holds
from agents.auditor.sides import Side
from agents.auditor.steps import Checked
from portability.consent.receipt import DisclosureReceipt


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A statement that a bundle must have and has not, and those in it that name it."""

    side: Side
    missing: bytes
    named_by: tuple[Checked, ...]


def find_left_out(found: Findings, sides: Sequence[Side]) -> tuple[LeftOut, ...]:
    """What each leaves out that it named itself or, leading the case, was named to it."""
    return tuple(
        LeftOut(side=side, missing=missing, named_by=tuple(by))
        for side in sides
        if side.exporter
        for missing, by in _left_out(side, leads=side.exporter == found.exporter).items()
    )


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


def find_gaps(found: Findings, left_out: Iterable[LeftOut]) -> dict[bytes, bytes]:
    """
    Each statement that cannot be judged, and what it rests on in the end and nobody shows.

    What only others must have is known to a party by its number, and is no gap.
    """
    absent = {one.missing for one in left_out if not _is_here(one.missing, found)}
    gaps: dict[bytes, bytes] = {}
    before = -1
    while len(gaps) > before:
        before = len(gaps)
        for i in found.failed.keys() & found.checked.keys() - gaps.keys():
            needed = [link.id for link in links_of(found.checked[i].content) if link.needed]
            missing = next(
                (gaps.get(one, one) for one in needed if one in gaps or one in absent), None
            )
            if missing is not None:
                gaps[i] = missing
    return gaps


def _is_here(i: bytes, found: Findings) -> bool:
    return any(i in those for those in (found.checked, found.erased, found.statuses))


def of_left_out(left_out: Iterable[LeftOut], told: Collection[str]) -> Iterator[Finding]:
    """Against each what it leaves out, but for what was ``told`` (exporter and id) already."""
    for one in left_out:
        if f"{one.side.exporter} {one.missing.hex()}" not in told:
            yield _against(one.side, one.missing, one.named_by)


def _against(side: Side, missing: bytes, by: Sequence[Checked]) -> Finding:
    one = by[0]
    return Finding(
        against=side.exporter,
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
