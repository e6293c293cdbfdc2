"""
Consents at a counter: prepared for a person who stands there, signed by a worker and a witness.

The record of both keys is made and logged for the one act, so that whoever verifies the consent
needs nothing that is not sent with any consent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from portability.consent.assisted import (
    LONGEST,
    QUESTIONS,
    AssistantRecord,
    AssistantRole,
    AssistedEvidence,
    ReadBack,
    check_independence,
    check_understood,
    read_assistant,
    write_assistant,
    write_assisted_evidence,
)
from portability.consent.consent_reader import read_consent
from portability.consent.document import (
    ExpressedBy,
    IdentityLevel,
    Method,
    NoticeMode,
    Representation,
    Role,
)
from portability.consent.drafting import Choice
from portability.consent.identifiers import UUID_RANDOM_BYTES, uuid7
from portability.consent.payload_types import (
    ASSISTANT_TYPE,
    ASSISTED_EVIDENCE_TYPE,
    CONSENT_TYPE,
    SUBJECT_KEY_TYPE,
)
from portability.consent.scope import Party
from portability.consent.statements import AssistantKey, SubjectKey
from portability.errors import (
    InvalidInputError,
    NotFoundError,
    PreconditionError,
)
from portability.ledger.envelope import kind_of, sign_envelope, statement_id
from portability.node.consents.standing import load_payload, load_request
from portability.node.log.write import NewStatement
from portability.store import access, assisting, persons
from portability.v1 import counter_service_pb2 as pb
from portability.wire.consent import (
    grants_from_pb,
    subject_key_from_payload,
    subject_key_to_payload,
)
from portability.wire.record import subject_commitment
from portability.wire.strict import exactly, instant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from portability.consent.statements import ConsentRequest
    from portability.federation.identity import Identity
    from portability.ledger.envelope import Envelope
    from portability.ledger.keys import Signer
    from portability.node.consents.acts import ConsentActs, Done
    from portability.node.consents.preparing import ConsentPreparer, Prepared
    from portability.node.log.write import Write
    from portability.store.engine import Connection
    from portability.store.persons import Person

ASSISTANT_PREFIX: Final = b"portability-assistant/1\n"
ID_BYTES: Final = 32

_ROLES: Final = {
    pb.ASSISTANT_ROLE_WORKER: AssistantRole.WORKER,
    pb.ASSISTANT_ROLE_WITNESS: AssistantRole.WITNESS,
}
_REPRESENTATIVES: Final = {
    pb.REPRESENTATIVE_ROLE_GUARDIAN: Role.GUARDIAN,
    pb.REPRESENTATIVE_ROLE_DELEGATE: Role.DELEGATE,
    pb.REPRESENTATIVE_ROLE_COURT: Role.COURT,
    pb.REPRESENTATIVE_ROLE_SURVIVOR: Role.SURVIVOR,
}
_MODES: Final = {
    str(mode): mode for mode in (NoticeMode.READ_ALOUD, NoticeMode.INTERPRETER, NoticeMode.PRINT)
}
_CONSENTING: Final = "consent"
"""What a proof of representation has to allow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assistants:
    """Who signs: their records, and the statement ids of these."""

    worker: AssistantRecord
    worker_id: bytes
    witness: AssistantRecord
    witness_id: bytes

    @property
    def keys(self) -> tuple[AssistantKey, ...]:
        found = ((self.worker, self.worker_id), (self.witness, self.witness_id))
        return tuple(
            AssistantKey(
                record=one_id,
                role=str(one.role),
                public_key=one.public_key,
                organisation=one.organisation,
            )
            for one, one_id in found
        )


class Counter:
    """Each method runs inside a transaction that is under way."""

    def __init__(
        self,
        *,
        preparer: ConsentPreparer,
        acts: ConsentActs,
        node_key: Signer,
        randomness: Callable[[int], bytes],
        jurisdiction: str,
    ) -> None:
        self._preparer = preparer
        self._acts = acts
        self._node_key = node_key
        self._randomness = randomness
        self._jurisdiction = jurisdiction

    async def enrol(
        self, write: Write, request: pb.EnrolAssistantRequest, caller: Identity
    ) -> bytes:
        """Log whose key it is; the statement id, by which the assistant is named from then on."""
        role = _ROLES.get(request.role)
        if role is None:
            raise InvalidInputError("role is not one that is known here", field="role")
        record = AssistantRecord(
            id=uuid7(write.now, self._randomness(UUID_RANDOM_BYTES)),
            nonce=self._randomness(ID_BYTES),
            role=role,
            organisation=Party(jurisdiction=caller.jurisdiction, institution=caller.institution),
            unit=request.unit,
            public_key=request.public_key,
            valid_from=write.now.replace(microsecond=0),
        )
        logged, leaf = await self._log(write, ASSISTANT_TYPE, write_assistant(record), None)
        added = await assisting.add_assistant(
            write.connection,
            assisting.AssistantRow(
                statement_id=logged,
                leaf_index=leaf,
                public_key=record.public_key,
                organisation=str(record.organisation),
                create_time=write.now,
            ),
        )
        if not added:
            raise PreconditionError("this key is enrolled already; generate one for this purpose")
        return logged

    async def revoke(
        self, write: Write, request: pb.RevokeAssistantRequest, caller: Identity
    ) -> None:
        """End a key of the caller's own staff. Raises NotFoundError, alike for that of others."""
        named = exactly(request.assistant, ID_BYTES, "assistant")
        row = await assisting.find_assistant(write.connection, named)
        if row is None or row.organisation != f"{caller.jurisdiction}/{caller.institution}":
            raise NotFoundError("there is no such assistant here")
        await assisting.revoke_assistant(write.connection, named, write.now)

    async def prepare(
        self, write: Write, request: pb.PrepareAssistedConsentRequest, caller: Identity
    ) -> Prepared:
        """
        The document for worker and witness to sign.

        Raises NotFoundError for a person or request that is not there, PreconditionError for
        assistants who are not independent, or a purpose that needs a surer act.
        """
        person = await _person(write, request.person)
        asked_id = exactly(request.consent_request, ID_BYTES, "consent_request")
        asked = await load_request(write.connection, write.vault, asked_id)
        if asked is None or asked.row.person != person.id:
            raise NotFoundError("there is no such request here")
        both = await self._assistants(write, request, caller)
        check_independence(both.worker, both.witness, asked.content.requester)
        key = self._key(write, person, both)
        record, _ = await self._log(write, SUBJECT_KEY_TYPE, subject_key_to_payload(key), person.id)
        prepared = await self._preparer.prepare_for(
            write, asked, person.id, key=key, choice=_choice(request, asked.content)
        )
        # of one act alone: it ends in the instant in which it begins, and signs in nobody
        await access.add_subject_key(
            write.connection,
            access.SubjectKey(
                key_id=key.key_id,
                person=person.id,
                method=str(key.method),
                public_key=b"",
                key_record=record,
                create_time=write.now,
                revoke_time=write.now,
            ),
        )
        await assisting.add_assisted(
            write.connection,
            assisting.AssistedRow(
                digest=prepared.statement_id,
                person=person.id,
                worker=both.worker_id,
                witness=both.witness_id,
                key_record=record,
                place=request.place,
                device=request.device,
                offer_time=write.now,
            ),
        )
        return prepared

    async def record(
        self, write: Write, envelope: Envelope, request: pb.RecordAssistedConsentRequest
    ) -> tuple[Done, int]:
        """
        Take in what both signed, with what was read back; the act, and whose it is.

        Raises SignatureError unless both signed, PreconditionError for a document that was not
        prepared at a counter here, or for a person who did not say back what they would allow.
        """
        answers = _answers(request)
        check_understood(answers, has_capacity=request.has_capacity)
        digest = statement_id(CONSENT_TYPE, envelope.payload)
        row = await assisting.find_assisted(write.connection, digest)
        if row is None or envelope.payload_type != CONSENT_TYPE:
            raise PreconditionError(
                "this document was not prepared at a counter of this node; prepare it there"
            )
        payload = await load_payload(write.connection, write.vault, row.key_record)
        done = await self._acts.record_assisted(write, envelope, subject_key_from_payload(payload))
        if done.fresh:
            await self._keep(write, envelope, row, request, answers)
            await assisting.note_granted(write.connection, digest, write.now)
        return done, row.person

    async def _keep(
        self,
        write: Write,
        envelope: Envelope,
        row: assisting.AssistedRow,
        request: pb.RecordAssistedConsentRequest,
        answers: Sequence[ReadBack],
    ) -> None:
        notice = read_consent(envelope.payload).notice
        evidence = AssistedEvidence(
            nonce=self._randomness(ID_BYTES),
            act=row.digest,
            worker=row.worker,
            witness=row.witness,
            witness_relation=request.witness_relation,
            language=notice.language,
            mode=str(notice.mode),
            read_back=tuple(answers),
            has_capacity=request.has_capacity,
            place=row.place,
            device=row.device,
            copy=request.copy,
            started_at=row.offer_time.replace(microsecond=0),
            ended_at=write.now.replace(microsecond=0),
        )
        await self._log(
            write, ASSISTED_EVIDENCE_TYPE, write_assisted_evidence(evidence), row.person
        )

    async def _assistants(
        self, write: Write, request: pb.PrepareAssistedConsentRequest, caller: Identity
    ) -> _Assistants:
        own = f"{caller.jurisdiction}/{caller.institution}"
        worker_id = exactly(request.worker, ID_BYTES, "worker")
        witness_id = exactly(request.witness, ID_BYTES, "witness")
        found = []
        for named, organisation in ((worker_id, own), (witness_id, None)):
            row = await assisting.find_assistant(write.connection, named)
            if row is None or row.revoke_time is not None:
                raise NotFoundError("there is no such assistant here, or their key has ended")
            if organisation is not None and row.organisation != organisation:
                raise NotFoundError("the worker is not of the institution that runs this counter")
            payload = await load_payload(write.connection, write.vault, named)
            found.append(read_assistant(payload))
        return _Assistants(
            worker=found[0], worker_id=worker_id, witness=found[1], witness_id=witness_id
        )

    def _key(self, write: Write, person: Person, both: _Assistants) -> SubjectKey:
        salt = self._randomness(ID_BYTES)
        return SubjectKey(
            salt=salt,
            subject_commitment=subject_commitment(salt, person.name),
            method=Method.ASSISTED_WITNESSED,
            identity_level=IdentityLevel(person.identity_level),
            enrolled_by=Party(jurisdiction=self._jurisdiction),
            valid_from=write.now.replace(microsecond=0),
            assistants=both.keys,
        )

    async def _log(
        self, write: Write, payload_type: str, payload: bytes, person: int | None
    ) -> tuple[bytes, int]:
        row = await write.log(
            NewStatement(
                envelope=sign_envelope(payload_type, payload, self._node_key),
                statement_id=statement_id(payload_type, payload),
                kind=kind_of(payload_type),
                key_id=self._node_key.key_id,
                person=person,
            )
        )
        return row.statement_id, row.leaf_index


async def organisation_of(connection: Connection, assistant: bytes) -> Party:
    """Who answers for an assistant. Raises NotFoundError."""
    row = await assisting.find_assistant(connection, assistant)
    if row is None:
        raise NotFoundError("there is no such assistant here")
    jurisdiction, _, institution = row.organisation.partition("/")
    return Party(jurisdiction=jurisdiction, institution=institution)


def questions() -> Sequence[str]:
    """What has to be asked back."""
    return QUESTIONS


async def _person(write: Write, name: str) -> Person:
    person = await persons.find_person(write.connection, name)
    if person is None or person.erase_time is not None:
        raise NotFoundError("there is no such person here")
    return person


def _choice(request: pb.PrepareAssistedConsentRequest, asked: ConsentRequest) -> Choice:
    mode = _MODES.get(request.mode)
    if mode is None:
        raise InvalidInputError(f"mode is none of: {', '.join(_MODES)}", field="mode")
    wanted = instant(request.not_after, "not_after") if request.HasField("not_after") else None
    latest = asked.not_before + LONGEST
    expressed, ends = _expressed(request)
    ends_at = min(one for one in (wanted, latest, asked.not_after, ends) if one is not None)
    return Choice(
        grants=grants_from_pb(request.grants),
        max_uses=1,
        language=request.language,
        mode=mode,
        not_after=ends_at,
        expressed_by=expressed,
    )


def _expressed(
    request: pb.PrepareAssistedConsentRequest,
) -> tuple[ExpressedBy, datetime | None]:
    """In whose right, and until when. Raises PreconditionError for a proof of other acts."""
    if not request.HasField("representation"):
        return ExpressedBy(), None
    said = request.representation
    role = _REPRESENTATIVES.get(said.role)
    if role is None:
        raise InvalidInputError("role is not one that is known here", field="representation.role")
    proof = Representation(
        sha256=said.sha256,
        not_after=instant(said.expire_time, "representation.expire_time"),
        acts=tuple(said.acts),
    )
    if _CONSENTING not in proof.acts:
        raise PreconditionError("the proof of representation does not allow to give consent")
    return ExpressedBy(role=role, proof=proof), proof.not_after


def _answers(request: pb.RecordAssistedConsentRequest) -> list[ReadBack]:
    return [ReadBack(question=one.question, correct=one.correct) for one in request.answers]
