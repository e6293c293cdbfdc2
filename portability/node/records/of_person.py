"""The records of a person as this node holds them, and what has become of each."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from portability.consent.scope import Party
from portability.core.opened import opened
from portability.core.record_kinds import RecordKind
from portability.core.supersession import superseded_by
from portability.ledger.envelope import Envelope
from portability.node.log.prover import Prover
from portability.node.records.answers import record_name
from portability.store import log
from portability.store.data_keys import load_key
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.v1 import records_service_pb2 as pb
from portability.wire.envelope import EnvelopeReader, envelope_from_bytes, held_disclosures
from portability.wire.proven import Proven, proven_to_pb
from portability.wire.record import KIND, EntitlementRecord, record_from_payload
from portability.wire.strict import timestamp

_PAGE: Final = 1_000
_BYTES_OF_ONE: Final = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRecord:
    """
    A record as it is held here, with what it says.

    ``disclosures`` are those that are held of a record with salted fields: all of an own one.
    """

    statement_id: bytes
    envelope: Envelope
    record: EntitlementRecord
    disclosures: tuple[str, ...] = ()

    @property
    def supersedes(self) -> bytes:
        return self.record.supersedes

    @property
    def issuer(self) -> Party:
        return self.record.issuer

    @property
    def institution(self) -> Party:
        return self.record.issuer

    @property
    def weight(self) -> int:
        """What it takes of the memory for what is kept: an issuer may write much into a record."""
        size = len(self.envelope.payload) + sum(map(len, self.disclosures))
        return 1 + size // _BYTES_OF_ONE


async def records_of(connection: Connection, vault: Vault, person: int) -> list[HeldRecord]:
    """
    Every record of a person that was logged here, in log order, with all that it says.

    One that was read before is not read again: that it is here still is asked anew.
    """
    key = await load_key(connection, vault, person)
    if key is None:
        return []
    ids = await log.list_person_ids(connection, person=person, kind=KIND)
    found = {one: vault.kept.find((KIND, one), HeldRecord) for one in ids}
    unknown = [one for one, known in found.items() if known is None]
    reader = EnvelopeReader()
    for start in range(0, len(unknown), _PAGE):
        rows = await log.read_statements(connection, vault, unknown[start : start + _PAGE])
        for row in rows.values():
            if row.envelope is not None:
                record = _read_held(row.statement_id, row.envelope, reader)
                found[row.statement_id] = record
                vault.kept.put(
                    (KIND, row.statement_id), record, owner=key.owner, weight=record.weight
                )
    return [held for one in ids if (held := found[one]) is not None]


def read_record(
    statement_id: bytes, envelope: Envelope, disclosures: Sequence[str] = ()
) -> HeldRecord:
    """A record that was verified before it was stored."""
    record = record_from_payload(envelope.payload, statement_id.hex(), disclosures)
    return held_record(statement_id, envelope, record, tuple(disclosures))


def held_record(
    statement_id: bytes, envelope: Envelope, record: EntitlementRecord, disclosures: tuple[str, ...]
) -> HeldRecord:
    """One of the many records of a history."""
    made = _new(_Open)
    made.statement_id = statement_id
    made.envelope = envelope
    made.record = record
    made.disclosures = disclosures
    made.__class__ = HeldRecord
    return cast("HeldRecord", made)


_Open: Any = opened(HeldRecord)
_new = object.__new__


def _read_held(statement_id: bytes, held: bytes, reader: EnvelopeReader) -> HeldRecord:
    """A record out of the store, which keeps disclosures behind the envelope of a salted one."""
    envelope = reader.read(held)
    if envelope is None:
        return read_record(statement_id, envelope_from_bytes(held), held_disclosures(held))
    return read_record(statement_id, envelope)


async def replacements_of(
    connection: Connection, vault: Vault, person: int
) -> dict[bytes, EntitlementRecord]:
    """By the id of each record of a person that no longer counts, the one that replaced it."""
    heads = [
        record_from_payload(envelope_from_bytes(row.envelope).payload, row.statement_id.hex())
        async for row in _rows(connection, vault, person)
        if row.envelope is not None
    ]
    return superseded_by(heads)


async def show_records(
    connection: Connection,
    vault: Vault,
    prover: Prover,
    rows: Sequence[log.StoredStatement],
    names: Mapping[int, str],
) -> list[pb.Record]:
    """
    Records with all their fields, a proof each and whether they count.

    ``names`` are those of their persons by number; what was erased is left out.
    """
    held = [row for row in rows if row.envelope is not None]
    proven = await prover.prove([row.statement_id for row in held])
    replaced: dict[bytes, EntitlementRecord] = {}
    for person in sorted({row.person for row in held if row.person is not None}):
        replaced |= await replacements_of(connection, vault, person)
    return [
        _record_pb(row, one, names.get(row.person or 0, ""), replaced.get(row.statement_id))
        for row, one in zip(held, proven, strict=True)
    ]


def _record_pb(
    row: log.StoredStatement, proven: Proven, person: str, by: EntitlementRecord | None
) -> pb.Record:
    state = pb.RECORD_STATE_IN_FORCE
    if by is not None:
        withdrawn = by.kind is RecordKind.INVALIDATION
        state = pb.RECORD_STATE_INVALIDATED if withdrawn else pb.RECORD_STATE_CORRECTED
    return pb.Record(
        name=record_name(row.statement_id),
        person=person,
        statement=proven_to_pb(replace(proven, disclosures=held_disclosures(row.envelope or b""))),
        create_time=timestamp(row.accept_time),
        state=state,
        superseded_by="" if by is None else record_name(by.statement_id),
    )


async def _rows(
    connection: Connection, vault: Vault, person: int
) -> AsyncIterator[log.StoredStatement]:
    after: int | None = None
    while page := await log.list_person_statements(
        connection, vault, person=person, kind=KIND, after=after, limit=_PAGE
    ):
        for row in page:
            yield row
        after = page[-1].leaf_index
