"""Which of two agreements gives more, where one amount is unknown or both are equal."""

from dataclasses import replace
from datetime import date

import pytest

from portability.core.agreement import Rules
from portability.core.benefits import Settlement
from portability.core.discrepancy import DiscrepancyKind
from portability.core.entitlement import PaidAs
from portability.core.money import Money
from portability.core.periods import Branch
from portability.core.settling import settle
from portability.core.two_agreements import compare_agreements
from tests.unit.core.builders import EU, months, scheme
from tests.unit.core.case_texts import PACKS

DAY = date(2020, 1, 1)
SCHEME = scheme("PT", "900.00")
CMISS = PACKS["cmiss"].rules_on(DAY)
CLAUSE = "Convenio Art 8"


def under(rules: Rules, payable: Money | None) -> Settlement:
    """The same claim under each of the rules, with the given amount."""
    claim = settle(
        [months("PT", 180), months("ES", 120)], [SCHEME], PACKS["cmiss"], Branch.OLD_AGE, DAY
    )
    found = tuple(
        replace(
            item,
            payable=payable,
            paid_as=PaidAs.UNKNOWN if payable is None else PaidAs.PRO_RATA,
        )
        for item in claim.entitlements
    )
    return replace(claim, rules=rules, entitlements=found)


def cents(minor: int) -> Money:
    return Money(minor=minor, currency="EUR")


@pytest.mark.parametrize(
    ("first", "other", "applied"),
    [
        (None, cents(0), "eu-883-2004"),
        (cents(0), None, "cmiss"),
        (cents(5), cents(5), "cmiss"),
        (cents(5), cents(6), "eu-883-2004"),
    ],
)
def test_any_known_amount_is_more_than_an_unknown_one(
    first: Money | None, other: Money | None, applied: str
) -> None:
    found = compare_agreements(under(CMISS, first), [under(EU.rules_on(DAY), other)]).entitlement(
        "PT"
    )

    assert found.details["applied_agreement"] == applied
    assert (CLAUSE in found.basis) == (applied != "cmiss")


def test_the_difference_is_told_with_both_amounts_and_the_clause() -> None:
    settlement = compare_agreements(under(CMISS, None), [under(EU.rules_on(DAY), cents(600))])

    (finding,) = [
        item for item in settlement.discrepancies if item.kind is DiscrepancyKind.AGREEMENTS_DIFFER
    ]
    assert finding.article == CLAUSE
    assert finding.detail == (
        "PT: under cmiss an unknown amount is paid as unknown, 180/300; under eu-883-2004 "
        "6.00 EUR is paid as pro-rata, 180/300; applied is eu-883-2004"
    )


def test_a_difference_without_any_clause_is_national_law() -> None:
    rules = EU.rules_on(DAY)

    settlement = compare_agreements(under(rules, cents(5)), [under(rules, cents(6))])

    assert settlement.discrepancies[-1].article == "national law"
    assert settlement.entitlement("PT").payable == cents(5)
