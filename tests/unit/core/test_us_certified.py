"""US records as quarters of coverage: what is certified, what is impossible, what lies too late."""

from datetime import date
from fractions import Fraction

import pytest

from portability.core.methods.coverage import Certified, certified_quarters, us_length
from portability.core.methods.tables import EarningsYear
from portability.core.periods import Duration, Period, PeriodType
from tests.unit.core.builders import spell

RISK = date(2000, 1, 1)


def certified(*records: Period, before: date = RISK) -> Certified:
    return certified_quarters(records, [], before)


def us(start: str, end: str, **declared: int) -> Period:
    return spell("US", "11", start, end, declared=Duration(**declared) if declared else None)


@pytest.mark.parametrize(
    ("declared", "quarters"),
    [
        (Duration(weeks=13), 1),
        (Duration(days=91), 1),
        (Duration(months=3), 1),
        (Duration(quarters=1), 1),
        (Duration(years=1), 4),
        (Duration(weeks=6), Fraction(6, 13)),
        (Duration(days=1), Fraction(1, 91)),
    ],
)
def test_a_quarter_is_three_months_thirteen_weeks_or_ninety_one_days(
    declared: Duration, quarters: Fraction | int
) -> None:
    assert us_length(declared) == quarters


def test_a_record_with_an_open_end_counts_as_undated() -> None:
    open_record = Period(
        id="open",
        jurisdiction="US",
        type=PeriodType.COMPULSORY,
        start=date(1990, 1, 1),
        declared=Duration(quarters=3),
    )

    assert certified(open_record).domestic.count == 3
    assert certified(open_record).domestic.undated == 3


def test_only_a_record_with_more_quarters_than_its_dates_is_impossible() -> None:
    full = us("1970-01-01", "1970-12-31", quarters=4)
    too_much = us("1971-01-01", "1971-06-30", quarters=3)

    found = certified(full, too_much)

    assert found.impossible == (too_much,)
    assert found.domestic.count == 4 + 2


def test_what_lies_after_the_risk_is_not_taken_for_impossible() -> None:
    # Six quarters of coverage out of eight; four of the calendar quarters begin before the risk.
    record = us("1999-01-01", "2000-12-31", quarters=6)

    found = certified(record)

    assert found.impossible == ()
    assert found.domestic.count == 4


@pytest.mark.parametrize(
    ("risk", "quarters"),
    [
        (date(1999, 1, 1), 0),
        (date(1999, 1, 2), 1),
        (date(1999, 4, 1), 1),
        (date(1999, 4, 2), 2),
        (date(1999, 7, 1), 2),
        (date(1999, 10, 1), 3),
        (date(1999, 12, 31), 4),
    ],
)
def test_a_quarter_counts_from_the_day_on_which_it_begins(risk: date, quarters: int) -> None:
    assert certified(us("1999-01-01", "1999-12-31"), before=risk).domestic.count == quarters


@pytest.mark.parametrize(("year", "quarters"), [(1998, 4), (1999, 4), (2000, 0)])
def test_earnings_hold_quarters_up_to_the_year_before_the_risk(year: int, quarters: int) -> None:
    row = EarningsYear(
        year=year, quarters=4, amount=Fraction(9000), average=Fraction(30000), maximum=None
    )

    assert certified_quarters([], [row], RISK).domestic.count == quarters


def test_a_record_that_leaves_no_choice_goes_before_a_narrower_one_that_does() -> None:
    full = us("1970-04-01", "1970-12-31", quarters=3)
    either = us("1970-10-01", "1971-03-31", quarters=1)

    assert certified(full, either).domestic.count == 4
    assert certified(either, full).domestic.count == 4
