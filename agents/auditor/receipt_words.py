"""
Step 12 of formats.md, Offline bundle: what a receipt says, held against what left and why.

A receipt is what the person reads, so one that names another recipient, another reason, less data
or another term than the gate's decision had is a lie, though the release itself was permitted. What
was shown on the agreement's clause for parties of a case says at least what went out with it.
"""

from collections.abc import Iterator
from typing import Final

from agents.auditor.permissions import Evidence, Gated, asked_by_gate, of_kind
from agents.auditor.report import NotHeldError, Step
from agents.auditor.steps import Checked
from portability.consent.agreement import CASE_PARTY_DISCLOSURE, CASE_PARTY_PURPOSE, AgreementScope
from portability.consent.document import LegalBasis, LegalBasisKind
from portability.consent.gate import Granted
from portability.consent.receipt import DisclosureReceipt, Outcome, Release, build_receipt
from portability.recognition.receipted import asked, receipt_of, releases
from portability.recognition.statements import (
    Correction,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
)
from portability.wire.record import EntitlementRecord, days_of, names_stated

_SAID: Final = (
    ("requester", "who asked"),
    ("reason_code", "the reason"),
    ("reason_text_key", "the reason in words"),
    ("datatypes", "the kinds of data"),
    ("fields", "the fields"),
    ("from_date", "the first day"),
    ("to_date", "the last day"),
    ("erase_by", "until when the data may be kept"),
)
"""What follows from request and permission alone, as its members are called, and in words."""


def check_receipt_words(evidence: Evidence) -> Iterator[tuple[bytes, NotHeldError]]:
    """Each receipt of the case that says something else than it must."""
    for one, receipt in of_kind(evidence, DisclosureReceipt):
        found = evidence.statements.get(receipt.request)
        if found is None:
            continue
        if receipt.released_at is not None and receipt.released_at < receipt.requested_at:
            cause = "it says that data left before they were asked for"
        elif isinstance(found.content, HistoryRequest):
            cause = _of_request(receipt, found, found.content, evidence)
        else:
            cause = _of_clause(receipt, evidence)
        if cause:
            yield one.id, NotHeldError(Step.RECEIPTS, cause)


def check_granted_fields(evidence: Evidence) -> Iterator[tuple[bytes, NotHeldError]]:
    """
    Each answer that does not say as its receipt does whether less was granted than asked for.

    Of one to which less was granted nobody can show that it left something out. That something was
    held back is told to a home that reads it, and to no other.
    """
    receipts = [one for _, one in of_kind(evidence, DisclosureReceipt)]
    answers = of_kind(evidence, HistoryResponse)
    for one, response in answers:
        others = [other for i, other in answers if i.id != one.id]
        others = [other for other in others if asked(other) == asked(response)]
        receipt = receipt_of(response, others, receipts)
        if receipt is None or not releases(response):
            continue
        granted = receipt.fields if receipt.outcome is Outcome.PARTIAL else ()
        if response.granted_fields and {*response.granted_fields} != {*granted}:
            cause = "answer and receipt do not agree on whether less was granted than asked for"
            yield one.id, NotHeldError(Step.RECEIPTS, cause)
        elif receipt.held_back and not response.held_back:
            cause = "its receipt says that periods were held back, and it does not"
            yield one.id, NotHeldError(Step.RECEIPTS, cause)


def _of_request(
    receipt: DisclosureReceipt, signed: Checked, request: HistoryRequest, evidence: Evidence
) -> str:
    """What differs from the receipt that the gate's decision gives; empty if nothing does."""
    if receipt.requester != request.header.sender or receipt.reason_code != request.purpose:
        return "it names another requester or another reason than the request"
    gated = asked_by_gate(receipt, signed, request, evidence)
    if gated is None or not isinstance(gated.decision, Granted):
        return ""  # that it was not permitted, or cannot be looked at, is said elsewhere
    return _departs(receipt, gated, gated.decision)


def _departs(receipt: DisclosureReceipt, gated: Gated, granted: Granted) -> str:
    left = Release(record_count=receipt.record_count, payload_digest=receipt.payload_digest)
    due = build_receipt(
        gated.request,
        granted,
        release=left,
        permission=receipt.permission,
        receipt_id=receipt.id,
        salt=receipt.salt,
        now=receipt.released_at or receipt.requested_at,
    )
    if receipt.outcome is Outcome.PARTIAL and due.outcome is Outcome.RELEASED:
        return "it says that less was granted than was asked for, and the permission grants it all"
    for name, words in _SAID:
        if _plain(getattr(receipt, name)) != _plain(getattr(due, name)):
            return f"it does not say {words} as the permission and the request give it"
    return _other_basis(receipt.basis, due.basis)


def _plain(value: object) -> object:
    """Names in any order."""
    return frozenset(value) if isinstance(value, tuple) else value


def _other_basis(said: LegalBasis | None, due: LegalBasis | None) -> str:
    """Receipts from before the law was written into them have none."""
    return "" if said in {None, due} else "it names another law than the permission rests on"


def _of_clause(receipt: DisclosureReceipt, evidence: Evidence) -> str:
    """Of what went out with a result or a correction, on the clause for parties of a case."""
    if receipt.permission or receipt.status_version or receipt.reason_code != CASE_PARTY_PURPOSE:
        return "it names a permission or a reason that this disclosure does not rest on"
    agreement = evidence.agreement
    if receipt.outcome is Outcome.REFUSED or agreement is None:
        return ""
    return _beyond_clause(receipt, agreement) or _understated(receipt, evidence)


def _beyond_clause(receipt: DisclosureReceipt, agreement: AgreementScope) -> str:
    mandate = agreement.mandate(CASE_PARTY_DISCLOSURE)
    if mandate is None:
        return ""
    kinds = {name for grant in mandate.grants for name in grant.datatypes}
    fields = {name for grant in mandate.grants for name in grant.fields}
    if not kinds.issuperset(receipt.datatypes) or not fields.issuperset(receipt.fields):
        return "it names data that the agreement lets nobody show"
    law = LegalBasis(kind=LegalBasisKind.LEGAL_OBLIGATION_NOTICE, citation=mandate.citation)
    return _other_basis(receipt.basis, law)


def _understated(receipt: DisclosureReceipt, evidence: Evidence) -> str:
    """Less than what certainly went out: its own country's records, as far as they are here."""
    for record in _went_out(receipt, evidence):
        start, end = days_of(record, receipt.from_date, receipt.to_date)
        if str(record.kind) not in receipt.datatypes:
            return f"it does not name the kind of data {record.kind}, which left"
        unnamed = [name for name in names_stated(record) if name not in receipt.fields]
        if unnamed:
            return f"it does not name the field {unnamed[0]}, which left"
        if start < receipt.from_date or receipt.to_date < end:
            return "it names fewer days than those of the records that left"
    return ""


def _went_out(receipt: DisclosureReceipt, evidence: Evidence) -> Iterator[EntitlementRecord]:
    by, shown = receipt.provider.jurisdiction, set[bytes]()
    for _, result in of_kind(evidence, Reconciliation):
        if (
            receipt.request in result.header.predecessors
            and by == result.header.sender.jurisdiction
        ):
            shown.update(result.inputs)
    for _, correction in of_kind(evidence, Correction):
        if (receipt.request, receipt.provider) == (
            *correction.header.predecessors[:1],
            correction.header.sender,
        ):
            shown.update(correction.added)
    for i in sorted(shown):
        found = evidence.statements.get(i)
        record = None if found is None else found.content
        if not isinstance(record, EntitlementRecord) or record.is_salted:
            continue
        if record.issuer.jurisdiction == by:
            yield record
