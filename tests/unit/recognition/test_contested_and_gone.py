"""An objection to a decision of whoever has no part in the case any more does not keep it open."""

from portability.recognition.case import CaseState, Close, Summarise
from portability.recognition.machine import advance, replay
from portability.recognition.progress import progress
from portability.recognition.statements import Said
from tests.unit.recognition.contested_and_gone import (
    AFTER,
    AGAINST,
    ANSWERS,
    BEFORE,
    CLAIM,
    DECIDED,
    NONE,
    OTHERS,
    SECOND,
)
from tests.unit.recognition.story import (
    CNAV,
    ZUS,
    closure,
    correction,
    countersignature,
    determination,
    in_order,
    objection,
    reconciliation,
    summary,
)

LEAD = "ES"


def ids(*said: Said) -> tuple[bytes, ...]:
    return tuple(sorted(one.statement_id for one in said))


def test_an_objection_waits_until_a_result_says_that_it_holds_no_record() -> None:
    case = replay(LEAD, BEFORE)
    assert progress(case).objections == (AGAINST.statement_id,)
    case, _ = advance(case, SECOND)
    assert progress(case).objections == ()


def test_the_case_closes_on_the_decisions_of_all_others() -> None:
    case = replay(LEAD, AFTER)
    assert progress(case).duties == (Summarise(determinations=ids(*in_order(*OTHERS))),)
    case, _ = advance(case, summary(*OTHERS, claim=CLAIM))
    assert [*progress(case).duties] == [Close(determinations=ids(*in_order(*OTHERS)))]
    case, _ = advance(case, closure(*OTHERS, claim=CLAIM))
    found = progress(case)
    assert (found.state, found.duties) == (CaseState.CLOSED, ())


def test_the_same_objection_after_the_closure_reopens_nothing() -> None:
    told = [one for one in AFTER if one is not AGAINST]
    ended = (summary(*OTHERS, claim=CLAIM), closure(*OTHERS, claim=CLAIM))
    case, _ = advance(replay(LEAD, [*told, *ended]), AGAINST)
    found = progress(case)
    assert (found.state, found.duties) == (CaseState.CLOSED, ())


def test_it_waits_again_once_the_institution_takes_part_again() -> None:
    found = correction(NONE[1], ZUS)
    third = reconciliation(
        *in_order(ANSWERS[0], NONE[1], found),
        claim=CLAIM,
        digest=7,
        supersedes=SECOND.statement_id,
    )
    signed = (countersignature(third), countersignature(third, ZUS))
    case = replay(LEAD, [*AFTER, found, third, *signed])
    assert progress(case).objections == (AGAINST.statement_id,)
    again = determination(third, ZUS, supersedes=DECIDED.statement_id)
    case, _ = advance(case, again)
    assert progress(case).objections == ()


def test_one_to_a_decision_that_counts_is_waited_for_as_ever() -> None:
    against = objection(OTHERS[1])
    found = progress(replay(LEAD, [*AFTER, against]))
    assert (found.objections, found.awaiting) == ((against.statement_id,), (CNAV,))
