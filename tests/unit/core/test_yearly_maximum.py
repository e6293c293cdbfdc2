"""
The calendar year as a vessel: what several states put into one year (987/2009 Art 13(2)).

A year holds 12 months or 52 weeks, whoever filled it; undated sums have no year, and what rounding
adds may stand in any year of the state whose sum was rounded.
"""

from fractions import Fraction

import pytest

from portability.core.aggregation import Aggregate, aggregate
from portability.core.measure import Counting, Length, measure
from portability.core.overlap import resolve
from portability.core.periods import Branch, Duration, Period, PeriodType
from portability.core.units import Unit
from tests.unit.core.builders import RULES, months, spell


def together(*periods: Period, unit: Unit = Unit.MONTHS) -> Aggregate:
    entries = resolve(periods, RULES, Branch.OLD_AGE).records
    return aggregate(entries, "DE", unit, RULES, {})


def alone(*periods: Period, unit: Unit = Unit.MONTHS) -> Length:
    entries = resolve(periods, RULES, Branch.OLD_AGE).records
    return measure(entries, unit, RULES.conversion, Counting.EXACT)


def by_year(code: str, **years: Duration) -> Period:
    """Yearly sums without dates: ``y2001=Duration(...)``."""
    return Period(
        id=f"{code} by year",
        jurisdiction=code,
        type=PeriodType.COMPULSORY,
        communicated="yearly",
        by_year=tuple((int(name[1:]), declared) for name, declared in years.items()),
    )


def in_year(code: str, year: int, **declared: int) -> Period:
    """A sum whose dates touch one year; the days themselves differ, so that none displaces."""
    day = "01" if code == "DE" else "20"
    return spell(
        code,
        "11",
        f"{year}-03-{day}",
        f"{year}-03-{day}",
        declared=Duration(**declared),
    )


def test_a_full_year_given_year_by_year_leaves_no_room_for_another_state() -> None:
    found = together(
        by_year("DE", y2001=Duration(months=6), y2002=Duration(months=12)),
        in_year("ES", 2002, months=2),
    )

    assert (found.own, found.foreign, found.total) == (18, (("ES", 2),), 18)
    assert found.capped


def test_years_that_are_not_full_take_what_they_are_given() -> None:
    found = together(
        by_year("DE", y2001=Duration(months=6), y2002=Duration(months=12)),
        in_year("ES", 2001, months=2),
    )

    assert (found.total, found.capped) == (20, False)


def test_a_year_shared_by_a_whole_and_by_sums_of_years_holds_no_more_either() -> None:
    # Up to 15 May 2004 as one, 100.5 months, then 7.5 months of that year: 9 years and no month.
    found = together(
        spell("DE", "11", "1996-01-01", "2004-05-15", declared=Duration(days=3015, day_type=7)),
        by_year("DE", y2004=Duration(days=225, day_type=7)),
    )

    assert (found.own, found.total) == (108, 108)
    assert "conversion_cap" in dict(found.lengths)["DE"].steps  # 987/2009 Art 13(2)


def test_a_full_year_of_another_unit_fills_the_year() -> None:
    # 360 days of a 7-day week are 51.4 weeks, but a full year where they were completed: 52 weeks.
    found = together(
        by_year("DE", y2001=Duration(days=360, day_type=7), y2003=Duration(days=90, day_type=7)),
        in_year("ES", 2001, weeks=1),
        unit=Unit.WEEKS,
    )

    assert (found.own, found.foreign, found.total) == (65, (("ES", 1),), 65)


def test_undated_sums_take_no_room_in_a_year() -> None:
    found = together(
        in_year("DE", 2001, months=12),
        in_year("DE", 2003, months=1),
        months("DE", 6),
        in_year("ES", 2001, months=2),
    )

    assert (found.own, found.foreign, found.total) == (19, (("ES", 2),), 19)


def test_a_year_too_full_does_not_cut_what_has_no_year() -> None:
    found = alone(
        in_year("DE", 2001, weeks=60),
        Period(
            id="undated",
            jurisdiction="DE",
            type=PeriodType.COMPULSORY,
            declared=Duration(weeks=5),
        ),
        unit=Unit.WEEKS,
    )

    assert (found.amount, found.capped) == (57, True)


def test_the_smallest_excess_over_a_year_is_cut() -> None:
    # 7, 3 and 347 days of weeks of 5, 6 and 7 days: 7/22 + 3/26 + 347/30 months are 12 1/4290.
    spells = [
        spell(
            "DE",
            "11",
            f"2001-0{day_type}-01",
            f"2001-0{day_type}-01",
            declared=Duration(days=count, day_type=day_type),
        )
        for count, day_type in [(7, 5), (3, 6), (347, 7)]
    ]

    found = alone(*spells)

    assert (found.exact, found.amount, found.capped) == (12 + Fraction(1, 4290), 12, True)


@pytest.mark.parametrize("full", [0, 2], ids=["an earlier full year", "a later full year"])
def test_what_rounding_adds_stands_in_any_year_that_has_room(full: int) -> None:
    # In 2002 each state has 33 days, 1.1 months; its full year takes no more.
    found = together(
        in_year("DE", 2001 + full, months=12),
        in_year("DE", 2002, days=33, day_type=7),
        in_year("ES", 2000 + 2 * full, months=12),
        in_year("ES", 2002, days=33, day_type=7),
    )

    assert (found.own, found.foreign, found.total) == (14, (("ES", 14),), 28)


def test_what_rounding_adds_to_a_year_converted_by_itself_stands_in_that_year_alone() -> None:
    # 241 days of 2001 are 9 months (987/2009 Art 13(3)), and Spain fills 2001: 3 + 12 are left.
    found = together(
        by_year("DE", y2000=Duration(months=3), y2001=Duration(days=241, day_type=7)),
        by_year("ES", y2001=Duration(months=12)),
    )

    assert (found.own, found.foreign, found.total) == (12, (("ES", 12),), 15)


def test_what_rounding_adds_to_a_whole_stands_in_no_year_converted_by_itself() -> None:
    # 15 days of 2001 are one month, which Spain leaves no room for; 2005 was converted apart.
    found = together(
        in_year("DE", 2001, days=15, day_type=7),
        by_year("DE", y2005=Duration(months=6)),
        in_year("ES", 2001, months=12),
    )

    assert (found.own, found.foreign, found.total) == (7, (("ES", 12),), 18)


def test_what_rounding_adds_is_not_used_up_by_what_exceeded_its_year() -> None:
    """987/2009 Art 13(1)(e) and (2): 12 months of 60 weeks in one year, and 1 week: 13 months."""
    found = together(
        in_year("DE", 1980, months=12),
        in_year("ES", 1961, weeks=60),
        in_year("ES", 1970, weeks=1),
        in_year("FR", 1962, weeks=60),
        in_year("FR", 1971, weeks=1),
    )

    assert (found.own, found.foreign) == (12, (("ES", 13), ("FR", 13)))
    assert found.total == 38
    assert not found.capped


def test_undated_sums_are_rounded_up_too() -> None:
    undated = Period(
        id="undated",
        jurisdiction="DE",
        type=PeriodType.COMPULSORY,
        declared=Duration(days=33, day_type=7),
    )

    assert together(undated).total == 2


def test_what_rounding_adds_to_undated_sums_has_no_year_either() -> None:
    undated = [
        Period(
            id=code,
            jurisdiction=code,
            type=PeriodType.COMPULSORY,
            declared=Duration(days=33, day_type=7),
        )
        for code in ("DE", "ES")
    ]
    full = [in_year("DE", 2001, months=12), in_year("ES", 2002, months=12)]

    apart, beside = together(*undated), together(*undated, *full)

    assert (apart.own, apart.foreign, apart.total) == (2, (("ES", 2),), 4)
    assert (beside.own, beside.foreign, beside.total) == (14, (("ES", 14),), 28)
    assert (apart.capped, beside.capped) == (False, False)


def test_two_halves_of_a_year_are_a_full_year() -> None:
    # 26 weeks twice are 260 days of a 5-day week; 52 weeks are a full year, which is 264 of them.
    halves = (
        spell("DE", "11", "2001-01-01", "2001-01-01", declared=Duration(weeks=26)),
        spell("DE", "11", "2001-07-01", "2001-07-01", declared=Duration(weeks=26)),
    )

    found = alone(*halves, unit=Unit.DAYS_5)

    assert (found.amount, found.raised) == (264, True)


def test_full_years_stay_full_beside_a_part_of_another_year() -> None:
    # Ten years of 360 days of a 7-day week are 520 weeks, not 514.3; 100 days more are 14.3.
    years = spell("ES", "11", "2000-01-01", "2009-12-31", declared=Duration(days=3600, day_type=7))
    rest = spell("ES", "11", "2010-01-01", "2010-04-10", declared=Duration(days=100, day_type=7))

    found = alone(years, rest, unit=Unit.WEEKS)

    assert alone(years, unit=Unit.WEEKS).amount == 520
    assert (found.amount, found.raised) == (535, True)  # 987/2009 Art 13(2), second subparagraph
    assert found.exact == Fraction(3700, 7)


@pytest.mark.parametrize("full", ["2001", "2002"])
def test_one_year_that_the_cap_or_the_floor_decides_is_told(full: str) -> None:
    other = "2002" if full == "2001" else "2001"
    years = {
        f"y{full}": Duration(days=360, day_type=7),
        f"y{other}": Duration(days=30, day_type=7),
    }
    over = {f"y{full}": Duration(weeks=53), f"y{other}": Duration(weeks=1)}

    raised = alone(by_year("DE", **dict(sorted(years.items()))), unit=Unit.WEEKS)
    capped = alone(by_year("DE", **dict(sorted(over.items()))), unit=Unit.WEEKS)

    assert (raised.raised, raised.capped, raised.amount) == (True, False, 52 + 5)
    assert (capped.raised, capped.capped, capped.amount) == (False, True, 52 + 1)


def test_hours_are_days_of_their_week() -> None:
    # 18 hours are 2 days of a 5-day week (Art 13(1)(b)); with 20 days these are one month.
    found = alone(in_year("DE", 2001, days=20, hours=18, day_type=5))

    assert found.exact == 1
    assert found.amount == 1


def test_days_without_any_sum_count_each_once() -> None:
    month = spell("DE", "11", "2001-01-01", "2001-01-31", declared=Duration(months=1))
    same = spell("DE", "41", "2001-01-15", "2001-02-10")

    assert alone(month, same).calendar_days == 31 + 10


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2000-01-01", "2000-06-30", 366 - 182),
        ("2000-03-01", "2000-03-31", 366 - 31),
        ("2000-07-01", "2000-12-31", 366 - 184),
    ],
    ids=["first half", "middle", "second half"],
)
def test_wherever_a_sum_is_displaced_the_rest_of_its_days_keep_their_share(
    start: str, end: str, days: int
) -> None:
    sick = spell("DE", "41", "2000-01-01", "2000-12-31", declared=Duration(days=366, day_type=7))
    work = spell("ES", "11", start, end)

    entries = resolve([sick, work], RULES, Branch.OLD_AGE).records
    own = [entry for entry in entries if entry[0].jurisdiction == "DE"]

    assert measure(own, Unit.DAYS_7, RULES.conversion, Counting.EXACT).exact == days
