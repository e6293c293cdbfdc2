"""
Receipts of disclosures: signed payloads and values of ``consent``.

The reader takes the bytes that were verified and raises InvalidInputError naming the field for
anything that it would not understand. Source: consent.proto; formats.md, §6 to §8.
"""

from datetime import date
from typing import Final

from portability.consent.causes import RefusalCause
from portability.consent.document import LegalBasis, LegalBasisKind
from portability.consent.receipt import SCHEMA, DisclosureReceipt, Outcome
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
from portability.wire.strict import civil_date, optional_date, timestamp

_OUTCOMES: Final = {
    pb.DISCLOSURE_OUTCOME_RELEASED: Outcome.RELEASED,
    pb.DISCLOSURE_OUTCOME_PARTIAL: Outcome.PARTIAL,
    pb.DISCLOSURE_OUTCOME_REFUSED: Outcome.REFUSED,
}
_OUTCOME_NUMBERS: Final = {outcome: number for number, outcome in _OUTCOMES.items()}


def receipt_from_payload(payload: bytes) -> DisclosureReceipt:
    """The trace of one release or refusal."""
    message = parse_payload(pb.DisclosureReceipt, payload, "disclosure receipt")
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
        requested_at=required_instant(message, "request_time"),
        released_at=optional_instant(message, "release_time"),
        outcome=outcome,
        cause=known_member(RefusalCause, message.cause, "cause") if message.cause else None,
        datatypes=tuple(message.datatypes),
        fields=tuple(message.fields),
        from_date=civil_date(message.from_date, "from_date"),
        to_date=civil_date(message.to_date, "to_date"),
        record_count=message.record_count,
        payload_digest=message.payload_digest,
        erase_by=optional_date(message.erase_by, "erase_by"),
        previous=message.previous,
        basis=_basis(message),
        held_back=message.held_back,
    )


def _basis(message: pb.DisclosureReceipt) -> LegalBasis | None:
    """Both parts or none: a kind of law without its provision says nothing."""
    if not message.legal_basis and not message.citation:
        return None
    kind = known_member(LegalBasisKind, message.legal_basis, "legal_basis")
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
        held_back=receipt.held_back,
    )


def receipt_to_payload(receipt: DisclosureReceipt) -> bytes:
    """The bytes to sign."""
    return receipt_to_pb(receipt).SerializeToString()


def _date_text(day: date | None) -> str:
    return "" if day is None else day.isoformat()
