"""Who met whom on the same dates, gathered into few discrepancies instead of one per row."""

from dataclasses import dataclass, field
from datetime import date

from portability.core.agreement import NATIONAL_LAW, Rules
from portability.core.discrepancy import Discrepancy, DiscrepancyKind
from portability.core.periods import Period
from portability.core.sweep import Segment

_Key = tuple[DiscrepancyKind, str, str]

_ACTIONS = {
    DiscrepancyKind.DOUBLE_COMPULSORY: (
        "Ask both institutions which legislation applied on these dates (883/2004 Art 11 to 16) "
        "and have the record that is wrong corrected."
    ),
    DiscrepancyKind.DOUBLE_VOLUNTARY: (
        "Ask both institutions whether the voluntary insurance was admissible (883/2004 Art 14)."
    ),
    DiscrepancyKind.SAME_DATES: (
        "None needed; the dates are counted once and both records are kept. "
        "Ask the institution if one of them should have been withdrawn."
    ),
    DiscrepancyKind.EQUIVALENT_UNDECIDED: (
        "Ask for any compulsory insurance of the person; without it the law does not say which "
        "jurisdiction counts these dates."
    ),
}


@dataclass(slots=True)
class _Note:
    records: set[str] = field(default_factory=set)
    days: int = 0
    first: int = date.max.toordinal()
    last: int = 0

    def add(self, ids: tuple[str, ...], segment: Segment) -> None:
        self.records.update(ids)
        self.days += segment.last - segment.first + 1
        self.first = min(self.first, segment.first)
        self.last = max(self.last, segment.last)


class Overlaps:
    """Collects the overlaps that a person should see."""

    def __init__(self) -> None:
        self._notes: dict[_Key, _Note] = {}

    def note(self, loser: Period, winner: Period, segment: Segment) -> None:
        """Remember that ``winner`` counts days that ``loser`` certifies too, if worth a look."""
        kind = _kind(loser, winner)
        if kind is not None:
            key = (kind, winner.jurisdiction, loser.jurisdiction)
            self._notes.setdefault(key, _Note()).add((loser.id, winner.id), segment)

    def note_undecided(self, record: Period, segment: Segment) -> None:
        """Remember days that 987/2009 Art 12(5) does not assign to anybody."""
        key = (DiscrepancyKind.EQUIVALENT_UNDECIDED, record.jurisdiction, record.jurisdiction)
        self._notes.setdefault(key, _Note()).add((record.id,), segment)

    def discrepancies(self, rules: Rules) -> tuple[Discrepancy, ...]:
        return tuple(
            _discrepancy(key, note, rules) for key, note in sorted(self._notes.items(), key=_order)
        )


def _order(item: tuple[_Key, _Note]) -> _Key:
    return item[0]


def _kind(loser: Period, winner: Period) -> DiscrepancyKind | None:
    if loser.jurisdiction == winner.jurisdiction:
        return DiscrepancyKind.SAME_DATES
    if loser.type.period_class is not winner.type.period_class:
        return None
    if loser.type.is_compulsory:
        return DiscrepancyKind.DOUBLE_COMPULSORY
    return DiscrepancyKind.DOUBLE_VOLUNTARY if loser.type.is_voluntary else None


def _discrepancy(key: _Key, note: _Note, rules: Rules) -> Discrepancy:
    kind, winner, loser = key
    first, last = date.fromordinal(note.first), date.fromordinal(note.last)
    where = winner if winner == loser else f"{winner} and {loser}"
    article = {
        DiscrepancyKind.SAME_DATES: NATIONAL_LAW,
        DiscrepancyKind.EQUIVALENT_UNDECIDED: "overlap_two_equivalents",
    }.get(kind, "overlap_other")
    return Discrepancy(
        kind=kind,
        jurisdiction=loser,
        records=tuple(sorted(note.records)),
        detail=f"{note.days} days between {first} and {last} are certified more than once "
        f"({where}); they are counted once, in {winner}",
        action=_ACTIONS[kind],
        article=rules.cite(article)[0],
    )
