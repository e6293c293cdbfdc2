"""DSSE envelopes: the vectors of formats.md §2 and what must not verify."""

import base64
import hashlib
import json

import pytest

from portability.errors import InvalidInputError, SignatureError
from portability.ledger.encoding import encode_base64, encode_base64url
from portability.ledger.envelope import (
    MAX_SIGNATURES,
    Envelope,
    Signature,
    add_signature,
    envelope_from_json,
    envelope_to_json,
    kind_of,
    pae,
    payload_type,
    sign_envelope,
    statement_id,
    verify_envelope,
)
from tests.unit.ledger.keys import TEST_1, TEST_2, TEST_3

CONSENT = "application/vnd.portability.consent.v1+json"
BODY = '{"name":"Zoë"}'.encode()
STATEMENT_ID = "ee25b46e814eddf0770f1a9fa44648f141a675bc1c68d9923ffe069a7250f41e"
SIGNATURE = (
    "WRXYyfGC8++0AAfdHy1g0b9Ur64CLGRYuCiyBiwNLNjqKU9dhdy1X1qqtn657S95OtM3V3fmJJ8aDpy0poplCw=="
)
KEYS = {signer.key_id: signer.public for signer in (TEST_1, TEST_2, TEST_3)}


def envelope(*signatures: Signature, body: bytes = BODY, name: str = CONSENT) -> Envelope:
    return Envelope(payload_type=name, payload=body, signatures=signatures)


def test_the_published_encoding_comes_out() -> None:
    expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert expected == pae("http://example.com/HelloWorld", b"hello world")


def test_lengths_count_bytes_where_characters_are_fewer() -> None:
    assert len(BODY) == 15
    assert (
        pae(CONSENT, BODY)
        == b'DSSEv1 43 application/vnd.portability.consent.v1+json 15 {"name":"Zo\xc3\xab"}'
    )
    assert pae("ë", b"") == b"DSSEv1 2 \xc3\xab 0 "


def test_id_signature_challenge_and_check_code_are_the_published_ones() -> None:
    signed = sign_envelope(CONSENT, BODY, TEST_3)
    assert encode_base64(signed.signatures[0].sig) == SIGNATURE
    assert TEST_3.key_id.hex() == signed.signatures[0].key_id_hint
    digest = statement_id(CONSENT, BODY)
    assert digest.hex() == STATEMENT_ID
    assert encode_base64url(digest) == "7iW0boFO3fB3DxqfpEZI8UGmdbwcaNmSP_4GmnJQ9B4"
    assert base64.b32encode(digest)[:8] == b"5YS3I3UB"
    verified = verify_envelope(signed, [CONSENT], KEYS)
    assert (digest, CONSENT, BODY, (TEST_3.key_id,)) == (
        verified.statement_id,
        verified.payload_type,
        verified.payload,
        verified.key_ids,
    )


def test_a_signature_over_character_lengths_does_not_verify() -> None:
    wrong = f'DSSEv1 43 {CONSENT} 14 {{"name":"Zoë"}}'.encode()
    with pytest.raises(SignatureError):
        verify_envelope(envelope(Signature(sig=TEST_3.sign(wrong))), [CONSENT], KEYS)


@pytest.mark.parametrize("hint", ["", "junk", "é", " ", "00", TEST_1.key_id.hex()])
def test_a_missing_or_lying_hint_decides_nothing(hint: str) -> None:
    signature = sign_envelope(CONSENT, BODY, TEST_3).signatures[0].sig
    found = verify_envelope(envelope(Signature(sig=signature, key_id_hint=hint)), [CONSENT], KEYS)
    assert (TEST_3.key_id,) == found.key_ids
    stranger = {TEST_1.key_id: TEST_1.public}
    with pytest.raises(SignatureError):
        verify_envelope(envelope(Signature(sig=signature, key_id_hint=hint)), [CONSENT], stranger)


def test_changed_payload_changed_type_and_no_signature_are_refused() -> None:
    (good,) = sign_envelope(CONSENT, BODY, TEST_3).signatures
    withdrawal = payload_type("consent-withdrawal", "json")
    for changed in (
        envelope(good, body=BODY + b" "),
        envelope(good, name=withdrawal),
        envelope(),
        envelope(Signature(sig=b"")),
    ):
        with pytest.raises(SignatureError):
            verify_envelope(changed, [CONSENT, withdrawal], KEYS)


@pytest.mark.parametrize("name", [CONSENT.upper(), CONSENT + " ", "", CONSENT[:-1]])
def test_a_type_that_is_not_expected_is_refused_before_any_signature(name: str) -> None:
    with pytest.raises(InvalidInputError, match="not one that is expected"):
        verify_envelope(sign_envelope(name, BODY, TEST_3), [CONSENT], KEYS)


def test_a_threshold_counts_public_keys_and_nothing_else() -> None:
    once = sign_envelope(CONSENT, BODY, TEST_1)
    twice = add_signature(once, TEST_1)
    with pytest.raises(SignatureError, match="1 of the trusted keys, 2 needed"):
        verify_envelope(twice, [CONSENT], KEYS, threshold=2)
    under_two_ids = {b"a" * 32: TEST_1.public, b"b" * 32: TEST_1.public}
    with pytest.raises(SignatureError):
        verify_envelope(twice, [CONSENT], under_two_ids, threshold=2)
    both = add_signature(once, TEST_2)
    assert (TEST_1.key_id, TEST_2.key_id) == verify_envelope(
        both, [CONSENT], KEYS, threshold=2
    ).key_ids


def test_a_threshold_of_nothing_is_the_callers_mistake() -> None:
    with pytest.raises(RuntimeError):
        verify_envelope(envelope(), [CONSENT], KEYS, threshold=0)


def test_a_key_of_small_order_verifies_nothing() -> None:
    key = b"\x01" + bytes(31)
    forged = envelope(Signature(sig=key + bytes(32)))
    with pytest.raises(SignatureError):
        verify_envelope(forged, [CONSENT], {b"any": key})


def test_signatures_beyond_the_limit_are_not_looked_at() -> None:
    (good,) = sign_envelope(CONSENT, BODY, TEST_3).signatures
    late = envelope(*[Signature(sig=b"")] * MAX_SIGNATURES, good)
    with pytest.raises(SignatureError):
        verify_envelope(late, [CONSENT], KEYS)


def test_the_file_form_gives_back_the_envelope() -> None:
    signed = add_signature(sign_envelope(CONSENT, BODY, TEST_1), TEST_2)
    data = envelope_to_json(signed)
    assert signed == envelope_from_json(data)
    assert b"\n  " in data
    assert data.endswith(b"}\n")
    assert {"payload", "payloadType", "signatures"} == set(json.loads(data))


def test_a_file_is_indented_by_two_and_holds_64_signatures_at_most() -> None:
    whole = envelope(*[Signature(sig=b"s", key_id_hint="k")] * 64, body=b"")
    lines = envelope_to_json(whole).decode().splitlines()
    assert lines[:5] == [
        "{",
        f'  "payloadType": "{CONSENT}",',
        '  "payload": "",',
        '  "signatures": [',
        "    {",
    ]
    assert envelope_from_json(envelope_to_json(whole)) == whole
    one_more = envelope(*whole.signatures, whole.signatures[0], body=b"")
    with pytest.raises(InvalidInputError, match="1 to 64 signatures"):
        envelope_from_json(envelope_to_json(one_more))


def test_the_64th_signature_counts_and_the_next_is_not_looked_at() -> None:
    (good,) = sign_envelope(CONSENT, BODY, TEST_3).signatures
    empty = Signature(sig=b"")
    verify_envelope(envelope(*[empty] * 63, good), [CONSENT], KEYS)
    with pytest.raises(SignatureError):
        verify_envelope(envelope(*[empty] * 64, good), [CONSENT], KEYS)


def test_unknown_members_are_ignored_and_an_unset_keyid_is_an_empty_one() -> None:
    members = {
        "payload": encode_base64url(BODY),
        "payloadType": CONSENT,
        "signatures": [{"sig": SIGNATURE, "more": 1.5}, {"sig": "", "keyid": None}],
        "x": None,
    }
    read = envelope_from_json(json.dumps(members).encode())
    assert tuple(signature.key_id_hint for signature in read.signatures) == ("", "")
    assert read.payload == BODY


@pytest.mark.parametrize(
    "changed",
    [
        {"payload": "aGVsbG9="},
        {"payload": "a!GVsbG8="},
        {"payload": 5},
        {"payload": None},
        {"payloadType": ""},
        {"payloadType": "a\nb"},
        {"payloadType": "é"},
        {"signatures": []},
        {"signatures": {}},
        {"signatures": ["a"]},
        {"signatures": [{"keyid": ""}]},
        {"signatures": [{"sig": "", "keyid": 5}]},
        {"signatures": [{"sig": "AA=="}] * (MAX_SIGNATURES + 1)},
    ],
)
def test_a_malformed_file_form_is_refused(changed: dict[str, object]) -> None:
    members = json.loads(envelope_to_json(sign_envelope(CONSENT, BODY, TEST_1)))
    with pytest.raises(InvalidInputError):
        envelope_from_json(json.dumps(members | changed).encode())


def test_a_duplicate_member_and_what_is_no_object_are_refused() -> None:
    data = envelope_to_json(sign_envelope(CONSENT, BODY, TEST_1))
    doubled = data.replace(b"{", b'{"payload": "",', 1)
    for bad in (doubled, b"[]", b"", data[:-5]):
        with pytest.raises(InvalidInputError):
            envelope_from_json(bad)


def test_payload_types_are_made_and_read() -> None:
    assert payload_type("consent", "json") == CONSENT
    assert kind_of(payload_type("history-request", "protobuf")) == "history-request"


@pytest.mark.parametrize(
    "name",
    [
        "application/vnd.portability.Consent.v1+json",
        "application/vnd.portability.consent.v2+json",
        "application/vnd.portability.consent.v1+xml",
        "application/vnd.portability.consent.v1+json\n",
        "application/vnd.portability..v1+json",
        f"application/vnd.portability.{'a' * 65}.v1+json",
        "text/plain",
    ],
)
def test_other_types_are_none_of_ours(name: str) -> None:
    with pytest.raises(InvalidInputError):
        kind_of(name)


def test_a_kind_that_is_not_allowed_makes_no_type() -> None:
    with pytest.raises(InvalidInputError):
        payload_type("Consent", "json")


def test_the_statement_id_is_the_digest_of_the_encoding() -> None:
    assert hashlib.sha256(pae(CONSENT, BODY)).digest() == statement_id(CONSENT, BODY)
