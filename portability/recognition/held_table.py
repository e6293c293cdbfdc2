"""
Who held the file, and for how long, over many cases: by country and step, with totals, so that no
figure tells about a few persons.

A number of fewer than ``FEWEST`` persons is withheld. Since every line of the table (a country with
its total, a step with its total) can be taken apart by subtraction, a line in which one number is
withheld loses a second one, the smallest, until no line has exactly one. Which of them was small
and which protects it is not said. The 90th percentile of few cases is the time of one of them, so
it is given from ``FEWEST_IN_TAIL`` persons on. Source: the rule of primary and complementary
suppression (Hundepool and others, Handbook on Statistical Disclosure Control, 2nd edition 2010,
chapter 4).
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Final

FEWEST: Final = 5
FEWEST_IN_TAIL: Final = 20
"""Of so many persons with a case each, two lie beyond the 90th percentile."""

ALL: Final = ""
"""In place of a country or a step: all of them."""

Place = tuple[str, str]
"""Country and step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCase:
    """
    One case that has ended. ``person`` is whoever it is about, by any value that is theirs alone.
    """

    person: Hashable
    held: Mapping[Place, timedelta]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """
    One place of the table; ``jurisdiction`` or ``step`` is ALL in totals.

    ``cases`` and ``median`` are None where the cell is withheld, ``percentile_90`` also where there
    are too few cases for it.
    """

    jurisdiction: str
    step: str
    cases: int | None
    median: timedelta | None
    percentile_90: timedelta | None

    @property
    def withheld(self) -> bool:
        return self.cases is None


@dataclass(slots=True)
class _Counted:
    """What falls into one place."""

    persons: set[Hashable]
    times: list[timedelta]


def held_table(cases: Iterable[HeldCase], fewest: int = FEWEST) -> tuple[Cell, ...]:
    """
    The table of these cases, by country and step, the totals first; empty for no case.

    In a total a case counts once, with all the time that it adds there.
    """
    counted = _count(cases)
    withheld = _withheld({place: len(found.persons) for place, found in counted.items()}, fewest)
    return tuple(
        _cell(place, found, withheld=place in withheld) for place, found in sorted(counted.items())
    )


def _count(cases: Iterable[HeldCase]) -> dict[Place, _Counted]:
    counted: defaultdict[Place, _Counted] = defaultdict(lambda: _Counted(set(), []))
    for one in cases:
        sums: defaultdict[Place, timedelta] = defaultdict(timedelta)
        for (jurisdiction, step), lasted in one.held.items():
            for place in _places(jurisdiction, step):
                sums[place] += lasted
        for place, lasted in sums.items():
            counted[place].persons.add(one.person)
            counted[place].times.append(lasted)
    return counted


def _places(jurisdiction: str, step: str) -> Iterator[Place]:
    """The cell itself and the three totals that it adds to."""
    for country in (jurisdiction, ALL):
        for kind in (step, ALL):
            yield country, kind


def _withheld(persons: Mapping[Place, int], fewest: int) -> set[Place]:
    """What is small, and what has to go with it so that no line gives it away."""
    withheld = {place for place, count in persons.items() if count < fewest}
    lines = _lines(persons)
    changed = True
    while changed:
        changed = False
        for line in lines:
            left = [place for place in line if place not in withheld]
            if len(line) - len(left) == 1 and left:
                withheld.add(min(left, key=lambda place: (_is_total(place), persons[place], place)))
                changed = True
    return withheld


def _lines(persons: Mapping[Place, int]) -> list[list[Place]]:
    """Each country and each step with its total, and the totals themselves."""
    places = sorted(persons)
    countries = sorted({country for country, _ in places})
    steps = sorted({step for _, step in places})
    by_country = [[place for place in places if place[0] == one] for one in countries]
    by_step = [[place for place in places if place[1] == one] for one in steps]
    return [*by_country, *by_step]


def _is_total(place: Place) -> int:
    return place.count(ALL)


def _cell(place: Place, found: _Counted, *, withheld: bool) -> Cell:
    ordered = sorted(found.times)
    has_tail = not withheld and len(found.persons) >= FEWEST_IN_TAIL
    return Cell(
        jurisdiction=place[0],
        step=place[1],
        cases=None if withheld else len(ordered),
        median=None if withheld else _nearest_rank(ordered, 50),
        percentile_90=_nearest_rank(ordered, 90) if has_tail else None,
    )


def _nearest_rank(ordered: list[timedelta], percent: int) -> timedelta:
    return ordered[ceil(len(ordered) * percent / 100) - 1]
