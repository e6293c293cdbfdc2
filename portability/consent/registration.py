"""
The registration of a passkey: what an authenticator made in answer to a challenge of the node.

No attestation is asked for, so whatever statement comes is kept as evidence and believed in
nothing; a registration proves that this key exists, answered this challenge on this page, and that
the authenticator verified a person. Source: w3.org/TR/webauthn-3 §7.1; formats.md, §7.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portability.consent.cbor import read_cbor, read_item
from portability.consent.cose import check_cose_key
from portability.consent.document import check_instant
from portability.consent.passkey import (
    BACKED_UP,
    CREDENTIAL,
    ELIGIBLE,
    EXTENSIONS,
    HEADER_BYTES,
    check_flags,
    check_relying_party,
    read_client,
)
from portability.consent.reading import check_hash, check_name
from portability.consent.statements import MAX_CREDENTIAL_BYTES, SubjectKey
from portability.errors import InvalidInputError, SignatureError
from portability.ledger.documents import load_json
from portability.ledger.encoding import decode_base64url

ALGORITHMS: Final = (-8, -7, -257)
"""EdDSA, ES256 and RS256, the best first."""

MAX_CLIENT_BYTES: Final = 4096
MAX_ATTESTATION_BYTES: Final = 32_768
MAX_TRANSPORTS: Final = 16
AAGUID_BYTES: Final = 16

_CREATE: Final = "webauthn.create"
_ATTESTED: Final = HEADER_BYTES + AAGUID_BYTES
_LENGTH_BYTES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What the browser returned, each part verbatim."""

    client_data: bytes
    attestation_object: bytes

    def __post_init__(self) -> None:
        if len(self.client_data) > MAX_CLIENT_BYTES:
            raise _malformed("clientDataJSON is too long")
        if len(self.attestation_object) > MAX_ATTESTATION_BYTES:
            raise _malformed("the attestation object is too long")


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRegistration:
    """
    The evidence of how a passkey came to be enrolled, as the home node signs and logs it.

    ``challenge`` is what the node gave, ``key_addition`` the statement id of the act by which a
    person with a key added another one; it is empty for a key enrolled with a code.
    """

    salt: bytes
    challenge: bytes
    registration: Registration
    transports: tuple[str, ...]
    user_handle: bytes
    key_addition: bytes
    created_at: datetime

    def __post_init__(self) -> None:
        for name in ("salt", "challenge", "user_handle"):
            check_hash(getattr(self, name), field=name)
        if self.key_addition:
            check_hash(self.key_addition, field="key_addition")
        check_transports(self.transports)
        check_instant(self.created_at, field="create_time")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPasskey:
    """A passkey that was registered. ``sign_count`` is where its counter begins: a hint."""

    credential_id: bytes
    cose_key: bytes
    aaguid: bytes
    backup_eligible: bool
    backed_up: bool
    sign_count: int


def verify_new_passkey(
    registration: Registration,
    challenge: bytes,
    *,
    relying_party_id: str,
    origins: Sequence[str],
) -> NewPasskey:
    """
    The passkey that answered this challenge.

    Raises SignatureError if it answered another one, on another page, for another relying party or
    without verifying a person, and InvalidInputError for a key that no person may enrol.
    """
    read_client(registration.client_data, _CREATE, challenge, origins)
    data = _authenticator_data(registration.attestation_object)
    check_relying_party(data, relying_party_id)
    check_flags(data)
    return _attested(data)


def challenge_of(registration: Registration) -> bytes:
    """
    The challenge that a registration says it answers, so that it can be looked up.

    Believed in nothing: whoever looks it up compares. Raises InvalidInputError.
    """
    client = load_json(registration.client_data, what="client data", allow_floats=True)
    text = client.get("challenge") if isinstance(client, dict) else None
    if not isinstance(text, str):
        raise _malformed("clientDataJSON holds no challenge")
    return decode_base64url(text, what="challenge")


def verify_registration(evidence: PasskeyRegistration, key: SubjectKey) -> None:
    """
    Raise SignatureError unless this is evidence of that key record, whenever it is looked at.

    The record's statement names the evidence, so that neither can be put in another's place.
    """
    try:
        found = verify_new_passkey(
            evidence.registration,
            evidence.challenge,
            relying_party_id=key.relying_party_id,
            origins=key.origins,
        )
    except InvalidInputError as error:
        raise SignatureError(error.message) from None
    said = (key.cose_key, key.credential_id, key.aaguid, key.backup_eligible, key.backed_up)
    if said != (
        found.cose_key,
        found.credential_id,
        found.aaguid,
        found.backup_eligible,
        found.backed_up,
    ):
        raise SignatureError("the registration is of another passkey than the key record says")


def check_transports(names: Sequence[str]) -> None:
    """Raise InvalidInputError for more names than there are, or for what is none."""
    if len(names) > MAX_TRANSPORTS:
        raise _malformed("there are too many transports")
    for name in names:
        check_name(name, field="transports")


def _authenticator_data(attestation: bytes) -> bytes:
    members = read_cbor(attestation)
    if not isinstance(members, dict) or not isinstance(members.get("fmt"), str):
        raise _malformed("the attestation object names no format")
    data = members.get("authData")
    if not isinstance(data, bytes) or len(data) < HEADER_BYTES:
        raise _malformed("the attestation object holds no authenticator data")
    return data


def _attested(data: bytes) -> NewPasskey:
    """The credential in the authenticator data; no byte may be left behind it."""
    flags = data[HEADER_BYTES - 5]
    if not flags & CREDENTIAL or len(data) < _ATTESTED + _LENGTH_BYTES:
        raise _malformed("the authenticator made no credential")
    length = int.from_bytes(data[_ATTESTED : _ATTESTED + _LENGTH_BYTES], "big")
    start = _ATTESTED + _LENGTH_BYTES
    credential = data[start : start + length]
    if not 1 <= len(credential) == length <= MAX_CREDENTIAL_BYTES:
        raise _malformed("the credential id is empty, cut or too long")
    cose, at = _cose_key(data, start + length)
    if flags & EXTENSIONS:
        _, at = read_item(data, at)
    if at != len(data):
        raise _malformed("there are bytes behind the credential")
    return NewPasskey(
        credential_id=credential,
        cose_key=cose,
        aaguid=data[HEADER_BYTES:_ATTESTED],
        backup_eligible=bool(flags & ELIGIBLE),
        backed_up=bool(flags & BACKED_UP),
        sign_count=int.from_bytes(data[HEADER_BYTES - 4 : HEADER_BYTES], "big"),
    )


def _cose_key(data: bytes, at: int) -> tuple[bytes, int]:
    _, end = read_item(data, at)
    cose = data[at:end]
    check_cose_key(cose)
    return cose, end


def _malformed(why: str) -> InvalidInputError:
    return InvalidInputError(f"{why}; register the passkey again", field="registration")
