"""What a party finds before it countersigns."""

import json
from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest

from portability.agreements import pack_source
from portability.core.pack_parser import parse_pack
from portability.core.periods import Duration, Period, PeriodType
from portability.core.reconciliation import reconcile
from portability.recognition.case import Case
from portability.recognition.examination import (
    difference_before_computing,
    difference_of_results,
    unnamed_inputs,
)
from portability.recognition.machine import replay
from portability.recognition.statements import HistoryResponse, Reconciliation
from tests.unit.recognition.story import (
    CLAIM,
    opened,
    reconciliation,
    request,
    response,
)

PACK = parse_pack(pack_source("eu-883-2004"), "eu-883-2004")
ASKED = request()
ANSWER = response(ASKED)
assert isinstance(ANSWER.statement, HistoryResponse)
RECORD = ANSWER.statement.records[0]


def period(jurisdiction: str, year: int) -> Period:
    return Period(
        id=RECORD.hex(),
        jurisdiction=jurisdiction,
        type=PeriodType.COMPULSORY_EMPLOYED,
        start=date(year, 1, 1),
        end=date(year, 12, 31),
        declared=Duration(months=12),
    )


MINE = reconcile([period("FR", 1990)], PACK, "old-age", CLAIM.award_date)


def case(own: str) -> Case:
    return replay(own, [opened(), ASKED, ANSWER])


def theirs(**changes: object) -> Reconciliation:
    base = reconciliation(ANSWER).statement
    assert isinstance(base, Reconciliation)
    full = replace(
        base,
        inputs=(RECORD,),
        result=MINE.signed_text.encode(),
        digest=bytes.fromhex(MINE.digest),
    )
    return replace(full, **changes)


def with_result(document: object) -> Reconciliation:
    result = json.dumps(document).encode()
    return theirs(result=result, digest=sha256(result).digest())


def test_the_same_result_of_the_same_inputs_differs_in_nothing() -> None:
    assert difference_before_computing(case("FR"), CLAIM, theirs(), {RECORD}) is None
    assert difference_of_results(MINE, theirs()) is None


def test_a_record_that_we_sent_and_that_is_left_out_is_named() -> None:
    found = difference_before_computing(case("FR"), CLAIM, theirs(inputs=()), {RECORD})
    assert found == f"record {RECORD.hex()} is an input only here"
    assert unnamed_inputs(case("ES"), theirs(inputs=())) == ()


def test_a_record_that_we_do_not_hold_is_named() -> None:
    found = difference_before_computing(case("FR"), CLAIM, theirs(), set())
    assert found == f"record {RECORD.hex()} is an input only there"


def test_another_day_is_named() -> None:
    other = theirs(as_of=date(2025, 1, 1))
    found = difference_before_computing(case("FR"), CLAIM, other, {RECORD})
    assert found == "as of: 2026-02-01 here, 2025-01-01 there"


def test_a_result_that_its_digest_is_not_of_is_noticed() -> None:
    assert difference_of_results(MINE, theirs(digest=bytes(32))) == (
        "the result is not the one that its digest is of"
    )


@pytest.mark.parametrize("result", [b"no JSON", b"[]", b"[" * 100_000])
def test_a_result_of_another_form_is_named_as_such(result: bytes) -> None:
    other = theirs(result=result, digest=sha256(result).digest())
    assert difference_of_results(MINE, other) == "the result is not a document of this format"


def test_the_first_value_that_differs_is_named_without_its_value() -> None:
    document = json.loads(MINE.signed_text)
    other = with_result(document | {"agreement_version": "1900-1", "branch": "family"})
    assert difference_of_results(MINE, other) == "the results differ at agreement_version"


def test_a_total_that_differs_is_named_by_its_path() -> None:
    document = json.loads(MINE.signed_text)
    document["totals"]["FR"]["amount"] += 1
    assert difference_of_results(MINE, with_result(document)) == (
        "the results differ at totals.FR.amount"
    )


def test_a_part_that_is_missing_there_is_named() -> None:
    document = json.loads(MINE.signed_text)
    del document["totals"]
    assert difference_of_results(MINE, with_result(document)) == "the results differ at totals"


def test_a_difference_within_a_list_is_named_by_its_place() -> None:
    mine = replace(MINE, signed_text='{"format":1,"agreement":"a","list":[1,[2,3]]}', digest="00")
    other = with_result({"format": 1, "agreement": "a", "list": [1, [2, 4]]})
    assert difference_of_results(mine, other) == "the results differ at list[1][1]"
    shorter = with_result({"format": 1, "agreement": "a", "list": [1]})
    assert difference_of_results(mine, shorter) == "the results differ at list"


def test_a_result_with_more_in_it_differs_in_its_form() -> None:
    document = json.loads(MINE.signed_text)
    assert difference_of_results(MINE, with_result(document | {"more": 1})) == (
        "the results differ at its form"
    )
