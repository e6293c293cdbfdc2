"""
What is asked of a person and where a consent stands: signed payloads and values of ``consent``.

Every reader takes the bytes that were verified and raises InvalidInputError naming the field for
anything that it would not understand. Source: consent.proto; formats.md, §6 to §8.
"""

from typing import Final

from portability.consent.permission import Readers
from portability.consent.statements import (
    ConsentRequest,
    ConsentStatus,
)
from portability.v1 import consent_pb2 as pb
from portability.wire.consent_parts import (
    grant_to_pb,
    grants_from_pb,
    parse_payload,
    party_from_pb,
    party_to_pb,
    required_instant,
    state_from_pb,
    state_to_pb,
)
from portability.wire.strict import civil_date, timestamp
from portability.wire.subject_key import subject_key_from_payload


def consent_request_from_payload(payload: bytes) -> ConsentRequest:
    """What an institution asks of a person."""
    message = parse_payload(pb.ConsentRequest, payload, "consent request")
    return ConsentRequest(
        salt=message.salt,
        requester=party_from_pb(message.requester),
        providers=tuple(map(party_from_pb, message.providers)),
        person_reference=message.person_reference,
        purpose=message.purpose,
        template=message.template,
        grants=grants_from_pb(message.grants),
        not_before=required_instant(message, "not_before"),
        not_after=required_instant(message, "not_after"),
        max_uses=message.max_uses,
        erase_by=civil_date(message.erase_by, "erase_by"),
        created_at=required_instant(message, "create_time"),
    )


def consent_request_to_pb(request: ConsentRequest) -> pb.ConsentRequest:
    return pb.ConsentRequest(
        salt=request.salt,
        requester=party_to_pb(request.requester),
        providers=map(party_to_pb, request.providers),
        person_reference=request.person_reference,
        purpose=request.purpose,
        template=request.template,
        grants=map(grant_to_pb, request.grants),
        not_before=timestamp(request.not_before),
        not_after=timestamp(request.not_after),
        max_uses=request.max_uses,
        erase_by=request.erase_by.isoformat(),
        create_time=timestamp(request.created_at),
    )


def consent_request_to_payload(request: ConsentRequest) -> bytes:
    """The bytes to sign."""
    return consent_request_to_pb(request).SerializeToString()


def consent_status_from_payload(payload: bytes) -> ConsentStatus:
    """The home node's word on where a consent stands."""
    message = parse_payload(pb.ConsentStatus, payload, "consent status")
    return ConsentStatus(
        salt=message.salt,
        consent=message.consent,
        state=state_from_pb(message.state),
        version=message.version,
        as_of=required_instant(message, "as_of"),
        recipient=party_from_pb(message.recipient),
        person_reference=message.person_reference,
    )


def consent_status_to_payload(status: ConsentStatus) -> bytes:
    """The bytes to sign."""
    return pb.ConsentStatus(
        salt=status.salt,
        consent=status.consent,
        state=state_to_pb(status.state),
        version=status.version,
        as_of=timestamp(status.as_of),
        recipient=party_to_pb(status.recipient),
        person_reference=status.person_reference,
    ).SerializeToString()


READERS: Final = Readers(subject_key=subject_key_from_payload, status=consent_status_from_payload)
"""What the gate reads signed protobuf bytes with."""
