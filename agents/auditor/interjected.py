"""
What is said beside the result of a case, held against what it speaks of: reminders, corrections,
permissions that ended, what became of them, and why a case was taken up again.

Who may say each of these the machine judges; here it is whether it is true, as far as the bundle
shows. What another party's bundle need not hold is held against nobody, and nothing against whoever
speaks of what was erased.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from agents.auditor.contents import short
from agents.auditor.dated import counted_at
from agents.auditor.graph import signed_at
from agents.auditor.permissions import Evidence, of_kind
from agents.auditor.questions import Question
from agents.auditor.report import NotHeldError, Step
from agents.auditor.steps import Checked
from portability.consent.document import Consent
from portability.consent.ending import ConsentEnd
from portability.consent.lifecycle import ActKind
from portability.consent.withdrawal import Withdrawal
from portability.core.agreement import Pack
from portability.errors import PortabilityError
from portability.recognition.case import Case
from portability.recognition.facts import Facts, read_facts
from portability.recognition.notices import permitted
from portability.recognition.statements import (
    CaseStatement,
    Claim,
    Closure,
    Correction,
    CorrectionReason,
    HistoryOutcome,
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
    ReopeningCause,
)
from portability.recognition.statements import Step as Owed
from portability.recognition.timing import DATED_WITHIN, later
from portability.wire.record import EntitlementRecord

_TERMS: Final = "exchange_terms_days"
_RETENTION: Final = "retention_basis"

_ENDS: Final = {
    ActKind.WITHDRAW: PermissionEnding.WITHDRAWN,
    ActKind.INVALIDATE: PermissionEnding.INVALIDATED,
    ActKind.TERMINATE: PermissionEnding.TERMINATED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A case with its claim, its agreement and what was accepted, whatever order it came in."""

    evidence: Evidence
    claim: Claim
    pack: Pack
    facts: Facts
    of_lead: bool

    def lacks(self, i: bytes) -> bool:
        """Whether the lead's own bundle leaves something out that was not erased."""
        known = i in self.evidence.statements or i in self.evidence.erased
        return self.of_lead and not known

    def value(self, name: str) -> object:
        """A parameter of the agreement on the day of award; None where it sets none."""
        try:
            return self.pack.value(name, self.claim.award_date)
        except PortabilityError:
            return None


def check_dates(evidence: Evidence) -> Iterator[tuple[bytes, NotHeldError]]:
    """
    Each statement that is dated after its signer's own log took it in.

    Nothing is logged before it is signed. What is dated back shows by the log itself, and another's
    log is that other's word.
    """
    for one in evidence.statements.values():
        is_own = one.log == one.signer.jurisdiction
        if is_own and signed_at(one) - one.accepted > DATED_WITHIN:
            yield (
                one.id,
                NotHeldError(
                    Step.RESULT,
                    f"it is dated {signed_at(one):%Y-%m-%d}, and the log of {one.log} took it in "
                    f"on {one.accepted:%Y-%m-%d}",
                    Question.LOGGED,
                ),
            )


def check_interjected(
    evidence: Evidence, packs: Mapping[str, Pack], *, of_lead: bool
) -> Iterator[tuple[bytes, NotHeldError]]:
    """Each statement beside the result that is not true of what it speaks of."""
    requests = of_kind(evidence, HistoryRequest)
    pack = packs.get(requests[0][1].claim.agreement) if requests else None
    if pack is None:
        return
    told = _Told(
        evidence=evidence,
        claim=requests[0][1].claim,
        pack=pack,
        facts=_facts(evidence, requests[0][1].claim),
        of_lead=of_lead,
    )
    for one in evidence.statements.values():
        cause = _fault(one, told)
        if cause:
            yield one.id, NotHeldError(Step.RESULT, cause)


def _facts(evidence: Evidence, claim: Claim) -> Facts:
    """Read from all that is here, whether or not all that it builds on is; no closure matters."""
    said = {
        i: one.content
        for i, one in evidence.statements.items()
        if isinstance(one.content, CaseStatement) and not isinstance(one.content, Closure)
    }
    whole = {i: one for i, one in said.items() if not isinstance(one, Objection | Reopening)}
    return read_facts(Case(own=claim.lead.jurisdiction, claim=claim, accepted=whole))


def _fault(one: Checked, told: _Told) -> str:
    match one.content:
        case Reminder():
            return _of_reminder(one.content, told)
        case Correction():
            return _of_correction(one.content, told)
        case PermissionEnd():
            return _of_end(one.content, told)
        case NoticeAnswer():
            return _of_answer(one, one.content, told)
        case Reopening():
            return _of_reopening(one.content, told)
        case _:
            return ""


def _of_reminder(reminder: Reminder, told: _Told) -> str:
    """By the terms of the agreement, from when on what waits was signed and logged."""
    subject = told.evidence.statements.get(next(iter(reminder.header.predecessors), b""))
    terms = told.value(_TERMS)
    if subject is None or not isinstance(terms, Mapping):
        return ""
    if not _may_owe(reminder, subject.content, told.claim):
        return f"{reminder.recipient} owes nothing on what it names"
    asked, days = counted_at(subject), timedelta(days=terms["answer"])
    waited = days + timedelta(days=terms["interval"]) * (reminder.number - 1)
    if reminder.due < later(asked, days).date() or reminder.header.created < later(asked, waited):
        return f"it comes before the term of the agreement ({terms['answer']} days) is over"
    if reminder.escalated is not (reminder.number > terms["reminders"]):
        return f"by the agreement reminder {terms['reminders'] + 1} is the last, and it is not that"
    return ""


def _may_owe(reminder: Reminder, subject: object, claim: Claim) -> bool:
    to = reminder.recipient
    if isinstance(subject, HistoryRequest):
        return reminder.step is Owed.HISTORY and to == subject.recipient
    if not isinstance(subject, Reconciliation) or to.jurisdiction == claim.lead.jurisdiction:
        return False
    if reminder.step is Owed.COUNTERSIGNATURE:
        return to == to.node and to.jurisdiction in claim.jurisdictions
    return to in claim.parties


def _of_correction(correction: Correction, told: _Told) -> str:
    """Only the issuer replaces a record, which was in the case (987/2009 Art 5(1))."""
    issuer = correction.header.sender
    for i in correction.replaced:
        record = _record(i, told)
        if record is None and (told.lacks(i) or i in told.evidence.statements):
            return f"it replaces {short(i)}, which nobody has brought into the case"
        if record is not None and record.issuer != issuer:
            return f"it replaces {short(i)}, a record of {record.issuer}"
    is_late = correction.reason is CorrectionReason.LATE_RECORD
    for i in correction.added:
        record = _record(i, told)
        if record is None:
            continue
        if record.issuer != issuer or (
            record.supersedes not in correction.replaced and not is_late
        ):
            return f"{short(i)} does not replace, for its issuer, what it says that it replaces"
    if correction.added and correction.reason is CorrectionReason.INVALIDATED:
        return "it says that records are invalid, and puts others in their place"
    return ""


def _record(i: bytes, told: _Told) -> EntitlementRecord | None:
    found = told.evidence.statements.get(i)
    content = None if found is None else found.content
    return content if isinstance(content, EntitlementRecord) else None


def _of_end(end: PermissionEnd, told: _Told) -> str:
    """How and when it ended, by the act that it names, or by the time of the consent."""
    if not end.header.predecessors:
        return "it names no request that rests on the permission"
    return _by_time(end, told) if end.how is PermissionEnding.EXPIRED else _by_act(end, told)


def _by_time(end: PermissionEnd, told: _Told) -> str:
    if end.act:
        return "it says that time ended the permission, and names an act that did"
    if end.at > end.header.created:
        return f"it was signed before the end that it speaks of, on {end.at:%Y-%m-%d}"
    found = told.evidence.statements.get(end.permission)
    consent = None if found is None else found.content
    if not isinstance(consent, Consent) or end.at == consent.not_after.replace(microsecond=0):
        return ""
    return f"the permission ends on {consent.not_after:%Y-%m-%d} by itself"


def _by_act(end: PermissionEnd, told: _Told) -> str:
    act = told.evidence.statements.get(end.act)
    if act is None:
        is_shown = end.act and not told.lacks(end.act)
        return "" if is_shown else f"nothing shows that the permission was {end.how}"
    if _ending_of(act.content, end.permission) is not end.how:
        return f"the act that it names is not one by which that permission was {end.how}"
    if abs(end.at - act.accepted) > DATED_WITHIN:
        on = f"{act.accepted:%Y-%m-%d}"
        return f"the act that it names was logged on {on}, not on {end.at:%Y-%m-%d}"
    return ""


def _ending_of(act: object, permission: bytes) -> PermissionEnding | None:
    if isinstance(act, Withdrawal) and act.consent == permission:
        return PermissionEnding.WITHDRAWN
    if isinstance(act, ConsentEnd) and act.consent == permission:
        return _ENDS.get(act.cause.act)
    return None


def _of_answer(one: Checked, answer: NoticeAnswer, told: _Told) -> str:
    """What became of data, by what had come under the permission, and by the agreement."""
    if answer.effect is NoticeEffect.KEPT and answer.citation != told.value(_RETENTION):
        return "it keeps data under a law that the agreement does not name for that"
    notice_id = next(iter(answer.header.predecessors), b"")
    end = told.facts.ends.get(notice_id)
    if end is None:
        return ""
    if answer.header.sender != told.claim.lead.node:
        return _of_other(answer, notice_id, told)
    given = permitted(told.facts, end)
    foreign = [i for i in answer.ceased if i in told.evidence.statements and i not in given]
    foreign += [i for i in answer.ceased if told.lacks(i)]
    if foreign:
        return f"{short(foreign[0])}, which it says counts no more, did not come under it"
    if answer.effect is NoticeEffect.KEPT:
        return ""
    return _left_counting(one, answer, notice_id, given, told)


def _left_counting(
    one: Checked, answer: NoticeAnswer, notice_id: bytes, given: Collection[bytes], told: _Told
) -> str:
    """Records that had come by then, by the lead's own log, and of which nothing is said."""
    ceased = {
        i
        for other in told.facts.answers.values()
        if notice_id in other.header.predecessors
        for i in other.ceased
    }
    for i in given:
        response = told.evidence.statements[i]
        content = response.content
        if (
            not isinstance(content, HistoryResponse)
            or content.outcome is not HistoryOutcome.RECORDS
        ):
            continue
        if i in answer.ceased and answer.effect is NoticeEffect.STOPPED:
            return f"it says that no data had come, and {short(i)} had brought records"
        had_come = (response.log, response.checkpoint.origin) == (one.log, one.checkpoint.origin)
        had_come = had_come and one.log == told.claim.lead.jurisdiction  # it may have been queued
        if had_come and response.index < one.index and i not in ceased:
            return f"it leaves {short(i)} counting, which came under the permission that ended"
    return ""


def _of_other(answer: NoticeAnswer, notice_id: bytes, told: _Told) -> str:
    """Another party follows the lead, but for what it keeps by law."""
    by_lead = {
        other.effect
        for other in told.facts.answers.values()
        if notice_id in other.header.predecessors and other.header.sender == told.claim.lead.node
    }
    if not by_lead or answer.effect in {*by_lead, NoticeEffect.KEPT}:
        return ""
    return f"it says {answer.effect} where the lead has said {' and '.join(sorted(by_lead))}"


def _of_reopening(reopening: Reopening, told: _Told) -> str:
    """For what has come since, and under its name."""
    found = [told.evidence.statements.get(i) for i in reopening.causes]
    missing = [i for i in reopening.causes if told.lacks(i)]
    if missing:
        return f"it was reopened for {short(missing[0])}, which is not in the bundle"
    kinds = {type(one.content) for one in found if one is not None}
    if not kinds <= {Correction, Objection, HistoryResponse}:
        return "it was reopened for what gives no cause to"
    if None in found or reopening.cause is _cause(kinds):
        return ""
    return f"it was reopened for a {_cause(kinds)}, and says for a {reopening.cause}"


def _cause(kinds: Collection[type]) -> ReopeningCause:
    if Correction in kinds:
        return ReopeningCause.CORRECTION
    return ReopeningCause.OBJECTION if Objection in kinds else ReopeningCause.LATE_HISTORY
