"""What a person signed counts by the record of their key, and by nobody's word alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portability.consent.document import IdentityLevel, Method
from portability.consent.payload_types import SUBJECT_KEY_TYPE
from portability.consent.statements import SubjectKey
from portability.errors import ProofError, SignatureError
from portability.ledger.envelope import sign_envelope, statement_id
from portability.recognition.claim_withdrawal import (
    CLAIM_WITHDRAWAL_TYPE,
    claim_withdrawal,
    ends,
    write_claim_withdrawal,
)
from portability.wire.person_signed import is_by_person, verify_by_person
from portability.wire.proven import Proven
from portability.wire.record import subject_commitment
from portability.wire.subject_key import subject_key_to_payload
from tests.unit.agents.rosa_case import (
    CASE_ID,
    CNAV,
    ES,
    INSS,
    KEYS,
    NOW,
    ROSA,
    RosasCase,
    claim,
    make_directory,
)

DIRECTORY = make_directory()


def proven(case: RosasCase, i: bytes) -> Proven:
    """As a node would show it, with the proof that its log holds it."""
    placed = case.placed[i]
    proof = placed.log.proof(placed.index)
    return Proven(
        envelope=placed.envelope,
        log_entry=placed.log.leaves[placed.index],
        leaf_index=placed.index,
        proof=proof.proof,
        checkpoint=proof.checkpoint,
    )


def shown(
    *,
    by: str = "rosa",
    logged_as: str = "",
    key: str = "rosa",
    of: str = ROSA["ES"],
    recorded_by: str = "ES node",
) -> tuple[Proven, Proven]:
    """The end of a claim that ``by`` signed, and the record of a key that a node has signed."""
    case = RosasCase()
    salt = case.salt()
    record = SubjectKey(
        salt=salt,
        subject_commitment=subject_commitment(salt, of),
        method=Method.SOFTWARE_KEY,
        public_key=KEYS[key].public,
        identity_level=IdentityLevel.SUBSTANTIAL,
        enrolled_by=INSS,
        valid_from=NOW - timedelta(days=1),
    )
    enrolled = case.log(
        SUBJECT_KEY_TYPE,
        subject_key_to_payload(record),
        recorded_by,
        "FR" if recorded_by == "FR node" else "ES",
    )
    document = write_claim_withdrawal(claim_withdrawal(case.header(ES), claim()))
    signed = case.log(CLAIM_WITHDRAWAL_TYPE, document, logged_as or by, "ES")
    placed = case.placed[signed]
    placed.envelope = sign_envelope(CLAIM_WITHDRAWAL_TYPE, document, KEYS[by])
    assert statement_id(CLAIM_WITHDRAWAL_TYPE, document) == signed
    return proven(case, signed), proven(case, enrolled)


def verify(statement: Proven, *records: Proven, person: str = ROSA["ES"]) -> SubjectKey:
    return verify_by_person(
        statement, records, DIRECTORY, log_jurisdiction="ES", home="ES", person=person
    )


def test_it_holds_by_the_record_of_the_key_that_signed_whichever_other_came_with_it() -> None:
    statement, record = shown()
    _, other = shown(key="stranger")
    nothing_of_keys = statement
    found = verify(statement, nothing_of_keys, other, record)
    assert found.public_key == KEYS["rosa"].public
    assert verify(statement, record, person="") == found, "of a name elsewhere nothing is known"


@pytest.mark.parametrize(
    ("lie", "cause"),
    [
        (shown(by="stranger"), "no record of the key that signed the claim-withdrawal is here"),
        (shown(by="stranger", logged_as="rosa"), "signed by 0 of"),
        (shown(by="rosa", logged_as="stranger", key="stranger"), "signed by 0 of"),
        (shown(of=f"persons/{'c' * 32}"), "is of another person"),
        (shown(recorded_by="cnav"), "signed by 0 of"),
        (shown(recorded_by="FR node"), "signed by none of the keys that are trusted"),
        (shown(recorded_by="inss"), "signed by 0 of"),
    ],
    ids=[
        "a stranger's signature",
        "a stranger's, logged as hers",
        "hers, logged as a stranger's",
        "somebody else's key",
        "a key that an institution abroad vouches for",
        "a key that a node abroad vouches for",
        "a key that an institution vouches for",
    ],
)
def test_whatever_else_a_node_shows_is_not_hers(lie: tuple[Proven, Proven], cause: str) -> None:
    statement, record = lie
    with pytest.raises((SignatureError, ProofError), match=cause):
        verify(statement, record)
    assert not is_by_person(
        statement, [record], DIRECTORY, log_jurisdiction="ES", home="ES", person=ROSA["ES"]
    )


def test_without_a_record_of_the_key_nothing_shows_it() -> None:
    statement, record = shown()
    with pytest.raises(SignatureError, match="no record of the key"):
        verify(statement)
    unreadable = replace(record.envelope, payload=b"\xff")
    with pytest.raises(SignatureError, match="no record of the key"):
        verify(statement, replace(record, envelope=unreadable))


def test_a_document_ends_the_claim_that_it_names_before_all_of_its_parties() -> None:
    signed = claim_withdrawal(RosasCase().header(ES), claim())
    date, parties = claim().claim_date, claim().parties
    assert ends(signed, CASE_ID, date, parties)
    assert not ends(signed, "0" * 32, date, parties)
    assert not ends(signed, CASE_ID, date - timedelta(days=1), parties)
    assert not ends(signed, CASE_ID, date, (INSS,))
    assert not ends(signed, CASE_ID, date, (CNAV, INSS))
