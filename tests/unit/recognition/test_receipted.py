"""Answers and their receipts: no receipt, no data, and both say the same."""

from dataclasses import replace

import pytest

from portability.consent.causes import RefusalCause
from portability.consent.receipt import DisclosureReceipt, Outcome
from portability.recognition.receipted import addressees, asked, receipt_fault, receipt_of
from portability.recognition.statements import HistoryOutcome, HistoryResponse, Reconciliation, Said
from tests.unit.consent.test_receipt import receipt
from tests.unit.recognition.story import (
    CNAV,
    INSS,
    ZUS,
    countersignature,
    in_order,
    reconciliation,
    request,
    response,
    story,
)

ASKED = request()


def answer(outcome: HistoryOutcome = HistoryOutcome.RECORDS, *, salt: int = 0) -> HistoryResponse:
    said = response(ASKED, outcome, salt=salt).statement
    assert isinstance(said, HistoryResponse)
    return said


GIVEN = answer()
RELEASED = replace(
    receipt(),
    provider=CNAV,
    request=ASKED.statement_id,
    record_count=1,
    payload_digest=GIVEN.payload_digest,
)
EMPTY = replace(RELEASED, record_count=0, payload_digest=bytes(32))
DENIED = replace(
    RELEASED,
    outcome=Outcome.REFUSED,
    cause=RefusalCause.WITHDRAWN,
    released_at=None,
    record_count=0,
    payload_digest=b"",
    erase_by=None,
)
UNKNOWN = replace(DENIED, cause=RefusalCause.PERSON_UNKNOWN)
NONE, REFUSED, LATER = map(
    answer, (HistoryOutcome.NONE, HistoryOutcome.REFUSED, HistoryOutcome.NOT_BEFORE)
)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (GIVEN, RELEASED),
        (GIVEN, replace(RELEASED, outcome=Outcome.PARTIAL)),
        (NONE, EMPTY),
        (NONE, UNKNOWN),
        (REFUSED, DENIED),
        (REFUSED, UNKNOWN),
        (LATER, DENIED),
    ],
)
def test_an_answer_and_its_receipt_say_the_same(
    said: HistoryResponse, left: DisclosureReceipt
) -> None:
    assert receipt_fault(said, left) == ""
    assert receipt_of(said, [], [left]) is left


@pytest.mark.parametrize(
    ("said", "left", "words"),
    [
        (GIVEN, None, "no receipt was left"),
        (GIVEN, DENIED, "do not agree"),
        (NONE, DENIED, "do not agree"),
        (REFUSED, RELEASED, "do not agree"),
        (LATER, EMPTY, "do not agree"),
        (GIVEN, replace(RELEASED, record_count=2), "counts other records"),
        (GIVEN, replace(RELEASED, record_count=0), "counts other records"),
        (NONE, replace(EMPTY, record_count=1), "counts other records"),
        (GIVEN, replace(RELEASED, payload_digest=bytes([1]) * 32), "for other data"),
    ],
)
def test_what_does_not_fit_between_them_is_said(
    said: HistoryResponse, left: DisclosureReceipt | None, words: str
) -> None:
    assert words in receipt_fault(said, left)


def test_a_receipt_is_for_one_request_of_one_provider() -> None:
    elsewhere = (
        replace(RELEASED, request=bytes([1]) * 32),
        replace(RELEASED, provider=ZUS),
    )
    assert receipt_of(GIVEN, [], elsewhere) is None
    assert receipt_of(GIVEN, [], [*elsewhere, RELEASED]) is RELEASED
    assert receipt_of(GIVEN, [], []) is None


def test_of_two_answers_to_one_request_each_has_the_receipt_that_fits_it() -> None:
    both = [DENIED, RELEASED]
    assert receipt_of(GIVEN, [LATER], both) is RELEASED
    assert receipt_of(LATER, [GIVEN], both) is DENIED
    assert receipt_of(GIVEN, [LATER], [DENIED]) is None, "which is that of the other answer"
    assert receipt_of(GIVEN, [], [DENIED]) is DENIED, "and then it does not fit"
    assert receipt_of(GIVEN, [NONE, LATER], [DENIED]) is None, "whichever of the others it fits"


def test_an_answer_names_the_request_that_it_is_to() -> None:
    assert asked(GIVEN) == ASKED.statement_id
    assert asked(replace(GIVEN, header=replace(GIVEN.header, predecessors=()))) == b""


def told(result: Said, *known: Said) -> list[bytes]:
    assert isinstance(result.statement, Reconciliation)
    said = {one.statement_id: one.statement for one in known}
    return [i for i, _ in addressees(result.statement, said)]


def test_a_result_shows_records_to_whoever_answered_for_it_and_has_a_part_in_it() -> None:
    told_all = story(INSS, CNAV, ZUS)
    known = [*told_all.requests, *told_all.responses]
    result, answers = told_all.reconciliation, in_order(*told_all.responses)
    assert told(result, *known) == [one.statement_id for one in answers]
    without = reconciliation(*answers, claim=told_all.claim, not_insured=(ZUS,))
    of_france = told_all.responses[0]
    assert told(without, *known) == [of_france.statement_id]
    assert told(result, *told_all.responses) == [], "what was asked is not here"
    assert told(result, *told_all.requests) == [], "what was answered is not here"
    on_others = reconciliation(told_all.requests[0], countersignature(result))
    assert told(on_others, *known, countersignature(result)) == []
