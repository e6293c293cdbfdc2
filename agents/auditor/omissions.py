"""
Histories that were not complete, shown by a record that has come to light since.

An answer says under its node's signature that its list was complete at a size of its log. A record
of the institution that was asked, whose place in the same log is proven to lie before that, within
what was asked and released in full, and not in the list: the answer was false, and its signer is
the one who said so. Nothing is held against anybody where the receipt says that less was released
than asked, where the record states more than was asked for and so may not leave, or where it cannot
be known whether the record lay within.
"""

from collections.abc import Iterator

from agents.auditor.permissions import Evidence, of_kind
from agents.auditor.report import NotHeldError, Step
from agents.auditor.steps import Checked
from portability.consent.receipt import DisclosureReceipt, Outcome
from portability.core.periods import Period
from portability.recognition.omission import Surfaced, find_omission
from portability.recognition.statements import Correction, HistoryRequest, HistoryResponse
from portability.wire.record import EntitlementRecord, names_stated


def check_omissions(evidence: Evidence) -> Iterator[tuple[bytes, NotHeldError]]:
    """Each answer from which a record was left out, with the first of these."""
    records = of_kind(evidence, EntitlementRecord)
    for one, response in of_kind(evidence, HistoryResponse):
        asked = evidence.statements.get(next(iter(response.header.predecessors), b""))
        if asked is None or not isinstance(asked.content, HistoryRequest):
            continue
        if not _was_released_whole(asked.id, response, evidence):
            continue
        gone = _replaced(response, asked.content, evidence)
        for record in _left_out(one, response, asked.content, records, gone):
            yield (
                one.id,
                NotHeldError(
                    Step.RECEIPTS,
                    f"{one.signer.jurisdiction} says that its list is complete at "
                    f"{response.tree_size} entries of {response.log_origin}, and leaves out the "
                    f"record {record.id.hex()[:16]}, entry {record.index} there",
                ),
            )
            break


def _left_out(
    one: Checked,
    response: HistoryResponse,
    request: HistoryRequest,
    records: list[tuple[Checked, EntitlementRecord]],
    replaced: set[bytes],
) -> Iterator[Checked]:
    for held, record in records:
        if not _lies_within(record, request):
            continue
        surfaced = Surfaced(
            record_id=held.id,
            issuer=record.issuer,
            log_origin=held.checkpoint.origin,
            leaf_index=held.index,
        )
        if find_omission(one.id, response, request.recipient, surfaced, replaced) is not None:
            yield held


def _replaced(response: HistoryResponse, request: HistoryRequest, evidence: Evidence) -> set[bytes]:
    """
    What no longer counted when this was answered: by a record, or by a correction of the case.

    Of an invalid record nothing may follow but the correction, which other logs hold, too; so the
    hour that it names has to do.
    """
    by_records = {
        record.supersedes
        for held, record in of_kind(evidence, EntitlementRecord)
        if held.checkpoint.origin == response.log_origin and held.index < response.tree_size
    }
    by_corrections = {
        old
        for _, one in of_kind(evidence, Correction)
        if one.header.sender == request.recipient and one.header.created <= response.header.created
        for old in one.replaced
    }
    return by_records | by_corrections


def _lies_within(record: EntitlementRecord, request: HistoryRequest) -> bool:
    """A dated period that was asked for as a whole; of anything else it is not known."""
    if not set(names_stated(record)) <= set(request.fields):
        return False
    period = record.content
    if record.kind.value not in request.datatypes or not isinstance(period, Period):
        return False
    if period.start is None or period.end is None:
        return False
    return request.from_date <= period.start and period.end <= request.to_date


def _was_released_whole(request: bytes, response: HistoryResponse, evidence: Evidence) -> bool:
    return any(
        receipt.request == request
        and receipt.provider.jurisdiction == response.header.sender.jurisdiction
        and receipt.outcome is Outcome.RELEASED
        for _, receipt in of_kind(evidence, DisclosureReceipt)
    )
