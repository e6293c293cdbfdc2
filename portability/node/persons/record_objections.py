"""
Objections to records that persons sign themselves, taken to whoever issued the record.

The document is kept and logged as the person signed it. It goes on as a complaint with a term for
the answer, which carries it along, also abroad.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from portability.consent.identifiers import UUID_RANDOM_BYTES, uuid7
from portability.consent.scope import Party
from portability.errors import InvalidInputError, NotFoundError, PreconditionError
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.envelope import kind_of, statement_id
from portability.node.log.write import NewStatement
from portability.node.persons.complaints import Complaining, SignedObjection
from portability.node.persons.prepared import WRITTEN_LIFETIME, keep_prepared, take_prepared
from portability.node.persons.sessions import person_of_session
from portability.recognition.complaint import ComplaintTopic
from portability.recognition.record_objection import (
    RECORD_OBJECTION_TYPE,
    RecordGrounds,
    RecordObjection,
    read_record_objection,
    write_record_objection,
)
from portability.store import cases, exhibits, log
from portability.v1 import envelope_pb2
from portability.wire.complaint import check_text
from portability.wire.envelope import envelope_from_bytes
from portability.wire.proven import proven_from_pb
from portability.wire.record import RECORD_TYPE, record_from_payload
from portability.wire.strict import exactly

if TYPE_CHECKING:
    from collections.abc import Callable

    from portability.ledger.envelope import Envelope
    from portability.node.log.write import Write
    from portability.node.persons.complaint_steps import HeldComplaint
    from portability.node.persons.complaints import Complaints
    from portability.node.persons.keys import PersonKeys, SignedBy
    from portability.node.persons.prepared import Prepared
    from portability.v1 import objections_service_pb2 as pb

KIND: Final = kind_of(RECORD_OBJECTION_TYPE)


class RecordObjections:
    """Each method runs inside a transaction that is under way."""

    def __init__(
        self,
        *,
        keys: PersonKeys,
        complaints: Complaints,
        randomness: Callable[[int], bytes],
        jurisdiction: str,
    ) -> None:
        self._keys = keys
        self._complaints = complaints
        self._randomness = randomness
        self._jurisdiction = jurisdiction

    async def prepare(self, write: Write, request: pb.PrepareRecordObjectionRequest) -> Prepared:
        """
        The document that says what is wrong with a record.

        Raises UnauthenticatedError, NotFoundError for a record that is not about the person,
        InvalidInputError.
        """
        person = await person_of_session(write.connection, write.vault, request.session, write.now)
        record = exactly(request.record, HASH_BYTES, "record")
        document = write_record_objection(
            RecordObjection(
                id=uuid7(write.now, self._randomness(UUID_RANDOM_BYTES)),
                nonce=self._randomness(HASH_BYTES),
                record=record,
                issuer=await _issuer(write, record, person),
                grounds=_grounds(request.grounds),
                text=check_text(request.text).strip(),
                home_node=self._jurisdiction,
                created_at=write.now.replace(microsecond=0),
            )
        )
        return await keep_prepared(
            write,
            self._keys,
            RECORD_OBJECTION_TYPE,
            document,
            person=person,
            subject=record,
            lifetime=WRITTEN_LIFETIME,
        )

    async def submit(self, write: Write, envelope: Envelope, user_handle: bytes) -> HeldComplaint:
        """
        Take in what the person signed; the complaint that it goes on as. Repeating changes nothing.

        Raises SignatureError if no enrolled key of that person signed it, PreconditionError for a
        document that was not prepared here or is too old.
        """
        if envelope.payload_type != RECORD_OBJECTION_TYPE:
            raise InvalidInputError(
                "the payload type is not an objection to a record", field="payload_type"
            )
        act = statement_id(envelope.payload_type, envelope.payload)
        known = await self._known(write, act)
        if known is not None:
            return known
        prepared = await take_prepared(write, act, KIND)
        signed = await self._keys.verify(
            write,
            envelope,
            {RECORD_OBJECTION_TYPE},
            person=prepared.person,
            user_handle=user_handle,
        )
        await write.log(
            NewStatement(
                envelope=envelope,
                statement_id=act,
                kind=KIND,
                key_id=signed.verified.key_ids[0],
                person=prepared.person,
            )
        )
        await self._keys.keep_evidence(write, signed, prepared.person)
        key_record = await _envelope_of(write, signed)
        said = read_record_objection(envelope.payload)
        objection = SignedObjection(id=act, envelope=envelope, key_record=key_record)
        return await self._complaints.take_in(
            write, prepared.person, self._complaining(said, objection)
        )

    def _complaining(self, said: RecordObjection, objection: SignedObjection) -> Complaining:
        return Complaining(
            request_id=said.id,
            taken_by=Party(jurisdiction=self._jurisdiction),
            against=said.issuer,
            topic=ComplaintTopic.RECORD,
            about=said.record,
            text=said.text or str(said.grounds),
            objection=objection,
        )

    async def _known(self, write: Write, act: bytes) -> HeldComplaint | None:
        """The complaint of an objection that was handed in before."""
        stored = await log.read_statements(write.connection, write.vault, [act])
        found = write.just_logged(act) or stored.get(act)
        if found is None or found.envelope is None or found.person is None:
            return None
        said = read_record_objection(envelope_from_bytes(found.envelope).payload)
        return await self._complaints.known(write, found.person, said.id)


async def _issuer(write: Write, record: bytes, person: int) -> Party:
    """Who signed a record about the person, here or abroad. Raises NotFoundError."""
    own = (await log.read_statements(write.connection, write.vault, [record])).get(record)
    if own is not None:
        envelope = None if own.envelope is None else envelope_from_bytes(own.envelope)
        is_theirs = own.person == person
    else:
        envelope, is_theirs = await _from_case(write, record, person)
    if envelope is None or not is_theirs or envelope.payload_type != RECORD_TYPE:
        raise NotFoundError("there is no such record about you here")
    said = record_from_payload(envelope.payload, record.hex())
    return Party(jurisdiction=said.jurisdiction, institution=said.institution)


async def _from_case(write: Write, record: bytes, person: int) -> tuple[Envelope | None, bool]:
    """A record that another node showed in a case about the person."""
    exhibit = await exhibits.find_exhibit(write.connection, write.vault, record)
    if exhibit is None or exhibit.proven is None:
        return None, False
    row = await cases.find_case(write.connection, write.vault, exhibit.case_id)
    proven = proven_from_pb(envelope_pb2.ProvenStatement.FromString(exhibit.proven))
    return proven.envelope, row is not None and row.person == person


async def _envelope_of(write: Write, signed: SignedBy) -> Envelope:
    """The record of the key that signed, as this node signed and logged it."""
    record = signed.row.key_record
    row = (await log.read_statements(write.connection, write.vault, [record]))[record]
    if row.envelope is None:
        raise PreconditionError("the record of the key that signed is not here any more")
    return envelope_from_bytes(row.envelope)


def _grounds(text: str) -> RecordGrounds:
    try:
        return RecordGrounds(text)
    except ValueError:
        raise InvalidInputError(
            f"grounds is none of: {', '.join(RecordGrounds)}; take `other` for anything else",
            field="grounds",
        ) from None
