"""Totalization benefits of the United States, from the case file to the amount."""

import pytest

from portability.core.explanation import explain
from tests.unit.core.case_texts import head, kinds, period, refused, result, settled

US = '[scheme.US]\nunit = "us-quarters"\n'
TWENTY_HOME = period("US", "1970-01-01/1974-12-31", "{ quarters = 20 }")
FIVE_ITALIAN_YEARS = period("IT", "1960-01-01/1964-12-31", "{ weeks = 260 }")
AMOUNT = 'minimum = { quarters = 40 }\ntheoretical = "453.00 USD"\ncomputation_years = 26\n'


def italy(*parts: str, award: str = "1990-01-01", branch: str = "old-age", more: str = "") -> str:
    return head("us-it", award, branch, more) + "".join(parts)


def test_the_pro_rata_pia_goes_down_to_ten_cents() -> None:
    found = result(italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, US + AMOUNT), "US")

    assert found["ratio"] == {"own": 20, "total": 104}
    assert found["pro_rata"] == "87.10 USD"
    assert found["basis"] == [
        "20 CFR 404.1908",
        "POMS GN 01703.100",
        "POMS GN 01706.020",
        "20 CFR 404.1918(c)",
        "20 CFR 404.1918(a)(3)",
        "20 CFR 404.1918(e)",
    ]


def test_before_june_1982_it_went_up_to_ten_cents() -> None:
    earlier = 'theoretical = "453.00 USD"\nminimum = { quarters = 40 }\n'
    found = result(italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, US + earlier, award="1981-01-01"), "US")

    assert found["ratio"] == {"own": 20, "total": 40}
    assert found["pro_rata"] == "226.50 USD"
    up = result(
        italy(
            TWENTY_HOME,
            FIVE_ITALIAN_YEARS,
            US + earlier.replace("453.00", "453.02"),
            award="1981-01-01",
        ),
        "US",
    )
    assert up["pro_rata"] == "226.60 USD"


def test_the_later_formula_rounds_by_the_award_date_too() -> None:
    """20 CFR 404.1918(e): by the effective date; 453.00 USD × 4/104 is 17.42..."""
    earned = AMOUNT + '[scheme.US.earnings]\n1970 = { quarters = 4, amount = "6186.24" }\n'
    found = result(italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, US + earned, award="1982-01-01"), "US")

    assert (found["ratio"], found["pro_rata"]) == ({"own": 4, "total": 104}, "17.50 USD")


def test_a_rounding_of_the_case_goes_before_that_of_the_pack() -> None:
    text = italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, US + AMOUNT + 'rounding = "half-up"\n')

    assert result(text, "US")["pro_rata"] == "87.12 USD"


def test_fewer_than_six_us_quarters_open_no_right_at_all() -> None:
    five = period("US", "1970-01-01/1971-03-31", "{ quarters = 5 }")
    without_minimum = US + 'theoretical = "453.00 USD"\ncomputation_years = 26\n'

    found = result(italy(five, FIVE_ITALIAN_YEARS, without_minimum), "US")

    assert (found["meets_minimum"], found["payable"]) == (False, "0.00 USD")
    assert found["basis"] == ["POMS GN 01703.100"]
    assert found["foreign"] == {"IT": 20}


def test_who_is_insured_alone_gets_the_regular_benefit_and_needs_no_foreign_quarter() -> None:
    alone = 'minimum = { quarters = 20 }\nindependent = "80.00 USD"\n'

    found = result(
        italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, US + alone + AMOUNT.split("\n", 1)[1]), "US"
    )

    assert (found["foreign"], found["total"]) == ({}, 20)
    assert (found["payable"], found["paid_as"]) == ("80.00 USD", "independent")


def test_a_totalized_benefit_in_payment_stays_if_it_is_higher() -> None:
    alone = (
        'minimum = { quarters = 20 }\nindependent = "80.00 USD"\nin_payment = true\n'
        'theoretical = "453.00 USD"\ncomputation_years = 26\n'
    )

    higher = result(italy(TWENTY_HOME, US + alone), "US")
    lower = result(italy(TWENTY_HOME, US + alone.replace("80.00", "90.00")), "US")

    assert (higher["payable"], higher["paid_as"]) == ("87.10 USD", "pro-rata")
    assert (lower["payable"], lower["paid_as"]) == ("90.00 USD", "independent")
    assert "POMS GN 01706.040" in str(lower["basis"])


def test_the_amount_is_never_more_than_without_totalization() -> None:
    held = result(
        italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, US + AMOUNT + 'regular_amount = "50.00 USD"\n'), "US"
    )
    free = result(
        italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, US + AMOUNT + 'regular_amount = "90.00 USD"\n'), "US"
    )

    assert held["pro_rata"] == "50.00 USD"
    assert "20 CFR 404.1918(a)(4)" in str(held["basis"])
    assert free["pro_rata"] == "87.10 USD"


def test_without_a_theoretical_amount_the_ratio_and_the_position_are_still_given() -> None:
    earned = (
        "minimum = { quarters = 40 }\ncomputation_years = 26\nfirst_year = 1951\n"
        'last_year = 1952\n[scheme.US.earnings]\n1970 = { quarters = 4, amount = "6186.24" }\n'
    )
    found = result(italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, US + earned), "US")

    assert found["relative_earnings_position"] == "100.00000"
    assert found["ratio"] == {"own": 4, "total": 104}
    assert found["attributed_earnings"] == {
        "1951": "2799.16 USD",
        "1952": "2973.32 USD",
        "1970": "6186.24 USD",
    }
    assert (found["payable"], found["paid_as"]) == (None, "unknown")
    assert "quarters-differ-from-earnings" in kinds(
        italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, US + earned)
    )


def test_without_computation_years_there_is_no_ratio() -> None:
    text = italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, US + 'theoretical = "453.00 USD"\n')

    assert (result(text, "US")["ratio"], result(text, "US")["payable"]) == (None, None)


def test_us_earnings_choose_the_later_formula_unless_the_decision_was_earlier() -> None:
    earned = AMOUNT + '[scheme.US.earnings]\n1970 = { quarters = 4, amount = "6186.24" }\n'
    parts = (TWENTY_HOME, FIVE_ITALIAN_YEARS, US + earned)

    silent = italy(*parts, award="1984-01-01")
    earlier = italy(*parts, award="1984-01-01", more="decision_date = 1985-12-31")
    later = italy(*parts, award="1984-01-01", more="decision_date = 1986-01-01")

    assert "formula-version" in kinds(silent)
    assert result(silent, "US")["relative_earnings_position"] == "100.00000"
    assert result(earlier, "US")["ratio"] == {"own": 20, "total": 40}
    assert "relative_earnings_position" not in result(earlier, "US")
    assert "formula-version" not in kinds(later)
    assert result(later, "US")["ratio"] == {"own": 4, "total": 104}


def test_survivors_get_the_year_of_death_by_quarters() -> None:
    """Two of four quarters, at the wage of two years before, the last that was known."""
    earned = (
        "first_year = 1970\nlast_year = 1971\n[scheme.US.earnings]\n"
        '1970 = { quarters = 4, amount = "6186.24" }\n'
    )
    home = period("US", "1970-01-01/1971-06-30", "{ quarters = 6 }")
    text = head("us-it", "1990-05-02", "survivors") + home + US
    found = result(text + earned.replace("1971", "1990"), "US")

    assert found["attributed_earnings"]["1990"] == "9667.02 USD"  # type: ignore[index]


def test_earnings_alone_hold_quarters_too() -> None:
    earned = AMOUNT + (
        '[scheme.US.earnings]\n1970 = { quarters = 4, amount = "6186.24" }\n'
        '1971 = { quarters = 2, amount = "3000.00" }\n1991 = { quarters = 4, amount = "1.00" }\n'
    )
    found = result(italy(FIVE_ITALIAN_YEARS, US + earned), "US")

    assert found["own"] == 6
    assert found["quarters"]["1971"] == "CCNN"  # type: ignore[index]


def test_quarters_after_the_award_do_not_count() -> None:
    home = period("US", "1988-01-01/1991-12-31")
    begun = result(italy(home, US, award="1990-02-15"), "US")
    not_begun = result(italy(home, US, award="1990-01-01"), "US")

    assert (begun["own"], not_begun["own"]) == (9, 8)
    declared = period("US", "1988-01-01/1991-12-31", "{ quarters = 16 }")
    assert result(italy(declared, US), "US")["own"] == 8


def test_undated_us_quarters_count_but_stand_nowhere() -> None:
    found = result(italy(TWENTY_HOME, period("US", "", "{ quarters = 3 }"), US), "US")
    empty = result(italy(TWENTY_HOME, period("US", ""), US), "US")

    assert (found["own"], empty["own"]) == (23, 20)


def test_quarters_given_by_year_stand_in_their_year() -> None:
    yearly = period(
        "US",
        "1970-01-01/1971-12-31",
        more="[period.by_year]\n1970 = { quarters = 2 }\n1971 = { quarters = 1 }",
    )
    found = result(italy(yearly, US), "US")

    assert found["quarters"] == {"1970": "CCNN", "1971": "CNNN"}


def test_more_quarters_than_the_dates_hold_are_flagged() -> None:
    text = italy(period("US", "1970-01-01/1970-12-31", "{ quarters = 5 }"), US)

    assert result(text, "US")["own"] == 4
    assert "declared-differs-from-dates" in kinds(text)


@pytest.mark.parametrize(
    ("key", "reason"), [("deferred = true", "deferred"), ("conditions_met = false", "conditions")]
)
def test_conditions_other_than_quarters_close_the_right(key: str, reason: str) -> None:
    found = result(italy(TWENTY_HOME, US + AMOUNT.replace("40", "20") + key), "US")

    assert found["paid_as"] == "none"
    assert str(found["reason"]).startswith(reason)


def test_no_us_coverage_is_no_right() -> None:
    assert result(italy(FIVE_ITALIAN_YEARS, US), "US")["reason"] == "no-own-periods"


def test_not_enough_quarters_together_are_no_right() -> None:
    found = result(italy(TWENTY_HOME, US + AMOUNT), "US")

    assert (found["reason"], found["basis"]) == (
        "minimum-not-met",
        ["20 CFR 404.1908", "POMS GN 01706.020"],
    )


def test_disability_is_credited_backwards_if_forwards_is_not_enough() -> None:
    old = period("IT", "1980-01-01/1989-12-31", "{ weeks = 130 }")
    home = period("US", "1970-01-01/1974-12-31", "{ quarters = 20 }")
    test = US + "recent = { quarters = 10, within = 12 }\n"

    forwards = result(italy(home, old, US, branch="invalidity"), "US")
    backwards = result(italy(home, old, test, branch="invalidity"), "US")

    assert forwards["quarters"]["1980"] == "FFFF"  # type: ignore[index]
    assert backwards["quarters"]["1989"] == "FFFF"  # type: ignore[index]
    assert backwards["meets_minimum"] is True
    assert backwards["meets_minimum_alone"] is False


def test_survivors_of_a_fully_insured_worker_get_nothing_credited_backwards() -> None:
    home = period("US", "1970-01-01/1971-12-31", "{ quarters = 8 }")
    coinciding = period("IT", "1960-01-01/1961-12-31", "{ weeks = 52 }") + period(
        "IT", "1960-04-01/1964-12-31", "{ weeks = 52 }"
    )
    fully = US + AMOUNT.replace("40", "16")
    currently = fully + "recent = { quarters = 6, within = 300 }\n"

    denied = result(italy(home, coinciding, fully, branch="survivors"), "US")
    insured = result(italy(home, coinciding, currently, branch="survivors"), "US")

    assert (denied["total"], denied["meets_minimum"]) == (13, False)
    assert (insured["total"], insured["meets_minimum"]) == (16, True)


def test_the_explanation_tells_quarters_position_and_amount_in_words() -> None:
    earned = AMOUNT + '[scheme.US.earnings]\n1970 = { quarters = 4, amount = "6186.24" }\n'
    paid = explain(settled(italy(TWENTY_HOME, FIVE_ITALIAN_YEARS, US + earned)).settlement)[0]
    refusal = explain(settled(italy(FIVE_ITALIAN_YEARS, US)).settlement)[0]

    told = "\n".join(paid.lines())
    assert "20 US quarters of coverage and 20 credited" in told
    assert "Relative earnings position: 100.00000 per cent" in told
    assert "Pro-rata PIA: 453.00 USD × 4/104 = 17.40 USD" in told
    assert "no period counts there" in refusal.text


def test_backwards_crediting_is_named_in_the_basis() -> None:
    home = period("US", "1985-01-01/1989-12-31", "{ quarters = 20 }")
    old = period("IT", "1960-01-01/1984-12-31", "{ weeks = 195 }")
    text = italy(
        home,
        old,
        US + AMOUNT.replace("40", "30") + "recent = { quarters = 30, within = 40 }\n",
        branch="invalidity",
    )

    found = result(text, "US")

    assert found["payable"] == "87.10 USD"
    assert "POMS GN 01706.030" in str(found["basis"])


def test_italy_totalizes_us_quarters_and_its_own_dates_prevail() -> None:
    home = period("US", "1964-01-01/1965-12-31", "{ quarters = 8 }")
    scheme = '[scheme.IT]\nunit = "weeks"\nminimum = { weeks = 300 }\ntheoretical = "312.00 EUR"\n'

    found = result(italy(FIVE_ITALIAN_YEARS, home, scheme), "IT")

    assert (found["own"], found["foreign"], found["total"]) == (260, {"US": 52}, 312)
    assert found["payable"] == "260.00 EUR"


def test_what_the_agreement_does_not_cover_is_refused() -> None:
    refused(italy(TWENTY_HOME, US, branch="sickness"), "does not cover sickness")
    other = '[scheme.FR]\nunit = "months"\n'
    refused(italy(TWENTY_HOME, other), "FR is not a party to us-it")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("first_year = 1980\nlast_year = 1970", "lies before first_year"),
        ("first_year = 99999999999999", "must be a year of four digits"),
        ("computation_years = 0", "computation_years must be more than zero"),
        ("[scheme.US.earnings]\nx = { quarters = 1 }", "must be a year|amount is missing"),
        ('[scheme.US.earnings]\n70 = { quarters = 1, amount = "1" }', "must be a year"),
        ('[scheme.US.earnings]\n1970 = { quarters = 5, amount = "1" }', "must be 0 to 4"),
        ('[scheme.US.earnings]\n1970 = { quarters = 1, amount = "x" }', "must be an amount"),
        (
            '[scheme.US.earnings]\n1970 = { quarters = 1, amount = "1", average = "0" }',
            "average must be more than zero",
        ),
        ("recent = { quarters = 0, within = 13 }", "quarters must be more than zero"),
    ],
)
def test_facts_that_cannot_be_are_refused(lines: str, message: str) -> None:
    refused(italy(TWENTY_HOME, US + lines), message)
