"""
Complaints that cross a border: one filed abroad about an institution here, and answers from abroad.

The node where the person complains signs every step but the answer, which the node of the
institution signs. Each step names the one before, so both hold the same complaint. An objection to
a record comes as the person signed it, with the record of the key, verified before it counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from portability.consent.payload_types import SUBJECT_KEY_TYPE
from portability.consent.signature import verify_person
from portability.errors import InvalidInputError, PreconditionError, SignatureError
from portability.ledger.directory import NODE_LEVEL, KeyPurpose
from portability.ledger.envelope import verify_envelope
from portability.node.log.write import NewStatement
from portability.node.peers.withholding import send
from portability.node.persons.complaint_steps import HeldComplaint, add_step, load_complaint
from portability.recognition.complaint import ComplaintAct, ComplaintStep, answering_act
from portability.recognition.record_objection import (
    RECORD_OBJECTION_TYPE,
    read_record_objection,
)
from portability.recognition.versions import COMPLAINTS
from portability.store import complaints as stored
from portability.store import persons
from portability.store.complaints import ComplaintRow
from portability.wire.complaint import KIND
from portability.wire.subject_key import subject_key_from_payload

if TYPE_CHECKING:
    from collections.abc import Callable

    from portability.ledger.envelope import Envelope
    from portability.ledger.trust import Directory
    from portability.node.log.write import Write

_FROM_HOME: Final = frozenset({ComplaintAct.ESCALATED, ComplaintAct.CONCLUDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardStep:
    """A step that the node of ``peer`` signed, verified; our own where a peer gives it back."""

    envelope: Envelope
    statement_id: bytes
    key_id: bytes
    step: ComplaintStep
    peer: str


class ComplaintsAbroad:
    """Each method runs inside a transaction that is under way."""

    def __init__(self, *, directory: Callable[[], Directory], jurisdiction: str) -> None:
        self._directory = directory
        self._jurisdiction = jurisdiction

    async def take(self, write: Write, heard: HeardStep) -> None:
        """
        Take a step in. Repeating it changes nothing.

        Raises InvalidInputError for a step that does not follow, PreconditionError for a person or
        institution that is not known here, SignatureError for an objection that nobody signed.
        """
        step = heard.step
        if not step.complaint:
            raise InvalidInputError("the step names no complaint between nodes", field="complaint")
        held = await load_complaint(write.connection, write.vault, step.complaint, write)
        if held is not None and heard.statement_id in held.ids:
            return
        if step.act is ComplaintAct.FILED:
            held = await self._open(write, heard, held)
        elif held is None:
            raise PreconditionError("the complaint that the step belongs to is not here")
        else:
            self._check_follows(held, heard)
        await write.log(
            NewStatement(
                envelope=heard.envelope,
                statement_id=heard.statement_id,
                kind=KIND,
                key_id=heard.key_id,
                person=held.row.person,
            )
        )
        await add_step(write, held, heard.statement_id, step)

    async def _open(
        self, write: Write, heard: HeardStep, known: HeldComplaint | None
    ) -> HeldComplaint:
        step = heard.step
        if known is not None:
            raise InvalidInputError("a complaint of that name is here already", field="complaint")
        # one of our own comes back where this node had lost it: then the other one is the desk's
        other = step.desk.jurisdiction if heard.peer == self._jurisdiction else heard.peer
        sides = {step.desk.jurisdiction, step.home}
        if sides != {self._jurisdiction, other} or step.desk != step.against:
            raise InvalidInputError("the complaint is not about an institution here", field="desk")
        self._directory().institution(step.desk.jurisdiction, step.desk.institution)
        person = await persons.find_person_by_reference(
            write.connection, peer=other, reference=step.person_reference
        )
        if person is None:
            raise PreconditionError("the person who complains is not known here")
        if step.objection:
            check_objection(step, self._directory(), step.home)
        row = ComplaintRow(
            name=step.complaint,
            person=person.id,
            desk=str(step.desk),
            awaits=str(step.desk),
            answer_by=step.answer_by,
            escalated=False,
            create_time=write.now,
        )
        await stored.add_complaint(write.connection, row)
        return HeldComplaint(row=row, ids=(), steps=())

    def _check_follows(self, held: HeldComplaint, heard: HeardStep) -> None:
        step, last = heard.step, held.steps[-1]
        if step.header.predecessors != held.ids[-1:]:
            raise InvalidInputError("the step does not follow the last one", field="predecessors")
        if step.act is ComplaintAct.ANSWERED:
            is_theirs = heard.peer == last.desk.jurisdiction
            is_due = is_theirs and answering_act(held.steps, step.actor) is step.act
        else:
            is_due = heard.peer == held.home and step.act in _FROM_HOME
        if not is_due:
            raise InvalidInputError("the step is not that node's to take", field="act")


def check_objection(step: ComplaintStep, directory: Directory, home: str) -> None:
    """
    Raise SignatureError unless the person signed this very objection, under a key of their home.

    The node of their home may have signed the record of the key years ago, with a key that it no
    longer uses: it is held against those of that time.

    InvalidInputError for one about another record or institution than the complaint.
    """
    if step.signed_objection is None or step.key_record is None:
        raise InvalidInputError("the objection did not come with the complaint", field="objection")
    key = subject_key_from_payload(step.key_record.payload)  # says since when; verified next
    trusted = directory.keys(home, NODE_LEVEL, KeyPurpose.NODE, key.valid_from)
    verify_envelope(step.key_record, {SUBJECT_KEY_TYPE}, trusted)
    verified = verify_person(step.signed_objection, {RECORD_OBJECTION_TYPE}, key)
    said = read_record_objection(verified.payload)
    if verified.statement_id != step.objection or not key.is_valid(said.created_at):
        raise SignatureError("the objection is another one, or its key was not good at the time")
    if (said.record, said.issuer, said.home_node) != (step.about, step.against, home):
        raise InvalidInputError("the objection is not about what the complaint is", field="about")


async def pass_on(write: Write, held: HeldComplaint, said: bytes, own: str) -> bool:
    """Put a step into the stream to the other node of a complaint; False where there is none."""
    first = held.steps[0]
    if not first.complaint:
        return False
    peer = first.desk.jurisdiction if first.home == own else first.home
    await send(write, peer, said, KIND, COMPLAINTS)
    return True
