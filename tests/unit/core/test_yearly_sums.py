"""Sums communicated year by year: against a total, against the dates, and years without one."""

import pytest

from portability.core.discrepancy import Discrepancy
from portability.core.explanation import explain
from portability.core.findings import record_findings
from portability.core.overlap import resolve
from portability.core.periods import Branch, Duration, Period
from tests.unit.core.builders import RULES, spell
from tests.unit.core.case_texts import head, period, result, settled

SIX = {"day_type": 6}
TWICE_53 = ((2001, Duration(days=53, **SIX)), (2002, Duration(days=53, **SIX)))


def findings(*periods: Period) -> list[Discrepancy]:
    return list(record_findings(resolve(periods, RULES, Branch.OLD_AGE).records, RULES))


def yearly(
    sums: tuple[tuple[int, Duration], ...],
    declared: Duration | None = None,
    dates: tuple[str, str] = ("2001-11-01", "2002-02-28"),
) -> Period:
    return spell("BE", "11", *dates, communicated="yearly", by_year=sums, declared=declared)


def test_a_total_that_the_years_do_not_make_up_is_told_with_both_sums() -> None:
    found = findings(yearly(TWICE_53, Duration(days=100, **SIX)))

    assert [item.kind.value for item in found] == [
        "declared-differs-from-yearly-sums",
        "declared-differs-from-dates",
    ]
    assert found[0].detail == (
        "2001-11-01 to 2002-02-28: the declared sum is 100 days (6-day week), the sums by year are "
        "106 days (6-day week) in all; the sums by year are used"
    )
    assert found[0].article == "987/2009 Art 13(3)"
    assert found[1].detail == (
        "2001-11-01 to 2002-02-28: the sums by year are 106 days (6-day week) in all, the dates "
        "span 0 years, 4 months, 0 days (120 days in all); the sums by year are used"
    )


def test_years_that_make_up_total_and_dates_give_no_finding() -> None:
    months = ((2001, Duration(months=2)), (2002, Duration(months=2)))

    assert findings(yearly(months, Duration(days=104, **SIX))) == []


def test_sums_of_several_working_weeks_are_told_year_by_year() -> None:
    sums = ((2001, Duration(days=10, day_type=5)), (2002, Duration(days=20, **SIX)))

    (found,) = findings(yearly(sums))

    assert "10 days (5-day week) in 2001 and 20 days (6-day week) in 2002, the" in found.detail


def test_years_of_the_dates_without_a_sum_are_named() -> None:
    found = findings(
        yearly(((2002, Duration(months=12)),), dates=("2001-01-01", "2003-12-31")),
    )

    assert [item.kind.value for item in found] == ["year-without-sum"]
    assert "none for 2001 and 2003" in found[0].detail


def test_undated_sums_by_year_have_no_dates_to_differ_from() -> None:
    record = Period(
        id="x", jurisdiction="BE", type=yearly(()).type, communicated="yearly", by_year=TWICE_53
    )

    assert [item.kind.value for item in findings(record)] == ["undated-period"]


def test_of_sums_by_year_that_are_partly_displaced_a_share_counts() -> None:
    text = head("eu-883-2004", "2025-01-01")
    text += period(
        "BE",
        "2001-01-01/2002-12-31",
        kind="20",
        more="by_year = { 2001 = { months = 12 }, 2002 = { months = 12 } }",
    )
    text += period("NL", "2002-07-02/2003-12-31")

    # of 365 days in 2002 the 182 before the Dutch period are left
    found = result(text + '[scheme.BE]\nunit = "months"\n', "BE")

    assert found["own"] == 18


def test_one_sum_for_several_years_is_told_where_years_should_have_had_theirs() -> None:
    (found,) = findings(
        yearly((), Duration(months=4), dates=("2001-11-01", "2002-02-28")),
    )

    assert found.kind.value == "year-without-sum"
    assert found.detail == (
        "2001-11-01 to 2002-02-28: communicated year by year, but with one sum, 4 months; it is "
        "divided among the years by their days"
    )
    assert found.article == "987/2009 Art 13(3)"


def test_one_sum_for_one_year_is_that_years_sum() -> None:
    assert findings(yearly((), Duration(months=2), dates=("2001-11-01", "2001-12-31"))) == []


def german(*dates: str) -> str:
    """A claim on periods that Germany told year by year, by their dates alone."""
    spells = [period("DE", one, more='communicated = "yearly"') for one in dates]
    return head("eu-883-2004", "2025-01-01") + "".join(spells) + '[scheme.DE]\nunit = "months"\n'


@pytest.mark.parametrize(
    ("dates", "own"),
    [
        (["2001-01-31/2001-03-01"], 3),
        (["2001-12-31/2002-01-01"], 2),
        (["2001-01-31/2001-03-01", "2001-03-20/2001-04-10"], 4),
        (["2001-01-31/2001-03-01", "2003-03-20/2003-04-10"], 5),
    ],
    ids=["one year", "two years", "a shared month", "years apart"],
)
def test_dates_told_year_by_year_count_by_calendar_months_where_the_state_does_so(
    dates: list[str], own: int
) -> None:
    assert result(german(*dates), "DE")["own"] == own


def test_calendar_months_told_year_by_year_and_shared_are_explained() -> None:
    found = settled(german("2001-01-31/2001-03-01", "2001-03-20/2001-04-10")).settlement
    (told,) = [one for one in explain(found) if one.text.startswith("DE")]
    lines = "\n".join(told.lines())

    assert "record period 1 in 2001: 3 months" in lines
    assert "record period 2 in 2001: 2 months" in lines
    assert "calendar months shared by two spells: -1 months" in lines


def test_a_year_of_which_foreign_periods_leave_nothing_has_no_calendar_month() -> None:
    text = period("DE", "2001-12-15/2002-02-10", kind="20", more='communicated = "yearly"')
    work = period("ES", "2002-01-01/2002-12-31")

    found = result(
        head("eu-883-2004", "2025-01-01") + text + work + '[scheme.DE]\nunit = "months"\n', "DE"
    )

    assert found["own"] == 1
