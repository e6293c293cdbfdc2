"""Laws that ask for insurance when the risk materialises (883/2004 Art 51(3))."""

import pytest

from portability.core.agreement import NATIONAL_LAW
from portability.core.benefits import Settlement
from portability.core.entitlement import Reason
from portability.core.explanation import explain
from portability.core.insured_at_risk import InsuredBy
from portability.core.periods import Duration, Period, PeriodType
from portability.core.scheme import Scheme
from tests.unit.core.builders import changed_pack, euros, months, paid, scheme, settled, spell
from tests.unit.core.case_texts import head, period, result

EARLIER = spell("BE", "11", "2000-01-01", "2009-12-31")
ASKING = scheme(
    "BE", "1000.00", insured_at_risk=True, minimum=Duration(years=1), independent=euros("900.00")
)
ABROAD = scheme("NL", "500.00", minimum=Duration(years=40))


def until(end: str, code: str = "NL", kind: str = "11", **more: object) -> Period:
    return spell(code, kind, "2015-01-01", end, **more)


def insured(settlement: Settlement) -> InsuredBy:
    return settlement.entitlement("BE").standing.insured


def test_insurance_elsewhere_at_the_risk_meets_the_condition_but_not_alone() -> None:
    found = settled([EARLIER, until("2024-12-31")], [ASKING, ABROAD])

    item = found.entitlement("BE")
    assert insured(found) is InsuredBy.ELSEWHERE
    assert (item.meets_minimum_alone, item.meets_minimum) == (False, True)
    assert item.independent is None
    assert str(item.payable) == "500.00 EUR"
    assert "883/2004 Art 51(3)" in item.basis


@pytest.mark.parametrize(
    ("end", "expected"), [("2024-12-31", InsuredBy.OWN), ("2024-12-30", InsuredBy.NOBODY)]
)
def test_own_insurance_until_the_day_before_the_risk_is_enough(
    end: str, expected: InsuredBy
) -> None:
    found = settled([until(end, "BE")], [ASKING])

    assert insured(found) is expected
    assert paid(found, "BE") == ("1000.00 EUR" if expected is InsuredBy.OWN else "0.00 EUR")


def test_a_period_that_still_runs_is_insurance_at_the_risk() -> None:
    running = Period(
        id="running",
        jurisdiction="NL",
        type=PeriodType.COMPULSORY,
        start=until("2024-12-31").start,
        declared=Duration(months=60),
    )
    future = Period(
        id="future",
        jurisdiction="NL",
        type=PeriodType.COMPULSORY,
        start=spell("NL", "11", "2025-02-01", "2025-03-01").start,
        declared=Duration(months=60),
    )

    assert insured(settled([EARLIER, running], [ASKING])) is InsuredBy.ELSEWHERE
    assert insured(settled([EARLIER, future], [ASKING])) is InsuredBy.NOBODY
    assert insured(settled([EARLIER, months("NL", 60)], [ASKING])) is InsuredBy.NOBODY


def test_failing_insurance_a_benefit_due_elsewhere_is_enough() -> None:
    stopped = until("2020-12-31")

    due = settled([EARLIER, stopped], [ASKING, scheme("NL", "500.00")])
    not_due = settled([EARLIER, stopped], [ASKING, ABROAD])

    assert insured(due) is InsuredBy.BENEFIT
    assert insured(not_due) is InsuredBy.NOBODY
    assert not_due.entitlement("BE").reason is Reason.NOT_INSURED
    assert not_due.entitlement("BE").basis == ("883/2004 Art 51(3)",)


def test_two_laws_that_ask_the_same_do_not_meet_each_other() -> None:
    other = scheme("NL", "500.00", insured_at_risk=True)

    found = settled([EARLIER, until("2020-12-31")], [ASKING, other])

    assert {item.reason for item in found.entitlements} == {Reason.NOT_INSURED}


def test_where_another_state_is_freed_for_a_short_period_the_benefit_is_deemed_due() -> None:
    short = spell("NL", "11", "2015-01-01", "2015-06-30")

    found = settled([EARLIER, short], [ASKING, ABROAD])

    assert insured(found) is InsuredBy.BENEFIT
    assert paid(found, "BE") == "1000.00 EUR"  # 1000 x 120/120, the Dutch months out of the ratio


def test_who_was_never_insured_there_is_not_helped_by_insurance_elsewhere() -> None:
    found = settled([until("2024-12-31")], [ASKING, scheme("NL", "1.00")])

    assert found.entitlement("BE").reason is Reason.NO_OWN_PERIODS


def test_refunded_insurance_is_none() -> None:
    found = settled([EARLIER, until("2024-12-31", refunded=True)], [ASKING])

    assert insured(found) is InsuredBy.NOBODY


def test_without_the_article_only_own_insurance_counts() -> None:
    pack = changed_pack('insured_at_risk         = "883/2004 Art 51(3)"\n', "")

    found = settled([EARLIER, until("2024-12-31")], [ASKING, ABROAD], pack)

    assert insured(found) is InsuredBy.NOBODY
    assert found.entitlement("BE").basis == (NATIONAL_LAW + " law",)


def test_the_periods_of_a_law_that_is_not_met_may_be_left_out() -> None:
    alone = Scheme(
        jurisdiction="FR",
        unit=ASKING.unit,
        theoretical=euros("600.00"),
        duration_independent=True,
        minimum=Duration(years=1),
    )
    found = settled([EARLIER, until("2020-12-31", "FR")], [ASKING, alone])

    # the French benefit is due, so the Belgian condition is met and nothing is left out
    assert found.entitlement("FR").left_out == ()
    refused = settled(
        [EARLIER, until("2020-12-31", "FR")],
        [ASKING, scheme("FR", "600.00", conditions_met=False, minimum=Duration(years=1))],
    )
    assert refused.entitlement("BE").reason is Reason.NOT_INSURED


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("2024-12-31", "the person was insured elsewhere then"),
        ("2020-12-31", "a benefit is due elsewhere"),
    ],
)
def test_how_the_condition_is_met_is_explained(end: str, words: str) -> None:
    settlement = settled([EARLIER, until(end)], [ASKING, scheme("NL", "500.00")])

    lines = explain(settlement)[0].lines()

    assert any(
        f"when the risk materialised: {words}" in line and "Art 51(3)" in line for line in lines
    )
    assert lines[0].startswith("BE pays")


def test_a_case_file_asks_with_a_flag_and_shows_what_met_it() -> None:
    text = head("eu-883-2004", "2025-01-01") + period("BE", "2000-01-01/2009-12-31")
    text += period("NL", "2015-01-01/2024-12-31") + '[scheme.BE]\nunit = "months"\n'

    assert "insured_at_risk" not in result(text, "BE")
    found = result(text + "insured_at_risk = true\n", "BE")
    assert found["insured_at_risk"] == "insurance-elsewhere"
