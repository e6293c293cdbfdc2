"""Lengths: sums as communicated, dates joined, years apart, shares of what is displaced."""

from fractions import Fraction

import pytest

from portability.core.aggregation import aggregate
from portability.core.measure import Counting, Length, measure
from portability.core.overlap import resolve
from portability.core.periods import Branch, Duration, Period
from portability.core.units import Unit
from tests.unit.core.builders import RULES, months, spell


def length(*periods: Period, unit: Unit = Unit.MONTHS, code: str = "FR") -> Length:
    entries = resolve(periods, RULES, Branch.OLD_AGE).records
    own = [entry for entry in entries if entry[0].jurisdiction == code]
    return measure(own, unit, RULES.conversion, Counting.EXACT)


def test_spells_that_touch_are_one_spell() -> None:
    apart = length(
        spell("FR", "11", "2001-01-01", "2001-01-15"),
        spell("FR", "11", "2001-01-16", "2001-01-31"),
    )

    assert apart.exact == 1


def test_sums_of_one_state_are_one_operation() -> None:
    assert length(months("FR", 1), *[_days(number) for number in range(3)]).amount == 2


def _days(number: int) -> Period:
    return spell(
        "FR",
        "11",
        f"200{number}-01-01",
        f"200{number}-01-08",
        declared=Duration(days=8, day_type=6),
    )


def test_of_a_declared_sum_only_the_share_that_counts_is_kept() -> None:
    sick = spell("FR", "41", "2000-01-01", "2000-12-31", declared=Duration(months=12))
    work = spell("ES", "11", "2000-07-01", "2000-12-31")

    assert length(sick, work).exact == 12 * Fraction(182, 366)


@pytest.mark.parametrize(
    ("declared", "by_year", "expected"),
    [
        (None, (), 2 + 2),
        (Duration(days=106, day_type=6), (), 3 + 3),
        (None, ((2001, Duration(days=53, day_type=6)), (2002, Duration(days=27, day_type=6))), 5),
    ],
    ids=["dates", "sum", "years"],
)
def test_year_by_year_is_one_operation_per_year(
    declared: Duration | None, by_year: tuple[tuple[int, Duration], ...], expected: int
) -> None:
    found = spell(
        "FR",
        "11",
        "2001-11-10",
        "2002-02-20",
        declared=declared,
        by_year=by_year,
        communicated="yearly",
    )

    result = length(found)

    assert result.modes == ("yearly",)
    assert result.amount == expected


def test_yearly_sums_without_dates_keep_their_years() -> None:
    found = Period(
        id="a",
        jurisdiction="FR",
        type=months("FR", 1).type,
        communicated="yearly",
        by_year=((2001, Duration(weeks=53)),),
    )

    assert length(found, unit=Unit.WEEKS).amount == 52


def test_a_yearly_sum_without_dates_and_years_is_an_aggregate() -> None:
    assert length(months("FR", 5, communicated="yearly")).modes == ("aggregate",)


def test_a_year_that_is_displaced_altogether_counts_nothing() -> None:
    found = spell("FR", "41", "2001-01-01", "2002-12-31", communicated="yearly")
    work = spell("ES", "11", "2002-01-01", "2002-12-31")

    assert length(found, work).amount == 12


def test_two_states_together_do_not_hold_more_than_the_years_have() -> None:
    periods = [
        spell("FR", "11", "2001-01-01", "2001-06-15"),
        spell("ES", "11", "2001-06-16", "2001-12-31"),
    ]
    entries = resolve(periods, RULES, Branch.OLD_AGE).records

    sums = aggregate(entries, "FR", Unit.MONTHS, RULES, {})

    assert (sums.own, dict(sums.foreign), sums.total) == (6, {"ES": 7}, 12)
    assert sums.capped
    assert sums.steps[-1] == "conversion_cap"


def test_a_cap_is_applied_to_years_that_are_overfull_only() -> None:
    crowded = spell("FR", "11", "2001-01-01", "2001-12-31", declared=Duration(weeks=60))
    roomy = spell("FR", "11", "2003-01-01", "2003-12-31", declared=Duration(weeks=10))

    assert length(crowded, roomy, unit=Unit.WEEKS).amount == 62


@pytest.mark.parametrize(("counting", "expected"), [({}, 1), ({"FR": Counting.CALENDAR_MONTHS}, 2)])
def test_records_count_as_their_jurisdiction_measures_whatever_their_place_is_called(
    counting: dict[str, Counting], expected: int
) -> None:
    entries = resolve([spell("FR", "11", "2001-01-20", "2001-02-10")], RULES, Branch.OLD_AGE)
    found = aggregate(
        entries.records, "ES", Unit.MONTHS, RULES, counting, place=lambda record: "the other one"
    )
    assert found.foreign == (("the other one", expected),)
