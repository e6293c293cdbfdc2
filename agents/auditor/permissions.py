"""
Steps 11 and 12 of formats.md, Offline bundle: permissions and receipts.

For each release the gate is asked again, with what the bundle holds: the decision must be the one
that the receipt records. The person behind a pairwise reference is the one thing that only a node
can know; the auditor takes the references in a request and in a status as one person's.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeVar

from agents.auditor.report import NotHeldError, Step
from agents.auditor.steps import Checked, SignedStatus
from portability.consent.agreement import CASE_PARTY_DISCLOSURE, AgreementScope
from portability.consent.causes import RefusalCause
from portability.consent.document import Consent
from portability.consent.gate import CLOCK_DIFFERENCE, Granted, decide
from portability.consent.permission import (
    ConsentPermission,
    DisclosureRequest,
    Logged,
    Permission,
    Uses,
)
from portability.consent.receipt import DisclosureReceipt, Outcome, case_digest
from portability.consent.scope import Action, Grant
from portability.consent.withdrawal import Withdrawal
from portability.core.periods import Period
from portability.ledger.directory import Directory
from portability.recognition.statements import HistoryOutcome, HistoryRequest, HistoryResponse
from portability.wire.consent import READERS
from portability.wire.envelope import envelope_to_bytes
from portability.wire.record import EntitlementRecord

T = TypeVar("T")

SOMEBODY: Final = "persons/the-one-who-is-asked-about"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the bundle holds: all of it passed steps 4 to 10. ``person_keys`` are by key id."""

    case_id: str
    statements: Mapping[bytes, Checked]
    person_keys: Mapping[bytes, Checked]
    statuses: Sequence[SignedStatus]
    directory: Directory
    agreement: AgreementScope | None


def check_receipts(evidence: Evidence) -> Iterator[tuple[bytes, NotHeldError]]:
    """Each receipt that does not hold, by its id, with its cause."""
    receipts = _of_kind(evidence, DisclosureReceipt)
    for one, receipt in receipts:
        try:
            _check_release(one, receipt, receipts, evidence)
        except NotHeldError as error:
            yield one.id, error
    yield from _check_chains(receipts)


def check_answers(evidence: Evidence) -> Iterator[tuple[bytes, NotHeldError]]:
    """
    Each answer to a request that left no receipt, or another one: no receipt, no data.

    A bundle for an institution has no receipt of any refusal, which would tell it the cause; one
    that has a single one must have all of them.
    """
    receipts = _of_kind(evidence, DisclosureReceipt)
    by_request = {
        (receipt.request, receipt.provider.jurisdiction): receipt for _, receipt in receipts
    }
    for one, response in _of_kind(evidence, HistoryResponse):
        request = response.header.predecessors[0] if response.header.predecessors else b""
        receipt = by_request.get((request, response.header.sender.jurisdiction))
        refused = response.outcome is HistoryOutcome.REFUSED
        if refused and receipt is None and not _shows_refusals(receipts):
            continue
        cause = _answer_fault(response, receipt, evidence)
        if cause:
            yield one.id, NotHeldError(Step.RECEIPTS, cause)


def _answer_fault(
    response: HistoryResponse, receipt: DisclosureReceipt | None, evidence: Evidence
) -> str:
    """What does not fit between an answer and its receipt; empty if all does."""
    if receipt is None:
        return "no receipt was left for this answer"
    refused = (response.outcome is HistoryOutcome.REFUSED, receipt.outcome is Outcome.REFUSED)
    holds_records = response.outcome is HistoryOutcome.RECORDS
    released = _released_digest(response, evidence)
    checks = (
        (
            refused[0] != refused[1],
            "answer and receipt do not agree on whether data were released",
        ),
        (
            receipt.record_count != len(response.records),
            "the receipt counts other records than the answer names",
        ),
        (
            holds_records and receipt.payload_digest != response.payload_digest,
            "the receipt is for other data than this answer released",
        ),
        (
            holds_records and released != response.payload_digest,
            "its digest is not that of the records that it names",
        ),
    )
    return next((cause for fails, cause in checks if fails), "")


def _released_digest(response: HistoryResponse, evidence: Evidence) -> bytes:
    """SHA-256 of the salt in the response's header followed by the released envelopes."""
    found = [evidence.statements.get(i) for i in response.records]
    envelopes = (envelope_to_bytes(one.envelope) for one in found if one is not None)
    return hashlib.sha256(response.header.salt + b"".join(envelopes)).digest()


def _check_release(
    one: Checked,
    receipt: DisclosureReceipt,
    receipts: Sequence[tuple[Checked, DisclosureReceipt]],
    evidence: Evidence,
) -> None:
    request = evidence.statements.get(receipt.request)
    is_ours = receipt.case_digest == case_digest(receipt.salt, evidence.case_id)
    if request is None and not is_ours:
        return  # under the same permission, but in another case: here for the chain alone
    if request is None:
        raise NotHeldError(Step.RECEIPTS, "the request that it answers is not in the bundle")
    if not is_ours:
        raise NotHeldError(Step.RECEIPTS, "it is of another case than its request")
    if receipt.outcome is Outcome.REFUSED:
        return  # a refusal takes nothing from anybody; its cause is the node's word
    if evidence.agreement is None:
        raise NotHeldError(Step.PERMISSION, "the agreement that it rests on does not hold here")
    content = request.content
    if isinstance(content, HistoryRequest):
        _check_consented(_Release(one, receipt, content, request), receipts, evidence)
    else:
        _check_mandated(receipt, evidence.agreement)


@dataclass(frozen=True, slots=True)
class _Release:
    """A receipt for a release, and the request that it answers; each as signed and as content."""

    signed: Checked
    receipt: DisclosureReceipt
    request: HistoryRequest
    signed_request: Checked


def _check_consented(
    release: _Release,
    receipts: Sequence[tuple[Checked, DisclosureReceipt]],
    evidence: Evidence,
) -> None:
    receipt, request = release.receipt, release.request
    if receipt.permission != request.permission:
        raise NotHeldError(Step.PERMISSION, "it names another permission than the request")
    permission, reference = _permission(receipt, evidence)
    if receipt.released_at is None or evidence.agreement is None:
        raise NotHeldError(Step.PERMISSION, "it does not say when data were released")
    earlier = [
        other.released_at
        for _, other in receipts
        if other.permission == receipt.permission
        and other.provider == receipt.provider
        and other.released_at is not None
        and other.released_at < receipt.released_at
    ]
    asking = _request(release, evidence)
    peer = request.header.sender.jurisdiction
    decision = decide(
        permission=permission,
        request=asking,
        agreement=evidence.agreement,
        directory=evidence.directory,
        now=receipt.released_at,
        uses=Uses(count=len(earlier), last=max(earlier, default=None)),
        references={(peer, request.person_reference): SOMEBODY} | reference,
        readers=READERS,
    )
    if isinstance(decision, Granted):
        _check_within(decision, receipt, evidence)
    elif decision.cause is not RefusalCause.STATUS_MISSING or _has_status(permission):
        raise NotHeldError(
            Step.PERMISSION, f"the permission did not allow this release: {decision.cause}"
        )
    _check_withdrawals(release.signed, receipt, evidence)


def _check_within(granted: Granted, receipt: DisclosureReceipt, evidence: Evidence) -> None:
    """What the receipt says was released, and each record that was, lies within the permission."""
    excess = [name for name in receipt.fields if name not in granted.fields]
    if excess:
        raise NotHeldError(Step.PERMISSION, f"the field {excess[0]} was not allowed to leave")
    first = min(grant.from_date for grant in granted.scope)
    last = max(grant.to_date for grant in granted.scope)
    if receipt.from_date < first or last < receipt.to_date:
        raise NotHeldError(
            Step.PERMISSION,
            f"the days from {receipt.from_date} to {receipt.to_date} were not allowed to leave",
        )
    for i, period in _released_periods(receipt, evidence):
        start, end = period.start or first, period.end or last
        if not any(one.from_date <= start and end <= one.to_date for one in granted.scope):
            raise NotHeldError(
                Step.PERMISSION,
                f"the record {i.hex()[:16]} was not allowed to leave: it reaches beyond the days "
                "of the permission",
            )


def _released_periods(
    receipt: DisclosureReceipt, evidence: Evidence
) -> Iterator[tuple[bytes, Period]]:
    """The periods in the answer to the receipt's request, as far as the bundle has them."""
    for _, response in _of_kind(evidence, HistoryResponse):
        is_answer = receipt.request in response.header.predecessors[:1]
        if is_answer and response.header.sender.jurisdiction == receipt.provider.jurisdiction:
            found = ((i, evidence.statements.get(i)) for i in response.records)
            for i, one in found:
                if one is not None and isinstance(one.content, EntitlementRecord):
                    yield i, one.content.period


def _request(release: _Release, evidence: Evidence) -> DisclosureRequest:
    """The request as the gate saw it: data that are sent are stored."""
    receipt, request = release.receipt, release.request
    return DisclosureRequest(
        statement=release.signed_request.id,
        key_id=release.signed_request.key_id,
        peer=request.header.sender.jurisdiction,
        requester=request.header.sender,
        provider=receipt.provider,
        person_reference=request.person_reference,
        purpose=request.purpose,
        agreement=request.claim.agreement,
        agreement_version=request.claim.agreement_version,
        asked=Grant(
            branches=(request.claim.branch,),
            datatypes=request.datatypes,
            actions=(Action.STORE,),
            fields=request.fields,
            from_date=request.from_date,
            to_date=request.to_date,
        ),
        case_id=request.header.case_id,
        received_at=receipt.requested_at,
    )


def _permission(
    receipt: DisclosureReceipt, evidence: Evidence
) -> tuple[Permission | None, dict[tuple[str, str], str]]:
    """The consent with what it rests on, and the references that its status speaks of."""
    signed = evidence.statements.get(receipt.permission)
    consent = _consent(receipt.permission, evidence)
    if signed is None or consent is None:
        raise NotHeldError(Step.PERMISSION, "the consent that it rests on is not in the bundle")
    template = evidence.statements.get(consent.purpose.template)
    key_record = evidence.person_keys.get(signed.key_id)
    if template is None or key_record is None:
        raise NotHeldError(
            Step.PERMISSION, "the purpose template or the person's key record is not in the bundle"
        )
    status = _status_for(receipt, evidence)
    references = {(consent.requester.party.jurisdiction, consent.subject): SOMEBODY}
    if status is not None:
        references[consent.home_node, status.content.person_reference] = SOMEBODY
    return (
        ConsentPermission(
            home_node=consent.home_node,
            consent=_logged(signed),
            key_record=_logged(key_record),
            template=_logged(template),
            status=None if status is None else status.envelope,
        ),
        references,
    )


def _status_for(receipt: DisclosureReceipt, evidence: Evidence) -> SignedStatus | None:
    """The word of the home node that was checked: for this provider, of the version recorded."""
    found = [
        one
        for one in evidence.statuses
        if one.content.consent == receipt.permission
        and one.content.recipient.jurisdiction == receipt.provider.jurisdiction
        and one.content.version == receipt.status_version
        and receipt.released_at is not None
        and one.content.as_of <= receipt.released_at + CLOCK_DIFFERENCE
    ]
    return max(found, key=lambda one: one.content.as_of, default=None)


def _check_withdrawals(one: Checked, receipt: DisclosureReceipt, evidence: Evidence) -> None:
    """A withdrawal that was logged in an hour before that of the release ends everything."""
    for other, withdrawal in _of_kind(evidence, Withdrawal):
        if withdrawal.consent == receipt.permission and other.accepted < one.accepted:
            raise NotHeldError(Step.PERMISSION, "the consent had been withdrawn before")


def _check_mandated(receipt: DisclosureReceipt, agreement: AgreementScope) -> None:
    parties = {receipt.provider.jurisdiction, receipt.requester.jurisdiction}
    if agreement.mandate(CASE_PARTY_DISCLOSURE) is None or not parties <= set(agreement.parties):
        raise NotHeldError(
            Step.PERMISSION, "the agreement has no ground on which these parties exchange data"
        )


def _check_chains(
    receipts: Sequence[tuple[Checked, DisclosureReceipt]],
) -> Iterator[tuple[bytes, NotHeldError]]:
    """
    Receipts of one node under one permission name each other in the order of its log.

    The first in the bundle may name one of another case; from there on none may be missing, unless
    the bundle shows no refusals at all: then what is missing may be one of them. A release that
    left none is found by its answer.
    """
    if not _shows_refusals(receipts):
        return
    chains: dict[tuple[str, bytes], list[tuple[Checked, DisclosureReceipt]]] = {}
    for one, receipt in receipts:
        if receipt.permission:
            chain = chains.setdefault((receipt.provider.jurisdiction, receipt.permission), [])
            chain.append((one, receipt))
    for chain in chains.values():
        chain.sort(key=lambda item: item[0].index)
        for (before, _), (one, receipt) in pairwise(chain):
            if receipt.previous != before.id:
                yield (
                    one.id,
                    NotHeldError(
                        Step.RECEIPTS,
                        "it does not name the receipt before it: one is missing, or their order "
                        "was changed",
                    ),
                )


def _shows_refusals(receipts: Sequence[tuple[Checked, DisclosureReceipt]]) -> bool:
    return any(receipt.outcome is Outcome.REFUSED for _, receipt in receipts)


def _consent(permission: bytes, evidence: Evidence) -> Consent | None:
    found = evidence.statements.get(permission)
    return found.content if found is not None and isinstance(found.content, Consent) else None


def _has_status(permission: Permission | None) -> bool:
    return isinstance(permission, ConsentPermission) and permission.status is not None


def _logged(one: Checked) -> Logged:
    return Logged(envelope=one.envelope, accepted_at=one.accepted)


def _of_kind(evidence: Evidence, kind: type[T]) -> list[tuple[Checked, T]]:
    """The statements of one kind with their content, in the order of their ids."""
    found = sorted(evidence.statements.items())
    return [(one, one.content) for _, one in found if isinstance(one.content, kind)]
