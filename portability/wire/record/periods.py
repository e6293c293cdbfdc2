"""Contribution periods between protobuf and the core's values."""

import re
from fractions import Fraction
from typing import Final

from portability.core.periods import Communicated, Duration, Period, PeriodType
from portability.core.units import Exact, exact_text
from portability.errors import InvalidInputError
from portability.v1 import record_pb2 as pb
from portability.wire.strict import optional_date

_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,5})(?:\.[0-9]{1,6})?", re.ASCII)
_PARTS: Final = ("years", "months", "quarters", "weeks", "days")


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


def period_to_pb(period: Period) -> pb.ContributionPeriod:
    """Raises as ``declared_to_pb``."""
    return pb.ContributionPeriod(
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
    )


def period_from_pb(
    message: pb.ContributionPeriod, record_id: str, jurisdiction: str, institution: str
) -> Period:
    """The period of a record. Raises InvalidInputError that names the field."""
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
