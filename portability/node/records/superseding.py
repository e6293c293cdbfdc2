"""
Corrections and invalidations on their way into the log: only an issuer replaces its own record.

Checked in the transaction that logs them, so that of two that replace one record only one gets in.
What cases have used is replaced only together with what these cases are told (``corrections``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from portability.core.record_kinds import RecordKind
from portability.core.supersession import superseded_by
from portability.errors import InvalidInputError
from portability.node.log.write import RecordEntry, RecordPlace, Write
from portability.node.records.of_person import HeldRecord, read_record, records_of
from portability.wire.envelope import envelope_from_bytes, held_disclosures
from portability.wire.intake import Refused
from portability.wire.record import KIND, EntitlementRecord

_NOT_ITS_OWN: Final = (
    "supersedes",
    (
        "the record that it replaces is not one that this institution issued about this person; "
        "only the issuer corrects or withdraws a record (987/2009 Art 5(1))"
    ),
)
_WITHDRAWAL: Final = (
    "supersedes",
    "it replaces an invalidation, which cannot be undone; issue the record anew",
)
_REPLACED: Final = (
    "supersedes",
    "the record that it replaces was replaced before; replace the record that is in force",
)
_OTHER_KIND: Final = (
    "kind",
    (
        "a correction is of the same kind as the record that it replaces; invalidate that record "
        "and issue the other"
    ),
)
_IN_CASES: Final = (
    "supersedes",
    (
        "cases have used the record that it replaces, and have to be told; submit it by itself, "
        "with the correction for each of them"
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """What became of records: the places of those that were taken, and the refusals of others."""

    places: tuple[RecordPlace, ...]
    refused: dict[int, Refused]


class Used(Protocol):
    """Asks whether cases have used what a record of a person replaces, and must be told."""

    async def __call__(self, write: Write, person: int, record: HeldRecord) -> bool: ...


class _History:
    """The records of one person, those of the transaction under way among them."""

    def __init__(self, records: Sequence[HeldRecord]) -> None:
        self.records = {one.statement_id: one for one in records}
        self._replaced = set(superseded_by(records))

    def add(self, record: HeldRecord) -> None:
        self.records[record.statement_id] = record
        if record.supersedes:
            self._replaced.add(record.supersedes)

    def fault(self, record: EntitlementRecord) -> tuple[str, str] | None:
        """The field and the reason why a record may not replace what it says; None if it may."""
        target = self.records.get(record.supersedes)
        if target is None or target.issuer != record.issuer:
            return _NOT_ITS_OWN
        if target.record.kind is RecordKind.INVALIDATION:
            return _WITHDRAWAL
        if target.statement_id in self._replaced:
            return _REPLACED
        if record.kind not in (RecordKind.INVALIDATION, target.record.kind):
            return _OTHER_KIND
        return None


def check_replaceable(records: Sequence[HeldRecord], record: EntitlementRecord) -> None:
    """Raise InvalidInputError unless a record may replace, of these, the one that it says."""
    fault = _History(records).fault(record)
    if fault is not None:
        field, message = fault
        raise InvalidInputError(message, field=field)


async def log_replacing(
    write: Write, entries: Sequence[RecordEntry], used: Used | None = None
) -> Logged:
    """
    Log records of which some replace others; those that may not are refused by position.

    So are, with ``used``, those that replace what cases have used. An entry that was logged before
    keeps its place, whatever has happened to it since.
    """
    histories: dict[int, _History] = {}
    refused: dict[int, Refused] = {}
    for position, entry in enumerate(entries):
        if entry.person not in histories:
            histories[entry.person] = await _history(write, entry.person)
        history = histories[entry.person]
        if entry.statement_id in history.records:
            continue
        record = record_of(entry)
        fault = history.fault(record.record) if record.supersedes else None
        if fault is None and record.supersedes and used is not None:
            fault = _IN_CASES if await used(write, entry.person, record) else None
        if fault is None:
            history.add(record)
        else:
            refused[position] = _refusal(fault)
    taken = [entry for position, entry in enumerate(entries) if position not in refused]
    return Logged(places=tuple(await write.log_records(taken)), refused=refused)


async def _history(write: Write, person: int) -> _History:
    """The person's records in the database, and those that this transaction has logged so far."""
    logged = await records_of(write.connection, write.vault, person)
    pending = [
        read_record(
            row.statement_id, envelope_from_bytes(row.envelope), held_disclosures(row.envelope)
        )
        for row in write.rows
        if row.person == person and row.kind == KIND
    ]
    return _History([*logged, *pending])


def record_of(entry: RecordEntry) -> HeldRecord:
    """What an entry says, with all its fields."""
    return read_record(
        entry.statement_id, envelope_from_bytes(entry.envelope), held_disclosures(entry.envelope)
    )


def _refusal(fault: tuple[str, str]) -> Refused:
    field, message = fault
    return Refused(
        reason=InvalidInputError.reason, message=message, field=field, is_signature=False
    )
