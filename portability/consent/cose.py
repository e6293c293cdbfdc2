"""
Public keys of passkeys, as COSE writes them, and the signatures that they verify.

Of CBOR only what such a key needs is read: one map of small integers to integers and bytes, in
full. Source: RFC 9052 §7; RFC 9053; formats.md, Keys and §7 (EdDSA, ES256 and RS256).
"""

import hashlib
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from portability.errors import InvalidInputError, SignatureError
from portability.ledger.keys import check_public_key, verify_signature

MAX_COSE_BYTES: Final = 2048
_KEY_TYPE, _ALGORITHM = 1, 3
_OKP, _EC2, _RSA = 1, 2, 3
_EDDSA, _ES256, _RS256 = -8, -7, -257
_ED25519, _P256 = 6, 1
_COORDINATE_BYTES: Final = 32
_MIN_RSA_BITS: Final = 2048

_UNSIGNED, _NEGATIVE, _BYTES, _MAP = 0, 1, 2, 5

Members = Mapping[int, "int | bytes"]


def cose_key_id(cose: bytes) -> bytes:
    """The id of a passkey in leaves and (hex) in ``keyid``: SHA-256 of the COSE key."""
    return hashlib.sha256(cose).digest()


def check_cose_key(cose: bytes) -> None:
    """Raise InvalidInputError for a key that is not one of the three kinds, or is weak."""
    members = _read_map(cose)
    kind = (members.get(_KEY_TYPE), members.get(_ALGORITHM))
    if kind == (_OKP, _EDDSA) and members.get(-1) == _ED25519:
        check_public_key(_bytes(members, -2))
    elif kind == (_EC2, _ES256) and members.get(-1) == _P256:
        _p256(members)
    elif kind == (_RSA, _RS256):
        _rsa(members)
    else:
        raise _unknown_kind()


def verify_cose_signature(cose: bytes, message: bytes, signature: bytes) -> None:
    """
    Raise SignatureError unless this key signed exactly these bytes.

    Raises InvalidInputError for a key that is not one of the three kinds, or is weak.
    """
    members = _read_map(cose)
    kind = (members.get(_KEY_TYPE), members.get(_ALGORITHM))
    try:
        if kind == (_OKP, _EDDSA) and members.get(-1) == _ED25519:
            verify_signature(_bytes(members, -2), message, signature)
        elif kind == (_EC2, _ES256) and members.get(-1) == _P256:
            _p256(members).verify(signature, message, ec.ECDSA(SHA256()))
        elif kind == (_RSA, _RS256):
            _rsa(members).verify(signature, message, padding.PKCS1v15(), SHA256())
        else:
            raise _unknown_kind()
    except InvalidSignature:
        raise SignatureError("the passkey's signature does not verify") from None


def _unknown_kind() -> InvalidInputError:
    return _refuse("is of no kind that persons may enrol (EdDSA, ES256, RS256)")


def _p256(members: Members) -> ec.EllipticCurvePublicKey:
    x, y = _bytes(members, -2), _bytes(members, -3)
    if {len(x), len(y)} != {_COORDINATE_BYTES}:
        raise _refuse("has coordinates that are not 32 bytes")
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()
    )
    try:
        return numbers.public_key()
    except ValueError:
        raise _refuse("is not a point of its curve") from None


def _rsa(members: Members) -> rsa.RSAPublicKey:
    modulus = int.from_bytes(_bytes(members, -1), "big")
    exponent = int.from_bytes(_bytes(members, -2), "big")
    if modulus.bit_length() < _MIN_RSA_BITS:
        raise _refuse(f"has fewer than {_MIN_RSA_BITS} bits")
    try:
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError:
        raise _refuse("has numbers that no RSA key has") from None


def _bytes(members: Members, name: int) -> bytes:
    found = members.get(name)
    if not isinstance(found, bytes):
        raise _refuse("lacks one of its parts")
    return found


def _read_map(data: bytes) -> Members:
    """The whole of ``data`` as one map; no key twice, no byte left."""
    if len(data) > MAX_COSE_BYTES:
        raise _refuse("is too long")
    kind, count, at = _head(data, 0)
    if kind != _MAP:
        raise _refuse("is no map")
    members: dict[int, int | bytes] = {}
    for _ in range(count):
        name, at = _item(data, at)
        value, at = _item(data, at)
        if not isinstance(name, int) or name in members:
            raise _refuse("has a member that is no integer, or one twice")
        members[name] = value
    if at != len(data):
        raise _refuse("has bytes behind its end")
    return members


def _item(data: bytes, at: int) -> tuple[int | bytes, int]:
    kind, value, at = _head(data, at)
    if kind == _UNSIGNED:
        return value, at
    if kind == _NEGATIVE:
        return -1 - value, at
    if kind != _BYTES or at + value > len(data):
        raise _refuse("holds something else than integers and bytes")
    return data[at : at + value], at + value


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """Major type, argument in its shortest form, and the place behind it (RFC 8949 §3)."""
    if at >= len(data):
        raise _refuse("is cut")
    kind, short = data[at] >> 5, data[at] & 31
    if short < 24:  # noqa: PLR2004  # RFC 8949: smaller arguments stand in the first byte
        return kind, short, at + 1
    size = {24: 1, 25: 2}.get(short, 0)
    value = int.from_bytes(data[at + 1 : at + 1 + size], "big")
    if not size or at + 1 + size > len(data) or value < (24 if size == 1 else 256):
        raise _refuse("is not written in its shortest form")
    return kind, value, at + 1 + size


def _refuse(why: str) -> InvalidInputError:
    return InvalidInputError(f"the passkey's public key {why}", field="cose_key")
