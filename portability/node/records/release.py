"""
The one way by which records leave this node: what the gate granted, and nothing else.

Both functions take a ``Granted`` value. There is no other place where records of a person are
chosen for a peer, or where it is chosen which fields of a record are shown.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256

from portability.consent.causes import RefusalCause
from portability.consent.gate import Granted
from portability.consent.scope import Action, Grant, Party, Span, party_of
from portability.core.attestations import AwardedEntitlement, Qualification
from portability.core.record_kinds import RecordKind
from portability.core.supersession import in_force
from portability.ledger.envelope import Envelope
from portability.node.records.of_person import HeldRecord, records_of
from portability.recognition.statements import ShownFields
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.wire.envelope import envelope_to_bytes
from portability.wire.record import (
    EntitlementRecord,
    days_of,
    limited_to,
    names_stated,
    select_disclosures,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """
    Records that may leave, in log order; each shows no more than may leave of it.

    ``held_back``: there are more periods that lie in what was granted at least in part.
    """

    records: tuple[HeldRecord, ...]
    held_back: bool = False

    @property
    def ids(self) -> tuple[bytes, ...]:
        return tuple(record.statement_id for record in self.records)

    @property
    def shown(self) -> tuple[ShownFields, ...]:
        """Of the records with salted fields, which of them are shown."""
        return tuple(
            ShownFields(record=one.statement_id, fields=names_stated(one.record))
            for one in self.records
            if one.record.is_salted
        )

    def digest(self, salt: bytes) -> bytes:
        return released_digest(salt, ((one.envelope, one.disclosures) for one in self.records))


def released_digest(salt: bytes, released: Iterable[tuple[Envelope, Sequence[str]]]) -> bytes:
    """
    SHA-256 of the salt in the response's header followed by what was released.

    That is each envelope, and behind it ``~`` and the text of each disclosure shown with it.
    """
    digest = sha256(salt)
    for envelope, disclosures in released:
        digest.update(envelope_to_bytes(envelope))
        for text in disclosures:
            digest.update(b"~" + text.encode())
    return digest.digest()


async def release(
    connection: Connection, vault: Vault, granted: Granted, *, person: int, provider: Party
) -> Released:
    """
    What was granted of the records of a person in force at one institution here.

    A record in clear leaves whole or not at all; of one with salted fields those that were granted
    are shown.
    """
    held = await own_records(connection, vault, person=person, institutions=(provider,))
    gate = _OneHistory(granted)
    shown = [(record, _granted_part(gate, record)) for record in held]
    return Released(
        records=tuple(part for _, part in shown if part is not None),
        held_back=any(
            part is None and _is_period_in(granted.scope, record.record) for record, part in shown
        ),
    )


async def held_back(
    connection: Connection,
    vault: Vault,
    granted: Granted,
    *,
    person: int,
    provider: Party,
    asked: Grant,
    released: Collection[bytes] = (),
) -> RefusalCause | None:
    """
    Why no period may leave, beside those ``released``, although there may be some in what was asked
    for; None if there are none.

    "None" would be taken for not insured here, and the country would have no part in the case. Of
    days that were not granted nothing is told, not even whether anything lies in them: whoever asks
    for such is refused where the days granted are empty, whatever is held of the others.
    """
    for held in await own_records(connection, vault, person=person, institutions=(provider,)):
        if held.statement_id not in released and _is_period_in(granted.scope, held.record):
            lies_within = _may_leave(_OneHistory(granted), held.record, granted.fields[:1])
            return RefusalCause.FIELD_OUTSIDE if lies_within else RefusalCause.PERIOD_OUTSIDE
    return None if _grants_days_of(granted, asked) else RefusalCause.PERIOD_OUTSIDE


def _grants_days_of(granted: Granted, asked: Grant) -> bool:
    """Whether all days that were asked about were granted, as far as periods were asked for."""
    kind = RecordKind.CONTRIBUTION_PERIOD
    if kind.value not in asked.datatypes:
        return True
    gate = _OneHistory(granted)
    return any(
        gate.allows(kind, one.fields[:1], asked.from_date, asked.to_date)
        for one in granted.scope
        if kind.value in one.datatypes
    )


def _is_period_in(scope: Iterable[Grant], record: EntitlementRecord) -> bool:
    """Whether it is a period that lies at least in part in the days of one of these."""
    return record.kind is RecordKind.CONTRIBUTION_PERIOD and any(
        record.kind.value in one.datatypes and _touches(one, record) for one in scope
    )


def _touches(grant: Grant, record: EntitlementRecord) -> bool:
    start, end = days_of(record, grant.from_date, grant.to_date)
    return start <= grant.to_date and grant.from_date <= end


def release_held(granted: Granted, held: Sequence[HeldRecord]) -> Released:
    """Of these records those that lie wholly within what was granted, as far as they are held."""
    gate = _OneHistory(granted)
    return Released(records=tuple([record for record in held if _is_granted(gate, record.record)]))


class _OneHistory:
    """What was granted, asked about records most of which differ in their days alone."""

    def __init__(self, granted: Granted) -> None:
        self.granted = granted
        self._days: dict[tuple[RecordKind, tuple[str, ...]], tuple[Span, ...]] = {}

    def allows(self, kind: RecordKind, fields: tuple[str, ...], start: date, end: date) -> bool:
        """As ``Granted.allows`` of storing it."""
        days = self._days.get((kind, fields))
        if days is None:
            days = self._days[kind, fields] = self.granted.days_allowed(
                action=Action.STORE, datatype=kind.value, fields=fields
            )
        for first, last in days:
            if first <= start <= end <= last:
                return True
        return self.granted.allows(
            action=Action.STORE, datatype=kind.value, fields=fields, start=start, end=end
        )


async def own_records(
    connection: Connection, vault: Vault, *, person: int, institutions: Sequence[Party]
) -> list[HeldRecord]:
    """The records of a person in force at these institutions of ours, in log order."""
    found = in_force(await records_of(connection, vault, person))
    theirs = [party_of(one.jurisdiction, one.institution) for one in institutions]
    return [
        record
        for record in found
        if record.institution in theirs and record.record.kind is not RecordKind.INVALIDATION
    ]


def show_only(held: HeldRecord, names: Collection[str]) -> HeldRecord:
    """A record as it is for somebody to whom only these fields are shown."""
    if not held.record.is_salted:
        return held
    return replace(
        held,
        record=limited_to(held.record, names),
        disclosures=select_disclosures(held.disclosures, names),
    )


def _granted_part(gate: _OneHistory, held: HeldRecord) -> HeldRecord | None:
    if not held.record.is_salted:
        return held if _is_granted(gate, held.record) else None
    names = [name for name in names_stated(held.record) if _may_leave(gate, held.record, (name,))]
    return show_only(held, names) if names else None


def _is_granted(gate: _OneHistory, record: EntitlementRecord) -> bool:
    """Whether the record may leave with all that it says, or shows."""
    return _may_leave(gate, record, names_stated(record))


def _may_leave(gate: _OneHistory, record: EntitlementRecord, fields: tuple[str, ...]) -> bool:
    """
    Whether these fields may leave, over all the days that the record is about.

    What is said for one branch leaves for that branch alone.
    """
    content = record.content
    whole = gate.granted.scope[0]
    said_for = content.branch if isinstance(content, AwardedEntitlement | Qualification) else None
    if said_for is not None and said_for not in whole.branches:
        return False
    start, end = days_of(record, whole.from_date, whole.to_date)
    return gate.allows(record.kind, fields, start, end)
