"""Who held the file, and for how long."""

from datetime import timedelta

from portability.recognition.case import Case
from portability.recognition.facts import read_facts
from portability.recognition.holding import holdings, time_held
from portability.recognition.machine import replay
from portability.recognition.statements import CaseStatement, Said
from portability.recognition.timing import owed
from tests.unit.recognition.story import NOW, story, with_header

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


def test_a_clock_that_runs_ahead_makes_no_time() -> None:
    ahead = {(ASKED.statement_id, "FR"): NOW + 40 * DAY}
    found = time_held(holdings(STATEMENTS, ahead), NOW + 50 * DAY)
    assert found["FR", "history"] == timedelta()


def test_a_case_of_which_nothing_is_known_held_nobody_up() -> None:
    assert holdings(Case(own="ES").accepted, {}) == ()
