"""
Who takes part in what, and who must therefore get which of our statements.

A jurisdiction gets what is said about a result once it takes part in that result or in one that
follows it: before, whatever is in it is none of its business; after, its graph of the case must be
whole. So what must be sent is a function of the case, and a late joiner catches up by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from portability.consent.scope import Party
from portability.recognition.case import Case, Send
from portability.recognition.facts import Facts
from portability.recognition.fallen import fallen
from portability.recognition.statements import (
    CaseStatement,
    Claim,
    ClaimWithdrawal,
    Closure,
    ClosureReason,
    Correction,
    Countersignature,
    Determination,
    Dispute,
    HistoryRequest,
    HistoryResponse,
    NoticeAnswer,
    Objection,
    PermissionEnd,
    Reconciliation,
    Reminder,
    Reopening,
    Summary,
)


def present_in(claim: Claim, reconciliation: Reconciliation) -> tuple[str, ...]:
    """Jurisdictions of which an institution takes part in a result, the lead's first."""
    absent = reconciliation.absent
    return tuple(
        dict.fromkeys(
            party.jurisdiction
            for party in claim.parties
            if party not in absent or party == claim.lead
        )
    )


def deciding(claim: Claim, reconciliation: Reconciliation) -> tuple[Party, ...]:
    """The institutions that decide on a result."""
    absent = reconciliation.absent
    return tuple(party for party in claim.parties if party not in absent)


def set_apart(claim: Claim, reconciliation: Reconciliation, party: Party) -> str:
    """
    The institution whose own periods alone a party decides on; empty where it decides on all.

    Of several institutions of one jurisdiction each counts what it certified itself, or the
    country's periods would be paid for by each of them.
    """
    at_home = [
        one for one in deciding(claim, reconciliation) if one.jurisdiction == party.jurisdiction
    ]
    return party.institution if len(at_home) > 1 else ""


def sends(case: Case, claim: Claim, facts: Facts) -> tuple[Send, ...]:
    """
    Every statement of ours with each node that must have it, in the order they were made; what we
    have erased is owed to nobody.
    """
    others = [one for one in claim.jurisdictions if one != case.own]
    reach = _Reach(claim=claim, facts=facts)
    gone = fallen(case)
    return tuple(
        Send(statement_id=i, to=to)
        for i, one in case.accepted.items()
        if one.header.sender.jurisdiction == case.own and i not in gone
        for wanted in [_wanted(case, reach, i)]
        for to in others
        if to in wanted
    )


def recipients(case: Case, claim: Claim, facts: Facts, statement_id: bytes) -> tuple[str, ...]:
    """The jurisdictions whose nodes must get an accepted statement of ours, as the case stands."""
    wanted = _wanted(case, _Reach(claim=claim, facts=facts), statement_id)
    return tuple(one for one in claim.jurisdictions if one in wanted and one != case.own)


def told(
    case: Case, claim: Claim, facts: Facts, notice: Correction | PermissionEnd | NoticeAnswer
) -> Iterator[str]:
    """A notice goes to whoever may hold what it is about, and so do the answers to it."""
    return _told(case, _Reach(claim=claim, facts=facts), notice)


@dataclass(slots=True, kw_only=True)
class _Reach:
    """Who takes part in the results of a case, found once for all statements of it."""

    claim: Claim
    facts: Facts
    _everybody: tuple[str, ...] | None = None
    _following: dict[bytes, frozenset[str]] = field(default_factory=dict)

    def everybody(self) -> tuple[str, ...]:
        """Who takes part in any result, each once."""
        if self._everybody is None:
            results = self.facts.reconciliations.values()
            self._everybody = tuple(
                dict.fromkeys(code for one in results for code in present_in(self.claim, one))
            )
        return self._everybody

    def following(self, result_id: bytes) -> frozenset[str]:
        """Who takes part in a result or in one that replaces it."""
        if result_id not in self._following:
            self._following[result_id] = frozenset(self._follow(result_id))
        return self._following[result_id]

    def _follow(self, result_id: bytes) -> Iterator[str]:
        results = self.facts.reconciliations
        replacing = {one.supersedes: i for i, one in results.items() if one.supersedes}
        while result_id in results:  # which ends: an id follows from the id of what it replaces
            yield from present_in(self.claim, results[result_id])
            result_id = replacing.get(result_id, b"")


def _wanted(case: Case, reach: _Reach, statement_id: bytes) -> set[str]:
    """Whom a statement of ours concerns, ourselves among them where it does."""
    wanted = set(_named(case, reach, case.accepted[statement_id]))
    for result in _results_of(case, statement_id):
        wanted |= reach.following(result)
    return wanted


def _named(case: Case, reach: _Reach, statement: CaseStatement) -> Iterator[str]:
    """Whom a statement concerns whatever the results are."""
    match statement:
        case HistoryRequest() | Reminder():
            yield statement.recipient.jurisdiction
        case HistoryResponse():
            yield reach.claim.lead.jurisdiction
        case Correction() | PermissionEnd() | NoticeAnswer():
            yield from _told(case, reach, statement)
        case ClaimWithdrawal() | Closure(reason=ClosureReason.WITHDRAWN):
            yield from (one.recipient.jurisdiction for one in reach.facts.requests.values())
        case _:
            return


def _told(
    case: Case, reach: _Reach, notice: Correction | PermissionEnd | NoticeAnswer
) -> Iterator[str]:
    yield reach.claim.lead.jurisdiction
    yield from reach.everybody()
    for i in notice.header.predecessors:
        before = case.accepted.get(i)
        if isinstance(before, HistoryRequest):  # what was given under a permission that ends
            yield before.recipient.jurisdiction
        if isinstance(before, Correction | PermissionEnd):
            yield before.header.sender.jurisdiction
            yield from _told(case, reach, before)


def _results_of(case: Case, statement_id: bytes) -> Iterator[bytes]:
    """The results that a statement is about, by way of what it builds on."""
    statement = case.accepted.get(statement_id)
    match statement:
        case Reconciliation():
            yield statement_id
        case Determination():
            yield from _results_of(case, statement.result)
        case Countersignature() | Dispute() | Objection() | Summary() | Closure() | Reopening():
            for i in statement.header.predecessors:
                yield from _results_of(case, i)
        case _:
            return
