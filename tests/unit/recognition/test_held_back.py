"""A history of which a part may not be shown: what is decided on it stays provisional."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from portability.errors import InvalidInputError
from portability.recognition.case import CaseState, Close, Determine, Reconcile, Summarise
from portability.recognition.examination import difference_before_computing
from portability.recognition.held_back import is_said_otherwise
from portability.recognition.machine import advance, replay
from portability.recognition.progress import progress
from portability.recognition.statements import HistoryOutcome, Reconciliation, Said
from portability.wire.statement import statement_from_payload, statement_to_payload, type_of
from tests.unit.recognition.story import (
    CLAIM,
    CNAV,
    INSS,
    ZUS,
    closure,
    correction,
    countersignature,
    determination,
    reconciliation,
    request,
    response,
    said,
    story,
)

LEAD = "ES"
ASKED = request()
LATER = timedelta(hours=1)


def changed(one: Said, *, later: timedelta = timedelta(0), **changes: Any) -> Said:
    """A statement with other content, made so much later."""
    header = replace(one.statement.header, created=one.statement.header.created + later)
    return said(replace(one.statement, header=header, **changes))


PART = changed(response(ASKED), held_back=True)
AGAIN = changed(request(CNAV, PART, salt=9), later=LATER)
WHOLE = changed(response(AGAIN, record=2), later=LATER)
RESULT = reconciliation(PART, held_back=(CNAV,))
SIGNED = countersignature(RESULT)
DECIDED = (determination(RESULT, INSS), determination(RESULT, CNAV))


def in_order(*answers: Said) -> list[Said]:
    return sorted(answers, key=lambda one: one.statement_id)


def reconciled(*events: Said) -> Reconcile:
    (found,) = [one for one in progress(replay(LEAD, events)).duties if isinstance(one, Reconcile)]
    return found


def test_the_lead_says_so_in_the_result_and_decides_provisionally() -> None:
    assert reconciled(ASKED, PART).held_back == (CNAV,)
    view = progress(replay(LEAD, [ASKED, PART, RESULT, SIGNED]))
    assert (view.state, view.missing) == (CaseState.PROVISIONAL, (CNAV,))
    assert [one for one in view.duties if isinstance(one, Determine)] == [
        Determine(institution=INSS, reconciliation_id=RESULT.statement_id, missing=(CNAV,))
    ]


def test_whoever_holds_back_takes_part_like_any_other() -> None:
    view = progress(replay("FR", [ASKED, PART, RESULT, SIGNED]))
    assert [one.institution for one in view.duties if isinstance(one, Determine)] == [CNAV]


def test_the_case_stays_open_and_waits_for_the_lead_to_ask_once_more() -> None:
    case = replay(LEAD, [ASKED, PART, RESULT, SIGNED, *DECIDED])
    view = progress(case)
    assert view.awaiting == (INSS,)
    assert not [one for one in view.duties if isinstance(one, Summarise | Close)]
    with pytest.raises(InvalidInputError, match="while histories are missing"):
        advance(case, closure(*DECIDED))
    final = changed(determination(RESULT, INSS, salt=8), provisional=False, missing=())
    with pytest.raises(InvalidInputError, match="does not say which histories"):
        advance(replay(LEAD, [ASKED, PART, RESULT, SIGNED]), final)


def test_a_later_answer_without_the_mark_makes_it_final() -> None:
    before = [ASKED, PART, RESULT, SIGNED, *DECIDED, AGAIN, WHOLE]
    again = reconciled(*before)
    assert (again.held_back, again.supersedes) == ((), RESULT.statement_id)
    second = reconciliation(*in_order(PART, WHOLE), digest=6, supersedes=RESULT.statement_id)
    view = progress(replay(LEAD, [*before, second, countersignature(second)]))
    assert (view.state, view.missing) == (CaseState.AGREED, ())


@pytest.mark.parametrize(
    "other",
    [changed(WHOLE, held_back=True), changed(WHOLE, later=-2 * LATER)],
    ids=["with the mark", "an earlier one"],
)
def test_no_other_answer_lifts_the_mark(other: Said) -> None:
    assert reconciled(ASKED, PART, AGAIN, other).held_back == (CNAV,)


def test_an_answer_of_the_same_second_lifts_the_mark_of_an_answer_and_not_of_a_correction() -> None:
    again = changed(WHOLE, later=-LATER)
    assert reconciled(ASKED, PART, AGAIN, again).held_back == ()
    asked, whole = request(), response(request())
    taken_out = changed(
        correction(whole, replaced=whole.statement.records, added=()),  # type: ignore[union-attr]
        held_back=True,
    )
    once_more = request(CNAV, whole, salt=9)
    for later, marked in ((timedelta(0), (CNAV,)), (timedelta(seconds=1), ())):
        given = changed(response(once_more, record=2), later=later)
        assert reconciled(asked, whole, taken_out, once_more, given).held_back == marked


def test_a_result_on_answers_that_are_not_here_says_nothing_else_than_they_do() -> None:
    result = RESULT.statement
    assert isinstance(result, Reconciliation)
    assert not is_said_otherwise({}, result)
    known = {one.statement_id: one.statement for one in (ASKED, PART)}
    assert not is_said_otherwise(known, result)
    assert is_said_otherwise(known, replace(result, held_back=()))


def test_the_answer_of_somebody_else_does_not_lift_the_mark() -> None:
    claim = story(INSS, CNAV, ZUS).claim
    asked = (request(CNAV, claim=claim), request(ZUS, claim=claim))
    part = changed(response(asked[0]), held_back=True)
    whole = changed(response(asked[1], record=2), later=LATER)
    assert reconciled(*asked, part, whole).held_back == (CNAV,)


@pytest.mark.parametrize(
    "narrower",
    [
        {"from_date": date(1970, 1, 1)},
        {"to_date": date(2000, 1, 1)},
        {"datatypes": ("awarded-entitlement",)},
    ],
    ids=["from later on", "until earlier", "about something else"],
)
def test_an_answer_about_less_does_not_lift_the_mark(narrower: dict[str, Any]) -> None:
    asked = changed(AGAIN, **narrower)
    answer = changed(response(asked, record=2), later=LATER)
    assert reconciled(ASKED, PART, asked, answer).held_back == (CNAV,)


def test_a_lead_that_takes_it_for_whole_is_disputed() -> None:
    case = replay("FR", [ASKED, PART])
    silent = reconciliation(PART).statement
    assert isinstance(silent, Reconciliation)
    found = difference_before_computing(case, CLAIM, silent, silent.inputs)
    assert found == "whether the history of this country is whole is not said as it was answered"
    honest = replace(silent, held_back=(CNAV,), inputs=PART.statement.records)
    assert difference_before_computing(case, CLAIM, honest, honest.inputs) is None


def test_only_a_party_in_the_result_can_hold_back() -> None:
    case = replay(LEAD, [ASKED, PART])
    with pytest.raises(InvalidInputError, match="held back in part"):
        advance(case, reconciliation(PART, held_back=(INSS,)))


def test_nothing_is_held_back_of_an_answer_without_records() -> None:
    none = changed(response(ASKED, HistoryOutcome.NONE), held_back=True).statement
    with pytest.raises(InvalidInputError, match="does not fit the outcome"):
        statement_from_payload(type_of(none), statement_to_payload(none))


def test_what_is_whole_is_encoded_as_ever() -> None:
    for one in (response(ASKED), reconciliation(response(ASKED))):
        payload = statement_to_payload(one.statement)
        assert statement_from_payload(type_of(one.statement), payload) == one.statement
        more = {"held_back": True} if "outcome" in dir(one.statement) else {"held_back": (CNAV,)}
        longer = statement_to_payload(replace(one.statement, **more))
        assert longer.startswith(payload)
        assert len(longer) > len(payload)
