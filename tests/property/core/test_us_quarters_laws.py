"""Crediting compared with a reference that tries every placement of the US quarters."""

from itertools import combinations, product

from hypothesis import given
from hypothesis import strategies as st

from portability.core.us_quarters import Domestic, Spell, credit

FIRST_YEAR = 1976
YEARS = 4


def quarters_of(year: int) -> range:
    return range(year * 4, year * 4 + 4)


@st.composite
def spells(draw: st.DrawFn) -> Spell:
    first = draw(st.integers(FIRST_YEAR * 4, (FIRST_YEAR + YEARS) * 4 - 1))
    last = draw(st.integers(first, min(first + 9, (FIRST_YEAR + YEARS) * 4 - 1)))
    return Spell(tuple(range(first, last + 1)), draw(st.integers(1, 9)))


@st.composite
def homes(draw: st.DrawFn) -> Domestic:
    early = [quarter for year in (1976, 1977) for quarter in quarters_of(year)]
    later = [quarter for year in (1978, 1979) for quarter in quarters_of(year)]
    fixed = draw(st.sets(st.sampled_from(early)))
    stated = draw(st.sets(st.sampled_from(later)))
    yearly = {
        year: count
        for year in (1978, 1979)
        if (count := len([quarter for quarter in stated if quarter in quarters_of(year)]))
    }
    return Domestic(fixed=frozenset(fixed), yearly=yearly, stated=frozenset(stated), undated=0)


def placed(home: Domestic) -> list[frozenset[int]]:
    """Every way to put the US quarters of the later years."""
    ways = [list(combinations(quarters_of(year), count)) for year, count in home.yearly.items()]
    return [home.fixed.union(*map(frozenset, way)) for way in product(*ways)]


def credited(covered: frozenset[int], held: list[Spell], *, backwards: bool) -> set[int]:
    """The rule as the manual says it, spell by spell, for one placement."""
    found: set[int] = set()
    for spell in held:
        places = reversed(spell.places) if backwards else iter(spell.places)
        free = [quarter for quarter in places if quarter not in covered]
        found |= set(free[: spell.count])
    return found


@given(home=homes(), held=st.lists(spells(), max_size=4), backwards=st.booleans())
def test_no_placement_of_us_quarters_admits_more_foreign_ones(
    *, home: Domestic, held: list[Spell], backwards: bool
) -> None:
    pattern = credit(home, held, backwards=backwards)

    best = max(len(credited(way, held, backwards=backwards)) for way in placed(home))
    assert len(pattern.foreign) == best
    assert set(pattern.foreign) == credited(frozenset(pattern.covered), held, backwards=backwards)


@given(home=homes(), held=st.lists(spells(), max_size=4))
def test_no_quarter_counts_twice_and_no_us_quarter_is_lost(
    home: Domestic, held: list[Spell]
) -> None:
    pattern = credit(home, held)

    assert not set(pattern.covered) & set(pattern.foreign)
    assert len(pattern.covered) == home.count
    assert home.fixed <= set(pattern.covered)


@given(home=homes(), held=st.lists(spells(), max_size=4))
def test_the_order_of_the_spells_does_not_matter(home: Domestic, held: list[Spell]) -> None:
    assert credit(home, held) == credit(home, list(reversed(held)))
