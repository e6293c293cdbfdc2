"""In whatever state a case is when a permission ends, the lead says what becomes of the data."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portability.errors import InvalidInputError
from portability.recognition.case import AnswerNotice, CaseState
from portability.recognition.machine import advance, replay
from portability.recognition.progress import progress
from portability.recognition.statements import (
    HistoryOutcome,
    NoticeEffect,
    PermissionEnd,
    PermissionEnding,
    Said,
)
from tests.unit.recognition.story import (
    CNAV,
    INSS,
    closure,
    countersignature,
    determination,
    dispute,
    notice_answer,
    objection,
    permission_end,
    reconciliation,
    request,
    response,
    said,
    summary,
)

PERMISSION = bytes([9]) * 32
ASKED = request(permission=PERMISSION)
ANSWER = response(ASKED)
RESULT = reconciliation(ANSWER)
SIGNED = countersignature(RESULT)
DECIDED = (determination(RESULT, INSS), determination(RESULT, CNAV))
PROVISIONAL = reconciliation(ASKED, missing=(CNAV,))
AGREED = [ASKED, ANSWER, RESULT, SIGNED]
CLOSED = [*AGREED, *DECIDED, summary(*DECIDED), closure(*DECIDED)]
NONE = response(ASKED, HistoryOutcome.NONE)
ALONE = reconciliation(NONE, not_insured=(CNAV,))
DECIDED_ALONE = determination(ALONE, INSS)
CLOSED_ALONE = [
    *(ASKED, NONE, ALONE, DECIDED_ALONE),
    *(summary(DECIDED_ALONE), closure(DECIDED_ALONE)),
]

STATES: dict[str, tuple[list[Said], CaseState, NoticeEffect]] = {
    "asked": ([ASKED], CaseState.COLLECTING, NoticeEffect.STOPPED),
    "put off": (
        [ASKED, response(ASKED, HistoryOutcome.NOT_BEFORE)],
        CaseState.COLLECTING,
        NoticeEffect.STOPPED,
    ),
    "refused": (
        [ASKED, response(ASKED, HistoryOutcome.REFUSED)],
        CaseState.REFUSED,
        NoticeEffect.STOPPED,
    ),
    "not insured there": (
        [ASKED, NONE],
        CaseState.RECONCILING,
        NoticeEffect.STOPPED,
    ),
    "not insured there, computed": (
        [ASKED, NONE, ALONE],
        CaseState.AGREED,
        NoticeEffect.STOPPED,
    ),
    "not insured there, closed": (CLOSED_ALONE, CaseState.CLOSED, NoticeEffect.KEPT),
    "answered": ([ASKED, ANSWER], CaseState.RECONCILING, NoticeEffect.ERASED),
    "computed": ([ASKED, ANSWER, RESULT], CaseState.RECONCILING, NoticeEffect.ERASED),
    "disputed": (
        [ASKED, ANSWER, RESULT, dispute(RESULT)],
        CaseState.DISPUTED,
        NoticeEffect.ERASED,
    ),
    "agreed": (AGREED, CaseState.AGREED, NoticeEffect.ERASED),
    "provisional": ([ASKED, PROVISIONAL], CaseState.PROVISIONAL, NoticeEffect.STOPPED),
    "decided by one": ([*AGREED, DECIDED[0]], CaseState.AGREED, NoticeEffect.KEPT),
    "contested": ([*AGREED, *DECIDED, objection(DECIDED[0])], CaseState.AGREED, NoticeEffect.KEPT),
    "closed": (CLOSED, CaseState.CLOSED, NoticeEffect.KEPT),
}


def ended(how: PermissionEnding) -> Said:
    """By the person, or by time, which no act says."""
    end = permission_end(PERMISSION, ASKED)
    assert isinstance(end.statement, PermissionEnd)
    act = b"" if how is PermissionEnding.EXPIRED else end.statement.act
    return said(replace(end.statement, how=how, act=act))


@pytest.mark.parametrize("how", PermissionEnding)
@pytest.mark.parametrize("name", STATES)
def test_what_becomes_of_the_data_is_due_at_once_and_then_settled(
    name: str, how: PermissionEnding
) -> None:
    events, state, effect = STATES[name]
    before = replay("ES", events)
    assert progress(before).state is state
    end = ended(how)
    case, _ = advance(before, end)
    (duty,) = (one for one in progress(case).duties if isinstance(one, AnswerNotice))
    assert (duty.notice_id, duty.effect) == (end.statement_id, effect)
    assert progress(case).duties == (duty,), "nothing else is done before that is said"

    citation = "883/2004 Art 77" if effect is NoticeEffect.KEPT else ""
    gone = () if citation else tuple(one for one in events if one.statement_id in duty.ceased)
    answer = notice_answer(end, INSS, effect, citation=citation, ceased=gone)
    after = progress(advance(case, answer)[0])
    assert not [one for one in after.duties if isinstance(one, AnswerNotice)]
    kept = {CaseState.PROVISIONAL} if name == "provisional" else {state}
    fallen = {CaseState.REFUSED, CaseState.COLLECTING}
    assert after.state in (kept if effect is NoticeEffect.KEPT else fallen | kept)


@pytest.mark.parametrize("name", STATES)
def test_whoever_was_told_answers_after_the_lead(name: str) -> None:
    events, _, effect = STATES[name]
    end = ended(PermissionEnding.EXPIRED)
    case, _ = advance(replay("FR", events), end)
    assert not [one for one in progress(case).duties if isinstance(one, AnswerNotice)]
    citation = "883/2004 Art 77" if effect is NoticeEffect.KEPT else ""
    gone = () if citation else tuple(one for one in events if one in {ANSWER})
    case, _ = advance(case, notice_answer(end, INSS, effect, citation=citation, ceased=gone))
    (duty,) = (one for one in progress(case).duties if isinstance(one, AnswerNotice))
    assert duty.effect is effect


@pytest.mark.parametrize("own", ["ES", "FR"])
def test_no_permission_ends_by_time_before_that_time(own: str) -> None:
    end = ended(PermissionEnding.EXPIRED).statement
    assert isinstance(end, PermissionEnd)
    case = replay(own, CLOSED)
    at_once = said(replace(end, at=end.header.created))
    assert at_once.statement_id in advance(case, at_once)[0].accepted
    early = said(replace(end, at=end.header.created + timedelta(seconds=1)))
    with pytest.raises(InvalidInputError, match="signed before the time that it names"):
        advance(case, early)
