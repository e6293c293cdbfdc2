"""
ML-DSA-44 keys for witnesses, where the installed cryptography has them.

Source: FIPS 204; c2sp.org/tlog-cosignature 1.1.0-rc.1.
"""

from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from portability.errors import ConfigurationError, InvalidInputError, SignatureError

try:
    _mldsa: ModuleType | None = import_module("cryptography.hazmat.primitives.asymmetric.mldsa")
except ImportError:  # pragma: no cover  # releases before ML-DSA
    _mldsa = None

MLDSA_KEY_BYTES: Final = 1312
MLDSA_SIGNATURE_BYTES: Final = 2420
_SEED_BYTES: Final = 32


class MldsaSigner:
    """An ML-DSA-44 key over a seed of 32 bytes held in memory."""

    __slots__ = ("_private", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != _SEED_BYTES:
            raise InvalidInputError("the private key is not a seed of 32 bytes", field="seed")
        self._private = _library().MLDSA44PrivateKey.from_seed_bytes(seed)
        self.public: bytes = self._private.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"MldsaSigner(public={self.public[:8].hex()}…)"

    def sign(self, message: bytes) -> bytes:
        return bytes(self._private.sign(message))


@lru_cache(maxsize=1)
def is_mldsa_supported() -> bool:
    """Whether signatures of type 06 can be made and checked here."""
    try:
        _library().MLDSA44PrivateKey.from_seed_bytes(bytes(_SEED_BYTES))
    except (ConfigurationError, UnsupportedAlgorithm):  # pragma: no cover  # see _library
        return False
    return True


def verify_mldsa_signature(public: bytes, message: bytes, signature: bytes) -> None:
    """Raise SignatureError unless this key signed exactly these bytes."""
    try:
        _library().MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise SignatureError("the ML-DSA-44 signature does not verify") from None


def _library() -> ModuleType:
    if _mldsa is None:  # pragma: no cover  # releases before ML-DSA
        raise ConfigurationError(
            "ML-DSA-44 is not in the installed cryptography; upgrade it or use an Ed25519 key"
        )
    return _mldsa
