"""
Step 11 of formats.md, Offline bundle: the permission for each release.

For each release the gate is asked again, with what the bundle holds: the decision must be the one
that the receipt records. The person behind a pairwise reference is the one thing that only a node
can know; the auditor takes the references in a request and in a status as one person's.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from agents.auditor.consent_ends import check_not_ended
from agents.auditor.contents import short, told_refusal
from agents.auditor.questions import Answer, Holds, Question
from agents.auditor.records import released_by
from agents.auditor.report import NotHeldError, Step
from agents.auditor.signed_only import SignedOnly
from agents.auditor.steps import Checked, of_kind_in
from agents.refusal_words import refusal_words
from portability.consent.agreement import CASE_PARTY_DISCLOSURE, AgreementScope
from portability.consent.causes import RefusalCause
from portability.consent.document import Consent
from portability.consent.gate import CLOCK_DIFFERENCE, Granted, Refused, decide
from portability.consent.permission import (
    ConsentPermission,
    DisclosureRequest,
    Logged,
    Permission,
    Uses,
)
from portability.consent.receipt import DisclosureReceipt, Outcome, case_digest
from portability.consent.scope import Action, Grant
from portability.consent.statements import ConsentStatus
from portability.ledger.directory import Directory
from portability.recognition.statements import HistoryRequest, HistoryResponse
from portability.wire.consent import READERS
from portability.wire.record import EntitlementRecord, days_of, names_stated

T = TypeVar("T")

SOMEBODY: Final = "persons/the-one-who-is-asked-about"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the bundle holds: all of it passed steps 4 to 10. ``person_keys`` are by key id."""

    case_id: str
    statements: Mapping[bytes, Checked]
    person_keys: Mapping[bytes, Checked]
    statuses: Sequence[SignedOnly[ConsentStatus]]
    directory: Directory
    agreement: AgreementScope | None
    erased: Collection[bytes] = frozenset()


def check_receipts(evidence: Evidence) -> Iterator[tuple[bytes, Answer | NotHeldError]]:
    """
    Each receipt of the case by its id: on what the release rests, or why it does not hold.

    A receipt of another case, here for the chain alone, is passed over.
    """
    receipts = of_kind(evidence, DisclosureReceipt)
    for one, receipt in receipts:
        try:
            answer = _check_release(one, receipt, receipts, evidence)
        except NotHeldError as error:
            yield one.id, error
        else:
            if answer is not None:
                yield one.id, answer


def _check_release(
    one: Checked,
    receipt: DisclosureReceipt,
    receipts: Sequence[tuple[Checked, DisclosureReceipt]],
    evidence: Evidence,
) -> Answer | None:
    request = _answered(receipt, evidence)
    if request is None:
        return _of_no_request(receipt, evidence)
    if receipt.outcome is Outcome.REFUSED:
        # a refusal takes nothing from anybody; its cause is the node's word
        return _answer(Holds.YES, f"nothing left: {told_refusal(receipt)}")
    if evidence.agreement is None:
        raise NotHeldError(Step.PERMISSION, "the agreement that it rests on does not hold here")
    content = request.content
    if isinstance(content, HistoryRequest):
        release = _Release(one, receipt, content, request)
        if receipt.permission in evidence.erased:
            return _answer(Holds.UNKNOWN, "the consent that it rests on was erased")
        return _check_consented(release, receipts, evidence)
    _check_mandated(receipt, evidence.agreement)
    return _answer(
        Holds.YES, "yes, by the agreement's clause for parties of a case (a legal mandate)"
    )


def _answered(receipt: DisclosureReceipt, evidence: Evidence) -> Checked | None:
    """The request that a receipt is for; None where this case has none. Raises NotHeldError."""
    request = evidence.statements.get(receipt.request)
    if request is not None and not _is_ours(receipt, evidence):
        raise NotHeldError(Step.RECEIPTS, "it is of another case than its request")
    return request


def _of_no_request(receipt: DisclosureReceipt, evidence: Evidence) -> Answer | None:
    """Under the same permission, but in another case: here for the chain alone. Or erased."""
    if receipt.request in evidence.erased:
        return _answer(Holds.UNKNOWN, "the request that it answers was erased")
    if _is_ours(receipt, evidence):
        raise NotHeldError(Step.RECEIPTS, "the request that it answers is not in the bundle")
    return None


def _is_ours(receipt: DisclosureReceipt, evidence: Evidence) -> bool:
    return receipt.case_digest == case_digest(receipt.salt, evidence.case_id)


def _answer(holds: Holds, words: str) -> Answer:
    return Answer(question=Question.PERMISSION, holds=holds, words=words)


@dataclass(frozen=True, slots=True)
class _Release:
    """A receipt for a release, and the request that it answers; each as signed and as content."""

    signed: Checked
    receipt: DisclosureReceipt
    request: HistoryRequest
    signed_request: Checked


@dataclass(frozen=True, slots=True, kw_only=True)
class Gated:
    """A request as the gate saw it, the permission, and what the gate says of them again."""

    request: DisclosureRequest
    permission: Permission | None
    decision: Granted | Refused


def _uses_before(receipt: DisclosureReceipt, receipts: Sequence[DisclosureReceipt]) -> Uses:
    """How often its provider had released data under that permission before."""
    earlier = [
        other.released_at
        for other in receipts
        if other.permission == receipt.permission
        and other.provider == receipt.provider
        and other.released_at is not None
        and receipt.released_at is not None
        and other.released_at < receipt.released_at
    ]
    return Uses(count=len(earlier), last=max(earlier, default=None))


def _check_consented(
    release: _Release,
    receipts: Sequence[tuple[Checked, DisclosureReceipt]],
    evidence: Evidence,
) -> Answer:
    receipt, request = release.receipt, release.request
    if receipt.permission != request.permission:
        raise NotHeldError(Step.PERMISSION, "it names another permission than the request")
    gated = _ask_gate(release, receipts, evidence)
    decision = gated.decision
    if isinstance(decision, Granted):
        _check_within(decision, receipt, evidence)
    elif decision.cause is not RefusalCause.STATUS_MISSING or _has_status(gated.permission):
        raise NotHeldError(
            Step.PERMISSION,
            f"the permission did not allow this release: {refusal_words(decision.cause)}",
        )
    check_not_ended(release.signed, receipt, evidence.statements)
    rests_on = f"by the person's consent {short(receipt.permission)}"
    if isinstance(decision, Granted):
        return _answer(Holds.YES, f"yes, {rests_on} (the gate, asked again, grants it)")
    return _answer(
        Holds.YES,
        f"yes, {rests_on} (all checks made again but for the status, which only the provider has)",
    )


def _ask_gate(
    release: _Release,
    receipts: Sequence[tuple[Checked, DisclosureReceipt]],
    evidence: Evidence,
) -> Gated:
    """The gate asked again about a release. Raises NotHeldError where it cannot be."""
    receipt, request = release.receipt, release.request
    permission, reference = _permission(receipt, evidence)
    if receipt.released_at is None or evidence.agreement is None:
        raise NotHeldError(Step.PERMISSION, "it does not say when data were released")
    asking = _request(release, evidence)
    peer = request.header.sender.jurisdiction
    decision = decide(
        permission=permission,
        request=asking,
        agreement=evidence.agreement,
        directory=evidence.directory,
        now=receipt.released_at,
        uses=_uses_before(receipt, [other for _, other in receipts]),
        references={(peer, request.person_reference): SOMEBODY} | reference,
        readers=READERS,
    )
    return Gated(request=asking, permission=permission, decision=decision)


def asked_by_gate(
    receipt: DisclosureReceipt, signed: Checked, request: HistoryRequest, evidence: Evidence
) -> Gated | None:
    """What the gate says again of a release on a request; None where it cannot be asked."""
    receipts = of_kind(evidence, DisclosureReceipt)
    release = next(
        (_Release(one, left, request, signed) for one, left in receipts if left is receipt), None
    )
    if release is None or receipt.outcome is Outcome.REFUSED:
        return None
    try:
        return _ask_gate(release, receipts, evidence)
    except NotHeldError:
        return None  # which is told of the release itself


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
    for i, record in _released_records(receipt, evidence):
        start, end = days_of(record, first, last)
        if not any(one.from_date <= start and end <= one.to_date for one in granted.scope):
            raise NotHeldError(
                Step.PERMISSION,
                f"the record {i.hex()[:16]} was not allowed to leave: it reaches beyond the days "
                "of the permission",
            )
        beyond = [name for name in names_stated(record) if name not in granted.fields]
        if beyond:
            raise NotHeldError(
                Step.PERMISSION,
                f"the field {beyond[0]} of the record {i.hex()[:16]} was not allowed to leave",
            )


def _released_records(
    receipt: DisclosureReceipt, evidence: Evidence
) -> Iterator[tuple[bytes, EntitlementRecord]]:
    """The records in the answer to the receipt's request, as it showed them."""
    for _, response in of_kind(evidence, HistoryResponse):
        is_answer = receipt.request in response.header.predecessors[:1]
        if is_answer and response.header.sender.jurisdiction == receipt.provider.jurisdiction:
            yield from released_by(response, evidence.statements)


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


def _status_for(receipt: DisclosureReceipt, evidence: Evidence) -> SignedOnly[ConsentStatus] | None:
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


def _check_mandated(receipt: DisclosureReceipt, agreement: AgreementScope) -> None:
    parties = {receipt.provider.jurisdiction, receipt.requester.jurisdiction}
    if agreement.mandate(CASE_PARTY_DISCLOSURE) is None or not parties <= set(agreement.parties):
        raise NotHeldError(
            Step.PERMISSION, "the agreement has no ground on which these parties exchange data"
        )


def _consent(permission: bytes, evidence: Evidence) -> Consent | None:
    found = evidence.statements.get(permission)
    return found.content if found is not None and isinstance(found.content, Consent) else None


def _has_status(permission: Permission | None) -> bool:
    return isinstance(permission, ConsentPermission) and permission.status is not None


def _logged(one: Checked) -> Logged:
    return Logged(envelope=one.envelope, accepted_at=one.accepted)


def of_kind(evidence: Evidence, kind: type[T]) -> list[tuple[Checked, T]]:
    """The statements of one kind with their content, in the order of their ids."""
    return of_kind_in(evidence.statements, kind)
