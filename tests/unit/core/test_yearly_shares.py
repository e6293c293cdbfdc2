"""A sum split by calendar year, and the share of a year that still counts."""

from datetime import date
from fractions import Fraction

import pytest

from portability.core.conversion import round_up
from portability.core.money import Rounding, round_exact
from portability.core.overlap import resolve
from portability.core.periods import Branch, Duration, Period, PeriodType
from portability.core.pieces import Piece, State
from portability.core.time_limits import months_after
from portability.core.units import exact_text
from portability.core.yearly import scaled, share_of_year, total_of, yearly_sums
from tests.unit.core.builders import RULES, spell


def share(record: Period, year: int, *others: Period) -> Fraction:
    """What counts of a record in a year beside compulsory periods of another state."""
    for found, pieces in resolve([record, *others], RULES, Branch.OLD_AGE).records:
        if found.id == record.id:
            return Fraction(share_of_year(found, [item for item in pieces if item.counts], year))
    raise AssertionError


def test_a_declared_sum_is_split_by_the_days_in_each_year() -> None:
    record = spell(
        "FR",
        "11",
        "2000-12-31",
        "2002-01-01",
        declared=Duration(months=367),
        communicated="yearly",
    )

    assert yearly_sums(record) == (
        (2000, Duration(months=Fraction(1))),
        (2001, Duration(months=Fraction(365))),
        (2002, Duration(months=Fraction(1))),
    )


def test_every_part_of_a_sum_is_split() -> None:
    whole = Duration(years=1, quarters=3, months=5, weeks=7, days=9, hours=11, day_type=6)

    assert scaled(whole, Fraction(1, 2)) == Duration(
        years=Fraction(1, 2),
        quarters=Fraction(3, 2),
        months=Fraction(5, 2),
        weeks=Fraction(7, 2),
        days=Fraction(9, 2),
        hours=Fraction(11, 2),
        day_type=6,
    )


@pytest.mark.parametrize("count", [1, 2])
def test_a_total_keeps_the_working_week_of_its_parts(count: int) -> None:
    part = Duration(years=1, quarters=3, months=5, weeks=7, days=9, hours=11, day_type=6)

    assert total_of([part] * count) == scaled(part, Fraction(count))


SICK = spell("FR", "41", "2001-01-01", "2001-12-31")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2001-01-01", "2001-06-30", Fraction(184, 365)),
        ("2001-07-01", "2001-12-31", Fraction(181, 365)),
        ("2001-01-01", "2001-01-01", Fraction(364, 365)),
        ("2001-12-31", "2001-12-31", Fraction(364, 365)),
        ("2000-01-01", "2000-12-31", Fraction(1)),
        ("2001-01-01", "2001-12-31", Fraction(0)),
    ],
)
def test_the_share_of_a_year_counts_each_day_once(start: str, end: str, expected: Fraction) -> None:
    assert share(SICK, 2001, spell("ES", "11", start, end)) == expected


def test_days_of_another_year_take_nothing_from_a_share() -> None:
    long = spell("FR", "41", "2001-01-01", "2002-12-31")
    work = spell("ES", "11", "2001-07-01", "2002-06-30")

    assert share(long, 2001, work) == Fraction(181, 365)
    assert share(long, 2002, work) == Fraction(184, 365)


def test_a_record_with_an_open_end_keeps_its_years_whole() -> None:
    record = Period(
        id="open",
        jurisdiction="FR",
        type=PeriodType.COMPULSORY,
        start=date(2001, 1, 1),
        communicated="yearly",
        by_year=((2001, Duration(months=7)),),
    )

    assert share(record, 2001) == 1


def test_a_piece_without_dates_has_no_days() -> None:
    assert Piece(None, None, State.COUNTED).days == 0
    assert Piece(10, 10, State.COUNTED).days == 1


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(1, 3, 15), -2, date(1, 1, 15)),
        (date(1, 3, 15), -3, date.min),
        (date(9999, 10, 15), 2, date(9999, 12, 15)),
        (date(9999, 10, 15), 3, date.max),
    ],
)
def test_time_limits_end_with_the_calendar(day: date, months: int, expected: date) -> None:
    assert months_after(day, months) == expected


@pytest.mark.parametrize(
    ("exact", "rounding", "expected"),
    [
        (Fraction(2, 3), Rounding.HALF_EVEN, 1),
        (Fraction(1, 3), Rounding.HALF_EVEN, 0),
        (Fraction(1, 2), Rounding.HALF_EVEN, 0),
        (Fraction(3, 2), Rounding.HALF_EVEN, 2),
        (Fraction(-2, 3), Rounding.HALF_EVEN, -1),
        (Fraction(1, 2), Rounding.HALF_UP, 1),
        (Fraction(-1, 2), Rounding.HALF_UP, -1),
        (Fraction(49, 100), Rounding.HALF_UP, 0),
        (Fraction(1, 100), Rounding.UP, 1),
        (Fraction(99, 100), Rounding.DOWN, 0),
        (Fraction(0), Rounding.UP, 0),
    ],
)
def test_half_of_a_unit_is_where_rounding_turns(
    exact: Fraction, rounding: Rounding, expected: int
) -> None:
    assert round_exact(exact, rounding) == expected


def test_lengths_are_rounded_to_the_next_higher_unit() -> None:
    assert [round_up(Fraction(part, 30)) for part in (0, 1, 29, 30, 31)] == [0, 1, 1, 1, 2]


@pytest.mark.parametrize(
    ("exact", "text"),
    [
        (Fraction(5), 5),
        (Fraction(1, 2), "0.5"),
        (Fraction(1, 4), "0.25"),
        (Fraction(1, 100), "0.01"),
        (Fraction(7, 1000), "0.007"),
        (Fraction(3, 8), "0.375"),
        (Fraction(-1, 20), "-0.05"),
        (Fraction(1, 3), "1/3"),
        (Fraction(-11, 30), "-11/30"),
    ],
    ids=str,
)
def test_an_exact_number_is_written_without_spare_digits(exact: Fraction, text: int | str) -> None:
    assert exact_text(exact) == text
