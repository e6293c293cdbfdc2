"""
An agent's profile: which node it talks to, with what certificate, and whom it trusts.

A TOML file; paths in it are relative to it. Everything is checked when it is read, so that a
mistake is told with file, key and line before anything is sent.
"""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from portability.core.document import Table, read_document
from portability.custody.files import KeyRules, Mode, read_signer
from portability.custody.loading import load_signer as load_from
from portability.custody.passphrases import SecretSource
from portability.custody.places import KeyPlace, parse_place
from portability.errors import ConfigurationError, InvalidInputError, SignatureError
from portability.ledger.directory import Directory, follow_directories
from portability.ledger.encoding import decode_hex
from portability.ledger.envelope import Envelope, envelope_from_json
from portability.ledger.keys import KEY_BYTES, Ed25519Signer, Signer, check_public_key

PROFILE_VARIABLE: Final = "PORTABILITY_PROFILE"
MAX_FILE_BYTES: Final = 4_000_000

_ENDPOINT: Final = re.compile(r"[A-Za-z0-9.\[\]:-]{1,253}:[0-9]{1,5}")
_JURISDICTION: Final = re.compile(r"[A-Z]{2}")
_INSTITUTION: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_VERSION: Final = re.compile(r"[1-9][0-9]{0,8}")
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach a node, and by what name its certificate must call it."""

    endpoint: str
    jurisdiction: str
    server_name: str
    ca: Path
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionKey:
    """
    The institution that an agency acts for, and where its signing key is.

    In production the key is in an encrypted file or in a PKCS#11 token.
    """

    id: str
    signing_key: KeyPlace
    rules: KeyRules

    def signer(self) -> Signer:
        """
        Raises ConfigurationError for a key that is missing, open to others, not protected as it
        must be, or none; KeyUnavailableError for a token that is out of reach.
        """
        return load_from(self.signing_key, self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryTrust:
    """
    The directory and the root keys that this installation pins.

    ``file`` holds one version, or is a folder of versions named `1.json`, `2.json` and so on.
    """

    file: Path
    root_keys: tuple[bytes, ...]
    threshold: int

    def open(self, now: datetime) -> Directory:
        """The verified directory. Raises as ``open_directory``, ConfigurationError for the file."""
        try:
            found = follow_directories(self.envelopes(), self.root_keys, self.threshold)[-1]
        except SignatureError as error:
            raise SignatureError(
                f"{self.file} is not to be trusted: {error.message}; compare root_keys and "
                "threshold in the profile with what the federation publishes",
                **error.context,
            ) from None
        found.check_in_force(now)
        return found

    def envelopes(self) -> tuple[Envelope, ...]:
        """The versions as they were signed, in order, unverified."""
        names = [one.stem for one in self.file.glob("*.json") if _VERSION.fullmatch(one.stem)]
        files = [self.file / f"{name}.json" for name in sorted(names, key=int)] or [self.file]
        return tuple(map(_read_version, files))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """``institution`` is None for an agent that acts for none: a person's, an auditor's."""

    path: Path
    connection: Connection
    institution: InstitutionKey | None
    directory: DirectoryTrust

    def acting_institution(self) -> InstitutionKey:
        """Raises ConfigurationError for a profile without an institution."""
        if self.institution is None:
            raise ConfigurationError(
                f"{self.path} has no [institution]; use the profile of an agency",
                field="institution",
            )
        return self.institution


def find_profile(given: Path | None) -> Path:
    """The profile that was named, or the one in the environment. Raises ConfigurationError."""
    named = os.environ.get(PROFILE_VARIABLE)
    if given is None and not named:
        raise ConfigurationError(
            f"no profile was named; give --profile FILE or set {PROFILE_VARIABLE}", field="profile"
        )
    return given if given is not None else Path(named or "")


def load_profile(path: Path) -> Profile:
    """Read and check a profile. Raises ConfigurationError naming file, key and line."""
    source = read_file(path, "profile")
    try:
        return _profile(read_document(source, str(path)), path)
    except InvalidInputError as error:
        raise ConfigurationError(error.message, **error.context) from None


def load_signer(path: Path) -> Ed25519Signer:
    """
    The Ed25519 key in a PEM file (PKCS#8) without a passphrase, which nobody else may read.

    Raises ConfigurationError.
    """
    return read_signer(path, KeyRules(Mode.DEVELOPMENT))


def check_owner_only(path: Path) -> None:
    """Raises ConfigurationError for a missing file, or one that others can read or write."""
    try:
        mode = path.stat().st_mode
    except OSError:
        raise _unusable(path, "cannot be found or opened; check the path") from None
    if mode & _OTHERS:
        raise _unusable(path, f"can be read by others; run: chmod 600 {path}")


def read_file(path: Path, what: str) -> bytes:
    """The bytes of a file of modest size. Raises ConfigurationError."""
    try:
        with path.open("rb") as file:
            source = file.read(MAX_FILE_BYTES + 1)
    except OSError:
        why = f"cannot be read; it is needed as the {what}, so check its place and owner"
        raise _unusable(path, why) from None
    if len(source) > MAX_FILE_BYTES:
        raise _unusable(path, f"is over {MAX_FILE_BYTES} bytes, too large for a {what}")
    return source


@contextmanager
def said_of(file: Path) -> Iterator[None]:
    """Have a refusal of what a file says name the file, if it does not yet."""
    try:
        yield
    except InvalidInputError as error:
        if file.name in error.message:
            raise
        raise type(error)(f"{file}: {error.message}", **error.context) from None


def _read_version(file: Path) -> Envelope:
    with said_of(file):
        return envelope_from_json(read_file(file, "directory"))


def _profile(root: Table, path: Path) -> Profile:
    institution = root.optional_table("institution")
    mode = root.choice("mode", Mode, default=Mode.DEVELOPMENT)
    profile = Profile(
        path=path,
        connection=_connection(root.table("connection"), path.parent),
        institution=None if institution is None else _institution(institution, path.parent, mode),
        directory=_directory(root.table("directory"), path.parent),
    )
    root.finish()
    return profile


def _connection(table: Table, base: Path) -> Connection:
    connection = Connection(
        endpoint=_matching(table, "endpoint", _ENDPOINT, "must be HOST:PORT"),
        jurisdiction=_matching(table, "jurisdiction", _JURISDICTION, "must be two capital letters"),
        server_name=table.text("server_name"),
        ca=_file(table, "ca", base),
        certificate=_file(table, "certificate", base),
        key=_file(table, "key", base),
    )
    table.finish()
    return connection


def _institution(table: Table, base: Path, mode: Mode) -> InstitutionKey:
    try:
        place = parse_place(table.text("signing_key"), base)
    except ConfigurationError as error:
        table.refuse("signing_key", error.message)
    passphrase = table.optional_text("passphrase")
    try:
        source = None if passphrase is None else SecretSource(passphrase)
    except ConfigurationError as error:
        table.refuse("passphrase", error.message)
    institution = InstitutionKey(
        id=_matching(table, "id", _INSTITUTION, "must be an id as in the directory"),
        signing_key=place,
        rules=KeyRules(mode, source),
    )
    table.finish()
    return institution


def _directory(table: Table, base: Path) -> DirectoryTrust:
    root_keys = tuple(
        table.parse("root_keys", read_root_key, text) for text in table.texts("root_keys")
    )
    threshold = table.integer("threshold")
    if not 1 <= threshold <= len(set(root_keys)):
        table.refuse("threshold", "must be between 1 and the number of root_keys")
    trust = DirectoryTrust(
        file=_file(table, "file", base), root_keys=root_keys, threshold=threshold
    )
    table.finish()
    return trust


def read_root_key(text: str) -> bytes:
    """A root key in hex. Raises InvalidInputError."""
    public = decode_hex(text, what="root key", length=KEY_BYTES)
    check_public_key(public)
    return public


def _file(table: Table, key: str, base: Path) -> Path:
    text = table.text(key)
    if not text or "\x00" in text:
        table.refuse(key, "must be the path of a file")
    return base / text


def _matching(table: Table, key: str, form: re.Pattern[str], rule: str) -> str:
    text = table.text(key)
    return text if form.fullmatch(text) else table.refuse(key, rule)


def _unusable(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(f"{path} {why}", file=str(path))
