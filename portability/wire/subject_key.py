"""
The keys that persons sign with: signed payloads and values of ``consent``.

Every reader takes the bytes that were verified and raises InvalidInputError naming the field for
anything that it would not understand. Source: consent.proto; formats.md, §6 to §8.
"""

from typing import Final

from portability.consent.document import IdentityLevel, Method
from portability.consent.registration import PasskeyRegistration, Registration
from portability.consent.statements import (
    AssistantKey,
    SubjectKey,
)
from portability.errors import InvalidInputError
from portability.v1 import consent_pb2 as pb
from portability.wire.consent_parts import (
    known_member,
    optional_instant,
    parse_payload,
    party_from_pb,
    party_to_pb,
    required_instant,
)
from portability.wire.strict import timestamp

REGISTRATION_SCHEMA: Final = "passkey-registration/1"


def subject_key_from_payload(payload: bytes) -> SubjectKey:
    """Which key a person signs with."""
    message = parse_payload(pb.SubjectKeyRecord, payload, "subject key record")
    return SubjectKey(
        salt=message.salt,
        subject_commitment=message.subject_commitment,
        method=known_member(Method, message.method, "method"),
        public_key=message.public_key,
        cose_key=message.cose_key,
        relying_party_id=message.relying_party_id,
        origins=tuple(message.origins),
        identity_level=known_member(IdentityLevel, message.identity_level, "identity_level"),
        enrolled_by=party_from_pb(message.enrolled_by),
        valid_from=required_instant(message, "valid_from"),
        revoked_at=optional_instant(message, "revoke_time"),
        credential_id=message.credential_id,
        aaguid=message.aaguid,
        backup_eligible=message.backup_eligible,
        backed_up=message.backed_up,
        registration=message.registration,
        assistants=tuple(
            AssistantKey(
                record=one.record,
                role=one.role,
                public_key=one.public_key,
                organisation=party_from_pb(one.organisation),
            )
            for one in message.assistants
        ),
    )


def subject_key_to_payload(key: SubjectKey) -> bytes:
    """The bytes to sign."""
    return pb.SubjectKeyRecord(
        salt=key.salt,
        subject_commitment=key.subject_commitment,
        method=str(key.method),
        public_key=key.public_key,
        cose_key=key.cose_key,
        relying_party_id=key.relying_party_id,
        origins=key.origins,
        identity_level=str(key.identity_level),
        enrolled_by=party_to_pb(key.enrolled_by),
        valid_from=timestamp(key.valid_from),
        revoke_time=None if key.revoked_at is None else timestamp(key.revoked_at),
        credential_id=key.credential_id,
        aaguid=key.aaguid,
        backup_eligible=key.backup_eligible,
        backed_up=key.backed_up,
        registration=key.registration,
        assistants=[
            pb.AssistantKey(
                record=one.record,
                role=one.role,
                public_key=one.public_key,
                organisation=party_to_pb(one.organisation),
            )
            for one in key.assistants
        ],
    ).SerializeToString()


def passkey_registration_from_payload(payload: bytes) -> PasskeyRegistration:
    """The evidence of how a passkey came to be enrolled."""
    message = parse_payload(pb.PasskeyRegistration, payload, "passkey registration")
    if message.schema != REGISTRATION_SCHEMA:
        raise InvalidInputError(f"schema is not {REGISTRATION_SCHEMA}", field="schema")
    return PasskeyRegistration(
        salt=message.salt,
        challenge=message.challenge,
        registration=Registration(
            client_data=message.client_data_json, attestation_object=message.attestation_object
        ),
        transports=tuple(message.transports),
        user_handle=message.user_handle,
        key_addition=message.key_addition,
        created_at=required_instant(message, "create_time"),
    )


def passkey_registration_to_payload(evidence: PasskeyRegistration) -> bytes:
    """The bytes to sign."""
    return pb.PasskeyRegistration(
        schema=REGISTRATION_SCHEMA,
        salt=evidence.salt,
        challenge=evidence.challenge,
        client_data_json=evidence.registration.client_data,
        attestation_object=evidence.registration.attestation_object,
        transports=evidence.transports,
        user_handle=evidence.user_handle,
        key_addition=evidence.key_addition,
        create_time=timestamp(evidence.created_at),
    ).SerializeToString()
