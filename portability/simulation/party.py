"""
An honest jurisdiction of one case: the real machine, signatures, gate and computation, no I/O.

What is durable and what a crash takes are kept apart: the ``Disk`` survives, the replayed case does
not. Each step writes to the disk at once or not at all, as the node's transactions do; the world
may strike before and after each such write, and before each answer leaves.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from portability.consent.gate import Granted
from portability.consent.scope import Party
from portability.core.periods import Period
from portability.errors import InvalidInputError, PortabilityError, SignatureError
from portability.ledger.envelope import Envelope, sign_envelope, statement_id, verify_envelope
from portability.recognition.case import (
    AnswerHistory,
    AnswerNotice,
    Case,
    CaseState,
    Clock,
    Close,
    Countersign,
    Determine,
    Duty,
    Opened,
    Reconcile,
    Remind,
    Reopen,
    Send,
    Summarise,
)
from portability.recognition.corrections import source_of
from portability.recognition.facts import Facts, read_facts
from portability.recognition.grounds import grounds_of
from portability.recognition.histories import History, read_histories
from portability.recognition.machine import advance, replay
from portability.recognition.notices import records_to_erase
from portability.recognition.progress import Progress, progress
from portability.recognition.statements import (
    BY_INSTITUTIONS,
    CaseStatement,
    ClosureReason,
    Correction,
    CorrectionReason,
    Header,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
    NoticeEffect,
    Objection,
    PermissionEnd,
    PermissionEnding,
    Reconciliation,
    Said,
)
from portability.simulation import words
from portability.simulation.disk import Disk, Parcel, Receipt, Refused, Write, parcel_digest
from portability.simulation.permission import Person, ask_gate
from portability.simulation.plan import TERMS, Plan, Records, draw_record
from portability.simulation.words import NO_RECORDS
from portability.wire.statement import (
    case_statement_from_payload,
    statement_to_payload,
    type_of,
)


class DamagedError(Exception):
    """A parcel did not arrive as it was sent; nothing was acknowledged."""


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
class _Signed:
    """A statement with its envelope and the records that go with it."""

    said: Said
    envelope: Envelope
    records: Records


class HonestParty:
    """One jurisdiction: its node and its institutions."""

    def __init__(self, own: str, world: World) -> None:
        self.own = own
        self.world = world
        self.plan = world.plan
        self.node = Party(jurisdiction=own)
        self.leads = own == world.plan.claim.lead.jurisdiction
        self.disk = self._first_disk()
        self.case = Case(own=own)
        self._read: tuple[Case, Facts] | None = None
        self._viewed: tuple[Case, Progress] | None = None
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
    def facts(self) -> Facts:
        """The case by kind of statement; read once for each change."""
        if self._read is None or self._read[0] is not self.case:
            self._read = self.case, read_facts(self.case)
        return self._read[1]

    @property
    def view(self) -> Progress:
        """How far the case is, whatever time it is; computed once for each change."""
        if self._viewed is None or self._viewed[0] is not self.case:
            self._viewed = self.case, progress(self.case, facts=self.facts)
        return self._viewed[1]

    def _due(self) -> tuple[Duty, ...]:
        """What is due, for whom time counts also by the day that it is."""
        if not self.leads and self.own not in self.plan.postponing:
            return self.view.duties
        today = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        known = self._timed
        if known is None or known[0] is not self.case or known[1] != today:
            clock = Clock(now=today, terms=TERMS)
            due = progress(self.case, clock, self.facts).duties
            known = self._timed = self.case, today, due
        return known[2]

    def restart(self) -> None:
        """Forget everything that is not on the disk."""
        self.case = replay(self.own, self.disk.events)
        self._asked_at = None

    def starts_from(self, backup: Disk, seen: int, acknowledged: Mapping[str, int]) -> bool:
        """Whether the node would go on: nobody outside has seen what the copy lacks."""
        return len(backup.log) >= seen and all(
            backup.accepted.get(peer, 0) >= position for peer, position in acknowledged.items()
        )

    # --- what is due -----------------------------------------------------------------------------

    def act(self) -> bool:
        """Do one thing that is due; whether there was one."""
        if self.leads and (self._end_permissions() or self._ask()):
            return True
        return any(self._fulfil(duty) for duty in self._due())

    def _fulfil(self, duty: Duty) -> bool:
        """Whether the duty could be done now."""
        if isinstance(duty, AnswerHistory):
            return self._answer(duty.request_id)
        if isinstance(duty, AnswerNotice):
            return self._answer_notice(duty)
        return self._compute(duty) if isinstance(duty, Reconcile) else self._decide(duty)

    def _decide(self, duty: Duty) -> bool:
        claim, case = self.plan.claim, self.case
        match duty:
            case Countersign():
                theirs = case.accepted[duty.reconciliation_id]
                if isinstance(theirs, Reconciliation):
                    header = self.header(self.node, duty.reconciliation_id)
                    records = self.disk.records
                    self.say(words.examination(header, case, claim, theirs, records))
            case Determine():
                grounds = grounds_of(claim, self.facts, duty.institution)
                header = self.header(duty.institution, *grounds)
                inputs = self._inputs_of(duty.reconciliation_id)
                self.say(words.determination(header, claim, inputs, duty))
            case Summarise():
                self.say(words.summary(self.header(self.node, *duty.determinations), case, claim))
            case Close():
                self.say(words.closure(self.header(self.node, *duty.determinations)))
            case Reopen():
                self.say(words.reopening(self.header(self.node, *duty.closures), duty))
            case Remind():
                self.say(words.reminder(self.header(self.node, duty.subject), duty))
            case _:
                return False
        return True

    def _inputs_of(self, reconciliation_id: bytes) -> Records:
        result = self.case.accepted[reconciliation_id]
        inputs = result.inputs if isinstance(result, Reconciliation) else ()
        if any(one not in self.disk.records for one in inputs):
            raise InvalidInputError("a record that the result rests on is not held here")
        return {one: self.disk.records[one] for one in inputs}

    # --- the lead --------------------------------------------------------------------------------

    def _ask(self) -> bool:
        """Ask whoever was not asked, or has refused, if the person allows it; not all the time."""
        waits = self._asked_at is not None and self.now - self._asked_at < timedelta(days=1)
        party = None if waits else self._to_ask()
        return party is not None and self._ask_one(party)

    def lacks_permission(self) -> bool:
        """As the lead: whether somebody is still to be asked."""
        return self._to_ask() is not None

    def _to_ask(self) -> Party | None:
        if self.view.state is CaseState.CLOSED:
            return None
        facts = self.facts
        asked = {one.recipient for one in facts.requests.values()}
        histories = read_histories(self.case, self.plan.claim, facts)
        for party, how in histories.items():
            if how is History.REFUSED or (how is History.AWAITED and party not in asked):
                return party
        return None

    def _ask_one(self, party: Party) -> bool:
        self._asked_at = self.now
        ended = {one.permission for one in self.facts.ends.values()}
        known = [
            one
            for one in self.world.person.given.values()
            if one.not_before <= self.now < one.not_after
            and one.consent_id not in ended
            and one.consent_id not in self.world.person.withdrawn
        ]
        if not known:
            return False
        reference = self.plan.references[party.jurisdiction]
        header = self.header(self.plan.claim.lead)
        permission = known[-1].consent_id
        self.say(words.request(header, self.plan.claim, party, reference, permission))
        return True

    def _end_permissions(self) -> bool:
        """As the home node: tell of a permission that is over, if the case rests on it."""
        facts = self.facts
        ended = {one.permission for one in facts.ends.values()}
        for permission in sorted({one.permission for one in facts.requests.values()} - ended):
            how = self._ending(permission)
            if how is not None and self.view.state is not CaseState.CLOSED:
                used = [i for i, one in facts.requests.items() if one.permission == permission]
                header = self.header(self.node, *sorted(used))
                end = PermissionEnd(
                    header=header,
                    permission=permission,
                    how=how,
                    at=header.created,
                    act=permission if how is PermissionEnding.WITHDRAWN else b"",
                )
                self.say(end)
                return True
        return False

    def _ending(self, permission: bytes) -> PermissionEnding | None:
        person = self.world.person
        if permission in person.withdrawn:
            return PermissionEnding.WITHDRAWN
        given = person.given.get(permission)
        is_over = given is not None and self.now >= given.not_after
        return PermissionEnding.EXPIRED if is_over else None

    def give_up(self) -> None:
        """The person withdraws the claim itself."""
        self.say(words.closure(self.header(self.node), ClosureReason.WITHDRAWN))

    def _compute(self, duty: Reconcile) -> bool:
        records = self._basis_records(duty)
        header = self.header(self.node, *duty.basis)
        self.say(words.result(header, self.plan.claim, records, duty), records)
        return True

    def _basis_records(self, duty: Reconcile) -> dict[bytes, Period]:
        facts = self.facts
        named = {i for one in duty.basis for i in _records_of(facts, one)}
        found = facts.corrected(named, duty.basis)
        own = {i: one for held in self.disk.own.values() for i, one in held.items()}
        theirs = {
            i: self.disk.records[i]
            for i in found
            if i in self.disk.records and i not in self.disk.issued
        }
        return {**theirs, **own}

    # --- every party -----------------------------------------------------------------------------

    def _answer(self, request_id: bytes) -> bool:
        """Ask the home node, then the gate; answer and write the receipt in one transaction."""
        request = self.case.accepted[request_id]
        home = self.plan.claim.lead.jurisdiction
        if not isinstance(request, HistoryRequest) or not self.world.reaches(self.own, home):
            return False
        header = self.header(self.node, request_id)
        if self.own in self.plan.postponing and not self._was_postponed(request_id):
            day = (self.now + timedelta(days=6)).date()
            self.say(words.postponement(header, day, self.origin, len(self.disk.log)))
            return True
        granted = self._is_granted(request_id, request)
        own = self.disk.own[request.recipient] if granted else NO_RECORDS
        if granted:
            answer = words.history(header, own, self.origin, len(self.disk.log))
        else:
            answer = words.refusal(header)
        receipt = Receipt(
            request_id=request_id,
            permission=request.permission,
            at=self.now,
            truly=self.world.moment(),
            released=bool(own),
        )
        self.say(answer, dict(own), lambda disk: disk.receipts.append(receipt))
        return True

    def _was_postponed(self, request_id: bytes) -> bool:
        answers = self.facts.answers_to(request_id)
        return any(one.outcome is HistoryOutcome.NOT_BEFORE for one in answers)

    def _is_granted(self, request_id: bytes, request: HistoryRequest) -> bool:
        home = self.plan.claim.lead.jurisdiction
        status = self.world.person.status(request.permission, self.node, self.world.clock(home))
        used = [
            one
            for one in self.disk.receipts
            if one.permission == request.permission and one.released
        ]
        decision = ask_gate(
            self.world.person,
            request_id,
            request,
            status=status,
            uses=len(used),
            now=self.now,
        )
        return isinstance(decision, Granted)

    def _answer_notice(self, duty: AnswerNotice) -> bool:
        gone: set[bytes] = set()
        if duty.effect is NoticeEffect.ERASED:
            theirs = set(self.disk.records) - set(self.disk.issued)
            gone = records_to_erase(self.case, self.plan.claim, self.facts, duty, theirs)
        answer = words.notice_answer(self.header(self.node, duty.notice_id), duty)
        self.say(answer, NO_RECORDS, lambda disk: _forget(disk, gone))
        return True

    def correct(self, *, late: bool) -> bool:
        """
        An institution here replaces a record, or finds one more; whether there was anything to do.

        If the record is part of the case already, the case is told in the same transaction.
        """
        chance = self.world.chance
        party = chance.choice(self.plan.institutions(self.own))
        held = self.disk.own[party]
        if not late and not held:
            return False
        old = None if late else chance.choice(sorted(held))
        new_id, period = draw_record(party, chance)

        def write(disk: Disk) -> None:
            if old is not None:
                disk.own[party].pop(old)
            disk.own[party][new_id] = period
            disk.records[new_id] = period
            disk.issued[new_id] = disk.append(new_id)

        source = source_of(self.plan.claim, self.facts, party, old)
        if source is None:
            self.commit(self.case, write)
            return True
        correction = Correction(
            header=self.header(party, source),
            replaced=() if old is None else (old,),
            added=(new_id,),
            reason=CorrectionReason.LATE_RECORD if late else CorrectionReason.ERROR,
        )
        self.say(correction, {new_id: period}, write)
        return True

    def object_to(self, determination_id: bytes) -> None:
        """The first institution here takes in an objection of the person."""
        header = self.header(self.plan.institutions(self.own)[0], determination_id)
        self.say(Objection(header=header, grounds="amount"))

    def contestable(self) -> Sequence[bytes]:
        """Determinations of a settled or nearly settled case that nobody contests yet."""
        facts = self.facts
        contested = {i for one in facts.objected.values() for i in one.header.predecessors}
        return [i for i in sorted(facts.determined.values()) if i not in contested]

    # --- saying and hearing ----------------------------------------------------------------------

    def header(self, sender: Party, *predecessors: bytes) -> Header:
        return Header(
            salt=self.world.chance.randbytes(32),
            case_id=self.plan.case_id,
            sender=sender,
            created=self.now.replace(microsecond=0),
            predecessors=predecessors,
        )

    def sign(self, statement: CaseStatement) -> Envelope:
        signer = self.plan.signers[statement.header.sender]
        return sign_envelope(type_of(statement), statement_to_payload(statement), signer)

    def say(self, statement: CaseStatement, records: Records = NO_RECORDS, *more: Write) -> None:
        """Sign, take into the case and put into the outbox, in one transaction."""
        envelope = self.sign(statement)
        said = Said(
            statement_id=statement_id(envelope.payload_type, envelope.payload),
            statement=statement,
        )
        case, effects = advance(self.case, said)
        signed = _Signed(said=said, envelope=envelope, records=records)
        sends = [one for one in effects if isinstance(one, Send)]
        self.commit(case, *more, lambda disk: self._write_said(disk, signed, sends))

    def _write_said(self, disk: Disk, signed: _Signed, sends: Sequence[Send]) -> None:
        i = signed.said.statement_id
        disk.events.append(signed.said)
        disk.append(i)
        for send in sends:
            self._enqueue(disk, send, signed)

    def _enqueue(self, disk: Disk, send: Send, signed: _Signed) -> None:
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

    def commit(self, case: Case, *writes: Write) -> None:
        """All writes or none, whenever the world strikes."""
        self.world.strike(self.own, "before-commit")
        for write in writes:
            write(self.disk)
        self.world.strike(self.own, "after-commit")
        self.case = case

    def unacknowledged(self, peer: str) -> list[Parcel]:
        """What the peer has not said that it has."""
        return self.disk.outbox.get(peer, [])[self.disk.acknowledged.get(peer, 0) :]

    def acknowledge(self, peer: str, position: int) -> None:
        """The peer has everything up to a position."""
        self.disk.acknowledged[peer] = max(self.disk.acknowledged.get(peer, 0), position)

    def receive(self, peer: str, parcel: Parcel) -> int:
        """
        Take in what follows on the peer's stream; the position up to which it is here.

        Raises DamagedError. What cannot be accepted is set aside with its cause.
        """
        if not parcel.is_whole():
            raise DamagedError
        position = self.disk.accepted.get(peer, 0)
        if parcel.position != position + 1:
            return position
        try:
            self._hear(peer, parcel)
        except (SignatureError, InvalidInputError) as error:
            refused = Refused(
                peer=peer,
                statement_id=parcel.statement_id,
                cause=f"{error.reason}: {error.message}",
            )
            self.commit(
                self.case, self._arrived(peer, parcel), lambda d: d.set_aside.append(refused)
            )
        self.world.strike(self.own, "before-acknowledgement")
        return parcel.position

    def _hear(self, peer: str, parcel: Parcel) -> None:
        """Into the case, once; what was here before changes nothing."""
        said = self._verify(peer, parcel.envelope)
        arrived = self._arrived(peer, parcel)
        if self.knows(said.statement_id):
            self.commit(self.case, arrived)
            return
        self.check_exhibits(said.statement, parcel)
        case, effects = advance(self.case, said)
        sends = [one for one in effects if isinstance(one, Send)]

        def write(disk: Disk) -> None:
            disk.events.append(said)
            disk.append(said.statement_id)
            disk.records.update(parcel.records)
            for send in sends:
                self.post(disk, send.to, self._envelope(send.statement_id), NO_RECORDS)

        self.commit(case, arrived, write)

    def knows(self, i: bytes) -> bool:
        """Whether a statement was received before; what deduplication rests on."""
        return i in self.case.accepted or i in self.case.waiting

    def _arrived(self, peer: str, parcel: Parcel) -> Write:
        def write(disk: Disk) -> None:
            disk.accepted[peer] = parcel.position
            disk.received.setdefault(peer, []).append(parcel.statement_id)

        return write

    def check_exhibits(self, statement: CaseStatement, parcel: Parcel) -> None:
        """Raise InvalidInputError unless those records came that the statement rests on."""
        came = set(parcel.records)
        wanted = came
        if isinstance(statement, HistoryResponse):
            wanted = set(statement.records)
        elif isinstance(statement, Correction):
            wanted = set(statement.added) if self.leads else set()
        elif isinstance(statement, Reconciliation):
            wanted = came & set(statement.inputs)
        if came != wanted:
            raise InvalidInputError("other records came than the statement names", field="records")

    def _verify(self, peer: str, envelope: Envelope) -> Said:
        """The statement, once its signature by a holder in the peer's jurisdiction was verified."""
        try:
            statement = case_statement_from_payload(envelope.payload_type, envelope.payload)
        except PortabilityError as error:
            raise InvalidInputError(error.message, field="payload") from None
        sender = statement.header.sender
        signer = self.plan.signers.get(sender)
        by_institution = isinstance(statement, BY_INSTITUTIONS)
        if (
            signer is None
            or sender.jurisdiction != peer
            or bool(sender.institution) != by_institution
        ):
            raise SignatureError(f"{sender} may not sign this")
        self.verify_signature(envelope, {signer.key_id: signer.public})
        return Said(
            statement_id=statement_id(envelope.payload_type, envelope.payload), statement=statement
        )

    def verify_signature(self, envelope: Envelope, keys: dict[bytes, bytes]) -> None:
        """Raises SignatureError."""
        verify_envelope(envelope, {envelope.payload_type}, keys)


def _records_of(facts: Facts, response_id: bytes) -> tuple[bytes, ...]:
    response = facts.responses.get(response_id)
    return () if response is None else response.records


def _forget(disk: Disk, gone: set[bytes]) -> None:
    for one in gone:
        disk.records.pop(one, None)
