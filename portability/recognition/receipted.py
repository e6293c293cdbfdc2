"""
Answers and the receipts that were left for them: no receipt, no data, and both say the same. Whom a
result shows the records of others, each of which leaves a receipt too.

Source: formats.md, Disclosure receipt and Offline bundle, step 12.
"""

from collections.abc import Iterator, Mapping, Sequence

from portability.consent.causes import RefusalCause
from portability.consent.receipt import DisclosureReceipt, Outcome
from portability.recognition.statements import (
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
)


def receipt_of(
    response: HistoryResponse,
    others: Sequence[HistoryResponse],
    receipts: Sequence[DisclosureReceipt],
) -> DisclosureReceipt | None:
    """
    The receipt of an answer; None if there is none. ``others`` answer the same request.

    A request that waited for an officer was answered twice, and has a receipt of each: so one that
    fits goes first, and one that fits another answer is not this one's.
    """
    place = (asked(response), response.header.sender.jurisdiction)
    left = [one for one in receipts if (one.request, one.provider.jurisdiction) == place]
    fitting = [one for one in left if _agree(response, one)]
    free = [one for one in left if not any(_agree(other, one) for other in others)]
    return next(iter((*fitting, *free)), None)


def receipt_fault(response: HistoryResponse, receipt: DisclosureReceipt | None) -> str:
    """What does not fit between an answer and its receipt; empty if all does."""
    if receipt is None:
        return "no receipt was left for this answer"
    if not _agree(response, receipt):
        return "answer and receipt do not agree on whether data were released"
    if receipt.record_count != len(response.records):
        return "the receipt counts other records than the answer names"
    if releases(response) and receipt.payload_digest != response.payload_digest:
        return "the receipt is for other data than this answer released"
    return ""


def asked(response: HistoryResponse) -> bytes:
    """The id of the request that an answer is to."""
    return next(iter(response.header.predecessors), b"")


def addressees(
    result: Reconciliation, said: Mapping[bytes, object]
) -> Iterator[tuple[bytes, HistoryRequest]]:
    """
    To whom the lead shows the records of others that a result rests on: who answered for it and has
    a part in it. Each is given by the id of the answer, which the receipt names as its request, and
    by what the lead had asked; ``said`` is by id what there is of the case.
    """
    for i in result.header.predecessors:
        answer = said.get(i)
        request = said.get(asked(answer)) if isinstance(answer, HistoryResponse) else None
        if isinstance(request, HistoryRequest) and request.recipient not in result.not_insured:
            yield i, request


def releases(response: HistoryResponse) -> bool:
    """Whether records left with an answer."""
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
    return refused is not releases(response)
