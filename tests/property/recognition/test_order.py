"""Order, repetition and grouping of delivery make no difference to a case."""

from hypothesis import given
from hypothesis import strategies as st

from portability.errors import InvalidInputError
from portability.recognition.case import Case, CaseState, SetAside, Tick
from portability.recognition.machine import advance
from portability.recognition.progress import progress
from portability.recognition.statements import HistoryOutcome, NoticeEffect, Said, Step
from tests.unit.recognition.story import (
    CNAV,
    INSS,
    ZUS,
    correction,
    countersignature,
    determination,
    dispute,
    notice_answer,
    objection,
    permission_end,
    reconciliation,
    reminder,
    reopening,
    request,
    response,
    story,
)

TOLD = story(INSS, CNAV, ZUS)
FIRST = TOLD.reconciliation.statement_id
REFUSED_FIRST = response(TOLD.requests[0], HistoryOutcome.REFUSED)
ASKED_AGAIN = request(CNAV, REFUSED_FIRST, claim=TOLD.claim, salt=1)

MENDED = correction(TOLD.reconciliation, CNAV)
MENDED_RESULT = reconciliation(
    *TOLD.responses, MENDED, claim=TOLD.claim, digest=8, supersedes=FIRST
)
ENDED = permission_end(b"", TOLD.requests[0], by=INSS)

LIES_AND_LATE_WORDS = [
    response(TOLD.requests[0], record=2),
    response(TOLD.requests[0], HistoryOutcome.NOT_BEFORE),
    REFUSED_FIRST,
    ASKED_AGAIN,
    response(ASKED_AGAIN, salt=2),
    response(ASKED_AGAIN, salt=3),
    reconciliation(*TOLD.responses, claim=TOLD.claim, digest=6),
    reconciliation(*TOLD.responses, claim=TOLD.claim, digest=7, supersedes=FIRST),
    dispute(TOLD.reconciliation, ZUS),
    countersignature(TOLD.reconciliation, CNAV, salt=1),
    countersignature(TOLD.reconciliation, INSS),
    determination(TOLD.reconciliation, INSS, payable=1),
    determination(TOLD.reconciliation, ZUS.node),
    MENDED,
    notice_answer(MENDED, INSS, NoticeEffect.REOPENED),
    notice_answer(MENDED, ZUS),
    notice_answer(TOLD.closure, ZUS),
    reopening(TOLD.closure, causes=(MENDED,), claim=TOLD.claim),
    MENDED_RESULT,
    countersignature(MENDED_RESULT, ZUS),
    determination(MENDED_RESULT, INSS, supersedes=TOLD.determinations[0].statement_id),
    correction(TOLD.closure, ZUS),
    objection(TOLD.determinations[1]),
    ENDED,
    notice_answer(ENDED, INSS, NoticeEffect.ERASED, ceased=TOLD.responses[:1]),
    notice_answer(ENDED, CNAV, NoticeEffect.ERASED, ceased=TOLD.responses[:1]),
    reminder(TOLD.requests[0], CNAV, claim=TOLD.claim),
    reminder(TOLD.reconciliation, ZUS.node, step=Step.COUNTERSIGNATURE, claim=TOLD.claim),
    reconciliation(
        *TOLD.requests[:1], claim=TOLD.claim, digest=9, missing=(CNAV,), not_insured=(ZUS,)
    ),
]
"""Contradictions, second thoughts and statements that their sender may not make."""

OWN = st.sampled_from(["ES", "FR", "PL"])


def hear(own: str, statements: list[Said]) -> Case:
    """The case after these, whatever of them is refused."""
    case = Case(own=own)
    for one in statements:
        try:
            case, _ = advance(case, one)
        except InvalidInputError:
            continue
    return case


@given(OWN, st.sets(st.sampled_from(TOLD.everything + LIES_AND_LATE_WORDS)), st.data())
def test_any_order_and_any_repetition_of_a_set_of_statements_gives_the_same_case(
    own: str, chosen: set[Said], data: st.DataObject
) -> None:
    some = sorted(chosen, key=lambda one: one.statement_id)
    again = data.draw(st.lists(st.sampled_from(some), max_size=10)) if some else []
    first = data.draw(st.permutations(some))
    second = data.draw(st.permutations([*some, *again]))
    one, other = hear(own, first), hear(own, second)
    assert one == other
    assert progress(one) == progress(other)


@given(st.permutations(TOLD.everything))
def test_whatever_the_order_the_lead_ends_with_the_case_closed(order: list[Said]) -> None:
    case = hear("ES", order)
    assert progress(case).state is CaseState.CLOSED
    assert not case.waiting


@given(OWN, st.permutations(TOLD.everything + LIES_AND_LATE_WORDS), st.integers(0, 30))
def test_ticks_in_between_change_nothing(own: str, order: list[Said], at: int) -> None:
    case = hear(own, order[:at])
    assert advance(case, Tick())[0] == case


@given(OWN, st.permutations(TOLD.everything + LIES_AND_LATE_WORDS))
def test_every_statement_ends_accepted_waiting_refused_or_set_aside(
    own: str, order: list[Said]
) -> None:
    case = Case(own=own)
    gone: set[bytes] = set()
    for one in order:
        try:
            case, effects = advance(case, one)
        except InvalidInputError:
            gone.add(one.statement_id)
        else:
            gone |= {effect.statement_id for effect in effects if isinstance(effect, SetAside)}
    assert {one.statement_id for one in order} == {*case.accepted, *case.waiting, *gone}
    assert not set(case.accepted) & set(case.waiting)
    assert not gone & {*case.accepted, *case.waiting}
