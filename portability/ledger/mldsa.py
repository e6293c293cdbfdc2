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
from portability.ledger.keys import key_id, verify_signature

try:
    _mldsa: ModuleType | None = import_module("cryptography.hazmat.primitives.asymmetric.mldsa")
except ImportError:  # pragma: no cover  # releases before ML-DSA
    _mldsa = None

MLDSA_KEY_BYTES: Final = 1312
MLDSA_SIGNATURE_BYTES: Final = 2420
_SEED_BYTES: Final = 32


class MldsaSigner:
    """An ML-DSA-44 key over a seed of 32 bytes held in memory."""

    __slots__ = ("_private", "key_id", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != _SEED_BYTES:
            raise InvalidInputError("the private key is not a seed of 32 bytes", field="seed")
        self._private = _library().MLDSA44PrivateKey.from_seed_bytes(seed)
        self.public: bytes = self._private.public_key().public_bytes_raw()
        self.key_id: bytes = key_id(self.public)

    def __repr__(self) -> str:
        return f"MldsaSigner(public={self.public[:8].hex()}…)"

    def sign(self, message: bytes) -> bytes:
        return bytes(self._private.sign(message))


def mldsa_seed(private: object) -> bytes | None:
    """The seed of a private key object of ML-DSA-44; None for a key of another kind."""
    if _mldsa is None or not isinstance(private, _mldsa.MLDSA44PrivateKey):
        return None
    return bytes(private.private_bytes_raw())


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


def verify_any_signature(public: bytes, message: bytes, signature: bytes) -> None:
    """As ``verify_signature``, also for ML-DSA-44 keys, which their length tells."""
    verify = verify_mldsa_signature if len(public) == MLDSA_KEY_BYTES else verify_signature
    verify(public, message, signature)


def _library() -> ModuleType:
    if _mldsa is None:  # pragma: no cover  # releases before ML-DSA
        raise ConfigurationError(
            "ML-DSA-44 is not in the installed cryptography; upgrade it or use an Ed25519 key"
        )
    return _mldsa
