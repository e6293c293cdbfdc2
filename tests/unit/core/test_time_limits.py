"""Months and the ends of time limits."""

from datetime import date

import pytest

from portability.core.time_limits import Finality, finality, last_day_of, months_after


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2024-12-15", 1, "2025-01-15"),
        ("2024-03-31", -1, "2024-02-29"),
        ("2024-01-01", -1, "2023-12-01"),
        ("0001-01-05", -1, "0001-01-01"),
        ("9999-12-05", 1, "9999-12-31"),
    ],
)
def test_months_later_are_held_within_the_month_and_the_calendar(
    day: str, months: int, expected: str
) -> None:
    assert months_after(date.fromisoformat(day), months) == date.fromisoformat(expected)


def test_24_months_from_the_first_of_january_end_on_the_last_of_december() -> None:
    assert last_day_of(date(2024, 1, 1), 24) == date(2025, 12, 31)


def test_an_objection_that_lies_in_the_future_is_not_known_yet() -> None:
    told = date(2024, 1, 1)

    assert finality(told, date(2024, 2, 1), date(2024, 1, 31), 2) is Finality.PROVISIONAL
