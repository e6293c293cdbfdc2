"""`portability directory sign`: root key holders sign the list of who is trusted for what."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.text import Text

from agents.exits import HELD
from portability.cli.printing import console
from portability.custody.files import KeyRules, Mode
from portability.custody.loading import load_signer
from portability.custody.passphrases import SecretSource
from portability.custody.places import parse_place
from portability.errors import ConfigurationError, SignatureError
from portability.ledger.directory import DIRECTORY_TYPE, open_directory, parse_directory
from portability.ledger.envelope import (
    Envelope,
    add_signature,
    envelope_from_json,
    envelope_to_json,
    sign_envelope,
)
from portability.ledger.keys import Signer


def sign_directory(
    source: Path, keys: Sequence[str], out: Path, *, passphrase: str | None = None
) -> int:
    """
    Sign a directory (TOML), or add signatures to one that ``out`` already holds signed.

    Root key holders can so sign one after the other, each on their own machine. Raises
    InvalidInputError for a document that is none, ConfigurationError for files and keys.
    """
    payload = _read(source)
    directory = parse_directory(payload)
    rules = KeyRules(Mode.DEVELOPMENT, None if passphrase is None else SecretSource(passphrase))
    signers = [load_signer(parse_place(place, Path()), rules) for place in keys]
    for place, signer in zip(keys, signers, strict=True):
        if signer.key_id not in directory.roots:
            raise ConfigurationError(
                f"{place} is not one of the root keys that {source} names", file=place
            )
    envelope = _signed(payload, signers, out)
    try:
        out.write_bytes(envelope_to_json(envelope))
    except OSError:
        raise ConfigurationError(f"{out} cannot be written", file=str(out)) from None
    console().print(Text(_standing(envelope, tuple(directory.roots.values()), directory.threshold)))
    return HELD


def _signed(payload: bytes, signers: Sequence[Signer], out: Path) -> Envelope:
    if out.exists():
        envelope = envelope_from_json(_read(out))
        if envelope.payload != payload:
            raise ConfigurationError(
                f"{out} holds another version; move it away, or sign the same text", file=str(out)
            )
        rest = signers
    else:
        envelope, rest = sign_envelope(DIRECTORY_TYPE, payload, signers[0]), signers[1:]
    present = {signature.sig for signature in envelope.signatures}
    for signer in rest:  # Ed25519 is deterministic: signing again gives the same signature
        with_it = add_signature(envelope, signer)
        if with_it.signatures[-1].sig not in present:
            envelope = with_it
    return envelope


def _standing(envelope: Envelope, roots: Sequence[bytes], threshold: int) -> str:
    try:
        directory = open_directory(envelope, roots, threshold, datetime.now(UTC))
    except SignatureError:
        return f"signed; it needs {threshold} signatures of different root keys to be in force"
    return f"version {directory.version} is signed and in force until {directory.valid_to}"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise ConfigurationError(f"{path} cannot be read", file=str(path)) from None
