"""
Signed protobuf payloads about permissions, and their strict reading into values of ``consent``.

Every reader takes the bytes that were verified and raises InvalidInputError naming the field for
anything that it would not understand. Source: consent.proto; formats.md, §6 to §8.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, TypeVar

from google.protobuf.message import Message

from portability.consent.causes import RefusalCause
from portability.consent.document import IdentityLevel, LegalBasis, LegalBasisKind, Method
from portability.consent.permission import Readers
from portability.consent.receipt import SCHEMA, DisclosureReceipt, Outcome
from portability.consent.registration import PasskeyRegistration, Registration
from portability.consent.scope import Action, Grant, Party
from portability.consent.statements import (
    AssistantKey,
    ConsentRequest,
    ConsentState,
    ConsentStatus,
    SubjectKey,
)
from portability.core.periods import Branch
from portability.errors import InvalidInputError
from portability.v1 import consent_pb2 as pb
from portability.v1 import statement_pb2
from portability.wire.strict import civil_date, instant, optional_date, parse_strictly, timestamp

MAX_PAYLOAD_BYTES: Final = 131_072
"""A request for 32 grants of ten fields each takes about a tenth of it."""

REGISTRATION_SCHEMA: Final = "passkey-registration/1"

M = TypeVar("M", bound=Message)
E = TypeVar("E", Branch, Action, Method, IdentityLevel, RefusalCause, LegalBasisKind)

_STATES: Final = {
    pb.CONSENT_STATE_REQUESTED: ConsentState.REQUESTED,
    pb.CONSENT_STATE_GRANTED: ConsentState.GRANTED,
    pb.CONSENT_STATE_REFUSED: ConsentState.REFUSED,
    pb.CONSENT_STATE_LAPSED: ConsentState.LAPSED,
    pb.CONSENT_STATE_PAUSED: ConsentState.PAUSED,
    pb.CONSENT_STATE_SUPERSEDED: ConsentState.SUPERSEDED,
    pb.CONSENT_STATE_WITHDRAWN: ConsentState.WITHDRAWN,
    pb.CONSENT_STATE_EXPIRED: ConsentState.EXPIRED,
    pb.CONSENT_STATE_EXHAUSTED: ConsentState.EXHAUSTED,
    pb.CONSENT_STATE_TERMINATED: ConsentState.TERMINATED,
    pb.CONSENT_STATE_INVALIDATED: ConsentState.INVALIDATED,
}
_STATE_NUMBERS: Final = {state: number for number, state in _STATES.items()}

_OUTCOMES: Final = {
    pb.DISCLOSURE_OUTCOME_RELEASED: Outcome.RELEASED,
    pb.DISCLOSURE_OUTCOME_PARTIAL: Outcome.PARTIAL,
    pb.DISCLOSURE_OUTCOME_REFUSED: Outcome.REFUSED,
}
_OUTCOME_NUMBERS: Final = {outcome: number for number, outcome in _OUTCOMES.items()}


def state_from_pb(number: pb.ConsentState) -> ConsentState:
    """Raises InvalidInputError for the unspecified state and for one that is not known here."""
    found = _STATES.get(number)
    if found is None:
        raise InvalidInputError("state is not one that is known here", field="state")
    return found


def state_to_pb(state: ConsentState) -> pb.ConsentState:
    return _STATE_NUMBERS[state]


def party_from_pb(message: statement_pb2.Party) -> Party:
    """An institution, or a node where the institution is empty."""
    return Party(jurisdiction=message.jurisdiction, institution=message.institution)


def party_to_pb(party: Party) -> statement_pb2.Party:
    return statement_pb2.Party(jurisdiction=party.jurisdiction, institution=party.institution)


def grant_from_pb(message: pb.ScopeGrant) -> Grant:
    """One item of a scope; InvalidInputError for an unknown branch or action, or a bad date."""
    return Grant(
        branches=tuple(_member(Branch, text, "branches") for text in message.branches),
        datatypes=tuple(message.datatypes),
        actions=tuple(_member(Action, text, "actions") for text in message.actions),
        fields=tuple(message.fields),
        from_date=civil_date(message.from_date, "from_date"),
        to_date=civil_date(message.to_date, "to_date"),
    )


def grant_to_pb(grant: Grant) -> pb.ScopeGrant:
    return pb.ScopeGrant(
        branches=map(str, grant.branches),
        datatypes=grant.datatypes,
        actions=map(str, grant.actions),
        fields=grant.fields,
        from_date=grant.from_date.isoformat(),
        to_date=grant.to_date.isoformat(),
    )


def consent_request_from_payload(payload: bytes) -> ConsentRequest:
    """What an institution asks of a person."""
    message = _parse(pb.ConsentRequest, payload, "consent request")
    return ConsentRequest(
        salt=message.salt,
        requester=party_from_pb(message.requester),
        providers=tuple(map(party_from_pb, message.providers)),
        person_reference=message.person_reference,
        purpose=message.purpose,
        template=message.template,
        grants=tuple(map(grant_from_pb, message.grants)),
        not_before=_required(message, "not_before"),
        not_after=_required(message, "not_after"),
        max_uses=message.max_uses,
        erase_by=civil_date(message.erase_by, "erase_by"),
        created_at=_required(message, "create_time"),
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
    message = _parse(pb.ConsentStatus, payload, "consent status")
    return ConsentStatus(
        salt=message.salt,
        consent=message.consent,
        state=state_from_pb(message.state),
        version=message.version,
        as_of=_required(message, "as_of"),
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


def subject_key_from_payload(payload: bytes) -> SubjectKey:
    """Which key a person signs with."""
    message = _parse(pb.SubjectKeyRecord, payload, "subject key record")
    return SubjectKey(
        salt=message.salt,
        subject_commitment=message.subject_commitment,
        method=_member(Method, message.method, "method"),
        public_key=message.public_key,
        cose_key=message.cose_key,
        relying_party_id=message.relying_party_id,
        origins=tuple(message.origins),
        identity_level=_member(IdentityLevel, message.identity_level, "identity_level"),
        enrolled_by=party_from_pb(message.enrolled_by),
        valid_from=_required(message, "valid_from"),
        revoked_at=_optional(message, "revoke_time"),
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
    message = _parse(pb.PasskeyRegistration, payload, "passkey registration")
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
        created_at=_required(message, "create_time"),
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


def receipt_from_payload(payload: bytes) -> DisclosureReceipt:
    """The trace of one release or refusal."""
    message = _parse(pb.DisclosureReceipt, payload, "disclosure receipt")
    if message.schema != SCHEMA:
        raise InvalidInputError(f"schema is not {SCHEMA}", field="schema")
    outcome = _OUTCOMES.get(message.outcome)
    if outcome is None:
        raise InvalidInputError("outcome is not one that is known here", field="outcome")
    return DisclosureReceipt(
        id=message.id,
        salt=message.salt,
        permission=message.permission,
        status_version=message.status_version,
        provider=party_from_pb(message.provider),
        requester=party_from_pb(message.requester),
        request=message.request,
        reason_code=message.reason_code,
        reason_text_key=message.reason_text_key,
        case_digest=message.case_digest,
        requested_at=_required(message, "request_time"),
        released_at=_optional(message, "release_time"),
        outcome=outcome,
        cause=_member(RefusalCause, message.cause, "cause") if message.cause else None,
        datatypes=tuple(message.datatypes),
        fields=tuple(message.fields),
        from_date=civil_date(message.from_date, "from_date"),
        to_date=civil_date(message.to_date, "to_date"),
        record_count=message.record_count,
        payload_digest=message.payload_digest,
        erase_by=optional_date(message.erase_by, "erase_by"),
        previous=message.previous,
        basis=_basis(message),
    )


def _basis(message: pb.DisclosureReceipt) -> LegalBasis | None:
    """Both parts or none: a kind of law without its provision says nothing."""
    if not message.legal_basis and not message.citation:
        return None
    kind = _member(LegalBasisKind, message.legal_basis, "legal_basis")
    return LegalBasis(kind=kind, citation=message.citation)


def receipt_to_pb(receipt: DisclosureReceipt) -> pb.DisclosureReceipt:
    return pb.DisclosureReceipt(
        schema=SCHEMA,
        id=receipt.id,
        salt=receipt.salt,
        permission=receipt.permission,
        status_version=receipt.status_version,
        provider=party_to_pb(receipt.provider),
        requester=party_to_pb(receipt.requester),
        request=receipt.request,
        reason_code=receipt.reason_code,
        reason_text_key=receipt.reason_text_key,
        case_digest=receipt.case_digest,
        request_time=timestamp(receipt.requested_at),
        release_time=None if receipt.released_at is None else timestamp(receipt.released_at),
        outcome=_OUTCOME_NUMBERS[receipt.outcome],
        cause="" if receipt.cause is None else str(receipt.cause),
        datatypes=receipt.datatypes,
        fields=receipt.fields,
        from_date=receipt.from_date.isoformat(),
        to_date=receipt.to_date.isoformat(),
        record_count=receipt.record_count,
        payload_digest=receipt.payload_digest,
        erase_by=_date_text(receipt.erase_by),
        previous=receipt.previous,
        legal_basis="" if receipt.basis is None else str(receipt.basis.kind),
        citation="" if receipt.basis is None else receipt.basis.citation,
    )


def receipt_to_payload(receipt: DisclosureReceipt) -> bytes:
    """The bytes to sign."""
    return receipt_to_pb(receipt).SerializeToString()


READERS: Final = Readers(subject_key=subject_key_from_payload, status=consent_status_from_payload)
"""What the gate reads signed protobuf bytes with."""


def grants_from_pb(messages: Iterable[pb.ScopeGrant]) -> tuple[Grant, ...]:
    return tuple(map(grant_from_pb, messages))


def _parse(kind: type[M], payload: bytes, what: str) -> M:
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise InvalidInputError(
            f"the {what} has {len(payload)} bytes, {MAX_PAYLOAD_BYTES} are allowed",
            field="payload",
            limit=str(MAX_PAYLOAD_BYTES),
        )
    return parse_strictly(kind, payload, what)


def _member(values: type[E], text: str, field: str) -> E:
    try:
        return values(text)
    except ValueError:
        raise InvalidInputError(f"{field} is not one that is known here", field=field) from None


def _required(message: Message, field: str) -> datetime:
    found = _optional(message, field)
    if found is None:
        raise InvalidInputError(f"{field} is missing", field=field)
    return found


def _optional(message: Message, field: str) -> datetime | None:
    return instant(getattr(message, field), field) if message.HasField(field) else None


def _date_text(day: date | None) -> str:
    return "" if day is None else day.isoformat()
