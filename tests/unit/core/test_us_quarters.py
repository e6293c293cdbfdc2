"""Foreign coverage in US calendar quarters: POMS GN 01706, 01708, 01724 and RS 00301.230."""

from portability.core.us_quarters import Pattern, Spell, credit, domestic_of

NOTHING = domestic_of([])


def quarter(year: int, number: int) -> int:
    return year * 4 + number - 1


def between(first: tuple[int, int], last: tuple[int, int]) -> tuple[int, ...]:
    return tuple(range(quarter(*first), quarter(*last) + 1))


def italian(first: tuple[int, int], last: tuple[int, int], count: int) -> Spell:
    return Spell(between(first, last), count)


def test_quarters_are_credited_from_the_one_in_which_the_spell_begins() -> None:
    pattern = credit(NOTHING, [italian((1950, 2), (1952, 3), 8)])

    assert pattern.by_year() == {"1950": "NFFF", "1951": "FFFF", "1952": "FNNN"}


def test_us_quarters_are_skipped_and_none_is_credited_after_the_spell() -> None:
    two = credit(
        domestic_of([(between((1952, 1), (1952, 2)), 2)]), [italian((1950, 2), (1952, 3), 8)]
    )
    three = credit(
        domestic_of([(between((1952, 1), (1952, 3)), 3)]), [italian((1950, 2), (1952, 3), 8)]
    )

    assert two.by_year()["1952"] == "CCFN"
    assert three.by_year()["1952"] == "CCCN"
    assert len(three.foreign) == 7


def test_a_quarter_credited_from_another_spell_is_not_skipped() -> None:
    pattern = credit(NOTHING, [italian((1966, 1), (1968, 2), 10), italian((1968, 2), (1968, 4), 3)])

    assert len(pattern.foreign) == 12


def test_backwards_everything_starts_from_the_last_quarter() -> None:
    pattern = credit(NOTHING, [italian((1950, 2), (1952, 3), 8)], backwards=True)

    assert pattern.by_year() == {"1950": "NNNF", "1951": "FFFF", "1952": "FFFN"}


def test_a_us_quarter_after_1977_makes_room_and_one_before_does_not() -> None:
    later = domestic_of([(between((1978, 1), (1978, 2)), 2)])
    before = domestic_of([(between((1977, 1), (1977, 2)), 2)])

    assert credit(later, [italian((1978, 1), (1978, 2), 2)]).by_year() == {"1978": "FFCC"}
    assert credit(before, [italian((1977, 1), (1977, 2), 2)]).by_year() == {"1977": "CCNN"}


def test_room_is_made_for_the_spell_that_needs_it() -> None:
    home = domestic_of([(between((1980, 3), (1980, 3)), 1)])

    pattern = credit(home, [italian((1980, 1), (1980, 2), 1), italian((1980, 3), (1980, 4), 2)])

    assert len(pattern.foreign) == 3
    assert pattern.by_year()["1980"][2:] == "FF"


def test_what_one_year_gives_away_another_may_need() -> None:
    """The long spell has quarters to spare in 1981 only if 1980 leaves it some."""
    home = domestic_of([(between((1980, 1), (1980, 4)), 2), (between((1981, 1), (1981, 4)), 2)])

    pattern = credit(home, [italian((1980, 1), (1981, 4), 4), italian((1981, 1), (1981, 2), 2)])

    assert len(pattern.foreign) == 4


def test_where_nothing_else_decides_the_stated_quarters_stay() -> None:
    home = domestic_of([(between((1980, 3), (1980, 4)), 2)])

    assert credit(home, [italian((1980, 1), (1980, 4), 4)]).by_year() == {"1980": "FFCC"}
    assert credit(home, []).by_year() == {"1980": "NNCC"}


def test_years_without_a_place_are_shown_as_empty() -> None:
    pattern = credit(NOTHING, [italian((1965, 1), (1966, 4), 2)])

    assert pattern.by_year() == {"1965": "FFNN", "1966": "NNNN"}


def test_a_record_with_fewer_quarters_than_it_touches_takes_free_ones() -> None:
    home = domestic_of(
        [(between((1960, 1), (1960, 4)), 2), (between((1960, 1), (1960, 4)), 1)], undated=3
    )

    assert frozenset(between((1960, 1), (1960, 3))) == home.fixed
    assert home.count == 6


def test_the_order_of_us_records_does_not_matter() -> None:
    exact = (between((1960, 1), (1960, 2)), 2)
    loose = (between((1960, 1), (1960, 4)), 2)

    assert domestic_of([exact, loose]) == domestic_of([loose, exact])
    assert domestic_of([loose, exact]).count == 4


def test_two_records_of_the_same_quarters_cover_them_once() -> None:
    home = domestic_of([(between((1960, 1), (1960, 2)), 2), (between((1960, 2), (1960, 3)), 2)])

    assert home.count == 3


def test_only_the_foreign_quarters_that_are_needed_are_kept() -> None:
    pattern = credit(NOTHING, [italian((1950, 1), (1950, 4), 4)])

    assert pattern.first_foreign(2, backwards=False).by_year() == {"1950": "FFNN"}
    assert pattern.first_foreign(2, backwards=True).by_year() == {"1950": "NNFF"}
    assert pattern.first_foreign(-1, backwards=False).foreign == ()


def test_recent_quarters_are_counted_up_to_the_last_one() -> None:
    pattern = Pattern(covered=between((1950, 1), (1950, 2)), foreign=between((1951, 1), (1951, 2)))

    assert pattern.within(quarter(1951, 1), 4) == 2
    assert pattern.within(quarter(1951, 2), 6) == 4
