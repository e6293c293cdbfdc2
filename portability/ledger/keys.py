"""
Ed25519 keys: their ids, which are refused, and the seam through which everything is signed.

Source: formats.md, Keys; RFC 8032 §5.1. Nothing here reads a file: seeds and randomness are
arguments.
"""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from portability.errors import InvalidInputError, SignatureError

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64

_FIELD_PRIME: Final = 2**255 - 19
_LOW_255_BITS: Final = 2**255 - 1

_SMALL_ORDER: Final = frozenset(
    int.from_bytes(bytes.fromhex(point), "little")
    for point in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    )
)
"""The y coordinates of all points of small order; under such a key forgeries verify."""


class Signer(Protocol):
    """Something that holds one private key: a file, a PKCS#11 token, a test's fixed seed."""

    @property
    def public(self) -> bytes:
        """The raw public key, 32 bytes."""

    @property
    def key_id(self) -> bytes:
        """``key_id(public)``, 32 bytes."""

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature over exactly these bytes, 64 bytes."""


class Ed25519Signer:
    """A signer over a seed of 32 bytes held in memory."""

    __slots__ = ("_private", "key_id", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != KEY_BYTES:
            raise InvalidInputError("the private key is not a seed of 32 bytes", field="seed")
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public: bytes = self._private.public_key().public_bytes_raw()
        self.key_id: bytes = key_id(self.public)

    def __repr__(self) -> str:
        return f"Ed25519Signer(key_id={self.key_id.hex()})"

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def generate_seed(randomness: Callable[[int], bytes]) -> bytes:
    """A new private key: 32 bytes from ``randomness(count)``."""
    seed = randomness(KEY_BYTES)
    if len(seed) != KEY_BYTES:
        raise RuntimeError("the source of randomness did not return as many bytes as asked for")
    return seed


@lru_cache(maxsize=65536)
def key_id(public: bytes) -> bytes:
    """
    The id in leaves and (hex) in DSSE ``keyid``: SHA-256(0x01 ‖ public key), in full.

    An ML-DSA-44 key, which only cosigns, has 0x06 before it: its type in c2sp.org/tlog-cosignature.
    """
    kind = b"\x01" if len(public) == KEY_BYTES else b"\x06"
    return hashlib.sha256(kind + public).digest()


def check_public_key(raw: bytes) -> None:
    """
    Refuse a key that is not 32 bytes, not canonical, or of small order (InvalidInputError).

    Libraries take such keys and then verify forgeries under them, so this is asked at enrolment
    and again at every verification.
    """
    if len(raw) != KEY_BYTES:
        raise InvalidInputError("the public key is not 32 bytes of Ed25519", field="public_key")
    y = int.from_bytes(raw, "little") & _LOW_255_BITS
    if y >= _FIELD_PRIME:
        raise InvalidInputError("the public key is not in canonical form", field="public_key")
    if y in _SMALL_ORDER:
        raise InvalidInputError(
            "the public key is of small order: anyone could sign for it; generate a new one",
            field="public_key",
        )


@lru_cache(maxsize=65536)
def load_public_key(raw: bytes) -> Ed25519PublicKey:
    """The key object of a raw key that passed ``check_public_key``."""
    check_public_key(raw)
    return Ed25519PublicKey.from_public_bytes(raw)


def verify_signature(public: bytes, message: bytes, signature: bytes) -> None:
    """
    Raise SignatureError unless this key signed exactly these bytes.

    A key that ``check_public_key`` refuses verifies nothing.
    """
    try:
        load_public_key(public).verify(signature, message)
    except (InvalidSignature, InvalidInputError):
        raise SignatureError("the signature does not verify under the public key") from None
