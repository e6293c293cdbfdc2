"""The whole US amount from earnings, against the actuary's own program.

The expected amounts are what AnyPIA of the Social Security Administration printed for the cases
"e62-ent" of github.com/anthonycolavito/pyanypia, oracle/goldens/total_v1.jsonl: workers born on 15
March, entitled in April of the year in which they reach 62, with earnings of half (h) or all (s) of
the average wage in some years, four quarters in each.
"""

from fractions import Fraction

import pytest

from portability.core.methods.parameters import UsYear
from portability.core.us_pia import ordinary_amount
from tests.unit.core.case_texts import PACKS, head, period, result

YEARS = PACKS["us-it"].value("us_years", PACKS["us-it"].valid_from)
assert hasattr(YEARS, "items")
PROGRAM = [
    (1940, (1970, 1972), "66.10", "102.90"),
    (1940, (1975, 1980), "132.30", "205.80"),
    (1940, (1965, 1973), "198.40", "308.70"),
    (1950, (1980, 1982), "85.70", "133.30"),
    (1950, (1985, 1990), "171.40", "266.70"),
    (1950, (1975, 1983), "257.20", "400.00"),
    (1955, (1985, 1987), "98.90", "153.90"),
    (1955, (1990, 1995), "197.90", "307.80"),
    (1955, (1980, 1988), "296.80", "461.70"),
    (1960, (1990, 1992), "114.40", "178.00"),
    (1960, (1995, 2000), "228.90", "356.00"),
    (1960, (1985, 1993), "343.30", "534.10"),
]


def wage(year: int, *, half: bool) -> str:
    row = YEARS[year]  # type: ignore[index]
    assert isinstance(row, UsYear)
    cents = int(row.average * 100)
    return f"{(cents // 2 if half else cents) / 100:.2f}"


def claim(born: int, worked: tuple[int, int], *, half: bool, award: str | None = None) -> str:
    first, last = worked
    rows = "".join(
        f'{year} = {{ quarters = 4, amount = "{wage(year, half=half)}" }}\n'
        for year in range(first, last + 1)
    )
    home = period("US", f"{first}-01-01/{last}-12-31", f"{{ quarters = {4 * (last - first + 1)} }}")
    abroad = period("IT", f"{born + 20}-01-01/{born + 59}-12-31", "{ weeks = 2080 }")
    scheme = (
        '[scheme.US]\nunit = "us-quarters"\nminimum = { quarters = 40 }\ncomputation_years = 35\n'
        f"first_year = {born + 22}\nlast_year = {born + 61}\n[scheme.US.earnings]\n"
    )
    return head("us-it", award or f"{born + 62}-04-01") + home + abroad + scheme + rows


@pytest.mark.parametrize(("born", "worked", "half", "whole"), PROGRAM)
def test_the_amount_is_that_of_the_actuarys_program(
    born: int, worked: tuple[int, int], half: str, whole: str
) -> None:
    assert result(claim(born, worked, half=True), "US")["payable"] == f"{half} USD"
    assert result(claim(born, worked, half=False), "US")["payable"] == f"{whole} USD"


def test_the_monthly_earnings_are_told() -> None:
    found = result(claim(1940, (1970, 1972), half=True), "US")

    assert found["average_indexed_monthly_earnings"] == 1339
    assert found["theoretical"] == "771.80 USD"


def test_after_an_increase_for_the_cost_of_living_the_amount_must_be_given() -> None:
    for award in ("2002-12-01", "2003-01-01"):
        found = result(claim(1940, (1970, 1972), half=True, award=award), "US")

        assert (found["theoretical"], found["payable"]) == (None, None)


def test_the_record_of_example_one_with_the_wage_of_1980_for_1981_gives_453_10() -> None:
    """In 1982 no wage of 1981 was known; the position is that of 20 CFR 404.1918, example 1."""
    base = {
        year: Fraction("0.9585467") * YEARS[min(year, 1980)].average  # type: ignore[index]
        for year in range(1951, 1982)
    }

    found = ordinary_amount(base, YEARS, eligibility=1982, computation_years=26)  # type: ignore[arg-type]

    assert found is not None
    assert (found.monthly, str(found.amount)) == (999, "453.10 USD")


def test_the_method_begins_in_1979_and_needs_the_wage_two_years_before() -> None:
    for year in (1978, 2050):
        assert ordinary_amount({}, YEARS, eligibility=year, computation_years=35) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("known", [{}, {1960: UsYear(None, Fraction(4800))}])
def test_years_of_unknown_wages_are_not_indexed(known: dict[int, UsYear]) -> None:
    years = {2000: UsYear(Fraction("32154.82"), None)} | known

    found = ordinary_amount({1960: Fraction(12000)}, years, eligibility=2002, computation_years=1)

    assert found is not None
    assert found.monthly == 1000


def test_earnings_before_1951_are_not_used() -> None:
    """20 CFR 404.211(a): "Your earnings before 1951 are not used"."""
    early = {year: Fraction(3000) for year in range(1937, 1951)}
    late = {year: Fraction(3600) for year in range(1951, 1955)}

    both = ordinary_amount(early | late, YEARS, eligibility=1985, computation_years=23)  # type: ignore[arg-type]

    assert both == ordinary_amount(late, YEARS, eligibility=1985, computation_years=23)  # type: ignore[arg-type]
    assert both is not None
    # 3,600 dollars times 15,239.24 over the wages of 1951 to 1954, of 23 years
    assert both.monthly == 264


def test_high_earnings_pass_both_bend_points() -> None:
    found = ordinary_amount(
        {2001: Fraction(60000)},
        YEARS,
        eligibility=2002,
        computation_years=1,  # type: ignore[arg-type]
    )

    assert found is not None
    assert str(found.amount) == "1699.70 USD"
