"""Where a US quarter of a year after 1977 stands: first in the year if nothing else decides."""

import pytest

from portability.core.us_quarters import Domestic, Spell, credit

YEAR = 1980 * 4


def domestic(count: int, *stated: int) -> Domestic:
    """So many US quarters in 1980, of which the records name some."""
    return Domestic(
        fixed=frozenset(),
        yearly={1980: count},
        stated=frozenset(YEAR + place for place in stated),
        undated=0,
    )


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_us_quarters_without_dates_come_first_in_their_year(count: int, *, backwards: bool) -> None:
    found = credit(domestic(count), [], backwards=backwards)

    assert found.covered == tuple(range(YEAR, YEAR + count))


def test_the_dates_of_a_record_go_before_the_first_place() -> None:
    assert credit(domestic(2, 1, 3), []).covered == (YEAR + 1, YEAR + 3)
    assert credit(domestic(2, 3), []).covered == (YEAR, YEAR + 3)


def test_a_foreign_quarter_goes_before_the_dates_of_a_record() -> None:
    spell = Spell(places=(YEAR + 1,), count=1)

    found = credit(domestic(1, 1), [spell])

    assert (found.covered, found.foreign) == ((YEAR,), (YEAR + 1,))


def test_of_two_places_that_admit_as_much_the_earlier_one_is_taken() -> None:
    spell = Spell(places=(YEAR, YEAR + 1, YEAR + 2), count=2)

    found = credit(domestic(1), [spell])

    assert (found.covered, found.foreign) == ((YEAR,), (YEAR + 1, YEAR + 2))


def test_what_a_spell_that_is_over_has_lost_does_not_move_the_us_quarter() -> None:
    # One US quarter, wherever it stands, leaves three: the short spell then loses one or none.
    spells = [
        Spell(places=(YEAR + 1, YEAR + 2), count=2),
        Spell(places=tuple(range(YEAR, YEAR + 4)), count=4),
    ]

    found = credit(domestic(1), spells)

    assert (found.covered, found.foreign) == ((YEAR,), (YEAR + 1, YEAR + 2, YEAR + 3))
