"""
Histories that were not complete, shown by a record that has come to light since; and answers that
do not say that they are complete up to themselves, of which no record could ever show it.

An answer says under its node's signature that its list was complete at a size of its log. A record
of the institution that was asked, whose place in that log, or in the one that it went on as, is
proven to lie before that, within what was asked and released in full, and not in the list: the
answer was false, and its signer is the one who said so. Nothing is held against anybody where the
receipt says that less was released than asked; what else accuses nobody stands with the rule, which
nodes apply to what they receive.
"""

from collections.abc import Iterator

from agents.auditor.permissions import Evidence, of_kind
from agents.auditor.report import NotHeldError, Step
from agents.auditor.steps import Checked
from portability.consent.receipt import DisclosureReceipt, Outcome
from portability.ledger.directory import Directory
from portability.recognition.omission import left_out
from portability.recognition.places import is_of_its_place
from portability.recognition.statements import (
    Correction,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
)
from portability.wire.record import EntitlementRecord
from portability.wire.surfaced import surfaced


def check_omissions(evidence: Evidence) -> Iterator[tuple[bytes, NotHeldError]]:
    """Each answer from which a record was left out, with the first of these."""
    records = [
        surfaced(held.id, record, log_origin=held.checkpoint.origin, leaf_index=held.index)
        for held, record in of_kind(evidence, EntitlementRecord)
    ]
    corrections = [one for _, one in of_kind(evidence, Correction)]
    for one, response in of_kind(evidence, HistoryResponse):
        asked = evidence.statements.get(next(iter(response.header.predecessors), b""))
        if asked is None or not isinstance(asked.content, HistoryRequest):
            continue
        if not _was_released_whole(asked.id, response, evidence):
            continue
        lacking = left_out(
            one.id, response, asked.content, records, corrections, directory=evidence.directory
        )
        found = next(lacking, None)
        if found is not None:
            record = found[0]
            yield (
                one.id,
                NotHeldError(
                    Step.RECEIPTS,
                    f"{one.signer.jurisdiction} says that its list is complete at "
                    f"{response.tree_size} entries of {response.log_origin}, and leaves out the "
                    f"record {record.record_id.hex()[:16]}, entry {record.leaf_index} there",
                ),
            )


def check_places(evidence: Evidence) -> Iterator[tuple[bytes, NotHeldError]]:
    """
    Each answer that says it is complete as of another moment than its own, or in another's log.

    Only the log of whoever answered shows at which place it did. Nothing is said of a log that the
    directory here does not name, or does not say to have gone on as that one.
    """
    for one, response in of_kind(evidence, HistoryResponse):
        cause = ""
        if response.outcome is not HistoryOutcome.REFUSED:
            cause = _place_fault(one, response, evidence.directory)
        if cause:
            yield one.id, NotHeldError(Step.RECEIPTS, cause)


def _place_fault(one: Checked, response: HistoryResponse, directory: Directory) -> str:
    own, log, size = one.signer.jurisdiction, response.log_origin, response.tree_size
    if directory.log_jurisdiction(log) not in {None, own}:
        return f"it says that its list is complete in {log}, which is not the log of {own}"
    place = one.index, one.checkpoint.origin
    if one.log == own and is_of_its_place(log, size, *place, directory) is False:
        return (
            f"{own} says that its list is complete at {size} entries of {log}, and the answer is "
            f"entry {one.index}: that states completeness as of another moment than its own"
        )
    return ""


def _was_released_whole(request: bytes, response: HistoryResponse, evidence: Evidence) -> bool:
    return any(
        receipt.request == request
        and receipt.provider.jurisdiction == response.header.sender.jurisdiction
        and receipt.outcome is Outcome.RELEASED
        for _, receipt in of_kind(evidence, DisclosureReceipt)
    )
