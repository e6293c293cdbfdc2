"""What a statement says in one line, as an officer and an auditor read it."""

from dataclasses import replace

from agents.auditor.contents import says
from portability.core.money import Money
from portability.recognition.statements import Determination, HistoryOutcome, HistoryResponse
from tests.unit.recognition.story import (
    CNAV,
    INSS,
    determination,
    reconciliation,
    request,
    response,
)


def test_an_answer_that_holds_more_than_it_shows_says_so() -> None:
    whole = response(request()).statement
    assert isinstance(whole, HistoryResponse)
    assert says(whole) == "FR/node answers with 1 record"
    assert says(replace(whole, held_back=True)) == (
        "FR/node answers with 1 record; it has more, which may not be shown as it is"
    )


def test_an_answer_that_comes_later_is_not_said_to_hold_nothing_of_before() -> None:
    later = response(request(), HistoryOutcome.NOT_BEFORE).statement
    assert says(later) == "FR/node answers that its history comes on 2026-06-01 or later"


def test_a_decision_tells_a_share_of_periods_only_where_it_rests_on_periods() -> None:
    decided = determination(reconciliation(response(request())), INSS).statement
    assert isinstance(decided, Determination)
    paid = f"pays {decided.payable} a month as {decided.paid_as}"
    assert says(decided) == f"{paid}: {decided.own} of {decided.total} {decided.unit}"
    assert says(replace(decided, own=0, total=0)) == paid


def test_a_provisional_decision_tells_its_bounds_and_what_is_missing() -> None:
    decided = determination(reconciliation(response(request())), INSS).statement
    assert isinstance(decided, Determination)
    low, high = (Money(minor=minor, currency="EUR") for minor in (0, 40_000))
    open_ = replace(
        decided, provisional=True, missing=(CNAV,), payable=low, lower_bound=low, upper_bound=high
    )
    assert says(open_) == (
        "pays nothing, provisionally between 0.00 EUR and 400.00 EUR, without all that FR/cnav has "
        f"to say: {decided.own} of {decided.total} {decided.unit}"
    )
