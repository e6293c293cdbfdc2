"""The content of a record by its kind: which message it is, and how it is read and written."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, cast

from google.protobuf.message import Message

from portability.core.attestations import (
    ApplicableLegislation,
    Attestation,
    AwardedEntitlement,
    Invalidation,
    LifeCertificate,
    Qualification,
)
from portability.core.periods import Period
from portability.core.record_kinds import RecordKind
from portability.v1 import record_pb2 as pb
from portability.wire.record.attested import (
    award_from_pb,
    award_to_pb,
    invalidation_from_pb,
    invalidation_to_pb,
    legislation_from_pb,
    legislation_to_pb,
    life_from_pb,
    life_to_pb,
    qualification_from_pb,
    qualification_to_pb,
)
from portability.wire.record.fields import content_from_fields
from portability.wire.record.periods import period_from_pb, period_to_pb

Content = Period | Attestation | Invalidation

NUMBERS: Final[dict[RecordKind, pb.RecordKind]] = {
    kind: cast("pb.RecordKind", pb.RecordKind.Value(f"RECORD_KIND_{kind.name}"))
    for kind in RecordKind
}
KINDS: Final[dict[int, RecordKind]] = {number: kind for kind, number in NUMBERS.items()}
MEMBERS: Final[dict[RecordKind, str]] = {kind: kind.name.lower() for kind in RecordKind}
"""The member of the oneof that holds the content of a kind."""

MESSAGES: Final[dict[RecordKind, type[Message]]] = {
    RecordKind.CONTRIBUTION_PERIOD: pb.ContributionPeriod,
    RecordKind.AWARDED_ENTITLEMENT: pb.AwardedEntitlement,
    RecordKind.APPLICABLE_LEGISLATION: pb.ApplicableLegislation,
    RecordKind.LIFE_CERTIFICATE: pb.LifeCertificate,
    RecordKind.QUALIFICATION: pb.Qualification,
    RecordKind.INVALIDATION: pb.Invalidation,
}

_BY_MEMBER: Final = {MEMBERS[kind]: message for kind, message in MESSAGES.items()}


def content_from_pb(
    message: Message, record_id: str, jurisdiction: str, institution: str
) -> Content:
    """What the content says. Raises InvalidInputError that names the field."""
    match message:
        case pb.ContributionPeriod():
            return period_from_pb(message, record_id, jurisdiction, institution)
        case pb.AwardedEntitlement():
            return award_from_pb(message)
        case pb.ApplicableLegislation():
            return legislation_from_pb(message, jurisdiction)
        case pb.LifeCertificate():
            return life_from_pb(message)
        case pb.Qualification():
            return qualification_from_pb(message)
        case _:
            return invalidation_from_pb(cast("pb.Invalidation", message))


def content_from_values(
    kind: RecordKind, values: Mapping[str, object], jurisdiction: str, institution: str
) -> Content:
    """
    The content whose fields have these JSON values; a field without one is not stated.

    Raises InvalidInputError that names the field.
    """
    stated = {name: value for name, value in values.items() if value not in ({}, None)}
    message = content_from_fields(MESSAGES[kind], stated)
    return content_from_pb(message, "", jurisdiction, institution)


def content_to_pb(content: Content) -> Message:
    """Raises InvalidInputError for a sum that a record cannot hold."""
    match content:
        case Period():
            return period_to_pb(content)
        case AwardedEntitlement():
            return award_to_pb(content)
        case ApplicableLegislation():
            return legislation_to_pb(content)
        case LifeCertificate():
            return life_to_pb(content)
        case Qualification():
            return qualification_to_pb(content)
        case Invalidation():
            return invalidation_to_pb(content)


def kind_of_content(content: Content) -> RecordKind:
    return _KIND_OF[type(content)]


@lru_cache(maxsize=16_384)
def check_content(member: str, content: bytes, jurisdiction: str, institution: str) -> None:
    """
    Raise as ``content_from_pb`` for a member of the oneof; each content is read once.

    A month of work reads alike for everybody who worked it.
    """
    message = _BY_MEMBER[member].FromString(content)
    content_from_pb(message, "", jurisdiction, institution)


_KIND_OF: Final[dict[type, RecordKind]] = {
    Period: RecordKind.CONTRIBUTION_PERIOD,
    AwardedEntitlement: RecordKind.AWARDED_ENTITLEMENT,
    ApplicableLegislation: RecordKind.APPLICABLE_LEGISLATION,
    LifeCertificate: RecordKind.LIFE_CERTIFICATE,
    Qualification: RecordKind.QUALIFICATION,
    Invalidation: RecordKind.INVALIDATION,
}
