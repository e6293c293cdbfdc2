"""What of a case may not be held whole once a permission has ended, and what is left of it."""

from dataclasses import replace

import pytest

from portability.errors import InvalidInputError
from portability.recognition.case import Case
from portability.recognition.facts import read_facts
from portability.recognition.fallen import (
    UNKNOWN_DIGEST,
    ends_behind,
    fallen,
    has_erased,
    let_go,
    likenesses,
    records_let_go,
    without_content,
)
from portability.recognition.machine import advance, replay
from portability.recognition.presence import sends
from portability.recognition.statements import (
    HistoryOutcome,
    NoticeEffect,
    Reconciliation,
    Said,
)
from tests.unit.recognition.story import (
    CLAIM,
    CNAV,
    INSS,
    ZUS,
    correction,
    countersignature,
    dispute,
    in_order,
    notice_answer,
    permission_end,
    reconciliation,
    request,
    response,
    said,
    story,
)

PERMISSION = bytes([9]) * 32
ASKED = request(permission=PERMISSION)
ANSWER = response(ASKED)
RESULT = reconciliation(ANSWER)
SIGNED = countersignature(RESULT)
END = permission_end(PERMISSION, ASKED)
ERASED = notice_answer(END, INSS.node, NoticeEffect.ERASED, ceased=(ANSWER,))
OF_FRANCE = notice_answer(END, CNAV.node, NoticeEffect.ERASED)


def at_spain(*more: Said) -> Case:
    return replay("ES", [ASKED, ANSWER, RESULT, SIGNED, END, *more])


def ids(*statements: Said) -> set[bytes]:
    return {one.statement_id for one in statements}


def test_nothing_falls_before_this_party_has_said_that_it_erased_something() -> None:
    for case in (at_spain(), at_spain(OF_FRANCE)):
        assert not has_erased(case)
        assert fallen(case) == {}
        assert let_go(case) == set()


def test_a_result_falls_with_what_was_said_of_it() -> None:
    assert fallen(at_spain(ERASED, OF_FRANCE)).keys() == ids(RESULT, SIGNED)
    other = dispute(RESULT)
    case = replay("ES", [ASKED, ANSWER, RESULT, other, END, ERASED, OF_FRANCE])
    assert fallen(case).keys() == ids(RESULT, other)


def test_a_result_stays_while_somebody_may_have_decided_on_it() -> None:
    """Whoever else takes part needs it then, to read that decision."""
    kept = notice_answer(END, CNAV.node, NoticeEffect.KEPT)
    for case in (at_spain(ERASED), at_spain(ERASED, kept)):
        assert has_erased(case)
        assert fallen(case) == {}


def test_the_other_party_erases_by_what_the_lead_says_counts_no_longer() -> None:
    case = replay("FR", [ASKED, ANSWER, RESULT, SIGNED, END, ERASED])
    assert fallen(case) == {}
    after, _ = advance(case, notice_answer(END, CNAV.node, NoticeEffect.ERASED))
    assert fallen(after).keys() == ids(RESULT, SIGNED)


@pytest.mark.parametrize("effect", [NoticeEffect.KEPT, NoticeEffect.STOPPED])
def test_what_is_kept_under_a_citation_or_held_nothing_stays(effect: NoticeEffect) -> None:
    assert fallen(at_spain(notice_answer(END, INSS.node, effect))) == {}


def test_a_result_that_rests_on_an_answer_without_records_stays() -> None:
    none = response(ASKED, HistoryOutcome.NONE)
    result = reconciliation(none)
    erased = notice_answer(END, INSS.node, NoticeEffect.ERASED, ceased=(none,))
    assert fallen(replay("ES", [ASKED, none, result, END, erased])) == {}


def test_a_result_under_another_permission_stays_and_so_do_its_records() -> None:
    again = request(permission=bytes([8]) * 32, salt=1)
    given = response(again, salt=1)
    assert RESULT.statement.header.predecessors
    second = reconciliation(given, supersedes=RESULT.statement_id, salt=1)
    case = at_spain(ERASED, OF_FRANCE, again, given, second)
    assert fallen(case).keys() == ids(RESULT, SIGNED)
    assert records_let_go(case, read_facts(case)) == set(), "the same record came again"
    assert records_let_go(at_spain(ERASED), read_facts(at_spain(ERASED)))


def test_a_result_stays_while_one_of_several_may_have_decided_on_it() -> None:
    told = story(INSS, CNAV, ZUS)
    asked = (request(CNAV, claim=told.claim, permission=PERMISSION), told.requests[1])
    answers = (response(asked[0]), told.responses[1])
    result = reconciliation(*in_order(*answers), claim=told.claim)
    end = permission_end(PERMISSION, asked[0])
    erased = notice_answer(end, INSS.node, NoticeEffect.ERASED, ceased=(answers[0],))
    before = [*asked, *answers, result, end, erased]
    france, poland = (notice_answer(end, one.node, NoticeEffect.ERASED) for one in (CNAV, ZUS))
    for answered in ((), (france,), (poland,)):
        assert fallen(replay("ES", [*before, *answered])) == {}
    assert fallen(replay("ES", [*before, france, poland])).keys() == ids(result)


def test_what_another_permission_gave_and_a_law_keeps_is_not_let_go() -> None:
    other = bytes([8]) * 32
    again = request(CNAV, ANSWER, permission=other, salt=1)
    given = response(again, salt=1, record=2)
    kept_end = permission_end(other, again)
    kept = notice_answer(
        kept_end, INSS.node, NoticeEffect.KEPT, citation="987/2009 Art 77", ceased=(given,)
    )
    case = at_spain(again, given, kept_end, kept)
    assert (let_go(case), ends_behind(case)) == (set(), ())
    case = at_spain(again, given, kept_end, kept, ERASED)
    assert let_go(case) == ids(ANSWER)
    assert ends_behind(case) == (END.statement,)


def test_records_go_with_the_answers_corrections_and_results_that_brought_them() -> None:
    (came,) = ANSWER.statement.records  # type: ignore[union-attr]
    mended, shown, stayed = (bytes([n]) * 32 for n in (61, 62, 63))
    mend = correction(ANSWER, replaced=(came,), added=(mended,))
    result = said(replace(reconciliation(ANSWER, mend).statement, inputs=(mended, shown)))  # type: ignore[type-var]
    erased = notice_answer(END, INSS.node, NoticeEffect.ERASED, ceased=(ANSWER, mend))
    before = [ASKED, ANSWER, mend, result, END, erased]
    case = replay("ES", before)
    assert records_let_go(case, read_facts(case)) == {came}, "the result stays for now"
    case = replay("ES", [*before, OF_FRANCE])
    assert records_let_go(case, read_facts(case)) == {came, mended, shown}
    again = request(permission=bytes([8]) * 32, salt=1)
    given = response(again, salt=1, record=9)
    second = reconciliation(given, supersedes=result.statement_id, salt=1)
    second = said(replace(second.statement, inputs=(shown, stayed)))  # type: ignore[type-var]
    case = replay("ES", [*before, OF_FRANCE, again, given, second])
    assert records_let_go(case, read_facts(case)) == {came, mended}, "the other was shown again"


def test_what_has_fallen_is_owed_to_nobody() -> None:
    before, after = at_spain(ERASED), at_spain(ERASED, OF_FRANCE)
    owed = {one.statement_id for one in sends(before, CLAIM, read_facts(before))}
    assert RESULT.statement_id in owed
    owed = {one.statement_id for one in sends(after, CLAIM, read_facts(after))}
    assert not owed & ids(RESULT, SIGNED)
    assert ids(END, ERASED) <= owed


def test_what_is_left_names_what_the_case_needs_and_says_no_day() -> None:
    whole = RESULT.statement
    assert isinstance(whole, Reconciliation)
    left = without_content(whole, bytes([3]) * 32)
    assert isinstance(left, Reconciliation)
    assert (left.result, left.digest, left.is_erased) == (b"", bytes([3]) * 32, True)
    assert left == replace(whole, result=b"", digest=left.digest, is_erased=True)
    for one in (SIGNED, dispute(RESULT)):
        case = replay("ES", [ASKED, ANSWER, RESULT, one, END, ERASED, OF_FRANCE])
        gone = fallen(case)[one.statement_id]
        assert without_content(gone).digest == UNKNOWN_DIGEST


def test_results_that_were_the_same_stay_alike_and_others_do_not() -> None:
    same, other = reconciliation(ANSWER, salt=1), reconciliation(ANSWER, digest=6, salt=2)
    found = {one.statement_id: one.statement for one in (RESULT, same, other)}
    alike = likenesses({i: one for i, one in found.items() if isinstance(one, Reconciliation)})
    assert alike[RESULT.statement_id] == alike[same.statement_id]
    assert alike[RESULT.statement_id] != alike[other.statement_id]


def test_a_case_replays_with_what_is_left_and_takes_a_countersignature_that_comes_late() -> None:
    left = {
        i: Said(statement_id=i, statement=without_content(one))
        for i, one in fallen(at_spain(ERASED, OF_FRANCE)).items()
    }
    case = replay("ES", [ASKED, ANSWER, left[RESULT.statement_id], END, ERASED, OF_FRANCE])
    assert case.waiting == {}
    late, _ = advance(case, SIGNED)
    assert SIGNED.statement_id in late.accepted
    whole = replay("ES", [ASKED, ANSWER, RESULT])
    lie = replace(SIGNED.statement, digest=bytes(32))  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="another digest"):
        advance(whole, Said(statement_id=bytes(32), statement=lie))


def test_a_lead_that_has_a_result_back_from_nowhere_takes_the_one_that_replaces_it() -> None:
    again = request(permission=bytes([8]) * 32, salt=1)
    given = response(again, salt=1)
    second = reconciliation(given, supersedes=RESULT.statement_id, salt=1)
    case = replay("ES", [ASKED, ANSWER, again, given, second, END])
    assert case.waiting.keys() == ids(second), "before anything was erased it waits"
    case, _ = advance(case, ERASED)
    assert case.waiting == {}
    assert read_facts(case).in_force == second.statement_id


def test_a_result_that_replaces_one_that_was_erased_unseen_replaces_the_last_before_it() -> None:
    unseen = reconciliation(ANSWER, supersedes=RESULT.statement_id, digest=6, salt=2)
    again = request(permission=bytes([8]) * 32, salt=1)
    given = response(again, salt=1)
    third = reconciliation(given, supersedes=unseen.statement_id, digest=7, salt=3)
    said = [ASKED, ANSWER, RESULT, END, again, given, third]
    facts = read_facts(replay("FR", [*said, ERASED]))
    assert facts.contradictions == ()
    assert facts.in_force == third.statement_id
    assert read_facts(replay("FR", said)).contradictions, "and only where something was erased"
