"""One record may come in by several answers; when some count no longer, its correction may."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from portability.recognition.case import AnswerNotice, Case, CaseState, Reconcile
from portability.recognition.corrections import source_of
from portability.recognition.facts import read_facts
from portability.recognition.machine import advance, replay
from portability.recognition.progress import progress
from portability.recognition.statements import HistoryResponse, NoticeEffect, Said
from tests.unit.recognition.story import (
    CNAV,
    INSS,
    closure,
    correction,
    countersignature,
    determination,
    notice_answer,
    permission_end,
    reconciliation,
    reopening,
    request,
    response,
    summary,
)

PERMISSION, ANOTHER = bytes([9]) * 32, bytes([7]) * 32
OLD = sha256(bytes([1])).digest()
ASKED = request(permission=PERMISSION)
ANSWER = response(ASKED)
CITATION = "883/2004 Art 77"


def ids(*events: Said) -> tuple[bytes, ...]:
    return tuple(sorted(one.statement_id for one in events))


def notices(case: Case) -> list[AnswerNotice]:
    return [one for one in progress(case).duties if isinstance(one, AnswerNotice)]


class TestOneAnswerCameLate:
    """The permission ended, the decisions were kept by law, and a second answer came after that."""

    again = request(CNAV, ANSWER, permission=PERMISSION, salt=1)
    late = response(again, salt=1)
    result = reconciliation(ANSWER)
    decided = (determination(result, INSS), determination(result, CNAV))
    closed = closure(*decided)
    end = permission_end(PERMISSION, ASKED, again)
    let_go = notice_answer(end, INSS, NoticeEffect.ERASED, ceased=(late,))
    before = (
        *(ASKED, again, ANSWER, result, countersignature(result), *decided, summary(*decided)),
        *(closed, end, notice_answer(end, INSS, NoticeEffect.KEPT, citation=CITATION), late),
    )

    def test_what_came_late_counts_no_longer(self) -> None:
        case = replay("ES", self.before)
        assert notices(case) == [
            AnswerNotice(
                notice_id=self.end.statement_id, effect=NoticeEffect.ERASED, ceased=ids(self.late)
            )
        ]

    def test_a_correction_that_names_it_reopens_the_case_that_used_the_record(self) -> None:
        corrected = correction(self.late, replaced=(OLD,))
        case = replay("ES", [*self.before, self.let_go, corrected])
        assert notices(case) == [
            AnswerNotice(notice_id=corrected.statement_id, effect=NoticeEffect.REOPENED)
        ]
        noted = notice_answer(corrected, INSS, NoticeEffect.REOPENED)
        opened = reopening(self.closed, causes=(corrected,))
        case, _ = advance(advance(case, noted)[0], opened)
        assert progress(case).state is CaseState.RECONCILING
        (duty,) = progress(case).duties
        assert isinstance(duty, Reconcile)
        assert duty.basis == ids(ANSWER, corrected)

    def test_a_correction_of_what_nothing_else_brought_goes_with_it(self) -> None:
        other = response(self.again, salt=2, record=2)
        corrected = correction(other, replaced=(sha256(bytes([2])).digest(),))
        once_more = correction(corrected, replaced=(bytes([77]) * 32,), added=(bytes([78]) * 32,))
        case = replay("ES", [*self.before[:-1], other, corrected, once_more])
        (duty, *_) = notices(case)
        assert duty.ceased == ids(other, corrected, once_more)


class TestTwoPermissions:
    """The lead has asked for the same history under two of them, and nothing is decided yet."""

    again = request(CNAV, ANSWER, permission=ANOTHER, salt=1)
    second = response(again, salt=1)
    corrected = correction(ANSWER, replaced=(OLD,))
    end = permission_end(PERMISSION, ASKED)
    before = (ASKED, ANSWER, again, second, corrected, end)
    let_go = notice_answer(end, INSS, NoticeEffect.ERASED, ceased=(ANSWER,))

    def test_the_correction_stays_as_long_as_one_of_the_answers_counts(self) -> None:
        case = replay("ES", self.before)
        (duty, *_) = notices(case)
        assert (duty.notice_id, duty.ceased) == (self.end.statement_id, ids(ANSWER))
        case, _ = advance(case, self.let_go)
        noted = notice_answer(self.corrected, INSS)
        (due,) = progress(advance(case, noted)[0]).duties
        assert isinstance(due, Reconcile)
        assert due.basis == ids(self.second, self.corrected)

    def test_it_goes_with_the_last_of_them(self) -> None:
        last = permission_end(ANOTHER, self.again)
        result = reconciliation(self.second, self.corrected)
        case = replay("ES", [*self.before, self.let_go, result, last])
        ceased = {one.notice_id: one.ceased for one in notices(case)}
        assert ceased[last.statement_id] == ids(self.second, self.corrected)


@pytest.mark.parametrize("is_first_later", [True, False])
@pytest.mark.parametrize("record", [OLD, None], ids=["one", "any"])
def test_a_correction_goes_under_the_last_answer_whatever_its_id(
    record: bytes | None, *, is_first_later: bool
) -> None:
    again = request(CNAV, ANSWER, permission=ANOTHER, salt=1)
    first, second = ANSWER, response(again, salt=1)
    late, early = (first, second) if is_first_later else (second, first)
    assert isinstance(late.statement, HistoryResponse)
    created = late.statement.header.created + timedelta(days=1)
    header = replace(late.statement.header, created=created)
    moved = Said(statement_id=late.statement_id, statement=replace(late.statement, header=header))
    case = replay("FR", [ASKED, first, again, second])
    facts = read_facts(
        replace(case, accepted={**case.accepted, moved.statement_id: moved.statement})
    )
    assert case.claim is not None
    assert facts.usable == ids(early, late)
    assert source_of(case.claim, facts, CNAV, record) == late.statement_id
