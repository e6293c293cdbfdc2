"""
Who answered a challenge: with a software key, or with a passkey that says itself whose it is.

The portal carries the answer and is not believed: the node verifies it. Whatever is wrong, the
answer is the same, after work of the same kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from portability.consent.document import Method
from portability.consent.passkey import Assertion, verify_assertion
from portability.errors import SignatureError, UnauthenticatedError
from portability.ledger.keys import verify_signature
from portability.node.persons.keys import end_of, is_usable
from portability.node.persons.passkeys import check_user_handle
from portability.node.persons.sessions import challenge_digest
from portability.store import access, persons

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from portability.ledger.keys import Signer
    from portability.node.log.write import Write
    from portability.node.persons.keys import PersonKeys
    from portability.v1 import persons_service_pb2 as pb

SESSION_PREFIX: Final = b"portability-session/1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who signed in, with which key, when that ends by itself, and the counter of a passkey."""

    person: persons.Person
    key_id: bytes
    sign_count: int | None = None
    ends: datetime | None = None


class SignIn:
    """Each method runs inside a transaction that is under way."""

    def __init__(self, *, keys: PersonKeys, node_key: Signer) -> None:
        self._keys = keys
        self._node_key = node_key

    async def answered(self, write: Write, request: pb.CreateSessionRequest) -> Who | None:
        """Who signed the challenge, if it was whoever is named. Takes the challenge either way."""
        challenge = await access.take_challenge(
            write.connection,
            digest=challenge_digest(write.vault, request.challenge),
            now=write.now,
        )
        if request.HasField("passkey"):
            who = await self._by_passkey(write, request)
            # a passkey says itself whose it is: its challenge may have been made for nobody
            meant: set[int | None] = {None}
        else:
            who = await self._by_software_key(write, request)
            meant = set()
        if who is None or challenge is None or challenge.person not in meant | {who.person.id}:
            return None
        await access.note_key_use(
            write.connection, who.key_id, now=write.now, sign_count=who.sign_count
        )
        return who

    async def _by_software_key(self, write: Write, request: pb.CreateSessionRequest) -> Who | None:
        person = await persons.find_person(write.connection, request.person)
        number = 0 if person is None else person.id
        usable = await self._keys.usable(write, number)
        keys = [key.public_key for key in usable if key.method == Method.SOFTWARE_KEY]
        message = SESSION_PREFIX + request.challenge
        # for a person who is unknown or has no key the same work is done, with a key of our own
        place = _signed_by(keys or [self._node_key.public], message, request.signature)
        if person is None or not keys or place is None:
            return None
        row = next(key for key in usable if key.public_key == keys[place])
        return Who(person=person, key_id=row.key_id)

    async def _by_passkey(self, write: Write, request: pb.CreateSessionRequest) -> Who | None:
        """Credential ids are random and long, so that it tells nothing that one is unknown."""
        said = request.passkey
        row = await access.find_credential(write.connection, said.credential_id)
        if row is None or not is_usable(row, write.now):
            return None
        person = await persons.find_person_by_id(write.connection, row.person)
        if person is None or person.erase_time is not None:
            return None
        assertion = Assertion(
            credential_id=said.credential_id,
            authenticator_data=said.authenticator_data,
            client_data=said.client_data_json,
            signature=said.signature,
        )
        try:
            record = await self._keys.record_of(write, row)
            verify_assertion(assertion, request.challenge, record)
            check_user_handle(write.vault, person.name, said.user_handle)
        except (SignatureError, UnauthenticatedError):
            return None
        if request.person and request.person != person.name:
            return None
        return Who(
            person=person, key_id=row.key_id, sign_count=assertion.sign_count, ends=end_of(row)
        )


def _signed_by(keys: Sequence[bytes], message: bytes, signature: bytes) -> int | None:
    """Which of these keys signed, by its place; None if none did."""
    for place, public in enumerate(keys):
        try:
            verify_signature(public, message, signature)
        except SignatureError:
            continue
        return place
    return None
