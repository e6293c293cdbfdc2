"""The pension chapter of 883/2004, rule by rule."""

from dataclasses import replace
from datetime import date

import pytest

from portability.core.benefits import settle
from portability.core.discrepancy import DiscrepancyKind
from portability.core.entitlement import PaidAs, Reason
from portability.core.money import Money, Rounding
from portability.core.periods import Branch, Duration
from portability.core.scheme import AnnexEight, Circumstances, OtherBenefit
from portability.core.units import Unit
from portability.errors import InvalidInputError, NoAgreementError
from tests.unit.core.builders import (
    EU,
    changed_pack,
    euros,
    months,
    paid,
    scheme,
    settled,
    spell,
)

TEN = Duration(years=10)


def other(reduction: str, **more: object) -> Circumstances:
    given: dict[str, object] = {
        "name": "a pension",
        "jurisdiction": "CH",
        "amount": euros(reduction),
        "same_kind": False,
        "voluntary": False,
        "reduces": ("FR",),
    }
    return Circumstances(other_benefits=(OtherBenefit(**(given | more)),))  # type: ignore[arg-type]


def test_a_scheme_without_own_periods_pays_nothing() -> None:
    found = settled([months("ES", 120)], [scheme("FR", "900.00")]).entitlement("FR")

    assert (found.paid_as, found.reason) == (PaidAs.NONE, Reason.NO_OWN_PERIODS)
    assert str(found.payable) == "0.00 EUR"


def test_a_jurisdiction_without_a_scheme_has_no_entitlement() -> None:
    with pytest.raises(KeyError):
        settled([months("ES", 120)], [scheme("ES")]).entitlement("FR")


def test_too_few_periods_even_together_give_no_right() -> None:
    found = settled(
        [months("FR", 30), months("ES", 30)], [scheme("FR", "900.00", minimum=TEN)]
    ).entitlement("FR")

    assert found.reason is Reason.MINIMUM_NOT_MET
    assert found.theoretical is None
    assert not found.meets_minimum


def test_without_any_amount_only_the_periods_are_settled() -> None:
    settlement = settled([months("FR", 30)], [scheme("FR")])
    found = settlement.entitlement("FR")

    assert (found.paid_as, found.reason) == (PaidAs.UNKNOWN, Reason.AMOUNT_UNKNOWN)
    assert found.payable is None
    assert dict(settlement.payable_total) == {}


def test_nothing_is_due_and_no_currency_is_known() -> None:
    found = settled([months("FR", 6)], [scheme("FR", minimum=TEN)]).entitlement("FR")

    assert found.reason is Reason.SHORT_PERIOD
    assert found.payable is None


def test_the_higher_of_independent_and_pro_rata_is_paid() -> None:
    periods = [months("FR", 120), months("ES", 120)]

    low = settled(periods, [scheme("FR", "1000.00", independent=euros("499.99"))])
    even = settled(periods, [scheme("FR", "1000.00", independent=euros("500.00"))])

    assert low.entitlement("FR").paid_as is PaidAs.PRO_RATA
    assert even.entitlement("FR").paid_as is PaidAs.INDEPENDENT
    assert paid(even, "FR") == "500.00 EUR"


def test_a_pack_that_does_not_compare_pays_the_national_benefit_first() -> None:
    pack = changed_pack(
        "[[independent_comparison.values]]\nfrom   = 2010-05-01\nvalue  = true",
        "[[independent_comparison.values]]\nfrom   = 2010-05-01\nvalue  = false",
    )
    periods = [months("FR", 120), months("ES", 120)]

    settlement = settled(periods, [scheme("FR", "1000.00", independent=euros("100.00"))], pack)

    assert paid(settlement, "FR") == "100.00 EUR"


def test_annex_eight_part_one_spares_the_pro_rata_calculation() -> None:
    periods = [months("FR", 120), months("ES", 120)]
    listed = scheme("FR", "1000.00", independent=euros("100.00"), annex_eight=AnnexEight.PART_1)

    assert paid(settled(periods, [listed]), "FR") == "100.00 EUR"
    reduced = settled(periods, [listed], circumstances=other("10.00"))
    assert paid(reduced, "FR") == "495.00 EUR"


def test_annex_eight_part_two_knows_neither_pro_rata_nor_short_periods() -> None:
    periods = [months("FR", 6), months("ES", 120)]
    listed = scheme("FR", "1000.00", independent=euros("30.00"), annex_eight=AnnexEight.PART_2)

    found = settled(periods, [listed]).entitlement("FR")

    assert (str(found.payable), found.paid_as) == ("30.00 EUR", PaidAs.INDEPENDENT)
    assert found.pro_rata is None


def test_a_short_period_that_opens_a_right_alone_is_paid() -> None:
    found = settled([months("FR", 6), months("ES", 120)], [scheme("FR", "1260.00")])

    assert paid(found, "FR") == "60.00 EUR"


def test_a_pack_may_keep_short_periods_in_the_ratio() -> None:
    pack = changed_pack("in_ratio = false", "in_ratio = true")
    periods = [months("LU", 8), months("DE", 240), months("ES", 120)]
    schemes = [scheme("LU", minimum=TEN), scheme("DE", "3680.00"), scheme("ES")]

    assert paid(settled(periods, schemes, pack), "DE") == "2400.00 EUR"


def test_a_pack_without_a_rule_for_short_periods_pays_them() -> None:
    parameters = {
        key: value for key, value in EU.parameters.items() if key != "minimum_own_periods"
    }
    periods = [months("LU", 8), months("DE", 112)]
    short = [scheme("LU", "1200.00", minimum=TEN)]

    assert paid(settled(periods, short), "LU") == "0.00 EUR"
    assert paid(settled(periods, short, replace(EU, parameters=parameters)), "LU") == "80.00 EUR"


def test_if_everyone_is_freed_but_nobody_meets_the_conditions_nobody_pays() -> None:
    periods = [months("FR", 6), months("ES", 5)]
    schemes = [scheme("FR", "1.00", minimum=TEN), scheme("ES", "1.00", minimum=TEN)]

    settlement = settled(periods, schemes)

    assert {item.reason for item in settlement.entitlements} == {Reason.SHORT_PERIOD}


def test_a_state_without_a_scheme_in_the_case_is_not_taken_for_freed() -> None:
    periods = [months("FR", 6), months("ES", 5)]
    minimum = Duration(months=10)

    settlement = settled(periods, [scheme("FR", "1.00", minimum=minimum)])

    assert paid(settlement, "FR") == "0.00 EUR"


def test_the_last_state_pays_everything_even_if_its_amount_is_unknown() -> None:
    periods = [
        spell("FR", "10", "2000-01-01", "2000-06-30"),
        spell("ES", "10", "2001-01-01", "2001-05-31"),
    ]
    minimum = Duration(months=10)

    settlement = settled(
        periods, [scheme("FR", "90.00", minimum=minimum), scheme("ES", minimum=minimum)]
    )

    assert settlement.entitlement("ES").reason is Reason.AMOUNT_UNKNOWN
    assert paid(settlement, "FR") == "0.00 EUR"


def test_periods_of_a_deferred_benefit_are_kept_if_leaving_them_out_gives_less() -> None:
    periods = [months("FR", 120), months("SE", 120)]
    french = scheme("FR", "1000.00", theoretical_without={"SE": euros("400.00")})

    settlement = settled(periods, [french, scheme("SE", deferred=True)])

    assert paid(settlement, "FR") == "500.00 EUR"
    assert settlement.entitlement("FR").left_out == ()


def test_periods_of_unmet_conditions_are_left_out_if_that_gives_more() -> None:
    periods = [months("FR", 120), months("SE", 120)]
    french = scheme("FR", "1000.00", theoretical_without={"SE": euros("600.00")})

    settlement = settled(periods, [french, scheme("SE", conditions_met=False)])

    assert paid(settlement, "FR") == "600.00 EUR"
    assert settlement.entitlement("FR").left_out == ("SE",)
    assert settlement.entitlement("SE").reason is Reason.CONDITIONS_NOT_MET


def test_an_unknown_amount_without_those_periods_is_told() -> None:
    periods = [months("FR", 120), months("SE", 120)]

    settlement = settled(periods, [scheme("FR", "1000.00"), scheme("SE", deferred=True)])

    kinds = [item.kind for item in settlement.discrepancies]
    assert DiscrepancyKind.THEORETICAL_UNKNOWN in kinds
    assert paid(settlement, "FR") == "500.00 EUR"


def test_periods_are_left_out_of_the_calculation_only_and_open_the_right_all_the_same() -> None:
    periods = [months("FR", 100), months("SE", 120)]
    flat = scheme("FR", "1000.00", minimum=TEN, duration_independent=True)

    settlement = settled(periods, [flat, scheme("SE", deferred=True)])

    assert settlement.entitlement("FR").meets_minimum
    assert paid(settlement, "FR") == "1000.00 EUR"  # Art 50(2): "when performing the calculation"


def test_a_missing_value_of_displaced_voluntary_periods_is_told() -> None:
    periods = [
        spell("FR", "21", "2000-01-01", "2003-12-31"),
        spell("ES", "11", "2003-01-01", "2005-12-31"),
    ]

    settlement = settled(periods, [scheme("FR", "600.00")])

    assert paid(settlement, "FR") == "300.00 EUR"
    assert [item.kind for item in settlement.discrepancies] == [DiscrepancyKind.VOLUNTARY_VALUE]


def test_a_pack_may_know_no_voluntary_supplement() -> None:
    pack = changed_pack(
        "[[voluntary_supplement.values]]\nfrom   = 2010-05-01\nvalue  = true",
        "[[voluntary_supplement.values]]\nfrom   = 2010-05-01\nvalue  = false",
    )
    periods = [
        spell("FR", "21", "2000-01-01", "2003-12-31"),
        spell("ES", "11", "2003-01-01", "2005-12-31"),
    ]

    found = settled(periods, [scheme("FR", "600.00", voluntary_value=euros("9.00"))], pack)

    assert paid(found, "FR") == "300.00 EUR"
    assert found.discrepancies == ()


def test_periods_after_the_risk_never_count() -> None:
    periods = [
        spell("FR", "11", "2015-01-01", "2026-12-31"),
        spell("FR", "11", "2027-01-01", "2027-12-31"),
        spell("ES", "52", "2005-01-01", "2014-12-31"),
    ]

    found = settled(periods, [scheme("FR", "500.00")]).entitlement("FR")

    assert (found.aggregate.own, found.aggregate.total) == (120, 120)


def test_masks_keep_a_period_out_of_the_right_or_of_the_amount() -> None:
    periods = [
        months("FR", 60),
        months("FR", 61, relevance="000", calculation="111"),
        months("ES", 60, relevance="111", calculation="000"),
        months("ES", 61, relevance="000", calculation="000"),
    ]

    found = settled(periods, [scheme("FR", "1210.00")]).entitlement("FR")

    assert (found.aggregate.own, found.aggregate.total) == (60, 120)
    assert found.ratio is not None
    assert (found.ratio.own, found.ratio.total) == (121, 121)


def test_refunded_periods_and_third_states_are_left_out() -> None:
    periods = [
        months("FR", 60),
        months("ES", 120, refunded=True),
        months("US", 60),
    ]

    settlement = settled(periods, [scheme("FR", "100.00")])

    assert settlement.entitlement("FR").aggregate.total == 60
    assert DiscrepancyKind.THIRD_STATE in [item.kind for item in settlement.discrepancies]


def test_a_special_scheme_that_fails_gives_its_periods_to_the_general_one() -> None:
    periods = [months("DE", 60, scheme="04"), months("DE", 61, scheme="01")]
    schemes = [
        scheme("DE", "1.00", name="general"),
        scheme("DE", "1.00", name="miners", special=True, covers=("04",), minimum=TEN),
    ]

    general, miners = settled(periods, schemes).entitlements

    assert general.aggregate.own == 121
    assert miners.reason is Reason.MINIMUM_NOT_MET


def test_same_kind_reduces_an_independent_benefit_of_annex_nine_only() -> None:
    periods = [months("FR", 120), months("ES", 120)]
    plain = scheme("FR", "1000.00", independent=euros("800.00"))
    listed = scheme("FR", "1000.00", independent=euros("800.00"), annex_nine=True)
    same = other("100.00", same_kind=True)

    assert paid(settled(periods, [plain], circumstances=same), "FR") == "800.00 EUR"
    assert paid(settled(periods, [listed], circumstances=same), "FR") == "700.00 EUR"


def test_benefits_from_voluntary_insurance_and_unnamed_states_reduce_nothing() -> None:
    periods = [months("FR", 120)]
    national = [scheme("FR", "1000.00", independent=euros("800.00"))]

    for circumstances in (other("100.00", voluntary=True), other("100.00", reduces=("ES",))):
        settlement = settled(periods, national, circumstances=circumstances)
        assert paid(settlement, "FR") == "1000.00 EUR"


def test_an_independent_benefit_alone_is_reduced_without_a_ratio() -> None:
    periods = [months("FR", 120)]
    national = [scheme("FR", independent=euros("800.00"), annex_eight=AnnexEight.PART_2)]

    assert paid(settled(periods, national, circumstances=other("900.00")), "FR") == "0.00 EUR"


def test_setting_off_another_currency_is_refused() -> None:
    circumstances = other("1.00", amount=Money(minor=1, currency="CHF"))

    with pytest.raises(InvalidInputError, match="CHF"):
        settled([months("FR", 120)], [scheme("FR", "9.00")], circumstances=circumstances)


def test_the_minimum_benefit_is_topped_up_only_where_the_person_lives_and_is_paid() -> None:
    periods = [months("FR", 120), months("ES", 120)]
    french = scheme("FR", "1000.00", minimum_benefit=euros("900.00"))
    spanish = scheme("ES", "600.00")

    def total(residence: str | None) -> str:
        circumstances = Circumstances(residence=residence)
        settlement = settled(periods, [french, spanish], circumstances=circumstances)
        return settlement.payable_total["EUR"].decimal

    assert total("FR") == "900.00"
    assert total("ES") == "800.00"
    assert total(None) == "800.00"


def test_a_minimum_that_is_reached_needs_no_supplement() -> None:
    settlement = settled(
        [months("FR", 120)],
        [scheme("FR", "1000.00", minimum_benefit=euros("900.00"))],
        circumstances=Circumstances(residence="FR"),
    )

    assert settlement.entitlement("FR").supplement is None


@pytest.mark.parametrize("elsewhere", [None, Money(minor=1000, currency="SEK")], ids=str)
def test_a_supplement_beside_unknown_or_other_currencies_is_left_to_a_person(
    elsewhere: Money | None,
) -> None:
    settlement = settled(
        [months("FR", 120), months("SE", 120)],
        [
            scheme("FR", "1000.00", minimum_benefit=euros("900.00")),
            replace(scheme("SE"), theoretical=elsewhere),
        ],
        circumstances=Circumstances(residence="FR"),
    )

    kinds = [item.kind for item in settlement.discrepancies]
    assert DiscrepancyKind.SUPPLEMENT_UNDETERMINED in kinds
    assert settlement.entitlement("FR").supplement is None


def test_nothing_paid_needs_no_supplement() -> None:
    settlement = settled(
        [months("FR", 120)],
        [scheme("FR", "1000.00", minimum_benefit=euros("900.00"), deferred=True)],
        circumstances=Circumstances(residence="FR"),
    )

    assert paid(settlement, "FR") == "0.00 EUR"


def test_each_scheme_rounds_its_own_way_and_in_its_own_unit() -> None:
    periods = [months("FR", 120), months("ES", 60)]
    schemes = [
        scheme("FR", "1000.00", rounding=Rounding.UP),
        scheme("ES", "1000.00", rounding=Rounding.DOWN, unit=Unit.WEEKS),
    ]

    settlement = settled(periods, schemes)

    assert (paid(settlement, "FR"), paid(settlement, "ES")) == ("666.67 EUR", "333.33 EUR")


def test_one_id_for_two_different_records_is_refused() -> None:
    same = months("FR", 120)
    twin = months("FR", 120, scheme="01")

    with pytest.raises(InvalidInputError, match="same id"):
        settled([same, twin], [scheme("FR")])


def test_an_agreement_says_nothing_before_it_holds() -> None:
    with pytest.raises(NoAgreementError, match="2009-12-31"):
        settle([months("FR", 1)], [], EU, Branch.OLD_AGE, date(2009, 12, 31))
