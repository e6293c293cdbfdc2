"""Lengths of a missing answer at which a provisional bound is reached (987/2009 Art 7 and 50)."""

from fractions import Fraction

import pytest

from portability.core.bounds import Bound, bounds
from portability.core.formulas import Accrual
from portability.core.money import ExactMoney
from portability.core.periods import Branch, Duration
from portability.core.scheme import Circumstances, MissingAnswer, Scheme
from portability.core.units import Unit
from tests.unit.core.builders import AWARD, EU, months, scheme


def bound(known: int, at_most: Duration, lithuanian: Scheme) -> Bound:
    """Of a Lithuanian scheme with so many months, while Poland has not answered."""
    missing = Circumstances(missing=(MissingAnswer(jurisdiction="PL", at_most=at_most),))
    polish = scheme("PL", minimum=Duration(years=25))
    found, _ = bounds(
        [months("LT", known)],
        [lithuanian, polish],
        EU,
        Branch.OLD_AGE,
        AWARD,
        circumstances=missing,
    )
    return found


@pytest.mark.parametrize("unit", [Unit.MONTHS, Unit.QUARTERS, Unit.DAYS_6, Unit.YEARS])
def test_the_most_is_paid_where_the_right_just_opens_whatever_the_unit(unit: Unit) -> None:
    # 13 of 15 years: two Polish years open the right, any more dilute the share.
    lithuanian = scheme("LT", "1500.00", minimum=Duration(years=15), unit=unit)

    found = bound(156, Duration(years=20), lithuanian)

    assert (str(found.lower), str(found.upper)) == ("0.00 EUR", "1300.00 EUR")


def test_eleven_foreign_months_raise_the_amount_and_leave_the_ratio_alone() -> None:
    # Short periods count in the theoretical amount only (883/2004 Art 57(2)); a year shares both.
    average = ExactMoney(exact=Fraction(1200), currency="EUR")
    lithuanian = scheme("LT", formula=Accrual(rate=Fraction(1, 100), average=average))

    found = bound(120, Duration(years=20), lithuanian)

    assert (str(found.lower), str(found.upper)) == ("120.00 EUR", "131.00 EUR")


@pytest.mark.parametrize(("at_most", "upper"), [(23, "0.00 EUR"), (24, "1300.00 EUR")])
def test_what_is_out_of_reach_is_not_promised(at_most: int, upper: str) -> None:
    lithuanian = scheme("LT", "1500.00", minimum=Duration(years=15))

    assert str(bound(156, Duration(months=at_most), lithuanian).upper) == upper
