"""
Foreign coverage in US calendar quarters (POMS GN 01706.020, 01706.030; 20 CFR 404.1908).

A calendar quarter is a number, ``4 * year + place`` with place 0 to 3. The rules:

- foreign quarters are credited from the quarter in which a spell begins, consecutively; quarters
  with a US quarter of coverage are skipped; none is credited after the quarter in which the spell
  ends, so what finds no place is lost;
- each spell is credited by itself: where two spells coincide, the quarter counts once;
- a US quarter of a year after 1977 belongs to the year, not to a quarter (RS 00301.230): it is put
  where it admits the most foreign quarters, else where its dates say, else first in the year;
- backwards, everything starts from the last quarter of a spell (GN 01706.030).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

QUARTERS = 4
LAST_FIXED_YEAR = 1977
"""Up to this year a US quarter of coverage belongs to a calendar quarter (RS 00301.230)."""


@dataclass(frozen=True, slots=True)
class Spell:
    """Foreign coverage worth ``count`` quarters, which may stand in ``places`` only, in order."""

    places: tuple[int, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Domestic:
    """
    US quarters of coverage: those ``fixed`` to a quarter, and how many each later year holds.

    ``stated`` are the quarters that the records name for the later years; ``undated`` is how many
    more are certified without any date.
    """

    fixed: frozenset[int]
    yearly: Mapping[int, int]
    stated: frozenset[int]
    undated: int

    @property
    def count(self) -> int:
        return len(self.fixed) + sum(self.yearly.values()) + self.undated


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """
    Quarters covered at home and those credited from abroad; never the same.

    ``years`` are all years with coverage of either kind, credited or not.
    """

    covered: tuple[int, ...]
    foreign: tuple[int, ...]
    years: tuple[int, ...] = ()

    def by_year(self) -> dict[str, str]:
        """``{"1950": "NFFF"}``: N none, F foreign, C covered at home, per calendar quarter."""
        rows = {year: ["N"] * QUARTERS for year in self.years}
        for letter, quarters in (("C", self.covered), ("F", self.foreign)):
            for quarter in quarters:
                year, place = divmod(quarter, QUARTERS)
                rows.setdefault(year, ["N"] * QUARTERS)[place] = letter
        return {str(year): "".join(rows[year]) for year in sorted(rows)}

    def within(self, last: int, length: int) -> int:
        """Quarters of either kind among the ``length`` quarters that end with ``last``."""
        return sum(last - length < quarter <= last for quarter in self.covered + self.foreign)

    def first_foreign(self, needed: int, *, backwards: bool) -> "Pattern":
        """With only as many foreign quarters as needed, in the order in which they are credited."""
        kept = sorted(self.foreign, reverse=backwards)[: max(0, needed)]
        return replace(self, foreign=tuple(sorted(kept)))


class _Way(NamedTuple):
    """
    The best way to a state: ways compare by foreign quarters, then by stated US quarters kept.

    ``earliness`` prefers the earlier place where nothing else decides.
    """

    foreign: int
    kept: int
    earliness: int
    covered: tuple[int, ...]
    credited: tuple[int, ...]


def credit(domestic: Domestic, spells: Sequence[Spell], *, backwards: bool = False) -> Pattern:
    """
    Place US and foreign quarters so that the most foreign ones find a place.

    Year by year, every way to place the year's US quarters is tried. What the future needs to know
    is how many quarters each unfinished spell has left, so ways that agree on that are compared at
    once and only the best is kept: exact, and linear in the number of years.
    """
    years = _years(domestic, spells)
    running = {tuple(spell.count for spell in spells): _Way(0, 0, 0, (), ())}
    for year in sorted(years, reverse=backwards):
        found: dict[tuple[int, ...], _Way] = {}
        for left, way in running.items():
            for covered in _placements(domestic, year):
                rest, next_way = _advance(
                    way,
                    left,
                    spells,
                    covered=covered,
                    year=year,
                    stated=domestic.stated,
                    backwards=backwards,
                )
                known = found.get(rest)
                if known is None or known[:3] < next_way[:3]:
                    found[rest] = next_way
        running = _forget_finished(found, spells, year, backwards=backwards)
    (best,) = running.values()  # after the last year every spell is over, so one state is left
    return Pattern(
        covered=tuple(sorted(best.covered)),
        foreign=tuple(sorted(best.credited)),
        years=tuple(sorted(years)),
    )


def _years(domestic: Domestic, spells: Iterable[Spell]) -> set[int]:
    quarters = [*domestic.fixed, *(place for spell in spells for place in spell.places)]
    return {quarter // QUARTERS for quarter in quarters} | set(domestic.yearly)


def _placements(domestic: Domestic, year: int) -> list[tuple[int, ...]]:
    """Every way to place the US quarters of one year."""
    first = year * QUARTERS
    inside = range(first, first + QUARTERS)
    if year in domestic.yearly:
        return list(combinations(inside, domestic.yearly[year]))
    return [tuple(quarter for quarter in inside if quarter in domestic.fixed)]


def _advance(
    way: _Way,
    left: tuple[int, ...],
    spells: Sequence[Spell],
    *,
    covered: tuple[int, ...],
    year: int,
    stated: frozenset[int],
    backwards: bool,
) -> tuple[tuple[int, ...], _Way]:
    """The way and what is left of each spell after one more year."""
    rest = list(left)
    credited = list(way.credited)
    first = year * QUARTERS
    order = range(first, first + QUARTERS)
    for quarter in reversed(order) if backwards else order:
        if quarter in covered:
            continue
        holding = [
            index for index, spell in enumerate(spells) if rest[index] and quarter in spell.places
        ]
        for index in holding:
            rest[index] -= 1
        if holding:
            credited.append(quarter)
    kept = sum(quarter in stated for quarter in covered)
    return tuple(rest), _Way(
        len(credited),
        way.kept + kept,
        way.earliness - sum(covered),
        way.covered + covered,
        tuple(credited),
    )


def _forget_finished(
    found: Mapping[tuple[int, ...], _Way],
    spells: Sequence[Spell],
    year: int,
    *,
    backwards: bool,
) -> dict[tuple[int, ...], _Way]:
    """Ways that differ only in what spells that are over have lost become one: the best."""
    over = [
        (spell.places[0] if backwards else spell.places[-1]) // QUARTERS == year for spell in spells
    ]
    merged: dict[tuple[int, ...], _Way] = {}
    for left, way in found.items():
        state = tuple(0 if done else rest for done, rest in zip(over, left, strict=True))
        if state not in merged or merged[state][:3] < way[:3]:
            merged[state] = way
    return merged


def domestic_of(certified: Iterable[tuple[Sequence[int], int]], undated: int = 0) -> Domestic:
    """
    US quarters of coverage out of records: the quarters that each touches, and how many it holds.

    A record with fewer quarters than it touches takes the first that no other record has taken;
    so those that leave no choice go first, whatever the order of the records.
    """
    fixed: set[int] = set()
    narrow_first = sorted(
        (
            (count < len(touched), len(touched), tuple(touched), count)
            for touched, count in certified
        )
    )
    for _, _, touched, count in narrow_first:
        free = [quarter for quarter in touched if quarter not in fixed]
        fixed.update(free[:count])
    later = frozenset(quarter for quarter in fixed if quarter // QUARTERS > LAST_FIXED_YEAR)
    yearly: dict[int, int] = defaultdict(int)
    for quarter in later:
        yearly[quarter // QUARTERS] += 1
    return Domestic(
        fixed=frozenset(fixed - later), yearly=dict(yearly), stated=later, undated=undated
    )
