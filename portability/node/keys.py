"""
The node's secrets: what it signs with, and what protects what it stores.

Each is a file that only its owner can read, or a key in a PKCS#11 token; ``portability.custody``
knows how either is opened.
"""

from dataclasses import dataclass
from pathlib import Path

from portability.custody.files import (
    DEVELOPMENT_MARKER,
    KeyRules,
    Mode,
    read_secret_file,
    read_signer,
    signer_pem,
    write_secret_file,
)
from portability.custody.loading import WrappingKey
from portability.ledger.keys import Ed25519Signer, Signer

__all__ = [
    "DEVELOPMENT_MARKER",
    "Mode",
    "NodeKeys",
    "StorageKeys",
    "load_signer",
    "read_secret_file",
    "signer_pem",
    "write_secret_file",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeKeys:
    """
    What the node signs with: statements of its own, its log's checkpoints, and cosignatures.

    Without a ``witness`` key it cosigns for nobody.
    """

    node: Signer
    log: Signer
    witness: Signer | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StorageKeys:
    """``wrapping`` encrypts the key of each person; ``index`` keys the digests for lookups."""

    wrapping: WrappingKey
    index: bytes


def load_signer(path: Path, mode: Mode) -> Ed25519Signer:
    """The signer of a PEM file without a passphrase. Raises ConfigurationError."""
    return read_signer(path, KeyRules(mode))
