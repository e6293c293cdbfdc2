"""
The keys that a person signs with: which there are, which of them signed, how they come and go.

The node's signed record of a key decides how a signature is verified, never the envelope. What was
signed while a key was good stays good when it ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from portability.consent.act_evidence import ActEvidence, ShownNotice, write_act_evidence
from portability.consent.document import IdentityLevel, Method
from portability.consent.passkey import read_assertion
from portability.consent.payload_types import (
    ACT_EVIDENCE_TYPE,
    PASSKEY_REGISTRATION_TYPE,
    SUBJECT_KEY_TYPE,
)
from portability.consent.registration import PasskeyRegistration, Registration
from portability.consent.scope import Party
from portability.consent.signature import verify_person
from portability.consent.statements import SubjectKey
from portability.errors import (
    NotFoundError,
    PreconditionError,
    SignatureError,
    UnauthenticatedError,
)
from portability.ledger.encoding import HASH_BYTES
from portability.node.consents.standing import load_payload
from portability.node.log.signed import log_signed
from portability.node.persons.passkeys import check_user_handle, user_handle
from portability.node.persons.sessions import DEVICE_LIFETIME
from portability.store import access, persons
from portability.wire.record import subject_commitment
from portability.wire.strict import exactly
from portability.wire.subject_key import (
    passkey_registration_to_payload,
    subject_key_from_payload,
    subject_key_to_payload,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from portability.consent.statements import AssistantKey
    from portability.ledger.envelope import Envelope, Verified
    from portability.ledger.keys import Signer
    from portability.node.log.write import Write
    from portability.node.persons.passkeys import Answered, PasskeySettings
    from portability.store.engine import Connection
    from portability.store.persons import Person
    from portability.store.vault import Vault

SALT_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedBy:
    """What a person signed, and with which key; ``user_handle`` as the authenticator gave it."""

    verified: Verified
    record: SubjectKey
    row: access.SubjectKey
    user_handle: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInUse:
    """A key that somebody may sign with: its row, and its record as the node signed it."""

    row: access.SubjectKey
    record: SubjectKey


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledKey:
    """Statement ids of a key's record, and of the evidence of its registration."""

    record: bytes
    registration: bytes


class PersonKeys:
    """Each method runs inside a transaction that is under way."""

    def __init__(
        self, *, node_key: Signer, randomness: Callable[[int], bytes], jurisdiction: str
    ) -> None:
        self._node_key = node_key
        self._randomness = randomness
        self._jurisdiction = jurisdiction

    async def usable(self, write: Write, person: int) -> list[access.SubjectKey]:
        """The keys that can sign now, oldest first."""
        keys = await access.list_subject_keys(write.connection, person)
        return [key for key in keys if is_usable(key, write.now)]

    async def named(self, write: Write, person: int, named: bytes) -> access.SubjectKey:
        """The usable key of that id. Raises NotFoundError."""
        key_id = exactly(named, HASH_BYTES, "key_id")
        for key in await self.usable(write, person):
            if key.key_id == key_id:
                return key
        raise NotFoundError("there is no such key here, or it has ended already")

    async def record_of(self, write: Write, key: access.SubjectKey) -> SubjectKey:
        """The node's signed record of a key, as it was enrolled."""
        return await record_in(write.connection, write.vault, key)

    async def choose(
        self, write: Write, person: int, named: bytes, signed_in: bytes | None
    ) -> tuple[access.SubjectKey, SubjectKey]:
        """
        The key that a document is prepared for: the one named, else that of the session, else the
        latest. Raises NotFoundError for one that is not there, PreconditionError if there is none.
        """
        keys = await self.usable(write, person)
        if not keys:
            raise PreconditionError("no key is enrolled that could sign; enrol one first")
        wanted = named or signed_in
        found = [key for key in keys if key.key_id == wanted]
        if named and not found:
            raise NotFoundError("there is no such key here")
        row = (found or keys)[-1]
        return row, await self.record_of(write, row)

    async def credentials(self, write: Write, person: int) -> list[bytes]:
        """The credential ids with which the person can sign now."""
        keys = await self.usable(write, person)
        return [key.credential_id for key in keys if key.credential_id is not None]

    async def verify(
        self,
        write: Write,
        envelope: Envelope,
        types: Collection[str],
        *,
        person: int,
        user_handle: bytes = b"",
    ) -> SignedBy:
        """
        Which of the person's keys signed; its use and counter are noted.

        Raises SignatureError if none did, UnauthenticatedError if the authenticator named another
        account than the person's.
        """
        for row in await self.usable(write, person):
            record = await self.record_of(write, row)
            try:
                verified = verify_person(envelope, types, record)
            except SignatureError:
                continue
            if user_handle:
                check_user_handle(write.vault, await self._name(write, person), user_handle)
            await self.note_use(write, row, envelope.signatures[0].sig)
            return SignedBy(verified=verified, record=record, row=row, user_handle=user_handle)
        raise SignatureError(
            "the document is not signed by a key that is enrolled for the person it was prepared "
            "for; sign its exact bytes with the enrolled key"
        )

    async def note_use(self, write: Write, row: access.SubjectKey, signature: bytes) -> None:
        """When it was used; of a passkey also its counter, which refuses nothing."""
        is_passkey = Method(row.method).is_passkey
        count = read_assertion(signature).sign_count if is_passkey else None
        await access.note_key_use(write.connection, row.key_id, now=write.now, sign_count=count)

    async def keep_evidence(
        self,
        write: Write,
        signed: SignedBy,
        person: int,
        *,
        request: bytes = b"",
        notice: ShownNotice | None = None,
    ) -> None:
        """Log what must be kept beside an act that a passkey signed; nothing for another method."""
        if not signed.record.method.is_passkey:
            return
        payload = write_act_evidence(
            ActEvidence(
                nonce=self._randomness(SALT_BYTES),
                act=signed.verified.statement_id,
                key_record=signed.row.key_record,
                created_at=write.now.replace(microsecond=0),
                user_handle=signed.user_handle,
                request=request,
                notice=notice,
            )
        )
        await self._log(write, ACT_EVIDENCE_TYPE, payload, person)

    async def enrol_software(self, write: Write, person: Person, public_key: bytes) -> bytes:
        """Log the record of a software key: its statement id. PreconditionError if it is in use."""
        record = self._record(write, person, Method.SOFTWARE_KEY, public_key=public_key)
        return await self._add(write, person, record)

    async def enrol_passkey(
        self,
        write: Write,
        person: Person,
        new: Answered,
        registration: Registration,
        settings: PasskeySettings,
        *,
        transports: Sequence[str],
        key_addition: bytes = b"",
        helper: Sequence[AssistantKey] = (),
    ) -> EnrolledKey:
        """
        Log the evidence of a registration and the record of its key.

        With a ``helper`` it is a key on a device of the office, good for an hour.
        """
        how = PasskeyRegistration(
            salt=self._randomness(SALT_BYTES),
            challenge=new.challenge,
            registration=registration,
            transports=tuple(transports),
            user_handle=user_handle(write.vault, person.name),
            key_addition=key_addition,
            created_at=write.now.replace(microsecond=0),
        )
        payload = passkey_registration_to_payload(how)
        evidence = await self._log(write, PASSKEY_REGISTRATION_TYPE, payload, person.id)
        found = new.passkey
        record = self._record(
            write,
            person,
            Method.ASSISTED_DEVICE if helper else Method.PASSKEY,
            cose_key=found.cose_key,
            relying_party_id=settings.relying_party_id,
            origins=settings.origins,
            credential_id=found.credential_id,
            aaguid=found.aaguid,
            backup_eligible=found.backup_eligible,
            backed_up=found.backed_up,
            registration=evidence,
            assistants=tuple(helper),
        )
        added = await self._add(write, person, record, sign_count=found.sign_count)
        return EnrolledKey(record=added, registration=evidence)

    async def revoke(self, write: Write, key: access.SubjectKey) -> bytes:
        """End a key, with the sessions that it opened; the record that says so, by its id."""
        record = replace(
            await self.record_of(write, key),
            salt=self._randomness(SALT_BYTES),
            revoked_at=write.now.replace(microsecond=0),
        )
        person = await self._name(write, key.person)
        record = replace(record, subject_commitment=subject_commitment(record.salt, person))
        logged = await self._log(
            write, SUBJECT_KEY_TYPE, subject_key_to_payload(record), key.person
        )
        await access.revoke_subject_key(write.connection, key.key_id, write.now, record=logged)
        return logged

    def _record(self, write: Write, person: Person, method: Method, **parts: object) -> SubjectKey:
        salt = self._randomness(SALT_BYTES)
        return SubjectKey(
            salt=salt,
            subject_commitment=subject_commitment(salt, person.name),
            method=method,
            identity_level=IdentityLevel(person.identity_level),
            enrolled_by=Party(jurisdiction=self._jurisdiction),
            valid_from=write.now.replace(microsecond=0),
            **parts,  # type: ignore[arg-type]  # the parts of the one method or of the other
        )

    async def _add(
        self, write: Write, person: Person, record: SubjectKey, sign_count: int | None = None
    ) -> bytes:
        logged = await self._log(write, SUBJECT_KEY_TYPE, subject_key_to_payload(record), person.id)
        added = await access.add_subject_key(
            write.connection,
            access.SubjectKey(
                key_id=record.key_id,
                person=person.id,
                method=str(record.method),
                public_key=record.public_key,
                key_record=logged,
                create_time=write.now,
                credential_id=record.credential_id or None,
                sign_count=sign_count,
            ),
        )
        if not added:
            raise key_in_use()
        return logged

    async def _log(self, write: Write, payload_type: str, payload: bytes, person: int) -> bytes:
        logged = await log_signed(
            write,
            payload_type,
            payload,
            signer=self._node_key,
            person=person,
            is_new=True,  # each holds a salt of its own
        )
        return logged.statement_id

    async def _name(self, write: Write, person: int) -> str:
        found = await persons.find_person_by_id(write.connection, person)
        if found is None:
            raise UnauthenticatedError("the session is of nobody; sign in again")
        return found.name


def is_usable(key: access.SubjectKey, now: datetime) -> bool:
    """Whether it can sign and sign in now: it was not ended, and an office's hour is not over."""
    ends = end_of(key)
    return key.revoke_time is None and (ends is None or now < ends)


def end_of(key: access.SubjectKey) -> datetime | None:
    """When a key ends by itself: one on a device of an office, with its hour."""
    return key.create_time + DEVICE_LIFETIME if key.method == Method.ASSISTED_DEVICE else None


async def record_in(connection: Connection, vault: Vault, key: access.SubjectKey) -> SubjectKey:
    """The node's signed record of a key, as it was enrolled."""
    return subject_key_from_payload(await load_payload(connection, vault, key.key_record))


def key_in_use() -> PreconditionError:
    return PreconditionError("this key is enrolled already; generate a new one for this purpose")
