"""
The directory document: read, verified, followed from version to version, and written.

It is TOML under a DSSE envelope that a threshold of root keys signed. Whoever starts afresh pins
the root keys; from then on each version says who signs the next. Source: formats.md, Keys
(Directory) and Signed envelope.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from portability.core.document import Table, read_document
from portability.core.periods import Branch
from portability.errors import InvalidInputError, SignatureError
from portability.ledger.encoding import HASH_BYTES, decode_hex, format_time
from portability.ledger.envelope import Envelope, payload_type, verify_envelope
from portability.ledger.keys import KEY_BYTES, check_public_key, key_id
from portability.ledger.mldsa import MLDSA_KEY_BYTES
from portability.ledger.succession import check_succession
from portability.ledger.trust import (
    NODE_LEVEL,
    Directory,
    EndedLog,
    Institution,
    KeyEntry,
    KeyPurpose,
    Member,
    check_consistent,
)

__all__ = [
    "DIRECTORY_TYPE",
    "NODE_LEVEL",
    "Directory",
    "EndedLog",
    "Institution",
    "KeyEntry",
    "KeyPurpose",
    "Member",
    "build_directory",
    "follow_directories",
    "open_directory",
    "parse_directory",
    "succeed_directory",
]

DIRECTORY_TYPE: Final = payload_type("directory", "toml")
SCHEMA: Final = "directory/1"

_JURISDICTION: Final = re.compile(r"[A-Z]{2}")
_INSTITUTION: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_ENDPOINT: Final = re.compile(r"[A-Za-z0-9.\[\]:-]{1,253}:[0-9]{1,5}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9./:-]{0,252}")
_LINE: Final = re.compile(r"[^\x00-\x1f\x7f\u0080-\u009f\u2028\u2029]{1,300}")


def parse_directory(payload: bytes) -> Directory:
    """What the document says. Raises InvalidInputError. Verify before believing it."""
    root = read_document(payload, "directory")
    if root.text("schema") != SCHEMA:
        root.refuse("schema", f"must be {SCHEMA}")
    publics = [_public(table, "key") for table in _closed(root, "root", {"key"})]
    directory = Directory(
        version=_positive(root, "version"),
        valid_from=_instant(root, "valid_from"),
        valid_to=_instant(root, "valid_to"),
        threshold=_positive(root, "threshold"),
        roots={key_id(public): public for public in publics},
        members=tuple(map(_member, root.tables("member"))),
        institutions=tuple(map(_institution, root.tables("institution"))),
        entries=tuple(map(_entry, root.tables("key"))),
        quorum=root.optional_integer("quorum") or 0,
        ended_logs=tuple(map(_ended_log, root.tables("ended_log"))),
    )
    root.finish()
    if len(directory.roots) != len(publics):
        raise InvalidInputError("the directory names a root key twice", field="root")
    check_consistent(directory)
    return directory


def open_directory(
    envelope: Envelope, root_keys: Iterable[bytes], threshold: int, now: datetime
) -> Directory:
    """
    The directory, once ``threshold`` of the pinned root keys have signed it and it is in force.

    It must also be signed by the threshold of roots that it names itself. Raises SignatureError,
    InvalidInputError, and PreconditionError for one that is expired or not in force yet.
    """
    pinned = {key_id(public): public for public in root_keys}
    verified = verify_envelope(envelope, {DIRECTORY_TYPE}, pinned, threshold)
    directory = parse_directory(verified.payload)
    verify_envelope(envelope, {DIRECTORY_TYPE}, directory.roots, directory.threshold)
    directory.check_in_force(now)
    return directory


def succeed_directory(current: Directory, current_payload: bytes, envelope: Envelope) -> Directory:
    """
    The version that follows ``current``: one more, signed by the threshold of both.

    The same version passes with the same bytes only. Raises SignatureError for a missing signature
    of either threshold, a skipped or a lower version, InvalidInputError for one that changes what
    was. Expired versions pass, as steps on the way: ask ``check_in_force`` of the last one.
    """
    verified = verify_envelope(envelope, {DIRECTORY_TYPE}, current.roots, current.threshold)
    following = parse_directory(verified.payload)
    if following.version == current.version and verified.payload == current_payload:
        return current
    if following.version != current.version + 1:
        raise SignatureError(
            f"version {following.version} of the directory does not follow version "
            f"{current.version}; bring the versions between them in order",
            expected=str(current.version + 1),
            found=str(following.version),
        )
    verify_envelope(envelope, {DIRECTORY_TYPE}, following.roots, following.threshold)
    check_succession(current, following)
    return following


def follow_directories(
    envelopes: Sequence[Envelope], root_keys: Iterable[bytes], threshold: int
) -> tuple[Directory, ...]:
    """
    Versions in order, from the first that ``threshold`` of the pinned root keys have signed on.

    Those before it prove nothing to whoever pinned these keys and are passed over. Raises as
    ``succeed_directory``; whether the last is in force is not asked.
    """
    pinned = {key_id(public): public for public in root_keys}
    found: list[Directory] = []
    payload = b""
    for envelope in envelopes:
        if found:
            following = succeed_directory(found[-1], payload, envelope)
            if following is not found[-1]:
                found.append(following)
        else:
            try:
                verified = verify_envelope(envelope, {DIRECTORY_TYPE}, pinned, threshold)
            except SignatureError:
                if envelope is envelopes[-1]:
                    raise
                continue
            first = parse_directory(verified.payload)
            verify_envelope(envelope, {DIRECTORY_TYPE}, first.roots, first.threshold)
            found.append(first)
        payload = envelope.payload
    return tuple(found)


def build_directory(directory: Directory) -> bytes:
    """The document, laid out to be read; reading it gives back an equal directory."""
    head: dict[str, object] = {
        "schema": SCHEMA,
        "version": directory.version,
        "valid_from": directory.valid_from,
        "valid_to": directory.valid_to,
        "threshold": directory.threshold,
    }
    if directory.quorum:
        head["quorum"] = directory.quorum
    blocks = [_toml(head)]
    blocks += ["[[root]]\n" + _toml({"key": public}) for public in directory.roots.values()]
    blocks += ["[[member]]\n" + _toml(_fields(member)) for member in directory.members]
    blocks += ["[[institution]]\n" + _toml(_fields(one)) for one in directory.institutions]
    blocks += ["[[key]]\n" + _toml(_fields(entry)) for entry in directory.entries]
    blocks += ["[[ended_log]]\n" + _toml(_fields(log)) for log in directory.ended_logs]
    payload = "\n".join(blocks).encode("utf-8")
    parse_directory(payload)  # what cannot be read back is never signed
    return payload


def _member(table: Table) -> Member:
    member = Member(
        jurisdiction=_matching(table, "jurisdiction", _JURISDICTION),
        endpoint=_matching(table, "endpoint", _ENDPOINT),
        log_origin=_matching(table, "log_origin", _NAME),
        server_name=_matching(table, "server_name", _NAME),
    )
    table.finish()
    return member


def _institution(table: Table) -> Institution:
    institution = Institution(
        jurisdiction=_matching(table, "jurisdiction", _JURISDICTION),
        id=_matching(table, "id", _INSTITUTION),
        name=_matching(table, "name", _LINE),
        branches=tuple(table.parse("branches", _branch, text) for text in table.texts("branches")),
        country=_matching(table, "country", _JURISDICTION),
        contact=_matching(table, "contact", _LINE),
        supervisory_authority=_matching(table, "supervisory_authority", _LINE),
    )
    table.finish()
    return institution


def _entry(table: Table) -> KeyEntry:
    entry = KeyEntry(
        jurisdiction=_matching(table, "jurisdiction", _JURISDICTION),
        institution=table.text("institution"),
        purpose=table.choice("purpose", KeyPurpose),
        public=_signing_key(table),
        valid_from=_instant(table, "valid_from"),
        valid_to=_optional_instant(table, "valid_to"),
        cutoff=_optional_instant(table, "cutoff"),
    )
    table.finish()
    return entry


def _ended_log(table: Table) -> EndedLog:
    log = EndedLog(
        jurisdiction=_matching(table, "jurisdiction", _JURISDICTION),
        origin=_matching(table, "origin", _NAME),
        public=_public(table, "public"),
        size=table.integer("size"),
        root=table.parse("root", _hash, table.text("root")),
        kept=table.optional_integer("kept"),
        kept_root=_optional_hash(table, "kept_root"),
    )
    table.finish()
    return log if 0 <= log.size < 2**63 else table.refuse("size", "must be the size of a log")


def _optional_hash(table: Table, key: str) -> bytes | None:
    return None if table.raw(key) is None else table.parse(key, _hash, table.text(key))


def _hash(text: str) -> bytes:
    return decode_hex(text, what="root", length=HASH_BYTES)


def _branch(text: str) -> Branch:
    try:
        return Branch(text)
    except ValueError:
        raise InvalidInputError("it is not a branch of social security", field="branches") from None


def _signing_key(table: Table) -> bytes:
    """The public key of an entry; that of a witness may be one of ML-DSA-44."""
    text = table.text("public")
    is_witness = table.text("purpose") == KeyPurpose.WITNESS
    if not is_witness or len(text) != 2 * MLDSA_KEY_BYTES:
        return _public(table, "public")
    read = partial(decode_hex, what="public", length=MLDSA_KEY_BYTES)
    return table.parse("public", read, text)


def _public(table: Table, key: str) -> bytes:
    def read(text: str) -> bytes:
        public = decode_hex(text, what=key, length=KEY_BYTES)
        check_public_key(public)
        return public

    return table.parse(key, read, table.text(key))


def _closed(root: Table, key: str, known: set[str]) -> list[Table]:
    tables = root.tables(key)
    for table in tables:
        for name in table.keys():  # noqa: SIM118  # a Table is no mapping
            if name not in known:
                table.refuse(name, "is not a key that is known here; check its spelling")
    return tables


def _matching(table: Table, key: str, form: re.Pattern[str]) -> str:
    text = table.text(key)
    return text if form.fullmatch(text) else table.refuse(key, "does not have the form it must")


def _positive(table: Table, key: str) -> int:
    number = table.integer(key)
    return number if 1 <= number < 2**31 else table.refuse(key, "must be a positive number")


def _instant(table: Table, key: str) -> datetime:
    found = _optional_instant(table, key)
    return table.missing(key) if found is None else found


def _optional_instant(table: Table, key: str) -> datetime | None:
    found = table.raw(key)
    if found is None:
        return None
    if isinstance(found, datetime) and found.tzinfo is not None and not found.microsecond:
        return found
    return table.refuse(key, "must be an instant in whole seconds such as 2025-01-31T09:00:00Z")


def _fields(value: Member | Institution | KeyEntry | EndedLog) -> Mapping[str, object]:
    """Public fields in the order of the dataclass; those that are None are left out."""
    names = type(value).__dataclass_fields__
    return {name: found for name in names if (found := getattr(value, name)) is not None}


def _toml(values: Mapping[str, object]) -> str:
    return "".join(f"{name} = {_toml_value(value)}\n" for name, value in values.items())


def _toml_value(value: object) -> str:
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, bytes):
        return f'"{value.hex()}"'
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
