"""Resolutions of identity: signed payloads and their strict reading. Source: identity.proto."""

from typing import Final

from portability.ledger.envelope import payload_type
from portability.recognition.identity import IdentityOutcome, IdentityResolution
from portability.v1 import identity_pb2 as pb
from portability.wire.consent_parts import party_to_pb
from portability.wire.statement_parts import NAME, matching, party_from_pb, refuse
from portability.wire.strict import exactly, hash_or_empty, instant, parse_strictly, timestamp

RESOLUTION_TYPE: Final = payload_type("identity-resolution", "protobuf")


def resolution_to_payload(resolution: IdentityResolution) -> bytes:
    """The bytes to sign."""
    return pb.IdentityResolution(
        salt=resolution.salt,
        institution=party_to_pb(resolution.institution),
        request=resolution.request,
        outcome=resolution.outcome.value,
        subject_commitment=resolution.subject_commitment,
        basis=resolution.basis,
        create_time=timestamp(resolution.created),
    ).SerializeToString()


def resolution_from_payload(payload: bytes) -> IdentityResolution:
    """Raises InvalidInputError that names the field."""
    message = parse_strictly(pb.IdentityResolution, payload, "identity resolution")
    if message.outcome not in IdentityOutcome.__members__.values():
        refuse("outcome", "is neither matched nor none")
    outcome = IdentityOutcome(message.outcome)
    commitment = hash_or_empty(message.subject_commitment, "subject_commitment")
    if bool(commitment) != (outcome is IdentityOutcome.MATCHED):
        refuse("subject_commitment", "does not fit the outcome")
    return IdentityResolution(
        salt=exactly(message.salt, 32, "salt"),
        institution=party_from_pb(message.institution, "institution"),
        request=exactly(message.request, 32, "request"),
        outcome=outcome,
        subject_commitment=commitment,
        basis=matching(NAME, message.basis, "basis"),
        created=instant(message.create_time, "create_time"),
    )
