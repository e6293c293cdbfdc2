"""What a party erases, keeps and answers once it was told that a permission has ended."""

from portability.recognition.case import AnswerNotice, Case
from portability.recognition.facts import Facts, read_facts
from portability.recognition.machine import replay
from portability.recognition.notices import given_under, records_to_erase
from portability.recognition.progress import progress
from portability.recognition.statements import HistoryResponse, NoticeEffect, Said
from tests.unit.recognition.story import (
    CNAV,
    INSS,
    ZUS,
    correction,
    countersignature,
    determination,
    in_order,
    notice_answer,
    permission_end,
    reconciliation,
    request,
    response,
    story,
)
from tests.unit.recognition.test_held_back import changed

PERMISSION, OTHER = bytes([9]) * 32, bytes([8]) * 32
ASKED = request(permission=PERMISSION)
ANSWER = response(ASKED)
END = permission_end(PERMISSION, ASKED)
MENDED, ELSEWHERE = bytes([61]) * 32, bytes([62]) * 32


def records(answer: Said) -> set[bytes]:
    assert isinstance(answer.statement, HistoryResponse)
    return {*answer.statement.records}


def ids(*statements: Said) -> tuple[bytes, ...]:
    return tuple(sorted(one.statement_id for one in statements))


def erased(case: Case, held: set[bytes], *ceased: Said) -> set[bytes]:
    facts = read_facts(case)
    duty = AnswerNotice(notice_id=END.statement_id, effect=NoticeEffect.ERASED, ceased=ids(*ceased))
    assert case.claim is not None
    return records_to_erase(case, case.claim, facts, duty, held)


def answers(case: Case) -> list[AnswerNotice]:
    return [one for one in progress(case).duties if isinstance(one, AnswerNotice)]


def facts_at_lead(*said: Said) -> Facts:
    return read_facts(replay("ES", said))


def test_the_lead_erases_what_came_under_the_permission_and_under_no_other() -> None:
    mend = correction(ANSWER, replaced=tuple(records(ANSWER)), added=(MENDED,))
    case = replay("ES", [ASKED, ANSWER, mend, END])
    came = records(ANSWER) | {MENDED}
    assert erased(case, came | {ELSEWHERE}, ANSWER, mend) == came
    assert erased(case, {MENDED, ELSEWHERE}, ANSWER, mend) == {MENDED}, "what is held"
    assert erased(case, came, ANSWER) == records(ANSWER), "and what the answer names"
    again = request(CNAV, ANSWER, permission=OTHER, salt=1)
    given = response(again, salt=1)
    case = replay("ES", [ASKED, ANSWER, mend, again, given, END])
    assert records(given) == records(ANSWER)
    assert erased(case, came, ANSWER, mend) == {MENDED}, "the record came again under another"
    held_by_mend = correction(given, replaced=(), added=(MENDED,))
    case = replay("ES", [ASKED, ANSWER, mend, again, given, held_by_mend, END])
    assert erased(case, came, ANSWER, mend) == set()


def test_elsewhere_all_goes_that_the_result_in_force_does_not_rest_on() -> None:
    held = records(ANSWER) | {ELSEWHERE}
    assert erased(replay("FR", [ASKED, ANSWER, END]), held) == held
    result = changed(reconciliation(ANSWER), inputs=tuple(records(ANSWER)))
    assert erased(replay("FR", [ASKED, ANSWER, result, END]), held) == {ELSEWHERE}


def test_a_correction_on_a_result_was_given_under_the_permissions_of_all_its_answers() -> None:
    again = request(CNAV, ANSWER, permission=OTHER, salt=1)
    second = response(again, salt=1, record=2)
    result = reconciliation(*in_order(ANSWER, second))
    mend = correction(result, CNAV, replaced=tuple(records(ANSWER)), added=(MENDED,))
    facts = facts_at_lead(ASKED, ANSWER, again, second, result, mend)
    assert given_under(facts, {PERMISSION}) == ids(ANSWER)
    assert given_under(facts, {OTHER}) == ids(second)
    assert given_under(facts, {PERMISSION, OTHER}) == ids(ANSWER, second, mend)


def test_answers_of_another_country_have_no_part_in_what_a_correction_was_given_under() -> None:
    told = story(INSS, CNAV, ZUS)
    asked = (
        request(CNAV, claim=told.claim, permission=PERMISSION),
        request(ZUS, claim=told.claim, permission=OTHER),
    )
    given = (response(asked[0]), response(asked[1], record=2))
    result = reconciliation(*in_order(*given), claim=told.claim)
    mend = correction(result, CNAV, replaced=tuple(records(given[0])), added=(MENDED,))
    facts = facts_at_lead(*asked, *given, result, mend)
    assert given_under(facts, {PERMISSION}) == ids(given[0], mend)
    assert given_under(facts, {OTHER}) == ids(given[1])


class TestAThirdParty:
    """Poland, which had the records of France with the result only."""

    told = story(INSS, CNAV, ZUS)
    asked = (request(CNAV, claim=told.claim, permission=PERMISSION), told.requests[1])
    given = (response(asked[0]), told.responses[1])
    result = reconciliation(*in_order(*given), claim=told.claim)
    signed = (countersignature(result, CNAV), countersignature(result, ZUS))
    end = permission_end(PERMISSION, asked[0])
    of_lead = notice_answer(end, INSS.node, NoticeEffect.ERASED, ceased=(given[0],))
    of_france = notice_answer(end, CNAV.node, NoticeEffect.KEPT)
    everything = (asked[1], given[1], asked[0], given[0], result, *signed)

    def at_poland(self, *more: Said) -> Case:
        return replay("PL", [*self.everything, *more])

    def test_it_waits_for_the_word_of_the_lead_and_of_nobody_else(self) -> None:
        assert answers(self.at_poland(self.end)) == []
        assert answers(self.at_poland(self.end, self.of_france)) == []
        for said in ((self.of_france, self.of_lead), (self.of_lead, self.of_france)):
            assert answers(self.at_poland(self.end, *said)) == [
                AnswerNotice(notice_id=self.end.statement_id, effect=NoticeEffect.ERASED)
            ]

    def test_the_word_of_the_lead_on_another_end_is_none_on_this_one(self) -> None:
        again = request(CNAV, self.given[0], claim=self.told.claim, permission=OTHER, salt=4)
        other = permission_end(OTHER, again)
        on_other = notice_answer(other, INSS.node, NoticeEffect.STOPPED)
        due = answers(self.at_poland(self.end, again, other, on_other))
        assert [one.notice_id for one in due] == [other.statement_id]

    def test_it_keeps_what_it_has_decided_on_itself_and_not_what_another_has(self) -> None:
        for by, effect in ((ZUS, NoticeEffect.KEPT), (CNAV, NoticeEffect.ERASED)):
            case = self.at_poland(determination(self.result, by), self.end, self.of_lead)
            assert [one.effect for one in answers(case)] == [effect]

    def test_it_keeps_nothing_for_a_decision_on_a_result_that_did_not_fall(self) -> None:
        first = reconciliation(*self.given[1:], claim=self.told.claim, missing=(CNAV,))
        second = reconciliation(
            *in_order(*self.given), claim=self.told.claim, supersedes=first.statement_id, salt=5
        )
        decided = determination(first, ZUS)
        before = [*self.asked, *self.given, first, second, decided, self.end, self.of_lead]
        assert [one.effect for one in answers(replay("PL", before))] == [NoticeEffect.ERASED]
