"""A key from wherever it is: a file or a token behind one seam."""

from pathlib import Path
from typing import Protocol

from portability.custody.files import (
    FileWrappingKey,
    KeyRules,
    read_signer,
    read_storage_key,
    read_witness_signer,
)
from portability.custody.passphrases import process_secrets
from portability.custody.places import KeyPlace
from portability.custody.tokens import TokenSigner, TokenWrappingKey, open_token
from portability.ledger.keys import Signer


class WrappingKey(Protocol):
    """Wraps the keys of persons; in a token its own bytes never leave it."""

    def wrap(self, nonce: bytes, key: bytes, aad: bytes) -> bytes:
        """Ciphertext and tag under AES-256-GCM, without the nonce of 12 bytes."""

    def unwrap(self, nonce: bytes, wrapped: bytes, aad: bytes) -> bytes:
        """``cryptography.exceptions.InvalidTag`` for what this key did not wrap for that place."""


def load_signer(place: KeyPlace, rules: KeyRules) -> Signer:
    """
    What signs with the key at that place.

    Raises ConfigurationError for a key that is missing, unprotected, weak or of another kind,
    KeyUnavailableError for a token that is out of reach.
    """
    if isinstance(place, Path):
        return read_signer(place, rules)
    secrets = rules.secrets or process_secrets()
    return TokenSigner(open_token(place, secrets), place)


def load_witness_signer(place: KeyPlace, rules: KeyRules) -> Signer:
    """As ``load_signer``; a file may also hold a key of ML-DSA-44."""
    if isinstance(place, Path):
        return read_witness_signer(place, rules)
    return load_signer(place, rules)


def load_wrapping_key(place: KeyPlace, rules: KeyRules) -> WrappingKey:
    """What wraps with the key at that place. Raises as ``load_signer``."""
    if isinstance(place, Path):
        return FileWrappingKey(read_storage_key(place, rules))
    secrets = rules.secrets or process_secrets()
    return TokenWrappingKey(open_token(place, secrets), place)
