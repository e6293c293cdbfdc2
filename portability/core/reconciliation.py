"""
One agreed history out of several, with what does not fit, and a digest to countersign.

A pure function of the set of records, the agreement version, the branch and the day: independent of
order, repetition and grouping, so that every party computes the same digest.

The digest is the SHA-256 of ``signed_text`` as UTF-8: one JSON object without white space between
tokens and with sorted keys. ``records`` are the ids of the inputs, sorted; ``jurisdictions`` stand
beside them. ``pieces`` holds columns, record by record and in order of dates: the position of the
record, first and last day as proleptic Gregorian ordinals (day 1 is 0001-01-01; null without
dates), the first letters of the states, and the position of the record that prevails.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from types import MappingProxyType
from typing import NamedTuple

from portability.core.agreement import Pack, Rules
from portability.core.discrepancy import Discrepancy
from portability.core.findings import record_findings
from portability.core.measure import Counting, Entry, measure
from portability.core.overlap import Resolution, resolve
from portability.core.periods import Branch, Period
from portability.core.pieces import Piece, State
from portability.core.withheld import (
    HeldBack,
    IncompletePeriod,
    held_back_findings,
    withheld_findings,
)
from portability.errors import InvalidInputError

FORMAT = 1  # of the document behind the digest; part of it
_LETTERS = {state: state.value[0] for state in State}


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What one jurisdiction's records hold after reconciliation."""

    jurisdiction: str
    unit: str
    amount: int
    calendar_days: int

    def to_json(self) -> dict[str, object]:
        return {"unit": self.unit, "amount": self.amount, "calendar_days": self.calendar_days}


class ReconciledPeriod(NamedTuple):
    """One record with its pieces, in order of their dates."""

    id: str
    jurisdiction: str
    pieces: tuple[Piece, ...]

    @property
    def state(self) -> State:
        return overall_state(self.pieces)

    @property
    def counted_days(self) -> int:
        """Calendar days that count; 0 for a record without dates."""
        return sum(piece.days for piece in self.pieces if piece.counts)

    def to_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "jurisdiction": self.jurisdiction,
            "state": self.state.value,
            "pieces": [piece_json(piece) for piece in self.pieces],
        }


def overall_state(pieces: tuple[Piece, ...]) -> State:
    """The state of a whole record: flagged or counted if any piece is, else that of the first."""
    states = [piece.state for piece in pieces]
    for state in (State.FLAGGED, State.COUNTED):
        if state in states:
            return state
    return states[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """
    The agreed history; ``inputs`` and ``entries`` are in order of the record ids.

    ``signed_text`` is the document that ``digest`` (64 hex digits) is of.
    """

    agreement: str
    agreement_version: str
    branch: str
    as_of: date
    inputs: tuple[str, ...]
    entries: tuple[Entry, ...]
    totals: Mapping[str, Total]
    discrepancies: tuple[Discrepancy, ...]
    signed_text: str
    digest: str

    @property
    def periods(self) -> tuple[ReconciledPeriod, ...]:
        """Each record with its pieces."""
        return tuple(
            ReconciledPeriod(record.id, record.jurisdiction, pieces)
            for record, pieces in self.entries
        )

    def to_json(self) -> dict[str, object]:
        """The agreed history for people and programs, with the digest."""
        return {
            "agreement": self.agreement,
            "agreement_version": self.agreement_version,
            "branch": self.branch,
            "as_of": self.as_of.isoformat(),
            "inputs": list(self.inputs),
            "periods": [item.to_json() for item in self.periods],
            "totals": {code: total.to_json() for code, total in self.totals.items()},
            "discrepancies": [item.to_json() for item in self.discrepancies],
            "digest": self.digest,
        }


def reconcile(
    periods: Iterable[Period],
    pack: Pack,
    branch: str,
    as_of: date,
    *,
    incomplete: Iterable[IncompletePeriod] = (),
    held_back: Iterable[HeldBack] = (),
) -> Reconciliation:
    """
    The agreed history of the given records under the version in force on ``as_of``.

    ``incomplete`` are records that do not count because something needed of them is withheld: each
    is a discrepancy, and so is each institution in ``held_back``. Raises NoAgreementError if the
    pack does not hold on that day, InvalidInputError if the branch is unknown or one id stands for
    two different records.
    """
    rules = pack.rules_on(as_of)
    chosen = branch_of(branch)
    resolution = resolve(periods, rules, chosen)
    columns = _columns(resolution)
    totals = _totals(columns.by_jurisdiction, rules)
    discrepancies = (
        resolution.discrepancies
        + record_findings(resolution.records, rules)
        + withheld_findings(incomplete, chosen, rules)
        + held_back_findings(held_back, rules)
    )
    text = _signed_text(columns, rules, chosen, totals, discrepancies)
    return Reconciliation(
        agreement=rules.agreement,
        agreement_version=rules.version,
        branch=chosen.value,
        as_of=as_of,
        inputs=tuple(columns.ids),
        entries=resolution.records,
        totals=MappingProxyType(totals),
        discrepancies=discrepancies,
        signed_text=text,
        digest=sha256(text.encode()).hexdigest(),
    )


def branch_of(text: str) -> Branch:
    """A branch by its name; raises InvalidInputError naming the known ones."""
    for branch in Branch:
        if branch.value == text:
            return branch
    known = ", ".join(branch.value for branch in Branch)
    raise InvalidInputError(f"the branch must be one of {known}", field="branch")


class _Columns(NamedTuple):
    """What is needed of the records, read once: in long histories that is what takes time."""

    ids: list[str]
    jurisdictions: list[str]
    pieces: list[tuple[Piece, ...]]
    by_jurisdiction: dict[str, list[Entry]]


def _columns(resolution: Resolution) -> _Columns:
    found = _Columns([], [], [], {})
    for entry in resolution.records:
        record, pieces = entry
        found.ids.append(record.id)
        found.jurisdictions.append(record.jurisdiction)
        found.pieces.append(pieces)
        found.by_jurisdiction.setdefault(record.jurisdiction, []).append(entry)
    return found


def _totals(by_jurisdiction: dict[str, list[Entry]], rules: Rules) -> dict[str, Total]:
    return {code: _total(code, by_jurisdiction[code], rules) for code in sorted(by_jurisdiction)}


def _total(code: str, entries: list[Entry], rules: Rules) -> Total:
    months = code in rules.calendar_month_jurisdictions
    counting = Counting.CALENDAR_MONTHS if months else Counting.EXACT
    length = measure(entries, rules.reconciliation_unit, rules.conversion, counting)
    return Total(
        jurisdiction=code,
        unit=rules.reconciliation_unit.value,
        amount=length.amount,
        calendar_days=length.calendar_days,
    )


def _signed_text(
    columns: _Columns,
    rules: Rules,
    branch: Branch,
    totals: Mapping[str, Total],
    discrepancies: tuple[Discrepancy, ...],
) -> str:
    document = {
        "format": FORMAT,
        "agreement": rules.agreement,
        "agreement_version": rules.version,
        "branch": branch.value,
        "as_of": rules.day.isoformat(),
        "records": columns.ids,
        "jurisdictions": columns.jurisdictions,
        "pieces": _piece_columns(columns),
        "totals": {code: total.to_json() for code, total in totals.items()},
        "discrepancies": [item.to_json() for item in discrepancies],
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _piece_columns(columns: _Columns) -> dict[str, object]:
    """The pieces of all records, column by column."""
    positions: dict[str | None, int | None] = {None: None}
    positions.update(zip(columns.ids, range(len(columns.ids)), strict=True))
    owners = [place for place, found in enumerate(columns.pieces) for _ in found]
    pieces = [piece for found in columns.pieces for piece in found]
    first, last, state, by, _ = zip(*pieces, strict=True) if pieces else ((),) * len(Piece._fields)
    return {
        "record": owners,
        "first": first,
        "last": last,
        "state": "".join([_LETTERS[found] for found in state]),
        "by": [positions[found] for found in by],
    }


def piece_json(piece: Piece) -> dict[str, object]:
    """A piece for a JSON document: dates, state, and what displaced it."""
    found: dict[str, object] = {"state": piece.state.value}
    if piece.first is not None and piece.last is not None:
        found["start"] = date.fromordinal(piece.first).isoformat()
        found["end"] = date.fromordinal(piece.last).isoformat()
    if piece.by is not None:
        found["by"] = piece.by
    return found


def first_difference(mine: Reconciliation, other: Reconciliation) -> str | None:
    """The first input or rule on which two results differ, in words; None if they agree."""
    if mine.digest == other.digest:
        return None
    for name in ("agreement", "agreement_version", "branch", "as_of"):
        left, right = getattr(mine, name), getattr(other, name)
        if left != right:
            return f"{name.replace('_', ' ')}: {left} here, {right} there"
    only = sorted(set(mine.inputs) ^ set(other.inputs))
    if only:
        place = "here" if only[0] in set(mine.inputs) else "there"
        return f"record {only[0]} is an input only {place}"
    return _first_result_difference(mine, other)


def _first_result_difference(mine: Reconciliation, other: Reconciliation) -> str:
    for left, right in zip(mine.periods, other.periods, strict=True):
        if left != right:
            return (
                f"record {left.id} is {left.state} here and {right.state} there, or split otherwise"
            )
    for code in sorted(set(mine.totals) | set(other.totals)):
        if mine.totals.get(code) != other.totals.get(code):
            return f"the total of {code} differs"
    return "the discrepancies found differ"
