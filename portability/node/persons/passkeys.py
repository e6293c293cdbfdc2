"""
The relying party that a node is for the passkeys of its persons, and their registration.

A passkey is bound to one relying party id, so a person has one home portal. Source: formats.md, §7.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from portability.consent.reading import check_text, refuse
from portability.consent.registration import NewPasskey, Registration, verify_new_passkey
from portability.errors import PreconditionError, UnauthenticatedError
from portability.node.log.write import Write
from portability.node.persons.sessions import registration_digest
from portability.store import access
from portability.store.vault import Vault

LOCALHOST: Final = "localhost"
"""A secure context without TLS; ``127.0.0.1`` is no relying party id."""

_HOST: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeySettings:
    """
    ``origins``: exactly those of the home portal's pages, such as ``https://portal.example``.

    Raises InvalidInputError for an origin that is not under the relying party id, or not secure.
    """

    relying_party_id: str
    name: str
    origins: tuple[str, ...]

    def __post_init__(self) -> None:
        if _HOST.fullmatch(self.relying_party_id) is None:
            raise refuse("relying_party_id", "is not the name of a host in lower case")
        check_text(self.name, field="name")
        if not self.origins:
            raise refuse("origins", "names none")
        for origin in self.origins:
            _check_origin(origin, self.relying_party_id)


def _check_origin(origin: str, relying_party_id: str) -> None:
    parts = urlsplit(origin)
    host = parts.hostname or ""
    if origin != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
        raise refuse("origins", "holds something else than scheme, host and port")
    if host != relying_party_id and not host.endswith(f".{relying_party_id}"):
        raise refuse("origins", "names a host that is not under the relying party id")
    if parts.scheme != "https" and not (parts.scheme == "http" and host == LOCALHOST):
        raise refuse("origins", "is not https (http is for localhost alone)")


def user_handle(vault: Vault, person: str) -> bytes:
    """What authenticators keep of a person: 32 bytes that say nothing to anybody else."""
    return vault.keyed_digest("user-handle", person.encode("utf-8"))


def check_user_handle(vault: Vault, person: str, given: bytes) -> None:
    """Raise UnauthenticatedError for a passkey that says that it is another account's."""
    if given and given != user_handle(vault, person):
        raise UnauthenticatedError("the passkey is not of this account; sign in again")


def passkeys_or_refuse(settings: PasskeySettings | None) -> PasskeySettings:
    """Raises PreconditionError at a node that is no relying party."""
    if settings is None:
        raise PreconditionError(
            "this node takes no passkeys: its configuration has no [passkeys]; sign with a "
            "software key, or ask the operator"
        )
    return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A registration that answered a challenge of ours."""

    passkey: NewPasskey
    challenge: bytes


async def answered(
    write: Write,
    settings: PasskeySettings,
    registration: Registration,
    challenge: bytes,
    person: int,
) -> Answered:
    """
    The passkey that answered the challenge given to that person; the challenge is used up.

    Raises PreconditionError for a challenge that is unknown, used, too old or somebody else's, and
    what ``verify_new_passkey`` raises.
    """
    taken = await access.take_challenge(
        write.connection, digest=registration_digest(write.vault, challenge), now=write.now
    )
    if taken is None or taken.person != person:
        raise PreconditionError(
            "the registration answers no challenge that is open for this person; begin it again"
        )
    return Answered(
        passkey=verify_new_passkey(
            registration,
            challenge,
            relying_party_id=settings.relying_party_id,
            origins=settings.origins,
        ),
        challenge=challenge,
    )
