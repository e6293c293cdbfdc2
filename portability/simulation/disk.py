"""What a simulated party has written durably, and what of it a crash or an old backup takes."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from portability.consent.scope import Party
from portability.core.periods import Period
from portability.ledger.envelope import Envelope
from portability.ledger.merkle import leaf_hash
from portability.recognition.case import Event
from portability.simulation.plan import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A statement at its place in a stream, with the records that it rests on."""

    position: int
    statement_id: bytes
    envelope: Envelope
    records: Records
    digest: bytes

    def is_whole(self) -> bool:
        """Whether it arrives as it was sent; what mutual TLS sees to between nodes."""
        return self.digest == parcel_digest(self.position, self.envelope)


def parcel_digest(position: int, envelope: Envelope) -> bytes:
    signatures = b"".join(one.sig for one in envelope.signatures)
    return sha256(position.to_bytes(8, "big") + envelope.payload + signatures).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """
    The trace of one answer: which request, under which permission, and whether data left.

    ``truly`` is when that was, whatever the party's clock showed; only promises look at it.
    """

    request_id: bytes
    permission: bytes
    at: datetime
    truly: datetime
    released: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A statement that was set aside, and of whom."""

    peer: str
    statement_id: bytes
    cause: str


@dataclass(slots=True)
class Disk:
    """
    The database of a party; positions are by peer.

    ``own`` are the records in force of each institution here, ``records`` everything that is held.
    ``log`` holds leaf hashes; ``issued`` the index of each own record in it.
    """

    events: list[Event] = field(default_factory=list)
    own: dict[Party, dict[bytes, Period]] = field(default_factory=dict)
    records: dict[bytes, Period] = field(default_factory=dict)
    outbox: dict[str, list[Parcel]] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    accepted: dict[str, int] = field(default_factory=dict)
    received: dict[str, list[bytes]] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    set_aside: list[Refused] = field(default_factory=list)
    log: list[bytes] = field(default_factory=list)
    issued: dict[bytes, int] = field(default_factory=dict)

    def copy(self) -> "Disk":
        """A backup, to the last byte."""
        return replace(
            self,
            events=list(self.events),
            own={one: dict(records) for one, records in self.own.items()},
            records=dict(self.records),
            outbox={peer: list(stream) for peer, stream in self.outbox.items()},
            acknowledged=dict(self.acknowledged),
            accepted=dict(self.accepted),
            received={peer: list(ids) for peer, ids in self.received.items()},
            receipts=list(self.receipts),
            set_aside=list(self.set_aside),
            log=list(self.log),
            issued=dict(self.issued),
        )

    def append(self, statement_id: bytes) -> int:
        """A leaf of the log; its index."""
        self.log.append(leaf_hash(statement_id))
        return len(self.log) - 1


Write = Callable[[Disk], None]
"""One effect of a transaction; all of them happen, or none."""
