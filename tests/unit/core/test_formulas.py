"""Formulas take their base from own periods only (883/2004 Art 56)."""

from dataclasses import replace

import pytest

from portability.core.case import parse_case
from portability.core.case_result import settle_case
from portability.core.formulas import Accrual, Career, Flat, Formula, Points, Proportional
from portability.core.money import exactly
from portability.core.periods import Period, PeriodType
from portability.errors import InvalidInputError
from tests.unit.core.builders import EU, euros, months, scheme, settled, spell

ACCRUAL = "formula = 'accrual'\nrate = 1\nearnings"
CASE = """
agreement = "eu-883-2004"
branch = "old-age"
award_date = 2025-01-01
[[period]]
jurisdiction = "FR"
type = "11"
start = 2000-01-01
end = 2009-12-31
[[period]]
jurisdiction = "ES"
type = "11"
start = 2010-01-01
end = 2019-12-31
[scheme.FR]
unit = "months"
"""


def amounts(scheme_keys: str) -> tuple[str, str, str]:
    case = parse_case((CASE + scheme_keys).encode(), "case.toml")
    found = settle_case(case, {"eu-883-2004": EU}).settlement.entitlement("FR")
    return str(found.independent), str(found.theoretical), str(found.payable)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (
            'formula = "accrual"\nrate = 0.02\naverage = "2000.00 EUR"',
            ("400.00 EUR", "800.00 EUR", "400.00 EUR"),
        ),
        (
            'formula = "points"\npoints = 10.5\npoint_value = "30.00 EUR"',
            ("315.00 EUR", "630.00 EUR", "315.00 EUR"),
        ),
        (
            'formula = "capital"\ncapital = "24000.00 EUR"\ndivisor = 240',
            ("100.00 EUR", "200.00 EUR", "100.00 EUR"),
        ),
        (
            'formula = "proportional"\nfull_amount = "1200.00 EUR"\nfull_career = { years = 15 }',
            ("800.00 EUR", "1200.00 EUR", "800.00 EUR"),
        ),
        (
            'formula = "flat"\nfull_amount = "500.00 EUR"\nfull_career = { years = 15 }',
            ("500.00 EUR", "500.00 EUR", "500.00 EUR"),
        ),
        (
            'formula = "accrual"\nrate = 0.01\nearnings.2000 = { amount = "12000.00 EUR" }',
            ("100.00 EUR", "200.00 EUR", "100.00 EUR"),
        ),
    ],
)
def test_a_formula_gives_all_three_amounts(keys: str, expected: tuple[str, str, str]) -> None:
    assert amounts(keys) == expected


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ('formula = "guess"', "must be one of accrual"),
        ('formula = "accrual"\nrate = 0', "must be more than zero"),
        ('formula = "accrual"\nrate = 1', "average is missing"),
        ('formula = "accrual"\nrate = 1\nearnings = {}', "at least one year"),
        (
            'formula = "accrual"\nrate = 1\naverage = "1.00 EUR"\nearnings.2000 = { months = 1 }',
            "contradicts earnings",
        ),
        ('formula = "accrual"\nrate = 1\nearnings.99 = { amount = "1.00 EUR" }', "four digits"),
        ('formula = "accrual"\nrate = 1\nearnings.1990 = { amount = "1.00 EUR" }', "no months"),
        (
            f"{ACCRUAL}.2000 = {{ amount = '1.0 EUR' }}\nearnings.2001 = {{ amount = '1.0 PLN' }}",
            "EUR and PLN",
        ),
        (
            'formula = "flat"\nfull_amount = "1.00 EUR"\ntheoretical = "1.00 EUR"',
            "contradicts formula",
        ),
        ('formula = "proportional"\nfull_amount = "1.00 EUR"', "full_career is missing"),
        ('independent = "1.00 EUR"\ntheoretical = "1.00 PLN"', "another currency"),
        ('theoretical = "1.00 EUR"\ntheoretical_without.ES = "1.00 PLN"', "another currency"),
        ("annex_eight_part = 3", "must be 1 or 2"),
        ('colour = "red"', "colour is not a key"),
    ],
)
def test_a_scheme_that_contradicts_itself_is_refused(keys: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words) as refusal:
        amounts(keys)

    assert refusal.value.message.startswith("case.toml")


def test_both_parts_of_annex_eight_can_be_named() -> None:
    for part in (1, 2):
        keys = f'annex_eight_part = {part}\nindependent = "7.00 EUR"\ntheoretical = "99.00 EUR"'
        assert amounts(keys)[2] == "7.00 EUR"


def test_a_formula_without_own_periods_in_the_amount_gives_none() -> None:
    points = Points(points=3, point_value=euros("10.00"))
    periods = [months("FR", 60, calculation="000"), months("ES", 60)]

    found = settled(periods, [scheme("FR", formula=points)]).entitlement("FR")

    assert found.payable is None


@pytest.mark.parametrize(
    ("formula", "supplement"),
    [(Points(points=24, point_value=euros("10.00")), "80.00 EUR"), (None, "None")],
)
def test_displaced_voluntary_periods_are_valued_by_the_formula(
    formula: Formula | None, supplement: str
) -> None:
    periods = [
        spell("FR", "21", "2000-01-01", "2002-12-31"),
        spell("ES", "11", "2002-01-01", "2003-12-31"),
    ]

    found = settled(periods, [scheme("FR", formula=formula)]).entitlement("FR")

    assert str(found.voluntary) == supplement


def test_a_flat_amount_has_no_value_of_displaced_periods() -> None:
    periods = [
        spell("FR", "21", "2000-01-01", "2002-12-31"),
        spell("ES", "11", "2002-01-01", "2003-12-31"),
    ]
    flat = scheme("FR", formula=Flat(flat_amount=euros("90.00")), duration_independent=True)

    assert settled(periods, [flat]).entitlement("FR").voluntary is None


def test_fictive_periods_after_the_risk_raise_the_theoretical_amount_only() -> None:
    points = Points(points=120, point_value=euros("1.00"))
    periods = [months("FR", 120), spell("FR", "52", "2025-01-01", "2025-12-31")]

    found = settled(periods, [scheme("FR", formula=points)]).entitlement("FR")

    assert str(found.theoretical) == "132.00 EUR"
    assert found.ratio is not None
    assert found.ratio.total == 120


def test_fictive_periods_of_an_earlier_risk_count_no_day_a_second_time() -> None:
    points = Points(points=120, point_value=euros("1.00"))
    fictive = spell("FR", "52", "2010-01-01", "2014-12-31")
    worked = [
        spell("FR", "11", "2000-01-01", "2009-12-31"),
        spell("ES", "11", "2011-01-01", "2011-12-31"),
        spell("FR", "11", "2013-01-01", "2013-12-31"),
    ]

    found = settled([*worked, fictive], [scheme("FR", formula=points)]).entitlement("FR")
    refunded = replace(fictive, refunded=True)
    none = settled([*worked, refunded], [scheme("FR", formula=points)]).entitlement("FR")

    # 144 months with the Spanish year, and 2010, 2012 and 2014; 120 points in 132 own months
    assert str(found.theoretical) == "163.64 EUR"
    assert str(none.theoretical) == "130.91 EUR"


@pytest.mark.parametrize(
    ("fictive", "theoretical"),
    [
        (spell("FR", "52", "2013-06-01", "2013-12-31"), "120.00 EUR"),
        (spell("FR", "52", "2014-01-01", "2014-12-31"), "130.91 EUR"),
        (replace(months("FR", 12), type=PeriodType.FICTIVE_AFTER_RISK), "130.91 EUR"),
    ],
    ids=["on days that are held", "on days between others", "without days"],
)
def test_fictive_periods_count_where_nothing_else_does(fictive: Period, theoretical: str) -> None:
    points = Points(points=120, point_value=euros("1.00"))
    worked = [
        spell("FR", "11", "2000-01-01", "2008-12-31"),
        spell("FR", "11", "2013-01-01", "2013-12-31"),
        spell("FR", "11", "2015-01-01", "2015-12-31"),
    ]

    found = settled([*worked, fictive], [scheme("FR", formula=points)]).entitlement("FR")

    # 120 points in 132 own months, and 12 months more or none
    assert str(found.theoretical) == theoretical


def test_nothing_is_proportional_to_no_periods() -> None:
    formula = Proportional(full_amount=euros("90.00"))

    assert formula.amount(Career(own=0, counted=0, year=12, full=None)).exact == 0
    assert formula.amount(Career(own=5, counted=5, year=12, full=None)).exact == 90


def test_a_scheme_that_owes_nothing_still_knows_its_currency_from_its_formula() -> None:
    average = Accrual(rate=1, average=exactly(euros("9.00")))

    found = settled([months("ES", 120)], [scheme("FR", formula=average, name="general")])

    assert str(found.entitlement("FR").payable) == "0.00 EUR"
    assert found.entitlement("FR").scheme.label == "FR (general)"
