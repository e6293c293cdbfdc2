"""Amounts in words: formulas, what is set off, the minimum at the residence, currencies."""

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

import pytest

from portability.core.exchange import Rates
from portability.core.explanation import explain
from portability.core.formulas import Accrual, Capital, Flat, Formula, Points, Proportional
from portability.core.money import exactly, parse_money
from portability.core.periods import Duration
from portability.core.scheme import Circumstances, OtherBenefit, Scheme
from portability.examples import example_source
from tests.unit.core.builders import euros, months, paid, scheme, settled
from tests.unit.core.case_texts import settled as settled_text

HALVES = [months("FR", 120), months("PL", 120)]
POLAND = Scheme(jurisdiction="PL", unit=scheme("PL").unit, theoretical=parse_money("1000.00 PLN"))
FOUR = MappingProxyType({"exchange_rate": Rates(per_euro=MappingProxyType({"PLN": Fraction(4)}))})


def lines(*schemes: Scheme, circumstances: Circumstances | None = None) -> list[str]:
    trees = explain(settled(HALVES, schemes, circumstances=circumstances))
    return [line.strip() for tree in trees for line in tree.lines()]


def survivors_pension(amount: str, *, same_kind: bool = False) -> OtherBenefit:
    return OtherBenefit(
        name="survivor's pension",
        jurisdiction="CH",
        amount=parse_money(amount),
        same_kind=same_kind,
        voluntary=False,
        reduces=("FR",),
    )


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        (
            Accrual(rate=Fraction(3, 200), average=exactly(euros("2000.00"))),
            "1.5 % of the monthly average, 2000.00 EUR, for each of 240/12 years = 600.00 EUR",
        ),
        (Proportional(full_amount=euros("900.00")), "900.00 EUR × 240/480 = 450.00 EUR"),
        (
            Points(points=Fraction(19, 2), point_value=euros("40.00")),
            "9.5 points / 120 × 240 × 40.00 EUR = 760.00 EUR",
        ),
        (
            Capital(capital=euros("24000.00"), divisor=240),
            "24000.00 EUR / 120 × 240 / 240 = 200.00 EUR",
        ),
        (
            Flat(flat_amount=euros("90.00")),
            "90.00 EUR, whatever the length of insurance = 90.00 EUR",
        ),
    ],
)
def test_a_theoretical_amount_unfolds_to_its_formula(formula: Formula, words: str) -> None:
    found = lines(scheme("FR", formula=formula, full_career=Duration(months=480)))

    assert any(
        line.startswith("Theoretical amount") and f"in FR: {words}" in line for line in found
    )


def test_a_full_career_in_the_ratio_is_told() -> None:
    found = lines(scheme("FR", "1000.00", full_career=Duration(months=200)))

    assert "A full career is 200 months; no more enter the ratio [883/2004 Art 56(1)(a)]" in found


def test_what_is_set_off_is_told_for_each_amount() -> None:
    french = scheme("FR", "1000.00", independent=euros("600.00"))

    found = lines(
        french, circumstances=Circumstances(other_benefits=(survivors_pension("90.00 EUR"),))
    )

    assert (
        "Independent benefit on own periods alone: 600.00 EUR; after what is set off: 510.00 EUR "
        "[883/2004 Art 52(1)(a)]"
    ) in found
    assert "Set off: survivor's pension (CH), 90.00 EUR × 1 = 90.00 EUR [883/2004 Art 55]" in found
    assert (
        "Set off: survivor's pension (CH), 90.00 EUR × 1/2 = 45.00 EUR [883/2004 Art 55]" in found
    )
    assert (
        "Pro-rata benefit: 1000.00 EUR × 120/240 = 500.00 EUR; after what is set off: 455.00 EUR "
        "[883/2004 Art 52(1)(b)]"
    ) in found


def test_a_benefit_of_the_same_kind_is_told_not_to_be_set_off() -> None:
    other = survivors_pension("90.00 EUR", same_kind=True)

    found = lines(scheme("FR", "1000.00"), circumstances=Circumstances(other_benefits=(other,)))

    assert "Not set off, being of the same kind: survivor's pension (CH) [883/2004 Art 54]" in found


def test_a_benefit_in_another_currency_is_set_off_at_the_rate_of_the_case() -> None:
    circumstances = Circumstances(other_benefits=(survivors_pension("400.00 PLN"),), facts=FOUR)

    settlement = settled(HALVES, [scheme("FR", "1000.00")], circumstances=circumstances)

    assert paid(settlement, "FR") == "450.00 EUR"  # 400 PLN are 100 euros, half of them
    assert "987/2009 Art 90" in settlement.entitlement("FR").basis
    (told,) = (
        line
        for line in lines(scheme("FR", "1000.00"), circumstances=circumstances)
        if "Set" in line
    )
    assert told.endswith("400.00 PLN × 1/2 = 50.00 EUR [883/2004 Art 55; 987/2009 Art 90]")


def _at_home(facts: Mapping[str, object] = FOUR) -> Circumstances:
    return Circumstances(residence="FR", facts=facts)


def test_the_minimum_benefit_counts_pensions_in_other_currencies_at_the_rate() -> None:
    french = scheme("FR", "1000.00", minimum_benefit=euros("700.00"))

    settlement = settled(HALVES, [french, POLAND], circumstances=_at_home())

    entitlement = settlement.entitlement("FR")
    assert str(entitlement.supplement) == "75.00 EUR"  # 700 - 500 - 500 PLN / 4
    assert str(entitlement.payable) == "575.00 EUR"
    assert entitlement.basis[-2:] == ("883/2004 Art 58", "987/2009 Art 90")
    assert (
        "Supplement up to the minimum benefit of 700.00 EUR: 75.00 EUR, since FR 500.00 EUR + "
        "PL 500.00 PLN are 625.00 EUR [883/2004 Art 58; 987/2009 Art 90]"
    ) in lines(french, POLAND, circumstances=_at_home())


def test_without_a_rate_no_supplement_is_determined() -> None:
    french = scheme("FR", "1000.00", minimum_benefit=euros("700.00"))

    settlement = settled(HALVES, [french, POLAND], circumstances=_at_home({}))

    assert settlement.entitlement("FR").supplement is None
    assert [item.kind.value for item in settlement.discrepancies][-1] == "supplement-undetermined"


def test_a_pension_of_nothing_in_another_currency_needs_no_rate() -> None:
    french = scheme("FR", "1000.00", minimum_benefit=euros("700.00"))
    deferred = Scheme(
        jurisdiction="PL",
        unit=POLAND.unit,
        theoretical=POLAND.theoretical,
        deferred=True,
        minimum=Duration(years=1),
    )

    settlement = settled(HALVES, [french, deferred], circumstances=_at_home({}))

    assert str(settlement.entitlement("FR").supplement) == "200.00 EUR"


def test_the_last_state_that_pays_for_all_unfolds_what_it_pays() -> None:
    tree = explain(settled_text(example_source("art57-all-short.toml").decode()).settlement)[1]

    assert (
        "Benefit as if all periods had been completed in BE: 120.00 EUR "
        "[883/2004 Art 52(1)(b)(i); 883/2004 Art 56(1)(c)]"
    ) in [line.strip() for line in tree.lines()]
