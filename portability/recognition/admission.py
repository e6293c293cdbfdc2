"""
Who may say what within a case.

A statement is judged by the claim, its sender and its ancestors alone, never by what else happens
to have arrived, so every party that holds the ancestors comes to the same verdict:

* requests and determinations are an institution's, everything else is a node's;
* only the lead asks, reconciles and closes; a party answers the request that was put to it;
* only a party other than the lead's jurisdiction countersigns or disputes;
* a countersignature carries the digest of the reconciliation that it signs;
* a closure of a settled case rests on one determination of every institution.

Source: design.md, Mutual recognition.
"""

from collections.abc import Callable, Mapping
from typing import Final, NoReturn, TypeVar, cast

from portability.consent.scope import Party
from portability.errors import InvalidInputError
from portability.recognition.case import Case
from portability.recognition.statements import (
    CaseStatement,
    Claim,
    Closure,
    ClosureReason,
    Countersignature,
    Determination,
    Dispute,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
)

T = TypeVar("T", bound=CaseStatement)

MIN_PARTIES: Final = 2
MAX_PARTIES: Final = 64
"""Bounds the work that one request can ask for; ten jurisdictions of several institutions each."""


def missing_ancestors(case: Case, statement: CaseStatement) -> tuple[bytes, ...]:
    """Ids that must be accepted before the statement can be judged; empty if it can be."""
    wanted = statement.header.predecessors
    if isinstance(statement, Reconciliation) and not _leads(case):
        # Another party's response is known here by its id only; our own must be among them.
        wanted = () if any(_answers_here(case, one) for one in wanted) else wanted
    supersedes = getattr(statement, "supersedes", b"")
    return tuple(one for one in (*wanted, supersedes) if one and one not in case.accepted)


def check_claim(claim: Claim) -> None:
    """Raise InvalidInputError unless the parties are two or more institutions, each named once."""
    parties = claim.parties
    if not MIN_PARTIES <= len(parties) <= MAX_PARTIES or len(set(parties)) != len(parties):
        _refuse(f"a case has {MIN_PARTIES} to {MAX_PARTIES} parties, each named once", "parties")
    if not all(party.institution for party in parties):
        _refuse("each party of a case is an institution; name it", "parties")
    if len(claim.jurisdictions) < MIN_PARTIES:
        _refuse("a case has parties in two or more jurisdictions", "parties")


def check_statement(case: Case, claim: Claim, statement: CaseStatement) -> None:
    """Raise InvalidInputError, in one sentence, if the sender may not say this in this case."""
    _CHECKS[type(statement)](case, claim, statement)


def _leads(case: Case) -> bool:
    return case.claim is not None and case.claim.lead.jurisdiction == case.own


def _answers_here(case: Case, statement_id: bytes) -> bool:
    known = case.accepted.get(statement_id)
    return isinstance(known, HistoryResponse) and known.header.sender.jurisdiction == case.own


def _request(case: Case, claim: Claim, request: HistoryRequest) -> None:
    if request.claim != claim:
        _refuse("the request describes another claim than the case does", "claim")
    _said_by(request, claim.lead)
    recipient = request.recipient
    if recipient not in claim.parties or recipient.jurisdiction == claim.lead.jurisdiction:
        _refuse("the request is addressed to none of the other parties of the case", "recipient")
    for one in request.header.predecessors:
        _of_kind(case, one, HistoryResponse)


def _response(case: Case, _claim: Claim, response: HistoryResponse) -> None:
    request = _of_kind(case, _only_predecessor(response), HistoryRequest)
    _said_by(response, request.recipient.node)


def _reconciliation(case: Case, claim: Claim, reconciliation: Reconciliation) -> None:
    _said_by(reconciliation, claim.lead.node)
    named = (reconciliation.agreement, reconciliation.agreement_version, reconciliation.branch)
    if named != (claim.agreement, claim.agreement_version, claim.branch):
        _refuse(
            "the reconciliation is under another agreement or branch than the case", "agreement"
        )
    if not reconciliation.header.predecessors:
        _refuse("the reconciliation names no history response", "predecessors")
    if _leads(case):
        for one in reconciliation.header.predecessors:
            _of_kind(case, one, HistoryResponse)
    if reconciliation.supersedes:
        _of_kind(case, reconciliation.supersedes, Reconciliation)


def _countersignature(case: Case, claim: Claim, countersignature: Countersignature) -> None:
    reconciliation = _examined(case, claim, countersignature)
    if countersignature.digest != reconciliation.digest:
        _refuse("the countersignature has another digest than the reconciliation", "digest")


def _dispute(case: Case, claim: Claim, dispute: Dispute) -> None:
    _examined(case, claim, dispute)


def _examined(case: Case, claim: Claim, statement: Countersignature | Dispute) -> Reconciliation:
    reconciliation = _of_kind(case, _only_predecessor(statement), Reconciliation)
    others = [Party(jurisdiction=one) for one in claim.jurisdictions[1:]]
    _said_by(statement, *others)
    return reconciliation


def _determination(case: Case, claim: Claim, determination: Determination) -> None:
    _of_kind(case, _only_predecessor(determination), Reconciliation)
    _said_by(determination, *claim.parties)
    if determination.supersedes:
        earlier = _of_kind(case, determination.supersedes, Determination)
        if earlier.header.sender != determination.header.sender:
            _refuse("the determination replaces one of another institution", "supersedes")


def _closure(case: Case, claim: Claim, closure: Closure) -> None:
    _said_by(closure, claim.lead.node)
    if closure.reason is ClosureReason.WITHDRAWN:
        return
    rests_on = [_of_kind(case, one, Determination) for one in closure.header.predecessors]
    if sorted(one.header.sender for one in rests_on) != sorted(claim.parties):
        _refuse("the closure does not rest on one determination of each party", "predecessors")
    if len({one.header.predecessors for one in rests_on}) != 1:
        _refuse("the closure rests on determinations of different reconciliations", "predecessors")


def _said_by(statement: CaseStatement, *allowed: Party) -> None:
    if statement.header.sender not in allowed:
        _refuse(
            f"{statement.header.sender} may not say this in the case; only "
            f"{' or '.join(map(str, allowed))} may",
            "sender",
        )


def _only_predecessor(statement: CaseStatement) -> bytes:
    predecessors = statement.header.predecessors
    if len(predecessors) != 1:
        _refuse("the statement must name the one statement that it answers", "predecessors")
    return predecessors[0]


def _of_kind(case: Case, statement_id: bytes, kind: type[T]) -> T:
    found = case.accepted[statement_id]
    if not isinstance(found, kind):
        _refuse(f"the statement builds on one that is no {kind.__name__}", "predecessors")
    return found


def _refuse(message: str, field: str) -> NoReturn:
    raise InvalidInputError(message, field=field)


_Check = Callable[[Case, Claim, CaseStatement], None]
_CHECKS: Final = cast(
    "Mapping[type[CaseStatement], _Check]",  # each check takes the kind that it is listed under
    {
        HistoryRequest: _request,
        HistoryResponse: _response,
        Reconciliation: _reconciliation,
        Countersignature: _countersignature,
        Dispute: _dispute,
        Determination: _determination,
        Closure: _closure,
    },
)
