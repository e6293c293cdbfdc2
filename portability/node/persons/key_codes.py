"""Keys that are enrolled with a code: that of a letter, or of an hour at an office."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portability.consent.registration import Registration, challenge_of
from portability.errors import UnauthenticatedError
from portability.node.consents.assistants import keys_of
from portability.node.persons.passkeys import answered, passkeys_or_refuse
from portability.node.persons.sessions import code_digest, device_digest
from portability.store import access, consents, persons

if TYPE_CHECKING:
    from portability.consent.statements import AssistantKey
    from portability.node.consents.assistants import Assistants
    from portability.node.log.write import Write
    from portability.node.persons.keys import EnrolledKey, PersonKeys
    from portability.node.persons.passkeys import PasskeySettings
    from portability.v1 import keys_service_pb2 as pb


class KeyCodes:
    """Each method runs inside a transaction that is under way."""

    def __init__(
        self, *, keys: PersonKeys, assistants: Assistants, passkeys: PasskeySettings | None
    ) -> None:
        self._assistants = assistants
        self._keys = keys
        self._passkeys = passkeys

    async def enrol(self, write: Write, request: pb.EnrolPasskeyRequest) -> tuple[str, EnrolledKey]:
        """
        Use the code up and log the key: the person's name and what was logged.

        The code stays good if anything is refused. Raises UnauthenticatedError for the code, and
        as ``answered``.
        """
        settings = passkeys_or_refuse(self._passkeys)
        registration = registration_from_pb(request.registration)
        number = await access.use_enrolment_code(
            write.connection, digest=code_digest(write.vault, request.code), now=write.now
        )
        helper: tuple[AssistantKey, ...] = ()
        if number is None:
            number, helper = await self._of_device_code(write, request.code)
        person = await person_of_code(write, number)
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


async def person_of(write: Write, number: int) -> persons.Person:
    """Raises UnauthenticatedError for one who is gone."""
    found = await persons.find_person_by_id(write.connection, number)
    if found is None or found.erase_time is not None:
        raise UnauthenticatedError("the session is of nobody; sign in again")
    return found


async def person_of_code(write: Write, number: int | None) -> persons.Person:
    """Whose code it is. Raises UnauthenticatedError, alike for whatever is wrong with it."""
    found = None
    if number is not None:
        found = await persons.find_person_by_id(write.connection, number)
    if found is None or found.erase_time is not None:
        raise UnauthenticatedError("the code is not one that works; check it, or ask for a new one")
    return found


def registration_from_pb(message: pb.PasskeyRegistrationResponse) -> Registration:
    return Registration(
        client_data=message.client_data_json, attestation_object=message.attestation_object
    )
