"""
Signed envelopes: DSSE v1.0.2 with Ed25519.

The signature covers the pre-authentication encoding (PAE) of type and payload, so the bytes that
are verified are the bytes that are parsed, and nothing is ever written again for signing. A
statement is identified by the SHA-256 of its PAE.

Source: github.com/secure-systems-lab/dsse protocol.md and envelope.md; formats.md, Signed envelope.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from portability.errors import InvalidInputError, SignatureError
from portability.ledger.documents import load_json
from portability.ledger.encoding import decode_either_base64, encode_base64
from portability.ledger.keys import Signer, verify_signature

MAX_SIGNATURES: Final = 64
"""More than any threshold of ours; bounds the work that an envelope from outside can ask for."""

# kinds are remembered and told in refusals, and a type comes from whoever sends something
_KIND = re.compile(r"application/vnd\.portability\.([a-z-]{1,64})\.v1\+(?:protobuf|json|toml)")
_PRINTABLE_ASCII = re.compile(r"[\x20-\x7e]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature; ``key_id_hint`` is not authenticated and decides nothing."""

    sig: bytes
    key_id_hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A payload as its signers saw it, byte for byte. Nothing in it is to be believed yet."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was signed and by which of the trusted keys."""

    statement_id: bytes
    payload_type: str
    payload: bytes
    key_ids: tuple[bytes, ...]


def payload_type(kind: str, encoding: str) -> str:
    """``application/vnd.portability.<kind>.v1+<encoding>``; encoding: protobuf, json or toml."""
    text = f"application/vnd.portability.{kind}.v1+{encoding}"
    kind_of(text)
    return text


@lru_cache(maxsize=1024)
def kind_of(payload_type: str) -> str:
    """The kind in one of our payload types; InvalidInputError for any other type."""
    match = _KIND.fullmatch(payload_type)
    if match is None:
        raise InvalidInputError(
            "the payload type is not application/vnd.portability.KIND.v1+ENCODING",
            field="payload_type",
        )
    return match.group(1)


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding. Lengths count bytes."""
    name = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(payload), payload)


def statement_id(payload_type: str, payload: bytes) -> bytes:
    """SHA-256 of the PAE, 32 bytes: the one name of whatever is signed."""
    return hashlib.sha256(pae(payload_type, payload)).digest()


def sign_envelope(payload_type: str, payload: bytes, signer: Signer) -> Envelope:
    """An envelope with one signature."""
    signature = _sign(payload_type, payload, signer)
    return Envelope(payload_type=payload_type, payload=payload, signatures=(signature,))


def add_signature(envelope: Envelope, signer: Signer) -> Envelope:
    """The same payload with one signature more, for documents signed by a threshold of keys."""
    signature = _sign(envelope.payload_type, envelope.payload, signer)
    return Envelope(
        payload_type=envelope.payload_type,
        payload=envelope.payload,
        signatures=(*envelope.signatures, signature),
    )


def verify_envelope(
    envelope: Envelope,
    expected_types: Collection[str],
    keys: Mapping[bytes, bytes],
    threshold: int = 1,
) -> Verified:
    """
    What the envelope says, once ``threshold`` of the trusted keys have signed it.

    ``keys`` maps key id to raw public key. Distinct public keys are counted, neither signatures
    nor key ids. Raises InvalidInputError for a type that this call does not expect, SignatureError
    for too few valid signatures. Steps 2 to 4 of formats.md, Signed envelope.
    """
    if threshold < 1:
        raise RuntimeError("a threshold counts at least one key")
    if envelope.payload_type not in expected_types:
        raise InvalidInputError(
            "the payload type is not one that is expected here", field="payload_type"
        )
    message = pae(envelope.payload_type, envelope.payload)
    found: dict[bytes, bytes] = {}
    for signature in envelope.signatures[:MAX_SIGNATURES]:
        signed_by = _signing_key(message, signature, keys)
        if signed_by is not None:
            found.setdefault(keys[signed_by], signed_by)
            if len(found) >= threshold:
                break
    else:
        raise SignatureError(
            f"the envelope is signed by {len(found)} of the trusted keys, {threshold} needed",
            found=str(len(found)),
            needed=str(threshold),
        )
    return Verified(
        statement_id=hashlib.sha256(message).digest(),
        payload_type=envelope.payload_type,
        payload=envelope.payload,
        key_ids=tuple(found.values()),
    )


def envelope_to_json(envelope: Envelope) -> bytes:
    """The JSON form for files, indented so that a person can read it."""
    members = {
        "payloadType": envelope.payload_type,
        "payload": encode_base64(envelope.payload),
        "signatures": [
            {"keyid": signature.key_id_hint, "sig": encode_base64(signature.sig)}
            for signature in envelope.signatures
        ],
    }
    return json.dumps(members, indent=2).encode("ascii") + b"\n"


def envelope_from_json(data: bytes) -> Envelope:
    """
    Read the JSON form. Unknown members are ignored; everything else is strict.

    Raises InvalidInputError. The result is not verified.
    """
    members = load_json(data, what="envelope", allow_floats=True)
    if not isinstance(members, dict):
        raise InvalidInputError("the envelope is not a JSON object", field="envelope")
    name = _text(members, "payloadType")
    if not _PRINTABLE_ASCII.fullmatch(name):
        raise InvalidInputError("the payload type is not printable ASCII", field="payloadType")
    signatures = members.get("signatures")
    if not isinstance(signatures, list) or not 1 <= len(signatures) <= MAX_SIGNATURES:
        raise InvalidInputError(
            f"the envelope needs a list of 1 to {MAX_SIGNATURES} signatures", field="signatures"
        )
    return Envelope(
        payload_type=name,
        payload=decode_either_base64(_text(members, "payload"), what="payload"),
        signatures=tuple(map(_signature_from_json, signatures)),
    )


def _sign(payload_type: str, payload: bytes, signer: Signer) -> Signature:
    return Signature(sig=signer.sign(pae(payload_type, payload)), key_id_hint=signer.key_id.hex())


def _signing_key(message: bytes, signature: Signature, keys: Mapping[bytes, bytes]) -> bytes | None:
    """The id of the trusted key that made this signature. The hinted key is tried first."""
    hinted = _hinted_key(signature.key_id_hint, keys)
    for candidate in keys if hinted is None else _hinted_first(hinted, keys):
        try:
            verify_signature(keys[candidate], message, signature.sig)
        except SignatureError:
            continue
        return candidate
    return None


def _hinted_first(hinted: bytes, keys: Mapping[bytes, bytes]) -> Iterator[bytes]:
    yield hinted
    yield from (other for other in keys if other != hinted)


def _hinted_key(hint: str, keys: Mapping[bytes, bytes]) -> bytes | None:
    try:
        candidate = bytes.fromhex(hint)  # lenient: a hint decides nothing
    except ValueError:
        return None
    return candidate if candidate in keys else None


def _signature_from_json(value: object) -> Signature:
    if not isinstance(value, dict):
        raise InvalidInputError("a signature is not a JSON object", field="signatures")
    return Signature(
        sig=decode_either_base64(_text(value, "sig"), what="sig"),
        key_id_hint=_text(value, "keyid") if value.get("keyid") is not None else "",
    )


def _text(members: dict[str, object], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise InvalidInputError(f"the envelope has no text member {name}", field=name)
    return value
