"""What names, proves and enrols keys, on random input: only our own errors come out."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from portability.custody.passphrases import SecretSource
from portability.custody.places import TokenPlace, parse_place
from portability.errors import ConfigurationError, InvalidInputError, SignatureError
from portability.ledger.directory import build_directory, parse_directory
from portability.ledger.enrolment import ENROLMENT_TYPE, open_proof, prove_possession
from portability.ledger.envelope import Envelope, Signature
from portability.ledger.keys import Ed25519Signer
from portability.ledger.trust import KeyPurpose
from tests.unit.ledger.test_succession import ended

PROOF = prove_possession(
    Ed25519Signer(b"\x05" * 32),
    jurisdiction="FR",
    institution="cnav",
    purpose=KeyPurpose.INSTITUTION,
)
WORDS = ["token=", "serial=", "object=", "id=", "type=", "module-path=", "pin-source=", "env:P"]
PIECES = st.sampled_from([*WORDS, ";", "?", "&", "%", "%00", "%ff", "/x", "private", "é", "\x00"])


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_a_place_is_a_path_a_token_or_refused(text: str) -> None:
    for form in (text, f"file:{text}", f"pkcs11:{text}"):
        with suppress(ConfigurationError):
            found = parse_place(form, Path("/etc"))
            assert isinstance(found, Path | TokenPlace)


@given(st.text())
def test_a_source_names_an_environment_variable_or_a_descriptor_or_is_refused(text: str) -> None:
    with suppress(ConfigurationError):
        assert SecretSource(text).text.startswith(("env:", "fd:"))


@given(st.binary(), st.binary(max_size=64))
def test_random_bytes_prove_no_possession(payload: bytes, signature: bytes) -> None:
    envelope = Envelope(
        payload_type=ENROLMENT_TYPE, payload=payload, signatures=(Signature(sig=signature),)
    )
    try:
        open_proof(envelope)
    except (InvalidInputError, SignatureError):
        return
    raise AssertionError("random bytes were taken for a proof")


@given(st.data())
def test_a_proof_with_any_byte_changed_is_none(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(PROOF.payload) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != PROOF.payload[place]))
    payload = PROOF.payload[:place] + bytes([other]) + PROOF.payload[place + 1 :]
    try:
        open_proof(replace(PROOF, payload=payload))
    except (InvalidInputError, SignatureError):
        return
    raise AssertionError("a changed proof was taken")


@given(st.data())
def test_a_changed_directory_reads_back_as_it_is_written_or_is_refused(data: st.DataObject) -> None:
    document = build_directory(ended())
    place = data.draw(st.integers(0, len(document) - 1))
    changed = document[:place] + data.draw(st.binary(max_size=3)) + document[place + 1 :]
    with suppress(InvalidInputError):
        found = parse_directory(changed)
        assert parse_directory(build_directory(found)) == found
