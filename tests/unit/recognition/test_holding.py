"""Who held the file, and for how long."""

from datetime import timedelta

from portability.recognition.case import Case
from portability.recognition.facts import read_facts
from portability.recognition.holding import holdings, time_held
from portability.recognition.machine import replay
from portability.recognition.statements import (
    CaseStatement,
    ClosureReason,
    HistoryOutcome,
    Said,
)
from portability.recognition.timing import owed, turns
from tests.unit.recognition.story import (
    CNAV,
    INSS,
    NOW,
    ZUS,
    closure,
    correction,
    determination,
    in_order,
    objection,
    reconciliation,
    reminder,
    reopening,
    response,
    story,
    with_header,
)

DAY = timedelta(days=1)


def at(statement: Said, days: int, *before: Said) -> Said:
    changes: dict[str, object] = {"created": NOW + days * DAY}
    if before:
        changes["predecessors"] = tuple(one.statement_id for one in before)
    return with_header(statement, **changes)


TOLD = story()
ASKED = TOLD.requests[0]
ANSWER = at(TOLD.responses[0], 12)
RESULT = at(TOLD.reconciliation, 15, ANSWER)
SIGNED = at(TOLD.countersignatures[0], 17, RESULT)
STATEMENTS: dict[bytes, CaseStatement] = {
    one.statement_id: one.statement for one in (ASKED, ANSWER, RESULT, SIGNED)
}
ACKNOWLEDGED = {
    (ASKED.statement_id, "FR"): NOW + 2 * DAY,
    (ANSWER.statement_id, "ES"): NOW + 13 * DAY,
    (RESULT.statement_id, "FR"): NOW + 16 * DAY,
}


def test_a_step_that_builds_on_several_begins_with_the_last_of_them() -> None:
    told = story(INSS, CNAV, ZUS)
    answers = [at(one, 2 + 4 * n) for n, one in enumerate(told.responses)]
    result = at(told.reconciliation, 9, *answers)
    statements = {one.statement_id: one.statement for one in (*told.requests, *answers, result)}
    (found,) = [one for one in holdings(statements, {}) if one.step == "reconciliation"]
    assert (found.since, found.until) == (NOW + 6 * DAY, NOW + 9 * DAY)


def test_each_step_counts_from_the_acknowledgement_to_the_signature() -> None:
    found = time_held(holdings(STATEMENTS, ACKNOWLEDGED), NOW + 30 * DAY)
    assert found == {
        ("ES", "delivery"): 3 * DAY,
        ("ES", "reconciliation"): 2 * DAY,
        ("ES", "request"): timedelta(),
        ("FR", "countersignature"): DAY,
        ("FR", "delivery"): DAY,
        ("FR", "history"): 10 * DAY,
    }


def test_without_an_acknowledgement_the_senders_time_counts() -> None:
    found = time_held(holdings(STATEMENTS, {}), NOW + 30 * DAY)
    assert found["FR", "history"] == 12 * DAY
    assert ("ES", "delivery") not in found


def test_a_step_that_is_owed_runs_on_with_whoever_has_it() -> None:
    case = replay("ES", [ASKED])
    assert case.claim is not None
    waits = list(owed(case.claim, read_facts(case)))
    here = holdings(case.accepted, ACKNOWLEDGED, waits)
    assert time_held(here, NOW + 10 * DAY)["FR", "history"] == 8 * DAY
    under_way = holdings(case.accepted, {}, waits)
    assert time_held(under_way, NOW + 10 * DAY)["ES", "delivery"] == 10 * DAY


def test_who_announces_a_later_day_has_the_file_until_then() -> None:
    later = at(response(ASKED, HistoryOutcome.NOT_BEFORE), 3, ASKED)
    case = replay("ES", [ASKED, later])
    assert case.claim is not None
    waits = list(owed(case.claim, read_facts(case)))
    found = holdings(case.accepted, ACKNOWLEDGED, waits)
    assert time_held(found, NOW + 10 * DAY)["FR", "history"] == 8 * DAY
    assert [one.step for one in found if one.until is None] == ["history"]


def test_a_clock_that_runs_ahead_makes_no_time() -> None:
    ahead = {(ASKED.statement_id, "FR"): NOW + 40 * DAY}
    found = time_held(holdings(STATEMENTS, ahead), NOW + 50 * DAY)
    assert found["FR", "history"] == timedelta()


def test_a_day_on_which_several_things_waited_is_one_day() -> None:
    """A request and two reminders of it that reach a silent country together, 215 days later."""
    late = [at(reminder(ASKED, CNAV), 61), at(reminder(ASKED, CNAV, number=2), 91)]
    said = {one.statement_id: one.statement for one in (ASKED, *late)}
    told = {(i, "FR"): NOW + 215 * DAY for i in said}
    assert time_held(holdings(said, told), NOW + 220 * DAY)["ES", "delivery"] == 215 * DAY
    again = at(reminder(ASKED, CNAV, number=3), 216)
    said[again.statement_id] = again.statement
    told[again.statement_id, "FR"] = NOW + 218 * DAY
    found = time_held(holdings(said, told), NOW + 220 * DAY)
    assert found["ES", "delivery"] == 217 * DAY, "what comes after another counts with it"


def test_a_case_of_which_nothing_is_known_held_nobody_up() -> None:
    assert holdings(Case(own="ES").accepted, {}) == ()


def test_what_nobody_waited_for_took_no_time() -> None:
    """A correction after two years is no step of two years, nor a reminder one of its sender's."""
    late = [
        at(reminder(ASKED, CNAV), 60),
        at(reminder(ASKED, CNAV, number=2), 90),
        at(reconciliation(ASKED, missing=(CNAV,)), 150),
        at(correction(RESULT), 700, RESULT),
        at(objection(determination(RESULT, CNAV)), 40),
    ]
    asked = (ASKED, RESULT, determination(RESULT, CNAV), *late)
    found = time_held(holdings({one.statement_id: one.statement for one in asked}, {}), NOW)
    for step in ("reminder", "reconciliation", "correction", "objection"):
        assert not any(lasted for (_, kind), lasted in found.items() if kind == step), step


def test_a_reopening_is_due_from_what_causes_it_and_not_from_the_closure() -> None:
    made = [at(determination(RESULT, party), 20, RESULT) for party in (INSS, CNAV)]
    ended = at(closure(*in_order(*made)), 21, *in_order(*made))
    wrong = at(correction(RESULT), 700, RESULT)
    again = at(reopening(ended, causes=(wrong,)), 702, ended)
    said = {one.statement_id: one.statement for one in (*made, ended, wrong, again)}
    told = {(wrong.statement_id, "ES"): NOW + 701 * DAY}
    assert time_held(holdings(said, told), NOW)["ES", "reopening"] == DAY


def test_the_lead_holds_the_file_too_and_so_does_whose_decision_is_contested() -> None:
    case = replay("ES", [ASKED, ANSWER, RESULT, SIGNED])
    assert case.claim is not None
    waits = list(turns(case.claim, read_facts(case)))
    found = time_held(holdings(case.accepted, ACKNOWLEDGED, waits), NOW + 27 * DAY)
    assert found["ES", "determination"] == 10 * DAY
    decisions = [at(determination(RESULT, one), 20, RESULT) for one in (INSS, CNAV)]
    contested = at(objection(decisions[1]), 30, decisions[1])
    case = replay("ES", [ASKED, ANSWER, RESULT, SIGNED, *decisions, contested])
    waits = list(turns(case.claim, read_facts(case)))
    told = ACKNOWLEDGED | {(contested.statement_id, "FR"): NOW + 31 * DAY}
    before = time_held(holdings(case.accepted, told), NOW + 40 * DAY)
    found = time_held(holdings(case.accepted, told, waits), NOW + 40 * DAY)
    assert found["FR", "determination"] - before["FR", "determination"] == 9 * DAY
    assert not list(owed(case.claim, read_facts(case))), "nobody is reminded meanwhile"
    withdrawn = at(closure(decisions[0], reason=ClosureReason.WITHDRAWN), 35)
    case = replay("ES", [ASKED, ANSWER, RESULT, SIGNED, decisions[0], withdrawn])
    assert case.claim is not None
    assert not list(turns(case.claim, read_facts(case))), "and nobody has anything to say any more"
