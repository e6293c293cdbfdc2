"""
What a party does on being told that records were corrected or that a permission has ended.

Data that a decision already rests on are kept where the agreement cites a law for it; all else
stops and is erased (design.md, The gate). Each party that was told answers under its signature.
"""

from collections.abc import Iterator

from portability.recognition.case import AnswerNotice, Case, CaseState
from portability.recognition.facts import Facts
from portability.recognition.statements import (
    Claim,
    HistoryOutcome,
    NoticeEffect,
    PermissionEnd,
)


def unanswered_notices(
    case: Case, claim: Claim, facts: Facts, state: CaseState
) -> Iterator[AnswerNotice]:
    """What this party was told and has not answered, in the order of ids."""
    answered = {
        i
        for one in facts.answers.values()
        if one.header.sender.jurisdiction == case.own
        for i in one.header.predecessors
    }
    for i in sorted(facts.ends):
        if i not in answered:
            yield _on_end(case, claim, facts, i)
    for i in sorted(facts.corrections):
        if i not in answered and facts.corrections[i].header.sender.jurisdiction != case.own:
            reopens = state is CaseState.CLOSED and case.own == claim.lead.jurisdiction
            effect = NoticeEffect.REOPENED if reopens else NoticeEffect.NOTED
            yield AnswerNotice(notice_id=i, effect=effect)


def has_unsettled_end(claim: Claim, facts: Facts) -> bool:
    """Whether the lead has not yet said what becomes of the data under an ended permission."""
    settled = {
        i
        for one in facts.answers.values()
        if one.header.sender == claim.lead.node
        for i in one.header.predecessors
    }
    return any(i not in settled for i in facts.ends)


def permitted_responses(facts: Facts, end: PermissionEnd) -> tuple[bytes, ...]:
    """Responses that were given under a permission, sorted."""
    requests = {i for i, one in facts.requests.items() if one.permission == end.permission}
    return tuple(
        sorted(
            i
            for i, one in facts.responses.items()
            if requests.intersection(one.header.predecessors)
        )
    )


def _on_end(case: Case, claim: Claim, facts: Facts, end_id: bytes) -> AnswerNotice:
    end = facts.ends[end_id]
    given = permitted_responses(facts, end)
    if case.own == claim.lead.jurisdiction:
        with_records = [i for i in given if facts.responses[i].outcome is HistoryOutcome.RECORDS]
        if _is_decided_on(facts, set(with_records)):
            return AnswerNotice(notice_id=end_id, effect=NoticeEffect.KEPT, ceased=given)
        effect = NoticeEffect.ERASED if with_records else NoticeEffect.STOPPED
        return AnswerNotice(notice_id=end_id, effect=effect, ceased=given)
    return AnswerNotice(notice_id=end_id, effect=_elsewhere(case, facts))


def _elsewhere(case: Case, facts: Facts) -> NoticeEffect:
    """At a party that saw others' records with a result only, if at all."""
    if any(one.header.sender.jurisdiction == case.own for one in facts.determinations.values()):
        return NoticeEffect.KEPT
    return NoticeEffect.ERASED if facts.reconciliations else NoticeEffect.STOPPED


def _is_decided_on(facts: Facts, responses: set[bytes]) -> bool:
    """Whether a determination rests on one of these responses."""
    used = {
        i
        for i, one in facts.reconciliations.items()
        if responses.intersection(one.header.predecessors)
    }
    return any(used.intersection(one.header.predecessors) for one in facts.determinations.values())
