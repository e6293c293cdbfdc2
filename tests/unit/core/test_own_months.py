"""Months of own insurance in a year of earnings; those abroad are no zeros (Art 56(1)(c))."""

from fractions import Fraction

import pytest

from portability.core.periods import Period
from portability.core.scheme_reader import own_months
from tests.unit.core.builders import months, spell
from tests.unit.core.case_texts import head, period, refused, result

LAW = '[scheme.FR]\nunit = "months"\nformula = "accrual"\nrate = 0.01\n'


def fr(start: str, end: str) -> Period:
    return spell("FR", "11", start, end)


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        ([fr("2001-01-01", "2001-12-31")], Fraction(12)),
        ([fr("1990-01-01", "2010-12-31")], Fraction(12)),
        ([fr("2001-01-01", "2001-01-01")], Fraction(1, 30)),
        ([fr("2001-12-31", "2002-06-30")], Fraction(1, 30)),
        ([fr("2000-06-01", "2001-01-01")], Fraction(1, 30)),
        ([fr("2000-01-01", "2000-12-31")], Fraction(0)),
        ([fr("2002-01-01", "2002-12-31")], Fraction(0)),
        ([fr("2001-03-01", "2001-04-15")], Fraction(3, 2)),
        ([fr("2001-01-01", "2001-01-31"), fr("2001-02-01", "2001-02-28")], Fraction(2)),
        ([fr("2001-01-01", "2001-01-31"), fr("2001-01-01", "2001-01-31")], Fraction(1)),
        ([fr("2001-01-01", "2001-01-31"), fr("2001-05-01", "2001-05-31")], Fraction(2)),
        ([spell("ES", "11", "2001-01-01", "2001-12-31"), months("FR", 5)], Fraction(0)),
    ],
    ids=[
        "the year",
        "many years",
        "the first day",
        "the last day",
        "the first day of a longer one",
        "the year before",
        "the year after",
        "half a month",
        "two that touch",
        "the same twice",
        "two apart",
        "abroad and undated",
    ],
)
def test_own_dated_days_of_the_year_make_its_months(
    periods: list[Period], expected: Fraction
) -> None:
    assert own_months(periods, "FR", 2001) == expected


def test_years_abroad_do_not_dilute_the_average() -> None:
    # Six months at 1000 in 2001, then abroad; a year at 2000 in 2003: 30000 over 18 months.
    own = period("FR", "2001-01-01/2001-06-30") + period("FR", "2003-01-01/2003-12-31")
    abroad = period("ES", "2001-07-01/2002-12-31")
    earnings = (
        "[scheme.FR.earnings]\n"
        '2001 = { amount = "6000.00 EUR" }\n2003 = { amount = "24000.00 EUR" }\n'
    )

    found = result(head("eu-883-2004", "2020-01-01") + own + abroad + LAW + earnings, "FR")

    # 18 + 18 months are three years at 1 per cent of 1666.67; half of them are own.
    assert found["theoretical"] == "50.00 EUR"
    assert found["pro_rata"] == "25.00 EUR"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('2002 = { amount = "1.00 EUR" }', "has no months of own insurance"),
        ('2001 = { amount = "1.00 EUR", months = 0 }', "has no months of own insurance"),
        ('0000 = { amount = "1.00 EUR" }', "must be a year of four digits"),
        ('201 = { amount = "1.00 EUR" }', "must be a year of four digits"),
        ('20011 = { amount = "1.00 EUR" }', "must be a year of four digits"),
        ('2001 = { amount = "1.00 EUR", surprise = 1 }', "surprise"),
    ],
)
def test_a_year_of_earnings_that_cannot_be_is_refused(row: str, message: str) -> None:
    own = period("FR", "2001-01-01/2001-06-30")

    refused(
        head("eu-883-2004", "2020-01-01") + own + LAW + f"[scheme.FR.earnings]\n{row}\n", message
    )


@pytest.mark.parametrize(
    ("months_given", "theoretical"), [("1", "12.00 EUR"), ("0.5", "24.00 EUR")]
)
def test_a_single_month_or_less_may_make_the_average(months_given: str, theoretical: str) -> None:
    own = period("FR", "2001-01-01/2001-12-31")
    row = f'2001 = {{ amount = "1200.00 EUR", months = {months_given} }}'
    earnings = f"[scheme.FR.earnings]\n{row}\n"

    found = result(head("eu-883-2004", "2020-01-01") + own + LAW + earnings, "FR")

    assert found["theoretical"] == theoretical
