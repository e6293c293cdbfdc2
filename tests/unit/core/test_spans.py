"""Calendar arithmetic, with both days included."""

from datetime import date

import pytest

from portability.core.spans import calendar_months, merge_runs, span


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(1993, 7, 5), date(2002, 2, 1), (8, 6, 28)),
        (date(2010, 1, 1), date(2015, 12, 31), (6, 0, 0)),
        (date(2000, 12, 20), date(2001, 1, 1), (0, 0, 13)),
        (date(2001, 1, 31), date(2001, 2, 28), (0, 1, 1)),
        (date(2000, 3, 31), date(2001, 2, 28), (0, 11, 1)),
        (date(9999, 12, 1), date(9999, 12, 31), (0, 1, 0)),
        (date(1900, 2, 1), date(1900, 2, 28), (0, 1, 0)),
        (date(2000, 2, 1), date(2000, 2, 28), (0, 0, 28)),
        (date(2000, 1, 15), date(2000, 1, 10 + 5), (0, 0, 1)),
        (date(2000, 12, 31), date(2001, 1, 15), (0, 0, 16)),
    ],
)
def test_whole_months_come_first_then_the_days_that_remain(
    start: date, end: date, expected: tuple[int, int, int]
) -> None:
    found = span(start, end)

    assert (found.years, found.months, found.days) == expected
    assert found.total_days == (end - start).days + 1


def test_runs_join_where_they_touch_or_overlap() -> None:
    assert merge_runs([(10, 12), (1, 3), (4, 5), (11, 11), (7, 8)]) == [(1, 5), (7, 8), (10, 12)]
    assert merge_runs([(1, 9), (2, 3)]) == [(1, 9)]


def test_a_calendar_month_touched_twice_counts_once() -> None:
    spells = [
        (date(2000, 1, 31).toordinal(), date(2000, 2, 1).toordinal()),
        (date(2000, 2, 20).toordinal(), date(2000, 2, 21).toordinal()),
        (date(2000, 12, 31).toordinal(), date(2001, 1, 1).toordinal()),
    ]

    assert calendar_months(spells) == 4
