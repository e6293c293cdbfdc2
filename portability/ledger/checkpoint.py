"""
Signed checkpoints: a tree head, the log's signature, and the cosignatures of witnesses.

Source: c2sp.org/tlog-checkpoint v1.0.0, c2sp.org/tlog-cosignature v1.0.1.
"""

from functools import lru_cache
from typing import Final

from portability.errors import ProofError
from portability.ledger.cosignature import cosign, cosign_mldsa
from portability.ledger.keys import Signer
from portability.ledger.mldsa import MldsaSigner
from portability.ledger.note import (
    LOG_KEY,
    NoteSignature,
    VerifierKey,
    mldsa_witness_key,
    parse_note,
    sign_note,
    verify_note,
    witness_key,
)
from portability.ledger.tree_head import Checkpoint, checkpoint_text, parse_checkpoint_text

__all__ = [
    "Checkpoint",
    "checkpoint_text",
    "cosign_checkpoint",
    "cosign_checkpoint_mldsa",
    "open_checkpoint",
    "parse_checkpoint_text",
    "sign_checkpoint",
    "unverified_checkpoint",
]


_REMEMBERED: Final = 32
"""Checkpoints kept verified: every record of a history comes with the same one, or with few."""


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer, name: str | None = None) -> bytes:
    """The note with the log's signature; the key's name is the origin unless given."""
    return sign_note(checkpoint_text(checkpoint), name or checkpoint.origin, signer)


@lru_cache(maxsize=_REMEMBERED)
def open_checkpoint(note: bytes, key: VerifierKey, origin: str) -> Checkpoint:
    """
    What the log of this key and origin says its tree is.

    Raises InvalidInputError for a note or text that does not parse, ProofError for one that this
    key did not sign, a bad signature of it, or another origin. Cosignatures are not looked at.
    """
    if key.kind != LOG_KEY:
        raise ProofError("a checkpoint is signed by a log's key, not by a witness's")
    parsed = parse_note(note)
    verify_note(parsed, [key])
    checkpoint = parse_checkpoint_text(parsed.text)
    if checkpoint.origin != origin:
        raise ProofError("the checkpoint is of another log", expected=origin)
    return checkpoint


@lru_cache(maxsize=_REMEMBERED)
def unverified_checkpoint(note: bytes) -> Checkpoint:
    """What the note says before anything is checked: to find which key to check it with."""
    return parse_checkpoint_text(parse_note(note).text)


def cosign_checkpoint(note: bytes, name: str, time: int, signer: Signer) -> NoteSignature:
    """
    A witness's line for this checkpoint, at ``time`` in POSIX seconds.

    The caller has verified the log's signature and the consistency with what it cosigned before.
    """
    text = parse_note(note).text
    parse_checkpoint_text(text, allow_extensions=True)
    label = witness_key(name, signer.public).label
    return NoteSignature(name=name, label=label, signature=cosign(text, time, signer))


def cosign_checkpoint_mldsa(
    note: bytes, name: str, time: int, signer: MldsaSigner
) -> NoteSignature:
    """The same statement under an ML-DSA-44 key."""
    text = parse_note(note).text
    label = mldsa_witness_key(name, signer.public).label
    return NoteSignature(name=name, label=label, signature=cosign_mldsa(text, name, time, signer))
