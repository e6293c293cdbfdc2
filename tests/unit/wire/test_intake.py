"""Every way in which a submitted record may be refused, each told apart for the officer."""

from dataclasses import replace

import pytest

from portability.errors import InvalidInputError, SignatureError
from portability.ledger.envelope import Envelope, payload_type, sign_envelope
from portability.ledger.keys import Ed25519Signer
from portability.v1 import records_service_pb2 as pb
from portability.wire.envelope import envelope_from_bytes, envelope_to_bytes, envelope_to_pb
from portability.wire.intake import Accepted, Issuer, Refused, check_submissions, refusal_error
from portability.wire.log_entry import (
    LogEntry,
    log_entry_from_bytes,
    log_entry_to_bytes,
    log_entry_writer,
)
from portability.wire.record import MAX_PAYLOAD_BYTES, RECORD_TYPE, record_to_payload
from tests.unit.wire.test_record import PERSON, RECORD

KEY = Ed25519Signer(bytes([1]) * 32)
OLD_KEY = Ed25519Signer(bytes([2]) * 32)
STRANGER = Ed25519Signer(bytes([3]) * 32)
ISSUER = Issuer(
    jurisdiction="FR",
    institution="cnav",
    keys={KEY.key_id: KEY.public},
    known=frozenset({KEY.key_id, OLD_KEY.key_id}),
)
SIGNED = sign_envelope(RECORD_TYPE, record_to_payload(RECORD), KEY)


def _check(envelope: Envelope, person: str = PERSON) -> Accepted | Refused:
    submission = pb.RecordSubmission(person=person, envelope=envelope_to_pb(envelope))
    return check_submissions([submission.SerializeToString()], ISSUER)[0]


def _refusal(envelope: Envelope, person: str = PERSON) -> Refused:
    verdict = _check(envelope, person)
    assert isinstance(verdict, Refused)
    return verdict


def test_a_record_signed_by_its_institution_is_accepted() -> None:
    verdict = _check(SIGNED)
    assert isinstance(verdict, Accepted)
    assert verdict.key_id == KEY.key_id


def test_one_changed_bit_of_the_payload_is_a_wrong_signature() -> None:
    payload = bytearray(SIGNED.payload)
    payload[40] ^= 1
    refusal = _refusal(replace(SIGNED, payload=bytes(payload)))
    assert refusal.is_signature
    assert "does not fit the record" in refusal.message


def test_an_expired_key_is_told_from_a_strangers() -> None:
    expired = _refusal(sign_envelope(RECORD_TYPE, SIGNED.payload, OLD_KEY))
    stranger = _refusal(sign_envelope(RECORD_TYPE, SIGNED.payload, STRANGER))
    assert "expired or not yet valid" in expired.message
    assert "does not list" in stranger.message


def test_another_payload_type_is_refused() -> None:
    wrong_type = payload_type("determination", "protobuf")
    assert _refusal(sign_envelope(wrong_type, SIGNED.payload, KEY)).field == "payload_type"


def test_a_record_of_another_institution_is_refused() -> None:
    payload = record_to_payload(
        replace(
            RECORD,
            institution="carsat",
            content=replace(RECORD.period, institution="carsat"),
        )
    )
    assert _refusal(sign_envelope(RECORD_TYPE, payload, KEY)).field == "institution"


def test_a_record_bound_to_another_person_is_refused() -> None:
    assert _refusal(SIGNED, "persons/" + "cd" * 16).field == "subject_commitment"


def test_a_payload_over_the_limit_is_refused_before_its_signature_is_checked() -> None:
    refusal = _refusal(sign_envelope(RECORD_TYPE, bytes(MAX_PAYLOAD_BYTES + 1), KEY))
    assert str(MAX_PAYLOAD_BYTES) in refusal.message


def test_each_refusal_becomes_the_error_of_its_kind() -> None:
    assert isinstance(
        refusal_error(_refusal(sign_envelope(RECORD_TYPE, SIGNED.payload, STRANGER))),
        SignatureError,
    )
    assert isinstance(refusal_error(_refusal(SIGNED, "persons/none")), InvalidInputError)


def test_an_envelope_reads_back_from_the_form_that_the_store_keeps() -> None:
    assert envelope_from_bytes(envelope_to_bytes(SIGNED)) == SIGNED


def test_bytes_that_are_no_envelope_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="not a protobuf Envelope"):
        envelope_from_bytes(b"\xff")


def test_many_log_entries_written_in_one_go_are_those_written_one_by_one() -> None:
    write = log_entry_writer("entitlement", KEY.key_id, 493_000)
    for statement in (bytes(32), bytes(31) + b"\x01", bytes(range(32)), b"\xff" * 32):
        entry = LogEntry(
            kind="entitlement", statement_id=statement, key_id=KEY.key_id, accepted_hour=493_000
        )
        assert write(statement) == log_entry_to_bytes(entry)
        assert log_entry_from_bytes(write(statement)) == entry
