"""What a party that erases has told in a case, at each of the others."""

from dataclasses import replace

import pytest

from portability.recognition.disclosed import may_hold_of
from portability.recognition.machine import replay
from portability.recognition.statements import HistoryOutcome, Said
from tests.unit.recognition.story import (
    CLAIM,
    CNAV,
    INSS,
    ZUS,
    opened,
    reconciliation,
    request,
    response,
)

WIDER = replace(CLAIM, parties=(INSS, CNAV, ZUS))
ASKED = request(claim=WIDER)
ANSWER = response(ASKED)


def may(own: str, peer: str, *said: Said) -> bool:
    case = replay(own, [opened(WIDER), *said])
    return may_hold_of(case, WIDER, peer, [one.statement_id for one in said])


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (HistoryOutcome.RECORDS, True),
        (HistoryOutcome.NONE, True),
        (HistoryOutcome.NOT_BEFORE, False),
        (HistoryOutcome.REFUSED, False),
    ],
)
def test_the_lead_holds_what_was_answered_and_of_a_refusal_nothing(
    outcome: HistoryOutcome, *, told: bool
) -> None:
    assert may("ES", "FR", ASKED, response(ASKED, outcome)) is told
    assert not may("ES", "PL", ASKED, response(ASKED, outcome)), "it was another party"


def test_the_lead_has_told_all_that_a_case_begins_with() -> None:
    assert may("FR", "ES", ASKED)


def test_a_third_party_holds_it_once_a_result_is_there_that_the_party_took_part_in() -> None:
    assert not may("FR", "PL", ASKED, ANSWER)
    assert may("FR", "PL", ASKED, ANSWER, reconciliation(ANSWER, claim=WIDER))
    without = reconciliation(ANSWER, claim=WIDER, missing=(ZUS,))
    assert not may("FR", "PL", ASKED, ANSWER, without)


def test_an_answer_that_waits_for_its_request_counts_and_so_does_what_cannot_be_read() -> None:
    assert may("ES", "FR", ANSWER)
    case = replay("ES", [opened(WIDER), ASKED])
    assert may_hold_of(case, WIDER, "FR", [ASKED.statement_id, bytes(32)])
