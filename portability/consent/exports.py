"""
A consent record in the terms of others: ISO/IEC TS 27560 in W3C DPV, FHIR R5, GovStack.

Each is a view for software that does not know ours. None is signed or proves anything: it names
the statement id, under which the signed document and its proof are found.
Source: w3.org/ns/dpv 2.0 (as ISO/IEC TS 27560:2023 maps to it); hl7.org/fhir/R5/consent.html;
GovStack Consent Building Block 1.0, ConsentRecord.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portability.consent.document import Consent, LegalBasisKind, Method, NoticeMode
from portability.consent.identifiers import check_code
from portability.consent.scope import Action, Grant, Party
from portability.consent.statements import ConsentState
from portability.ledger.encoding import format_time

Document = dict[str, object]

_BASE: Final = "urn:portability:"

_DPV_CONTEXT: Final[Document] = {
    "dpv": "https://w3id.org/dpv#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "p": _BASE,
    "id": "@id",
    "type": "@type",
}

_DPV_STATES: Final[Mapping[ConsentState, str]] = {
    ConsentState.REQUESTED: "ConsentRequested",
    ConsentState.GRANTED: "ConsentGiven",
    ConsentState.REFUSED: "ConsentRefused",
    ConsentState.LAPSED: "ConsentRequestDeferred",
    # DPV has no word for a pause, or for what a newer consent replaced: this says what it means
    ConsentState.PAUSED: "ConsentStatusInvalidForProcessing",
    ConsentState.SUPERSEDED: "ConsentStatusInvalidForProcessing",
    ConsentState.WITHDRAWN: "ConsentWithdrawn",
    ConsentState.EXPIRED: "ConsentExpired",
    ConsentState.EXHAUSTED: "ConsentExpired",
    ConsentState.TERMINATED: "ConsentRevoked",
    ConsentState.INVALIDATED: "ConsentInvalidated",
}

_DPV_BASES: Final = {
    LegalBasisKind.CONSENT: "Consent",
    LegalBasisKind.TREATY_AUTHORISATION: "PublicInterest",
    LegalBasisKind.LEGAL_OBLIGATION_NOTICE: "LegalObligation",
}
_DPV_ACTIONS: Final = {
    Action.VIEW: "Consult",
    Action.STORE: "Store",
    Action.VERIFY_ONLY: "Match",
}

_FHIR_STATES: Final[Mapping[ConsentState, str]] = {
    ConsentState.REQUESTED: "draft",
    ConsentState.GRANTED: "active",
    ConsentState.REFUSED: "not-done",
    ConsentState.LAPSED: "not-done",
}
"""Whatever is in no state named here was in force once and is not now: ``inactive``."""

_FHIR_ACTIONS: Final = {Action.VIEW: "access", Action.STORE: "collect", Action.VERIFY_ONLY: "use"}
_SPOKEN: Final = frozenset({NoticeMode.READ_ALOUD, NoticeMode.INTERPRETER})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """
    A consent and where it stands. ``id`` is its statement id.

    ``changed_at`` is when it came where it stands, ``key_id`` that of the key that signed it.
    """

    id: bytes
    document: Consent
    state: ConsentState
    changed_at: datetime
    key_id: bytes

    @property
    def uri(self) -> str:
        return f"{_BASE}consent:{self.id.hex()}"


def to_dpv(record: ConsentRecord) -> Document:
    """The record as JSON-LD in the terms of the Data Privacy Vocabulary."""
    document = record.document
    return {
        "@context": _DPV_CONTEXT,
        "id": record.uri,
        "type": "dpv:ConsentRecord",
        "dct:identifier": document.id,
        "dct:conformsTo": "ISO/IEC TS 27560:2023",
        "dct:created": _dpv_time(document.created_at),
        "p:checkCode": check_code(record.id),
        "dpv:hasDataSubject": {
            "id": f"{_BASE}person:{document.subject}",
            "type": "dpv:DataSubject",
        },
        "dpv:hasDataController": _dpv_controller(document),
        "dpv:hasRecipient": [_dpv_party(document.requester.party, "dpv:Recipient")],
        "dpv:hasDataSource": [_dpv_party(one, "dpv:DataSource") for one in document.providers],
        "dpv:hasPurpose": _dpv_purpose(document),
        "dpv:hasLegalBasis": {
            "type": f"dpv:{_DPV_BASES[document.legal_basis.kind]}",
            "dct:references": document.legal_basis.citation,
        },
        "dpv:hasProcess": [_dpv_process(grant) for grant in document.scope],
        "dpv:hasStorageCondition": _dpv_storage(document),
        "dpv:hasNotice": _dpv_notice(document),
        "dpv:hasConsentStatus": {
            "type": f"dpv:{_DPV_STATES[record.state]}",
            "dct:date": _dpv_time(record.changed_at),
        },
        "dpv:isIndicatedBy": {
            "id": f"{_BASE}key:{record.key_id.hex()}",
            "dct:type": str(document.method),
        },
        "dpv:isIndicatedAtTime": _dpv_time(document.created_at),
        "dpv:hasDuration": {
            "type": "dpv:UntilTimeDuration",
            "dct:valid": _dpv_time(document.not_after),
        },
        "dpv:hasConsentControl": _dpv_control(document),
        "dpv:hasJurisdiction": {"id": f"{_BASE}jurisdiction:{document.jurisdiction}"},
    }


def _dpv_purpose(document: Consent) -> Document:
    return {
        "id": f"{_BASE}purpose:{document.purpose.code}",
        "type": "dpv:Purpose",
        "dct:isVersionOf": document.purpose.template.hex(),
    }


def _dpv_notice(document: Consent) -> Document:
    return {
        "type": "dpv:ConsentNotice",
        "dct:language": document.notice.language,
        "dct:hasVersion": document.notice.version,
        "p:sha256": document.notice.sha256.hex(),
    }


def _dpv_control(document: Consent) -> Document:
    return {
        "type": "dpv:WithdrawConsent",
        "dct:source": document.withdrawal.url,
        "p:phone": document.withdrawal.phone,
        "p:office": document.withdrawal.office,
    }


def to_fhir(record: ConsentRecord) -> Document:
    """The record as a FHIR R5 Consent resource; what it says, not that it is about health."""
    document = record.document
    return {
        "resourceType": "Consent",
        "id": record.id.hex(),
        "identifier": [{"system": f"{_BASE}consent", "value": record.id.hex()}],
        "status": _FHIR_STATES.get(record.state, "inactive"),
        "category": [_concept(f"{_BASE}legal-basis", str(document.legal_basis.kind))],
        "subject": _fhir_person(document.subject),
        "date": document.created_at.date().isoformat(),
        "period": _fhir_period(document.not_before, document.not_after),
        "grantor": [_fhir_person(document.subject)],
        "grantee": [_fhir_party(document.requester.party, document.requester.legal_name)],
        "manager": [_fhir_party(Party(jurisdiction=document.home_node), document.home_node)],
        "controller": [_fhir_party(one, str(one)) for one in document.providers],
        "regulatoryBasis": [{"text": document.legal_basis.citation}],
        "policyText": [
            {
                "identifier": {
                    "system": f"{_BASE}purpose-template",
                    "value": document.purpose.template.hex(),
                }
            }
        ],
        "verification": [
            {
                "verified": document.method is not Method.PAPER,
                "verificationType": _concept(f"{_BASE}method", str(document.method)),
                "verificationDate": [format_time(document.created_at)],
            }
        ],
        "decision": "permit",
        "provision": [_fhir_provision(document, grant) for grant in document.scope],
    }


def to_govstack(record: ConsentRecord) -> Document:
    """The record as a ConsentRecord of GovStack's consent building block."""
    document = record.document
    is_in_force = record.state in {ConsentState.GRANTED, ConsentState.PAUSED}
    spoken = document.notice.mode in _SPOKEN
    return {
        "id": record.id.hex(),
        "agreement": document.purpose.template_id,
        "agreement_revision": document.purpose.template.hex(),
        "agreement_revision_hash": document.purpose.template.hex(),
        "individual": document.subject,
        "opt_in": is_in_force,
        "state": "signed",
        "signature": {
            "id": record.id.hex(),
            "verification_method": f"{document.method}{'-spoken' if spoken else ''}",
            "verification_payload_hash": record.id.hex(),
            "verification_signed_by": record.key_id.hex(),
            "verification_signed_as": (
                "individual" if document.expressed_by.proof is None else "delegate"
            ),
            "timestamp": format_time(document.created_at),
            "object_type": "revision",
            "object_reference": document.purpose.template.hex(),
        },
    }


def _dpv_time(instant: datetime) -> Document:
    return {"@value": format_time(instant), "type": "xsd:dateTime"}


def _dpv_party(party: Party, kind: str) -> Document:
    return {"id": f"{_BASE}party:{party}", "type": kind}


def _dpv_controller(document: Consent) -> Document:
    requester = document.requester
    return {
        "id": f"{_BASE}party:{requester.party}",
        "type": "dpv:DataController",
        "dpv:hasName": requester.legal_name,
        "dpv:hasContact": requester.contact,
        "dpv:hasAuthority": requester.supervisory_authority,
    }


def _dpv_process(grant: Grant) -> Document:
    return {
        "type": "dpv:Process",
        "dpv:hasProcessing": [{"type": f"dpv:{_DPV_ACTIONS[one]}"} for one in grant.actions],
        "dpv:hasPersonalData": [
            {"id": f"{_BASE}data:{datatype}.{field}", "type": "dpv:PersonalData"}
            for datatype in grant.datatypes
            for field in grant.fields
        ],
        "dct:subject": [str(branch) for branch in grant.branches],
        "dct:temporal": f"{grant.from_date.isoformat()}/{grant.to_date.isoformat()}",
    }


def _dpv_storage(document: Consent) -> Document:
    return {
        "type": "dpv:StorageCondition",
        "dpv:hasDuration": str(document.retention.duration),
        "dct:valid": {"@value": document.retention.erase_by.isoformat(), "type": "xsd:date"},
        "dpv:hasLocation": [{"id": f"{_BASE}country:{one}"} for one in document.storage_countries],
    }


def _concept(system: str, code: str) -> Document:
    return {"coding": [{"system": system, "code": code}]}


def _fhir_person(subject: str) -> Document:
    return {"identifier": {"system": f"{_BASE}person", "value": subject}}


def _fhir_party(party: Party, name: str) -> Document:
    return {"identifier": {"system": f"{_BASE}party", "value": str(party)}, "display": name}


def _fhir_period(start: datetime, end: datetime) -> Document:
    return {"start": format_time(start), "end": format_time(end)}


def _fhir_provision(document: Consent, grant: Grant) -> Document:
    return {
        "period": _fhir_period(document.not_before, document.not_after),
        "action": [
            _concept("http://terminology.hl7.org/CodeSystem/consentaction", _FHIR_ACTIONS[action])
            for action in grant.actions
        ],
        "purpose": [{"system": f"{_BASE}purpose", "code": document.purpose.code}],
        "code": [
            _concept(f"{_BASE}data", f"{datatype}.{field}")
            for datatype in grant.datatypes
            for field in grant.fields
        ],
        "dataPeriod": {
            "start": grant.from_date.isoformat(),
            "end": grant.to_date.isoformat(),
        },
    }
