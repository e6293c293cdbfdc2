"""
Keys that come and go: enrolled with a code, added and removed under a key that the person holds,
ended at the counter when none is left.

A session is not enough to add or remove a key: the portal holds sessions, and is not trusted for a
person's acts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from portability.consent.cose import cose_key_id
from portability.consent.document import Method
from portability.consent.identifiers import UUID_RANDOM_BYTES, uuid7
from portability.consent.key_acts import (
    KeyAddition,
    KeyEndReason,
    KeyRemoval,
    read_key_addition,
    read_key_removal,
    write_key_addition,
    write_key_removal,
)
from portability.consent.payload_types import (
    KEY_ACT_TYPES,
    KEY_ADDITION_TYPE,
    KEY_REMOVAL_TYPE,
)
from portability.consent.registration import Registration, challenge_of, verify_new_passkey
from portability.errors import (
    InvalidInputError,
    NotFoundError,
    PreconditionError,
    UnauthenticatedError,
)
from portability.ledger.envelope import kind_of, statement_id
from portability.node.consents.assistants import keys_of
from portability.node.consents.preparing import PREPARED_LIFETIME
from portability.node.log.write import NewStatement
from portability.node.persons.keys import EnrolledKey, key_in_use
from portability.node.persons.passkeys import Answered, answered, passkeys_or_refuse
from portability.node.persons.prepared import take_prepared, was_handed_in
from portability.node.persons.sessions import (
    code_digest,
    device_digest,
    person_of_session,
)
from portability.store import access, consents, persons
from portability.v1 import keys_service_pb2 as pb
from portability.wire.strict import exactly, instant

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portability.consent.statements import AssistantKey
    from portability.ledger.envelope import Envelope
    from portability.node.consents.assistants import Assistants
    from portability.node.consents.ends import ConsentEnds
    from portability.node.log.write import Write
    from portability.node.persons.keys import PersonKeys, SignedBy
    from portability.node.persons.passkeys import PasskeySettings

ID_BYTES: Final = 32

_REASONS: Final = {
    pb.KEY_END_REPLACED: KeyEndReason.REPLACED,
    pb.KEY_END_LOST: KeyEndReason.LOST,
    pb.KEY_END_COMPROMISED: KeyEndReason.COMPROMISED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedKeyAct:
    """A document to sign, the id it will have, and the credentials that may sign it."""

    statement_id: bytes
    payload_type: str
    document: bytes
    credential_ids: list[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyActDone:
    """Statement ids of an act and of the key record that came of it."""

    act: bytes
    record: bytes
    fresh: bool


class KeyActs:
    """Each method runs inside a transaction that is under way."""

    def __init__(
        self,
        *,
        keys: PersonKeys,
        ends: ConsentEnds,
        assistants: Assistants,
        passkeys: PasskeySettings | None,
        randomness: Callable[[int], bytes],
    ) -> None:
        self._assistants = assistants
        self._keys = keys
        self._ends = ends
        self._passkeys = passkeys
        self._randomness = randomness

    async def enrol(self, write: Write, request: pb.EnrolPasskeyRequest) -> tuple[str, EnrolledKey]:
        """
        Use the code up and log the key: the person's name and what was logged.

        The code stays good if anything is refused. Raises UnauthenticatedError for the code, and
        as ``answered``.
        """
        settings = passkeys_or_refuse(self._passkeys)
        registration = _registration(request.registration)
        number = await access.use_enrolment_code(
            write.connection, digest=code_digest(write.vault, request.code), now=write.now
        )
        helper: tuple[AssistantKey, ...] = ()
        if number is None:
            number, helper = await self._of_device_code(write, request.code)
        person = await self.person_of_code(write, number)
        new = await answered(write, settings, registration, challenge_of(registration), person.id)
        enrolled = await self._keys.enrol_passkey(
            write,
            person,
            new,
            registration,
            settings,
            transports=request.registration.transports,
            helper=helper,
        )
        return person.name, enrolled

    async def _of_device_code(
        self, write: Write, code: str
    ) -> tuple[int | None, tuple[AssistantKey, ...]]:
        """Whose code for a device of the office it is, and who helps; it is used up."""
        digest = device_digest(write.vault, code)
        number = await access.use_enrolment_code(write.connection, digest=digest, now=write.now)
        kept = await consents.take_prepared_document(write.connection, digest=digest, now=write.now)
        if number is None or kept is None:
            return None, ()
        worker = await self._assistants.find(write, kept.subject, "worker")
        return number, keys_of([worker])

    async def prepare_addition(
        self, write: Write, request: pb.PrepareKeyAdditionRequest
    ) -> PreparedKeyAct:
        """
        The document by which a passkey that was just registered is added.

        Raises UnauthenticatedError, PreconditionError without a key that could sign it or for a
        passkey that is enrolled, and as ``answered``.
        """
        settings = passkeys_or_refuse(self._passkeys)
        person = await self._person(write, request.session)
        registration = _registration(request.registration)
        new = await answered(write, settings, registration, challenge_of(registration), person)
        known = await access.find_credential(write.connection, new.passkey.credential_id)
        if known is not None:
            raise key_in_use()
        document = write_key_addition(
            KeyAddition(
                id=self._id(write.now),
                nonce=self._randomness(ID_BYTES),
                created_at=write.now.replace(microsecond=0),
                challenge=new.challenge,
                registration=registration,
                transports=tuple(request.registration.transports),
            )
        )
        return await self._prepared(write, KEY_ADDITION_TYPE, document, person, b"")

    async def prepare_removal(
        self, write: Write, request: pb.PrepareKeyRemovalRequest
    ) -> PreparedKeyAct:
        """The document by which a key ends. Raises UnauthenticatedError, NotFoundError."""
        person = await self._person(write, request.session)
        key = await self._key(write, person, request.key_id)
        document = write_key_removal(
            KeyRemoval(
                id=self._id(write.now),
                nonce=self._randomness(ID_BYTES),
                created_at=write.now.replace(microsecond=0),
                key=key.key_id,
                reason=_reason(request.reason),
            )
        )
        return await self._prepared(write, KEY_REMOVAL_TYPE, document, person, key.key_id)

    async def record(self, write: Write, envelope: Envelope, user_handle: bytes) -> KeyActDone:
        """
        Take in what the person signed about their keys.

        Raises SignatureError if no enrolled key of that person signed it, PreconditionError for a
        document that was not prepared here or is too old.
        """
        if envelope.payload_type not in KEY_ACT_TYPES:
            raise InvalidInputError(
                "the payload type is neither a key addition nor a key removal",
                field="payload_type",
            )
        act = statement_id(envelope.payload_type, envelope.payload)
        if await was_handed_in(write, act):
            return await self._known(write, envelope, act)
        prepared = await take_prepared(write, act, kind_of(envelope.payload_type))
        signed = await self._keys.verify(
            write, envelope, KEY_ACT_TYPES, person=prepared.person, user_handle=user_handle
        )
        if signed.record.method is Method.ASSISTED_DEVICE:
            # else an hour at an office would make a key for good
            raise PreconditionError(
                "a key on an office's device neither adds nor removes keys; ask for a code with "
                "which you enrol one of your own"
            )
        await write.log(
            NewStatement(
                envelope=envelope,
                statement_id=act,
                kind=prepared.kind,
                key_id=signed.verified.key_ids[0],
                person=prepared.person,
            )
        )
        await self._keys.keep_evidence(write, signed, prepared.person)
        if envelope.payload_type == KEY_ADDITION_TYPE:
            record = await self._add(write, signed, prepared.person)
        else:
            record = await self._remove(write, signed, prepared.person)
        return KeyActDone(act=act, record=record, fresh=True)

    async def revoke(self, write: Write, request: pb.RevokeKeysRequest) -> list[bytes]:
        """
        End keys of a person who came without them: the records that say so.

        Raises NotFoundError for a person or a key that is not there.
        """
        person = await persons.find_person(write.connection, request.person)
        if person is None:
            raise NotFoundError("there is no such person here")
        reason = _reason(request.reason)
        since = _since(request, reason)
        keys = await self._keys.usable(write, person.id)
        if request.key_ids:
            keys = [await self._key(write, person.id, one) for one in request.key_ids]
        ended = [await self._keys.revoke(write, key) for key in keys]
        if since is not None:
            await self._ends.invalidate_signed_since(
                write, person.id, {key.key_id for key in keys}, since
            )
        return ended

    async def person(self, write: Write, number: int) -> persons.Person:
        """Raises UnauthenticatedError for one who is gone."""
        found = await persons.find_person_by_id(write.connection, number)
        if found is None or found.erase_time is not None:
            raise UnauthenticatedError("the session is of nobody; sign in again")
        return found

    async def person_of_code(self, write: Write, number: int | None) -> persons.Person:
        """Whose code it is. Raises UnauthenticatedError, alike for whatever is wrong with it."""
        found = None
        if number is not None:
            found = await persons.find_person_by_id(write.connection, number)
        if found is None or found.erase_time is not None:
            raise UnauthenticatedError(
                "the code is not one that works; check it, or ask for a new one"
            )
        return found

    async def _known(self, write: Write, envelope: Envelope, act: bytes) -> KeyActDone:
        """The first answer, for an act that is sent again because its answer was lost."""
        if envelope.payload_type == KEY_REMOVAL_TYPE:
            key = read_key_removal(envelope.payload).key
        else:
            settings = passkeys_or_refuse(self._passkeys)
            key = _added(read_key_addition(envelope.payload), settings)
        found = await access.find_subject_key(write.connection, key)
        if found is None:
            raise NotFoundError("there is no such key here")
        is_removal = envelope.payload_type == KEY_REMOVAL_TYPE
        record = (found.revoke_record or found.key_record) if is_removal else found.key_record
        return KeyActDone(act=act, record=record, fresh=False)

    async def _add(self, write: Write, signed: SignedBy, number: int) -> bytes:
        settings = passkeys_or_refuse(self._passkeys)
        addition = read_key_addition(signed.verified.payload)
        new = Answered(
            passkey=verify_new_passkey(
                addition.registration,
                addition.challenge,
                relying_party_id=settings.relying_party_id,
                origins=settings.origins,
            ),
            challenge=addition.challenge,
        )
        enrolled = await self._keys.enrol_passkey(
            write,
            await self.person(write, number),
            new,
            addition.registration,
            settings,
            transports=addition.transports,
            key_addition=signed.verified.statement_id,
        )
        return enrolled.record

    async def _remove(self, write: Write, signed: SignedBy, person: int) -> bytes:
        removal = read_key_removal(signed.verified.payload)
        key = await self._key(write, person, removal.key)
        return await self._keys.revoke(write, key)

    async def _person(self, write: Write, session: str) -> int:
        return await person_of_session(write.connection, write.vault, session, write.now)

    async def _key(self, write: Write, person: int, named: bytes) -> access.SubjectKey:
        key_id = exactly(named, ID_BYTES, "key_id")
        for key in await self._keys.usable(write, person):
            if key.key_id == key_id:
                return key
        raise NotFoundError("there is no such key here, or it has ended already")

    async def _prepared(
        self, write: Write, payload_type: str, document: bytes, person: int, subject: bytes
    ) -> PreparedKeyAct:
        digest = statement_id(payload_type, document)
        credentials = await self._keys.credentials(write, person)
        await consents.add_prepared_document(
            write.connection,
            consents.PreparedDocument(
                digest=digest,
                kind=kind_of(payload_type),
                person=person,
                subject=subject,
                expire_time=write.now + PREPARED_LIFETIME,
            ),
        )
        return PreparedKeyAct(
            statement_id=digest,
            payload_type=payload_type,
            document=document,
            credential_ids=credentials,
        )

    def _id(self, now: datetime) -> str:
        return uuid7(now, self._randomness(UUID_RANDOM_BYTES))


def _registration(message: pb.PasskeyRegistrationResponse) -> Registration:
    return Registration(
        client_data=message.client_data_json, attestation_object=message.attestation_object
    )


def _added(addition: KeyAddition, settings: PasskeySettings) -> bytes:
    """The id of the key that an addition adds."""
    new = verify_new_passkey(
        addition.registration,
        addition.challenge,
        relying_party_id=settings.relying_party_id,
        origins=settings.origins,
    )
    return cose_key_id(new.cose_key)


def _reason(number: pb.KeyEnd) -> KeyEndReason:
    found = _REASONS.get(number)
    if found is None:
        raise InvalidInputError("reason is not one that is known here", field="reason")
    return found


def _since(request: pb.RevokeKeysRequest, reason: KeyEndReason) -> datetime | None:
    """Since when a compromised key may have been in wrong hands; None for other reasons."""
    given = request.HasField("compromise_time")
    if given != (reason is KeyEndReason.COMPROMISED):
        raise InvalidInputError(
            "compromise_time is given for a compromised key, and for no other",
            field="compromise_time",
        )
    return instant(request.compromise_time, "compromise_time") if given else None
