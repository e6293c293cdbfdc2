"""
Step 12 of formats.md, Offline bundle: no data without a receipt, and no receipt missing.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from agents.auditor.permissions import Evidence, of_kind
from agents.auditor.records import released_digest
from agents.auditor.report import NotHeldError, Step
from agents.auditor.results import exporter_of
from agents.auditor.steps import Checked
from portability.consent.document import Consent
from portability.consent.receipt import DisclosureReceipt, Outcome
from portability.recognition.receipted import asked, receipt_fault, receipt_of, releases
from portability.recognition.statements import (
    HistoryRequest,
    HistoryResponse,
    NoticeAnswer,
    NoticeEffect,
    PermissionEnd,
)


def check_answers(evidence: Evidence) -> Iterator[tuple[bytes, NotHeldError]]:
    """
    Each answer to a request that left no receipt, or another one: no receipt, no data.

    A bundle for an institution has no receipt of any refusal, which would tell it the cause; one
    that has a single one must have all of them.
    """
    receipts = of_kind(evidence, DisclosureReceipt)
    answers = of_kind(evidence, HistoryResponse)
    for one, response in answers:
        others = [
            other for i, other in answers if i.id != one.id and asked(other) == asked(response)
        ]
        receipt = receipt_of(response, others, [found for _, found in receipts])
        if receipt is None and not releases(response) and not _shows_refusals(receipts):
            continue
        cause = _answer_fault(one, response, receipt, evidence)
        if cause:
            yield one.id, NotHeldError(Step.RECEIPTS, cause)
    yield from _own_faults(receipts, evidence)


def _own_faults(
    receipts: Sequence[tuple[Checked, DisclosureReceipt]], evidence: Evidence
) -> Iterator[tuple[bytes, NotHeldError]]:
    """
    Each receipt of whoever made the bundle without what its node has as well: the answer, written
    with it, and what the person was asked for. Of others' receipts, which may come before their
    answers, nothing is said, nor where something was erased.
    """
    exporter = exporter_of(evidence.statements)
    if evidence.erased:
        return
    answered = {
        (asked(one), one.header.sender.jurisdiction)
        for _, one in of_kind(evidence, HistoryResponse)
    }
    for one, receipt in receipts:
        request = evidence.statements.get(receipt.request)
        is_own = one.log == one.signer.jurisdiction == exporter
        if not is_own or request is None or not isinstance(request.content, HistoryRequest):
            continue
        if (receipt.request, one.log) not in answered:
            cause = f"{one.log} answered with it, and the answer is not in the bundle"
            yield one.id, NotHeldError(Step.RECEIPTS, cause)
        consent = evidence.statements.get(receipt.permission)
        given = None if consent is None else consent.content
        is_released = receipt.outcome is not Outcome.REFUSED
        if is_released and isinstance(given, Consent) and given.request not in evidence.statements:
            cause = "what the person was asked for, and consented to, is not in the bundle"
            yield one.id, NotHeldError(Step.PERMISSION, cause)


def _answer_fault(
    answer: Checked,
    response: HistoryResponse,
    receipt: DisclosureReceipt | None,
    evidence: Evidence,
) -> str:
    """What does not fit between an answer, its receipt and what left; empty if all does."""
    cause = receipt_fault(response, receipt)
    is_whole = not any(i in evidence.erased for i in response.records)
    is_whole = is_whole and not _is_let_go(answer, response, evidence)
    if cause or not releases(response) or not is_whole:
        return cause
    if released_digest(response, evidence.statements) != response.payload_digest:
        return "its digest is not that of the records that it names"
    return ""


def _is_let_go(one: Checked, response: HistoryResponse, evidence: Evidence) -> bool:
    """
    Whether records are not here that whoever shows the answer has said it erased, or all of them
    had not left when the permission ended: then the answer comes alone.
    """
    held = [i for i in response.records if i in evidence.statements]
    if not held and _has_ended(response, evidence):
        return True
    return len(held) < len(response.records) and any(
        one.id in answer.ceased
        and answer.effect is NoticeEffect.ERASED
        and answer.header.sender.jurisdiction == one.log
        for _, answer in of_kind(evidence, NoticeAnswer)
    )


def _has_ended(response: HistoryResponse, evidence: Evidence) -> bool:
    """Whether the case was told of the end of the permission on which an answer was asked for."""
    request = evidence.statements.get(response.header.predecessors[0])
    content = None if request is None else request.content
    asked_on = content.permission if isinstance(content, HistoryRequest) else b""
    ends = of_kind(evidence, PermissionEnd)
    return any(end.permission == asked_on for _, end in ends)


def check_chains(
    receipts: Sequence[tuple[Checked, DisclosureReceipt]], erased: Collection[bytes] = frozenset()
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
            if receipt.previous != before.id and receipt.previous not in erased:
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
