"""
Proof that a history was not complete.

A history response says that its list was complete at a size of its sender's log. A record with an
earlier index there, within what was asked and permitted, and not in the list, is the proof that it
was false: both are signed, and the index is proven by the log itself. A log that ended and went on
under another name counts as one, as far as its entries keep their places. Nothing is held against
anybody where less was released than asked, where the record states more than was asked for and so
may not leave, or where it cannot be known whether the record lay within or was there by then.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from portability.consent.scope import Party
from portability.ledger.trust import Directory
from portability.recognition.facts import USABLE
from portability.recognition.places import Was, was_in
from portability.recognition.statements import (
    Correction,
    HistoryRequest,
    HistoryResponse,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surfaced:
    """
    A record that has come to light, with its place in its issuer's log.

    ``fields`` are those that it states, or shows where they are salted (``in_part``); both days are
    None where it is not about a span of days. ``supersedes`` is the record that it replaces.
    """

    record_id: bytes
    issuer: Party
    log_origin: str
    leaf_index: int
    kind: str = ""
    fields: tuple[str, ...] = ()
    in_part: bool = False
    start: date | None = None
    end: date | None = None
    supersedes: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """Who said, in which statement, that a list was complete which lacked a record."""

    response_id: bytes
    liar: str
    record_id: bytes


def claims_all(response: HistoryResponse) -> bool:
    """Whether an answer says that it is complete, and that all that was asked for was granted."""
    return response.outcome in USABLE and not response.granted_fields


def lies_within(record: Surfaced, request: HistoryRequest) -> bool:
    """
    Whether a request asked for all of a record: a dated one of a kind, fields and days asked for.

    Of one with salted fields any that was asked for would have been shown.
    """
    asked, stated = set(request.fields), set(record.fields)
    if record.kind not in request.datatypes or record.start is None or record.end is None:
        return False
    if not (stated & asked if record.in_part else stated <= asked):
        return False
    return request.from_date <= record.start and record.end <= request.to_date


def replaced_before(
    response: HistoryResponse,
    asked: Party,
    records: Iterable[Surfaced],
    corrections: Iterable[Correction],
    directory: Directory,
) -> set[bytes]:
    """
    What no longer counted when this was answered: by a record, or by a correction of the case. Only
    the issuer replaces a record (987/2009 Art 5(1)). A record of which nobody can know whether it
    was there by then may have replaced another.

    Of an invalid record nothing may follow but the correction, which other logs hold, too; so the
    hour that it names has to do.
    """
    by_records = {
        one.supersedes
        for one in records
        if one.issuer == asked and _was_there(one, response, directory) is not Was.NOT_THERE
    }
    by_corrections = {
        old
        for one in corrections
        if one.header.sender == asked and one.header.created <= response.header.created
        for old in one.replaced
    }
    return (by_records | by_corrections) - {b""}


def _was_there(record: Surfaced, response: HistoryResponse, directory: Directory) -> Was:
    """Whether a record was in the log that an answer names, at the size that it names."""
    return was_in(
        response.log_origin, response.tree_size, record.leaf_index, record.log_origin, directory
    )


def find_omission(
    response_id: bytes,
    response: HistoryResponse,
    asked: Party,
    record: Surfaced,
    directory: Directory,
) -> Omission | None:
    """
    Whether a response left out a record that it had to name; None if it did not.

    The caller has verified the record's proof and that it lies within what was asked and permitted.
    """
    if record.record_id in response.records:
        return None
    return _omission(response_id, response, asked, record, directory)


def _omission(
    response_id: bytes,
    response: HistoryResponse,
    asked: Party,
    record: Surfaced,
    directory: Directory,
) -> Omission | None:
    """As ``find_omission``, of a record that the response does not name."""
    if (
        response.outcome in USABLE
        and record.issuer == asked
        and _was_there(record, response, directory) is Was.THERE
    ):
        return Omission(
            response_id=response_id,
            liar=response.header.sender.jurisdiction,
            record_id=record.record_id,
        )
    return None


def left_out(
    response_id: bytes,
    response: HistoryResponse,
    request: HistoryRequest,
    records: Collection[Surfaced],
    corrections: Collection[Correction],
    *,
    directory: Directory,
) -> Iterator[tuple[Surfaced, Omission]]:
    """
    Each of these records that an answer to this request had to name and did not.

    ``directory`` says which logs went on as which.
    """
    gone = replaced_before(response, request.recipient, records, corrections, directory)
    # thousands, and each record is sought among them
    excused = frozenset(response.records) | gone
    for record in records:
        if record.record_id not in excused and lies_within(record, request):
            found = _omission(response_id, response, request.recipient, record, directory)
            if found is not None:
                yield record, found
