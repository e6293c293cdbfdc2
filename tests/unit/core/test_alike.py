"""Of choices that differ only by who of those alike has what, one is enough."""

from itertools import permutations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from portability.core.alike import choices_of
from tests.unit.core.case_texts import head, period, result

POINTS = st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=3), min_size=1, max_size=4)


@given(POINTS, st.data())
@settings(max_examples=60, deadline=None)
def test_every_choice_is_there_but_for_who_of_those_alike_has_what(
    points: list[list[int]], data: st.DataObject
) -> None:
    kinds = [data.draw(st.sampled_from("ab")) for _ in points]
    found = list(choices_of(points, kinds))

    assert len({tuple(one) for one in found}) == len(found)
    for chosen in product(*points):
        alike = [
            [chosen[i] for i in order]
            for order in permutations(range(len(points)))
            if [kinds[i] for i in order] == kinds
        ]
        assert any(one in found for one in alike)


def test_who_is_of_a_kind_of_its_own_has_each_point_beside_all_others() -> None:
    points = [[0, 1], [2, 3], [4, 5]]

    assert sorted(map(tuple, choices_of(points, range(3)))) == sorted(product(*points))


def test_those_alike_grow_by_their_number_and_not_by_a_power() -> None:
    assert sum(1 for _ in choices_of([range(5)] * 9, ["same"] * 9)) == 715  # and no 1,953,125


def test_many_silent_states_have_bounds() -> None:
    """All states but one may be silent; the amounts of eight differ by their sum alone."""
    text = head("eu-883-2004", "2025-01-01", "old-age") + period("LT", "", "{ months = 120 }")
    text += '[scheme.LT]\nunit = "months"\nminimum = { months = 180 }\n'
    text += 'theoretical = "900.00 EUR"\n'
    for code in ("AT", "BE", "CZ", "DK", "EE", "FI", "GR", "HU"):
        text += f'[[missing]]\njurisdiction = "{code}"\nat_most = {{ months = 12 }}\n'

    bound = result(text, "LT")["provisional"]

    # five full years open the right; with one full year only in each it is 120 of 180 at best
    assert isinstance(bound, dict)
    assert (bound["lower"], bound["upper"]) == ("0.00 EUR", "600.00 EUR")
