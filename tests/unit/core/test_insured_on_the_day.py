"""Insurance on the very day of the risk (883/2004 Art 51(3)), and records that go beyond it."""

from datetime import date

import pytest

from portability.core.insured_at_risk import InsuredBy
from portability.core.periods import Duration, Period, PeriodType
from tests.unit.core.builders import AWARD, settled
from tests.unit.core.test_insured_at_risk import ASKING, EARLIER, insured, until


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (date(2024, 12, 31), InsuredBy.ELSEWHERE),
        (AWARD, InsuredBy.ELSEWHERE),
        (date(2025, 1, 2), InsuredBy.NOBODY),
    ],
)
def test_insurance_that_begins_on_the_day_of_the_risk_is_insurance_then(
    start: date, expected: InsuredBy
) -> None:
    running = Period(
        id="running",
        jurisdiction="NL",
        type=PeriodType.COMPULSORY,
        start=start,
        declared=Duration(months=60),
    )

    assert insured(settled([EARLIER, running], [ASKING])) is expected


def test_insurance_that_goes_on_after_the_risk_is_insurance_then() -> None:
    found = settled([EARLIER, until("2025-06-30")], [ASKING])

    (pieces,) = (found for record, found in found.resolution.records if record.end != EARLIER.end)
    assert len({piece.state for piece in pieces}) == 2  # what lies after the risk does not count
    assert insured(found) is InsuredBy.ELSEWHERE
