"""What a person should look at in single records; nothing is ever repaired."""

from datetime import date

import pytest

from portability.core.discrepancy import DiscrepancyKind
from portability.core.findings import record_findings, words
from portability.core.overlap import resolve
from portability.core.periods import Branch, Duration, Period, PeriodType
from tests.unit.core.builders import RULES, months, spell


def kinds(*periods: Period) -> list[DiscrepancyKind]:
    resolution = resolve(periods, RULES, Branch.OLD_AGE)
    found = record_findings(resolution.records, RULES)
    for item in found:
        assert item.action
        assert item.article
        assert item.to_json()["kind"] == item.kind.value
    return [item.kind for item in found]


@pytest.mark.parametrize(
    ("code", "start", "end", "declared"),
    [
        ("NO", "1989-01-12", "1994-04-22", Duration(years=5, months=3, days=11, day_type=7)),
        ("FR", "1985-01-01", "2004-12-31", Duration(months=240)),
        ("FR", "1985-01-01", "2004-12-31", Duration(quarters=80)),
        ("FR", "2001-01-01", "2001-01-31", Duration(months=1)),
        ("PL", "2001-01-01", "2001-12-31", Duration(days=312, day_type=6)),
        ("ES", "2001-01-01", "2001-12-31", Duration(days=365, day_type=7)),
        ("CZ", "2001-01-01", "2001-01-14", Duration(weeks=2)),
        ("DE", "2001-01-15", "2001-03-10", Duration(months=3)),
        ("BE", "2001-01-01", "2001-01-31", Duration(hours=198, day_type=5)),
    ],
)
def test_a_sum_that_says_the_same_as_the_dates_is_no_finding(
    code: str, start: str, end: str, declared: Duration
) -> None:
    assert kinds(spell(code, "11", start, end, declared=declared)) == []


@pytest.mark.parametrize(
    ("code", "declared"),
    [
        ("FR", Duration(months=3)),
        ("DE", Duration(months=4)),
        ("CZ", Duration(weeks=3)),
        ("BE", Duration(months=2, hours=9, day_type=5)),
    ],
)
def test_a_sum_that_differs_from_the_dates_is_told(code: str, declared: Duration) -> None:
    found = spell(code, "11", "2001-01-15", "2001-03-10", declared=declared)

    assert kinds(found) == [DiscrepancyKind.DECLARED_DIFFERS]


def test_hours_beside_whole_months_are_a_difference() -> None:
    found = spell("BE", "11", "2001-01-01", "2001-01-31", declared=Duration(months=1, hours=9))

    assert kinds(found) == [DiscrepancyKind.DECLARED_DIFFERS]


def test_a_record_without_dates_or_without_anything_is_told() -> None:
    empty = Period(id="x", jurisdiction="FR", type=PeriodType.RESIDENCE, start=date(2001, 1, 1))

    assert kinds(months("FR", 12)) == [DiscrepancyKind.UNDATED]
    assert kinds(empty) == [DiscrepancyKind.UNMEASURED]


def test_days_without_a_basis_are_told() -> None:
    found = spell("NO", "11", "2001-01-01", "2001-01-12", declared=Duration(days=12))

    assert kinds(found) == [DiscrepancyKind.DAYS_WITHOUT_BASIS]


def test_a_declared_sum_that_is_partly_displaced_is_told() -> None:
    whole = Duration(years=2)
    sick = spell("FR", "41", "2000-01-01", "2001-12-31", declared=whole)
    work = spell("ES", "11", "2001-01-01", "2001-12-31")

    assert kinds(sick, work) == [DiscrepancyKind.PARTLY_DISPLACED]


def test_a_third_state_is_told_whatever_its_record_says() -> None:
    assert kinds(months("US", 5)) == [DiscrepancyKind.THIRD_STATE]
    assert kinds(spell("US", "11", "2001-01-01", "2001-12-31")) == [DiscrepancyKind.THIRD_STATE]


def test_yearly_sums_without_a_basis_are_told() -> None:
    found = spell(
        "PL",
        "11",
        "2001-01-01",
        "2002-12-31",
        communicated="yearly",
        by_year=((2001, Duration(days=53)), (2002, Duration(days=53, day_type=6))),
    )

    assert kinds(found) == [DiscrepancyKind.DAYS_WITHOUT_BASIS, DiscrepancyKind.DECLARED_DIFFERS]


def test_a_sum_is_told_in_words() -> None:
    assert words(Duration(years=8, months=6)) == "8 years, 6 months"
    assert words(Duration(days=3, day_type=5)) == "3 days (5-day week)"
    assert words(Duration(day_type=7)) == "nothing"
