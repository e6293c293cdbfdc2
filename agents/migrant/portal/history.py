"""
A person's history across countries as a page shows it: one timeline, and what does not fit.

Records that say the same and follow each other day by day, as monthly rows do, are one span; each
span knows its records. Gaps and overlaps are found by dates alone: they say what to look at, and
nothing about rights.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final

from agents.migrant.own_claims import SeenClaim
from agents.migrant.own_history import SeenRecord
from portability.core.discrepancy import DiscrepancyKind
from portability.core.periods import Period
from portability.core.record_kinds import RecordKind
from portability.recognition.statements import Reconciliation

IN_FORCE: Final = "in-force"
CORRECTED: Final = "corrected"
WITHDRAWN: Final = "withdrawn"

ROWS_ON_A_PAGE: Final = 40
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """
    What one institution says of one stretch of time, by one record or by several in a row.

    ``id`` is the first record's, ``records`` all of them; ``signed`` and ``signed_last`` are the
    first and last day of issue. Without both dates it is in no picture.
    """

    id: str
    jurisdiction: str
    institution: str
    type: str
    start: date | None
    end: date | None
    records: tuple[str, ...]
    signed: date
    signed_last: date
    logged: datetime
    state: str
    replaced_by: str
    is_foreign: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Dates, both included; ``jurisdictions`` are those that both speak of them, none for a gap."""

    start: date
    end: date
    jurisdictions: tuple[str, ...] = ()

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A discrepancy that the countries' computation names; ``detail``, ``action`` in English."""

    kind: str
    jurisdiction: str
    detail: str
    action: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherRecord:
    """A record that is no period: an award, an attestation, a certificate."""

    id: str
    kind: str
    jurisdiction: str
    institution: str
    signed: date
    logged: datetime
    state: str
    replaced_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The days that a country speaks of: those that count, and those of replaced records."""

    jurisdiction: str
    counting: tuple[Stretch, ...]
    replaced: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything, oldest first."""

    spans: tuple[Span, ...]
    coverage: tuple[Coverage, ...]
    others: tuple[OtherRecord, ...]
    gaps: tuple[Stretch, ...]
    overlaps: tuple[Stretch, ...]
    differences: tuple[Difference, ...]

    @property
    def jurisdictions(self) -> tuple[str, ...]:
        return tuple(one.jurisdiction for one in self.coverage)

    @property
    def first(self) -> date | None:
        return min((one.start for one in self._days()), default=None)

    @property
    def last(self) -> date | None:
        return max((one.end for one in self._days()), default=None)

    def _days(self) -> Iterator[Stretch]:
        for one in self.coverage:
            yield from (*one.counting, *one.replaced)


def build_history(records: Iterable[SeenRecord], claims: Sequence[SeenClaim] = ()) -> History:
    """The history that these verified records and claims tell."""
    seen = [one for one in records if one.content.kind is not RecordKind.INVALIDATION]
    spans = tuple(_merged(sorted(_spans(seen), key=_order)))
    coverage = tuple(
        _coverage(code, [one for one in spans if one.jurisdiction == code])
        for code in sorted({one.jurisdiction for one in spans})
    )
    covered = {one.jurisdiction: one.counting for one in coverage if one.counting}
    return History(
        spans=spans,
        coverage=coverage,
        others=tuple(_others(seen)),
        gaps=tuple(_gaps(union(one for part in covered.values() for one in part))),
        overlaps=tuple(_overlaps(covered)),
        differences=tuple(_differences(claims)),
    )


def find_span(history: History, record: str) -> Span | None:
    """The span that a record is in."""
    return next((one for one in history.spans if record in one.records), None)


def dated(spans: Iterable[Span]) -> Iterator[Stretch]:
    """The stretches of spans with both dates."""
    for one in spans:
        if one.start is not None and one.end is not None:
            yield Stretch(start=one.start, end=one.end)


def union(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same days in as few stretches as can be, in order."""
    found: list[Stretch] = []
    for one in sorted(stretches, key=lambda one: (one.start, one.end)):
        if found and one.start <= found[-1].end + _DAY:
            found[-1] = replace(found[-1], end=max(found[-1].end, one.end))
        else:
            found.append(Stretch(start=one.start, end=one.end))
    return found


def _spans(records: Iterable[SeenRecord]) -> Iterator[Span]:
    for one in records:
        period = one.content.content
        if isinstance(period, Period):
            yield Span(
                id=one.id.hex(),
                jurisdiction=one.content.jurisdiction,
                institution=one.content.institution,
                type=period.type.label,
                start=period.start,
                end=period.end,
                records=(one.id.hex(),),
                signed=one.content.issue_date,
                signed_last=one.content.issue_date,
                logged=one.accepted,
                state=_state(one),
                replaced_by="" if one.replaced_by is None else one.replaced_by.statement_id.hex(),
                is_foreign=one.is_foreign,
            )


def _order(span: Span) -> tuple[str, str, str, str, date, date]:
    """Spans that may be one stand side by side."""
    start = span.start or date.min
    return (span.jurisdiction, span.institution, span.type, span.state, start, span.end or start)


def _merged(spans: Iterable[Span]) -> list[Span]:
    found: list[Span] = []
    records: list[list[str]] = []
    for one in spans:
        if found and _continues(found[-1], one):
            before = found[-1]
            records[-1].extend(one.records)
            found[-1] = replace(
                before,
                end=one.end,
                signed=min(before.signed, one.signed),
                signed_last=max(before.signed_last, one.signed_last),
                logged=max(before.logged, one.logged),
            )
        else:
            found.append(one)
            records.append(list(one.records))
    whole = [replace(one, records=tuple(ids)) for one, ids in zip(found, records, strict=True)]
    return sorted(whole, key=lambda one: (one.start or date.max, one.jurisdiction, one.id))


def _continues(before: Span, one: Span) -> bool:
    same = (before.jurisdiction, before.institution, before.type, before.state) == (
        one.jurisdiction,
        one.institution,
        one.type,
        one.state,
    )
    follows = before.end is not None and one.start == before.end + _DAY and one.end is not None
    return same and follows and one.state == IN_FORCE


def _others(records: Iterable[SeenRecord]) -> Iterator[OtherRecord]:
    for one in records:
        if not isinstance(one.content.content, Period):
            yield OtherRecord(
                id=one.id.hex(),
                kind=str(one.content.kind),
                jurisdiction=one.content.jurisdiction,
                institution=one.content.institution,
                signed=one.content.issue_date,
                logged=one.accepted,
                state=_state(one),
                replaced_by="" if one.replaced_by is None else one.replaced_by.statement_id.hex(),
            )


def _state(record: SeenRecord) -> str:
    if record.replaced_by is None:
        return IN_FORCE
    return WITHDRAWN if record.replaced_by.kind is RecordKind.INVALIDATION else CORRECTED


def _gaps(covered: Sequence[Stretch]) -> Iterator[Stretch]:
    for before, after in pairwise(covered):
        yield Stretch(start=before.end + _DAY, end=after.start - _DAY)


def _coverage(jurisdiction: str, spans: Sequence[Span]) -> Coverage:
    return Coverage(
        jurisdiction=jurisdiction,
        counting=tuple(union(dated(one for one in spans if one.state == IN_FORCE))),
        replaced=tuple(union(dated(one for one in spans if one.state != IN_FORCE))),
    )


def _overlaps(covered: Mapping[str, Sequence[Stretch]]) -> list[Stretch]:
    """Days of which two countries both say that the person was insured there."""
    codes = sorted(covered)
    found = [
        Stretch(start=max(a.start, b.start), end=min(a.end, b.end), jurisdictions=(one, other))
        for at, one in enumerate(codes)
        for other in codes[at + 1 :]
        for a, b in _meeting(covered[one], covered[other])
    ]
    return sorted(found, key=lambda one: (one.start, one.jurisdictions))


def _meeting(
    ours: Sequence[Stretch], theirs: Sequence[Stretch]
) -> Iterator[tuple[Stretch, Stretch]]:
    """Pairs of stretches that share a day; both are in order and without overlap."""
    at, other = 0, 0
    while at < len(ours) and other < len(theirs):
        a, b = ours[at], theirs[other]
        if a.start <= b.end and b.start <= a.end:
            yield a, b
        if a.end <= b.end:
            at += 1
        else:
            other += 1


def _differences(claims: Sequence[SeenClaim]) -> Iterator[Difference]:
    """Those of each claim's last reconciliation, each once."""
    told: set[Difference] = set()
    for claim in claims:
        results = [
            one.content for one in claim.statements if isinstance(one.content, Reconciliation)
        ]
        for one in _named(results[-1].result if results else b""):
            if one not in told:
                told.add(one)
                yield one


def _named(result: bytes) -> Iterator[Difference]:
    document = json.loads(result) if result else {}
    known = {one.value for one in DiscrepancyKind}
    for one in document.get("discrepancies", ()):
        yield Difference(
            kind=one["kind"] if one["kind"] in known else "other",
            jurisdiction=one["jurisdiction"],
            detail=one["detail"],
            action=one["action"],
            article=one["article"],
        )
