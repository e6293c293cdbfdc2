"""
Registrations of passkeys, and the `webauthn` library as a judge of ours: what we take, it takes.

The other way round it does not hold: the checks that the library leaves out are ours.
"""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.cose import COSEAlgorithmIdentifier

from portability.consent.cbor import MAX_DEPTH, read_cbor
from portability.consent.document import IdentityLevel, Method
from portability.consent.passkey import (
    Assertion,
    read_assertion,
    verify_assertion,
    write_assertion,
)
from portability.consent.registration import (
    ALGORITHMS,
    MAX_ATTESTATION_BYTES,
    MAX_CLIENT_BYTES,
    MAX_TRANSPORTS,
    NewPasskey,
    PasskeyRegistration,
    Registration,
    challenge_of,
    verify_new_passkey,
    verify_registration,
)
from portability.consent.scope import Party
from portability.consent.statements import MAX_CREDENTIAL_BYTES, SubjectKey
from portability.errors import InvalidInputError, SignatureError
from portability.v1 import keys_service_pb2
from tests.vectors.authenticator import Authenticator, text
from tests.vectors.passkeys import EdDsa, Es256, Holder, Rs256, cbor, head

CHALLENGE = bytes(range(32))
PARTY, ORIGIN = "localhost", "http://localhost:8080"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOLDERS: list[Holder] = [EdDsa("rosa"), Es256(), Rs256()]


def registered(device: Authenticator) -> Registration:
    made = device.register(
        keys_service_pb2.CreatePasskeyOptionsResponse(challenge=CHALLENGE, user_handle=bytes(32))
    )
    return Registration(
        client_data=made.client_data_json, attestation_object=made.attestation_object
    )


def key_of(device: Authenticator) -> SubjectKey:
    new = verify_new_passkey(
        registered(device), CHALLENGE, relying_party_id=PARTY, origins=(ORIGIN,)
    )
    return SubjectKey(
        salt=bytes(32),
        subject_commitment=bytes(32),
        method=Method.PASSKEY,
        cose_key=new.cose_key,
        relying_party_id=PARTY,
        origins=(ORIGIN,),
        identity_level=IdentityLevel.HIGH,
        enrolled_by=Party(jurisdiction="ES"),
        valid_from=NOW,
        credential_id=new.credential_id,
        aaguid=new.aaguid,
        backup_eligible=new.backup_eligible,
        backed_up=new.backed_up,
        registration=bytes(32),
    )


def asserted(device: Authenticator) -> Assertion:
    said = device.answer(CHALLENGE)
    return Assertion(
        credential_id=said.credential_id,
        authenticator_data=said.authenticator_data,
        client_data=said.client_data_json,
        signature=said.signature,
    )


def judge_registration(device: Authenticator, made: Registration) -> bytes:
    """The key that the library reads out of a registration that it takes."""
    name = bytes_to_base64url(device.credential_id)
    return verify_registration_response(
        credential={
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": {
                "clientDataJSON": bytes_to_base64url(made.client_data),
                "attestationObject": bytes_to_base64url(made.attestation_object),
            },
        },
        expected_challenge=CHALLENGE,
        expected_rp_id=PARTY,
        expected_origin=ORIGIN,
        require_user_verification=True,
    ).credential_public_key


def judge_assertion(made: Assertion, key: SubjectKey, *, verified: bool = True) -> None:
    name = bytes_to_base64url(made.credential_id)
    verify_authentication_response(
        credential={
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": {
                "clientDataJSON": bytes_to_base64url(made.client_data),
                "authenticatorData": bytes_to_base64url(made.authenticator_data),
                "signature": bytes_to_base64url(made.signature),
            },
        },
        expected_challenge=CHALLENGE,
        expected_rp_id=PARTY,
        expected_origin=ORIGIN,
        credential_public_key=key.cose_key,
        credential_current_sign_count=0,
        require_user_verification=verified,
    )


@pytest.mark.parametrize("holder", HOLDERS)
def test_what_we_enrol_and_verify_the_library_takes_too(holder: Holder) -> None:
    device = Authenticator(holder=holder)
    key = key_of(device)
    assert judge_registration(device, registered(device)) == key.cose_key
    made = asserted(device)
    verify_assertion(made, CHALLENGE, key)
    judge_assertion(made, key)


@pytest.mark.parametrize(
    ("changes", "verified"),
    [
        ({"client": {"crossOrigin": True}}, True),
        ({"client": {"topOrigin": "https://evil.example"}}, True),
        ({"flags": 1}, False),
    ],
)
def test_what_the_library_takes_and_must_not_be_taken_we_refuse(
    changes: dict[str, object],
    *,
    verified: bool,
) -> None:
    key = key_of(Authenticator())
    made = asserted(Authenticator(**changes))  # type: ignore[arg-type]
    judge_assertion(made, key, verified=verified)
    with pytest.raises(SignatureError):
        verify_assertion(made, CHALLENGE, key)


def test_an_assertion_of_another_credential_is_refused_even_by_the_same_key() -> None:
    device = Authenticator()
    made = asserted(device)
    with pytest.raises(SignatureError, match="another credential"):
        verify_assertion(replace(made, credential_id=b"another"), CHALLENGE, key_of(device))


@given(parts=st.lists(st.binary(max_size=400), min_size=4, max_size=4))
def test_an_assertion_comes_back_from_its_bytes_as_it_was(parts: list[bytes]) -> None:
    made = Assertion(
        credential_id=parts[0],
        authenticator_data=parts[1],
        client_data=parts[2],
        signature=parts[3],
    )
    assert read_assertion(write_assertion(made)) == made


def evidence(device: Authenticator) -> PasskeyRegistration:
    return PasskeyRegistration(
        salt=bytes(32),
        challenge=CHALLENGE,
        registration=registered(device),
        transports=("internal",),
        user_handle=bytes(32),
        key_addition=b"",
        created_at=NOW,
    )


def test_evidence_is_of_one_key_and_one_challenge() -> None:
    device = Authenticator()
    key = key_of(device)
    verify_registration(evidence(device), key)
    assert challenge_of(registered(device)) == CHALLENGE
    for said, record in (
        (replace(evidence(device), challenge=bytes(32)), key),
        (evidence(Authenticator(holder=EdDsa("another"))), key),
        (evidence(device), replace(key, credential_id=b"another")),
        (evidence(device), replace(key, backed_up=True)),
        (evidence(device), replace(key, relying_party_id="other.example")),
        (evidence(device), replace(key, origins=("https://other.example",))),
    ):
        with pytest.raises(SignatureError):
            verify_registration(said, record)


def test_a_registration_that_is_cut_or_goes_on_is_refused() -> None:
    made = registered(Authenticator())
    for attestation in (
        made.attestation_object[:-1],
        made.attestation_object + b"\x00",
        b"",
        cbor({1: 2}),
    ):
        with pytest.raises(InvalidInputError):
            verify_new_passkey(
                replace(made, attestation_object=attestation),
                CHALLENGE,
                relying_party_id=PARTY,
                origins=(ORIGIN,),
            )


def attested(data: bytes, *, form: bytes = text("none")) -> Registration:
    made = registered(Authenticator())
    whole = head(5, 3) + text("fmt") + form + text("attStmt") + head(5, 0)
    return replace(made, attestation_object=whole + text("authData") + head(2, len(data)) + data)


def authenticator_data(
    *,
    flags: int = 1 | 4 | 64,
    counter: int = 0,
    credential: bytes = b"c",
    said: int | None = None,
    behind: bytes = b"",
) -> bytes:
    length = len(credential) if said is None else said
    return (
        hashlib.sha256(PARTY.encode()).digest()
        + bytes([flags])
        + counter.to_bytes(4, "big")
        + bytes(range(16))
        + length.to_bytes(2, "big")
        + credential
        + HOLDERS[0].cose
        + behind
    )


def enrol(made: Registration) -> NewPasskey:
    return verify_new_passkey(made, CHALLENGE, relying_party_id=PARTY, origins=(ORIGIN,))


def test_what_an_authenticator_says_of_its_credential_is_taken_from_its_places() -> None:
    for length in (1, MAX_CREDENTIAL_BYTES):
        data = authenticator_data(
            counter=0x01020304, credential=b"x" * length, flags=1 | 4 | 8 | 64
        )
        new = enrol(attested(data))
        assert (new.credential_id, new.cose_key) == (b"x" * length, HOLDERS[0].cose)
        assert (new.sign_count, new.aaguid) == (0x01020304, bytes(range(16)))
        assert (new.backup_eligible, new.backed_up) == (True, False)
    extended = authenticator_data(flags=1 | 4 | 8 | 16 | 64 | 128, behind=b"\xa1\x61a\x01")
    assert enrol(attested(extended)).backed_up


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (authenticator_data(credential=b""), "empty, cut or too long"),
        (authenticator_data(credential=b"x" * 1024), "empty, cut or too long"),
        (authenticator_data(said=300), "empty, cut or too long"),
        (authenticator_data(behind=b"\x00"), "bytes behind"),
        (authenticator_data(flags=1 | 4 | 64 | 128), "not written as authenticators"),
        (authenticator_data(flags=1 | 4), "made no credential"),
        (authenticator_data()[: 37 + 16], "made no credential"),
        (authenticator_data()[: 37 + 16 + 1], "made no credential"),
        (authenticator_data()[: 37 + 16 + 2], "empty, cut or too long"),
        (authenticator_data()[:37], "made no credential"),
        (authenticator_data()[:36], "holds no authenticator data"),
        (authenticator_data()[:-1], "not written as authenticators"),
    ],
)
def test_a_credential_that_is_none_is_not_enrolled(data: bytes, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        enrol(attested(data))


def test_a_person_must_have_been_there_and_verified_at_enrolment() -> None:
    for flags in (1 | 64, 4 | 64, 64, 1 | 4 | 16 | 64):
        with pytest.raises(SignatureError):
            enrol(attested(authenticator_data(flags=flags)))


@pytest.mark.parametrize(
    "attestation",
    [
        head(4, 0),
        head(5, 0),
        head(5, 2) + text("fmt") + head(0, 1) + text("authData") + head(2, 1) + b"x",
        head(5, 2) + text("fmt") + text("none") + text("authData") + text("x" * 60),
    ],
)
def test_an_attestation_is_a_map_with_a_format_and_data(attestation: bytes) -> None:
    made = replace(registered(Authenticator()), attestation_object=attestation)
    with pytest.raises(InvalidInputError):
        enrol(made)


def test_what_is_asked_for_is_the_three_kinds_of_keys_that_are_taken() -> None:
    names = [COSEAlgorithmIdentifier(one).name for one in ALGORITHMS]
    assert names == ["EDDSA", "ECDSA_SHA_256", "RSASSA_PKCS1_v1_5_SHA_256"]


def test_a_weak_key_is_not_enrolled() -> None:
    weak = cbor({1: 1, 3: -8, -1: 6, -2: bytes([1]) + bytes(31)})
    data = authenticator_data()
    with pytest.raises(InvalidInputError):
        enrol(attested(data.replace(HOLDERS[0].cose, weak)))


def test_the_parts_of_a_registration_have_their_greatest_lengths() -> None:
    full = Registration(
        client_data=bytes(MAX_CLIENT_BYTES), attestation_object=bytes(MAX_ATTESTATION_BYTES)
    )
    for changes in (
        {"client_data": bytes(MAX_CLIENT_BYTES + 1)},
        {"attestation_object": bytes(MAX_ATTESTATION_BYTES + 1)},
    ):
        with pytest.raises(InvalidInputError, match="too long"):
            replace(full, **changes)


def test_evidence_of_a_registration_is_checked_when_it_is_made() -> None:
    made = evidence(Authenticator())
    assert replace(made, transports=("usb",) * MAX_TRANSPORTS, key_addition=bytes(32))
    for changes in (
        {"salt": b"short"},
        {"challenge": b"short"},
        {"key_addition": b"short"},
        {"transports": ("usb",) * (MAX_TRANSPORTS + 1)},
        {"transports": ("a wire",)},
        {"created_at": NOW.replace(microsecond=5)},
    ):
        with pytest.raises(InvalidInputError):
            replace(made, **changes)  # type: ignore[arg-type]


def test_client_data_may_hold_numbers_that_are_no_integers() -> None:
    made = registered(Authenticator(client={"n": 1.5}))
    assert challenge_of(made) == CHALLENGE
    enrol(made)


@given(data=st.binary(max_size=200))
def test_random_bytes_raise_our_error_and_no_other(data: bytes) -> None:
    made = Registration(client_data=data, attestation_object=data)
    with pytest.raises((InvalidInputError, SignatureError)):
        verify_new_passkey(made, CHALLENGE, relying_party_id=PARTY, origins=(ORIGIN,))


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"\x00", 0),
        (b"\x17", 23),
        (b"\x18\xff", 255),
        (b"\x19\x01\x00", 256),
        (b"\x19\xff\xff", 65535),
        (b"\x1a\x00\x01\x00\x00", 65536),
        (b"\x1a\xff\xff\xff\xff", 4294967295),
        (b"\x1b\x00\x00\x00\x01\x00\x00\x00\x00", 4294967296),
        (b"\x3b" + b"\xff" * 8, -(2**64)),
        (b"\xf4", False),
        (b"\xf6", None),
        (b"\x80", []),
        (b"\x81" * MAX_DEPTH + b"\x00", [[[[0]]]]),
        (b"\xa1\x00\xa1\x01\xa1\x02\xa1\x03\x04", {0: {1: {2: {3: 4}}}}),
        (b"\x18\x18", 24),
        (b"\x39\x01\x00", -257),
        (b"\x43abc", b"abc"),
        (b"\x63abc", "abc"),
        (b"\x82\x01\xf5", [1, True]),
        (b"\xa1\x61a\xf6", {"a": None}),
    ],
)
def test_values_are_read_as_they_are_written(data: bytes, value: object) -> None:
    assert read_cbor(data) == value


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x18\x17",  # not in its shortest form
        b"\x19\x00\xff",
        b"\x1a\x00\x00\xff\xff",
        b"\x1b\x00\x00\x00\x00\xff\xff\xff\xff",
        b"\x1c\x00",  # no such length
        b"\x1c\x18",
        b"\xf3",  # a simple value that is none of ours
        b"\xf7",
        b"\xf8\xff",
        b"\x82\x00",  # fewer items than said
        b"\x83\x00\x00",
        b"\xa2\x00\x00",
        b"\xa1" * (MAX_DEPTH + 1) + b"\x00" * (MAX_DEPTH + 2),
        b"\x43ab",  # cut
        b"\x63\xff\xff\xff",  # no UTF-8
        b"\xa2\x01\x01\x01\x02",  # a name twice
        b"\xa1\xf5\x01",  # a name that is none
        b"\x9f\xff",  # length left open
        b"\xc0\x00",  # a tag
        b"\xfb" + bytes(8),  # a float
        b"\x00\x00",  # something behind
        b"\x9a\xff\xff\xff\xff",  # more items than bytes
        b"\x81" * (MAX_DEPTH + 1) + b"\x00",
    ],
)
def test_what_authenticators_may_not_write_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInputError):
        read_cbor(data)


def test_the_key_id_is_the_digest_of_the_key() -> None:
    key = key_of(Authenticator())
    assert key.key_id == hashlib.sha256(key.cose_key).digest()
