"""
The node's secrets, each in a file of its own that only its owner can read.

Signing keys are Ed25519 in PEM (PKCS#8); storage keys are 32 bytes as 64 hex digits. A key made for
development carries a marker line and is refused in production. There is no default for any of them.
"""

import os
import re
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, NoReturn

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portability.errors import ConfigurationError
from portability.ledger.keys import Ed25519Signer, Signer

DEVELOPMENT_MARKER: Final = b"# development key: refused in production\n"

MAX_FILE_BYTES: Final = 64 * 1024
OWNER_ONLY: Final = 0o600

_HEX_KEY: Final = re.compile(rb"[0-9a-f]{64}\n?")


class Mode(StrEnum):
    """Development keys are accepted in development mode only."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


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

    wrapping: bytes
    index: bytes


def load_signer(path: Path, mode: Mode) -> Signer:
    """The signer of a PEM file. Raises ConfigurationError naming the file and the next step."""
    data = read_secret_file(path, mode)
    try:
        private = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        _refuse(path, "holds no unencrypted private key in PEM (PKCS#8)")
    if not isinstance(private, Ed25519PrivateKey):
        _refuse(path, "holds a key that is not Ed25519; make one with `openssl genpkey`")
    return Ed25519Signer(private.private_bytes_raw())


def load_storage_key(path: Path, mode: Mode) -> bytes:
    """The 32 bytes of a storage key file. Raises ConfigurationError likewise."""
    data = read_secret_file(path, mode)
    if not _HEX_KEY.fullmatch(data):
        _refuse(path, "is not 64 lower-case hex digits; make one with `openssl rand -hex 32`")
    return bytes.fromhex(data.decode("ascii").removesuffix("\n"))


def read_secret_file(path: Path, mode: Mode) -> bytes:
    """
    The content without its marker line.

    Raises ConfigurationError for a file that others than its owner may read or write, and for a
    development key in production mode.
    """
    try:
        with path.open("rb") as source:
            status = os.fstat(source.fileno())
            data = source.read(MAX_FILE_BYTES)
    except OSError as error:
        _refuse(path, f"cannot be read ({error.strerror}); check its place and owner")
    if not stat.S_ISREG(status.st_mode):
        _refuse(path, "is not a regular file")
    if stat.S_IMODE(status.st_mode) & ~OWNER_ONLY & ~stat.S_IXUSR:
        _refuse(path, f"can be read by others than its owner; run `chmod 600 {path}`")
    if not data.startswith(DEVELOPMENT_MARKER):
        return data
    if mode is Mode.PRODUCTION:
        _refuse(path, "is a development key; make a new one for production")
    return data.removeprefix(DEVELOPMENT_MARKER)


def write_secret_file(path: Path, data: bytes, *, is_development: bool) -> None:
    """Create a file that only its owner can read. Raises ConfigurationError if it exists."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except OSError as error:
        _refuse(path, f"cannot be created ({error.strerror})")
    with os.fdopen(descriptor, "wb") as target:
        target.write((DEVELOPMENT_MARKER if is_development else b"") + data)


def signer_pem(seed: bytes) -> bytes:
    """An Ed25519 seed of 32 bytes as PEM (PKCS#8)."""
    return Ed25519PrivateKey.from_private_bytes(seed).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _refuse(path: Path, why: str) -> NoReturn:
    raise ConfigurationError(f"the key file {path} {why}", file=str(path)) from None
