"""Records into what is counted: periods, and periods that something needed of is withheld of."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from portability.core.attestations import (
    ApplicableLegislation,
    AwardedEntitlement,
    Invalidation,
    LifeCertificate,
    Qualification,
)
from portability.core.periods import Branch, Period
from portability.core.record_kinds import RecordKind, needed_fields
from portability.core.withheld import IncompletePeriod
from portability.wire.record.contents import MESSAGES, content_to_pb
from portability.wire.record.fields import content_from_fields, fields_of_content, stated_fields
from portability.wire.record.periods import period_from_pb
from portability.wire.record.record import (
    EntitlementRecord,
    ShownInPart,
    record_head,
    whole_content,
)
from portability.wire.record.salted import field_digests, make_disclosures

if TYPE_CHECKING:
    from portability.v1 import record_pb2 as pb


@dataclass(frozen=True, slots=True, kw_only=True)
class Salted:
    """A record with salted fields: the bytes to sign, and the disclosure of each field."""

    payload: bytes
    disclosures: tuple[str, ...]


class Counted(NamedTuple):
    """What a history gives to count, and what of it cannot count."""

    periods: tuple[Period, ...]
    incomplete: tuple[IncompletePeriod, ...]


def salt_record(record: EntitlementRecord, randomness: Callable[[int], bytes]) -> Salted:
    """
    The record with digests of its fields in place of its content.

    ``randomness`` gives 32 fresh bytes for each field. Raises as ``record_to_payload``.
    """
    values = fields_of_content(content_to_pb(whole_content(record)))
    disclosures = make_disclosures(values, randomness)
    message = record_head(record)
    message.field_digests.extend(field_digests(disclosures))
    return Salted(payload=message.SerializeToString(), disclosures=disclosures)


def values_shown(record: EntitlementRecord) -> dict[str, object]:
    """Every field that is shown, by name, as a JSON value."""
    if isinstance(record.content, ShownInPart):
        return dict(record.content.values)
    return fields_of_content(content_to_pb(record.content))


def names_stated(record: EntitlementRecord) -> tuple[str, ...]:
    """The fields that leave with a record: those that it states, or of a salted one the shown."""
    content = record.content
    if record.is_salted or isinstance(content, ShownInPart):
        return tuple(values_shown(record))
    if isinstance(content, Period):
        return _names_where(tuple(map(bool, _READ_STATED(content))))
    return stated_fields(content_to_pb(content))


_STATED: Final = (
    ("start_date", "start"),
    ("end_date", "end"),
    ("declared", "declared"),
    # how a sum was communicated says nothing where there is none
    ("communication", "declared"),
    ("by_year", "by_year"),
    ("scheme", "scheme"),
    ("relevance", "relevance"),
    ("calculation", "calculation"),
    ("refunded", "refunded"),
)
"""The fields of a period in their order, without its type, and by which part it states each."""

_READ_STATED: Final = attrgetter(*(part for _, part in _STATED))


@cache
def _names_where(stated: tuple[bool, ...]) -> tuple[str, ...]:
    """Most periods of a history state the same fields."""
    names = (name for (name, _), is_stated in zip(_STATED, stated, strict=True) if is_stated)
    return ("period_type", *names)


def days_of(record: EntitlementRecord, first: date, last: date) -> tuple[date, date]:
    """
    The days that a record is about.

    One without a date, or of which dates are withheld, may reach from ``first`` to ``last``. None
    ends before it starts.
    """
    content = record.content
    match content:
        case Period():
            return _from_to(content.start, content.end, first, last)
        case AwardedEntitlement() | ApplicableLegislation():
            return content.start_date, content.end_date or max(content.start_date, last)
        case LifeCertificate():
            return content.alive_date, content.alive_date
        case Qualification():
            return content.as_of_date, content.valid_until_date or content.as_of_date
        case Invalidation():
            return record.issue_date, record.issue_date
        case ShownInPart():
            shown = dict(content.values)
            start, end = shown.get("start_date"), shown.get("end_date")
            return _from_to(
                date.fromisoformat(str(start)) if start else None,
                date.fromisoformat(str(end)) if end else None,
                first,
                last,
            )


def _from_to(start: date | None, end: date | None, first: date, last: date) -> tuple[date, date]:
    """Of one that is open: one that is wholly before or after these days may reach anywhere."""
    if start is None:
        return (first if end is None or first <= end else date.min), end or last
    return start, end or (last if start <= last else date.max)


def limited_to(record: EntitlementRecord, names: Collection[str]) -> EntitlementRecord:
    """What a reader sees to whom only these fields are shown. A plain record hides nothing."""
    if not record.is_salted:
        return record
    shown = values_shown(record)
    values = tuple((name, value) for name, value in shown.items() if name in names)
    if len(values) == len(shown):
        return record
    return replace(record, content=ShownInPart(kind=record.kind, values=values))


def count_periods(records: Iterable[EntitlementRecord], branch: Branch) -> Counted:
    """
    The contribution periods among records, as far as what the branch needs of each is shown.

    Records of other kinds do not count as periods. Raises InvalidInputError for a period that
    contradicts itself.
    """
    periods: list[Period] = []
    incomplete: list[IncompletePeriod] = []
    for record in records:
        content = record.content
        if isinstance(content, Period):
            periods.append(content)
        elif isinstance(content, ShownInPart) and content.kind is RecordKind.CONTRIBUTION_PERIOD:
            found = _period_of(record, content, branch)
            if isinstance(found, Period):
                periods.append(found)
            else:
                incomplete.append(found)
    return Counted(tuple(periods), tuple(incomplete))


def _period_of(
    record: EntitlementRecord, content: ShownInPart, branch: Branch
) -> Period | IncompletePeriod:
    withheld = tuple(name for name in needed_fields(branch) if name not in content.names)
    if withheld:
        return IncompletePeriod(
            id=record.statement_id.hex(), jurisdiction=record.jurisdiction, withheld=withheld
        )
    message = content_from_fields(MESSAGES[content.kind], dict(content.values))
    return period_from_pb(
        cast("pb.ContributionPeriod", message),
        record.statement_id.hex(),
        record.jurisdiction,
        record.institution,
    )
