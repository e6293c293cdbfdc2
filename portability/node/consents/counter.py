"""
Consents at a counter: prepared for a person who stands there, signed by others for the person.

A worker and an independent witness, a worker alone, or a worker for what a paper says. The record
of their keys is made and logged for the one act, so that whoever verifies the consent needs nothing
that is not sent with any consent. Source: formats.md, §7.1.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from portability.consent.assisted import (
    LONGEST,
    QUESTIONS,
    AssistedEvidence,
    ReadBack,
    check_alone,
    check_independence,
    check_understood,
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
from portability.consent.payload_types import (
    ASSISTED_EVIDENCE_TYPE,
    CONSENT_TYPE,
    SUBJECT_KEY_TYPE,
)
from portability.consent.scope import Action, Grant, Party
from portability.consent.statements import SubjectKey
from portability.errors import (
    InvalidInputError,
    NotFoundError,
    PreconditionError,
)
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.envelope import statement_id
from portability.node.consents.assistants import keys_of
from portability.node.consents.standing import load_payload, load_request
from portability.node.log.signed import log_signed
from portability.node.persons.sessions import DEVICE_LIFETIME, device_digest
from portability.store import access, assisting, consents, persons
from portability.v1 import counter_service_pb2 as pb
from portability.wire.consent_parts import grants_from_pb
from portability.wire.record import subject_commitment
from portability.wire.strict import exactly, instant
from portability.wire.subject_key import subject_key_from_payload, subject_key_to_payload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from portability.consent.statements import ConsentRequest
    from portability.federation.identity import Identity
    from portability.ledger.envelope import Envelope
    from portability.ledger.keys import Signer
    from portability.node.consents.acts import ConsentActs
    from portability.node.consents.answered_acts import Done
    from portability.node.consents.assistants import Assistant, Assistants
    from portability.node.consents.preparing import ConsentPreparer, PreparedConsent
    from portability.node.log.write import Write
    from portability.store.persons import Person

DEVICE_KIND: Final = "device-code"
"""What a code for a key on a device of the office is kept as, with the worker who helps."""

_METHODS: Final = {
    pb.ASSISTANCE_LEVEL_UNSPECIFIED: Method.ASSISTED_WITNESSED,
    pb.ASSISTANCE_LEVEL_WITNESSED: Method.ASSISTED_WITNESSED,
    pb.ASSISTANCE_LEVEL_WORKER_ALONE: Method.ASSISTED_WORKER,
    pb.ASSISTANCE_LEVEL_PAPER: Method.PAPER,
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


class Counter:
    """Each method runs inside a transaction that is under way."""

    def __init__(
        self,
        *,
        assistants: Assistants,
        preparer: ConsentPreparer,
        acts: ConsentActs,
        node_key: Signer,
        randomness: Callable[[int], bytes],
        jurisdiction: str,
    ) -> None:
        self.assistants = assistants
        self._preparer = preparer
        self._acts = acts
        self._node_key = node_key
        self._randomness = randomness
        self._jurisdiction = jurisdiction

    async def prepare(
        self, write: Write, request: pb.PrepareAssistedConsentRequest, caller: Identity
    ) -> PreparedConsent:
        """
        The document for worker and witness, or the worker alone, to sign.

        Raises NotFoundError for a person or request that is not there, PreconditionError for
        assistants who are not independent, or a purpose that needs a surer act.
        """
        method = _METHODS.get(request.level)
        if method is None:
            raise InvalidInputError("level is not one that is known here", field="level")
        person = await _person(write, request.person)
        asked_id = exactly(request.consent_request, HASH_BYTES, "consent_request")
        asked = await load_request(write.connection, write.vault, asked_id)
        if asked is None or asked.row.person != person.id:
            raise NotFoundError("there is no such request here")
        signers = await self._signers(write, request, caller, method, asked.content)
        key = self._key(write, person, signers, method)
        payload = subject_key_to_payload(key)
        record = await self._log(write, SUBJECT_KEY_TYPE, payload, person.id)
        prepared = await self._preparer.prepare_for(
            write, asked, person.id, key=key, choice=_choice(request, asked.content, method)
        )
        await self._keep_key(write, key, person.id, record)
        await assisting.add_assisted(
            write.connection,
            assisting.AssistedRow(
                digest=prepared.to_sign.statement_id,
                person=person.id,
                worker=signers[0].id,
                witness=signers[-1].id,
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
        Take in what was signed, with what was read back; the act, and whose it is.

        Raises SignatureError unless all signed who must, PreconditionError for a document that was
        not prepared at a counter here, or for a person who did not say back what they would allow.
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
        key = subject_key_from_payload(payload)
        if (key.method is Method.PAPER) != bool(request.scan_sha256):
            raise InvalidInputError(
                "scan_sha256 is given for what a paper says, and for nothing else",
                field="scan_sha256",
            )
        done = await self._acts.record_assisted(write, envelope, key)
        if done.fresh:
            await self._keep(write, envelope, row, request, answers)
            await assisting.note_granted(write.connection, digest, write.now)
        return done, row.person

    async def keep_device_code(
        self, write: Write, request: pb.CreateDeviceCodeRequest, caller: Identity, code: str
    ) -> datetime:
        """
        Let a code enrol a key on a device of the office, which a worker of the caller answers for.

        Raises NotFoundError, PreconditionError for somebody who is no worker.
        """
        person = await _person(write, request.person)
        worker = await self.assistants.worker_of(write, request.worker, caller)
        digest = device_digest(write.vault, code)
        expire_time = write.now + DEVICE_LIFETIME
        await access.add_enrolment_code(
            write.connection, digest=digest, person=person.id, expire_time=expire_time
        )
        await consents.add_prepared_document(
            write.connection,
            consents.PreparedDocument(
                digest=digest,
                kind=DEVICE_KIND,
                person=person.id,
                subject=worker.id,
                expire_time=expire_time,
            ),
        )
        return expire_time

    async def _signers(
        self,
        write: Write,
        request: pb.PrepareAssistedConsentRequest,
        caller: Identity,
        method: Method,
        asked: ConsentRequest,
    ) -> list[Assistant]:
        worker = await self.assistants.find(write, request.worker, "worker", caller)
        if method is not Method.ASSISTED_WITNESSED:
            if request.witness:
                raise InvalidInputError("witness is empty where a worker is alone", field="witness")
            check_alone(worker.record, asked.requester)
            return [worker]
        witness = await self.assistants.find(write, request.witness, "witness")
        check_independence(worker.record, witness.record, asked.requester)
        return [worker, witness]

    async def _keep(
        self,
        write: Write,
        envelope: Envelope,
        row: assisting.AssistedRow,
        request: pb.RecordAssistedConsentRequest,
        answers: Sequence[ReadBack],
    ) -> None:
        notice = read_consent(envelope.payload).notice
        attended = row.witness != row.worker
        evidence = AssistedEvidence(
            nonce=self._randomness(HASH_BYTES),
            act=row.digest,
            worker=row.worker,
            witness=row.witness if attended else b"",
            witness_relation=request.witness_relation if attended else "",
            scan=request.scan_sha256,
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
        payload = write_assisted_evidence(evidence)
        await self._log(write, ASSISTED_EVIDENCE_TYPE, payload, row.person)

    def _key(
        self, write: Write, person: Person, signers: Sequence[Assistant], method: Method
    ) -> SubjectKey:
        salt = self._randomness(HASH_BYTES)
        return SubjectKey(
            salt=salt,
            subject_commitment=subject_commitment(salt, person.name),
            method=method,
            identity_level=IdentityLevel(person.identity_level),
            enrolled_by=Party(jurisdiction=self._jurisdiction),
            valid_from=write.now.replace(microsecond=0),
            assistants=keys_of(signers),
        )

    async def _keep_key(self, write: Write, key: SubjectKey, person: int, record: bytes) -> None:
        """It is of one act alone: ends in the instant in which it begins, and signs in nobody."""
        await access.add_subject_key(
            write.connection,
            access.SubjectKey(
                key_id=key.key_id,
                person=person,
                method=str(key.method),
                public_key=b"",
                key_record=record,
                create_time=write.now,
                revoke_time=write.now,
                revoke_record=record,
            ),
        )

    async def _log(self, write: Write, payload_type: str, payload: bytes, person: int) -> bytes:
        row = await log_signed(write, payload_type, payload, signer=self._node_key, person=person)
        return row.statement_id


def questions() -> Sequence[str]:
    """What has to be asked back."""
    return QUESTIONS


async def _person(write: Write, name: str) -> Person:
    person = await persons.find_person(write.connection, name)
    if person is None or person.erase_time is not None:
        raise NotFoundError("there is no such person here")
    return person


def _choice(
    request: pb.PrepareAssistedConsentRequest, asked: ConsentRequest, method: Method
) -> Choice:
    mode = _MODES.get(request.mode)
    if mode is None:
        raise InvalidInputError(f"mode is none of: {', '.join(_MODES)}", field="mode")
    wanted = instant(request.not_after, "not_after") if request.HasField("not_after") else None
    latest = asked.not_before + LONGEST
    expressed, ends = _expressed(request)
    ends_at = min(one for one in (wanted, latest, asked.not_after, ends) if one is not None)
    grants = grants_from_pb(request.grants)
    if method is Method.ASSISTED_WORKER:
        grants = _questions_only(grants or asked.grants)
    return Choice(
        grants=grants,
        max_uses=1,
        language=request.language,
        mode=mode,
        not_after=ends_at,
        expressed_by=expressed,
    )


def _questions_only(grants: Sequence[Grant]) -> tuple[Grant, ...]:
    """What a worker alone can sign for: whether something is so, and no data."""
    found = tuple(
        replace(one, actions=(Action.VERIFY_ONLY,))
        for one in grants
        if Action.VERIFY_ONLY in one.actions
    )
    if not found:
        raise PreconditionError(
            "the request is for data, and what a worker signs alone can only allow to ask whether "
            "something is so; bring a witness, or let the person sign with a key"
        )
    return found


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
