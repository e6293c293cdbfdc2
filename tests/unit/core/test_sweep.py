"""Who counts which days, on bare numbers: lanes of tier, owner, first and last day."""

import pytest

from portability.core.sweep import Lanes, Segment, run_sweep

EQUIVALENT = 2


def swept(*lanes: tuple[int, int, int, int], first_compulsory: dict[int, int]) -> list[Segment]:
    tier, owner, first, last = zip(*lanes, strict=True)
    columns = Lanes(
        first=first,
        last=last,
        tier=tier,
        owner=owner,
        compulsory=[found == 0 for found in tier],
        choosing=frozenset({EQUIVALENT}),
        owners=3,
    )
    return sorted(run_sweep(columns, first_compulsory))


@pytest.mark.parametrize(
    ("lanes", "contested"),
    [
        ([(0, 0), (1, 1)], False),
        ([(0, 0), (0, 0)], False),
        ([(0, 0), (0, 1)], True),
        ([(0, 0), (0, 0), (0, 1)], True),
        ([(0, 0), (0, 1), (1, 1)], True),
        ([(0, 0), (1, 0), (1, 1)], False),
        ([(1, 0), (1, 0), (2, 1)], False),
    ],
)
def test_rows_of_the_same_dates_are_contested_by_equals_of_other_owners_only(
    lanes: list[tuple[int, int]], *, contested: bool
) -> None:
    found = swept(*[(tier, owner, 10, 19) for tier, owner in lanes], first_compulsory={})

    assert found[0] == (0, 10, 19, 0, contested)
    assert found[1:] == [(lane, 10, 19, 0, False) for lane in range(1, len(lanes))]


def test_rows_that_meet_on_some_days_are_contested_on_these_days_only() -> None:
    assert swept((0, 0, 10, 19), (0, 1, 15, 24), first_compulsory={}) == [
        (0, 10, 14, 0, False),
        (0, 15, 19, 0, True),
        (1, 15, 19, 0, False),
        (1, 20, 24, 1, False),
    ]


def test_one_day_in_common_is_enough_to_meet() -> None:
    assert swept((0, 0, 10, 19), (0, 1, 19, 24), first_compulsory={}) == [
        (0, 10, 18, 0, False),
        (0, 19, 19, 0, True),
        (1, 19, 19, 0, False),
        (1, 20, 24, 1, False),
    ]


def test_a_long_row_meets_every_short_one_and_is_not_cut_by_those_it_displaces() -> None:
    assert swept((0, 0, 10, 59), (1, 1, 20, 29), (1, 1, 40, 45), first_compulsory={}) == [
        (0, 10, 59, 0, False),
        (1, 20, 29, 0, False),
        (2, 40, 45, 0, False),
    ]


def test_of_several_equivalent_rows_of_the_owner_that_counts_the_strongest_wins() -> None:
    lanes = [(EQUIVALENT, 0, 30, 39), (EQUIVALENT, 1, 30, 39), (EQUIVALENT, 1, 30, 39)]

    found = swept(*lanes, first_compulsory={1: 99})

    assert found == [(lane, 30, 39, 1, False) for lane in range(3)]


def test_rows_that_touch_do_not_meet() -> None:
    assert swept((0, 0, 10, 19), (0, 1, 20, 24), first_compulsory={}) == [
        (0, 10, 19, 0, False),
        (1, 20, 24, 1, False),
    ]


@pytest.mark.parametrize("end", [39, 44], ids=["the same dates", "other dates"])
@pytest.mark.parametrize(
    ("before", "after", "winner", "contested"),
    [
        ([(0, 1, 10, 19)], {1: 10}, 2, False),
        ([(0, 0, 10, 14), (0, 1, 15, 19)], {0: 10, 1: 15}, 3, False),
        ([(0, 0, 15, 19), (0, 1, 10, 14)], {0: 15, 1: 10}, 2, False),
        ([], {0: 99, 1: 98}, 1, False),
        ([], {0: 98, 1: 99}, 0, False),
        ([], {1: 99}, 1, False),
        ([], {}, 0, True),
    ],
)
def test_equivalent_days_count_where_insurance_last_was_or_first_comes(
    before: list[tuple[int, int, int, int]],
    after: dict[int, int],
    winner: int,
    end: int,
    *,
    contested: bool,
) -> None:
    equivalent = [(EQUIVALENT, 0, 30, end), (EQUIVALENT, 1, 30, 39)]

    found = swept(*before, *equivalent, first_compulsory=after)

    decided = [(lane, who, flag) for lane, first, _, who, flag in found if first == 30]
    assert decided == [
        (lane, winner, contested and lane == winner) for lane in (len(before), len(before) + 1)
    ]


def test_no_lanes_give_no_segments() -> None:
    columns = Lanes(
        first=[], last=[], tier=[], owner=[], compulsory=[], choosing=frozenset(), owners=0
    )

    assert run_sweep(columns, {}) == []
