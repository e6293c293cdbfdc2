"""Who met whom on the same dates, gathered into few discrepancies instead of one per row."""

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


_Note = tuple[str, str, int, int]
"""The ids of the loser and of the winner, and the first and last day (ordinals)."""


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
        self._notes: dict[_Key, list[_Note]] = {}
        self._equivalents: dict[str, list[tuple[str, int, int]]] = {}

    def note(
        self, kind: DiscrepancyKind, loser: Period, winner: Period, days: tuple[int, int]
    ) -> None:
        """Remember that ``winner`` counts days that ``loser`` certifies too."""
        key = (kind, winner.jurisdiction, loser.jurisdiction)
        self._notes.setdefault(key, []).append((loser.id, winner.id, *days))

    def note_equivalent(self, loser: Period, winner: Period, days: tuple[int, int]) -> None:
        """Remember equivalent days that an equivalent period elsewhere counts."""
        self._equivalents.setdefault(winner.id, []).append((loser.id, *days))

    def note_undecided(self, record: Period, days: tuple[int, int]) -> None:
        """Remember days that 987/2009 Art 12(5) does not assign to anybody."""
        self.note(DiscrepancyKind.EQUIVALENT_UNDECIDED, record, record, days)

    def discrepancies(self, rules: Rules) -> tuple[Discrepancy, ...]:
        return tuple(
            _discrepancy(key, self._notes[key], self._others(key), rules)
            for key in sorted(self._notes)
        )

    def _others(self, key: _Key) -> set[str]:
        """The records that claim the same days as those whose days nobody is assigned."""
        if key[0] is not DiscrepancyKind.EQUIVALENT_UNDECIDED:
            return set()
        return {
            other
            for _, winner, first, last in self._notes[key]
            for other, begin, end in self._equivalents.get(winner, ())
            if begin <= last and first <= end
        }


def _discrepancy(key: _Key, notes: list[_Note], others: set[str], rules: Rules) -> Discrepancy:
    kind, winner, loser = key
    losers, winners, starts, ends = zip(*notes, strict=True)
    days = sum(ends) - sum(starts) + len(notes)
    first, last = date.fromordinal(min(starts)), date.fromordinal(max(ends))
    where = f" ({winner})" if winner == loser else f" ({winner} and {loser})"
    if kind is DiscrepancyKind.EQUIVALENT_UNDECIDED:  # the other jurisdictions are not noted
        where = f", in {winner} and elsewhere, as equivalent"
    article = {
        DiscrepancyKind.SAME_DATES: NATIONAL_LAW,
        DiscrepancyKind.EQUIVALENT_UNDECIDED: "overlap_two_equivalents",
    }.get(kind, "overlap_other")
    return Discrepancy(
        kind=kind,
        jurisdiction=loser,
        records=tuple(sorted({*losers, *winners, *others})),
        detail=f"{days} days between {first} and {last} are certified more than once"
        f"{where}; they are counted once, in {winner}",
        action=_ACTIONS[kind],
        article=rules.cite(article)[0],
    )
