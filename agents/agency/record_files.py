"""
A record as an officer writes it: a TOML or JSON file of the fields of record.proto by name.

Beside them stands ``kind``; a digest of a reference is written as the reference itself
(``decision_reference``, ``activity_reference``), which never leaves the office.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from agents.agency.json_text import BOM
from agents.profile import said_of
from portability.core.money import parse_money
from portability.core.record_kinds import FIELDS, RecordKind
from portability.errors import ConfigurationError, InvalidInputError
from portability.ledger.documents import load_json_object, load_toml
from portability.wire.record import Content, content_from_values, reference_digest

MAX_FILE_BYTES: Final = 65_536
_MAX_REFERENCE: Final = 200

REFERENCES: Final = {
    "decision_reference": "decision_digest",
    "activity_reference": "activity_digest",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFile:
    """What a file says. ``references`` are by the field that holds the digest of each."""

    kind: RecordKind
    values: Mapping[str, object]
    references: Mapping[str, str]

    def content(self, salt: bytes, jurisdiction: str, institution: str) -> Content:
        """What the record will say. Raises InvalidInputError that names the field."""
        digests = {
            name: reference_digest(salt, reference).hex()
            for name, reference in self.references.items()
        }
        return content_from_values(self.kind, {**self.values, **digests}, jurisdiction, institution)


def read_record_file(path: Path) -> RecordFile:
    """
    Read a file. What its fields mean is checked when the record is made.

    Raises ConfigurationError for a file that cannot be read, InvalidInputError for a broken one.
    """
    try:
        with path.open("rb") as file:
            source = file.read(MAX_FILE_BYTES + 1)
    except OSError:
        raise ConfigurationError(f"{path} cannot be read; check the path", file=str(path)) from None
    if len(source) > MAX_FILE_BYTES:
        raise InvalidInputError(f"{path.name} is no record: it is too long", field="file")
    text = source.removeprefix(BOM)
    load = load_json_object if text.lstrip().startswith(b"{") else load_toml
    with said_of(path):
        return _record_file(load(text, what="record"))


def _record_file(members: Mapping[str, object]) -> RecordFile:
    kind = _kind(members.get("kind"))
    fields = set(FIELDS[kind])
    values: dict[str, object] = {}
    references: dict[str, str] = {}
    for name, value in members.items():
        if REFERENCES.get(name) in fields:
            references[REFERENCES[name]] = _reference(name, value)
        elif name in fields:
            values[name] = _value(value)
        elif name != "kind":
            raise InvalidInputError(
                f"{name} is no field of a {kind}; it has {', '.join(FIELDS[kind])}", field=name
            )
    return RecordFile(kind=kind, values=values, references=references)


def _kind(value: object) -> RecordKind:
    known = [kind for kind in RecordKind if kind is not RecordKind.INVALIDATION]
    for kind in known:
        if value == kind.value:
            return kind
    raise InvalidInputError(
        f"kind must be one of {', '.join(known)}; an invalidation is made by `record invalidate`",
        field="kind",
    )


def _reference(name: str, value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= _MAX_REFERENCE:
        raise InvalidInputError(
            f"{name} must be text of 1 to {_MAX_REFERENCE} characters", field=name
        )
    return value


def _value(value: object) -> object:
    """TOML's dates as ISO text, and ``"800.00 EUR"`` as an amount; all else as it is."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and value[-4:-3] == " ":
        try:
            amount = parse_money(value)
        except InvalidInputError:
            return value
        parts = {"minor_units": amount.minor, "currency": amount.currency}
        return {name: part for name, part in parts.items() if part}
    return value
