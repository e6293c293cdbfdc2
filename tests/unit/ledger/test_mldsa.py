"""Post-quantum cosignatures (type 06), where the installed cryptography can make them."""

import pytest

from portability.errors import InvalidInputError, ProofError, SignatureError
from portability.ledger.checkpoint import (
    Checkpoint,
    cosign_checkpoint,
    cosign_checkpoint_mldsa,
    sign_checkpoint,
)
from portability.ledger.mldsa import MldsaSigner, is_mldsa_supported, verify_mldsa_signature
from portability.ledger.note import (
    NoteSignature,
    add_signature_lines,
    log_key,
    mldsa_witness_key,
    parse_note,
    sign_note,
    verify_note,
    witness_key,
)
from portability.ledger.policy import open_witnessed, parse_policy
from tests.unit.ledger.keys import TEST_1, TEST_2

pytestmark = pytest.mark.skipif(
    not is_mldsa_supported(), reason="the installed cryptography has no ML-DSA-44"
)

ORIGIN = "node-a.example/log"
LOG = log_key(ORIGIN, TEST_1.public)
NOTE = sign_checkpoint(Checkpoint(origin=ORIGIN, size=7, root=bytes(range(32))), TEST_1)
NAME = "node-b.example/witness"
TIME = 1_700_000_000


@pytest.fixture(scope="module")
def signer() -> MldsaSigner:
    return MldsaSigner(bytes(range(32)))


def test_a_policy_counts_a_post_quantum_witness(signer: MldsaSigner) -> None:
    key = mldsa_witness_key(NAME, signer.public)
    line = cosign_checkpoint_mldsa(NOTE, NAME, TIME, signer)
    policy = parse_policy(f"log {LOG}\nwitness b {key}\nquorum b\n".encode())
    witnessed = open_witnessed(add_signature_lines(NOTE, [line]), policy)
    assert (witnessed.time, dict(witnessed.cosigned)) == (TIME, {NAME: TIME})


def test_both_kinds_of_cosignature_stand_on_one_note(signer: MldsaSigner) -> None:
    note = add_signature_lines(
        NOTE,
        [
            cosign_checkpoint(NOTE, NAME, TIME, TEST_2),
            cosign_checkpoint_mldsa(NOTE, NAME, TIME + 1, signer),
        ],
    )
    keys = [LOG, witness_key(NAME, TEST_2.public), mldsa_witness_key(NAME, signer.public)]
    assert [found.time for found in verify_note(parse_note(note), keys)] == [None, TIME, TIME + 1]


def test_name_time_origin_and_root_are_all_covered(signer: MldsaSigner) -> None:
    good = cosign_checkpoint_mldsa(NOTE, NAME, TIME, signer).signature
    key = mldsa_witness_key(NAME, signer.public)
    renamed = mldsa_witness_key("other", signer.public)
    later = (TIME + 1).to_bytes(8, "big") + good[8:]
    huge = (2**63).to_bytes(8, "big") + good[8:]
    for witness, signature in ((renamed, good), (key, later), (key, huge), (key, good[:-1])):
        line = NoteSignature(name=witness.name, label=witness.label, signature=signature)
        with pytest.raises(ProofError, match="does not verify"):
            verify_note(parse_note(add_signature_lines(NOTE, [line])), [LOG, witness])
    for old, new in ((b"log\n7\n", b"log\n8\n"), (b"a.example", b"b.example"), (b"AAEC", b"AQEC")):
        text = parse_note(NOTE).text.replace(old, new)
        line = NoteSignature(name=key.name, label=key.label, signature=good)
        note = add_signature_lines(sign_note(text, ORIGIN, TEST_1), [line])
        with pytest.raises(ProofError, match="does not verify"):
            verify_note(parse_note(note), [LOG, key])


def test_what_is_no_checkpoint_or_has_too_long_a_name_is_not_cosigned(
    signer: MldsaSigner,
) -> None:
    with pytest.raises(InvalidInputError):
        cosign_checkpoint_mldsa(sign_note(b"text\n", "n", TEST_1), NAME, TIME, signer)
    with pytest.raises(InvalidInputError, match="255 bytes"):
        cosign_checkpoint_mldsa(NOTE, "n" * 256, TIME, signer)
    key = mldsa_witness_key(NAME, signer.public)
    good = cosign_checkpoint_mldsa(NOTE, NAME, TIME, signer).signature
    line = NoteSignature(name=key.name, label=key.label, signature=good)
    other = add_signature_lines(sign_note(b"text\n", ORIGIN, TEST_1), [line])
    with pytest.raises(ProofError, match="does not verify"):
        verify_note(parse_note(other), [LOG, key])


def test_keys_of_another_length_are_refused(signer: MldsaSigner) -> None:
    with pytest.raises(InvalidInputError):
        MldsaSigner(bytes(31))
    with pytest.raises(InvalidInputError):
        mldsa_witness_key(NAME, signer.public[:-1])
    with pytest.raises(SignatureError):
        verify_mldsa_signature(b"short", b"message", bytes(2420))


def test_a_signer_does_not_show_its_seed(signer: MldsaSigner) -> None:
    assert f"MldsaSigner(public={signer.public[:8].hex()}…)" == repr(signer)
