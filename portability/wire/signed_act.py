"""
The check that a person signed, as a function of bytes to plain tuples that any process can run.

It is the costly part of taking in a person's act, as the check of a record is (``wire.intake``).
"""

from collections.abc import Sequence
from typing import NamedTuple

from portability.consent.document import Method
from portability.consent.passkey import read_assertion
from portability.consent.payload_types import CONSENT_TYPE
from portability.consent.signature import verify_person
from portability.errors import PortabilityError
from portability.wire.consent import subject_key_from_payload
from portability.wire.envelope import envelope_from_bytes


class Handed(NamedTuple):
    """A consent as it came, a protobuf Envelope, and the payload of the record of its key."""

    envelope: bytes
    key_record: bytes


class SignedAct(NamedTuple):
    """What was signed; ``sign_count`` is the counter of a passkey, None for another method."""

    statement_id: bytes
    sign_count: int | None


def check_signed_acts(handed: Sequence[Handed]) -> list[SignedAct | None]:
    """
    What the holders of these keys signed; None for a consent that the holder did not.

    Why not is for whoever answers it, in words: this is to know those with which all is well.
    """
    return [_check(one) for one in handed]


def _check(handed: Handed) -> SignedAct | None:
    try:
        key = subject_key_from_payload(handed.key_record)
        envelope = envelope_from_bytes(handed.envelope)
        verified = verify_person(envelope, {CONSENT_TYPE}, key)
        sig = envelope.signatures[0].sig
        count = read_assertion(sig).sign_count if key.method is Method.PASSKEY else None
    except PortabilityError:
        return None
    return SignedAct(statement_id=verified.statement_id, sign_count=count)
