"""
Writing the consent document and its withdrawal.

The bytes are made once, indented so that a court can read them, and from then on kept, hashed,
signed and sent as they are. Source: formats.md, §2 and §6.
"""

import json
from collections.abc import Sequence

from portability.consent.document import (
    SCHEMA,
    Consent,
    ExpressedBy,
    Requester,
)
from portability.consent.scope import Grant, Party
from portability.consent.withdrawal import SCHEMA as WITHDRAWAL_SCHEMA
from portability.consent.withdrawal import Withdrawal
from portability.ledger.encoding import encode_base64url, format_time

Members = dict[str, object]


def write_consent(consent: Consent) -> bytes:
    """The exact bytes of a consent document, to be signed as they are."""
    members: Members = {
        "schema": SCHEMA,
        "id": consent.id,
        "nonce": encode_base64url(consent.nonce),
        "request": consent.request.hex(),
    }
    if consent.supersedes is not None:
        members["supersedes"] = consent.supersedes.hex()
    members |= _parties(consent)
    members |= _scope(consent)
    members |= _circumstances(consent)
    return to_bytes(members)


def write_withdrawal(withdrawal: Withdrawal) -> bytes:
    """The exact bytes of a withdrawal, to be signed as they are."""
    members: Members = {
        "schema": WITHDRAWAL_SCHEMA,
        "id": withdrawal.id,
        "nonce": encode_base64url(withdrawal.nonce),
        "consent": withdrawal.consent.hex(),
        "created_at": format_time(withdrawal.created_at),
    }
    if withdrawal.reason is not None:
        members["reason"] = withdrawal.reason
    return to_bytes(members)


def _parties(consent: Consent) -> Members:
    return {
        "subject": consent.subject,
        "legal_basis": {
            "kind": str(consent.legal_basis.kind),
            "citation": consent.legal_basis.citation,
        },
        "requester": _requester(consent.requester),
        "providers": [_party(provider) for provider in consent.providers],
        "purpose": {
            "code": consent.purpose.code,
            "template_id": consent.purpose.template_id,
            "template": consent.purpose.template.hex(),
            "text_key": consent.purpose.text_key,
        },
    }


def _scope(consent: Consent) -> Members:
    return {
        "grants": _grants(consent.grants),
        "optional": _grants(consent.optional),
        "use": {
            "fetch": str(consent.use.fetch),
            "max_uses": consent.use.max_uses,
            "min_interval": int(consent.use.min_interval.total_seconds()),
        },
        "retention": {
            "duration": str(consent.retention.duration),
            "erase_by": consent.retention.erase_by.isoformat(),
        },
        "storage_countries": list(consent.storage_countries),
        "onward_transfer": consent.onward_transfer,
        "created_at": format_time(consent.created_at),
        "not_before": format_time(consent.not_before),
        "not_after": format_time(consent.not_after),
    }


def _circumstances(consent: Consent) -> Members:
    return {
        "home_node": consent.home_node,
        "jurisdiction": consent.jurisdiction,
        "notice": {
            "lang": consent.notice.language,
            "version": consent.notice.version,
            "sha256": consent.notice.sha256.hex(),
            "mode": str(consent.notice.mode),
        },
        "withdrawal": {
            "url": consent.withdrawal.url,
            "phone": consent.withdrawal.phone,
            "office": consent.withdrawal.office,
            "text_key": consent.withdrawal.text_key,
        },
        "expressed_by": _expressed_by(consent.expressed_by),
        "method": str(consent.method),
        "assurance": {
            "identity": str(consent.assurance.identity),
            "act": str(consent.assurance.act),
        },
    }


def _requester(requester: Requester) -> Members:
    return _party(requester.party) | {
        "legal_name": requester.legal_name,
        "country": requester.country,
        "contact": requester.contact,
        "supervisory_authority": requester.supervisory_authority,
    }


def _party(party: Party) -> Members:
    return {"node": party.jurisdiction, "institution": party.institution}


def _grants(grants: Sequence[Grant]) -> list[Members]:
    return [
        {
            "branches": [str(branch) for branch in grant.branches],
            "datatypes": list(grant.datatypes),
            "actions": [str(action) for action in grant.actions],
            "period": {"from": grant.from_date.isoformat(), "to": grant.to_date.isoformat()},
            "fields": list(grant.fields),
        }
        for grant in grants
    ]


def _expressed_by(expressed: ExpressedBy) -> Members:
    members: Members = {"role": str(expressed.role)}
    if expressed.proof is not None:
        members["proof"] = {
            "sha256": expressed.proof.sha256.hex(),
            "not_after": format_time(expressed.proof.not_after),
            "acts": list(expressed.proof.acts),
        }
    return members


def to_bytes(members: Members) -> bytes:
    """One JSON object, indented, with a line feed at its end."""
    return json.dumps(members, indent=2, ensure_ascii=False).encode("utf-8") + b"\n"
