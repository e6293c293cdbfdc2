"""
Keys that are added and removed under a key that the person holds.

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
from portability.consent.registration import challenge_of, verify_new_passkey
from portability.errors import (
    InvalidInputError,
    NotFoundError,
    PreconditionError,
)
from portability.ledger.envelope import kind_of, statement_id
from portability.node.log.write import NewStatement
from portability.node.persons.key_codes import person_of, registration_from_pb
from portability.node.persons.key_ends import read_reason
from portability.node.persons.keys import key_in_use
from portability.node.persons.passkeys import Answered, answered, passkeys_or_refuse
from portability.node.persons.prepared import keep_prepared, take_prepared, was_handed_in
from portability.node.persons.sessions import (
    person_of_session,
)
from portability.store import access

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portability.ledger.envelope import Envelope
    from portability.node.log.write import Write
    from portability.node.persons.keys import PersonKeys, SignedBy
    from portability.node.persons.passkeys import PasskeySettings
    from portability.node.persons.prepared import Prepared
    from portability.v1 import keys_service_pb2 as pb

ID_BYTES: Final = 32


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
        passkeys: PasskeySettings | None,
        randomness: Callable[[int], bytes],
    ) -> None:
        self._keys = keys
        self._passkeys = passkeys
        self._randomness = randomness

    async def prepare_addition(
        self, write: Write, request: pb.PrepareKeyAdditionRequest
    ) -> Prepared:
        """
        The document by which a passkey that was just registered is added.

        Raises UnauthenticatedError, PreconditionError without a key that could sign it or for a
        passkey that is enrolled, and as ``answered``.
        """
        settings = passkeys_or_refuse(self._passkeys)
        person = await self._person(write, request.session)
        registration = registration_from_pb(request.registration)
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
        return await keep_prepared(
            write, self._keys, KEY_ADDITION_TYPE, document, person=person, subject=b""
        )

    async def prepare_removal(self, write: Write, request: pb.PrepareKeyRemovalRequest) -> Prepared:
        """The document by which a key ends. Raises UnauthenticatedError, NotFoundError."""
        person = await self._person(write, request.session)
        key = await self._keys.named(write, person, request.key_id)
        document = write_key_removal(
            KeyRemoval(
                id=self._id(write.now),
                nonce=self._randomness(ID_BYTES),
                created_at=write.now.replace(microsecond=0),
                key=key.key_id,
                reason=read_reason(request.reason),
            )
        )
        return await keep_prepared(
            write, self._keys, KEY_REMOVAL_TYPE, document, person=person, subject=key.key_id
        )

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
            await person_of(write, number),
            new,
            addition.registration,
            settings,
            transports=addition.transports,
            key_addition=signed.verified.statement_id,
        )
        return enrolled.record

    async def _remove(self, write: Write, signed: SignedBy, person: int) -> bytes:
        removal = read_key_removal(signed.verified.payload)
        key = await self._keys.named(write, person, removal.key)
        return await self._keys.revoke(write, key)

    async def _person(self, write: Write, session: str) -> int:
        return await person_of_session(write.connection, write.vault, session, write.now)

    def _id(self, now: datetime) -> str:
        return uuid7(now, self._randomness(UUID_RANDOM_BYTES))


def _added(addition: KeyAddition, settings: PasskeySettings) -> bytes:
    """The id of the key that an addition adds."""
    new = verify_new_passkey(
        addition.registration,
        addition.challenge,
        relying_party_id=settings.relying_party_id,
        origins=settings.origins,
    )
    return cose_key_id(new.cose_key)
