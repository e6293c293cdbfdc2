"""`portability keys ...`: keys in files, encrypted from the start or afterwards."""

import secrets
from pathlib import Path

from rich.text import Text

from agents.exits import HELD
from portability.cli.printing import console
from portability.custody.files import (
    KeyRules,
    Mode,
    read_secret_file,
    read_seed,
    read_storage_key,
    signer_pem,
    write_secret_file,
)
from portability.custody.passphrases import SecretSource
from portability.ledger.keys import Ed25519Signer, generate_seed


def new_key(out: Path, passphrase: str) -> int:
    """A new encrypted key. Raises ConfigurationError."""
    return _write(generate_seed(secrets.token_bytes), out, passphrase)


def protect_key(source: Path, out: Path, passphrase: str) -> int:
    """The same key, encrypted. Raises ConfigurationError."""
    rules = KeyRules(Mode.DEVELOPMENT)
    read_secret_file(source, Mode.PRODUCTION)  # a key that others may have seen stays marked
    is_pem = b"-----BEGIN" in source.read_bytes()
    seed = read_seed(source, rules) if is_pem else read_storage_key(source, rules)
    return _write(seed, out, passphrase)


def _write(seed: bytes, out: Path, passphrase: str) -> int:
    secret = KeyRules(Mode.PRODUCTION, SecretSource(passphrase)).read_passphrase(out)
    write_secret_file(out, signer_pem(seed, secret), is_development=False)
    console().print(Text(f"{out} is encrypted; as a signing key its public half is"))
    console().print(Text(Ed25519Signer(seed).public.hex()))
    return HELD
