"""
Every number unfolded to the records, conversions and articles that it rests on, in words.

An explanation is a tree: a statement with its value, the articles, and the statements below it. The
words are meant to be put into a decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from portability.core.aggregation import Aggregate
from portability.core.benefits import Settlement
from portability.core.entitlement import Entitlement, PaidAs, Reason
from portability.core.findings import words
from portability.core.measure import Contribution, Entry, Length
from portability.core.periods import Period
from portability.core.pieces import Piece
from portability.core.ruling import Line, Ruling
from portability.core.units import exact_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One statement; ``parts`` are what it rests on."""

    text: str
    value: str
    articles: tuple[str, ...] = ()
    parts: tuple["Explanation", ...] = ()

    def to_json(self) -> dict[str, object]:
        return {
            "text": self.text,
            "value": self.value,
            "articles": list(self.articles),
            "parts": [part.to_json() for part in self.parts],
        }

    def lines(self, depth: int = 0) -> tuple[str, ...]:
        """The statements as indented lines, each with its articles."""
        cited = f" [{'; '.join(self.articles)}]" if self.articles else ""
        own = f"{'  ' * depth}{self.text}{cited}"
        return (own, *(line for part in self.parts for line in part.lines(depth + 1)))


_PAID = {
    PaidAs.INDEPENDENT: "the independent benefit, since it is not lower than the pro-rata benefit",
    PaidAs.PRO_RATA: "the pro-rata benefit, since no higher independent benefit is due",
    PaidAs.ALL_PERIODS: "the benefit for all periods, as the last jurisdiction whose conditions "
    "are met, since every jurisdiction holds less than a year",
}
_REASONS = {
    Reason.NO_OWN_PERIODS: "no period counts there",
    Reason.MINIMUM_NOT_MET: "the qualifying period is not reached, even with all periods together",
    Reason.SHORT_PERIOD: "its own periods are shorter than one year and open no right alone",
    Reason.CONDITIONS_NOT_MET: "its conditions other than periods are not met yet",
    Reason.DEFERRED: "the person asked to defer this benefit",
    Reason.AMOUNT_UNKNOWN: "the case does not give what is needed to calculate the amount",
    Reason.OTHER_PAYS: "another jurisdiction pays for all periods",
    Reason.NOT_EXPORTED: "it is paid only to those who live there",
}


_LEFT_OUT = ("conditions_elsewhere", "short_period_others")


def explain(settlement: Settlement) -> tuple[Explanation, ...]:
    """One explanation per scheme, in the settlement's order; then one per ruling."""
    schemes = tuple(_explain(item, settlement) for item in settlement.entitlements)
    return schemes + tuple(_ruled(item) for item in settlement.rulings)


def _ruled(ruling: Ruling) -> Explanation:
    """A decision in the words in which it was made."""
    last = ruling.lines[-1]
    return Explanation(
        text=f"{ruling.jurisdiction}: {_told(last)}",
        value=last.number,
        articles=last.articles,
        parts=tuple(
            Explanation(text=_told(line), value=line.number, articles=line.articles)
            for line in ruling.lines[:-1]
        ),
    )


def _told(line: Line) -> str:
    return f"{line.text}: {line.number}" if line.number else line.text


def _explain(item: Entitlement, settlement: Settlement) -> Explanation:
    label = item.scheme.label
    if item.reason is not None:
        text = f"{label} pays nothing now: {_REASONS[item.reason]}"
    else:
        text = f"{label} pays {item.payable}: {_PAID[item.paid_as]}"
    if item.notes:
        return _by_method(item, settlement)
    parts = [_independent(item, settlement), _pro_rata(item, settlement)]
    parts.append(_periods(item.aggregate, item, settlement))
    if item.supplement is not None:
        parts.append(_supplement(item, settlement))
    return Explanation(
        text=text,
        value=str(item.payable),
        articles=item.basis,
        parts=tuple(part for part in parts if part is not None),
    )


def _by_method(item: Entitlement, settlement: Settlement) -> Explanation:
    """A scheme whose method says in its own words how it came to the amount."""
    label = item.scheme.label
    text = f"{label} pays {item.payable}"
    if item.reason is not None:
        text = f"{label} pays nothing now: {_REASONS[item.reason]}"
    steps = tuple(
        Explanation(text=note.text, value=str(item.payable), articles=note.articles)
        for note in item.notes
    )
    return Explanation(
        text=text,
        value=str(item.payable),
        articles=item.basis,
        parts=(*steps, _periods(item.aggregate, item, settlement)),
    )


def _independent(item: Entitlement, settlement: Settlement) -> Explanation | None:
    if item.independent is None:
        return None
    return Explanation(
        text=f"Independent benefit on own periods alone: {item.independent}",
        value=str(item.independent),
        articles=settlement.rules.cite("independent"),
    )


def _pro_rata(item: Entitlement, settlement: Settlement) -> Explanation | None:
    if item.pro_rata is None or item.ratio is None:
        return None
    sum_text = f"{item.theoretical} × {item.ratio.own}/{item.ratio.total}"
    added = "" if item.voluntary is None else f" + {item.voluntary} for displaced voluntary periods"
    left_out = f", without the periods of {', '.join(item.left_out)}" if item.left_out else ""
    return Explanation(
        text=f"Pro-rata benefit{left_out}: {sum_text}{added} = {item.pro_rata}",
        value=str(item.pro_rata),
        articles=settlement.rules.cite("pro_rata"),
        parts=(
            Explanation(
                text="Theoretical amount, as if all periods had been completed in "
                f"{item.jurisdiction}: {item.theoretical}",
                value=str(item.theoretical),
                articles=settlement.rules.cite("theoretical", "base"),
            ),
            *_dividing(item, settlement),
        ),
    )


def _dividing(item: Entitlement, settlement: Settlement) -> tuple[Explanation, ...]:
    """The periods of the ratio, where they are not those that open the right."""
    if item.dividing is None or item.ratio is None:
        return ()
    sums = item.dividing.sums
    found = []
    if sums != item.aggregate:
        steps = [step for step in item.ratio_steps if step in _LEFT_OUT]
        cited = settlement.rules.cite(*(steps or ["pro_rata"]))
        text = f"Periods in the ratio: {_named(sums)}"
        found.append(_sum(text, sums, item.dividing.entries, settlement, cited))
    if item.ratio.total != sums.total:
        text = f"A full career is {item.ratio.total} {sums.unit.value}; no more enter the ratio"
        articles = settlement.rules.cite("full_career")
        found.append(Explanation(text=text, value=str(item.ratio.total), articles=articles))
    return tuple(found)


def _supplement(item: Entitlement, settlement: Settlement) -> Explanation:
    return Explanation(
        text=f"Supplement up to the minimum benefit of {item.scheme.minimum_benefit}: "
        f"{item.supplement}",
        value=str(item.supplement),
        articles=settlement.rules.cite("minimum_supplement"),
    )


def _periods(sums: Aggregate, item: Entitlement, settlement: Settlement) -> Explanation:
    minimum = item.scheme.minimum
    needed = "" if minimum is None else f"; required are {words(minimum)}"
    cited = settlement.rules.cite("aggregation")
    records = settlement.resolution.records
    return _sum(f"Periods: {_named(sums)}{needed}", sums, records, settlement, cited)


def _named(sums: Aggregate) -> str:
    """The sum in words: ``240 FR + 120 ES = 360 months``."""
    named = " + ".join(f"{length.amount} {code}" for code, length in sums.lengths if length.amount)
    held = f", held to {sums.total} by the yearly maximum" if sums.capped else ""
    together = sum(length.amount for _, length in sums.lengths)
    return f"{named or 0} = {together} {sums.unit.value}{held}"


def _sum(
    text: str,
    sums: Aggregate,
    entries: Sequence[Entry],
    settlement: Settlement,
    articles: tuple[str, ...],
) -> Explanation:
    return Explanation(
        text=text,
        value=str(sums.total),
        articles=articles,
        parts=tuple(
            _length(code, length, entries, settlement)
            for code, length in sums.lengths
            if length.amount
        ),
    )


def _length(
    code: str, length: Length, entries: Sequence[Entry], settlement: Settlement
) -> Explanation:
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
        articles=settlement.rules.cite(*length.steps),
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
        declared = records[item.record].declared
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
