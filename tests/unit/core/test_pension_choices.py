"""
Where the pension chapter chooses: which periods, which state, which amount (883/2004 Art 50 to 57).

Each test holds one choice to the words of its article, on both sides of where it turns.
"""

from dataclasses import replace

import pytest

from portability.core.entitlement import PaidAs, Reason
from portability.core.periods import Duration
from portability.core.units import Unit
from tests.unit.core.builders import euros, months, paid, scheme, settled, spell

TEN = Duration(years=10)


@pytest.mark.parametrize(
    ("without", "left_out"), [("499.99", ()), ("500.00", ()), ("500.01", ("SE",))]
)
def test_periods_are_left_out_only_if_including_them_gives_less(
    without: str, left_out: tuple[str, ...]
) -> None:
    french = scheme("FR", "1000.00", theoretical_without={"SE": euros(without)})

    settlement = settled(
        [months("FR", 120), months("SE", 120)], [french, scheme("SE", deferred=True)]
    )

    assert settlement.entitlement("FR").left_out == left_out


@pytest.mark.parametrize("without", ["0.00", "0.50", "1.00"])
def test_an_amount_that_is_known_without_them_goes_before_one_that_is_not(without: str) -> None:
    french = scheme("FR", theoretical_without={"SE": euros(without)})

    settlement = settled(
        [months("FR", 120), months("SE", 120)], [french, scheme("SE", deferred=True)]
    )

    assert paid(settlement, "FR") == f"{without} EUR"
    assert settlement.entitlement("FR").left_out == ("SE",)


def test_what_is_paid_decides_and_not_the_lower_amount() -> None:
    # The independent benefit is the same either way, and higher than either pro-rata amount.
    french = scheme(
        "FR",
        "1000.00",
        independent=euros("800.00"),
        theoretical_without={"SE": euros("600.00")},
    )

    settlement = settled(
        [months("FR", 120), months("SE", 120)], [french, scheme("SE", deferred=True)]
    )

    assert settlement.entitlement("FR").left_out == ()
    assert paid(settlement, "FR") == "800.00 EUR"


def test_one_unit_of_periods_is_enough_to_be_left_out() -> None:
    periods = [months("FR", 120), months("SE", 12)]
    french = scheme("FR", "1000.00", theoretical_without={"SE": euros("990.00")})
    swedish = scheme("SE", unit=Unit.YEARS, deferred=True)

    settlement = settled(periods, [french, swedish])

    assert settlement.entitlement("SE").aggregate.own == 1
    assert settlement.entitlement("FR").left_out == ("SE",)


def test_the_basis_says_as_what_the_benefit_is_due() -> None:
    periods = [months("FR", 120), months("ES", 120)]
    schemes = [scheme("FR", "1000.00", independent=euros("600.00")), scheme("ES", "1000.00")]

    settlement = settled(periods, schemes)

    french, spanish = settlement.entitlement("FR").basis, settlement.entitlement("ES").basis
    assert "883/2004 Art 52(1)(a)" in french
    assert "883/2004 Art 52(1)(a)" not in spanish
    assert "883/2004 Art 52(1)(b)" in spanish
    assert "883/2004 Art 52(1)(b)" not in french


def test_a_short_scheme_owes_nothing_beside_a_longer_one_of_the_same_state() -> None:
    # Article 57(1) looks at the periods under each legislation that the institution applies.
    periods = [
        months("FR", 240, scheme="01"),
        replace(months("FR", 6, scheme="02"), id="short"),
        months("ES", 120),
    ]
    long = scheme("FR", "1000.00", name="employed", covers=("01",))
    short = scheme("FR", "1000.00", name="self-employed", covers=("02",), minimum=TEN)

    settlement = settled(periods, [long, short])

    found = {item.scheme.name: item for item in settlement.entitlements}
    assert found["self-employed"].reason is Reason.SHORT_PERIOD
    assert found["employed"].paid_as is PaidAs.PRO_RATA


def test_a_scheme_without_periods_does_not_keep_its_state_from_being_freed() -> None:
    # The French periods count in the Spanish theoretical amount and not in its ratio (57(2)).
    periods = [months("FR", 6, scheme="01"), months("ES", 120)]
    empty = scheme("FR", "1000.00", name="miners", covers=("04",))
    short = scheme("FR", "1000.00", name="employed", covers=("01",), minimum=TEN)

    settlement = settled(periods, [empty, short, scheme("ES", "1260.00")])

    ratio = settlement.entitlement("ES").ratio
    assert ratio is not None
    assert (ratio.own, ratio.total) == (120, 120)


def test_the_last_state_is_that_of_the_last_day_of_insurance() -> None:
    periods = [
        spell("FR", "10", "2000-01-01", "2000-03-31"),
        spell("ES", "10", "2001-01-01", "2001-05-31"),
        spell("FR", "10", "2002-01-01", "2002-03-31"),
    ]
    minimum = Duration(months=11)

    settlement = settled(
        periods,
        [scheme("FR", "90.00", minimum=minimum), scheme("ES", "80.00", minimum=minimum)],
    )

    french = settlement.entitlement("FR")
    assert (french.paid_as, str(french.payable)) == (PaidAs.ALL_PERIODS, "90.00 EUR")
    assert french.ratio is not None
    assert (french.ratio.own, french.ratio.total) == (11, 11)
    assert paid(settlement, "ES") == "0.00 EUR"


def test_a_state_of_which_some_days_count_is_not_forgotten_among_the_freed() -> None:
    # The Italian year is displaced in part; its other months count, and Italy may have to pay.
    periods = [
        spell("FR", "10", "2000-01-01", "2000-06-30"),
        spell("IT", "41", "2000-04-01", "2001-12-31"),
    ]

    settlement = settled(periods, [scheme("FR", "90.00", minimum=Duration(months=10))])

    assert settlement.entitlement("FR").reason is Reason.SHORT_PERIOD


@pytest.mark.parametrize(("own", "reason"), [(11, Reason.SHORT_PERIOD), (12, None)])
def test_exactly_one_year_is_not_less_than_one_year(own: int, reason: Reason | None) -> None:
    periods = [months("FR", own), months("ES", 120)]

    found = settled(periods, [scheme("FR", "1000.00", minimum=TEN)]).entitlement("FR")

    assert found.reason is reason


def test_a_single_unit_of_own_periods_opens_a_right() -> None:
    yearly = scheme("FR", "1000.00", unit=Unit.YEARS)
    own, foreign = months("FR", 12), months("ES", 108)

    alone = settled([own], [yearly]).entitlement("FR")
    together = settled([own, foreign], [replace(yearly, minimum=TEN)]).entitlement("FR")

    assert (alone.meets_minimum_alone, str(alone.payable)) == (True, "1000.00 EUR")
    assert (together.meets_minimum_alone, together.meets_minimum) == (False, True)
    assert str(together.payable) == "100.00 EUR"


def test_periods_that_open_no_right_anywhere_have_no_conditions_to_wait_for() -> None:
    # Sweden's periods only enter the amount, so they are not those of a benefit put off (50(2)).
    french = scheme("FR", "1000.00", theoretical_without={"SE": euros("2000.00")})
    periods = [months("FR", 120), months("SE", 120, relevance="000", calculation="111")]

    settlement = settled(periods, [french, scheme("SE", deferred=True)])

    assert settlement.entitlement("FR").left_out == ()
