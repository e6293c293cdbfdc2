"""The objection as the person signs it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from portability.consent.scope import Party
from portability.errors import InvalidInputError
from portability.recognition.objection_document import (
    MAX_DOCUMENT_BYTES,
    read_objection_document,
    write_objection_document,
)
from portability.recognition.statements import Grounds, Header, Objection

OBJECTION = Objection(
    header=Header(
        salt=bytes(range(32)),
        case_id="0a" * 16,
        sender=Party(jurisdiction="ES"),
        created=datetime(2026, 3, 1, 9, 0, tzinfo=UTC),
        predecessors=(bytes([7]) * 32,),
    ),
    grounds=Grounds.MISSING_PERIODS.value,
    by_person=True,
)
Change = Callable[[dict[str, object]], object]

REFUSED: dict[str, tuple[Change, str]] = {
    "another schema": (lambda said: said.update(schema="objection/2"), "schema"),
    "short nonce": (lambda said: said.update(nonce="AAAA"), "nonce"),
    "case in capitals": (lambda said: said.update(case="0A" * 16), "case"),
    "longer case": (lambda said: said.update(case="0a" * 17), "case"),
    "no decision": (lambda said: said.pop("determination"), "determination"),
    "free text": (lambda said: said.update(grounds="I earned more"), "grounds"),
    "something more": (lambda said: said.update(phone="none"), "document"),
    "an institution in place of a node": (
        lambda said: said.update(home_node="ES/inss"),
        "home_node",
    ),
}


def test_what_is_written_is_read_back_and_shows_in_words_what_is_contested() -> None:
    document = write_objection_document(OBJECTION)
    assert read_objection_document(document) == OBJECTION
    said = json.loads(document)
    assert said["determination"] == "07" * 32
    assert said["grounds"] == "missing-periods"


@pytest.mark.parametrize("case", REFUSED)
def test_a_document_of_another_form_is_refused_by_the_name_of_the_member(case: str) -> None:
    change, field = REFUSED[case]
    said = json.loads(write_objection_document(OBJECTION))
    change(said)
    with pytest.raises(InvalidInputError) as refusal:
        read_objection_document(json.dumps(said).encode())
    assert refusal.value.context["field"] == field


def test_a_document_beyond_measure_is_not_even_parsed() -> None:
    with pytest.raises(InvalidInputError, match="allowed"):
        read_objection_document(b" " * (MAX_DOCUMENT_BYTES + 1))
