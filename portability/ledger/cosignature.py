"""
Cosignature v1: what a witness signs when it has seen a tree head.

"At that time this was the largest consistent tree I had seen for this origin." The witness's name
is not covered, so each witness has a key of its own.

Source: c2sp.org/tlog-cosignature v1.0.1.
"""

from typing import Final

from portability.errors import InvalidInputError, SignatureError
from portability.ledger.encoding import MAX_NUMBER
from portability.ledger.keys import SIGNATURE_BYTES, Signer, verify_signature

TIME_BYTES: Final = 8


def cosign(text: bytes, time: int, signer: Signer) -> bytes:
    """The timestamped signature over a checkpoint's text; ``time`` in POSIX seconds."""
    if not 0 <= time <= MAX_NUMBER:
        raise InvalidInputError("the time of a cosignature is out of range", field="time")
    return time.to_bytes(TIME_BYTES, "big") + signer.sign(_message(text, time))


def verify_cosignature(text: bytes, signature: bytes, public: bytes) -> int:
    """The time, in POSIX seconds, that the witness signed. Raises SignatureError."""
    if len(signature) != TIME_BYTES + SIGNATURE_BYTES:
        raise SignatureError("the cosignature does not have its fixed length")
    time = int.from_bytes(signature[:TIME_BYTES], "big")
    if time > MAX_NUMBER:
        raise SignatureError("the time of the cosignature is out of range")
    verify_signature(public, _message(text, time), signature[TIME_BYTES:])
    return time


def _message(text: bytes, time: int) -> bytes:
    return b"cosignature/v1\ntime %d\n%b" % (time, text)
