"""
The right under national law alone, where periods of other jurisdictions displace own ones.

987/2009 Art 12 governs aggregation and, by Art 43(1), the theoretical and the pro-rata amount. It
does not touch the national right and the independent benefit (883/2004 Art 52(1)(a); so does the
German pension insurance, instruction on Art 12, "Inhalt der Regelung").
"""

from tests.unit.core.case_texts import head, period, result

EU = head("eu-883-2004", "2025-01-01")
SWEDEN = '[scheme.SE]\nunit = "months"\nminimum = { months = 72 }\n'
AMOUNTS = 'independent = "5000.00 SEK"\ntheoretical = "9000.00 SEK"\n'
CHILD_CARE = period("SE", "2000-01-01/2001-12-31", kind="45")
EMPLOYED = period("SE", "1996-01-01/1999-12-31")
FINLAND = period("FI", "2000-01-01/2009-12-31")


def test_child_care_displaced_by_foreign_work_still_opens_the_national_right() -> None:
    found = result(EU + EMPLOYED + CHILD_CARE + FINLAND + SWEDEN + AMOUNTS, "SE")

    assert (found["own"], found["total"]) == (48, 168)
    assert found["meets_minimum_alone"] is True
    assert found["pro_rata"] == "2571.43 SEK"  # 9000 * 48 / 168
    assert (found["payable"], found["paid_as"]) == ("5000.00 SEK", "independent")


def test_the_independent_benefit_of_a_formula_counts_displaced_own_periods() -> None:
    formula = 'formula = "accrual"\nrate = 0.02\naverage = "10000.00 SEK"\n'
    found = result(EU + EMPLOYED + CHILD_CARE + FINLAND + SWEDEN + formula, "SE")

    assert found["independent"] == "1200.00 SEK"  # 72 months = 6 years at 2 %
    assert found["theoretical"] == "2800.00 SEK"  # 168 months = 14 years


def test_own_periods_that_share_their_dates_stay_counted_once() -> None:
    twice = period("SE", "1996-01-01/1999-12-31", kind="45")
    found = result(EU + EMPLOYED + twice + CHILD_CARE + FINLAND + SWEDEN + AMOUNTS, "SE")

    assert (found["own"], found["meets_minimum_alone"]) == (48, True)
    shorter = SWEDEN.replace("months = 72", "months = 73")
    alone = result(EU + EMPLOYED + twice + CHILD_CARE + FINLAND + shorter + AMOUNTS, "SE")
    assert alone["meets_minimum_alone"] is False


def test_wholly_displaced_voluntary_insurance_is_paid_by_national_law() -> None:
    belgium = '[scheme.BE]\nunit = "months"\nminimum = { years = 5 }\nindependent = "90.00 EUR"\n'
    periods = period("BE", "2000-01-01/2004-12-31", kind="20") + period(
        "NL", "2000-01-01/2009-12-31"
    )
    found = result(EU + periods + belgium + 'theoretical = "900.00 EUR"\n', "BE")

    assert (found["own"], found["total"], found["meets_minimum_alone"]) == (0, 120, True)
    assert (found["payable"], found["paid_as"]) == ("90.00 EUR", "independent")


def test_wholly_displaced_voluntary_insurance_opens_a_right_with_what_displaced_it() -> None:
    belgium = (
        '[scheme.BE]\nunit = "months"\nminimum = { years = 6 }\nvoluntary_value = "33.33 EUR"\n'
    )
    periods = period("BE", "2000-01-01/2004-12-31", kind="20") + period(
        "NL", "2000-01-01/2009-12-31"
    )
    found = result(EU + periods + belgium + 'theoretical = "900.00 EUR"\n', "BE")

    assert (found["meets_minimum_alone"], found["meets_minimum"]) == (False, True)  # Art 6
    assert found["ratio"] == {"own": 0, "total": 120}
    assert (found["pro_rata"], found["payable"]) == ("33.33 EUR", "33.33 EUR")  # 987/2009 Art 43(2)
    too_long = result(EU + periods + belgium.replace("years = 6", "years = 11"), "BE")
    assert (too_long["meets_minimum"], too_long["reason"]) == (False, "minimum-not-met")


def test_the_value_of_wholly_displaced_voluntary_insurance_is_paid() -> None:
    belgium = '[scheme.BE]\nunit = "months"\nvoluntary_value = "33.33 EUR"\n'
    periods = period("BE", "2000-01-01/2004-12-31", kind="20") + period(
        "NL", "2000-01-01/2009-12-31"
    )
    found = result(EU + periods + belgium + 'theoretical = "900.00 EUR"\n', "BE")

    assert (found["pro_rata"], found["payable"]) == ("33.33 EUR", "33.33 EUR")


def test_nothing_is_left_to_divide_when_the_displacing_periods_are_left_out() -> None:
    belgium = '[scheme.BE]\nunit = "months"\nvoluntary_value = "33.33 EUR"\n'
    dutch = '[scheme.NL]\nunit = "months"\nconditions_met = false\n'
    periods = period("BE", "2000-01-01/2004-12-31", kind="20") + period(
        "NL", "2000-01-01/2009-12-31"
    )
    found = result(EU + periods + belgium + 'theoretical = "900.00 EUR"\n' + dutch, "BE")

    assert found["payable"] == "33.33 EUR"


def test_annex_eight_part_two_pays_its_capital_where_aggregation_opens_the_right() -> None:
    latvia = (
        '[scheme.LV]\nunit = "months"\nminimum = { years = 10 }\nannex_eight_part = 2\n'
        'formula = "capital"\ncapital = "2400.00 EUR"\ndivisor = 240\n'
    )
    own = period("LV", "2000-01-01/2000-08-31")
    found = result(EU + own + period("EE", "2001-01-01/2010-12-31") + latvia, "LV")

    assert (found["meets_minimum_alone"], found["meets_minimum"]) == (False, True)
    assert (found["payable"], found["paid_as"]) == ("10.00 EUR", "independent")
    assert (found["ratio"], found["pro_rata"]) == (None, None)
    refused = result(EU + own + period("EE", "2001-01-01/2005-12-31") + latvia, "LV")
    assert (refused["payable"], refused["reason"]) == ("0.00 EUR", "minimum-not-met")
