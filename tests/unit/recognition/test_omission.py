"""Which records an answer had to name: all that the institution that was asked had not replaced."""

from dataclasses import replace
from datetime import date

import pytest

from portability.consent.scope import Party
from portability.recognition.omission import Surfaced, left_out
from portability.recognition.statements import (
    Correction,
    CorrectionReason,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
)
from tests.unit.recognition.story import CNAV, INSS, header, request, response

REQUEST = request()
ASKED = REQUEST.statement
ANSWER = response(REQUEST).statement
OLD, NEW = b"o" * 32, b"n" * 32
CARSAT = Party(jurisdiction="FR", institution="carsat")
RECORD = Surfaced(
    record_id=OLD,
    issuer=CNAV,
    log_origin="fr.example/log",
    leaf_index=1,
    kind="contribution-period",
    fields=("start_date", "end_date"),
    start=date(1990, 1, 1),
    end=date(1990, 12, 31),
)
REPLACING = replace(RECORD, record_id=NEW, leaf_index=2, supersedes=OLD)


def lacking(
    *records: Surfaced, answer: object = ANSWER, corrections: tuple[Correction, ...] = ()
) -> list[bytes]:
    assert isinstance(ASKED, HistoryRequest)
    assert isinstance(answer, HistoryResponse)
    found = left_out(b"a" * 32, answer, ASKED, records, corrections)
    return [one.record_id for one, _ in found]


def corrected(sender: Party) -> Correction:
    return Correction(
        header=header(sender), replaced=(OLD,), added=(), reason=CorrectionReason.INVALIDATED
    )


def test_a_record_that_its_issuer_had_replaced_is_rightly_left_out() -> None:
    assert lacking(RECORD) == [OLD]
    assert lacking(RECORD, REPLACING) == [NEW]
    assert lacking(RECORD, corrections=(corrected(CNAV),)) == []


@pytest.mark.parametrize("other", [CARSAT, INSS], ids=str)
def test_what_another_institution_says_that_it_replaces_excuses_nobody(other: Party) -> None:
    """One that shares the log, too: a node could have it sign whatever is to be hidden."""
    assert lacking(RECORD, replace(REPLACING, issuer=other)) == [OLD]
    assert lacking(RECORD, corrections=(corrected(other),)) == [OLD]


def test_what_was_replaced_only_later_or_in_another_log_had_to_be_named() -> None:
    assert lacking(RECORD, replace(REPLACING, leaf_index=7)) == [OLD]
    assert lacking(RECORD, replace(REPLACING, log_origin="fr.example/2")) == [OLD]


def test_of_a_record_in_part_whatever_was_asked_for_would_have_been_shown() -> None:
    some = replace(RECORD, in_part=True, fields=("start_date", "scheme"))
    assert lacking(some) == [OLD]
    assert lacking(replace(some, fields=("scheme",))) == []
    assert lacking(replace(some, in_part=False)) == [], "it states more than was asked for"


@pytest.mark.parametrize(
    "other",
    [
        replace(RECORD, log_origin="fr.example/2"),
        replace(RECORD, leaf_index=7),
        replace(RECORD, issuer=CARSAT),
        replace(RECORD, kind="life-certificate"),
    ],
    ids=["in another log", "of later", "of another institution", "of a kind not asked for"],
)
def test_nobody_is_accused_for_a_record(other: Surfaced) -> None:
    assert lacking(other) == []


@pytest.mark.parametrize("outcome", [HistoryOutcome.REFUSED, HistoryOutcome.NOT_BEFORE])
def test_an_answer_that_gives_no_history_leaves_nothing_out(outcome: HistoryOutcome) -> None:
    assert lacking(RECORD, answer=response(REQUEST, outcome).statement) == []
