"""Lengths unfolded to the records and conversions that they rest on, in words."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from portability.core.aggregation import Aggregate
from portability.core.agreement import Rules
from portability.core.explanation_tree import Explanation
from portability.core.findings import words
from portability.core.measure import Contribution, Entry, Length
from portability.core.periods import Period
from portability.core.pieces import Piece
from portability.core.units import exact_text


def named_sum(sums: Aggregate) -> str:
    """The sum in words: ``240 FR + 120 ES = 360 months``."""
    named = " + ".join(f"{length.amount} {code}" for code, length in sums.lengths if length.amount)
    held = f", held to {sums.total} by the yearly maximum" if sums.capped else ""
    together = sum(length.amount for _, length in sums.lengths)
    return f"{named or 0} = {together} {sums.unit.value}{held}"


def unfold(
    text: str,
    sums: Aggregate,
    entries: Sequence[Entry],
    rules: Rules,
    articles: tuple[str, ...],
) -> Explanation:
    return Explanation(
        text=text,
        value=str(sums.total),
        articles=articles,
        parts=tuple(
            _length(code, length, entries, rules) for code, length in sums.lengths if length.amount
        ),
    )


def _length(code: str, length: Length, entries: Sequence[Entry], rules: Rules) -> Explanation:
    exact = exact_text(length.exact)
    steps = [f"{exact} {length.unit.value}"]
    if length.raised:
        steps.append("raised to the full year that it was")
    if length.capped:
        steps.append("held to the yearly maximum")
    if length.exact != length.amount and not (length.raised or length.capped):
        steps.append("rounded up")
    told = f"{length.amount} {length.unit.value}"
    if len(steps) > 1:
        told = f"{', '.join(steps)}: {told}"
    return Explanation(
        text=f"{code}: {told}",
        value=str(length.amount),
        articles=rules.cite(*length.steps),
        parts=tuple(_contribution(code, item, length, entries) for item in length.contributions),
    )


def _contribution(
    code: str, item: Contribution, length: Length, entries: Sequence[Entry]
) -> Explanation:
    value = exact_text(Fraction(item.scaled) / length.size)
    return Explanation(
        text=f"{_source(code, item, entries)}: {value} {length.unit.value}",
        value=str(value),
    )


def _source(code: str, item: Contribution, entries: Sequence[Entry]) -> str:
    """Which record, or which records' dates, a contribution comes from."""
    records = {record.id: record for record, _ in entries}
    if item.record is not None:
        record = records[item.record]
        declared = dict(record.by_year).get(item.year or 0, record.declared)
        told = "" if declared is None else f", declared {words(declared)}"
        year = "" if item.year is None else f" in {item.year}"
        return f"record {item.record}{year}{told}"
    if item.first is None or item.last is None:
        return "calendar months shared by two spells"
    ids = [
        record.id
        for record, pieces in entries
        if _in_run(record, pieces, code, item.first, item.last)
    ]
    begin, end = date.fromordinal(item.first), date.fromordinal(item.last)
    return f"dates {begin} to {end} of {', '.join(ids)}"


def _in_run(record: Period, pieces: tuple[Piece, ...], code: str, first: int, last: int) -> bool:
    return (
        record.jurisdiction == code
        and record.declared is None
        and any(
            piece.counts
            and piece.first is not None
            and piece.last is not None
            and first <= piece.first
            and piece.last <= last
            for piece in pieces
        )
    )
