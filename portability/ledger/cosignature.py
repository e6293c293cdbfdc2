"""
Cosignatures: what a witness signs when it has seen a tree head.

"At that time this was the largest consistent tree I had seen for this origin." The Ed25519 form
does not cover the witness's name, so each witness has a key of its own; the ML-DSA-44 form does.

Source: c2sp.org/tlog-cosignature v1.0.1, and 1.1.0-rc.1 for ML-DSA-44.
"""

from typing import Final

from portability.errors import InvalidInputError, SignatureError
from portability.ledger.encoding import MAX_NUMBER
from portability.ledger.keys import SIGNATURE_BYTES, Signer, verify_signature
from portability.ledger.mldsa import MLDSA_SIGNATURE_BYTES, MldsaSigner, verify_mldsa_signature
from portability.ledger.tree_head import Checkpoint, parse_checkpoint_text

TIME_BYTES: Final = 8
_MAX_NAME_BYTES: Final = 255


def cosign(text: bytes, time: int, signer: Signer) -> bytes:
    """The timestamped Ed25519 signature over a checkpoint's text; ``time`` in POSIX seconds."""
    return _stamp(time) + signer.sign(_message(text, time))


def cosign_mldsa(text: bytes, name: str, time: int, signer: MldsaSigner) -> bytes:
    """The timestamped ML-DSA-44 signature of the witness called ``name``."""
    return _stamp(time) + signer.sign(_subtree_message(text, name, time))


def verify_cosignature(text: bytes, signature: bytes, public: bytes) -> int:
    """The time, in POSIX seconds, that the witness signed. Raises SignatureError."""
    time = _time_of(signature, SIGNATURE_BYTES)
    verify_signature(public, _message(text, time), signature[TIME_BYTES:])
    return time


def verify_mldsa_cosignature(text: bytes, name: str, signature: bytes, public: bytes) -> int:
    """The time, in POSIX seconds, that the witness signed. Raises SignatureError."""
    time = _time_of(signature, MLDSA_SIGNATURE_BYTES)
    try:
        message = _subtree_message(text, name, time)
    except InvalidInputError:
        raise SignatureError("the cosignature is not over a checkpoint") from None
    verify_mldsa_signature(public, message, signature[TIME_BYTES:])
    return time


def _stamp(time: int) -> bytes:
    if not 0 <= time <= MAX_NUMBER:
        raise InvalidInputError("the time of a cosignature is out of range", field="time")
    return time.to_bytes(TIME_BYTES, "big")


def _time_of(signature: bytes, length: int) -> int:
    if len(signature) != TIME_BYTES + length:
        raise SignatureError("the cosignature does not have its fixed length")
    time = int.from_bytes(signature[:TIME_BYTES], "big")
    if time > MAX_NUMBER:
        raise SignatureError("the time of the cosignature is out of range")
    return time


def _message(text: bytes, time: int) -> bytes:
    return b"cosignature/v1\ntime %d\n%b" % (time, text)


def _subtree_message(text: bytes, name: str, time: int) -> bytes:
    """The whole tree as a subtree from leaf 0. Extension lines are not covered."""
    head: Checkpoint = parse_checkpoint_text(text, allow_extensions=True)
    start = 0
    return b"".join(
        (
            b"subtree/v1\n\0",
            _short(name),
            time.to_bytes(8, "big"),
            _short(head.origin),
            start.to_bytes(8, "big"),
            head.size.to_bytes(8, "big"),
            head.root,
        )
    )


def _short(text: str) -> bytes:
    data = text.encode("utf-8")
    if len(data) > _MAX_NAME_BYTES:
        raise InvalidInputError("a name or origin is over 255 bytes", field="name")
    return bytes([len(data)]) + data
