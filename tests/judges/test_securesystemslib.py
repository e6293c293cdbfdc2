"""securesystemslib judges our pre-authentication encoding and our envelopes, and we judge its."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.ledger.envelope import (
    envelope_from_json,
    envelope_to_json,
    pae,
    sign_envelope,
    verify_envelope,
)
from portability.ledger.keys import Ed25519Signer

dsse = pytest.importorskip("securesystemslib.dsse", reason="needs securesystemslib as a judge")
signers = pytest.importorskip("securesystemslib.signer", reason="needs securesystemslib")
exceptions = pytest.importorskip("securesystemslib.exceptions", reason="needs securesystemslib")

SIGNER = Ed25519Signer(bytes(range(32)))
CONSENT = "application/vnd.portability.consent.v1+json"
KEY = signers.SSlibKey(SIGNER.key_id.hex(), "ed25519", "ed25519", {"public": SIGNER.public.hex()})


@given(name=st.text(st.characters(exclude_categories=["Cs"])), payload=st.binary())
def test_both_encode_the_same_bytes_for_signing(name: str, payload: bytes) -> None:
    assert dsse.Envelope(payload, name, {}).pae() == pae(name, payload)


@given(payload=st.binary(max_size=200))
def test_the_judge_verifies_our_envelope_file(payload: bytes) -> None:
    ours = json.loads(envelope_to_json(sign_envelope(CONSENT, payload, SIGNER)))
    judged = dsse.Envelope.from_dict(ours)
    assert payload == judged.payload
    assert {SIGNER.key_id.hex()} == set(judged.verify([KEY], 1))


def test_the_judge_refuses_our_envelope_with_another_payload() -> None:
    ours = json.loads(envelope_to_json(sign_envelope(CONSENT, b"hello", SIGNER)))
    ours["payload"] = "aGVsbG8h"
    with pytest.raises(exceptions.VerificationError):
        dsse.Envelope.from_dict(ours).verify([KEY], 1)


@given(payload=st.binary(max_size=200))
def test_we_verify_the_judges_envelope(payload: bytes) -> None:
    theirs = dsse.Envelope(payload, CONSENT, {})
    theirs.sign(signers.CryptoSigner(SIGNER._private, KEY))
    read = envelope_from_json(json.dumps(theirs.to_dict()).encode())
    assert payload == verify_envelope(read, [CONSENT], {SIGNER.key_id: SIGNER.public}).payload
