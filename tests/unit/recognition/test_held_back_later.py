"""A correction that takes a period out and may not show the new one: the history is not whole."""

from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any

import pytest

from portability.errors import InvalidInputError
from portability.recognition.case import CaseState
from portability.recognition.examination import difference_before_computing
from portability.recognition.machine import replay
from portability.recognition.progress import progress
from portability.recognition.statements import CorrectionReason, Reconciliation, Said
from portability.wire.statement import statement_from_payload, statement_to_payload, type_of
from tests.unit.recognition.story import (
    CLAIM,
    CNAV,
    INSS,
    closure,
    correction,
    countersignature,
    determination,
    reconciliation,
    request,
    response,
    summary,
)
from tests.unit.recognition.test_held_back import (
    ASKED,
    LATER,
    LEAD,
    changed,
    in_order,
    reconciled,
)

OLD = sha256(b"\x01").digest()
"""The one record of the answer, which is in its place by the correction."""
ANSWERED = response(ASKED)
RESULT = reconciliation(ANSWERED)
MARKED = changed(correction(ANSWERED, replaced=(OLD,), added=()), later=LATER / 2, held_back=True)
AGAIN = changed(request(CNAV, ANSWERED, salt=9), later=LATER)
WHOLE = changed(response(AGAIN, record=2), later=LATER)


def test_the_mark_of_a_correction_is_in_the_next_result_which_is_provisional() -> None:
    due = reconciled(ASKED, ANSWERED, RESULT, MARKED)
    assert due.held_back == (CNAV,)
    result = reconciliation(
        *in_order(ANSWERED, MARKED), held_back=due.held_back, supersedes=RESULT.statement_id
    )
    view = progress(
        replay(LEAD, [ASKED, ANSWERED, RESULT, MARKED, result, countersignature(result)])
    )
    assert (view.state, view.missing) == (CaseState.PROVISIONAL, (CNAV,))


def test_a_closed_case_is_reopened_by_it() -> None:
    decided = (determination(RESULT, INSS), determination(RESULT, CNAV))
    ended = [ASKED, ANSWERED, RESULT, countersignature(RESULT), *decided]
    ended += [summary(*decided), closure(*decided)]
    assert progress(replay(LEAD, ended)).state is CaseState.CLOSED
    (due,) = progress(replay(LEAD, [*ended, MARKED])).duties[-1:]
    assert MARKED.statement_id in getattr(due, "causes", ())


def test_neither_the_answer_that_it_corrects_nor_one_with_what_it_took_out_lifts_it() -> None:
    at_once = changed(MARKED, later=-LATER / 2)
    assert reconciled(ASKED, ANSWERED, at_once).held_back == (CNAV,)
    same = changed(response(AGAIN), later=LATER)  # prepared before, and taken in after it
    assert reconciled(ASKED, ANSWERED, MARKED, AGAIN, same).held_back == (CNAV,)


def test_a_later_answer_to_all_of_those_days_lifts_it_and_one_to_fewer_does_not() -> None:
    assert reconciled(ASKED, ANSWERED, MARKED, AGAIN, WHOLE).held_back == ()
    asked = changed(AGAIN, from_date=date(1970, 1, 1))
    fewer = changed(response(asked, record=2), later=LATER)
    assert reconciled(ASKED, ANSWERED, MARKED, asked, fewer).held_back == (CNAV,)


def test_a_correction_of_a_correction_marks_whose_history_it_is() -> None:
    first = changed(correction(ANSWERED, replaced=(OLD,)), later=LATER / 4)
    second = correction(first, replaced=(bytes([77]) * 32,), added=())
    second = changed(second, later=LATER / 2, held_back=True)
    assert reconciled(ASKED, ANSWERED, first).held_back == ()
    assert reconciled(ASKED, ANSWERED, first, second).held_back == (CNAV,)


def test_a_lead_that_is_silent_about_it_is_disputed() -> None:
    case = replay("FR", [ASKED, ANSWERED, MARKED])
    silent = reconciliation(*in_order(ANSWERED, MARKED)).statement
    assert isinstance(silent, Reconciliation)
    found = difference_before_computing(case, CLAIM, silent, ())
    assert found == "whether the history of this country is whole is not said as it was answered"
    honest = replace(silent, held_back=(CNAV,))
    assert difference_before_computing(case, CLAIM, honest, ()) is None


def written(one: Said, **changes: Any) -> bytes:
    return statement_to_payload(replace(one.statement, **changes))


def test_the_mark_is_read_as_it_was_written_and_fits_only_where_nothing_is_shown() -> None:
    name = type_of(MARKED.statement)
    assert statement_from_payload(name, written(MARKED)) == MARKED.statement
    assert written(MARKED).startswith(written(MARKED, held_back=False))
    for wrong in ({"added": (bytes(32),)}, {"reason": CorrectionReason.INVALIDATED}):
        with pytest.raises(InvalidInputError, match="takes the place"):
            statement_from_payload(name, written(MARKED, **wrong))
