"""Entitlement records: the signed payload of kind ``entitlement`` and its strict reading."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from portability.consent.scope import Party, party_of
from portability.core.opened import opened
from portability.core.periods import Period
from portability.core.record_kinds import FIELDS, RecordKind
from portability.errors import InvalidInputError
from portability.ledger.envelope import payload_type
from portability.v1 import record_pb2 as pb
from portability.wire.record.contents import (
    KINDS,
    MEMBERS,
    MESSAGES,
    NUMBERS,
    Content,
    check_content,
    content_from_pb,
    content_to_pb,
    kind_of_content,
)
from portability.wire.record.fields import content_from_fields
from portability.wire.record.salted import open_fields
from portability.wire.strict import (
    civil_date,
    exactly,
    hash_or_empty,
    parse_strictly,
)

if TYPE_CHECKING:
    from google.protobuf.message import Message

KIND: Final = "entitlement"
RECORD_TYPE: Final = payload_type(KIND, "protobuf")
SCHEMA: Final = "entitlement-record/1"
MAX_PAYLOAD_BYTES: Final = 16_384
"""A period with a sum for each of 60 years takes about 2 kB; more than this is no record."""

_INSTITUTION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_JURISDICTION = re.compile(r"[A-Z]{2}")
_HASH_BYTES: Final = 32

_MAX_ALIKE: Final = 320
"""Longer ones have sums for each year, or digests: hardly two of them read alike."""

_HEAD: Final = re.compile(
    # schema, a kind of one byte, then salt and commitment of 32 bytes each, as they are encoded
    b"\\x0a\\x14" + SCHEMA.encode() + b"\\x10[\\x00-\\x7f]\\x1a\\x20.{32}\\x22\\x20",
    re.DOTALL,
)
_SALT: Final = 2 + len(SCHEMA) + 4
_AFTER_SALT: Final = _SALT + _HASH_BYTES
_COMMITMENT: Final = _AFTER_SALT + 2
_TAIL: Final = _COMMITMENT + _HASH_BYTES
"""Where salt and commitment begin and end in a payload that ``_HEAD`` matches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownInPart:
    """
    What is shown of a record of which fields are withheld: names and JSON values.

    A name that is not here is withheld; one that is here without a value is not stated.
    """

    kind: RecordKind
    values: tuple[tuple[str, object], ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementRecord:
    """
    One fact that one institution attests.

    ``statement_id`` and the id of a period are empty before the record is signed; ``supersedes``
    is a statement id or empty. ``is_salted``: the payload holds digests of the fields.
    """

    salt: bytes
    subject_commitment: bytes
    jurisdiction: str
    institution: str
    issue_date: date
    supersedes: bytes
    content: Content | ShownInPart
    statement_id: bytes = b""
    is_salted: bool = False

    @property
    def kind(self) -> RecordKind:
        if isinstance(self.content, ShownInPart):
            return self.content.kind
        return kind_of_content(self.content)

    @property
    def issuer(self) -> Party:
        return party_of(self.jurisdiction, self.institution)

    @property
    def period(self) -> Period:
        """The period. Raises InvalidInputError for a record of another kind, or shown in part."""
        if not isinstance(self.content, Period):
            raise InvalidInputError(
                f"the record is of the kind {self.kind} or shown in part, where a whole "
                "contribution period is needed",
                field="kind",
            )
        return self.content


class RecordClaims(NamedTuple):
    """Who a record speaks for: its issuer, and a person known by the commitment alone."""

    jurisdiction: str
    institution: str
    salt: bytes
    subject_commitment: bytes
    supersedes: bytes


def subject_commitment(salt: bytes, person: str) -> bytes:
    """Binds a record to ``persons/<id>``; two readers cannot tell by it that they hold the same."""
    return hashlib.sha256(salt + person.encode()).digest()


def reference_digest(salt: bytes, reference: str) -> bytes:
    """
    What a record holds of a reference, such as a decision's: SHA-256 of the record's salt and it.

    Whoever is shown it and knows the reference can check it.
    """
    return hashlib.sha256(salt + reference.encode()).digest()


def record_from_payload(
    payload: bytes, record_id: str = "", disclosures: Sequence[str] = ()
) -> EntitlementRecord:
    """
    What a verified payload says, with the fields that these disclosures show of a salted one.

    Raises InvalidInputError that names the field, ProofError for a disclosure that is not in it.
    """
    if len(payload) <= _MAX_ALIKE and not disclosures and _HEAD.match(payload):
        alike = _read_alike(payload[:_SALT] + payload[_AFTER_SALT:_COMMITMENT] + payload[_TAIL:])
        return _of_person(alike, payload, record_id)
    return _read(payload, record_id, disclosures)


def _of_person(alike: EntitlementRecord, payload: bytes, record_id: str) -> EntitlementRecord:
    """The record that differs from another one in its salt and in whom it is about."""
    content = alike.content
    made = _new(_Open)
    made.salt = payload[_SALT:_AFTER_SALT]
    made.subject_commitment = payload[_COMMITMENT:_TAIL]
    made.jurisdiction = alike.jurisdiction
    made.institution = alike.institution
    made.issue_date = alike.issue_date
    made.supersedes = alike.supersedes
    made.content = content.with_id(record_id) if isinstance(content, Period) else content
    made.statement_id = bytes.fromhex(record_id)
    made.is_salted = alike.is_salted
    made.__class__ = EntitlementRecord
    return cast("EntitlementRecord", made)


_Open: Any = opened(EntitlementRecord)
_new = object.__new__


@lru_cache(maxsize=16_384)
def _read_alike(rest: bytes) -> EntitlementRecord:
    """
    What payloads say that differ in the 32 bytes of salt and of commitment alone; zeros stand here.

    A month of work reads alike for everybody who worked it, and each wording is read once.
    """
    tag = _COMMITMENT - _AFTER_SALT
    zeros = bytes(_HASH_BYTES)
    head, rest_of_it = rest[: _SALT + tag], rest[_SALT + tag :]
    return _read(head[:_SALT] + zeros + head[_SALT:] + zeros + rest_of_it, "", ())


def _read(payload: bytes, record_id: str, disclosures: Sequence[str]) -> EntitlementRecord:
    message = _message(payload)
    claims = _claims(message)
    return EntitlementRecord(
        salt=claims.salt,
        subject_commitment=claims.subject_commitment,
        jurisdiction=claims.jurisdiction,
        institution=claims.institution,
        issue_date=civil_date(message.issue_date, "issue_date"),
        supersedes=claims.supersedes,
        content=_content(message, record_id, disclosures),
        statement_id=bytes.fromhex(record_id),
        is_salted=message.WhichOneof("content") is None,
    )


def is_salted(payload: bytes) -> bool:
    """Whether a record that was verified before holds digests in place of its fields."""
    return pb.EntitlementRecord.FromString(payload).WhichOneof("content") is None


def check_record(payload: bytes, disclosures: Sequence[str] = ()) -> RecordClaims:
    """
    Who a payload speaks for, once everything that ``record_from_payload`` demands holds of it.

    For the node, which takes in thousands a second and reads none of them. A salted record must
    come with all its fields. Raises as ``record_from_payload``.
    """
    message = _message(payload)
    claims = _claims(message)
    civil_date(message.issue_date, "issue_date")
    member = message.WhichOneof("content")
    if member is None or disclosures:
        if isinstance(_content(message, "", disclosures), ShownInPart):
            raise InvalidInputError(
                "disclosures of some fields are missing; send one for each digest in the record",
                field="disclosures",
            )
        return claims
    content = getattr(message, member).SerializeToString()
    check_content(member, content, claims.jurisdiction, claims.institution)
    return claims


def record_to_payload(record: EntitlementRecord) -> bytes:
    """
    The bytes to sign, with the content in clear.

    From then on only these bytes are stored, sent and checked.
    """
    message = record_head(record)
    getattr(message, MEMBERS[record.kind]).CopyFrom(content_to_pb(whole_content(record)))
    return message.SerializeToString()


def record_head(record: EntitlementRecord) -> pb.EntitlementRecord:
    """Everything but the content."""
    return pb.EntitlementRecord(
        schema=SCHEMA,
        kind=NUMBERS[record.kind],
        salt=record.salt,
        subject_commitment=record.subject_commitment,
        jurisdiction=record.jurisdiction,
        institution=record.institution,
        issue_date=record.issue_date.isoformat(),
        supersedes=record.supersedes,
    )


def whole_content(record: EntitlementRecord) -> Content:
    """The content of a record that is shown whole; InvalidInputError for one shown in part."""
    if isinstance(record.content, ShownInPart):
        raise InvalidInputError("some fields of the record are withheld", field="disclosures")
    return record.content


def _message(payload: bytes) -> pb.EntitlementRecord:
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise InvalidInputError(
            f"the record has {len(payload)} bytes, {MAX_PAYLOAD_BYTES} are allowed",
            field="payload",
            limit=str(MAX_PAYLOAD_BYTES),
        )
    message = parse_strictly(pb.EntitlementRecord, payload, "record")
    if message.schema != SCHEMA:
        raise InvalidInputError(f"schema is not {SCHEMA}", field="schema")
    kind = KINDS.get(message.kind)
    member = message.WhichOneof("content")
    if kind is None or (member is not None and member != MEMBERS[kind]):
        raise InvalidInputError("kind is unknown here, or not that of the content", field="kind")
    if kind is RecordKind.INVALIDATION and not message.supersedes:
        raise InvalidInputError(
            "supersedes is empty, but an invalidation must name the record that it withdraws",
            field="supersedes",
        )
    _check_digests(message.field_digests, kind, is_salted=member is None)
    return message


def _check_digests(digests: Sequence[bytes], kind: RecordKind, *, is_salted: bool) -> None:
    """A digest for each field in place of the content, or none beside it."""
    if not is_salted and not digests:
        return
    if not digests:
        raise InvalidInputError(f"the record of the kind {kind} has no content", field="kind")
    wanted = len(FIELDS[kind]) if is_salted and kind is not RecordKind.INVALIDATION else 0
    in_order = list(digests) == sorted(set(digests))
    if len(digests) != wanted or not in_order or any(len(one) != _HASH_BYTES for one in digests):
        raise InvalidInputError(
            f"field_digests does not hold {wanted} digests of 32 bytes in ascending order: one "
            "for each field of the kind in place of the content, none beside it",
            field="field_digests",
        )


def _claims(message: pb.EntitlementRecord) -> RecordClaims:
    return RecordClaims(
        jurisdiction=_matching(_JURISDICTION, message.jurisdiction, "jurisdiction"),
        institution=_matching(_INSTITUTION, message.institution, "institution"),
        salt=exactly(message.salt, 32, "salt"),
        subject_commitment=exactly(message.subject_commitment, 32, "subject_commitment"),
        supersedes=hash_or_empty(message.supersedes, "supersedes"),
    )


def _content(
    message: pb.EntitlementRecord, record_id: str, disclosures: Sequence[str]
) -> Content | ShownInPart:
    kind = KINDS[message.kind]
    issuer = (message.jurisdiction, message.institution)
    member = message.WhichOneof("content")
    if member is not None:
        if disclosures:
            raise InvalidInputError(
                "fields are disclosed of it, but it holds no digests of fields",
                field="disclosures",
            )
        return content_from_pb(cast("Message", getattr(message, member)), record_id, *issuer)
    values = open_fields(kind, message.field_digests, disclosures)
    content = content_from_fields(MESSAGES[kind], values)
    if len(values) < len(FIELDS[kind]):
        return ShownInPart(kind=kind, values=tuple(values.items()))
    return content_from_pb(content, record_id, *issuer)


def _matching(pattern: re.Pattern[str], text: str, field: str) -> str:
    if not pattern.fullmatch(text):
        raise InvalidInputError(f"{field} is not written as in the directory", field=field)
    return text
