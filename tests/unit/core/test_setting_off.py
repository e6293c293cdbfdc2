"""What is set off, and what is topped up, to the cent (883/2004 Art 53 to 55 and 58)."""

import pytest

from portability.core.entitlement import PaidAs
from portability.core.money import Money
from portability.core.periods import Duration
from portability.core.scheme import AnnexEight, Circumstances, OtherBenefit, Scheme
from tests.unit.core.builders import euros, months, paid, scheme, settled

HALF = [months("FR", 120), months("ES", 120)]


def benefit(amount: str, *, same_kind: bool, reduces: tuple[str, ...] = ("FR",)) -> OtherBenefit:
    return OtherBenefit(
        name="a pension",
        jurisdiction="CH",
        amount=euros(amount),
        same_kind=same_kind,
        voluntary=False,
        reduces=reduces,
    )


def test_no_benefit_of_the_same_kind_touches_a_pro_rata_benefit() -> None:
    # Annex IX lists the scheme, so that the independent benefit alone is reduced (Art 54(1), (2)).
    listed = scheme("FR", "1000.00", independent=euros("800.00"), annex_nine=True)
    others = Circumstances(other_benefits=(benefit("350.00", same_kind=True),))

    found = settled(HALF, [listed], circumstances=others).entitlement("FR")

    assert (str(found.independent), str(found.pro_rata)) == ("450.00 EUR", "500.00 EUR")
    assert (found.paid_as, str(found.payable)) == (PaidAs.PRO_RATA, "500.00 EUR")


@pytest.mark.parametrize(
    ("same_kind", "article"), [(True, "883/2004 Art 54"), (False, "883/2004 Art 55")]
)
def test_the_reduction_cites_the_article_of_its_kind(article: str, *, same_kind: bool) -> None:
    listed = scheme("FR", "1000.00", independent=euros("900.00"), annex_nine=True)
    others = Circumstances(other_benefits=(benefit("100.00", same_kind=same_kind),))

    basis = settled(HALF, [listed], circumstances=others).entitlement("FR").basis

    cited = [text for text in basis if text.startswith(("883/2004 Art 54", "883/2004 Art 55"))]
    assert [text[: len(article)] for text in cited] == [article]


def test_benefits_of_several_kinds_are_set_off_one_by_one() -> None:
    listed = scheme("FR", "1000.00", independent=euros("900.00"), annex_nine=True)
    others = Circumstances(
        other_benefits=(
            benefit("100.00", same_kind=True),
            benefit("80.00", same_kind=False, reduces=("FR", "ES")),
        )
    )

    found = settled(HALF, [listed], circumstances=others).entitlement("FR")

    # 900 - 100 - 80/2, and 500 - 80 x 120/240.
    assert (str(found.independent), str(found.pro_rata)) == ("760.00 EUR", "460.00 EUR")


def test_a_benefit_is_never_reduced_below_nothing() -> None:
    plain = scheme("FR", "1000.00")
    others = Circumstances(other_benefits=(benefit("5000.00", same_kind=False),))

    assert paid(settled(HALF, [plain], circumstances=others), "FR") == "0.00 EUR"


def test_without_a_ratio_the_independent_benefit_bears_its_part_alone() -> None:
    national = scheme("FR", independent=euros("800.00"), annex_eight=AnnexEight.PART_2)
    others = Circumstances(
        other_benefits=(benefit("100.00", same_kind=False, reduces=("FR", "ES")),)
    )

    found = settled([months("FR", 120)], [national], circumstances=others).entitlement("FR")

    assert (str(found.independent), found.pro_rata) == ("750.00 EUR", None)


def topped(minimum: str, *more: Scheme, theoretical: str = "1000.00") -> str | None:
    """The supplement of France for half a career there, with other schemes beside it."""
    french = scheme("FR", theoretical, minimum_benefit=euros(minimum))
    settlement = settled(
        HALF, [*more[:1], french, *more[1:]], circumstances=Circumstances(residence="FR")
    )
    found = settlement.entitlement("FR")
    minimum_cited = "883/2004 Art 58" in found.basis
    assert minimum_cited == (found.supplement is not None)
    assert "987/2009 Art 90" not in found.basis
    return None if found.supplement is None else str(found.supplement)


@pytest.mark.parametrize(
    ("minimum", "supplement"),
    [("499.99", None), ("500.00", None), ("500.01", "0.01 EUR"), ("700.00", "200.00 EUR")],
)
def test_a_supplement_begins_with_the_first_missing_cent(
    minimum: str, supplement: str | None
) -> None:
    assert topped(minimum) == supplement


@pytest.mark.parametrize(
    ("theoretical", "supplement"), [("0.00", None), ("0.02", "99.99 EUR"), ("0.04", "99.98 EUR")]
)
def test_who_pays_a_single_cent_pays_a_benefit(theoretical: str, supplement: str | None) -> None:
    assert topped("100.00", theoretical=theoretical) == supplement


def test_schemes_keep_their_order_around_the_one_that_is_topped_up() -> None:
    before = scheme("ES", "200.00", name="first")
    after = scheme("ES", "100.00", name="last")
    french = scheme("FR", "1000.00", minimum_benefit=euros("900.00"))

    settlement = settled(HALF, [before, french, after], circumstances=Circumstances(residence="FR"))

    assert [item.scheme.label for item in settlement.entitlements] == [
        "ES (first)",
        "FR",
        "ES (last)",
    ]
    assert settlement.payable_total["EUR"] == Money(minor=90000, currency="EUR")


def test_what_pays_nothing_in_another_currency_needs_no_rate() -> None:
    swiss = scheme(
        "ES",
        minimum=Duration(years=40),
        independent=Money(minor=100, currency="CHF"),
    )

    assert topped("700.00", swiss) == "200.00 EUR"


def test_periods_are_left_out_only_if_more_is_left_after_setting_off() -> None:
    # With Sweden's 500, less 600 x 120/240; without 520, of which nothing is left (Art 50(2), 55).
    sweden = scheme("SE", deferred=True)
    france = scheme("FR", "1000.00", theoretical_without={"SE": euros("520.00")})
    others = Circumstances(other_benefits=(benefit("600.00", same_kind=False),))
    periods = [months("FR", 120), months("SE", 120)]

    alone = settled(periods, [france, sweden]).entitlement("FR")
    found = settled(periods, [france, sweden], circumstances=others).entitlement("FR")

    assert (alone.left_out, str(alone.payable)) == (("SE",), "520.00 EUR")
    assert (found.left_out, str(found.payable)) == ((), "200.00 EUR")


def test_a_law_that_owes_nothing_leaves_the_supplement_to_the_minimum_determined() -> None:
    spain = scheme("ES", "600.00", minimum_benefit=euros("620.00"))
    nothing = scheme("PT")  # no periods, and no amount that would tell a currency
    at_home = Circumstances(residence="ES")

    found = settled([months("ES", 120)], [spain, nothing], circumstances=at_home)

    assert found.entitlement("PT").payable is None
    assert str(found.entitlement("ES").supplement) == "20.00 EUR"  # 883/2004 Art 58
