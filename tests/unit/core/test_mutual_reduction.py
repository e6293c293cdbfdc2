"""Benefits that reduce one another (987/2009 Art 10), and methods that no rule settles."""

from dataclasses import replace

import pytest

from portability.core.explanation import explain
from portability.core.periods import Duration
from portability.core.scheme import Circumstances, OtherBenefit
from portability.errors import InvalidInputError
from tests.unit.core.builders import changed_pack, euros, months, scheme, settled

HALVES = [months("FR", 120), months("PL", 120)]
OTHER = OtherBenefit(
    name="survivor's pension",
    jurisdiction="BE",
    amount=euros("300.00"),
    same_kind=False,
    voluntary=False,
    reduces=("FR",),
    mutual=True,
)
FRENCH = scheme("FR", "1000.00", independent=euros("600.00"))


def amounts(other: OtherBenefit, **more: object) -> tuple[str, str, tuple[str, ...]]:
    french = replace(FRENCH, **more)  # type: ignore[arg-type]
    circumstances = Circumstances(other_benefits=(other,))
    found = settled(HALVES, [french], circumstances=circumstances).entitlement("FR")
    return str(found.independent), str(found.pro_rata), found.basis


def test_what_is_not_paid_is_divided_by_the_benefits_that_are_reduced() -> None:
    independent, pro_rata, basis = amounts(OTHER)

    assert independent == "450.00 EUR"  # 600 - 300 / 2
    assert pro_rata == "425.00 EUR"  # 500 - 300 x 120/240 / 2
    assert basis[-3:] == ("883/2004 Art 55", "987/2009 Art 10", "883/2004 Art 52(3)")


def test_without_mutual_reduction_nothing_is_shared() -> None:
    independent, pro_rata, basis = amounts(replace(OTHER, mutual=False))

    assert (independent, pro_rata) == ("300.00 EUR", "350.00 EUR")
    assert "987/2009 Art 10" not in basis


def test_every_state_that_reduces_shares() -> None:
    independent, pro_rata, _ = amounts(replace(OTHER, reduces=("FR", "PL")))

    assert independent == "500.00 EUR"  # 600 - 300 / 3
    assert pro_rata == "450.00 EUR"  # 500 - 300 x 120/240 / 3


def test_benefits_of_the_same_kind_are_divided_too_where_annex_nine_lists_one() -> None:
    same = replace(OTHER, same_kind=True)

    assert amounts(same, annex_nine=True)[:2] == ("450.00 EUR", "500.00 EUR")
    assert amounts(replace(same, mutual=False), annex_nine=True)[0] == "300.00 EUR"
    assert amounts(same)[0] == "600.00 EUR"


def test_no_more_than_the_whole_benefit_is_divided() -> None:
    more = replace(OTHER, amount=euros("2000.00"))

    assert amounts(more)[:2] == ("300.00 EUR", "250.00 EUR")  # 600 and 500 withdrawn, each / 2
    assert amounts(replace(more, mutual=False))[:2] == ("0.00 EUR", "0.00 EUR")


def test_an_explanation_says_how_much_of_a_benefit_may_be_set_off() -> None:
    circumstances = Circumstances(other_benefits=(replace(OTHER, amount=euros("2000.00")),))

    trees = explain(settled(HALVES, [FRENCH], circumstances=circumstances))

    found = [line for tree in trees for line in tree.lines()]
    told = "2000.00 EUR × 1/2, at most 1/2 of the benefit = 300.00 EUR"
    assert any(told in line for line in found)


def test_an_agreement_without_the_article_cites_national_law() -> None:
    pack = changed_pack('anti_overlap_mutual     = "987/2009 Art 10"\n', "")
    circumstances = Circumstances(other_benefits=(OTHER,))

    found = settled(HALVES, [FRENCH], pack, circumstances).entitlement("FR")

    assert "national law" in found.basis


def test_two_benefits_of_one_scheme_are_set_off_one_after_the_other() -> None:
    circumstances = Circumstances(other_benefits=(OTHER, replace(OTHER, mutual=False)))
    french = replace(FRENCH, minimum=Duration(years=1))

    found = settled(HALVES, [french], circumstances=circumstances).entitlement("FR")

    assert str(found.independent) == "150.00 EUR"
    assert found.basis.count("883/2004 Art 55") == 1


def test_a_pack_whose_method_nothing_settles_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="method names lump-sum-transfer, which is not"):
        changed_pack('old-age        = "pro-rata"', 'old-age        = "lump-sum-transfer"')
