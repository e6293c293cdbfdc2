"""When a record is only partly displaced, open at one end, or agrees with its dates in weeks."""

from dataclasses import replace
from datetime import date

import pytest

from portability.core.discrepancy import DiscrepancyKind
from portability.core.findings import record_findings
from portability.core.overlap import resolve
from portability.core.periods import Branch, Duration, Period, PeriodType
from tests.unit.core.builders import RULES, spell


def kinds(*records: Period) -> set[DiscrepancyKind]:
    entries = resolve(records, RULES, Branch.OLD_AGE).records
    return {item.kind for item in record_findings(entries, RULES)}


YEAR = Duration(months=12)
SICK = spell("FR", "41", "2001-01-01", "2001-12-31", declared=YEAR)


@pytest.mark.parametrize(
    ("start", "end", "partly"),
    [
        ("2001-01-01", "2001-06-30", True),
        ("2001-07-01", "2001-12-31", True),
        ("2001-03-01", "2001-03-31", True),
        ("2001-01-01", "2001-12-31", False),
        ("2000-01-01", "2002-12-31", False),
        ("2000-01-01", "2000-12-31", False),
    ],
)
def test_a_sum_is_looked_at_where_only_a_part_of_its_days_is_displaced(
    start: str, end: str, *, partly: bool
) -> None:
    work = spell("ES", "11", start, end)

    for sick in (SICK, replace(SICK, declared=Duration(days=365, day_type=7))):
        assert (DiscrepancyKind.PARTLY_DISPLACED in kinds(sick, work)) == partly


def test_a_sum_that_is_only_flagged_in_part_is_not_displaced() -> None:
    longer = spell("FR", "11", "2001-01-01", "2001-12-31", declared=YEAR)
    other = spell("ES", "11", "2001-06-01", "2001-08-31")

    entries = resolve([longer, other], RULES, Branch.OLD_AGE).records

    pieces = {record.id: held for record, held in entries}[longer.id]
    assert len(pieces) == 3
    assert DiscrepancyKind.PARTLY_DISPLACED not in kinds(longer, other)


def test_an_open_record_with_sums_by_year_lacks_no_year() -> None:
    record = Period(
        id="open",
        jurisdiction="FR",
        type=PeriodType.COMPULSORY,
        start=date(2001, 1, 1),
        communicated="yearly",
        by_year=((2001, YEAR), (2003, YEAR)),
    )

    assert kinds(record) == {DiscrepancyKind.UNDATED}


@pytest.mark.parametrize(
    ("declared", "agrees"),
    [
        (Duration(weeks=4, days=3, day_type=7), True),
        (Duration(days=31, day_type=7), True),
        (Duration(weeks=4, days=2, day_type=7), False),
        (Duration(weeks=4), False),
        (Duration(months=1), True),
    ],
)
def test_weeks_and_days_may_say_the_same_as_the_dates(declared: Duration, *, agrees: bool) -> None:
    record = spell("FR", "11", "2001-01-01", "2001-01-31", declared=declared)

    assert (DiscrepancyKind.DECLARED_DIFFERS not in kinds(record)) == agrees
