"""
Every kind of statement that a bundle may hold: who signs it, and how its payload is read.

A key of another purpose signs nothing here, however valid its signature. Source: formats.md, Signed
envelope (payload types) and Keys.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from agents.auditor.person_kinds import PERSON_KINDS, PersonContent, PersonKind
from portability.consent.consent_reader import read_consent, read_withdrawal
from portability.consent.document import Consent
from portability.consent.payload_types import (
    CONSENT_REQUEST_TYPE,
    CONSENT_TYPE,
    RECEIPT_TYPE,
    SUBJECT_KEY_TYPE,
    TEMPLATE_TYPE,
    WITHDRAWAL_TYPE,
)
from portability.consent.receipt import DisclosureReceipt
from portability.consent.scope import Party
from portability.consent.statements import ConsentRequest, SubjectKey
from portability.consent.template import Template, parse_template
from portability.consent.withdrawal import Withdrawal
from portability.ledger.directory import KeyPurpose
from portability.ledger.envelope import kind_of
from portability.recognition.complaint import ComplaintStep
from portability.recognition.erasure import ErasureStatement
from portability.recognition.identity import IdentityResolution
from portability.recognition.stated_facts import FACTS_TYPE, StatedFacts, read_stated_facts
from portability.recognition.statements import CaseStatement
from portability.wire.complaint import COMPLAINT_TYPE, step_from_payload
from portability.wire.consent import consent_request_from_payload
from portability.wire.erasure import ERASURE_TYPES, erasure_statement_from_payload
from portability.wire.identity import RESOLUTION_TYPE, resolution_from_payload
from portability.wire.receipt import receipt_from_payload
from portability.wire.record import RECORD_TYPE, EntitlementRecord, record_from_payload
from portability.wire.statement import (
    BY_INSTITUTIONS,
    BY_PERSONS,
    STATEMENT_TYPES,
    statement_from_payload,
)
from portability.wire.subject_key import subject_key_from_payload

Content = (
    EntitlementRecord
    | CaseStatement
    | Consent
    | Withdrawal
    | ConsentRequest
    | SubjectKey
    | DisclosureReceipt
    | Template
    | ErasureStatement
    | ComplaintStep
    | PersonContent
    | IdentityResolution
    | StatedFacts
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """
    ``purpose`` of the key that signs; None for what a person signs.

    ``read(payload, statement_id)`` raises InvalidInputError. ``issuer`` is who must have signed
    according to the content; None where the content does not say.
    """

    payload_type: str
    purpose: KeyPurpose | None
    read: Callable[[bytes, bytes], Content]
    issuer: Callable[[Content], Party | None]


def _statement_kind(payload_type: str) -> Kind:
    by_office = KeyPurpose.INSTITUTION if payload_type in BY_INSTITUTIONS else KeyPurpose.NODE

    def read(payload: bytes, _: bytes) -> Content:
        return cast("CaseStatement", statement_from_payload(payload_type, payload))

    return Kind(
        payload_type=payload_type,
        purpose=None if payload_type in BY_PERSONS else by_office,
        read=read,
        issuer=lambda content: cast("CaseStatement", content).header.sender,
    )


def _erasure_kind(payload_type: str) -> Kind:
    return Kind(
        payload_type=payload_type,
        purpose=KeyPurpose.NODE,
        read=lambda payload, _: erasure_statement_from_payload(payload_type, payload),
        issuer=lambda content: cast("ErasureStatement", content).header.sender.node,
    )


def _person_kind(payload_type: str, kind: PersonKind) -> Kind:
    return Kind(
        payload_type=payload_type,
        purpose=None if kind.by_person else KeyPurpose.NODE,
        read=lambda payload, _: kind.read(payload),
        issuer=_nobody,
    )


def _record_issuer(content: Content) -> Party:
    record = cast("EntitlementRecord", content)
    return Party(jurisdiction=record.jurisdiction, institution=record.institution)


def _nobody(_content: Content) -> None:
    return None


_ALL: Final = (
    Kind(
        payload_type=RECORD_TYPE,
        purpose=KeyPurpose.INSTITUTION,
        read=lambda payload, i: record_from_payload(payload, i.hex()),
        issuer=_record_issuer,
    ),
    *(_statement_kind(name) for name in STATEMENT_TYPES if kind_of(name) != "acknowledgement"),
    *map(_erasure_kind, ERASURE_TYPES),
    *(_person_kind(name, kind) for name, kind in PERSON_KINDS.items()),
    Kind(
        payload_type=COMPLAINT_TYPE,
        purpose=KeyPurpose.NODE,
        read=lambda payload, _: step_from_payload(payload),
        issuer=lambda content: cast("ComplaintStep", content).header.sender,
    ),
    Kind(
        payload_type=RESOLUTION_TYPE,
        purpose=KeyPurpose.INSTITUTION,
        read=lambda payload, _: resolution_from_payload(payload),
        issuer=lambda content: cast("IdentityResolution", content).institution,
    ),
    Kind(
        payload_type=FACTS_TYPE,
        purpose=KeyPurpose.INSTITUTION,
        read=lambda payload, _: read_stated_facts(payload),
        issuer=lambda content: cast("StatedFacts", content).institution,
    ),
    Kind(
        payload_type=CONSENT_TYPE,
        purpose=None,
        read=lambda payload, _: read_consent(payload),
        issuer=_nobody,
    ),
    Kind(
        payload_type=WITHDRAWAL_TYPE,
        purpose=None,
        read=lambda payload, _: read_withdrawal(payload),
        issuer=_nobody,
    ),
    Kind(
        payload_type=CONSENT_REQUEST_TYPE,
        purpose=KeyPurpose.INSTITUTION,
        read=lambda payload, _: consent_request_from_payload(payload),
        issuer=lambda content: cast("ConsentRequest", content).requester,
    ),
    Kind(
        payload_type=SUBJECT_KEY_TYPE,
        purpose=KeyPurpose.NODE,
        read=lambda payload, _: subject_key_from_payload(payload),
        issuer=lambda content: cast("SubjectKey", content).enrolled_by.node,
    ),
    Kind(
        payload_type=RECEIPT_TYPE,
        purpose=KeyPurpose.NODE,
        read=lambda payload, _: receipt_from_payload(payload),
        issuer=lambda content: cast("DisclosureReceipt", content).provider.node,
    ),
    Kind(
        payload_type=TEMPLATE_TYPE,
        purpose=KeyPurpose.INSTITUTION,
        read=lambda payload, _: parse_template(payload),
        issuer=_nobody,  # the consent says which requester it must be
    ),
)

KINDS: Final[Mapping[str, Kind]] = {kind.payload_type: kind for kind in _ALL}
