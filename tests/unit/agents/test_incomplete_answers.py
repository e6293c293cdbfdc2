"""What an officer reads of an answer that was not complete."""

from dataclasses import replace
from datetime import UTC, datetime

from agents.agency.omissions import IncompleteAnswer
from tests.unit.recognition.story import CNAV

FOUND = IncompleteAnswer(
    institution=CNAV,
    id=bytes([1]) * 32,
    log_origin="fr.example/log",
    tree_size=99,
    records=tuple((index, bytes([index]) * 32) for index in (11, 12, 13, 14)),
    is_proven=True,
    since=datetime(2026, 3, 2, 9, tzinfo=UTC),
)


def test_some_records_are_named_and_the_others_counted() -> None:
    assert "left out entry 11 (0b0b0b0b0b0b0b0b), entry 12" in FOUND.words
    assert "entry 13 (0d0d0d0d0d0d0d0d) and 1 more;" in FOUND.words
    assert "more" not in replace(FOUND, records=FOUND.records[:3]).words


def test_a_proof_is_promised_only_while_there_is_one() -> None:
    assert FOUND.words.endswith("both are signed. Ask FR/cnav why; `export` writes the proof")
    erased = replace(FOUND, is_proven=False).words
    assert "its content was erased since, and this node alone says what it was" in erased
    assert erased.endswith("Ask FR/cnav why")
