"""What an importer made of a file: the periods it holds, and what an officer should know of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from portability.core.periods import Duration, Period, PeriodType
from portability.errors import InvalidInputError

_LABELS: Final = ("", "row", "older row", "other row", "declared total", "calculation total")
"""Words before the number of a place, in the order of the form; none for ``file``."""


class Weight(StrEnum):
    """What a finding means for the row that it is about."""

    REFUSED = "refused"  # not taken: the row is broken
    LEFT_OUT = "left-out"  # not taken: sound, but not this institution's to attest
    CHECK = "check"  # taken as communicated; someone should look
    NOTE = "note"  # taken; good to know


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    One thing that an importer noticed.

    ``place`` is ``file``, or a row as the officer counts it; ``field`` the column or key, where
    there is one. ``detail`` is a sentence with the next step and never holds an identifier.
    """

    place: str
    code: str
    weight: Weight
    detail: str
    field: str = ""

    def to_json(self) -> dict[str, str]:
        members = {
            "place": self.place,
            "code": self.code,
            "weight": str(self.weight),
            "detail": self.detail,
        }
        return members | ({"field": self.field} if self.field else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRow:
    """A period as the file has it. ``period.id`` is the place until a record is signed."""

    place: str
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredTotal:
    """A total that the sender declared: a statement of its own, never derived from the rows."""

    place: str
    kind: Literal["relevance", "calculation"]
    type: PeriodType | None
    relevance: str | None
    declared: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonIdentifier:
    """A national number in a file. Used to look the person up; never shown and never logged."""

    jurisdiction: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The whole of a file, in its own order."""

    source: Literal["p5000", "csv"]
    rows: tuple[ImportedRow, ...]
    findings: tuple[Finding, ...]
    file: str = ""
    totals: tuple[DeclaredTotal, ...] = ()
    claims: tuple[str, ...] = ()
    identifiers: tuple[PersonIdentifier, ...] = field(default=(), repr=False)

    @property
    def refused(self) -> tuple[Finding, ...]:
        """The rows that are broken, each with its first fault."""
        return tuple(one for one in self.findings if one.weight is Weight.REFUSED)

    def to_json(self) -> dict[str, object]:
        """The report, without the person: rows, totals and findings."""
        return {
            "source": self.source,
            "rows": [row_to_json(row) for row in self.rows],
            "totals": [total_to_json(total) for total in self.totals],
            "claims": list(self.claims),
            "findings": [finding.to_json() for finding in self.findings],
        }


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings by place, as the file has the places; those about the whole file first."""

    def position(finding: Finding) -> tuple[int, int]:
        label, _, number = finding.place.rpartition(" ")
        return _LABELS.index(label), int(number) if label else 0

    return tuple(sorted(findings, key=position))


def require_whole(imported: Imported) -> None:
    """Raise InvalidInputError if any row of the file was refused; nothing of it is then used."""
    if not imported.refused:
        return
    first = imported.refused[0]
    others = len(imported.refused) - 1
    where = ", ".join(one for one in (imported.file, first.place, first.field) if one)
    more = f" ({others} more rows are refused as well)" if others else ""
    raise InvalidInputError(
        f"{where}: {first.detail}{more}; nothing was taken from the file: correct it, or leave "
        "such rows out with --on-error keep-good",
        row=first.place,
        field=first.field,
    )


def row_to_json(row: ImportedRow) -> dict[str, object]:
    period = row.period
    members: dict[str, object] = {
        "place": row.place,
        "jurisdiction": period.jurisdiction,
        "type": period.type.code,
        "start": period.start.isoformat() if period.start else None,
        "end": period.end.isoformat() if period.end else None,
        "declared": period.declared.to_json() if period.declared else None,
        "communicated": period.communicated,
        "scheme": period.scheme,
        "relevance": period.relevance,
        "calculation": period.calculation,
        "refunded": period.refunded or None,
    }
    return {key: value for key, value in members.items() if value is not None}


def total_to_json(total: DeclaredTotal) -> dict[str, object]:
    members: dict[str, object] = {
        "place": total.place,
        "kind": total.kind,
        "type": total.type.code if total.type else None,
        "relevance": total.relevance,
        "declared": total.declared.to_json(),
    }
    return {key: value for key, value in members.items() if value is not None}
