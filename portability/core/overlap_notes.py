"""Who met whom on the same dates, gathered into few discrepancies instead of one per row."""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from portability.core.agreement import NATIONAL_LAW, Rules
from portability.core.discrepancy import Discrepancy, DiscrepancyKind
from portability.core.periods import Period, PeriodClass

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

    def add(self, ids: tuple[str, ...], first: int, last: int) -> None:
        self.records.update(ids)
        self.days += last - first + 1
        self.first = min(self.first, first)
        self.last = max(self.last, last)


class Meeting(NamedTuple):
    """By which rule one period displaces another, and what a person should be told about it."""

    rule: str
    kind: DiscrepancyKind | None


_AT_HOME = Meeting(NATIONAL_LAW, DiscrepancyKind.SAME_DATES)
_EQUIVALENT, _VOLUNTARY, _COMPULSORY = (
    int(found) for found in (PeriodClass.EQUIVALENT, PeriodClass.VOLUNTARY, PeriodClass.COMPULSORY)
)
_ABROAD = {
    (_EQUIVALENT, _EQUIVALENT): Meeting("overlap_two_equivalents", None),
    (_EQUIVALENT, _VOLUNTARY): Meeting("overlap_equivalent", None),
    (_EQUIVALENT, _COMPULSORY): Meeting("overlap_equivalent", None),
    (_VOLUNTARY, _VOLUNTARY): Meeting("overlap_other", DiscrepancyKind.DOUBLE_VOLUNTARY),
    (_VOLUNTARY, _COMPULSORY): Meeting("overlap_voluntary", None),
    (_COMPULSORY, _COMPULSORY): Meeting("overlap_other", DiscrepancyKind.DOUBLE_COMPULSORY),
}
_UNORDERED = Meeting("overlap_other", None)  # the agreement does not order these two classes


def meeting(loser: Period, winner: Period) -> Meeting:
    """What it means that ``winner`` counts days that ``loser`` certifies too."""
    if loser.jurisdiction == winner.jurisdiction:
        return _AT_HOME
    return _ABROAD.get((loser.type.rank, winner.type.rank), _UNORDERED)


class Overlaps:
    """Collects the overlaps that a person should see."""

    def __init__(self) -> None:
        self._notes: dict[_Key, _Note] = {}

    def note(
        self, kind: DiscrepancyKind, loser: Period, winner: Period, days: tuple[int, int]
    ) -> None:
        """Remember that ``winner`` counts days that ``loser`` certifies too."""
        key = (kind, winner.jurisdiction, loser.jurisdiction)
        self._note_for(key).add((loser.id, winner.id), *days)

    def note_undecided(self, record: Period, days: tuple[int, int]) -> None:
        """Remember days that 987/2009 Art 12(5) does not assign to anybody."""
        key = (DiscrepancyKind.EQUIVALENT_UNDECIDED, record.jurisdiction, record.jurisdiction)
        self._note_for(key).add((record.id,), *days)

    def _note_for(self, key: _Key) -> _Note:
        found = self._notes.get(key)
        if found is None:
            found = self._notes[key] = _Note()
        return found

    def discrepancies(self, rules: Rules) -> tuple[Discrepancy, ...]:
        return tuple(
            _discrepancy(key, note, rules) for key, note in sorted(self._notes.items(), key=_order)
        )


def _order(item: tuple[_Key, _Note]) -> _Key:
    return item[0]


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
