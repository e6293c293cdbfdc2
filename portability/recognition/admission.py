"""
Who may say what within a case.

A statement is judged by the claim, its sender and its ancestors alone, never by what else happens
to have arrived, so every party that holds the ancestors comes to the same verdict:

* requests, determinations, corrections and objections are an institution's, all else is a node's;
  an objection that the person signed is passed on by the node that took it in;
* only the lead asks, reminds, reconciles, summarises, closes and reopens; a party answers the
  request that was put to it;
* only a party other than the lead's jurisdiction countersigns or disputes;
* a countersignature carries the digest of the reconciliation that it signs;
* a decision on a result that lacks histories, or a part of one, is provisional, and says whose; if
  it names countersignatures, it names one of every other jurisdiction in the result;
* a closure of a settled case rests on one determination of every institution that decides;
* a claim is given up before all parties at once, at the lead's node;
* a reminder is to whoever owes what it names; what is done about a notice is of its kind, and a
  permission ends by an act that is named or by a time that was over when that was signed.

Source: design.md, Mutual recognition.
"""

from collections.abc import Callable, Mapping
from typing import Final, NoReturn, TypeVar, cast

from portability.consent.scope import Party
from portability.errors import InvalidInputError
from portability.recognition.case import Case
from portability.recognition.fallen import has_erased
from portability.recognition.presence import deciding, present_in
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
    NoticeEffect,
    Objection,
    PermissionEnd,
    PermissionEnding,
    Reconciliation,
    Reminder,
    Reopening,
    Step,
    Summary,
)
from portability.recognition.summary import summary_document

T = TypeVar("T", bound=CaseStatement)

MIN_PARTIES: Final = 2
MAX_PARTIES: Final = 64
MAX_JURISDICTIONS: Final = 10
"""Bound the work that one request can ask for: ten jurisdictions of several institutions each."""


def missing_ancestors(case: Case, statement: CaseStatement) -> tuple[bytes, ...]:
    """Ids that must be accepted before the statement can be judged; empty if it can be."""
    return tuple(one for one in _wanted(case, statement) if one and one not in case.accepted)


def _wanted(case: Case, statement: CaseStatement) -> tuple[bytes, ...]:
    """
    What has to be here first; between other parties and the lead much is known by its id only.

    A result waits for our own part in it: our answer, or our correction of one. What it replaces
    may be erased everywhere, and so be nowhere to come from for a lead that lost its data.
    """
    before = statement.header.predecessors
    match statement:
        case Reconciliation() if not _leads(case):
            ours = any(_is_ours(case, one) for one in before)
            return () if ours else before
        case Reconciliation() if has_erased(case):
            return before
        case Reconciliation() | Determination():
            return (*before, statement.supersedes)
        case Correction() | PermissionEnd() if not _leads(case):
            return ()
        case _:
            return before


def check_claim(claim: Claim) -> None:
    """Raise InvalidInputError unless the parties are two or more institutions, each named once."""
    parties = claim.parties
    if not MIN_PARTIES <= len(parties) <= MAX_PARTIES or len(set(parties)) != len(parties):
        _refuse(f"a case has {MIN_PARTIES} to {MAX_PARTIES} parties, each named once", "parties")
    if not all(party.institution for party in parties):
        _refuse("each party of a case is an institution; name it", "parties")
    if not MIN_PARTIES <= len(claim.jurisdictions) <= MAX_JURISDICTIONS:
        _refuse(
            f"a case has parties in {MIN_PARTIES} to {MAX_JURISDICTIONS} jurisdictions", "parties"
        )


def check_statement(case: Case, claim: Claim, statement: CaseStatement) -> None:
    """Raise InvalidInputError, in one sentence, if the sender may not say this in this case."""
    _CHECKS[type(statement)](case, claim, statement)


def _leads(case: Case) -> bool:
    return case.claim is not None and case.claim.lead.jurisdiction == case.own


def _is_ours(case: Case, statement_id: bytes) -> bool:
    known = case.accepted.get(statement_id)
    if isinstance(known, HistoryRequest):
        return known.recipient.jurisdiction == case.own
    return (
        isinstance(known, HistoryResponse | Correction)
        and known.header.sender.jurisdiction == case.own
    )


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
    others = {one for one in claim.parties if one.jurisdiction != claim.lead.jurisdiction}
    if not reconciliation.absent <= others:
        _refuse("the reconciliation leaves out somebody who is no other party", "missing")
    if not others.difference(reconciliation.absent).issuperset(reconciliation.held_back):
        _refuse("a history that is held back in part is not of a party in the result", "held_back")
    if _leads(case):
        _check_basis(case, reconciliation)


def _check_basis(case: Case, reconciliation: Reconciliation) -> None:
    """What the lead builds on; a request only while its recipient is missing."""
    for one in reconciliation.header.predecessors:
        found = case.accepted[one]
        if isinstance(found, HistoryRequest) and found.recipient in reconciliation.missing:
            continue
        if not isinstance(found, HistoryResponse | Correction):
            _refuse("the reconciliation builds on what is no history", "predecessors")
    if reconciliation.supersedes in case.accepted:
        _of_kind(case, reconciliation.supersedes, Reconciliation)


def _countersignature(case: Case, claim: Claim, countersignature: Countersignature) -> None:
    reconciliation = _examined(case, claim, countersignature)
    if reconciliation.is_erased:
        return  # it was on its way, and nobody here can tell any more
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
    result = _of_kind(case, _first_predecessor(determination), Reconciliation)
    _said_by(determination, *deciding(claim, result))
    _check_grounds(case, claim, determination, result)
    missing = set(result.lacking)
    if determination.provisional != bool(missing) or set(determination.missing) != missing:
        _refuse(
            "the determination does not say which histories the result that it rests on is missing",
            "missing",
        )
    if determination.supersedes:
        earlier = _of_kind(case, determination.supersedes, Determination)
        if earlier.header.sender != determination.header.sender:
            _refuse("the determination replaces one of another institution", "supersedes")


def _check_grounds(
    case: Case, claim: Claim, determination: Determination, result: Reconciliation
) -> None:
    """What it names beside the result: that all agreed on it, and the objections it answers."""
    signed = set()
    for i in determination.header.predecessors[1:]:
        named = case.accepted[i]
        match named:
            case Countersignature() if named.header.predecessors == (determination.result,):
                signed.add(named.header.sender.jurisdiction)
            case Objection() if named.header.predecessors == (determination.supersedes,):
                continue
            case _:
                _refuse(
                    "the determination names what is neither a countersignature of its result nor "
                    "an objection to the decision that it replaces",
                    "predecessors",
                )
    if signed and signed != {*present_in(claim, result)[1:]}:
        _refuse(
            "the determination names the countersignatures of some parties and not of all",
            "predecessors",
        )


def _closure(case: Case, claim: Claim, closure: Closure) -> None:
    _said_by(closure, claim.lead.node)
    if closure.reason is not ClosureReason.WITHDRAWN:
        _check_decided(case, claim, closure)


def _check_decided(case: Case, claim: Claim, statement: Closure | Summary) -> None:
    """It rests on one final determination of every institution that decides, on one result."""
    rests_on = [_of_kind(case, one, Determination) for one in statement.header.predecessors]
    results = {one.result for one in rests_on}
    if not rests_on:
        _refuse("the closure does not rest on one determination of each party", "predecessors")
    if len(results) != 1:
        _refuse("the closure rests on determinations of different reconciliations", "predecessors")
    result = _of_kind(case, rests_on[0].result, Reconciliation)
    if sorted(one.header.sender for one in rests_on) != sorted(deciding(claim, result)):
        _refuse("the closure does not rest on one determination of each party", "predecessors")
    if result.lacking:
        _refuse("a case is not settled while histories are missing", "predecessors")


def _summary(case: Case, claim: Claim, summary: Summary) -> None:
    _said_by(summary, claim.lead.node)
    _check_decided(case, claim, summary)
    decided = {i: _of_kind(case, i, Determination) for i in sorted(summary.header.predecessors)}
    if summary.document != summary_document(claim, decided):
        _refuse("the summary does not say what the determinations say", "document")


def _reopening(case: Case, claim: Claim, reopening: Reopening) -> None:
    _said_by(reopening, claim.lead.node)
    closures = [_of_kind(case, one, Closure) for one in reopening.header.predecessors]
    if not closures:
        _refuse("the reopening names no closure", "predecessors")
    if any(one.reason is ClosureReason.WITHDRAWN for one in closures):
        _refuse("a withdrawn claim is not reopened; open a new case", "predecessors")


def _reminder(case: Case, claim: Claim, reminder: Reminder) -> None:
    _said_by(reminder, claim.lead.node)
    subject = case.accepted[_only_predecessor(reminder)]
    kind: type[HistoryRequest | Reconciliation] = (
        HistoryRequest if reminder.step is Step.HISTORY else Reconciliation
    )
    if not isinstance(subject, kind):
        _refuse("the reminder is about another step than the statement that it names", "step")
    if reminder.recipient not in _those_who_owe(reminder, subject, claim):
        _refuse(f"{reminder.recipient} owes nothing on what the reminder names", "recipient")


def _those_who_owe(
    reminder: Reminder, subject: HistoryRequest | Reconciliation, claim: Claim
) -> tuple[Party, ...]:
    """Whoever was asked; the nodes that sign a result, and the institutions that decide on it."""
    if isinstance(subject, HistoryRequest):
        return (subject.recipient,)
    if reminder.step is Step.COUNTERSIGNATURE:
        return tuple(Party(jurisdiction=one) for one in present_in(claim, subject)[1:])
    others = deciding(claim, subject)
    return tuple(one for one in others if one.jurisdiction != claim.lead.jurisdiction)


def _correction(case: Case, claim: Claim, correction: Correction) -> None:
    _said_by(correction, *claim.parties)
    named = _only_predecessor(correction)
    if _leads(case) and not isinstance(
        case.accepted[named], HistoryResponse | Reconciliation | Correction
    ):
        _refuse("the correction builds on what holds no records", "predecessors")


def _permission_end(case: Case, claim: Claim, end: PermissionEnd) -> None:
    _said_by(end, *(Party(jurisdiction=one) for one in claim.jurisdictions))
    if not end.header.predecessors:
        _refuse("the end of a permission names no request that was made under it", "predecessors")
    if bool(end.act) is (end.how is PermissionEnding.EXPIRED):
        _refuse("a permission ends by an act that is named, or by time and no act", "act")
    if end.how is PermissionEnding.EXPIRED and end.at > end.header.created:
        _refuse(
            "the end of the permission was signed before the time that it names, by which it ends",
            "at",
        )
    for one in end.header.predecessors if _leads(case) else ():
        if _of_kind(case, one, HistoryRequest).permission != end.permission:
            _refuse("the permission that ended is not the one of the request named", "permission")


def _notice_answer(case: Case, claim: Claim, answer: NoticeAnswer) -> None:
    _said_by(answer, *(Party(jurisdiction=one) for one in claim.jurisdictions))
    notice = case.accepted[_only_predecessor(answer)]
    if not isinstance(notice, Correction | PermissionEnd):
        _refuse("the answer is to what is no notice", "predecessors")
    if answer.effect not in _EFFECTS[type(notice)]:
        _refuse("the answer says what is not done about a notice of that kind", "effect")
    if answer.effect is NoticeEffect.REOPENED and answer.header.sender != claim.lead.node:
        _refuse("only the lead reopens a case", "effect")
    if answer.ceased and (
        answer.header.sender != claim.lead.node or not isinstance(notice, PermissionEnd)
    ):
        _refuse("only the lead says, of a permission that ended, what counts no longer", "ceased")


def _objection(case: Case, claim: Claim, objection: Objection) -> None:
    nodes = (Party(jurisdiction=one) for one in claim.jurisdictions)
    _said_by(objection, *(nodes if objection.by_person else claim.parties))
    _of_kind(case, _only_predecessor(objection), Determination)


def _claim_withdrawal(_case: Case, claim: Claim, withdrawal: ClaimWithdrawal) -> None:
    _said_by(withdrawal, claim.lead.node)
    if withdrawal.claim_date != claim.claim_date:
        _refuse("the claim that is given up has another date than that of the case", "claim_date")
    if withdrawal.parties != claim.parties:
        _refuse(
            "the claim is not given up before all parties of the case, the lead first: that in one "
            "country is none in the others (987/2009 Art 46(3))",
            "others",
        )


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


def _first_predecessor(statement: CaseStatement) -> bytes:
    predecessors = statement.header.predecessors
    if not predecessors:
        _refuse("the statement does not name the one that it rests on", "predecessors")
    return predecessors[0]


def _of_kind(case: Case, statement_id: bytes, kind: type[T]) -> T:
    found = case.accepted[statement_id]
    if not isinstance(found, kind):
        _refuse(f"the statement builds on one that is no {kind.__name__}", "predecessors")
    return found


def _refuse(message: str, field: str) -> NoReturn:
    raise InvalidInputError(message, field=field)


_EFFECTS: Final[Mapping[type[CaseStatement], frozenset[NoticeEffect]]] = {
    Correction: frozenset((NoticeEffect.NOTED, NoticeEffect.REOPENED)),
    PermissionEnd: frozenset((NoticeEffect.STOPPED, NoticeEffect.ERASED, NoticeEffect.KEPT)),
}
"""What can be done about each kind of notice."""

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
        Reminder: _reminder,
        Correction: _correction,
        PermissionEnd: _permission_end,
        NoticeAnswer: _notice_answer,
        Objection: _objection,
        ClaimWithdrawal: _claim_withdrawal,
        Summary: _summary,
        Reopening: _reopening,
    },
)
