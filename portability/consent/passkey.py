"""
A person's signature by a passkey: one WebAuthn assertion over the exact document.

The challenge is the statement id, so that an assertion is good for one document and one kind of
act. Algorithm and key come from the subject key record alone. The sign counter is a live matter:
archived consents are judged without it. Source: formats.md, §7; w3.org/TR/webauthn-3 §7.2.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from portability.consent.cose import verify_cose_signature
from portability.consent.statements import SubjectKey
from portability.errors import InvalidInputError, PortabilityError, SignatureError
from portability.ledger.documents import load_json
from portability.ledger.encoding import encode_base64url

MAX_ASSERTION_BYTES: Final = 16_384

_GET: Final = "webauthn.get"
_HEADER_BYTES: Final = 37
"""SHA-256 of the RP id, one byte of flags, four of the sign counter."""

_PRESENT, _VERIFIED, _ELIGIBLE, _BACKED_UP, _CREDENTIAL, _EXTENSIONS = 1, 4, 8, 16, 64, 128
_FIELDS: Final = (1, 2, 3, 4)
_LENGTH_DELIMITED: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """What the authenticator returned, each part verbatim."""

    credential_id: bytes
    authenticator_data: bytes
    client_data: bytes
    signature: bytes


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
    try:
        _check_client(assertion.client_data, challenge, key)
        _check_authenticator(assertion.authenticator_data, key)
        signed = assertion.authenticator_data + hashlib.sha256(assertion.client_data).digest()
        verify_cose_signature(key.cose_key, signed, assertion.signature)
    except SignatureError:
        raise
    except PortabilityError as error:
        raise SignatureError(error.message) from None


def _check_client(data: bytes, challenge: bytes, key: SubjectKey) -> None:
    """What the browser says it did. Members that browsers add are ignored."""
    client = load_json(data, what="client data", allow_floats=True)
    if not isinstance(client, dict) or client.get("type") != _GET:
        raise SignatureError("the passkey did not sign in answer to a request for a signature")
    if client.get("challenge") != encode_base64url(challenge):
        raise SignatureError("the passkey signed another document or another kind of act")
    if client.get("origin") not in key.origins:
        raise SignatureError("the passkey signed on a page of another origin")
    if client.get("crossOrigin", False) is not False or "topOrigin" in client:
        raise SignatureError("the passkey signed inside of another site's page")


def _check_authenticator(data: bytes, key: SubjectKey) -> None:
    if len(data) < _HEADER_BYTES:
        raise SignatureError("the authenticator data are cut")
    if data[:32] != hashlib.sha256(key.relying_party_id.encode("utf-8")).digest():
        raise SignatureError("the passkey is bound to another relying party")
    flags = data[32]
    if flags & (_PRESENT | _VERIFIED) != _PRESENT | _VERIFIED:
        raise SignatureError("the passkey signed without verifying that it was the person")
    if flags & _BACKED_UP and not flags & _ELIGIBLE:
        raise SignatureError("the authenticator contradicts itself about its backup")
    if flags & _CREDENTIAL or bool(flags & _EXTENSIONS) != (len(data) > _HEADER_BYTES):
        raise SignatureError("the authenticator data are not those of an assertion")


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


def _malformed() -> InvalidInputError:
    return InvalidInputError("the signature is no assertion of a passkey", field="sig")
