"""
An honest party of one case: the real machine, real signatures, the real computation, no I/O.

What is durable and what a crash takes are kept apart: the ``Disk`` survives, the replayed case does
not. Each step writes to the disk at once or not at all, as the node's transactions do.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from portability.consent.scope import Party
from portability.core.periods import Period
from portability.ledger.envelope import Envelope, sign_envelope, statement_id, verify_envelope
from portability.recognition.case import (
    AnswerHistory,
    Case,
    Close,
    Countersign,
    Determine,
    Duty,
    Event,
    Opened,
    Reconcile,
    Send,
    Summarise,
)
from portability.recognition.machine import advance, replay
from portability.recognition.progress import Progress, progress
from portability.recognition.statements import CaseStatement, Header, Reconciliation, Said
from portability.simulation import words
from portability.simulation.plan import Plan, Records
from portability.simulation.words import NO_RECORDS
from portability.wire.statement import (
    case_statement_from_payload,
    statement_to_payload,
    type_of,
)

_EPOCH: Final = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A statement at its place in a stream, with the records that it rests on."""

    position: int
    envelope: Envelope
    records: Records


@dataclass(slots=True)
class Disk:
    """What a party has written durably; positions are by peer."""

    events: list[Event] = field(default_factory=list)
    records: dict[bytes, Period] = field(default_factory=dict)
    outbox: dict[str, list[Parcel]] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    accepted: dict[str, int] = field(default_factory=dict)


class HonestParty:
    """One jurisdiction: its node and its institution."""

    def __init__(
        self, own: Party, plan: Plan, randomness: Callable[[int], bytes], now: Callable[[], int]
    ) -> None:
        self.institution = own
        self.own = own.jurisdiction
        self.plan = plan
        self.disk = Disk(records=dict(plan.records[self.own]))
        self._randomness = randomness
        self._now = now
        if own == plan.claim.lead:
            self.disk.events.append(Opened(case_id=plan.case_id, claim=plan.claim))
        self.case = Case(own=self.own)
        self._viewed: tuple[Case, Progress] | None = None
        self.restart()

    @property
    def view(self) -> Progress:
        """How far the case is; computed once for each change."""
        if self._viewed is None or self._viewed[0] is not self.case:
            self._viewed = self.case, progress(self.case)
        return self._viewed[1]

    def restart(self) -> None:
        """Forget everything that is not on the disk."""
        self.case = replay(self.own, self.disk.events)

    # --- what is due -----------------------------------------------------------------------------

    def act(self) -> bool:
        """Do one thing that is due; whether there was one."""
        claim = self.plan.claim
        asked = words.whom_to_ask(self.case, self.view.state, claim)
        if asked is not None:
            reference = self._randomness(32).hex()
            self._say(words.request(self._header(self.institution), claim, asked, reference))
            return True
        for duty in self.view.duties:
            self._fulfil(duty)
            return True
        return False

    def _fulfil(self, duty: Duty) -> None:
        claim, records = self.plan.claim, self.disk.records
        node = self.institution.node
        match duty:
            case AnswerHistory():
                own = self.plan.records[self.own]
                refusals = self.plan.refusals.get(self.own, 0)
                header = self._header(node, duty.request_id)
                said = words.answer(header, self.case, own, refusals)
                self._say(said, own if said.records else NO_RECORDS)
            case Reconcile():
                header = self._header(node, *duty.basis)
                self._say(words.result(header, claim, records, duty), dict(records))
            case Countersign():
                theirs = self.case.accepted[duty.reconciliation_id]
                if isinstance(theirs, Reconciliation):
                    header = self._header(node, duty.reconciliation_id)
                    self._say(words.examination(header, self.case, claim, theirs, records))
            case Determine():
                header = self._header(duty.institution, duty.reconciliation_id)
                self._say(words.determination(header, claim, records, duty))
            case Summarise():
                header = self._header(node, *duty.determinations)
                self._say(words.summary(header, self.case, claim))
            case Close():
                self._say(words.closure(self._header(node, *duty.determinations)))
            case _:
                raise AssertionError("nobody corrects, withdraws or waits in these schedules")

    def _header(self, sender: Party, *predecessors: bytes) -> Header:
        return Header(
            salt=self._randomness(32),
            case_id=self.plan.case_id,
            sender=sender,
            created=_EPOCH + timedelta(seconds=self._now()),
            predecessors=predecessors,
        )

    def _say(self, statement: CaseStatement, records: Records = NO_RECORDS) -> None:
        """Sign, take into the case and put into the outbox, in one step."""
        signer = self.plan.signers[statement.header.sender]
        envelope = sign_envelope(type_of(statement), statement_to_payload(statement), signer)
        said = Said(
            statement_id=statement_id(envelope.payload_type, envelope.payload),
            statement=statement,
        )
        self.case, effects = advance(self.case, said)
        self.disk.events.append(said)
        for effect in effects:
            if isinstance(effect, Send):
                stream = self.disk.outbox.setdefault(effect.to, [])
                parcel = Parcel(position=len(stream) + 1, envelope=envelope, records=records)
                stream.append(parcel)

    # --- what comes and goes ---------------------------------------------------------------------

    def unacknowledged(self, peer: str) -> list[Parcel]:
        """What the peer has not said that it has."""
        return self.disk.outbox.get(peer, [])[self.disk.acknowledged.get(peer, 0) :]

    def acknowledge(self, peer: str, position: int) -> None:
        """The peer has everything up to a position."""
        self.disk.acknowledged[peer] = max(self.disk.acknowledged.get(peer, 0), position)

    def receive(self, peer: str, parcel: Parcel) -> int:
        """
        Take in what follows on the peer's stream; the position up to which it is here.

        Raises SignatureError and InvalidInputError: among honest parties neither may happen.
        """
        position = self.disk.accepted.get(peer, 0)
        if parcel.position != position + 1:
            return position
        said = self._verify(peer, parcel.envelope)
        self.case, _ = advance(self.case, said)
        self.disk.records.update(parcel.records)
        self.disk.events.append(said)
        self.disk.accepted[peer] = parcel.position
        return parcel.position

    def _verify(self, peer: str, envelope: Envelope) -> Said:
        holders = {holder: one for holder, one in self.plan.signers.items() if _is_of(holder, peer)}
        keys = {one.key_id: one.public for one in holders.values()}
        verified = verify_envelope(envelope, {envelope.payload_type}, keys)
        statement = case_statement_from_payload(verified.payload_type, verified.payload)
        signer = holders[statement.header.sender]
        verify_envelope(envelope, {envelope.payload_type}, {signer.key_id: signer.public})
        return Said(statement_id=verified.statement_id, statement=statement)


def _is_of(holder: Party, jurisdiction: str) -> bool:
    return holder.jurisdiction == jurisdiction
