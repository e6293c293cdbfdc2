"""
The check that every submitted record passes before it may enter the log.

It is the costly part of the write path, so it is a function of bytes to plain tuples that any
process can run: the node hands batches of it to one worker per core.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from portability.errors import (
    InvalidInputError,
    PortabilityError,
    RecordRefusedError,
    SignatureError,
)
from portability.ledger.envelope import Envelope, verify_envelope
from portability.v1 import records_service_pb2 as pb
from portability.wire.envelope import envelope_from_pb
from portability.wire.record import (
    MAX_PAYLOAD_BYTES,
    RECORD_TYPE,
    RecordClaims,
    check_record,
    subject_commitment,
)

_EXPECTED: Final = frozenset((RECORD_TYPE,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """
    Whose records are taken in: one institution, and the keys it may sign with now.

    ``known`` are all keys that it ever had, so that an expired key can be told from a stranger's.
    """

    jurisdiction: str
    institution: str
    keys: Mapping[bytes, bytes]
    known: frozenset[bytes]


class Accepted(NamedTuple):
    """A record that may be logged. A plain tuple: thousands a second pass between processes."""

    statement_id: bytes
    key_id: bytes
    supersedes: bytes


class Refused(NamedTuple):
    """A record that may not, and why, in words for the officer who sent it."""

    reason: str
    message: str
    field: str
    is_signature: bool


def check_submissions(submissions: Sequence[bytes], issuer: Issuer) -> list[Accepted | Refused]:
    """Check serialised RecordSubmission messages; one verdict for each, in order."""
    return [_check(data, issuer) for data in submissions]


def refusal_error(refused: Refused, position: int | None = None) -> PortabilityError:
    """The error that a submission is answered with; ``position`` counts within its batch."""
    if position is not None:
        return RecordRefusedError(
            f"record {position} of the batch: {refused.message}; nothing of the batch was stored",
            field=f"submissions[{position}].{refused.field}",
            row=str(position),
        )
    kind = SignatureError if refused.is_signature else InvalidInputError
    return kind(refused.message, field=refused.field)


def _check(data: bytes, issuer: Issuer) -> Accepted | Refused:
    try:
        return _accept(pb.RecordSubmission.FromString(data), issuer)
    except SignatureError as error:
        return Refused(
            reason=error.reason, message=error.message, field="envelope", is_signature=True
        )
    except PortabilityError as error:
        return Refused(
            reason=error.reason,
            message=error.message,
            field=error.context.get("field", "envelope"),
            is_signature=False,
        )


def _accept(submission: pb.RecordSubmission, issuer: Issuer) -> Accepted:
    message = submission.envelope
    if len(message.payload) > MAX_PAYLOAD_BYTES:
        raise InvalidInputError(
            f"the record has {len(message.payload)} bytes, {MAX_PAYLOAD_BYTES} are allowed",
            field="payload",
        )
    envelope = envelope_from_pb(message)
    try:
        verified = verify_envelope(envelope, _EXPECTED, issuer.keys)
    except SignatureError:
        raise _say_which_key(envelope, issuer) from None
    record = check_record(verified.payload, submission.disclosures)
    check_claims(record, submission.person, issuer)
    return Accepted(
        statement_id=verified.statement_id,
        key_id=verified.key_ids[0],
        supersedes=record.supersedes,
    )


def check_claims(record: RecordClaims, person: str, issuer: Issuer) -> None:
    """Raise InvalidInputError unless it is this issuer's, and about this person."""
    if (record.jurisdiction, record.institution) != (issuer.jurisdiction, issuer.institution):
        raise InvalidInputError(
            "the record names another institution than the one that sends it; "
            "send it with that institution's certificate",
            field="institution",
        )
    if record.subject_commitment != subject_commitment(record.salt, person):
        raise InvalidInputError(
            "the record is bound to another person than the one named beside it; "
            "check the person's name and sign again",
            field="subject_commitment",
        )


def _say_which_key(envelope: Envelope, issuer: Issuer) -> SignatureError:
    """Tell a wrong signature from an unknown or expired key; the hint is only good for words."""
    hints = {signature.key_id_hint for signature in envelope.signatures}
    if hints & {key.hex() for key in issuer.keys}:
        return SignatureError(
            "the signature does not fit the record; sign exactly the bytes that are sent"
        )
    if hints & {key.hex() for key in issuer.known}:
        return SignatureError(
            "the record is signed with a key that is expired or not yet valid; "
            "sign with the institution's key that the directory lists for today"
        )
    return SignatureError(
        "the record is signed with a key that the directory does not list for this institution; "
        "have the key entered in the directory or sign with one that is"
    )
