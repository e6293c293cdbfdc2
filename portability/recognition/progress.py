"""How far a case is, whom it waits for and what is due (design.md, Mutual recognition)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portability.consent.scope import Party
from portability.recognition.case import (
    AnswerHistory,
    Case,
    CaseState,
    Close,
    Countersign,
    Determine,
    Duty,
    Reconcile,
)
from portability.recognition.facts import USABLE, Facts, read_facts
from portability.recognition.statements import (
    Claim,
    Dispute,
    HistoryOutcome,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """
    Where a case stands, computed from what was accepted and nothing else.

    ``reconciliation_id`` and ``digest`` are of the reconciliation in force, empty before there is
    one. ``determined`` names the determination of each party on it. ``contradictions`` are groups
    of ids of statements of one sender of which at most one can be true.
    """

    state: CaseState = CaseState.COLLECTING
    awaiting: tuple[Party, ...] = ()
    reconciliation_id: bytes = b""
    digest: bytes = b""
    determined: Mapping[Party, bytes] = field(default_factory=dict)
    contradictions: tuple[tuple[bytes, ...], ...] = ()
    duties: tuple[Duty, ...] = ()


class _History(StrEnum):
    AWAITED = "awaited"
    ANSWERED = "answered"
    REFUSED = "refused"


def progress(case: Case) -> Progress:
    """The view of a case from the jurisdiction that holds it."""
    if case.claim is None:
        return Progress()
    facts = read_facts(case)
    histories = _histories(case, case.claim, facts)
    state = _state(case, case.claim, facts, histories)
    in_force = facts.reconciliations.get(facts.in_force)
    return Progress(
        state=state,
        awaiting=_awaiting(case, case.claim, facts, histories, state),
        reconciliation_id=facts.in_force,
        digest=in_force.digest if in_force else b"",
        determined=facts.determined,
        contradictions=facts.contradictions,
        duties=tuple(_duties(case, case.claim, facts, histories, state)),
    )


def _leads(case: Case, claim: Claim) -> bool:
    return case.own == claim.lead.jurisdiction


def _histories(case: Case, claim: Claim, facts: Facts) -> dict[Party, _History]:
    """How far each history is that can be seen here: all of them by the lead, else our own."""
    seen = [
        party
        for party in claim.parties
        if party.jurisdiction != claim.lead.jurisdiction
        and (_leads(case, claim) or party.jurisdiction == case.own)
    ]
    return {party: _history(party, facts) for party in seen}


def _history(party: Party, facts: Facts) -> _History:
    """Answered by any usable response; refused if every request to the party was."""
    asked = [i for i, request in facts.requests.items() if request.recipient == party]
    outcomes = [{one.outcome for one in facts.answers_to(i)} for i in asked]
    if any(outcome in USABLE for found in outcomes for outcome in found):
        return _History.ANSWERED
    if asked and all(HistoryOutcome.REFUSED in found for found in outcomes):
        return _History.REFUSED
    return _History.AWAITED


def _state(
    case: Case, claim: Claim, facts: Facts, histories: Mapping[Party, _History]
) -> CaseState:
    agreed = _is_agreed(claim, facts)
    if facts.withdrawn or (facts.settled and agreed):
        return CaseState.CLOSED
    if facts.contradictions or _is_disputed(facts):
        return CaseState.DISPUTED
    if facts.in_force:
        return CaseState.AGREED if agreed else CaseState.RECONCILING
    if _History.AWAITED in histories.values():
        return CaseState.COLLECTING
    if _History.REFUSED in histories.values():
        return CaseState.REFUSED
    return CaseState.RECONCILING if _leads(case, claim) else CaseState.COLLECTING


def _is_agreed(claim: Claim, facts: Facts) -> bool:
    """Every jurisdiction but the lead's has countersigned, and none disputes."""
    return bool(facts.in_force) and not _unexamined(claim, facts) and not _is_disputed(facts)


def _is_disputed(facts: Facts) -> bool:
    return any(
        isinstance(one, Dispute) and one.header.predecessors == (facts.in_force,)
        for one in facts.examinations.values()
    )


def _unexamined(claim: Claim, facts: Facts) -> tuple[Party, ...]:
    return tuple(
        Party(jurisdiction=one)
        for one in claim.jurisdictions[1:]
        if not any(facts.examined_by(one))
    )


def _undetermined(claim: Claim, facts: Facts) -> tuple[Party, ...]:
    return tuple(party for party in claim.parties if party not in facts.determined)


def _awaiting(
    case: Case,
    claim: Claim,
    facts: Facts,
    histories: Mapping[Party, _History],
    state: CaseState,
) -> tuple[Party, ...]:
    """Who has to act next; the lead's node where it is nobody else."""
    if state is CaseState.CLOSED:
        return ()
    if state in {CaseState.REFUSED, CaseState.DISPUTED}:
        return (claim.lead,)
    waiting: tuple[Party, ...]
    if state is CaseState.AGREED:
        waiting = _undetermined(claim, facts)
    elif facts.in_force:
        waiting = _unexamined(claim, facts)
    else:
        waiting = tuple(one for one, how in histories.items() if how is _History.AWAITED)
    return waiting or (claim.lead.node,)


def _duties(
    case: Case,
    claim: Claim,
    facts: Facts,
    histories: Mapping[Party, _History],
    state: CaseState,
) -> Iterator[Duty]:
    if state is CaseState.CLOSED:
        return
    yield from _answers(case, facts)
    if facts.contradictions:
        return
    if state is CaseState.AGREED:
        yield from _determinations(case, claim, facts)
    if _leads(case, claim):
        yield from _lead_duties(claim, facts, histories, state)
    elif facts.in_force and Party(jurisdiction=case.own) in _unexamined(claim, facts):
        yield Countersign(reconciliation_id=facts.in_force)


def _answers(case: Case, facts: Facts) -> Iterator[Duty]:
    for i in sorted(facts.requests):
        if facts.requests[i].recipient.jurisdiction == case.own and not any(facts.answers_to(i)):
            yield AnswerHistory(request_id=i)


def _determinations(case: Case, claim: Claim, facts: Facts) -> Iterator[Duty]:
    for party in _undetermined(claim, facts):
        if party.jurisdiction == case.own:
            yield Determine(institution=party, reconciliation_id=facts.in_force)


def _lead_duties(
    claim: Claim, facts: Facts, histories: Mapping[Party, _History], state: CaseState
) -> Iterator[Duty]:
    complete = set(histories.values()) == {_History.ANSWERED}
    current = facts.reconciliations.get(facts.in_force)
    used = tuple(sorted(current.header.predecessors)) if current else ()
    if complete and used != facts.usable:
        yield Reconcile(responses=facts.usable, supersedes=facts.in_force)
    elif state is CaseState.AGREED and not _undetermined(claim, facts):
        yield Close(determinations=tuple(sorted(facts.determined.values())))
