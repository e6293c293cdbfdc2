"""
What a person signs about the keys that they sign with: another key is added, a key is removed.

An addition holds the whole registration of the new passkey, so that the key that signs it vouches
for just this one, whoever carried the message. Source: formats.md, §7.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from portability.consent.consent_json import to_bytes
from portability.consent.document import check_instant
from portability.consent.reading import check_hash, check_uuid7, open_document
from portability.consent.registration import (
    MAX_ATTESTATION_BYTES,
    MAX_CLIENT_BYTES,
    Registration,
    check_transports,
)
from portability.ledger.encoding import encode_base64url, format_time

_ADDITION: Final = "key-addition/1"
_REMOVAL: Final = "key-removal/1"
_MAX_BYTES: Final = 65_536


class KeyEndReason(StrEnum):
    """Why a key ends."""

    REPLACED = "replaced"
    LOST = "lost"
    COMPROMISED = "compromised"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAddition:
    """``challenge`` is the one that the node gave for this registration."""

    id: str
    nonce: bytes
    created_at: datetime
    challenge: bytes
    registration: Registration
    transports: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_uuid7(self.id, field="id")
        check_hash(self.nonce, field="nonce")
        check_instant(self.created_at, field="created_at")
        check_hash(self.challenge, field="challenge")
        check_transports(self.transports)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRemoval:
    """``key`` is the id of the key that ends."""

    id: str
    nonce: bytes
    created_at: datetime
    key: bytes
    reason: KeyEndReason

    def __post_init__(self) -> None:
        check_uuid7(self.id, field="id")
        check_hash(self.nonce, field="nonce")
        check_instant(self.created_at, field="created_at")
        check_hash(self.key, field="key")


def write_key_addition(addition: KeyAddition) -> bytes:
    """The exact bytes of an addition, to be signed as they are."""
    return to_bytes(
        {
            "schema": _ADDITION,
            "id": addition.id,
            "nonce": encode_base64url(addition.nonce),
            "created_at": format_time(addition.created_at),
            "challenge": encode_base64url(addition.challenge),
            "registration": {
                "client_data": encode_base64url(addition.registration.client_data),
                "attestation_object": encode_base64url(addition.registration.attestation_object),
            },
            **({"transports": list(addition.transports)} if addition.transports else {}),
        }
    )


def write_key_removal(removal: KeyRemoval) -> bytes:
    """The exact bytes of a removal, to be signed as they are."""
    return to_bytes(
        {
            "schema": _REMOVAL,
            "id": removal.id,
            "nonce": encode_base64url(removal.nonce),
            "created_at": format_time(removal.created_at),
            "key": removal.key.hex(),
            "reason": str(removal.reason),
        }
    )


def read_key_addition(data: bytes) -> KeyAddition:
    """The addition that these bytes hold. Raises InvalidInputError."""
    root = open_document(data, _ADDITION, most=_MAX_BYTES)
    part = root.object("registration")
    addition = KeyAddition(
        id=root.uuid7("id"),
        nonce=root.nonce("nonce"),
        created_at=root.time("created_at"),
        challenge=root.nonce("challenge"),
        registration=Registration(
            client_data=part.base64url("client_data", most=MAX_CLIENT_BYTES),
            attestation_object=part.base64url("attestation_object", most=MAX_ATTESTATION_BYTES),
        ),
        transports=root.codes("transports") if "transports" in root else (),
    )
    part.finish()
    root.finish()
    return addition


def read_key_removal(data: bytes) -> KeyRemoval:
    """The removal that these bytes hold. Raises InvalidInputError."""
    root = open_document(data, _REMOVAL, most=_MAX_BYTES)
    removal = KeyRemoval(
        id=root.uuid7("id"),
        nonce=root.nonce("nonce"),
        created_at=root.time("created_at"),
        key=root.hash("key"),
        reason=root.one_of("reason", KeyEndReason),
    )
    root.finish()
    return removal
