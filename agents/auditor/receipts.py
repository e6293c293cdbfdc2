"""
Step 12 of formats.md, Offline bundle: no data without a receipt, and no receipt missing.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from agents.auditor.permissions import Evidence, of_kind
from agents.auditor.records import released_digest
from agents.auditor.report import NotHeldError, Step
from agents.auditor.steps import Checked
from portability.consent.receipt import DisclosureReceipt, Outcome
from portability.recognition.statements import HistoryOutcome, HistoryResponse


def check_answers(evidence: Evidence) -> Iterator[tuple[bytes, NotHeldError]]:
    """
    Each answer to a request that left no receipt, or another one: no receipt, no data.

    A bundle for an institution has no receipt of any refusal, which would tell it the cause; one
    that has a single one must have all of them.
    """
    receipts = of_kind(evidence, DisclosureReceipt)
    by_request = {
        (receipt.request, receipt.provider.jurisdiction): receipt for _, receipt in receipts
    }
    for one, response in of_kind(evidence, HistoryResponse):
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
    released = released_digest(response, evidence.statements)
    is_whole = not any(i in evidence.erased for i in response.records)
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
            holds_records and is_whole and released != response.payload_digest,
            "its digest is not that of the records that it names",
        ),
    )
    return next((cause for fails, cause in checks if fails), "")


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
