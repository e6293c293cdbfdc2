"""What stays when a permission ends before the statement has left that was to bring it."""

from hashlib import sha256

import pytest

from portability.recognition.facts import read_facts
from portability.recognition.machine import replay
from portability.recognition.not_sent import (
    comes_for_nothing,
    names_records,
    permissions_behind,
    stays_behind,
    waits,
)
from portability.recognition.statements import HistoryOutcome, NoticeEffect, Said
from tests.unit.recognition.story import (
    CLAIM,
    CNAV,
    INSS,
    correction,
    countersignature,
    determination,
    notice_answer,
    permission_end,
    reconciliation,
    request,
    response,
)

PERMISSION = bytes([9]) * 32
OLD, NEW = sha256(bytes([1])).digest(), bytes([77]) * 32
ASKED = request(permission=PERMISSION)
ANSWER = response(ASKED)
AGAIN = request(CNAV, ANSWER, permission=PERMISSION, salt=1)
SECOND = response(AGAIN, salt=1, record=2)
BY_LAW = response(request(salt=2), salt=2)
CORRECTED = correction(ANSWER, replaced=(OLD,), added=(NEW,))
RESULT = reconciliation(ANSWER)
DECIDED = determination(RESULT, CNAV)
END = permission_end(PERMISSION, ASKED)
CEASED = notice_answer(END, INSS, NoticeEffect.ERASED, ceased=(ANSWER, CORRECTED))
LATER = correction(CORRECTED, replaced=(NEW,), added=(bytes([78]) * 32,))
SAID_BY_ANOTHER = notice_answer(END, CNAV, NoticeEffect.KEPT)
OTHER = request(CNAV, ANSWER, permission=bytes([8]) * 32, salt=3)
OTHER_END = permission_end(bytes([8]) * 32, OTHER)
ON_CORRECTED = reconciliation(CORRECTED)

GIVEN = (ASKED, ANSWER)
USED = (*GIVEN, RESULT, countersignature(RESULT))
KEPT = (*USED, DECIDED)


@pytest.mark.parametrize(
    ("case", "one", "stays"),
    [
        (GIVEN, ANSWER, True),
        (USED, ANSWER, True),
        (KEPT, ANSWER, False),
        ((*KEPT, END, CEASED), ANSWER, True),  # where no law lets the lead keep it
        ((*KEPT, AGAIN, SECOND), SECOND, True),  # which nothing rests on
        ((*GIVEN, CORRECTED), CORRECTED, True),
        ((*USED, CORRECTED), CORRECTED, False),  # the lead has yet to say what becomes of it
        ((*KEPT, CORRECTED), CORRECTED, False),
        ((*USED, CORRECTED, END, CEASED), CORRECTED, True),
        ((*USED, CORRECTED, END, CEASED, LATER), LATER, True),
    ],
)
def test_what_stays_once_the_permission_has_ended(
    case: tuple[Said, ...], one: Said, *, stays: bool
) -> None:
    facts = read_facts(replay("FR", case))
    assert permissions_behind(facts, one.statement_id) == {PERMISSION}
    assert stays_behind(facts, one.statement_id, {PERMISSION}) is stays
    assert not stays_behind(facts, one.statement_id, set()) or one.statement_id in facts.ceased


def test_records_go_with_answers_and_corrections_that_name_some_and_with_nothing_else() -> None:
    none = response(ASKED, HistoryOutcome.NONE)
    bare = correction(ANSWER, replaced=(OLD,), added=())
    for one, names in (
        (ANSWER, True),
        (CORRECTED, True),
        (none, False),
        (bare, False),
        (RESULT, False),
        (ASKED, False),
    ):
        assert names_records(one.statement) is names


@pytest.mark.parametrize("case", [USED, KEPT])
def test_a_result_that_leaves_goes_whole(case: tuple[Said, ...]) -> None:
    facts = read_facts(replay("ES", case))
    assert permissions_behind(facts, RESULT.statement_id) == set()
    assert not stays_behind(facts, RESULT.statement_id, {PERMISSION})


@pytest.mark.parametrize(
    ("case", "one", "waits_now"),
    [
        (USED, RESULT, False),
        ((*USED, END), RESULT, True),
        ((*USED, CORRECTED, END), RESULT, True),
        ((*USED, END), ANSWER, False),  # which has nothing to wait for: it stays or goes
        ((*USED, END, CEASED), RESULT, False),
        ((*USED, END, SAID_BY_ANOTHER), RESULT, True),  # it is for the lead to say
        ((*USED, OTHER, OTHER_END), RESULT, False),
        ((*USED, CORRECTED, ON_CORRECTED, END), ON_CORRECTED, True),
    ],
)
def test_a_result_waits_until_its_lead_has_said_what_an_end_makes_of_it(
    case: tuple[Said, ...], one: Said, *, waits_now: bool
) -> None:
    assert waits(CLAIM, read_facts(replay("ES", case)), one.statement_id) is waits_now


def test_what_was_given_by_law_rests_on_no_permission_that_could_end() -> None:
    result = reconciliation(BY_LAW)
    facts = read_facts(replay("ES", [request(salt=2), BY_LAW, result]))
    for one in (BY_LAW, result):
        assert permissions_behind(facts, one.statement_id) == set()
        assert not stays_behind(facts, one.statement_id, {PERMISSION})


@pytest.mark.parametrize(
    ("case", "one", "for_nothing"),
    [
        ((ASKED,), ANSWER, False),
        ((ASKED, END), ANSWER, True),
        ((ASKED, END), response(ASKED, HistoryOutcome.NONE), False),
        ((*GIVEN, END), CORRECTED, True),
        (GIVEN, CORRECTED, False),
        ((*USED, END), CORRECTED, False),
        ((*USED, CORRECTED, END, CEASED), CORRECTED, True),
        ((*USED, CORRECTED, END, CEASED), LATER, True),
        ((ASKED, END), RESULT, False),
    ],
)
def test_what_comes_to_the_lead_without_its_records_is_whole_if_it_counts_for_nothing(
    case: tuple[Said, ...], one: Said, *, for_nothing: bool
) -> None:
    loaded = replay("ES", case)
    assert comes_for_nothing(loaded, one.statement_id, one.statement) is for_nothing
