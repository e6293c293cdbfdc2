"""The JSON documents of a case that persons and institutions sign: nothing is overlooked."""

import json
from dataclasses import replace

import pytest

from portability.errors import InvalidInputError
from portability.recognition.claim_withdrawal import (
    MAX_DOCUMENT_BYTES as MAX_WITHDRAWAL_BYTES,
)
from portability.recognition.claim_withdrawal import (
    read_claim_withdrawal,
    write_claim_withdrawal,
)
from portability.recognition.objection_document import (
    MAX_DOCUMENT_BYTES as MAX_OBJECTION_BYTES,
)
from portability.recognition.objection_document import (
    read_objection_document,
    write_objection_document,
)
from portability.recognition.record_objection import (
    MAX_DOCUMENT_BYTES,
    MAX_TEXT,
    RecordGrounds,
    RecordObjection,
    read_record_objection,
    write_record_objection,
)
from portability.recognition.stated_facts import (
    MAX_FACTS_BYTES,
    FactsDocument,
    Source,
    StatedFacts,
    read_stated_facts,
    write_stated_facts,
)
from portability.recognition.statements import Grounds, Objection
from tests.unit.recognition.story import CASE_ID, CNAV, INSS, NOW, claim_withdrawal, header, story
from tests.unit.signed_documents import (
    Kind,
    check_every_part_is_checked,
    check_is_made_for_readers,
    check_reads_back,
    check_refuses_another_schema,
    check_refuses_missing_members,
    check_refuses_unknown_members,
)

KINDS = {
    "objection to a record": Kind(
        example=RecordObjection(
            id="01890a5d-ac96-774b-bcce-b302099a8057",
            nonce=bytes([1]) * 32,
            record=bytes([2]) * 32,
            issuer=CNAV,
            grounds=RecordGrounds.DATES,
            text="Empecé en mayo,\nno en junio.",
            home_node="ES",
            created_at=NOW,
        ),
        write=write_record_objection,
        read=read_record_objection,
        optional=frozenset({"text"}),
    ),
    "national facts": Kind(
        example=StatedFacts(
            nonce=bytes([1]) * 32,
            decision=bytes([2]) * 32,
            case_id=CASE_ID,
            institution=INSS,
            created=NOW,
            documents=(FactsDocument(source=Source.CLAIM, text='residence = "ES"\n'),),
        ),
        write=write_stated_facts,
        read=read_stated_facts,
    ),
    "objection to a decision": Kind(
        example=Objection(
            header=replace(header(INSS.node), predecessors=(bytes([7]) * 32,)),
            grounds=Grounds.AMOUNT.value,
            by_person=True,
        ),
        write=write_objection_document,
        read=read_objection_document,
    ),
    "withdrawal of a claim": Kind(
        example=claim_withdrawal().statement,
        write=write_claim_withdrawal,
        read=read_claim_withdrawal,
    ),
}
NAMED = [pytest.param(kind, id=name) for name, kind in KINDS.items()]
RECORD = KINDS["objection to a record"]


@pytest.mark.parametrize("kind", NAMED)
def test_a_document_reads_back_as_it_was_written(kind: Kind) -> None:
    check_reads_back(kind)
    check_is_made_for_readers(kind)


@pytest.mark.parametrize("kind", NAMED)
def test_a_member_that_is_not_known_is_refused_wherever_it_stands(kind: Kind) -> None:
    check_refuses_unknown_members(kind)


@pytest.mark.parametrize("kind", NAMED)
def test_no_member_may_be_missing_that_is_not_optional(kind: Kind) -> None:
    check_refuses_missing_members(kind)


@pytest.mark.parametrize("kind", NAMED)
def test_a_document_of_another_schema_is_refused(kind: Kind) -> None:
    check_refuses_another_schema(kind)


def test_every_part_of_a_document_is_checked_when_it_is_made() -> None:
    # the words are the person's own, and the country is the node's that writes the document
    check_every_part_is_checked(RECORD, but=frozenset({"text", "home_node"}))
    check_every_part_is_checked(KINDS["national facts"], but=frozenset({"case_id"}))


def test_the_issuer_of_a_record_is_an_institution_and_words_have_an_end() -> None:
    longest = replace(RECORD.example, text="x" * MAX_TEXT)
    assert read_record_objection(write_record_objection(longest)) == longest
    for changes, words in (
        ({"text": "x" * (MAX_TEXT + 1)}, "in fewer words"),
        ({"issuer": CNAV.node}, "issuer does not name an institution"),
    ):
        with pytest.raises(InvalidInputError, match=words):
            replace(RECORD.example, **changes)


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ("objection to a record", MAX_DOCUMENT_BYTES),
        ("national facts", MAX_FACTS_BYTES),
        ("objection to a decision", MAX_OBJECTION_BYTES),
        ("withdrawal of a claim", MAX_WITHDRAWAL_BYTES),
    ],
)
def test_a_document_may_have_just_so_many_bytes(kind: str, most: int) -> None:
    one = KINDS[kind]
    written = one.write(one.example)
    full = written + b" " * (most - len(written))
    assert one.read(full) == one.example
    with pytest.raises(InvalidInputError, match=str(most)):
        one.read(full + b" ")


@pytest.mark.parametrize("kind", ["national facts", "objection to a decision"])
@pytest.mark.parametrize("wrong", ["0A" * 16, "0a" * 15, "0a" * 17, "0g" * 16, "0" * 31 + "-"])
def test_a_case_is_named_by_32_hex_digits(kind: str, wrong: str) -> None:
    one = KINDS[kind]
    document = json.loads(one.write(one.example)) | {"case": wrong}
    with pytest.raises(InvalidInputError, match="case"):
        one.read(json.dumps(document).encode())
    digits = document | {"case": "0123456789abcdef" * 2}
    one.read(json.dumps(digits).encode())


def test_national_facts_are_those_of_an_institution() -> None:
    with pytest.raises(InvalidInputError, match="institution"):
        replace(KINDS["national facts"].example, institution=INSS.node)


def test_facts_are_behind_the_one_decision_that_they_name() -> None:
    decided = story().determinations[0].statement.header
    facts = replace(
        KINDS["national facts"].example,
        decision=decided.salt,
        case_id=decided.case_id,
        institution=decided.sender,
    )
    assert facts.is_behind(decided)
    for changes in ({"salt": bytes([9]) * 32}, {"case_id": "0d" * 16}, {"sender": CNAV}):
        assert not facts.is_behind(replace(decided, **changes))
