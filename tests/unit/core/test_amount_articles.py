"""Every step of a pro-rata amount is cited where it was taken, and only there (883/2004 Art 52)."""

from dataclasses import replace
from fractions import Fraction

import pytest

from portability.core.benefits import Settlement
from portability.core.discrepancy import DiscrepancyKind
from portability.core.entitlement import Entitlement
from portability.core.formulas import Accrual
from portability.core.money import ExactMoney
from portability.core.periods import Duration
from portability.core.scheme import AnnexEight
from tests.unit.core.builders import EU, changed_pack, euros, months, paid, scheme, settled, spell

FULL_CAREER, OTHERS_SHORT = "883/2004 Art 56(1)(a)", "883/2004 Art 57(2)"
ELSEWHERE, VOLUNTARY = "883/2004 Art 50(2)", "987/2009 Art 43(2)"
AVERAGE = Accrual(rate=Fraction(1, 100), average=ExactMoney(exact=Fraction(1200), currency="EUR"))
TEN = Duration(years=10)


def cited(found: Entitlement) -> set[str]:
    """Which of the four articles on single steps are in the basis."""
    steps = (FULL_CAREER, OTHERS_SHORT, ELSEWHERE, VOLUNTARY)
    return {step for step in steps if any(text.startswith(step) for text in found.basis)}


def kinds(settlement: Settlement) -> set[DiscrepancyKind]:
    return {item.kind for item in settlement.discrepancies}


@pytest.mark.parametrize(("full", "expected"), [(239, {FULL_CAREER}), (240, set()), (241, set())])
def test_the_full_career_is_cited_where_it_holds_the_total(full: int, expected: set[str]) -> None:
    french = scheme("FR", "1000.00", full_career=Duration(months=full))

    found = settled([months("FR", 120), months("ES", 120)], [french]).entitlement("FR")

    assert cited(found) == expected


def test_short_periods_of_others_are_cited_where_they_leave_the_ratio() -> None:
    periods = [months("FR", 120), months("LU", 8)]
    short = scheme("LU", minimum=TEN)

    found = settled(periods, [scheme("FR", "1000.00"), short]).entitlement("FR")

    assert cited(found) == {OTHERS_SHORT}
    assert found.ratio is not None
    assert (found.ratio.own, found.ratio.total) == (120, 120)


def test_conditions_elsewhere_are_cited_where_periods_were_left_out() -> None:
    french = scheme("FR", "1000.00", theoretical_without={"SE": euros("600.00")})
    periods = [months("FR", 120), months("SE", 120)]

    found = settled(periods, [french, scheme("SE", deferred=True)]).entitlement("FR")

    assert cited(found) == {ELSEWHERE}


CHOSEN = spell("FR", "21", "2000-01-01", "2003-12-31")
WORKED = spell("ES", "11", "2003-01-01", "2005-12-31")


def test_the_supplement_for_voluntary_periods_is_cited_where_it_is_added() -> None:
    valued = scheme("FR", "600.00", voluntary_value=euros("9.00"))

    found = settled([CHOSEN, WORKED], [valued]).entitlement("FR")

    assert cited(found) == {VOLUNTARY}
    assert str(found.pro_rata) == "309.00 EUR"


def test_one_displaced_month_is_enough_to_ask_for_its_value() -> None:
    one = spell("ES", "11", "2003-12-01", "2005-12-31")

    settlement = settled([CHOSEN, one], [scheme("FR", "600.00")])

    assert DiscrepancyKind.VOLUNTARY_VALUE in kinds(settlement)


def test_the_voluntary_periods_of_another_state_are_its_own_matter() -> None:
    chosen = spell("ES", "21", "2000-01-01", "2003-12-31")
    worked = spell("FR", "11", "2003-01-01", "2005-12-31")

    settlement = settled([chosen, worked], [scheme("FR", "600.00", voluntary_value=euros("9.00"))])

    assert DiscrepancyKind.VOLUNTARY_VALUE not in kinds(settlement)
    assert settlement.entitlement("FR").voluntary is None


def test_a_scheme_without_pro_rata_needs_no_value_of_voluntary_periods() -> None:
    listed = scheme("FR", independent=euros("30.00"), annex_eight=AnnexEight.PART_2)

    settlement = settled([CHOSEN, WORKED], [listed])

    assert paid(settlement, "FR") == "30.00 EUR"
    assert DiscrepancyKind.VOLUNTARY_VALUE not in kinds(settlement)


def test_where_leaving_periods_out_loses_the_right_no_amount_is_missing() -> None:
    periods = [months("FR", 100), months("SE", 120)]
    flat = scheme("FR", "1000.00", minimum=TEN, duration_independent=True)

    settlement = settled(periods, [flat, scheme("SE", deferred=True)])

    assert DiscrepancyKind.THEORETICAL_UNKNOWN not in kinds(settlement)


def test_short_periods_of_others_raise_the_theoretical_amount_if_the_pack_says_so() -> None:
    periods = [months("FR", 120), months("LU", 8)]
    schemes = [scheme("FR", formula=AVERAGE), scheme("LU", minimum=TEN)]
    apart = changed_pack("in_theoretical = true", "in_theoretical = false")

    # 1200 x 1 % for each year: 128 months, or 120.
    assert paid(settled(periods, schemes), "FR") == "128.00 EUR"
    assert paid(settled(periods, schemes, apart), "FR") == "120.00 EUR"


def test_without_a_rule_on_short_periods_a_formula_counts_all() -> None:
    parameters = {
        key: value for key, value in EU.parameters.items() if key != "minimum_own_periods"
    }
    periods = [months("FR", 120), months("LU", 8)]

    settlement = settled(
        periods, [scheme("FR", formula=AVERAGE)], replace(EU, parameters=parameters)
    )

    assert str(settlement.entitlement("FR").theoretical) == "128.00 EUR"


def test_a_state_that_was_never_freed_is_cited_nowhere() -> None:
    found = settled([months("FR", 120), months("ES", 120)], [scheme("FR", "1000.00")])

    assert cited(found.entitlement("FR")) == set()
