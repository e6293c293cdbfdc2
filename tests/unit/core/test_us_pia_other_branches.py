"""
The ordinary US method for disability and death, and where the engine applies it by itself.

The monthly earnings and amounts are what AnyPIA of the Social Security Administration printed for
cases of github.com/anthonycolavito/pyanypia: "d1-1955-*-o30-ent" and "o45-ent"
(oracle/goldens/dib_v1_alt3.jsonl; born 15 March 1955, disabled on 15 June), without the increase of
December of that year, and "s1-1950-d35-*-young-ent" (oracle/goldens/surv_v1.jsonl; born 15 March
1950, died on 20 August 1985).
"""

from fractions import Fraction

import pytest

from portability.core.methods.parameters import UsYear
from portability.core.us_pia import ordinary_amount
from tests.unit.core.case_texts import PACKS, head, period, result

YEARS: dict[int, UsYear] = PACKS["us-it"].value("us_years", PACKS["us-it"].valid_from)  # type: ignore[assignment]
COST_OF_LIVING = {1985: Fraction("1.031"), 2000: Fraction("1.035")}


def record(first: int, last: int, kind: str) -> dict[int, Fraction]:
    """Earnings of the average wage, half of it, or the maximum, to the cent."""
    share = {"steady": Fraction(1), "half": Fraction(1, 2)}
    found: dict[int, Fraction] = {}
    for year in range(first, last + 1):
        maximum = YEARS[year].maximum
        assert maximum is not None
        wage = maximum if kind == "max" else YEARS[year].average * share[kind]
        found[year] = Fraction(round(wage * 100), 100)
    return found


@pytest.mark.parametrize(
    ("kind", "onset", "years", "monthly", "increased"),
    [
        ("steady", 1985, 7, 1280, "589.70"),
        ("max", 1985, 7, 2714, "883.40"),
        ("half", 1985, 7, 640, "378.50"),
        ("steady", 2000, 19, 2412, "1117.50"),
        ("max", 2000, 19, 5754, "1775.40"),
        ("half", 2000, 19, 1206, "718.10"),
    ],
)
def test_the_amount_of_a_disability_is_that_of_the_actuarys_program(
    kind: str, onset: int, years: int, monthly: int, increased: str
) -> None:
    earnings = record(1977, onset - 1, kind)

    found = ordinary_amount(earnings, YEARS, eligibility=onset, computation_years=years)

    assert found is not None
    assert found.monthly == monthly
    dimes = int(found.amount.exact * COST_OF_LIVING[onset] * 10)
    assert f"{dimes / 10:.2f}" == increased


@pytest.mark.parametrize(
    ("kind", "monthly", "amount"), [("steady", 1295, "576.80"), ("max", 2787, "867.90")]
)
def test_the_amount_of_a_death_is_that_of_the_actuarys_program(
    kind: str, monthly: int, amount: str
) -> None:
    earnings = record(1972, 1985, kind)

    found = ordinary_amount(earnings, YEARS, eligibility=1985, computation_years=8)

    assert found is not None
    assert (found.monthly, str(found.amount)) == (monthly, f"{amount} USD")


def claim(branch: str, award: str, first: int, last: int, years: int) -> str:
    home = period("US", "1981-01-01/1982-12-31", "{ quarters = 8 }")
    abroad = period("IT", "1972-01-01/1980-12-31", "{ weeks = 468 }")
    scheme = (
        '[scheme.US]\nunit = "us-quarters"\nminimum = { quarters = 20 }\n'
        f"computation_years = {years}\nfirst_year = {first}\nlast_year = {last}\n"
        '[scheme.US.earnings]\n1981 = { quarters = 4, amount = "13773.10" }\n'
        '1982 = { quarters = 4, amount = "14531.34" }\n'
    )
    return head("us-it", award, branch) + home + abroad + scheme


def test_the_amount_of_a_totalized_disability_is_calculated() -> None:
    found = result(claim("invalidity", "1985-06-15", 1977, 1984, 7), "US")

    # the wage of 1984 was not known in 1985: seven years at that of 1983, 15239.24
    assert found["relative_earnings_position"] == "100.00000"
    assert found["average_indexed_monthly_earnings"] == 1269
    assert found["theoretical"] == "568.40 USD"
    assert found["ratio"] == {"own": 8, "total": 28}
    assert found["payable"] == "162.40 USD"


@pytest.mark.parametrize("last", [1984, 1985])
def test_the_amount_of_a_totalized_death_is_calculated(last: int) -> None:
    found = result(claim("survivors", "1985-08-20", 1972, last, 8), "US")

    # of the year of death three quarters had begun, which is less than the best eight years
    assert found["theoretical"] == "568.40 USD"
    assert found["payable"] == "142.10 USD"
    attributed = found["attributed_earnings"]
    assert isinstance(attributed, dict)
    assert attributed.get("1985") == ("11429.43 USD" if last == 1985 else None)


@pytest.mark.parametrize(
    ("branch", "award", "last"),
    [
        ("invalidity", "1985-06-15", 1985),
        ("invalidity", "1985-12-15", 1984),
        ("survivors", "1985-12-20", 1985),
        ("survivors", "1985-08-20", 1983),
        ("survivors", "1985-08-20", 1986),
    ],
)
def test_in_other_years_and_after_an_increase_the_amount_must_be_given(
    branch: str, award: str, last: int
) -> None:
    found = result(claim(branch, award, 1977, last, 7), "US")

    assert (found["theoretical"], found["payable"]) == (None, None)
