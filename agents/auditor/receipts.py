"""
Step 12 of formats.md, Offline bundle: no data without a receipt, and no receipt missing.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from agents.auditor.permissions import Evidence, of_kind
from agents.auditor.records import released_digest
from agents.auditor.report import NotHeldError, Step
from agents.auditor.steps import Checked
from portability.consent.causes import RefusalCause
from portability.consent.receipt import DisclosureReceipt, Outcome
from portability.recognition.statements import HistoryOutcome, HistoryResponse


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
            other for i, other in answers if i.id != one.id and _asked(other) == _asked(response)
        ]
        receipt = _receipt_of(response, others, [found for _, found in receipts])
        if receipt is None and not _releases(response) and not _shows_refusals(receipts):
            continue
        cause = _answer_fault(response, receipt, evidence)
        if cause:
            yield one.id, NotHeldError(Step.RECEIPTS, cause)


def _receipt_of(
    response: HistoryResponse,
    others: Sequence[HistoryResponse],
    receipts: Sequence[DisclosureReceipt],
) -> DisclosureReceipt | None:
    """
    The receipt of an answer; None if there is none.

    A request that waited for an officer was answered twice, and has a receipt of each: so one that
    fits goes first, and one that fits another answer is not this one's.
    """
    place = (_asked(response), response.header.sender.jurisdiction)
    left = [one for one in receipts if (one.request, one.provider.jurisdiction) == place]
    fitting = [one for one in left if _agree(response, one)]
    free = [one for one in left if not any(_agree(other, one) for other in others)]
    return next(iter((*fitting, *free)), None)


def _asked(response: HistoryResponse) -> bytes:
    return next(iter(response.header.predecessors), b"")


def _releases(response: HistoryResponse) -> bool:
    return response.outcome is HistoryOutcome.RECORDS


def _agree(response: HistoryResponse, receipt: DisclosureReceipt) -> bool:
    """
    Whether an answer and a receipt say the same of whether data were released.

    That nothing is held is said after a look at the records, or because nobody is meant; that none
    can be had before a day, while an officer is asked who is.
    """
    refused = receipt.outcome is Outcome.REFUSED
    if response.outcome is HistoryOutcome.NONE:
        return not refused or receipt.cause is RefusalCause.PERSON_UNKNOWN
    return refused is not _releases(response)


def _answer_fault(
    response: HistoryResponse, receipt: DisclosureReceipt | None, evidence: Evidence
) -> str:
    """What does not fit between an answer and its receipt; empty if all does."""
    if receipt is None:
        return "no receipt was left for this answer"
    holds_records = _releases(response)
    released = released_digest(response, evidence.statements)
    is_whole = not any(i in evidence.erased for i in response.records)
    checks = (
        (
            not _agree(response, receipt),
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
