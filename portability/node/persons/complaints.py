"""Complaints of persons: taken in, answered, taken to the ombudsperson; each step is logged."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from portability.consent.scope import Party
from portability.errors import (
    ErasedError,
    InvalidInputError,
    NotFoundError,
    PreconditionError,
)
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.envelope import Envelope
from portability.ledger.keys import Signer
from portability.ledger.trust import Directory
from portability.node.log.sequencer import Sequencer
from portability.node.log.signed import log_signed
from portability.node.log.write import Write
from portability.node.persons.complaint_steps import (
    HeldComplaint,
    add_step,
    load_complaint,
    no_such_complaint,
    with_steps,
)
from portability.node.persons.complaints_abroad import pass_on
from portability.recognition.complaint import (
    ANSWER_TERM,
    CONCLUSION_TERM,
    ComplaintAct,
    ComplaintStep,
    ComplaintTopic,
    answering_act,
    check_escalation,
    ombudsperson_of,
)
from portability.recognition.statements import Header
from portability.store import complaints as stored
from portability.store import persons
from portability.store.complaints import ComplaintRow
from portability.store.engine import Connection, Database
from portability.wire.complaint import COMPLAINT_TYPE, KIND, step_to_payload

NAME_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedObjection:
    """What the person signed about a record, its id, and the record of the key."""

    id: bytes
    envelope: Envelope
    key_record: Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaining:
    """What a person says, and of whom. ``taken_by`` is the office that helped, or the node."""

    request_id: str
    taken_by: Party
    against: Party
    topic: ComplaintTopic
    about: bytes
    text: str
    objection: SignedObjection | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answerer:
    """Who answers, and under which reference another node knows the person; empty at home."""

    desk: Party
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What a step after the first adds."""

    act: ComplaintAct
    actor: Party
    text: str


class Complaints:
    """Keeps complaints. Who may see which one is decided by the service."""

    def __init__(
        self,
        *,
        database: Database,
        sequencer: Sequencer,
        directory: Callable[[], Directory],
        node_key: Signer,
        jurisdiction: str,
        randomness: Callable[[int], bytes],
        wake_outbox: Callable[[], None],
    ) -> None:
        self._wake_outbox = wake_outbox
        self._database = database
        self._sequencer = sequencer
        self._directory = directory
        self._node_key = node_key
        self._jurisdiction = jurisdiction
        self._randomness = randomness

    async def file(
        self, person_of: Callable[[Write], Awaitable[int]], said: Complaining
    ) -> HeldComplaint:
        """
        Take one in. The same request id of the same person gives the first answer.

        Raises InvalidInputError for nothing said, PreconditionError for an institution that the
        directory does not name, ErasedError.
        """

        async def work(write: Write) -> HeldComplaint:
            return await self.take_in(write, await person_of(write), said)

        return (await self._sequencer.run(work))[0]

    async def known(self, write: Write, person: int, request_id: str) -> HeldComplaint | None:
        """The complaint of a person that came of this request."""
        name = _name(write, person, request_id)
        return await load_complaint(write.connection, write.vault, name, write)

    async def take_in(self, write: Write, person: int, said: Complaining) -> HeldComplaint:
        """As ``file``, within a transaction that is under way."""
        if not said.text.strip():
            raise InvalidInputError("say in a few words what it is about", field="text")
        answerer = await self._answerer(write, person, said.against)
        name = _name(write, person, said.request_id)
        known = await load_complaint(write.connection, write.vault, name, write)
        if known is not None:
            return known
        step = self._first(said, answerer, name, write.now)
        row = ComplaintRow(
            name=name,
            person=person,
            desk=str(step.desk),
            awaits=str(step.desk),
            answer_by=step.answer_by,
            escalated=False,
            create_time=write.now,
        )
        await stored.add_complaint(write.connection, row)
        return await self._say(write, HeldComplaint(row=row, ids=(), steps=()), step)

    async def escalate(
        self, name: str, text: str, person_of: Callable[[Write], Awaitable[int | None]], by: Party
    ) -> HeldComplaint:
        """
        Take one to the ombudsperson: the person their own, an office (``person_of`` gives None) any
        that was filed here, to help somebody.

        Raises NotFoundError, alike for what is not theirs to see, PreconditionError if too early.
        """

        async def work(write: Write) -> HeldComplaint:
            person = await person_of(write)
            held = await self._find(write, name)
            is_helped = held.home == self._jurisdiction or self.is_shown(held.row, by)
            if not is_helped if person is None else person != held.row.person:
                raise no_such_complaint()
            if held.home != self._jurisdiction:
                raise PreconditionError(
                    f"the complaint was filed in {held.home} and is taken further there",
                    subject="complaint",
                )
            check_escalation(held.steps, write.now)
            said = _Said(act=ComplaintAct.ESCALATED, actor=by, text=text)
            return await self._say(write, held, self._next(held, said, write.now))

        return (await self._sequencer.run(work))[0]

    async def answer(self, name: str, text: str, actor: Party) -> HeldComplaint:
        """
        The institution's answer, or the ombudsperson's conclusion.

        Raises NotFoundError, alike for what ``actor`` is not shown; ForbiddenError for what waits
        for somebody else, PreconditionError, InvalidInputError.
        """
        if not text.strip():
            raise InvalidInputError("an answer needs words", field="text")

        async def work(write: Write) -> HeldComplaint:
            held = await self._find(write, name)
            if not self.is_shown(held.row, actor):
                raise no_such_complaint()
            said = _Said(act=answering_act(held.steps, actor), actor=actor, text=text)
            return await self._say(write, held, self._next(held, said, write.now))

        return (await self._sequencer.run(work))[0]

    async def of_person(self, connection: Connection, person: int) -> list[HeldComplaint]:
        """Oldest first."""
        rows = await stored.list_person_complaints(connection, person)
        return [await with_steps(connection, self._database.vault, one) for one in rows]

    async def of_actor(self, connection: Connection, actor: Party) -> list[HeldComplaint]:
        """What waits for ``actor`` first, by its term; then the rest, oldest first."""
        if actor == ombudsperson_of(self._jurisdiction):
            rows = await stored.list_escalated_complaints(connection)
        else:
            rows = await stored.list_desk_complaints(connection, str(actor))
        waiting = [one for one in rows if one.awaits == str(actor)]
        waiting.sort(key=lambda one: one.answer_by or one.create_time)
        rest = [one for one in rows if one not in waiting]
        vault = self._database.vault
        return [await with_steps(connection, vault, one) for one in (*waiting, *rest)]

    def is_shown(self, row: ComplaintRow, actor: Party) -> bool:
        """Whether ``actor`` has a complaint among its own, as ``of_actor`` lists them."""
        if actor == ombudsperson_of(self._jurisdiction):
            return row.escalated
        return row.desk == str(actor)

    async def by_name(self, connection: Connection, name: str) -> HeldComplaint:
        """Raises NotFoundError."""
        found = await load_complaint(connection, self._database.vault, name)
        if found is None:
            raise no_such_complaint()
        return found

    async def _answerer(self, write: Write, person: int, against: Party) -> _Answerer:
        """The institution, also abroad where the node there knows the person; else one here."""
        desk = self._desk(against)
        if desk == against or not against.institution:
            return _Answerer(desk=desk)
        reference = await persons.find_pairwise_reference(
            write.connection, person=person, peer=against.jurisdiction
        )
        if reference is None:
            return _Answerer(desk=desk)
        return _Answerer(desk=against, reference=reference)

    def _desk(self, against: Party) -> Party:
        """
        Who answers at home: the institution itself, or the first one for those abroad.

        Raises PreconditionError for an institution that the directory does not name.
        """
        directory = self._directory()
        if against.institution:
            directory.institution(against.jurisdiction, against.institution)
        else:
            directory.member(against.jurisdiction)
        if against.jurisdiction == self._jurisdiction and against.institution:
            return against
        own = sorted(
            one.id for one in directory.institutions if one.jurisdiction == self._jurisdiction
        )
        if not own:
            raise PreconditionError("no institution here answers complaints", subject="complaint")
        return Party(jurisdiction=self._jurisdiction, institution=own[0])

    def _first(
        self, said: Complaining, answerer: _Answerer, name: str, now: datetime
    ) -> ComplaintStep:
        objection = said.objection
        return ComplaintStep(
            header=self._header(now, ()),
            act=ComplaintAct.FILED,
            actor=said.taken_by,
            against=said.against,
            desk=answerer.desk,
            topic=said.topic,
            about=said.about,
            text=said.text,
            answer_by=now.replace(microsecond=0) + ANSWER_TERM,
            objection=b"" if objection is None else objection.id,
            signed_objection=None if objection is None else objection.envelope,
            key_record=None if objection is None else objection.key_record,
            person_reference=answerer.reference,
            complaint=name if answerer.reference else "",
        )

    def _next(self, held: HeldComplaint, said: _Said, now: datetime) -> ComplaintStep:
        term = CONCLUSION_TERM if said.act is ComplaintAct.ESCALATED else None
        return replace(
            held.steps[0],
            header=self._header(now, held.ids[-1:]),
            act=said.act,
            actor=said.actor,
            text=said.text,
            answer_by=None if term is None else now.replace(microsecond=0) + term,
            objection=b"",
            signed_objection=None,
            key_record=None,
        )

    def _header(self, now: datetime, predecessors: Sequence[bytes]) -> Header:
        return Header(
            salt=self._randomness(HASH_BYTES),
            case_id="",
            sender=Party(jurisdiction=self._jurisdiction),
            created=now.replace(microsecond=0),
            predecessors=tuple(predecessors),
        )

    async def _say(self, write: Write, held: HeldComplaint, step: ComplaintStep) -> HeldComplaint:
        """Sign and log a step, and note whom the complaint waits for from then on."""
        payload = step_to_payload(step)
        row = await log_signed(
            write, COMPLAINT_TYPE, payload, signer=self._node_key, person=held.row.person
        )
        told = await add_step(write, held, row.statement_id, step)
        if await pass_on(write, told, row.statement_id, self._jurisdiction):
            write.after_commit(self._wake_outbox)
        return told

    async def _find(self, write: Write, name: str) -> HeldComplaint:
        found = await load_complaint(write.connection, write.vault, name, write)
        if found is None:
            raise no_such_complaint()
        return found


def _name(write: Write, person: int, request_id: str) -> str:
    """Random to everybody else, and the same for the same request of the same person."""
    seed = f"{person}/{request_id}".encode()
    return write.vault.keyed_digest(KIND, seed)[:NAME_BYTES].hex()


async def person_by_name(write: Write, name: str) -> int:
    """Raises NotFoundError, ErasedError."""
    person = await persons.find_person(write.connection, name)
    if person is None:
        raise NotFoundError("there is no such person here")
    if person.erase_time is not None:
        raise ErasedError
    return person.id
