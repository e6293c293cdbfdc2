"""A decision names that all agreed on its result, and what it answers; nothing else will do."""

import pytest

from portability.errors import InvalidInputError
from portability.recognition.case import Case, CaseState
from portability.recognition.facts import read_facts
from portability.recognition.grounds import grounds_of
from portability.recognition.machine import advance, replay
from portability.recognition.presence import recipients
from portability.recognition.progress import progress
from portability.recognition.statements import Said
from tests.unit.recognition.story import (
    CNAV,
    INSS,
    ZUS,
    countersignature,
    determination,
    dispute,
    in_order,
    objection,
    reconciliation,
    story,
)

LEAD = "ES"
TOLD = story(INSS, CNAV, ZUS)
RESULT, SIGNED = TOLD.reconciliation, TOLD.countersignatures
AGREED = [*TOLD.requests, *TOLD.responses, RESULT, *SIGNED]
FIRST = determination(RESULT, INSS, grounds=SIGNED)
CONTESTED = objection(FIRST)


def named(case: Case) -> tuple[bytes, ...]:
    assert case.claim is not None
    return grounds_of(case.claim, read_facts(case), INSS)


def ids(*statements: Said) -> tuple[bytes, ...]:
    return tuple(one.statement_id for one in statements)


def test_it_names_each_agreement_once_all_have_agreed() -> None:
    assert named(replay(LEAD, AGREED[:-1])) == ids(RESULT), "not all have agreed"
    twice = replay(LEAD, [*AGREED, countersignature(RESULT, CNAV, salt=9)])
    assert len(named(twice)) == 3
    assert named(replay(LEAD, AGREED)) == ids(RESULT, *SIGNED)
    assert named(replay(LEAD, TOLD.requests)) == ()


def test_only_what_agrees_with_this_result_is_an_agreement() -> None:
    first = TOLD.reconciliation
    second = reconciliation(
        *in_order(*TOLD.responses), claim=TOLD.claim, digest=6, supersedes=first.statement_id
    )
    anew = countersignature(second, ZUS)
    before = [*AGREED, second, anew]
    assert named(replay(LEAD, before)) == ids(second), "France agreed with the result before it"
    assert named(replay(LEAD, [*before, dispute(second, CNAV)])) == ids(second)


def test_the_next_one_names_the_objections_that_it_answers() -> None:
    case = replay(LEAD, [*AGREED, FIRST, CONTESTED])
    assert named(case) == ids(RESULT, *SIGNED, CONTESTED)
    second = determination(
        RESULT, INSS, supersedes=FIRST.statement_id, grounds=(*SIGNED, CONTESTED)
    )
    after, _ = advance(case, second)
    found = progress(after)
    assert (found.objections, found.contradictions) == ((), ())
    assert found.determined[INSS] == second.statement_id


def test_it_waits_until_what_it_names_is_here() -> None:
    case = replay(LEAD, [*AGREED[:-1], FIRST])
    assert FIRST.statement_id in case.waiting
    after, _ = advance(case, SIGNED[-1])
    assert FIRST.statement_id in after.accepted


def test_decisions_in_the_old_and_the_new_form_close_a_case_together() -> None:
    decided = (FIRST, *TOLD.determinations[1:])
    before = replay(LEAD, [*AGREED, *decided])
    assert progress(before).state is CaseState.AGREED
    assert len(progress(before).determined) == 3


def test_the_same_decision_on_fewer_grounds_contradicts_nothing_and_another_does() -> None:
    case = replay(LEAD, [*AGREED, FIRST])
    assert not progress(replay(LEAD, [*AGREED, FIRST, TOLD.determinations[0]])).contradictions
    other = determination(RESULT, INSS, payable=1)
    after, _ = advance(case, other)
    assert progress(after).contradictions == (tuple(sorted(ids(FIRST, other))),)


def test_it_goes_to_whoever_takes_part_in_its_result() -> None:
    case = replay(LEAD, [*AGREED, FIRST])
    assert case.claim is not None
    found = recipients(case, case.claim, read_facts(case), FIRST.statement_id)
    assert found == ("FR", "PL")


@pytest.mark.parametrize(
    ("grounds", "supersedes", "why"),
    [
        (SIGNED[:1], b"", "of some parties and not of all"),
        ((*SIGNED, CONTESTED), b"", "neither a countersignature"),
        ((TOLD.responses[0],), b"", "neither a countersignature"),
    ],
    ids=["one country's agreement is missing", "an objection to nothing", "a history"],
)
def test_other_grounds_are_refused(grounds: tuple[Said, ...], supersedes: bytes, why: str) -> None:
    case = replay(LEAD, [*AGREED, FIRST, CONTESTED])
    with pytest.raises(InvalidInputError, match=why):
        advance(case, determination(RESULT, INSS, supersedes=supersedes, grounds=grounds, salt=3))


def test_a_dispute_is_no_agreement() -> None:
    against = dispute(RESULT, CNAV)
    case = replay(LEAD, [*TOLD.requests, *TOLD.responses, RESULT, against, SIGNED[1]])
    with pytest.raises(InvalidInputError, match="neither a countersignature"):
        advance(case, determination(RESULT, INSS, grounds=(against, SIGNED[1])))
