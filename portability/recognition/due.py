"""What a party has to do next in a case, in the order in which it has to do it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from portability.consent.scope import Party
from portability.recognition.case import (
    AnswerHistory,
    Case,
    CaseState,
    Clock,
    Close,
    Countersign,
    Determine,
    Duty,
    GiveUp,
    Reconcile,
    Reopen,
    Summarise,
)
from portability.recognition.facts import Facts
from portability.recognition.held_back import answered_in, held_back
from portability.recognition.histories import ANSWERED, History, not_insured
from portability.recognition.notices import has_unsettled_end, unanswered_notices
from portability.recognition.presence import deciding, present_in
from portability.recognition.statements import (
    Claim,
    ClosureReason,
    Correction,
    Objection,
    ReopeningCause,
)
from portability.recognition.timing import answer_due, overdue, reminders_due

_DECIDING = frozenset((CaseState.AGREED, CaseState.PROVISIONAL))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A case as far as it was read; without a ``clock`` time makes nothing due."""

    case: Case
    claim: Claim
    facts: Facts
    histories: Mapping[Party, History]
    state: CaseState
    clock: Clock | None

    @property
    def leads(self) -> bool:
        return self.case.own == self.claim.lead.jurisdiction


def duties(seen: Seen) -> Iterator[Duty]:
    """
    All that is due; a contradiction stops everything but answers, and a claim that the person has
    given up everything but the closure.
    """
    case, claim, facts = seen.case, seen.claim, seen.facts
    yield from unanswered_notices(case, claim, facts, seen.state)
    if seen.state is CaseState.CLOSED or facts.given_up:
        if seen.leads:
            yield from _over(seen)
        return
    yield from _answers(case, facts, seen.clock)
    if facts.contradictions or has_unsettled_end(claim, facts):
        return
    if seen.leads:
        yield from _lead_duties(seen)
    elif _must_examine(case, claim, facts):
        yield Countersign(reconciliation_id=facts.in_force)
    elif seen.state in _DECIDING:
        yield from _determinations(case, claim, facts)


def _over(seen: Seen) -> Iterator[Duty]:
    """What the lead has to do about a case that is closed, or given up and so about to be."""
    if seen.state is CaseState.CLOSED:
        yield from _reopening(seen.case, seen.facts)
    else:
        yield GiveUp(withdrawals=tuple(sorted(seen.facts.given_up)))


def _answers(case: Case, facts: Facts, clock: Clock | None) -> Iterator[Duty]:
    for i in sorted(facts.requests):
        is_ours = facts.requests[i].recipient.jurisdiction == case.own
        if is_ours and answer_due(facts, i, clock):
            yield AnswerHistory(request_id=i)


def _must_examine(case: Case, claim: Claim, facts: Facts) -> bool:
    """A result is not examined while a correction waits to become part of the next one."""
    current = facts.current
    return (
        current is not None
        and case.own in present_in(claim, current)
        and not any(facts.examined_by(case.own))
        and not facts.outdated
    )


def _determinations(case: Case, claim: Claim, facts: Facts) -> Iterator[Duty]:
    current = facts.reconciliations[facts.in_force]
    for party in deciding(claim, current):
        if party.jurisdiction != case.own:
            continue
        standing = facts.standing.get(party, b"")
        contested = tuple(
            i for i in facts.objections if facts.objected[i].header.predecessors == (standing,)
        )
        if party not in facts.determined or contested:
            yield Determine(
                institution=party,
                reconciliation_id=facts.in_force,
                supersedes=standing,
                missing=current.lacking,
                objections=contested,
            )


def _lead_duties(seen: Seen) -> Iterator[Duty]:
    claim, facts = seen.claim, seen.facts
    again = _reconciling(seen)
    if again is not None:
        yield again
    elif seen.state in _DECIDING:
        yield from _determinations(seen.case, claim, facts)
        if seen.state is CaseState.AGREED:
            yield from _ending(claim, facts)
    if seen.clock is not None and seen.state is not CaseState.DISPUTED:
        yield from reminders_due(claim, facts, seen.clock)


def _reconciling(seen: Seen) -> Reconcile | None:
    """
    The result to compute: of all histories, or without those that are silent past their term.

    None while one is still awaited, or if the result in force rests on the same already.
    """
    claim, facts, histories, clock = seen.claim, seen.facts, seen.histories, seen.clock
    current = facts.current
    given_up = set(current.missing if current else ()) | (
        set(overdue(claim, facts, clock)) if clock is not None else set()
    )
    missing = tuple(one for one, how in histories.items() if how not in ANSWERED)
    if any(histories[one] is History.REFUSED or one not in given_up for one in missing):
        return None
    known = {*facts.usable, *facts.corrections}
    is_as_it_was = current is not None and current.missing == missing
    if current is not None and is_as_it_was:
        named = {*current.header.predecessors} - {*facts.requests}
        is_as_it_was = known == named  # perhaps whom it waits for was asked once more
    if is_as_it_was:
        return None
    open_requests = (
        i
        for i, request in facts.requests.items()
        if request.recipient in missing and not facts.counts(i)
    )
    basis = tuple(sorted((*known, *open_requests)))
    return Reconcile(
        basis=basis,
        supersedes=facts.head,
        missing=missing,
        not_insured=not_insured(histories),
        held_back=held_back(claim, answered_in(seen.case.accepted, known)),
    )


def _ending(claim: Claim, facts: Facts) -> Iterator[Duty]:
    """Once all have decided and nobody objects: the summary for the person, then the closure."""
    current = facts.reconciliations[facts.in_force]
    if facts.objections or any(one not in facts.determined for one in deciding(claim, current)):
        return
    decided = tuple(sorted(facts.determined.values()))
    if not any(
        tuple(sorted(one.header.predecessors)) == decided for one in facts.summaries.values()
    ):
        yield Summarise(determinations=decided)
    else:
        yield Close(determinations=decided)


def _reopening(case: Case, facts: Facts) -> Iterator[Duty]:
    """What a settled case must go on for; a withdrawn one stays closed."""
    closures = tuple(
        sorted(i for i, one in facts.closures.items() if one.reason is ClosureReason.SETTLED)
    )
    current = facts.current
    if current is None or facts.withdrawn:
        return
    named = current.header.predecessors
    late = tuple(i for i in (*facts.corrections, *facts.usable) if i not in named)
    causes = tuple(sorted((*late, *facts.objections)))
    if causes:
        yield Reopen(closures=closures, causes=causes, cause=_cause(case, causes))


def _cause(case: Case, causes: tuple[bytes, ...]) -> ReopeningCause:
    kinds = {type(case.accepted[i]) for i in causes}
    if Correction in kinds:
        return ReopeningCause.CORRECTION
    return ReopeningCause.OBJECTION if Objection in kinds else ReopeningCause.LATE_HISTORY
