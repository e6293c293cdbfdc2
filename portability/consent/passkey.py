"""
A person's signature by a passkey: one WebAuthn assertion over the exact document.

The challenge is the statement id, so that an assertion is good for one document and one kind of
act. Algorithm and key come from the subject key record alone. The sign counter is a live matter:
archived consents are judged without it. Source: formats.md, §7; w3.org/TR/webauthn-3 §7.2.
"""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from portability.consent.cose import verify_cose_signature
from portability.consent.statements import SubjectKey
from portability.errors import InvalidInputError, PortabilityError, SignatureError
from portability.ledger.documents import load_json
from portability.ledger.encoding import encode_base64url

MAX_ASSERTION_BYTES: Final = 16_384

_GET: Final = "webauthn.get"
HEADER_BYTES: Final = 37
"""SHA-256 of the RP id, one byte of flags, four of the sign counter."""

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, CREDENTIAL, EXTENSIONS = 1, 4, 8, 16, 64, 128
"""The flags of authenticator data."""

_FLAGS_AT: Final = 32
_FIELDS: Final = (1, 2, 3, 4)
_LENGTH_DELIMITED: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """What the authenticator returned, each part verbatim."""

    credential_id: bytes
    authenticator_data: bytes
    client_data: bytes
    signature: bytes

    @property
    def sign_count(self) -> int:
        """The authenticator's counter: a hint about copies, 0 where none is kept."""
        return int.from_bytes(self.authenticator_data[HEADER_BYTES - 4 : HEADER_BYTES], "big")


def write_assertion(assertion: Assertion) -> bytes:
    """The bytes that stand in place of a signature: a ``WebAuthnAssertion``, field by field."""
    parts = (
        assertion.credential_id,
        assertion.authenticator_data,
        assertion.client_data,
        assertion.signature,
    )
    return b"".join(
        bytes([number << 3 | _LENGTH_DELIMITED]) + _length(part) + part
        for number, part in zip(_FIELDS, parts, strict=True)
    )


def read_assertion(data: bytes) -> Assertion:
    """
    The four parts of a ``WebAuthnAssertion``, each exactly once, and nothing else.

    Read by hand, since this layer knows no protobuf and four fields of bytes are all there is.
    Raises InvalidInputError.
    """
    if len(data) > MAX_ASSERTION_BYTES:
        raise _malformed()
    found = dict(_parts(data))
    if tuple(sorted(found)) != _FIELDS:
        raise _malformed()
    return Assertion(
        credential_id=found[1],
        authenticator_data=found[2],
        client_data=found[3],
        signature=found[4],
    )


def verify_assertion(assertion: Assertion, challenge: bytes, key: SubjectKey) -> None:
    """
    Raise SignatureError unless the holder of this passkey, present and verified, signed just this.

    ``challenge`` is computed by the caller from the stored bytes, never taken from the assertion.
    """
    if key.credential_id and assertion.credential_id != key.credential_id:
        raise SignatureError("the assertion is of another credential than the key record names")
    data = assertion.authenticator_data
    try:
        read_client(assertion.client_data, _GET, challenge, key.origins)
        check_relying_party(data, key.relying_party_id)
        check_flags(data)
        _check_kind(data)
        signed = data + hashlib.sha256(assertion.client_data).digest()
        verify_cose_signature(key.cose_key, signed, assertion.signature)
    except SignatureError:
        raise
    except PortabilityError as error:
        raise SignatureError(error.message) from None


def _check_kind(data: bytes) -> None:
    flags = data[_FLAGS_AT]
    if flags & CREDENTIAL or bool(flags & EXTENSIONS) != (len(data) > HEADER_BYTES):
        raise SignatureError("the authenticator data are not those of an assertion")


def read_client(data: bytes, kind: str, challenge: bytes, origins: Collection[str] | None) -> None:
    """
    What the browser says it did; members that browsers add are ignored.

    Raise SignatureError unless it did just this, for this challenge, on a page of these origins
    that was no part of another site's page. ``origins`` None: of whichever origin.
    """
    try:
        client = load_json(data, what="client data", allow_floats=True)
    except PortabilityError as error:
        raise SignatureError(error.message) from None
    if not isinstance(client, dict) or client.get("type") != kind:
        raise SignatureError("the passkey did not sign in answer to a request for a signature")
    if client.get("challenge") != encode_base64url(challenge):
        raise SignatureError("the passkey signed another document or another kind of act")
    if origins is not None and client.get("origin") not in origins:
        raise SignatureError("the passkey signed on a page of another origin")
    if client.get("crossOrigin", False) is not False or "topOrigin" in client:
        raise SignatureError("the passkey signed inside of another site's page")


def check_relying_party(data: bytes, relying_party_id: str) -> None:
    """Raise SignatureError unless these authenticator data are for that relying party."""
    if len(data) < HEADER_BYTES:
        raise SignatureError("the authenticator data are cut")
    if data[:_FLAGS_AT] != hashlib.sha256(relying_party_id.encode("utf-8")).digest():
        raise SignatureError("the passkey is bound to another relying party")


def check_flags(data: bytes) -> None:
    """Raise SignatureError unless a person was there and was verified."""
    flags = data[_FLAGS_AT]
    if flags & (PRESENT | VERIFIED) != PRESENT | VERIFIED:
        raise SignatureError("the passkey signed without verifying that it was the person")
    if flags & BACKED_UP and not flags & ELIGIBLE:
        raise SignatureError("the authenticator contradicts itself about its backup")


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Field number and bytes, in the order in which they stand."""
    seen: set[int] = set()
    at = 0
    while at < len(data):
        number, kind = data[at] >> 3, data[at] & 7
        if kind != _LENGTH_DELIMITED or number not in _FIELDS or number in seen:
            raise _malformed()
        seen.add(number)
        length, at = _varint(data, at + 1)
        if at + length > len(data):
            raise _malformed()
        yield number, data[at : at + length]
        at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A length of at most three bytes and the place behind it; more is longer than all there is."""
    value = 0
    for count, byte in enumerate(data[at : at + 3]):
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:  # noqa: PLR2004  # the last byte of a varint has its top bit clear
            return value, at + count + 1
    raise _malformed()


def _length(part: bytes) -> bytes:
    """The length of a part as protobuf writes it."""
    found, left = bytearray(), len(part)
    while left >= 0x80:  # noqa: PLR2004  # seven bits to a byte, the last without its top bit
        found.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes([*found, left])


def _malformed() -> InvalidInputError:
    return InvalidInputError("the signature is no assertion of a passkey", field="sig")
