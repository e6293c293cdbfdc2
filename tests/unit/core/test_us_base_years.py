"""Which years count for the US amount, at both ends of the record and of the pack's table."""

import pytest

from tests.unit.core.case_texts import head, kinds, period, refused, result, settled

ITALY = period("IT", "1975-01-01/1989-12-31", "{ weeks = 780 }")


def claim(award: str, earnings: str, *, base: str, branch: str = "old-age") -> str:
    first, _, last = base.partition("-")
    scheme = (
        '[scheme.US]\nunit = "us-quarters"\nminimum = { quarters = 20 }\ncomputation_years = 35\n'
        f"first_year = {first}\nlast_year = {last}\n[scheme.US.earnings]\n{earnings}\n"
    )
    return head("us-it", award, branch) + ITALY + scheme


HALF_THE_WAGE = (
    '1999 = { quarters = 4, amount = "15234.92" }\n2000 = { quarters = 4, amount = "16077.41" }\n'
)


def test_earnings_of_the_year_of_the_benefit_are_not_used_and_that_is_told() -> None:
    """POMS GN 01701.200 B.1: through the year before the year of entitlement (in life cases)."""
    later = '2002 = { quarters = 2, amount = "42450.00" }\n'

    before = result(claim("2002-11-01", HALF_THE_WAGE, base="1962-2001"), "US")
    found = settled(claim("2002-11-01", HALF_THE_WAGE + later, base="1962-2001"))
    us = found.to_json()["jurisdictions"]["US"]  # type: ignore[index]

    assert us["relative_earnings_position"] == before["relative_earnings_position"] == "50.00000"
    assert us["attributed_earnings"] == before["attributed_earnings"]
    assert us["ratio"] == before["ratio"] == {"own": 8, "total": 140}
    assert us["payable"] == before["payable"]
    told = [note.text for note in found.settlement.entitlement("US").notes]
    assert "Earnings of 2002 are not used: the record ends before them" in told


def test_of_a_death_the_earnings_of_its_year_are_used() -> None:
    """POMS GN 01701.200 B.1: through the year of death (in survivor cases)."""
    rows = HALF_THE_WAGE + '2002 = { quarters = 2, amount = "16460.96" }\n'
    later = '2003 = { quarters = 4, amount = "80000.00" }\n'

    found = result(claim("2002-05-20", rows, base="1980-2002", branch="survivors"), "US")
    with_later = claim("2002-05-20", rows + later, base="1980-2002", branch="survivors")

    # two quarters of 2002 had begun; the last wage that was known is that of 2000, 32,154.82
    assert (found["own"], found["ratio"]) == (10, {"own": 10, "total": 140})
    ratios = found["earnings_ratios"]
    assert isinstance(ratios, dict)
    assert ratios["2002"] == "51.19282"
    assert result(with_later, "US")["payable"] == found["payable"]


@pytest.mark.parametrize(
    ("death", "own"), [("2000-07-01", 6), ("2000-07-02", 7), ("2000-12-31", 8)]
)
def test_no_quarter_counts_that_has_not_begun(death: str, own: int) -> None:
    """20 CFR 404.146; the earnings of a year without a record give its quarters."""
    found = result(claim(death, HALF_THE_WAGE, base="1980-2000", branch="survivors"), "US")

    assert found["own"] == own


def test_in_2026_the_year_2025_has_its_base_and_the_wage_of_2024() -> None:
    """20 CFR 404.1918(b)(2): the latest average; the base of 2025 is 176,100 dollars."""
    rich = "".join(
        f'{year} = {{ quarters = 4, amount = "{amount}" }}\n'
        for year, amount in ((2023, "160200.00"), (2024, "168600.00"), (2025, "176100.00"))
    )

    found = result(claim("2026-04-01", rich, base="1986-2025"), "US")

    ratios, attributed = found["earnings_ratios"], found["attributed_earnings"]
    assert isinstance(ratios, dict)
    assert isinstance(attributed, dict)
    assert ratios["2025"] == "252.12405"  # 176,100 / 69,846.57
    assert attributed["2025"] == "170884.78 USD"
    assert found["theoretical"] is not None


def test_a_wage_that_is_not_published_is_still_asked_for() -> None:
    row = '2025 = { quarters = 4, amount = "176100.00" }'

    refused(
        claim("2027-04-01", HALF_THE_WAGE + row, base="1987-2026"),
        r"earnings\.2025: average is missing",
    )


@pytest.mark.parametrize(("base", "known"), [("1962-2001", True), ("1961-2001", False)])
def test_who_was_62_before_the_year_of_the_award_has_no_amount_of_that_year(
    base: str, *, known: bool
) -> None:
    """
    20 CFR 404.211(d)(2), 404.212(b): wages and bend points go by the year of age 62.

    The base years begin with the year of age 22, here 1962 or 1961.
    """
    found = result(claim("2002-04-01", HALF_THE_WAGE, base=base), "US")

    assert (found["theoretical"] is not None) == known
    assert found["relative_earnings_position"] == "50.00000"


def test_base_years_from_1951_on_say_nothing_of_an_age() -> None:
    text = claim("1995-04-01", '1990 = { quarters = 4, amount = "9000.00" }\n', base="1951-1994")
    home = period("US", "1970-01-01/1974-12-31", "{ quarters = 20 }")

    assert result(text.replace(ITALY, home + ITALY), "US")["theoretical"] is not None


@pytest.mark.parametrize(("year", "told"), [(1984, True), (1985, False)])
def test_the_method_of_later_decisions_is_told_only_where_earnings_choose_it(
    year: int, *, told: bool
) -> None:
    """POMS GN 01705.120 C; earnings of the year of the benefit are not used by either method."""
    home = period("US", "1970-01-01/1974-12-31", "{ quarters = 20 }")
    law = '[scheme.US]\nunit = "us-quarters"\nminimum = { quarters = 20 }\n'
    law += f'[scheme.US.earnings]\n{year} = {{ quarters = 4, amount = "9000.00" }}\n'

    found = kinds(head("us-it", "1985-06-01") + home + law)

    assert ("formula-version" in found) == told
