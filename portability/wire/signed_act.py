"""
The check that a person's passkey signed, as a function of bytes that any process can run.

It is the costly part of taking in a person's act, as the check of a record is (``wire.intake``).
"""

from collections.abc import Sequence
from typing import NamedTuple

from portability.consent.signature import verify_challenge
from portability.errors import PortabilityError
from portability.wire.subject_key import subject_key_from_payload


class Handed(NamedTuple):
    """The id of what was signed, what came as its signature, and its key's record's payload."""

    statement_id: bytes
    signature: bytes
    key_record: bytes


class SignedAct(NamedTuple):
    """An act that the holder of the passkey signed; ``sign_count`` is the passkey's counter."""

    sign_count: int


def check_signed_acts(handed: Sequence[Handed]) -> list[SignedAct | None]:
    """
    Which of these the holders of the keys signed; None for one that its holder did not.

    Why not is for whoever answers it, in words: this is to know those with which all is well.
    """
    return [_check(one) for one in handed]


def _check(handed: Handed) -> SignedAct | None:
    try:
        key = subject_key_from_payload(handed.key_record)
        assertion = verify_challenge(handed.signature, handed.statement_id, key)
    except PortabilityError:
        return None
    return SignedAct(sign_count=assertion.sign_count)
