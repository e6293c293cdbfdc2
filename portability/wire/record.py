"""Entitlement records: the signed payload of kind ``entitlement`` and its strict reading."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Final, NamedTuple

from portability.core.periods import Communicated, Duration, Period, PeriodType
from portability.core.units import Exact, exact_text
from portability.errors import InvalidInputError
from portability.ledger.envelope import payload_type
from portability.v1 import record_pb2 as pb
from portability.wire.strict import (
    civil_date,
    exactly,
    hash_or_empty,
    optional_date,
    parse_strictly,
)

KIND: Final = "entitlement"
RECORD_TYPE: Final = payload_type(KIND, "protobuf")
SCHEMA: Final = "entitlement-record/1"
MAX_PAYLOAD_BYTES: Final = 16_384
"""A period with a sum for each of 60 years takes about 2 kB; more than this is no record."""

_INSTITUTION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_JURISDICTION = re.compile(r"[A-Z]{2}")
_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,5})(?:\.[0-9]{1,6})?", re.ASCII)
_PARTS: Final = ("years", "months", "quarters", "weeks", "days")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementRecord:
    """
    One fact that one institution attests. ``period.id`` is the record's statement id in hex,
    or empty before it is signed; ``supersedes`` is a statement id or empty.
    """

    salt: bytes
    subject_commitment: bytes
    jurisdiction: str
    institution: str
    issue_date: date
    supersedes: bytes
    period: Period


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


def record_from_payload(payload: bytes, record_id: str = "") -> EntitlementRecord:
    """What a verified payload says. Raises InvalidInputError that names the field."""
    message = _message(payload)
    claims = _claims(message)
    return EntitlementRecord(
        salt=claims.salt,
        subject_commitment=claims.subject_commitment,
        jurisdiction=claims.jurisdiction,
        institution=claims.institution,
        issue_date=civil_date(message.issue_date, "issue_date"),
        supersedes=claims.supersedes,
        period=_period(
            message.contribution_period, record_id, claims.jurisdiction, claims.institution
        ),
    )


def check_record(payload: bytes) -> RecordClaims:
    """
    Who a payload speaks for, once everything that ``record_from_payload`` demands holds of it.

    For the node, which takes in thousands a second and reads none of them. Raises as that does.
    """
    message = _message(payload)
    claims = _claims(message)
    civil_date(message.issue_date, "issue_date")
    content = message.contribution_period.SerializeToString()
    _check_period(content, claims.jurisdiction, claims.institution)
    return claims


def record_to_payload(record: EntitlementRecord) -> bytes:
    """The bytes to sign. From then on only these bytes are stored, sent and checked."""
    period = record.period
    return pb.EntitlementRecord(
        schema=SCHEMA,
        kind=pb.RECORD_KIND_CONTRIBUTION_PERIOD,
        salt=record.salt,
        subject_commitment=record.subject_commitment,
        jurisdiction=record.jurisdiction,
        institution=record.institution,
        issue_date=record.issue_date.isoformat(),
        supersedes=record.supersedes,
        contribution_period=pb.ContributionPeriod(
            period_type=period.type.code,
            start_date=period.start.isoformat() if period.start else "",
            end_date=period.end.isoformat() if period.end else "",
            declared=declared_to_pb(period.declared) if period.declared else None,
            communication=_COMMUNICATION[period.communicated],
            by_year=[
                pb.YearlySum(year=year, declared=declared_to_pb(declared))
                for year, declared in period.by_year
            ],
            scheme=period.scheme or "",
            relevance=period.relevance or "",
            calculation=period.calculation or "",
            refunded=period.refunded,
        ),
    ).SerializeToString()


def declared_to_pb(declared: Duration) -> pb.DeclaredSum:
    """Raises InvalidInputError for a sum that six decimals cannot hold."""
    parts = {part: _exact_to_text(getattr(declared, part), part) for part in _PARTS}
    if declared.hours:
        raise InvalidInputError("hours cannot be sent in a declared sum; use days", field="hours")
    return pb.DeclaredSum(**parts, day_type=declared.day_type or 0)


def declared_from_pb(message: pb.DeclaredSum, field: str) -> Duration:
    """Raises InvalidInputError for a part that is not a plain decimal, or a wrong day type."""
    values = {
        part: _exact_from_text(text, f"{field}.{part}")
        for part in _PARTS
        if (text := getattr(message, part))
    }
    return Duration(**values, day_type=message.day_type or None)


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
    if message.kind != pb.RECORD_KIND_CONTRIBUTION_PERIOD or not message.HasField(
        "contribution_period"
    ):
        raise InvalidInputError(
            "kind is not a contribution period, the only kind that this version takes",
            field="kind",
        )
    return message


def _claims(message: pb.EntitlementRecord) -> RecordClaims:
    return RecordClaims(
        jurisdiction=_matching(_JURISDICTION, message.jurisdiction, "jurisdiction"),
        institution=_matching(_INSTITUTION, message.institution, "institution"),
        salt=exactly(message.salt, 32, "salt"),
        subject_commitment=exactly(message.subject_commitment, 32, "subject_commitment"),
        supersedes=hash_or_empty(message.supersedes, "supersedes"),
    )


@lru_cache(maxsize=16_384)
def _check_period(content: bytes, jurisdiction: str, institution: str) -> None:
    """A month of work reads alike for everybody who worked it, so each is read once."""
    message = pb.ContributionPeriod.FromString(content)
    _period(message, "", jurisdiction, institution)


def _period(
    message: pb.ContributionPeriod, record_id: str, jurisdiction: str, institution: str
) -> Period:
    kind = PeriodType.parse(message.period_type)
    if message.period_type != kind.code:
        raise InvalidInputError("period_type is not a P5000 code", field="period_type")
    if message.communication not in _COMMUNICATED:
        raise InvalidInputError("communication is unknown", field="communication")
    return Period(
        id=record_id,
        jurisdiction=jurisdiction,
        institution=institution,
        type=kind,
        start=optional_date(message.start_date, "start_date"),
        end=optional_date(message.end_date, "end_date"),
        declared=(
            declared_from_pb(message.declared, "declared") if message.HasField("declared") else None
        ),
        communicated=_COMMUNICATED[message.communication],
        by_year=tuple(
            (item.year, declared_from_pb(item.declared, "by_year")) for item in message.by_year
        ),
        scheme=message.scheme or None,
        relevance=message.relevance or None,
        calculation=message.calculation or None,
        refunded=message.refunded,
    )


def _matching(pattern: re.Pattern[str], text: str, field: str) -> str:
    if not pattern.fullmatch(text):
        raise InvalidInputError(f"{field} is not written as in the directory", field=field)
    return text


def _exact_from_text(text: str, field: str) -> Exact:
    if not _DECIMAL.fullmatch(text):
        raise InvalidInputError(
            f"{field} is not a decimal of at most six digits before and after the point",
            field=field,
        )
    return Fraction(text) if "." in text else int(text)


def _exact_to_text(value: Exact, field: str) -> str:
    if not value:
        return ""
    text = str(exact_text(value))
    _exact_from_text(text, field)
    return text


_COMMUNICATED: Final[dict[int, Communicated]] = {
    pb.COMMUNICATION_UNSPECIFIED: "aggregate",
    pb.COMMUNICATION_AGGREGATE: "aggregate",
    pb.COMMUNICATION_YEARLY: "yearly",
}
_COMMUNICATION: Final[dict[Communicated, pb.Communication]] = {
    "aggregate": pb.COMMUNICATION_AGGREGATE,
    "yearly": pb.COMMUNICATION_YEARLY,
}
