"""Several creditors and one debtor's arrears: the sum of what is acknowledged stays within them."""

from datetime import UTC, date, datetime
from fractions import Fraction

from portability.core.money import Money
from portability.settlement.arrears import Deduction, left_for
from portability.settlement.statements import ExchangeRate, RefundKind
from tests.unit.settlement.books import AWARD, claim_of, eur, line_of


def deduction(minor: int, first: date = AWARD, months: int = 4, arrears: int = 50_000) -> Deduction:
    line = line_of(minor, kind=RefundKind.OVERPAYMENT, first_month=first, months=months)
    return Deduction(claim=claim_of(line), line=line, minor=minor, arrears=eur(arrears))


def test_one_creditor_can_have_all_of_the_arrears() -> None:
    assert left_for(deduction(200_000), []) == 200_000


def test_a_second_one_has_what_the_first_leaves() -> None:
    assert left_for(deduction(1), [deduction(120_000)]) == 80_000
    assert left_for(deduction(1), [deduction(120_000), deduction(80_000)]) == 0
    assert left_for(deduction(1), [deduction(200_000), deduction(200_000)]) == 0


def test_of_a_decision_that_pays_nothing_any_more_nothing_is_deducted() -> None:
    assert left_for(deduction(5, arrears=0), []) == 0
    assert left_for(deduction(5, arrears=0), [deduction(5, arrears=0)]) == 0
    assert left_for(deduction(1), [deduction(0, arrears=0)]) == 200_000
    assert left_for(deduction(1), [deduction(1, arrears=0)]) == 0


def test_only_months_that_both_claim_are_shared() -> None:
    apart = deduction(1, first=date(2026, 5, 1), months=2)
    assert left_for(apart, [deduction(200_000)]) == 100_000
    overlapping = deduction(1, first=date(2026, 4, 1), months=2)
    assert left_for(overlapping, [deduction(120_000)]) == 40_000


def test_arrears_in_another_currency_are_shared_by_what_each_claim_converts() -> None:
    rate = ExchangeRate(currency="PLN", per_euro=Fraction(4), published=date(2026, 1, 2))
    line = line_of(60_000, kind=RefundKind.OVERPAYMENT, months=4)
    claim = claim_of(line, rates=(rate,), at=datetime(2026, 5, 5, tzinfo=UTC))
    zloty = Money(minor=200_000, currency="PLN")
    abroad = Deduction(claim=claim, line=line, minor=60_000, arrears=zloty)
    assert left_for(deduction(1), [abroad]) == 140_000
    assert left_for(abroad, [deduction(150_000)]) == 50_000
