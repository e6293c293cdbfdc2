"""Whose turn it is, since when, and when time will make something due."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portability.consent.scope import Party
from portability.recognition.case import Case, Clock, Terms
from portability.recognition.facts import read_facts
from portability.recognition.machine import replay
from portability.recognition.statements import HistoryOutcome, Said, Step
from portability.recognition.timing import (
    answer_due,
    later,
    next_time,
    owed,
    reminders_due,
    turns,
)
from tests.unit.recognition.story import (
    CNAV,
    INSS,
    NOW,
    ZUS,
    correction,
    countersignature,
    dispute,
    in_order,
    objection,
    reconciliation,
    reminder,
    request,
    response,
    story,
    with_header,
)
from tests.unit.recognition.test_held_back import changed

DAY = timedelta(days=1)
TERMS = Terms(answer=30 * DAY, interval=15 * DAY, reminders=2, provisional=75 * DAY)
TOLD = story(INSS, CNAV, ZUS)
ASKED, ANSWERS, RESULT = TOLD.requests, TOLD.responses, TOLD.reconciliation
GIVEN = (*ASKED, *ANSWERS, RESULT)
SIGNED = TOLD.countersignatures
SECOND = reconciliation(
    *in_order(*ANSWERS), claim=TOLD.claim, digest=6, supersedes=RESULT.statement_id
)
HISTORY, SIGNATURE, DECISION = Step.HISTORY, Step.COUNTERSIGNATURE, Step.DETERMINATION


def at_lead(*said: Said) -> Case:
    return replay("ES", said)


def whose_turn(*said: Said) -> set[tuple[Party, Step]]:
    case = at_lead(*said)
    assert case.claim is not None
    return {(one.party, one.step) for one in turns(case.claim, read_facts(case))}


def due_next(days: float, *said: Said) -> float | None:
    """In how many days from the request, as seen so many days after it."""
    case = at_lead(*said)
    assert case.claim is not None
    clock = Clock(now=NOW + timedelta(days=days), terms=TERMS)
    found = next_time(case.claim, read_facts(case), clock)
    return None if found is None else (found - NOW) / DAY


@pytest.mark.parametrize(
    ("said", "whose"),
    [
        (ASKED, {(CNAV, HISTORY), (ZUS, HISTORY)}),
        ((*ASKED, ANSWERS[0]), {(ZUS, HISTORY)}),
        ((*ASKED, *ANSWERS), set()),
        (GIVEN, {(CNAV.node, SIGNATURE), (ZUS.node, SIGNATURE)}),
        ((*GIVEN, SIGNED[0]), {(ZUS.node, SIGNATURE)}),
        ((*GIVEN, SIGNED[1]), {(CNAV.node, SIGNATURE)}),
        ((*GIVEN, *SIGNED), {(INSS, DECISION), (CNAV, DECISION), (ZUS, DECISION)}),
        ((*GIVEN, *SIGNED, TOLD.determinations[1]), {(INSS, DECISION), (ZUS, DECISION)}),
        ((*GIVEN, *SIGNED, TOLD.determinations[0]), {(CNAV, DECISION), (ZUS, DECISION)}),
        ((*GIVEN, *SIGNED, *TOLD.determinations), set()),
        ((*GIVEN, *SIGNED, correction(ANSWERS[0])), set()),  # the lead reconciles again first
        ((*GIVEN, dispute(RESULT)), {(ZUS.node, SIGNATURE)}),
        ((*GIVEN, dispute(RESULT), SIGNED[1]), set()),  # nobody decides on what is disputed
        ((*GIVEN, *SIGNED, dispute(RESULT)), set()),  # nor where a party has said both
        (
            (*GIVEN, *SIGNED, *TOLD.determinations, objection(TOLD.determinations[1])),
            {(CNAV, DECISION)},
        ),
    ],
)
def test_each_party_has_its_turn_once_what_it_builds_on_is_there(
    said: tuple[Said, ...], whose: set[tuple[Party, Step]]
) -> None:
    assert whose_turn(*said) == whose


def test_a_decision_is_owed_from_the_last_signature_on_this_result() -> None:
    late = with_header(countersignature(RESULT), created=NOW + 40 * DAY)
    contested = with_header(dispute(SECOND), created=NOW + 50 * DAY)
    signed = [
        with_header(countersignature(SECOND), created=NOW + 3 * DAY),
        with_header(countersignature(SECOND, ZUS), created=NOW + 5 * DAY),
    ]
    case = at_lead(*GIVEN, late, SECOND, contested, *signed)
    assert case.claim is not None
    since = {one.since for one in owed(case.claim, read_facts(case)) if one.step is DECISION}
    assert since == {NOW + 5 * DAY}


def test_time_makes_due_each_reminder_and_then_the_decision_without_whom_is_silent() -> None:
    one = request()
    said = [one]
    assert [due_next(day, *said) for day in (0, 29, 30, 74, 75)] == [30, 30, 75, 75, None]
    for number, following in ((1, 45), (2, 60)):
        said.append(reminder(one, CNAV, number=number))
        assert due_next(30, *said) == following
    said.append(reminder(one, CNAV, number=3))
    assert due_next(30, *said) == 75, "nobody is reminded after the escalation"
    assert due_next(0, one, response(one)) is None


def test_a_reminder_is_of_one_party_one_step_and_one_statement() -> None:
    signing = due_next(0, *GIVEN)
    assert signing == 30
    of_another = reminder(RESULT, ZUS.node, step=SIGNATURE, claim=TOLD.claim)
    of_this = reminder(RESULT, CNAV.node, step=SIGNATURE, claim=TOLD.claim)
    before = reminder(ASKED[0], CNAV, claim=TOLD.claim)
    case = at_lead(*ASKED, before, *ANSWERS, RESULT, of_another)
    assert case.claim is not None
    clock = Clock(now=NOW + 31 * DAY, terms=TERMS)
    due = [*reminders_due(case.claim, read_facts(case), clock)]
    assert [(one.recipient, one.number) for one in due] == [(CNAV.node, 1)]
    assert due_next(31, *GIVEN, of_another, of_this) == 45


def test_of_another_request_to_the_same_party_nobody_was_reminded_yet() -> None:
    first = request()
    none = response(first, HistoryOutcome.REFUSED)
    second = request(CNAV, none, salt=1)
    said = [first, reminder(first, CNAV), none, second]
    case = at_lead(*said)
    assert case.claim is not None
    clock = Clock(now=NOW + 30 * DAY, terms=TERMS)
    due = [*reminders_due(case.claim, read_facts(case), clock)]
    assert [(one.subject, one.number) for one in due] == [(second.statement_id, 1)]


def test_of_several_days_that_were_announced_the_last_counts() -> None:
    asked = request()
    announced = [
        changed(response(asked, HistoryOutcome.NOT_BEFORE), not_before=date(2026, month, 1))
        for month in (8, 6)
    ]
    facts = read_facts(replay("FR", [asked, *announced]))
    for month, is_due in ((7, False), (8, True)):
        clock = Clock(now=datetime(2026, month, 1, tzinfo=UTC), terms=TERMS)
        assert answer_due(facts, asked.statement_id, clock) is is_due


def test_a_term_beyond_the_calendar_ends_with_it() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    assert later(last - DAY, DAY) == last
    assert later(last - DAY, DAY + timedelta(microseconds=1)) == last
    assert later(NOW, DAY) == NOW + DAY
