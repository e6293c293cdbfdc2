"""Spells from a first to a last day of a month, and calendar months that spells touch."""

from datetime import date

import pytest

from portability.core.spans import calendar_months, merge_runs, month_length, whole_months


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2001, 1, 1), date(2001, 1, 31), 1),
        (date(2001, 3, 1), date(2001, 5, 31), 3),
        (date(2000, 11, 1), date(2002, 2, 28), 16),
        (date(2000, 1, 1), date(2000, 2, 29), 2),
        (date(2000, 1, 1), date(2000, 2, 28), 0),
        (date(2001, 1, 2), date(2001, 1, 31), 0),
        (date(2001, 1, 2), date(2001, 2, 1), 0),
        (date(2001, 1, 1), date(2001, 1, 30), 0),
        (date(2001, 4, 1), date(2001, 5, 30), 0),
    ],
    ids=str,
)
def test_whole_months_run_from_a_first_to_a_last_day(start: date, end: date, months: int) -> None:
    assert whole_months(start, end) == months


@pytest.mark.parametrize(
    ("year", "days"), [(2000, 29), (1900, 28), (2004, 29), (2001, 28), (2100, 28), (2400, 29)]
)
def test_february_follows_the_gregorian_rule(year: int, days: int) -> None:
    assert month_length(year, 2) == days


@pytest.mark.parametrize(
    ("spells", "months"),
    [
        ([], 0),
        ([(date(1, 1, 1), date(1, 1, 1))], 1),
        ([(date(2000, 1, 31), date(2000, 2, 1))], 2),
        ([(date(2000, 1, 1), date(2000, 1, 2)), (date(2000, 1, 30), date(2000, 1, 31))], 1),
        ([(date(2000, 1, 1), date(2000, 2, 2)), (date(2000, 2, 20), date(2000, 4, 1))], 4),
        ([(date(2000, 12, 1), date(2000, 12, 2)), (date(2001, 1, 1), date(2001, 1, 2))], 2),
    ],
    ids=["none", "the first day", "two days", "one month twice", "four months", "new year"],
)
def test_each_calendar_month_that_a_spell_touches_counts_once(
    spells: list[tuple[date, date]], months: int
) -> None:
    found = calendar_months([(first.toordinal(), last.toordinal()) for first, last in spells])

    assert found == months


def test_a_later_run_grows_without_touching_an_earlier_one() -> None:
    assert merge_runs([(1, 2), (10, 12), (11, 15), (16, 20)]) == [(1, 2), (10, 20)]


def test_a_run_within_a_later_run_does_not_shorten_it() -> None:
    assert merge_runs([(1, 2), (10, 20), (12, 13)]) == [(1, 2), (10, 20)]
