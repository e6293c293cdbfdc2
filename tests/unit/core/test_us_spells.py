"""Foreign records as spells at their edges: one day, the first day, the day before the risk."""

from datetime import date

import pytest

from portability.core.methods.coverage import foreign_spells
from portability.core.methods.parameters import Crediting
from portability.core.periods import Duration, Period, PeriodType
from tests.unit.core.builders import spell
from tests.unit.core.case_texts import PACKS

RISK = date(2000, 1, 1)


def counts(country: str, *records: Period) -> list[int]:
    rule = PACKS[f"us-{country.lower()}"].value("crediting", date(2012, 1, 1))
    assert isinstance(rule, Crediting)
    return [item.count for item in foreign_spells(records, rule, RISK, {})]


def test_a_record_with_an_open_end_has_no_place_in_a_quarter() -> None:
    open_record = Period(
        id="open",
        jurisdiction="ES",
        type=PeriodType.COMPULSORY,
        start=date(1990, 1, 1),
        declared=Duration(days=91),
    )

    assert counts("ES", open_record) == []


@pytest.mark.parametrize(
    ("start", "end", "quarters"),
    [
        ("1990-01-01", "1990-01-01", 1),
        ("1990-01-01", "1990-04-01", 1),  # 91 days
        ("1990-01-01", "1990-04-02", 2),  # 92 days: a remainder counts as one
        ("1999-10-01", "2000-06-30", 2),  # 92 days before the risk
        ("1999-12-31", "2000-06-30", 1),
    ],
)
def test_both_days_belong_to_a_spell_and_the_risk_does_not(
    start: str, end: str, quarters: int
) -> None:
    assert counts("ES", spell("ES", "11", start, end)) == [quarters]


def test_a_spell_that_begins_on_the_day_of_the_risk_is_none() -> None:
    assert counts("ES", spell("ES", "11", "2000-01-01", "2000-06-30")) == []


def test_sums_by_year_reach_into_the_last_and_the_first_day_of_a_year() -> None:
    record = spell(
        "ES",
        "11",
        "1989-12-31",
        "1991-01-01",
        communicated="yearly",
        by_year=((1989, Duration(days=1)), (1990, Duration(days=365)), (1991, Duration(days=1))),
    )

    assert counts("ES", record) == [1, 5, 1]


@pytest.mark.parametrize(("end", "quarters"), [("1990-04-01", 1), ("1990-04-02", 2)])
def test_italian_dates_are_weeks_of_seven_days(end: str, quarters: int) -> None:
    assert counts("IT", spell("IT", "11", "1990-01-01", end)) == [quarters]


def test_portuguese_days_are_thirtieths_of_a_month() -> None:
    # Two months and thirty days are three months and nothing over.
    assert counts("PT", spell("PT", "11", "1990-05-02", "1990-07-31")) == [1]
