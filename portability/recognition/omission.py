"""
Proof that a history was not complete.

A history response says that its list was complete at a size of its sender's log. A record with an
earlier index there, within what was asked and permitted, and not in the list, is the proof that it
was false: both are signed, and the index is proven by the log itself.
"""

from collections.abc import Collection
from dataclasses import dataclass

from portability.consent.scope import Party
from portability.recognition.statements import HistoryOutcome, HistoryResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Surfaced:
    """A record that has come to light, with its place in its issuer's log."""

    record_id: bytes
    issuer: Party
    log_origin: str
    leaf_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """Who said, in which statement, that a list was complete which lacked a record."""

    response_id: bytes
    liar: str
    record_id: bytes


def find_omission(
    response_id: bytes,
    response: HistoryResponse,
    asked: Party,
    record: Surfaced,
    known: Collection[bytes] = (),
) -> Omission | None:
    """
    Whether a response left out a record that it had to name; None if it did not.

    ``known`` are ids of records that the sender had replaced by then: they are rightly left out.
    The caller has verified the record's proof and that it lies within what was asked and permitted.
    """
    says_complete = response.outcome in {HistoryOutcome.RECORDS, HistoryOutcome.NONE}
    if (
        says_complete
        and record.issuer == asked
        and record.log_origin == response.log_origin
        and record.leaf_index < response.tree_size
        and record.record_id not in response.records
        and record.record_id not in known
    ):
        return Omission(
            response_id=response_id,
            liar=response.header.sender.jurisdiction,
            record_id=record.record_id,
        )
    return None
