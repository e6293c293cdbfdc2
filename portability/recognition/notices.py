"""
What a party does on being told that records were corrected or that a permission has ended.

Data that a decision already rests on are kept where the agreement cites a law for it; all else
stops and is erased (design.md, The gate). Each party that was told answers under its signature.
"""

from collections.abc import Collection, Iterable, Iterator

from portability.recognition.case import AnswerNotice, Case, CaseState
from portability.recognition.facts import Facts
from portability.recognition.statements import (
    Claim,
    Correction,
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
    leads = case.own == claim.lead.jurisdiction
    for i in sorted(facts.ends):
        if i not in answered:
            yield from (_on_end(facts, i),) if leads else _elsewhere(case, claim, facts, i)
        elif leads and (late := came_late(facts, i)):
            yield AnswerNotice(notice_id=i, effect=NoticeEffect.ERASED, ceased=late)
    for i in sorted(facts.corrections):
        if i not in answered and facts.corrections[i].header.sender.jurisdiction != case.own:
            reopens = state is CaseState.CLOSED and leads
            effect = NoticeEffect.REOPENED if reopens else NoticeEffect.NOTED
            yield AnswerNotice(notice_id=i, effect=effect)


def has_unsettled_end(claim: Claim, facts: Facts) -> bool:
    """
    Whether the lead has not yet said what becomes of the data under an ended permission: of all
    that came before it said so, and of what came after.
    """
    unsettled = unsettled_ends(claim, facts)
    return any(i in unsettled or came_late(facts, i) for i in facts.ends)


def unsettled_ends(claim: Claim, facts: Facts) -> dict[bytes, PermissionEnd]:
    """The ends of permissions that the lead has not answered yet."""
    settled = {
        i
        for one in facts.answers.values()
        if one.header.sender == claim.lead.node
        for i in one.header.predecessors
    }
    return {i: one for i, one in facts.ends.items() if i not in settled}


def came_late(facts: Facts, end_id: bytes) -> tuple[bytes, ...]:
    """
    Answers with records under a permission that has ended, on which no result rests, sorted.

    They were given in time and were on their way; nothing may begin to rest on them now. What
    corrects them goes with them, unless it also corrects what still counts.
    """
    used = {i for one in facts.reconciliations.values() for i in one.header.predecessors}
    given = {i for i in permitted(facts, facts.ends[end_id]) if i not in facts.ceased | used}
    late = {i for i in given if i in facts.responses and has_records(facts, i)}
    return tuple(sorted(late | going_with(facts, late, given)))


def records_to_erase(
    case: Case, claim: Claim, facts: Facts, duty: AnswerNotice, held: Collection[bytes]
) -> set[bytes]:
    """
    Which of the records of others that are ``held`` go with a permission.

    The lead knows what came under it, and keeps what came again under another. Elsewhere everything
    goes that the result in force does not rest on.
    """
    if case.own != claim.lead.jurisdiction:
        current = facts.current
        return set(held) - set(() if current is None else current.inputs)
    gone = brought_by(facts, duty.ceased)
    live = [i for i in (*facts.usable, *facts.corrections) if i not in duty.ceased]
    return set(held) & (gone - brought_by(facts, live))


def brought_by(facts: Facts, statements: Iterable[bytes]) -> set[bytes]:
    """Records that came with these responses and corrections."""
    found: set[bytes] = set()
    for i in statements:
        if i in facts.responses:
            found.update(facts.responses[i].records)
        elif i in facts.corrections:
            found.update(facts.corrections[i].added)
    return found


def permitted(facts: Facts, end: PermissionEnd) -> tuple[bytes, ...]:
    """Responses given under a permission and corrections of what was in them, sorted."""
    return given_under(facts, {end.permission})


def given_under(facts: Facts, permissions: Collection[bytes]) -> tuple[bytes, ...]:
    """As ``permitted``, of any of these; what ceased to count passes on what it was under."""
    corrections = {**facts.corrections, **facts.ceased_corrections}
    requests = {i for i, one in facts.requests.items() if one.permission in permissions}
    given = {i for i, one in facts.responses.items() if requests & {*one.header.predecessors}}
    before = -1
    while len(given) > before:
        before = len(given)
        given |= {i for i, one in corrections.items() if _builds_on(one, given, facts)}
    return tuple(sorted(given))


def _builds_on(correction: Correction, given: set[bytes], facts: Facts) -> bool:
    """Whether what is corrected came in by one of these; on a result, by no others than these."""
    if _source(correction) not in facts.reconciliations:
        return not given.isdisjoint(_sources(correction, facts))
    named = _sources(correction, facts)
    return bool(named) and given.issuperset(named)


def going_with(facts: Facts, gone: Collection[bytes], given: Collection[bytes]) -> set[bytes]:
    """
    Which of the corrections that are ``given`` go with responses that count no longer.

    One record may have come in by several answers, of which a correction names one. Where another
    of them still counts, so does the correction: what was replaced would count again without it.
    """
    left = {i: one for i, one in facts.corrections.items() if i in given}
    over = {*gone, *facts.ceased}
    going: set[bytes] = set()
    before = -1
    while len(going) > before:
        before = len(going)
        going |= {i for i, one in left.items() if over | going >= _sources(one, facts)}
    return going


def _sources(correction: Correction, facts: Facts) -> set[bytes]:
    """
    By which statements what is corrected came into the case: all of its issuer that brought it.

    On a result, which brings none, these are all answers of that country that the result rests on.
    """
    source, node = _source(correction), correction.header.sender.node
    result = facts.reconciliations.get(source)
    if result is not None:
        return {
            i
            for i in result.header.predecessors
            if i in facts.responses and facts.responses[i].header.sender == node
        }
    brought = {
        i
        for i in (*facts.usable, *facts.corrections)
        if not brought_by(facts, [i]).isdisjoint(correction.replaced)
    }
    return {source} | brought


def _source(correction: Correction) -> bytes:
    (source,) = correction.header.predecessors
    return source


def _on_end(facts: Facts, end_id: bytes) -> AnswerNotice:
    """
    At the lead, which holds what was given under the permission.

    Where nobody had anything to give, a decision rests on their saying so, and stands as well.
    """
    under = permitted(facts, facts.ends[end_id])
    answers = {i for i in under if i in facts.responses}
    given = tuple(sorted(answers | going_with(facts, answers, under)))
    with_records = [i for i in given if has_records(facts, i)]
    if is_decided_on(facts, set(with_records) or answers):
        return AnswerNotice(notice_id=end_id, effect=NoticeEffect.KEPT, ceased=given)
    effect = NoticeEffect.ERASED if with_records else NoticeEffect.STOPPED
    return AnswerNotice(notice_id=end_id, effect=effect, ceased=given)


def has_records(facts: Facts, i: bytes) -> bool:
    response = facts.responses.get(i)
    return response is None or response.outcome is HistoryOutcome.RECORDS


def _elsewhere(case: Case, claim: Claim, facts: Facts, end_id: bytes) -> Iterator[AnswerNotice]:
    """
    At a party that saw others' records with a result only, once the lead has said what it did.

    A result that stays in force needs its inputs; one that fell takes them with it, except where
    this party has decided on it already.
    """
    for one in facts.answers.values():
        if one.header.sender == claim.lead.node and end_id in one.header.predecessors:
            effect = one.effect
            if effect is NoticeEffect.ERASED and _has_decided_on(case, facts, set(one.ceased)):
                effect = NoticeEffect.KEPT
            yield AnswerNotice(notice_id=end_id, effect=effect)
            return


def _has_decided_on(case: Case, facts: Facts, ceased: set[bytes]) -> bool:
    fallen = {i for i, one in facts.reconciliations.items() if ceased & {*one.header.predecessors}}
    return any(
        one.header.sender.jurisdiction == case.own and fallen & {*one.header.predecessors}
        for one in facts.determinations.values()
    )


def is_decided_on(facts: Facts, responses: set[bytes]) -> bool:
    """Whether a determination rests on one of these responses."""
    used = {
        i
        for i, one in facts.reconciliations.items()
        if responses.intersection(one.header.predecessors)
    }
    return any(used.intersection(one.header.predecessors) for one in facts.determinations.values())
