"""
The configuration of one node: a TOML file, read strictly, in which no secret has a default.

Paths are relative to the file. Every refusal is a ConfigurationError that names file, key and what
to write instead.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from portability.consent.document import WithdrawalMeans
from portability.core.document import Table, read_document
from portability.custody.files import KeyRules, read_storage_key, read_tls_key
from portability.custody.loading import load_signer, load_witness_signer, load_wrapping_key
from portability.custody.passphrases import Secrets, SecretSource
from portability.custody.places import KeyPlace, parse_place
from portability.errors import ConfigurationError, InvalidInputError
from portability.federation.channel import TlsIdentity
from portability.ledger.encoding import decode_hex
from portability.ledger.keys import KEY_BYTES, check_public_key
from portability.node.agreements.settings import AgreementSettings, read_agreement_settings
from portability.node.calls.limits import Limits
from portability.node.cases.answer_delay import AnswerDelay, read_answer_delay
from portability.node.erasure.rules import ErasureSettings, read_settings
from portability.node.keys import Mode, NodeKeys, StorageKeys
from portability.node.logging import LEVELS
from portability.node.persons.passkeys import PasskeySettings
from portability.recognition.versions import LATEST, OLDEST

SQLITE_PREFIX: Final = "sqlite+aiosqlite:///"
POSTGRESQL_PREFIX: Final = "postgresql+asyncpg://"
WITHDRAWAL_TEXT: Final = "withdrawal.claim-old-age"

_JURISDICTION: Final = re.compile(r"[A-Z]{2}")
_ADDRESS: Final = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(?P<port>[0-9]{1,5})")
_MAX_PORT: Final = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to listen; port 0 lets the system choose."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPlaces:
    """
    A node without a ``witness`` key cosigns the logs of others for nobody.

    ``passphrase`` says where that of the encrypted files is.
    """

    node: KeyPlace
    log: KeyPlace
    wrapping: KeyPlace
    index: Path
    witness: KeyPlace | None = None
    passphrase: SecretSource | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    certificate: Path
    key: Path
    ca: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectorySettings:
    """``threshold`` of the pinned ``root_keys`` (raw) must have signed the file."""

    file: Path
    root_keys: tuple[bytes, ...]
    threshold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeConfig:
    """One node's settings. Printed without ``database``, which may hold a password."""

    file: Path
    jurisdiction: str
    mode: Mode
    listen: Address
    observe: Address
    database: str
    keys: KeyPlaces
    tls: TlsFiles
    directory: DirectorySettings
    erasure: ErasureSettings
    limits: Limits
    agreements: AgreementSettings
    withdrawal: WithdrawalMeans
    log_level: str
    protocol_version: int
    answers: AnswerDelay
    passkeys: PasskeySettings | None = None

    @property
    def database_file(self) -> Path | None:
        """The file of an embedded database; None for a database server."""
        if not self.database.startswith(SQLITE_PREFIX):
            return None
        return Path(self.database.removeprefix(SQLITE_PREFIX))

    def __repr__(self) -> str:
        return f"NodeConfig(file={self.file}, jurisdiction={self.jurisdiction})"


def load_config(path: Path) -> NodeConfig:
    """Read the file. Raises ConfigurationError. Keys and certificates are not read yet."""
    try:
        source = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"the configuration {path} cannot be read ({error.strerror}); check its place",
            file=str(path),
        ) from None
    try:
        return _config(read_document(source, str(path)), path.resolve())
    except InvalidInputError as error:
        raise ConfigurationError(
            f"{error.message}; correct the configuration and start again", **error.context
        ) from None


def load_keys(config: NodeConfig, secrets: Secrets | None = None) -> tuple[NodeKeys, StorageKeys]:
    """
    Open the keys, with passphrases and PINs from this process's own secrets if none are given.

    Raises ConfigurationError, and KeyUnavailableError for a token that is out of reach.
    """
    places, rules = config.keys, _rules(config, secrets)
    node, log = load_signer(places.node, rules), load_signer(places.log, rules)
    witness = None if places.witness is None else load_witness_signer(places.witness, rules)
    seen: dict[bytes, str] = {}
    for name, signer in (("node", node), ("log", log), ("witness", witness)):
        other = name if signer is None else seen.setdefault(signer.public, name)
        if other != name:
            raise _one_key(config, other, name)
    index = read_storage_key(places.index, rules)
    if isinstance(places.wrapping, Path) and read_storage_key(places.wrapping, rules) == index:
        raise _one_key(config, "wrapping", "index")
    storage = StorageKeys(wrapping=load_wrapping_key(places.wrapping, rules), index=index)
    return NodeKeys(node=node, log=log, witness=witness), storage


def load_tls(config: NodeConfig, secrets: Secrets | None = None) -> TlsIdentity:
    """Read certificate, key and authorities. Raises ConfigurationError."""
    files = config.tls
    return TlsIdentity(
        ca=_read_public(files.ca),
        certificate=_read_public(files.certificate),
        key=read_tls_key(files.key, _rules(config, secrets)),
    )


def _rules(config: NodeConfig, secrets: Secrets | None) -> KeyRules:
    return KeyRules(config.mode, config.keys.passphrase, secrets)


def _one_key(config: NodeConfig, first: str, second: str) -> ConfigurationError:
    return ConfigurationError(
        f"{config.file}: keys.{first} and keys.{second} are one key; a key has one purpose, "
        "make another",
        file=str(config.file),
        field=f"keys.{second}",
    )


def _config(root: Table, file: Path) -> NodeConfig:
    base = file.parent
    mode = root.choice("mode", Mode)
    config = NodeConfig(
        file=file,
        jurisdiction=_jurisdiction(root),
        mode=mode,
        listen=_address(root, "listen"),
        observe=_loopback(root, "observe"),
        database=_database(root, base),
        keys=_keys(root.table("keys"), base),
        tls=_tls(root.table("tls"), base),
        directory=_directory(root.table("directory"), base),
        erasure=read_settings(root.table("erasure"), base),
        limits=_limits(root.optional_table("limits")),
        agreements=read_agreement_settings(root.optional_table("agreements"), base),
        withdrawal=_withdrawal(root),
        log_level=_log_level(root),
        protocol_version=_protocol_version(root),
        answers=read_answer_delay(root.optional_table("answers"), mode),
        passkeys=_passkeys(root.optional_table("passkeys")),
    )
    root.finish()
    return config


def _keys(table: Table, base: Path) -> KeyPlaces:
    witness, passphrase = table.optional_text("witness"), table.optional_text("passphrase")
    keys = KeyPlaces(
        node=_place(table, "node", base),
        log=_place(table, "log", base),
        wrapping=_place(table, "wrapping", base),
        index=base / table.text("index"),
        witness=None if witness is None else _place(table, "witness", base),
        passphrase=None if passphrase is None else _source(table, passphrase),
    )
    table.finish()
    named = [keys.node, keys.log, keys.witness, keys.wrapping, keys.index]
    if len({place for place in named if place is not None}) != len(named) - named.count(None):
        table.refuse(None, "names one key twice; a key has one purpose, make another")
    return keys


def _place(table: Table, key: str, base: Path) -> KeyPlace:
    try:
        return parse_place(table.text(key), base)
    except ConfigurationError as error:
        table.refuse(key, error.message)


def _source(table: Table, text: str) -> SecretSource:
    try:
        return SecretSource(text)
    except ConfigurationError as error:
        table.refuse("passphrase", error.message)


def _tls(table: Table, base: Path) -> TlsFiles:
    tls = TlsFiles(
        certificate=base / table.text("certificate"),
        key=base / table.text("key"),
        ca=base / table.text("ca"),
    )
    table.finish()
    return tls


def _directory(table: Table, base: Path) -> DirectorySettings:
    settings = DirectorySettings(
        file=base / table.text("file"),
        root_keys=tuple(
            table.parse("root_keys", _public_key, text) for text in table.texts("root_keys")
        ),
        threshold=table.integer("threshold"),
    )
    table.finish()
    if not 1 <= settings.threshold <= len(set(settings.root_keys)):
        table.refuse("threshold", "must be between 1 and the number of different root keys")
    return settings


def _limits(table: Table | None) -> Limits:
    if table is None:
        return Limits()
    default = Limits()
    limits = Limits(
        message_bytes=_positive(table, "message_bytes", default.message_bytes),
        call_seconds=_positive(table, "call_seconds", int(default.call_seconds)),
        stream_seconds=_positive(table, "stream_seconds", int(default.stream_seconds)),
        calls_per_second=_positive(table, "calls_per_second", int(default.calls_per_second)),
        burst=_positive(table, "burst", default.burst),
        concurrent_calls=_positive(table, "concurrent_calls", default.concurrent_calls),
    )
    table.finish()
    return limits


def _withdrawal(root: Table) -> WithdrawalMeans:
    """Each consent tells the person where to withdraw it (GDPR Art 7(3))."""
    table = root.table("withdrawal")
    url, phone, office = table.text("url"), table.text("phone"), table.text("office")
    text_key = table.optional_text("text_key") or WITHDRAWAL_TEXT
    table.finish()
    return root.build(
        None,
        lambda: WithdrawalMeans(url=url, phone=phone, office=office, text_key=text_key),
    )


def _passkeys(table: Table | None) -> PasskeySettings | None:
    """The relying party of the home portal; a node without one takes no passkeys."""
    if table is None:
        return None
    party, name, origins = (
        table.text("relying_party_id"),
        table.text("name"),
        table.texts("origins"),
    )
    table.finish()
    return table.build(
        None,
        lambda: PasskeySettings(relying_party_id=party, name=name, origins=tuple(origins)),
    )


def _positive(table: Table, key: str, default: int) -> int:
    number = table.optional_integer(key)
    if number is None:
        return default
    return number if 0 < number < 2**31 else table.refuse(key, "must be a positive number")


def _jurisdiction(root: Table) -> str:
    code = root.text("jurisdiction")
    if not _JURISDICTION.fullmatch(code):
        root.refuse("jurisdiction", "must be the two capital letters of ISO 3166-1, such as FR")
    return code


def _log_level(root: Table) -> str:
    level = root.optional_text("log_level") or "info"
    return level if level in LEVELS else root.refuse("log_level", f"must be {', '.join(LEVELS)}")


def _protocol_version(root: Table) -> int:
    """The latest by default; an earlier one until all nodes of a federation are upgraded."""
    version = root.optional_integer("protocol_version")
    if version is None:
        return LATEST
    if not OLDEST <= version <= LATEST:
        root.refuse("protocol_version", f"must be {OLDEST} to {LATEST}, or left out")
    return version


def _address(root: Table, key: str) -> Address:
    match = _ADDRESS.fullmatch(root.text(key))
    if match is None or int(match["port"]) > _MAX_PORT:
        root.refuse(key, "must be HOST:PORT, such as 127.0.0.1:7001")
    return Address(host=match["host"].strip("[]"), port=int(match["port"]))


def _loopback(root: Table, key: str) -> Address:
    """The read side answers without TLS, so it is for this machine alone."""
    address = _address(root, key)
    try:
        is_loopback = ip_address(address.host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        root.refuse(key, "must be a loopback address, such as 127.0.0.1:7002")
    return address


def _database(root: Table, base: Path) -> str:
    url = root.text("database")
    if url.startswith(POSTGRESQL_PREFIX):
        return url
    if not url.startswith(SQLITE_PREFIX) or len(url) == len(SQLITE_PREFIX):
        root.refuse("database", f"must start with {SQLITE_PREFIX} or {POSTGRESQL_PREFIX}")
    return f"{SQLITE_PREFIX}{base / url.removeprefix(SQLITE_PREFIX)}"


def _public_key(text: str) -> bytes:
    public = decode_hex(text, what="root key", length=KEY_BYTES)
    check_public_key(public)
    return public


def _read_public(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"the certificate file {path} cannot be read ({error.strerror}); check its place",
            file=str(path),
        ) from None
