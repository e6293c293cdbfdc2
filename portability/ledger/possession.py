"""
Proof of possession: whoever enrols a key shows that it can sign with it.

Source: formats.md, Keys, Enrolment.
"""

from typing import Final

from portability.errors import SignatureError
from portability.ledger.envelope import pae
from portability.ledger.keys import Signer
from portability.ledger.mldsa import verify_any_signature

_TYPE: Final = "application/vnd.portability.key-possession.v1+text"
"""No payload type of an envelope, so that this signature can stand for no statement."""


def prove_possession(signer: Signer, purpose: str, name: str) -> bytes:
    """A signature by the key over itself, what it is for, and the name to enrol it under."""
    return signer.sign(_message(signer.public, purpose, name))


def verify_possession(public: bytes, purpose: str, name: str, proof: bytes) -> None:
    """Raise SignatureError unless the holder of this key asked for this purpose and name."""
    try:
        verify_any_signature(public, _message(public, purpose, name), proof)
    except SignatureError:
        raise SignatureError("the proof of possession of the key does not verify") from None


def _message(public: bytes, purpose: str, name: str) -> bytes:
    # each part behind its length: no purpose and name can be read as another pair
    parts = (purpose.encode("utf-8"), name.encode("utf-8"), public)
    return pae(_TYPE, b"".join(b"%d:%b," % (len(part), part) for part in parts))
