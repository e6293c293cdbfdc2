"""What a statement says in one line, as an officer and an auditor read it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

from agents.auditor.contents import _LINES, says
from agents.auditor.kinds import Content
from portability.core.money import Money
from portability.recognition.statements import (
    Determination,
    HistoryOutcome,
    HistoryResponse,
    Reconciliation,
)
from tests.unit.recognition.story import (
    CNAV,
    INSS,
    ZUS,
    determination,
    objection,
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


def kinds_in(content: object) -> Iterator[object]:
    for one in get_args(content):
        yield from kinds_in(one) if get_args(one) else (one,)


def test_every_kind_of_statement_says_something() -> None:
    """A complaint, its objection and two more were told by the name of their kind alone."""
    assert [one for one in kinds_in(Content) if one not in _LINES] == []


def test_a_result_says_whose_history_it_lacks() -> None:
    result = reconciliation(response(request())).statement
    assert isinstance(result, Reconciliation)
    whole = says(result)
    assert says(replace(result, missing=(ZUS,))) == (
        f"{whole}; without that of PL/zus, not given so far"
    )
    assert says(replace(result, held_back=(CNAV,), not_insured=(ZUS,))) == (
        f"{whole}; of that of FR/cnav a part is held back; PL/zus has none"
    )


def test_an_objection_says_to_which_decision() -> None:
    decided = determination(reconciliation(response(request())), INSS)
    said = says(objection(decided).statement)
    assert f"objects to the decision {decided.statement_id.hex()[:16]}, taken in by ES/inss" in said
