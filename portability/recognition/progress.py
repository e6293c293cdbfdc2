"""How far a case is, whom it waits for and what is due (design.md, Mutual recognition)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from portability.consent.scope import Party
from portability.recognition.case import Case, CaseState, Clock, Duty
from portability.recognition.due import Seen, duties
from portability.recognition.facts import Facts, read_facts
from portability.recognition.histories import History, read_histories
from portability.recognition.presence import deciding, present_in
from portability.recognition.statements import Claim, Reconciliation


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """
    Where a case stands, computed from what was accepted and nothing else.

    ``reconciliation_id`` and ``digest`` are of the reconciliation in force, empty before there is
    one; ``missing`` are those without whose histories, or without all of them, it was made.
    ``determined`` names the determination of each party on it, ``standing`` the last one of each
    party on any. ``objections`` stop the clock until they are answered. ``contradictions`` are
    groups of ids of statements of one sender of which at most one can be true.
    """

    state: CaseState = CaseState.COLLECTING
    awaiting: tuple[Party, ...] = ()
    reconciliation_id: bytes = b""
    digest: bytes = b""
    missing: tuple[Party, ...] = ()
    determined: Mapping[Party, bytes] = field(default_factory=dict)
    standing: Mapping[Party, bytes] = field(default_factory=dict)
    objections: tuple[bytes, ...] = ()
    contradictions: tuple[tuple[bytes, ...], ...] = ()
    duties: tuple[Duty, ...] = ()


def progress(case: Case, clock: Clock | None = None, facts: Facts | None = None) -> Progress:
    """
    The view of a case from the jurisdiction that holds it; with a clock, what time made due.

    ``facts`` are those of this case, where they were read already.
    """
    if case.claim is None:
        return Progress()
    claim = case.claim
    facts = facts or read_facts(case)
    histories = read_histories(case, claim, facts)
    state = _state(case, claim, facts, histories)
    current = facts.current
    seen = Seen(case=case, claim=claim, facts=facts, histories=histories, state=state, clock=clock)
    return Progress(
        state=state,
        awaiting=_awaiting(claim, facts, histories, state),
        reconciliation_id=facts.in_force,
        digest=current.digest if current else b"",
        missing=current.lacking if current else (),
        determined=facts.determined,
        standing=facts.standing,
        objections=facts.objections,
        contradictions=facts.contradictions,
        duties=tuple(duties(seen)),
    )


def _state(case: Case, claim: Claim, facts: Facts, histories: Mapping[Party, History]) -> CaseState:
    current = facts.current
    agreed = current is not None and _is_agreed(claim, facts, current)
    if facts.withdrawn or (facts.settled and agreed):
        return CaseState.CLOSED
    if facts.contradictions or facts.disputed:
        return CaseState.DISPUTED
    if current is not None:
        return _result_state(facts, current, agreed=agreed)
    return _history_state(case, claim, facts, histories)


def _result_state(facts: Facts, current: Reconciliation, *, agreed: bool) -> CaseState:
    if not agreed or facts.outdated:
        return CaseState.RECONCILING
    return CaseState.PROVISIONAL if current.lacking else CaseState.AGREED


def _history_state(
    case: Case, claim: Claim, facts: Facts, histories: Mapping[Party, History]
) -> CaseState:
    found = set(histories.values())
    leads = case.own == claim.lead.jurisdiction
    if not leads and found == {History.NONE}:  # also once an earlier result no longer counts
        return CaseState.NOT_INSURED
    if History.AWAITED in found:
        return CaseState.COLLECTING
    if History.REFUSED in found:
        return CaseState.REFUSED
    return CaseState.RECONCILING if leads else CaseState.COLLECTING


def _is_agreed(claim: Claim, facts: Facts, current: Reconciliation) -> bool:
    """Every jurisdiction in it but the lead's has countersigned, and none disputes."""
    return not _unexamined(claim, facts, current) and not facts.disputed


def _unexamined(claim: Claim, facts: Facts, current: Reconciliation) -> tuple[Party, ...]:
    return tuple(
        Party(jurisdiction=one)
        for one in present_in(claim, current)[1:]
        if not any(facts.examined_by(one))
    )


def _awaiting(
    claim: Claim, facts: Facts, histories: Mapping[Party, History], state: CaseState
) -> tuple[Party, ...]:
    """Who has to act next; the lead's node where it is nobody else."""
    if state in {CaseState.CLOSED, CaseState.NOT_INSURED}:
        return ()
    if state in {CaseState.REFUSED, CaseState.DISPUTED}:
        return (claim.lead,)
    return _those_due(claim, facts, histories, state) or (claim.lead.node,)


def _those_due(
    claim: Claim, facts: Facts, histories: Mapping[Party, History], state: CaseState
) -> tuple[Party, ...]:
    current = facts.current
    if current is None:
        return tuple(one for one, how in histories.items() if how is History.AWAITED)
    if state is CaseState.RECONCILING:
        return () if facts.outdated else _unexamined(claim, facts, current)
    objected = _objected(facts)
    undecided = tuple(
        party
        for party in deciding(claim, current)
        if party not in facts.determined or party in objected
    )
    if undecided or state is CaseState.AGREED:
        return undecided
    return current.missing or (claim.lead,)  # who asks once more, under a wider permission


def _objected(facts: Facts) -> set[Party]:
    """Whose determinations are contested."""
    contested = (facts.objected[i].header.predecessors[0] for i in facts.objections)
    return {facts.determinations[i].header.sender for i in contested}
