"""
A person's key on their own disk, behind the interface that a passkey will use.

The file holds one Ed25519 key as PEM, readable by its owner alone, and names the person whom it was
enrolled for. It proves neither presence nor verification: assurance level A2 at most.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from agents.new_files import create_for_owner
from agents.profile import load_signer
from portability.consent.signature import SoftwareSigner
from portability.errors import ConfigurationError
from portability.ledger.keys import Ed25519Signer, generate_seed

_NOTE: Final = "Person: "


def make_key(path: Path, randomness: Callable[[int], bytes]) -> Ed25519Signer:
    """
    A new key in a new file that only its owner can read.

    Raises ConfigurationError if the file exists, so that no key is ever overwritten.
    """
    seed = generate_seed(randomness)
    pem = Ed25519PrivateKey.from_private_bytes(seed).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    try:
        new = create_for_owner(path)
    except FileExistsError:
        raise ConfigurationError(
            f"{path} exists already; name a new file, a key is never overwritten", file=str(path)
        ) from None
    except OSError:
        raise ConfigurationError(f"{path} cannot be written", file=str(path)) from None
    with new as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return Ed25519Signer(seed)


def load_key(path: Path) -> SoftwareSigner:
    """Something with which the person signs. Raises ConfigurationError."""
    return SoftwareSigner(signer=load_signer(path))


def note_person(path: Path, person: str) -> None:
    """Write beside the key whom it was enrolled for. Raises ConfigurationError."""
    try:
        with path.open("r+b") as file:
            pem = file.read()
            file.seek(0)
            file.write(f"{_NOTE}{person}\n".encode("ascii") + pem)
    except OSError:
        raise ConfigurationError(f"{path} cannot be written", file=str(path)) from None


def person_of(path: Path) -> str:
    """Whom the key was enrolled for; raises ConfigurationError where the file does not say."""
    try:
        first = path.read_bytes().partition(b"\n")[0].decode("ascii", "replace")
    except OSError:
        raise ConfigurationError(f"{path} cannot be read", file=str(path)) from None
    if not first.startswith(_NOTE):
        raise ConfigurationError(
            f"{path} does not say whom it was enrolled for; run `portability-migrant enrol`",
            file=str(path),
        )
    return first.removeprefix(_NOTE)
