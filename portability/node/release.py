"""
The one way by which records leave this node: what the gate granted, and nothing else.

Both functions take a ``Granted`` value. There is no other place where records of a person are
chosen for a peer.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from portability.consent.agreement import CONTRIBUTION_PERIOD
from portability.consent.gate import Granted
from portability.consent.scope import Action, Party
from portability.core.periods import Period
from portability.ledger.envelope import Envelope
from portability.store import log
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.wire.envelope import envelope_from_bytes, envelope_to_bytes
from portability.wire.record import KIND, record_from_payload

_PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRecord:
    """A record as it is held here, with what it says."""

    statement_id: bytes
    envelope: Envelope
    period: Period
    supersedes: bytes
    institution: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """Records that may leave, in log order."""

    records: tuple[HeldRecord, ...]

    @property
    def ids(self) -> tuple[bytes, ...]:
        return tuple(record.statement_id for record in self.records)

    def digest(self, salt: bytes) -> bytes:
        return released_digest(salt, (record.envelope for record in self.records))


def released_digest(salt: bytes, envelopes: Iterable[Envelope]) -> bytes:
    """SHA-256 of the salt in the response's header followed by the released envelopes."""
    digest = sha256(salt)
    for envelope in envelopes:
        digest.update(envelope_to_bytes(envelope))
    return digest.digest()


async def release(
    connection: Connection, vault: Vault, granted: Granted, *, person: int, provider: Party
) -> Released:
    """The records of a person at one institution here that lie wholly within what was granted."""
    held = await own_records(connection, vault, person=person, institutions=(provider,))
    return release_held(granted, held)


def release_held(granted: Granted, held: Sequence[HeldRecord]) -> Released:
    """Of these records those that lie wholly within what was granted."""
    return Released(records=tuple(record for record in held if _is_granted(granted, record.period)))


async def own_records(
    connection: Connection, vault: Vault, *, person: int, institutions: Sequence[Party]
) -> list[HeldRecord]:
    """The records of a person in force at these institutions of ours, in log order."""
    found = [
        record
        async for record in _read_all(connection, vault, person)
        if record.institution in institutions
    ]
    replaced = {record.supersedes for record in found}
    return [record for record in found if record.statement_id not in replaced]


def read_record(statement_id: bytes, envelope: Envelope) -> HeldRecord:
    """A record that was verified before it was stored."""
    record = record_from_payload(envelope.payload, statement_id.hex())
    return HeldRecord(
        statement_id=statement_id,
        envelope=envelope,
        period=record.period,
        supersedes=record.supersedes,
        institution=Party(jurisdiction=record.jurisdiction, institution=record.institution),
    )


async def _read_all(connection: Connection, vault: Vault, person: int) -> AsyncIterator[HeldRecord]:
    after: int | None = None
    while page := await log.list_person_statements(
        connection, vault, person=person, kind=KIND, after=after, limit=_PAGE
    ):
        for row in page:
            if row.envelope is not None:
                yield read_record(row.statement_id, envelope_from_bytes(row.envelope))
        after = page[-1].leaf_index


def _is_granted(granted: Granted, period: Period) -> bool:
    """
    Whether the record may leave with all that it says.

    A period without a date may reach over all the days that were asked for.
    """
    whole = granted.scope[0]
    return granted.allows(
        action=Action.STORE,
        datatype=CONTRIBUTION_PERIOD,
        fields=fields_of(period),
        start=period.start or whole.from_date,
        end=period.end or whole.to_date,
    )


def fields_of(period: Period) -> tuple[str, ...]:
    """The fields that the record states, by their names in consents and requests."""
    stated = {
        "period_type": True,
        "start_date": period.start is not None,
        "end_date": period.end is not None,
        "declared": period.declared is not None,
        "communication": period.declared is not None,
        "by_year": bool(period.by_year),
        "scheme": period.scheme is not None,
        "relevance": period.relevance is not None,
        "calculation": period.calculation is not None,
        "refunded": period.refunded,
    }
    return tuple(name for name, is_stated in stated.items() if is_stated)
