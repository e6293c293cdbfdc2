"""
Requests that match nobody here, or more than one: an officer says who is meant, under a signature.

Only a request that would be granted if its reference meant somebody is put to an officer. Every
other one is refused as ever, so that nobody without a permission learns who is known here. Until
the officer has decided, the answer is that none can be had before a day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from portability.consent.scope import Party
from portability.errors import (
    InvalidInputError,
    NotFoundError,
    PreconditionError,
)
from portability.ledger.envelope import Envelope, kind_of
from portability.ledger.trust import Directory
from portability.node.calls.handed_in import check_own_name, verify_handed_in
from portability.node.cases.writing import RESOLVED
from portability.node.log.write import NewStatement, Write
from portability.recognition.identity import IdentityOutcome, IdentityResolution
from portability.recognition.statements import HistoryRequest
from portability.store import delivery, identities, persons
from portability.wire.identity import RESOLUTION_TYPE, resolution_from_payload
from portability.wire.record import subject_commitment

TERM: Final = timedelta(days=14)
"""After so long an answer can be had, by what a request in doubt is told."""


class Standing(StrEnum):
    """What is known of whom a request means."""

    CLEAR = "clear"
    IN_DOUBT = "in-doubt"
    NOBODY = "nobody"


async def standing_of(
    write: Write, *, request_id: bytes, request: HistoryRequest, peer: str, person: int | None
) -> Standing:
    """Whether the person of a case is the one whom a request means."""
    question = await identities.find_question(write.connection, request_id)
    if question is not None and question.state != identities.OPEN:
        is_none = question.state == IdentityOutcome.NONE
        return Standing.NOBODY if is_none else Standing.CLEAR
    others = await identities.list_candidates(
        write.connection, peer=peer, reference=request.person_reference
    )
    return Standing.IN_DOUBT if person is None or others else Standing.CLEAR


async def ask_officer(
    write: Write, *, request_id: bytes, request: HistoryRequest, peer: str
) -> None:
    """Put the request to the officers of the institution that it is addressed to."""
    await identities.add_question(
        write.connection,
        identities.QuestionRow(
            statement_id=request_id,
            case_id=request.header.case_id,
            peer=peer,
            reference=request.person_reference,
            institution=request.recipient.institution,
            state=identities.OPEN,
            resolution=None,
            create_time=write.now,
            resolve_time=None,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A resolution that its institution has signed."""

    envelope: Envelope
    statement_id: bytes
    key_id: bytes
    content: IdentityResolution


def read_resolution(
    envelope: Envelope, caller: Party, directory: Directory, now: datetime
) -> Signed:
    """Raises SignatureError, and InvalidInputError that names the field."""
    verified = verify_handed_in(envelope, {RESOLUTION_TYPE}, caller, directory, now)
    content = resolution_from_payload(verified.payload)
    check_own_name("resolution", content.institution, caller)
    return Signed(
        envelope=envelope,
        statement_id=verified.statement_id,
        key_id=verified.key_ids[0],
        content=content,
    )


async def resolve(write: Write, signed: Signed, person_name: str) -> None:
    """
    Take in the officer's word, link the case, and have the request answered.

    Raises NotFoundError for a question of somebody else, PreconditionError for one that was
    resolved otherwise or a person who is known to the peer under another reference.
    """
    question = await _open_question(write, signed)
    if question is None:
        return
    await _link(write, question, await _person(write, signed.content, person_name))
    await write.log(
        NewStatement(
            envelope=signed.envelope,
            statement_id=signed.statement_id,
            kind=kind_of(RESOLUTION_TYPE),
            key_id=signed.key_id,
            person=None,  # it commits to a random name, and says nothing else of anybody
        )
    )
    await identities.note_resolution(
        write.connection,
        signed.content.request,
        state=signed.content.outcome.value,
        resolution=signed.statement_id,
        now=write.now,
    )
    work = delivery.PendingWork(
        kind=RESOLVED,
        case_id=question.case_id,
        statement_id=signed.content.request,
        not_before=write.now,
    )
    await delivery.add_pending_work(write.connection, work)


async def _open_question(write: Write, signed: Signed) -> identities.QuestionRow | None:
    """The question that is resolved; None if it was, by this very word."""
    said = signed.content
    question = await identities.find_question(write.connection, said.request)
    if question is None or question.institution != said.institution.institution:
        raise NotFoundError("no such question waits for this institution")
    if question.state == identities.OPEN:
        return question
    if question.resolution == signed.statement_id:
        return None
    raise PreconditionError(
        f"the question was resolved already, as {question.state}; what was answered is in the case",
        subject="request",
    )


async def _link(write: Write, question: identities.QuestionRow, person: int | None) -> None:
    """The case and the peer's reference are of this person; None: of nobody here."""
    if person is not None:
        before = await identities.adopt_case(
            write.connection, write.vault, case_id=question.case_id, person=person
        )
        # what was read of the case under that key would outlive the person's own
        write.after_commit(partial(write.vault.kept.forget, before))
    settled = await identities.settle_reference(
        write.connection,
        peer=question.peer,
        reference=question.reference,
        person=person,
        now=write.now,
    )
    if not settled:
        raise PreconditionError(
            f"{question.peer} knows this person under another reference; compare the references "
            "with the officer there, or choose another person",
            subject="person",
        )


async def _person(write: Write, said: IdentityResolution, name: str) -> int | None:
    if said.outcome is IdentityOutcome.NONE:
        if name:
            raise InvalidInputError("the resolution is of nobody; name no person", field="person")
        return None
    person = await persons.find_person(write.connection, name)
    if person is None:
        raise NotFoundError("there is no such person here")
    if said.subject_commitment != subject_commitment(said.salt, name):
        raise InvalidInputError(
            "the resolution commits to another person than the one that is named", field="person"
        )
    return person.id
