"""
What a simulated party has and says: its disk, its case, its signature and its outbox.

What is durable and what a crash takes are kept apart: the ``Disk`` survives, the replayed case does
not. Each step writes to the disk at once or not at all, as the node's transactions do; the world
may strike before and after each such write.
"""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import Protocol

from portability.consent.scope import Party
from portability.ledger.envelope import Envelope, sign_envelope, statement_id
from portability.recognition.case import (
    Case,
    Duty,
    Opened,
    Send,
)
from portability.recognition.facts import Facts, read_facts
from portability.recognition.machine import Reading, advance_reading, read, replay
from portability.recognition.not_sent import stays_behind, waits
from portability.recognition.progress import Progress
from portability.recognition.statements import (
    CaseStatement,
    ClaimWithdrawal,
    Correction,
    Header,
    Said,
)
from portability.simulation.disk import Disk, Parcel, Write, parcel_digest
from portability.simulation.permission import PERSON, Person
from portability.simulation.plan import Plan, Records
from portability.simulation.words import NO_RECORDS
from portability.wire.statement import (
    statement_to_payload,
    type_of,
)


class World(Protocol):
    """What a party cannot make up for itself."""

    plan: Plan
    person: Person
    chance: random.Random

    def moment(self) -> datetime:
        """What no party knows: the true time, in the order in which things happened."""

    def clock(self, own: str) -> datetime:
        """The time as this party's clock shows it."""

    def reaches(self, own: str, peer: str) -> bool:
        """Whether a call from one to the other gets through now."""

    def strike(self, own: str, point: str) -> None:
        """Asked at each point where a crash matters; raises to make the party crash there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A statement with its envelope and the records that go with it."""

    said: Said
    envelope: Envelope
    records: Records


class Desk:
    """One jurisdiction of one case, as far as it keeps and says anything."""

    def __init__(self, own: str, world: World) -> None:
        self.own = own
        self.world = world
        self.plan = world.plan
        self.node = Party(jurisdiction=own)
        self.leads = own == world.plan.claim.lead.jurisdiction
        self.disk = self._first_disk()
        self.reading = read(Case(own=own))
        self._timed: tuple[Case, datetime, tuple[Duty, ...]] | None = None
        self._asked_at: datetime | None = None
        self.restart()

    def _first_disk(self) -> Disk:
        disk = Disk()
        for party in self.plan.institutions(self.own):
            disk.own[party] = dict(self.plan.records[party])
            disk.records.update(disk.own[party])
            for one in disk.own[party]:
                disk.issued[one] = disk.append(one)
        if self.leads:
            disk.events.append(Opened(case_id=self.plan.case_id, claim=self.plan.claim))
        return disk

    @property
    def now(self) -> datetime:
        return self.world.clock(self.own)

    @property
    def origin(self) -> str:
        return f"{self.own.lower()}.example/log"

    @property
    def case(self) -> Case:
        return self.reading.case

    @property
    def facts(self) -> Facts:
        """The case by kind of statement; empty as long as nobody has told what it is about."""
        return self.reading.facts or read_facts(self.case)

    @property
    def view(self) -> Progress:
        """How far the case is, whatever time it is."""
        return self.reading.view

    def restart(self) -> None:
        """Forget everything that is not on the disk."""
        self.reading = read(replay(self.own, self.disk.events))
        self._asked_at = None

    def starts_from(self, backup: Disk, seen: int, acknowledged: Mapping[str, int]) -> bool:
        """Whether the node would go on: nobody outside has seen what the copy lacks."""
        return len(backup.log) >= seen and all(
            backup.accepted.get(peer, 0) >= position for peer, position in acknowledged.items()
        )

    def header(self, sender: Party, *predecessors: bytes) -> Header:
        return Header(
            salt=self.world.chance.randbytes(32),
            case_id=self.plan.case_id,
            sender=sender,
            created=self.now.replace(microsecond=0),
            predecessors=predecessors,
        )

    def sign(self, statement: CaseStatement) -> Envelope:
        """With the key of whoever says it; what the person signs their node only passes on."""
        is_persons = isinstance(statement, ClaimWithdrawal)
        signer = PERSON if is_persons else self.plan.signers[statement.header.sender]
        return sign_envelope(type_of(statement), statement_to_payload(statement), signer)

    def say(self, statement: CaseStatement, records: Records = NO_RECORDS, *more: Write) -> None:
        """Sign, take into the case and put into the outbox, in one transaction."""
        envelope = self.sign(statement)
        said = Said(
            statement_id=statement_id(envelope.payload_type, envelope.payload),
            statement=statement,
        )
        reading, effects = advance_reading(self.reading, said)
        signed = Signed(said=said, envelope=envelope, records=records)
        sends = [one for one in effects if isinstance(one, Send)]
        self.commit(reading, *more, lambda disk: self._write_said(disk, signed, sends))

    def _write_said(self, disk: Disk, signed: Signed, sends: Sequence[Send]) -> None:
        i = signed.said.statement_id
        disk.events.append(signed.said)
        disk.append(i)
        for send in sends:
            self._enqueue(disk, send, signed)

    def _enqueue(self, disk: Disk, send: Send, signed: Signed) -> None:
        """A statement of ours into a stream; an older one without what it rests on."""
        if send.statement_id == signed.said.statement_id:
            lead = self.plan.claim.lead.jurisdiction
            is_not_for_it = isinstance(signed.said.statement, Correction) and send.to != lead
            records = NO_RECORDS if is_not_for_it else signed.records
            self.post(disk, send.to, signed.envelope, records)
        else:
            self.post(disk, send.to, self._envelope(send.statement_id), NO_RECORDS)

    def _envelope(self, i: bytes) -> Envelope:
        return self.sign(self.case.accepted[i])

    def post(self, disk: Disk, to: str, envelope: Envelope, records: Records) -> None:
        """Put a parcel at the end of the stream to a peer."""
        stream = disk.outbox.setdefault(to, [])
        position = len(stream) + 1
        stream.append(
            Parcel(
                position=position,
                statement_id=statement_id(envelope.payload_type, envelope.payload),
                envelope=envelope,
                records=records,
                digest=parcel_digest(position, envelope),
            )
        )

    def commit(self, reading: Reading, *writes: Write) -> None:
        """All writes or none, whenever the world strikes."""
        self.world.strike(self.own, "before-commit")
        for write in writes:
            write(self.disk)
        self.world.strike(self.own, "after-commit")
        self.reading = reading

    def unacknowledged(self, peer: str) -> list[Parcel]:
        """What the peer has not said that it has, as it may leave now."""
        waiting = self.disk.outbox.get(peer, [])[self.disk.acknowledged.get(peer, 0) :]
        ended = {one.permission for one in self.facts.ends.values()} if waiting else set()
        if ended and self.plan.claim.lead.jurisdiction == self.own:
            waiting = list(takewhile(self._may_go, waiting))
        return [
            replace(one, records=NO_RECORDS) if ended and self._stays(one, ended) else one
            for one in waiting
        ]

    def _may_go(self, parcel: Parcel) -> bool:
        return not waits(self.plan.claim, self.facts, parcel.statement_id)

    def _stays(self, parcel: Parcel, ended: Collection[bytes]) -> bool:
        if not parcel.records:
            return False
        return stays_behind(self.facts, parcel.statement_id, ended)

    def acknowledge(self, peer: str, position: int) -> None:
        """The peer has everything up to a position."""
        self.disk.acknowledged[peer] = max(self.disk.acknowledged.get(peer, 0), position)
