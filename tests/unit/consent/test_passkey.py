"""One assertion of a passkey over one document: what holds, and everything that does not."""

import hashlib
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.consent.cose import MAX_COSE_BYTES, check_cose_key, verify_cose_signature
from portability.consent.document import IdentityLevel, Method
from portability.consent.passkey import (
    MAX_ASSERTION_BYTES,
    Assertion,
    read_assertion,
    write_assertion,
)
from portability.consent.payload_types import CONSENT_TYPE, WITHDRAWAL_TYPE
from portability.consent.scope import Party
from portability.consent.signature import verify_person
from portability.consent.statements import SubjectKey
from portability.errors import InvalidInputError, SignatureError
from portability.ledger.encoding import encode_base64url
from portability.ledger.envelope import Signature, statement_id
from portability.ledger.keys import Ed25519Signer
from portability.v1 import envelope_pb2
from tests.vectors.passkeys import ORIGIN, RP_ID, EdDsa, Es256, Holder, Passkey, Rs256, cbor

DOCUMENT = '{"name":"Zoë"}'.encode()
TYPES = {CONSENT_TYPE}
ED = EdDsa("rosa")


def record(holder: Holder = ED, **changes: object) -> SubjectKey:
    key = SubjectKey(
        salt=bytes(32),
        subject_commitment=bytes(32),
        method=Method.PASSKEY,
        cose_key=holder.cose,
        relying_party_id=RP_ID,
        origins=(ORIGIN,),
        identity_level=IdentityLevel.HIGH,
        enrolled_by=Party(jurisdiction="ES", institution="inss"),
        valid_from=datetime(2025, 1, 1, tzinfo=UTC),
    )
    return replace(key, **changes)


def verify(passkey: Passkey, key: SubjectKey | None = None) -> None:
    verify_person(passkey.sign(CONSENT_TYPE, DOCUMENT), TYPES, key or record())


@pytest.mark.parametrize("holder", [ED, Es256(), Rs256()])
def test_each_kind_of_passkey_verifies_its_own_signature_and_no_other(holder: Holder) -> None:
    key = record(holder)
    envelope = Passkey(holder=holder).sign(CONSENT_TYPE, DOCUMENT)
    verified = verify_person(envelope, TYPES, key)
    assert (verified.payload, verified.key_ids) == (DOCUMENT, (key.key_id,))
    assert key.key_id == hashlib.sha256(holder.cose).digest()
    with pytest.raises(SignatureError):
        verify_person(replace(envelope, payload=DOCUMENT + b" "), TYPES, key)
    with pytest.raises(SignatureError, match="does not verify"):
        verify(Passkey(holder=EdDsa("somebody else")), record(EdDsa("rosa")))


def test_the_challenge_is_the_one_of_the_published_vector() -> None:
    kind = "application/vnd.portability.consent.v1+json"
    challenge = encode_base64url(statement_id(kind, DOCUMENT))
    assert challenge == "7iW0boFO3fB3DxqfpEZI8UGmdbwcaNmSP_4GmnJQ9B4"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client": {"type": "webauthn.create"}}, "in answer to a request"),
        ({"client": {"origin": "https://portal.example.evil"}}, "another origin"),
        ({"client": {"origin": "https://portal.example/"}}, "another origin"),
        ({"client": {"crossOrigin": True}}, "inside of another site"),
        ({"client": {"crossOrigin": "false"}}, "inside of another site"),
        ({"client": {"crossOrigin": None}}, "inside of another site"),
        ({"client": {"topOrigin": ORIGIN}}, "inside of another site"),
        ({"without": ("challenge",)}, "another document"),
        ({"client": {"challenge": "7iW0boFO3fB3DxqfpEZI8UGmdbwcaNmSP_4GmnJQ9B4="}}, "another doc"),
        ({"rp_id": "example"}, "another relying party"),
        ({"flags": 1}, "without verifying"),
        ({"flags": 4}, "without verifying"),
        ({"flags": 5 | 16}, "contradicts itself"),
        ({"flags": 5 | 64}, "not those of an assertion"),
        ({"extra": b"\xa0"}, "not those of an assertion"),
        ({"flags": 5 | 128}, "not those of an assertion"),
    ],
)
def test_what_browser_and_authenticator_say_must_fit(
    changes: dict[str, object], words: str
) -> None:
    with pytest.raises(SignatureError, match=words):
        verify(Passkey(holder=ED, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"counter": 0},
        {"counter": 2**32 - 1},
        {"without": ("crossOrigin",)},
        {"client": {"other_keys_can_be_added_here": "do not compare", "n": 1.5}},
        {"flags": 5 | 8},
        {"flags": 5 | 8 | 16},
        {"flags": 5 | 128, "extra": b"\xa1\x61a\x01"},
    ],
)
def test_what_says_nothing_against_it_is_let_pass(changes: dict[str, object]) -> None:
    verify(Passkey(holder=ED, **changes))  # type: ignore[arg-type]


def test_an_assertion_for_a_withdrawal_is_no_consent() -> None:
    signed = Passkey(holder=ED).sign(WITHDRAWAL_TYPE, DOCUMENT)
    verify_person(signed, {WITHDRAWAL_TYPE}, record())
    with pytest.raises(SignatureError, match="another kind of act"):
        verify_person(replace(signed, payload_type=CONSENT_TYPE), TYPES, record())
    with pytest.raises(InvalidInputError, match="not one that is expected"):
        verify_person(signed, TYPES, record())


def test_nobody_signs_beside_the_person_and_nobody_signs_nothing() -> None:
    envelope = Passkey(holder=ED).sign(CONSENT_TYPE, DOCUMENT)
    for signatures in ((), envelope.signatures * 2, (Signature(sig=bytes(64)),)):
        with pytest.raises(SignatureError):
            verify_person(replace(envelope, signatures=signatures), TYPES, record())


@pytest.mark.parametrize(
    ("cose", "words"),
    [
        (b"", "is cut"),
        (cbor({1: 1, 3: -8, -1: 6}), "lacks one of its parts"),
        (cbor({1: 1, 3: -8, -1: 4, -2: bytes(32)}), "no kind that persons may enrol"),
        (cbor({1: 1, 3: -7, -1: 6, -2: bytes(32)}), "no kind that persons may enrol"),
        (cbor({1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)}), "not a point"),
        (cbor({1: 2, 3: -7, -1: 1, -2: bytes(31), -3: bytes(32)}), "not 32 bytes"),
        (cbor({1: 3, 3: -257, -1: b"\xff" * 128, -2: b"\x03"}), "fewer than 2048 bits"),
        (cbor({1: 3, 3: -257, -1: b"\xff" * 256, -2: b"\x02"}), "no RSA key"),
        (ED.cose + b"\x00", "bytes behind its end"),
        (b"\xa2\x01\x01\x01\x01", "or one twice"),
        (b"\xa1\x61a\x01", "something else than integers"),
        (b"\xb8\x01\x01\x01", "shortest form"),
        (b"\xbf\x01\x01\xff", "shortest form"),
        (b"\x80", "is no map"),
        (cbor({1: 1}) + bytes(MAX_COSE_BYTES), "too long"),
        (cbor({1: 1}) + bytes(MAX_COSE_BYTES - 3), "bytes behind its end"),
        (cbor({1: 1, 3: -7, -1: 1, -2: bytes(32)}), "no kind that persons may enrol"),
        (cbor({1: 2, 3: -7, -1: 6, -2: bytes(32), -3: bytes(32)}), "no kind that persons may"),
        (cbor({1: 2, 3: -8, -1: 1, -2: bytes(32), -3: bytes(32)}), "no kind that persons may"),
        (b"\xa1\x01\x42\x00", "something else than integers"),
        (b"\xa1\x01\x18", "shortest form"),
        (b"\xa1\x01\x19\x01", "shortest form"),
        (b"\xa1\x01\x18\x17", "shortest form"),
        (b"\xa1\x01\x19\x00\xff", "shortest form"),
        (b"\xa1\x01\x1a\x00\x01\x00\x00", "shortest form"),
        (b"\xa1\x01\x1a\x18", "shortest form"),
    ],
)
def test_a_key_that_is_none_is_not_enrolled_and_verifies_nothing(cose: bytes, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        verify_cose_signature(cose, b"message", bytes(64))
    with pytest.raises(InvalidInputError, match=words):
        check_cose_key(cose)


def test_numbers_are_read_in_each_of_their_lengths() -> None:
    ok = cbor({1: 1, 3: -8, -1: 6, -2: Ed25519Signer(bytes(32)).public})
    for value in (23, 24, 255, 256, 65535, -24, -25, -256, -257):
        check_cose_key(b"\xa5" + ok[1:] + cbor(5) + cbor(value))


def test_a_key_is_enrolled_only_if_it_is_a_point_and_no_weak_one() -> None:
    for holder in (ED, Es256(), Rs256()):
        check_cose_key(holder.cose)
    weak = bytes([1]) + bytes(31)
    with pytest.raises(InvalidInputError):
        check_cose_key(cbor({1: 1, 3: -8, -1: 6, -2: weak}))
    with pytest.raises(InvalidInputError, match="fewer than 2048 bits"):
        check_cose_key(cbor({1: 3, 3: -257, -1: b"\x7f" + b"\xff" * 255, -2: b"\x03"}))


PARTS = {1: b"\x0a", 2: b"\x12", 3: b"\x1a", 4: b"\x22"}


def assertion_of(*numbers: int) -> bytes:
    return b"".join(PARTS[number] + b"\x01x" for number in numbers)


def test_an_assertion_has_its_four_parts_once_and_in_any_order() -> None:
    assert read_assertion(assertion_of(4, 2, 1, 3)) == read_assertion(assertion_of(1, 2, 3, 4))
    for numbers in ((1, 2, 3), (1, 2, 3, 4, 4), (1, 1, 2, 3, 4)):
        with pytest.raises(InvalidInputError):
            read_assertion(assertion_of(*numbers))
    whole = assertion_of(1, 2, 3)
    for wrong in (
        whole + b"\x22\x02x",  # cut
        whole + b"\x22\x01xx",  # something behind it
        whole + b"\x20\x01",  # a number instead of bytes
        whole + b"\x22\x01x\x2a\x01x",  # a fifth part
        whole + b"\x22",
        whole + b"\x22\x80\x80\x80\x01",  # a length of four bytes
    ):
        with pytest.raises(InvalidInputError):
            read_assertion(wrong)


def test_a_length_may_be_longer_than_it_need_be_as_protobuf_reads_it() -> None:
    whole = assertion_of(1, 2, 3)
    for said in (b"\x81\x00", b"\x81\x80\x00"):
        taken = read_assertion(whole + b"\x22" + said + b"x")
        judge = envelope_pb2.WebAuthnAssertion.FromString(whole + b"\x22" + said + b"x")
        assert taken.signature == judge.signature == b"x"
    with pytest.raises(InvalidInputError):
        read_assertion(whole + b"\x22\x81\x80\x80\x00x")


@pytest.mark.parametrize("length", [0, 1, 127, 128, 129, 255, 256, 8191, 16_000])
def test_an_assertion_is_written_as_protobuf_writes_it(length: int) -> None:
    part = b"d" * length
    made = Assertion(credential_id=b"c", authenticator_data=part, client_data=b"j", signature=b"s")
    judge = envelope_pb2.WebAuthnAssertion(
        credential_id=b"c", authenticator_data=part, client_data_json=b"j", signature=b"s"
    )
    assert envelope_pb2.WebAuthnAssertion.FromString(write_assertion(made)) == judge
    assert length == 0 or write_assertion(made) == judge.SerializeToString()
    assert read_assertion(write_assertion(made)) == made


def test_an_assertion_is_read_up_to_its_greatest_length() -> None:
    fits = b"x" * (MAX_ASSERTION_BYTES - 9)  # four tags, four lengths, one of them of two bytes
    made = Assertion(credential_id=b"", authenticator_data=fits, client_data=b"", signature=b"")
    assert len(write_assertion(made)) == MAX_ASSERTION_BYTES
    assert read_assertion(write_assertion(made)) == made
    with pytest.raises(InvalidInputError):
        read_assertion(write_assertion(replace(made, authenticator_data=fits + b"x")))


def test_the_counter_is_the_last_four_bytes_of_the_header() -> None:
    made = read_assertion(Passkey(holder=ED, counter=0x01020304).assertion(CONSENT_TYPE, DOCUMENT))
    assert made.sign_count == 0x01020304


def test_a_passkey_of_small_order_verifies_no_forgery() -> None:
    forged = bytes([1]) + bytes(31)
    cose = cbor({1: 1, 3: -8, -1: 6, -2: forged})
    with pytest.raises(SignatureError):
        verify_cose_signature(cose, b"anything", forged + bytes(32))


@given(st.binary(max_size=300))
def test_whatever_bytes_come_only_our_own_errors_come_out(data: bytes) -> None:
    with suppress(InvalidInputError):
        read_assertion(data)
    with pytest.raises((InvalidInputError, SignatureError)):
        verify_cose_signature(data, b"", b"")


@given(data=st.data())
def test_an_assertion_with_one_byte_changed_does_not_verify(data: st.DataObject) -> None:
    envelope = Passkey(holder=ED).sign(CONSENT_TYPE, DOCUMENT)
    (signature,) = envelope.signatures
    credential = 2 + 16  # the credential's name is a hint: the key record says which key it is
    place = data.draw(st.integers(credential, len(signature.sig) - 1))
    changed = bytearray(signature.sig)
    changed[place] ^= data.draw(st.integers(1, 255))
    spoilt = replace(envelope, signatures=(replace(signature, sig=bytes(changed)),))
    with pytest.raises(SignatureError):
        verify_person(spoilt, TYPES, record())
