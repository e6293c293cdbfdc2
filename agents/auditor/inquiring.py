"""Puts the bundles of one case together, and says what they show against whom."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agents.auditor.computed import Computed, computations
from agents.auditor.contents import says, short
from agents.auditor.findings import Findings
from agents.auditor.gaps import (
    LeftOut,
    computed_left_open,
    find_gaps,
    find_left_out,
    of_left_out,
    release_left_open,
)
from agents.auditor.inquiry import Finding, Inquiry, Release, more
from agents.auditor.letters import Letter, between_others, know, letters
from agents.auditor.questions import Holds, Question
from agents.auditor.report import Fork, Step
from agents.auditor.rulings import rule
from agents.auditor.sides import Side, Together, own_faults, put_together
from portability.consent.receipt import DisclosureReceipt, Outcome
from portability.recognition.statements import Correction, Reconciliation


def inquire(case_id: str, sides: Sequence[Side]) -> Inquiry:
    """Everything that the bundles of one case show. Raises NotHeldError as ``put_together``."""
    together = put_together(sides)
    known = know(together.found, sides)
    sent = () if known is None else letters(together.found, known, sides)
    others = 0 if known is None else between_others(together.found, known, sides)
    left_out = find_left_out(together.found, sides)
    gaps = find_gaps(together.found, left_out)
    computed = tuple(
        computed_left_open(one, gaps) for one in computations(together.found, together.packs)
    )
    found = (*_releases(together.found), *_unreceipted(together.found))
    releases = tuple(release_left_open(one, gaps) for one in found)
    shown = _Shown(letters=sent, releases=releases, computed=computed, left_out=left_out)
    return Inquiry(
        case_id=case_id,
        sides=tuple(sides),
        rulings=rule(sent, releases, computed),
        findings=tuple(_findings(sides, shown, together, gaps)),
        letters=sent,
        between_others=others,
        releases=releases,
        computed=computed,
    )


def _releases(found: Findings) -> Iterator[Release]:
    for i, one in sorted(found.checked.items(), key=lambda item: (item[1].log, item[1].index)):
        if not isinstance(one.content, DisclosureReceipt):
            continue
        fault = found.failed.get(i)
        answers = [
            answer for answer in found.judged.get(i, ()) if answer.question is Question.PERMISSION
        ]
        is_refused = one.content.outcome is Outcome.REFUSED
        if fault is not None:
            holds, words = Holds.NO, fault.cause
        elif answers:
            holds, words = answers[0].holds, answers[0].words
        else:
            holds, words = Holds.UNKNOWN, "it could not be looked at"
        if holds is Holds.NOT_ASKED:
            continue  # of another case, or an auditor's own reading
        yield Release(
            id=i.hex(), says=says(one.content), holds=holds, words=words, is_refused=is_refused
        )


def _unreceipted(found: Findings) -> Iterator[Release]:
    """What went out with a result or a correction, and left no receipt or another."""
    for i, one in sorted(found.checked.items()):
        fault = found.failed.get(i)
        if not isinstance(one.content, Reconciliation | Correction):
            continue
        if fault is not None and fault.step is Step.RECEIPTS:
            holds, words = Holds.NO, fault.cause
        else:
            answers = [
                answer
                for answer in found.judged.get(i, ())
                if answer.question is Question.PERMISSION
            ]
            if not answers:
                continue
            holds, words = answers[0].holds, answers[0].words
        yield Release(id=i.hex(), says=says(one.content), holds=holds, words=words)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What was found of each thing that somebody signed."""

    letters: Sequence[Letter]
    releases: Sequence[Release]
    computed: Sequence[Computed]
    left_out: Sequence[LeftOut]


def _findings(
    sides: Sequence[Side], shown: _Shown, together: Together, gaps: Mapping[bytes, bytes]
) -> Iterator[Finding]:
    yield from _of_bundles(sides, together.found.forks)
    yield from _of_letters(shown.letters)
    hidden = {f"{by} {one.id}" for one in shown.letters for by in one.left_out}
    yield from of_left_out(shown.left_out, hidden)
    for one in shown.releases:
        if one.holds is Holds.NO:
            receipt = together.found.checked[bytes.fromhex(one.id)]
            yield Finding(
                against=str(receipt.signer), words=f"{one.says}: {one.words}", proofs=(one.id,)
            )
    for other in shown.computed:
        if other.holds is Holds.NO:
            words = f"{other.kind} {other.id[:16]}: {other.words}"
            yield Finding(against=other.party, words=words, proofs=(other.id,))
    told = {i.hex() for i in gaps}
    told |= {one.id for one in shown.releases} | {one.id for one in shown.computed}
    for i, fault in sorted(together.found.failed.items()):
        signed = together.found.checked.get(i)
        if signed is not None and i.hex() not in told and fault.step > Step.DISCLOSURES:
            words = f"{signed.kind} {short(i)}: {fault.cause}"
            yield Finding(against=str(signed.signer), words=words, proofs=(i.hex(),))
    for fault in together.found.faults:
        yield Finding(against="the case as a whole", words=fault.cause, proofs=())


def _of_bundles(sides: Sequence[Side], forks: Sequence[Fork]) -> Iterator[Finding]:
    for fork in forks:
        yield Finding(against=fork.origin, words="this log has signed two histories", proofs=())
    for side in sides:
        faults = own_faults(side)
        if faults:
            whose = side.exporter or "whoever exported it"
            words = f"its bundle {side.label} is not sound: {faults[0].cause}{more(faults)}"
            yield Finding(against=whose, words=words, proofs=())


def _of_letters(sent: Sequence[Letter]) -> Iterator[Finding]:
    told: set[tuple[str, str]] = set()
    for one in sent:
        for party in one.left_out:
            if (party, one.id) in told:
                continue
            told.add((party, one.id))
            own = party == one.source
            why = f"{one.sender} has signed it" if own else one.received.proofs[0].words
            yield Finding(
                against=party,
                words=f"its own bundle leaves out the {one.kind} {one.id[:16]}: {why}",
                proofs=(one.id, *(proof.id for proof in one.received.proofs)),
            )
        if one.same.holds is Holds.NO and (one.sender, one.id) not in told:
            told.add((one.sender, one.id))
            yield Finding(
                against=one.sender,
                words=f"{one.kind} {one.id[:16]}: {one.same.words}",
                proofs=tuple(proof.id for proof in one.same.proofs),
            )
