"""
Keys in files: PEM (PKCS#8), encrypted under a passphrase, readable by their owner alone.

A key that `portability up` and its like make for development carries a marker line and is not
encrypted; production refuses both. Storage keys are 32 bytes: the seed of an encrypted PKCS#8 file
as `openssl genpkey -algorithm ed25519` makes it, or, in development, 64 hex digits.
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
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portability.custody.passphrases import MIN_BYTES, Secrets, SecretSource, process_secrets
from portability.errors import ConfigurationError
from portability.ledger.keys import Ed25519Signer, Signer
from portability.ledger.mldsa import MldsaSigner, mldsa_seed

DEVELOPMENT_MARKER: Final = b"# development key: refused in production\n"

MAX_FILE_BYTES: Final = 64 * 1024
OWNER_ONLY: Final = 0o600

_HEX_KEY: Final = re.compile(rb"[0-9a-f]{64}\n?")
_ENCRYPTED: Final = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_PEM: Final = b"-----BEGIN "


class Mode(StrEnum):
    """Development keys, and files that are not encrypted, are accepted in development only."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class KeyRules:
    """How key files are opened: what is accepted, and where the passphrase of those with one is."""

    mode: Mode
    passphrase: SecretSource | None = None
    secrets: Secrets | None = None

    def read_passphrase(self, path: Path) -> bytes:
        """Raises ConfigurationError where the file needs one and none is named, or a short one."""
        if self.passphrase is None:
            _refuse(path, "is encrypted; name its passphrase as env:NAME or fd:NUMBER")
        found = (self.secrets or process_secrets()).read(self.passphrase)
        if len(found) < MIN_BYTES:
            _refuse(
                path, f"has a passphrase of fewer than {MIN_BYTES} characters; take a longer one"
            )
        return found


class FileWrappingKey:
    """A wrapping key in memory: AES-256-GCM."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def wrap(self, nonce: bytes, key: bytes, aad: bytes) -> bytes:
        """Ciphertext and tag, without the nonce."""
        return self._cipher.encrypt(nonce, key, aad)

    def unwrap(self, nonce: bytes, wrapped: bytes, aad: bytes) -> bytes:
        """InvalidTag for what was not wrapped by this key for that place."""
        return self._cipher.decrypt(nonce, wrapped, aad)


def read_signer(path: Path, rules: KeyRules) -> Ed25519Signer:
    """The signer of a PEM file. Raises ConfigurationError naming the file and the next step."""
    return Ed25519Signer(read_seed(path, rules))


def read_witness_signer(path: Path, rules: KeyRules) -> Signer:
    """
    As ``read_signer``, where a key of ML-DSA-44 will do as well: witnesses cosign with either.

    Raises ConfigurationError also where the installed cryptography has no ML-DSA-44.
    """
    private = _read_private(path, read_secret_file(path, rules.mode), rules)
    if isinstance(private, Ed25519PrivateKey):
        return Ed25519Signer(private.private_bytes_raw())
    seed = mldsa_seed(private)
    if seed is None:
        _refuse(path, "holds a key that is neither Ed25519 nor ML-DSA-44")
    return MldsaSigner(seed)


def read_seed(path: Path, rules: KeyRules) -> bytes:
    """The 32 bytes from which the key of a PEM file is made. Raises ConfigurationError likewise."""
    return _read_seed(path, read_secret_file(path, rules.mode), rules)


def read_storage_key(path: Path, rules: KeyRules) -> bytes:
    """The 32 bytes of a storage key file. Raises ConfigurationError likewise."""
    data = read_secret_file(path, rules.mode)
    if data.startswith(_PEM):
        return _read_seed(path, data, rules)
    if not _HEX_KEY.fullmatch(data):
        _refuse(path, "is neither an encrypted PEM file nor 64 lower-case hex digits")
    _check_protected(path, rules)
    return bytes.fromhex(data.decode("ascii").removesuffix("\n"))


def read_tls_key(path: Path, rules: KeyRules) -> bytes:
    """A TLS key as PEM without encryption, for this process alone. Raises ConfigurationError."""
    data = read_secret_file(path, rules.mode)
    if _ENCRYPTED not in data:
        return data
    try:
        private = serialization.load_pem_private_key(data, rules.read_passphrase(path))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        _refuse(path, "does not open with its passphrase")
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


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
        target.flush()
        os.fsync(target.fileno())


def signer_pem(seed: bytes, passphrase: bytes | None = None) -> bytes:
    """An Ed25519 seed of 32 bytes as PEM (PKCS#8), encrypted if there is a passphrase."""
    return Ed25519PrivateKey.from_private_bytes(seed).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase)
        if passphrase
        else serialization.NoEncryption(),
    )


def _read_seed(path: Path, data: bytes, rules: KeyRules) -> bytes:
    private = _read_private(path, data, rules)
    if not isinstance(private, Ed25519PrivateKey):
        _refuse(path, "holds a key that is not Ed25519; make one with `openssl genpkey`")
    return private.private_bytes_raw()


def _read_private(path: Path, data: bytes, rules: KeyRules) -> PrivateKeyTypes:
    start = data.find(_PEM)  # lines before it are a note to people
    if start < 0:
        _refuse(path, "holds no private key in PEM (PKCS#8)")
    passphrase = rules.read_passphrase(path) if _ENCRYPTED in data else None
    if passphrase is None:
        _check_protected(path, rules)
    try:
        return serialization.load_pem_private_key(data[start:], passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        what = "holds no private key in PEM (PKCS#8)"
        _refuse(path, what if passphrase is None else "does not open with its passphrase")


def _check_protected(path: Path, rules: KeyRules) -> None:
    if rules.mode is Mode.PRODUCTION:
        _refuse(
            path,
            "is not encrypted, which production refuses; run `portability keys protect` and name "
            "its passphrase as env:NAME or fd:NUMBER",
        )


def _refuse(path: Path, why: str) -> NoReturn:
    raise ConfigurationError(f"the key file {path} {why}", file=str(path)) from None
