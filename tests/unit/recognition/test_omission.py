"""Which records an answer had to name: all that the institution that was asked had not replaced."""

from datetime import date

import pytest

from portability.consent.scope import Party
from portability.recognition.omission import Surfaced, left_out
from portability.recognition.statements import HistoryRequest, HistoryResponse
from tests.unit.recognition.story import CNAV, INSS, request, response

ASKED = request()
ANSWER = response(ASKED)
OLD, NEW = b"o" * 32, b"n" * 32
CARSAT = Party(jurisdiction="FR", institution="carsat")


def surfaced(record: bytes, place: int, issuer: Party, supersedes: bytes = b"") -> Surfaced:
    return Surfaced(
        record_id=record,
        issuer=issuer,
        log_origin="fr.example/log",
        leaf_index=place,
        kind="contribution-period",
        fields=("start_date", "end_date"),
        start=date(1990, 1, 1),
        end=date(1990, 12, 31),
        supersedes=supersedes,
    )


def lacking(*records: Surfaced) -> list[bytes]:
    assert isinstance(ASKED.statement, HistoryRequest)
    assert isinstance(ANSWER.statement, HistoryResponse)
    found = left_out(ANSWER.statement_id, ANSWER.statement, ASKED.statement, records, ())
    return [one.record_id for one, _ in found]


def test_a_record_that_its_issuer_had_replaced_is_rightly_left_out() -> None:
    assert lacking(surfaced(OLD, 1, CNAV), surfaced(NEW, 2, CNAV, OLD)) == [NEW]


@pytest.mark.parametrize("other", [CARSAT, INSS], ids=str)
def test_what_another_institution_says_that_it_replaces_excuses_nobody(other: Party) -> None:
    """One that shares the log, too: a node could have it sign whatever is to be hidden."""
    assert lacking(surfaced(OLD, 1, CNAV), surfaced(NEW, 2, other, OLD)) == [OLD]
