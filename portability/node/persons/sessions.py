"""
Codes, challenges and sessions: how a person gets in, and who is behind a session.

Only keyed digests are kept. Whatever is wrong with a secret, the answer is the same.
"""

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from portability.errors import UnauthenticatedError
from portability.store import access
from portability.store.engine import Connection
from portability.store.vault import Vault

CODE_LIFETIME: Final = timedelta(days=30)
"""A letter with a code takes days, and a person may take longer to use it."""

CHALLENGE_LIFETIME: Final = timedelta(minutes=5)
REGISTRATION_LIFETIME: Final = timedelta(minutes=10)
"""Some people have to look for their telephone first."""

SESSION_LIFETIME: Final = timedelta(minutes=30)
DEVICE_LIFETIME: Final = timedelta(hours=1)
"""Of a code for a device of the office, and of the key that it makes there."""

CONFIRMATION_LIFETIME: Final = timedelta(days=60)
"""A letter may go to where somebody fetches it once a month."""

_CODE_BYTES: Final = 10
_GROUP: Final = 4
_SECRET_BYTES: Final = 32
_MISREAD: Final = str.maketrans("018", "OIB")


def new_code(randomness: Callable[[int], bytes]) -> str:
    """80 random bits in four groups of four characters that can be read out and typed."""
    text = base64.b32encode(randomness(_CODE_BYTES)).decode("ascii")
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def as_typed(code: str) -> str:
    """
    A code as it was made, however it was said or typed.

    The alphabet has no 0, 1, 8 and 9: who hears or reads them means a letter.
    """
    plain = "".join(one for one in code.upper() if one.isalnum()).translate(_MISREAD)
    return "-".join(plain[at : at + _GROUP] for at in range(0, len(plain), _GROUP))


def new_secret(randomness: Callable[[int], bytes]) -> bytes:
    """A challenge, or what a session token is made of."""
    return randomness(_SECRET_BYTES)


def code_digest(vault: Vault, code: str) -> bytes:
    return vault.keyed_digest("enrolment-code", code.encode("utf-8"))


def withdrawal_digest(vault: Vault, code: str) -> bytes:
    """Of a code that stops consents and enrols nobody."""
    return vault.keyed_digest("withdrawal-code", as_typed(code).encode("utf-8"))


def confirmation_digest(vault: Vault, code: str) -> bytes:
    """Of a code that confirms what a worker signed alone, and does nothing else."""
    return vault.keyed_digest("confirmation-code", as_typed(code).encode("utf-8"))


def device_digest(vault: Vault, code: str) -> bytes:
    """Of a code that enrols a key for an hour, on a device of the office."""
    return vault.keyed_digest("device-code", as_typed(code).encode("utf-8"))


def challenge_digest(vault: Vault, challenge: bytes) -> bytes:
    return vault.keyed_digest("challenge", challenge)


def registration_digest(vault: Vault, challenge: bytes) -> bytes:
    """Of another kind than for signing in, so that neither answer serves the other."""
    return vault.keyed_digest("registration-challenge", challenge)


def session_digest(vault: Vault, token: str) -> bytes:
    return vault.keyed_digest("session", token.encode("utf-8"))


async def person_of_session(connection: Connection, vault: Vault, token: str, now: datetime) -> int:
    """Who is signed in. Raises UnauthenticatedError, alike for unknown and ended sessions."""
    return (await open_session(connection, vault, token, now)).person


async def open_session(
    connection: Connection, vault: Vault, token: str, now: datetime
) -> access.SessionRow:
    """Who is signed in, and with which key. Raises as ``person_of_session``."""
    found = await access.find_session(connection, digest=session_digest(vault, token), now=now)
    if found is None:
        raise UnauthenticatedError("the session is not known or has ended; sign in again")
    return found
