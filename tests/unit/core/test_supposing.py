"""Bounds hold whatever the missing may still certify: where it lies, and what it is paid on."""

import pytest

from tests.unit.core.case_texts import head, period, result

THEORETICAL = 'theoretical = "900.00 EUR"\n'


def undated(code: str, months: int) -> str:
    return period(code, "", f"{{ months = {months} }}")


def law(code: str, more: str = THEORETICAL, unit: str = "months") -> str:
    return f'[scheme.{code}]\nunit = "{unit}"\n{more}'


def missing(months: int, code: str = "PL") -> str:
    return f'[[missing]]\njurisdiction = "{code}"\nat_most = {{ months = {months} }}\n'


def minimum(months: int) -> str:
    return f"minimum = {{ months = {months} }}\n"


def both(
    known: str,
    silent: str,
    answer: str,
    *,
    code: str = "DE",
    more: str = "",
    branch: str = "old-age",
) -> tuple[str, str, str]:
    """The bounds while ``silent`` is missing, and what is paid once there is an ``answer``."""
    start = head("eu-883-2004", "2025-01-01", branch, more)
    bound = result(start + known + silent, code)["provisional"]
    assert isinstance(bound, dict)
    final = result(start + known + answer, code)["payable"]
    return str(bound["lower"]), str(bound["upper"]), str(final)


def test_a_supplement_may_fall_away_when_another_pension_comes() -> None:
    # 600 with 120 of 240 months; 400 from Poland fill up to the minimum (883/2004 Art 58)
    known = undated("DE", 120) + law("DE", THEORETICAL + 'minimum_benefit = "1000.00 EUR"\n')
    polish = undated("PL", 60) + law("PL", 'theoretical = "1200.00 EUR"\n')

    found = both(known, missing(60), polish, more='residence = "DE"')

    assert found == ("600.00 EUR", "1000.00 EUR", "600.00 EUR")


def test_of_a_law_that_is_given_it_is_known_what_it_leaves_of_a_supplement() -> None:
    polish = law("PL", 'theoretical = "1200.00 EUR"\n')
    german = law("DE", THEORETICAL + 'minimum_benefit = "1000.00 EUR"\n')

    found = both(
        undated("DE", 120) + german + polish,
        missing(60),
        undated("PL", 60),
        more='residence = "DE"',
    )

    assert found == ("600.00 EUR", "1000.00 EUR", "600.00 EUR")


def test_periods_may_open_a_right_and_then_be_left_out() -> None:
    # conditions not met in Poland yet (883/2004 Art 50(2)): 120/120 of an amount that is the same
    known = undated("DE", 120) + law(
        "DE", minimum(180) + "duration_independent = true\n" + THEORETICAL
    )
    polish = undated("PL", 60) + law("PL", "conditions_met = false\n" + THEORETICAL)

    assert both(known, missing(60), polish) == ("0.00 EUR", "900.00 EUR", "900.00 EUR")


def test_short_periods_that_give_nothing_raise_the_theoretical_amount_alone() -> None:
    # 131 of 240 months, all German in the ratio (883/2004 Art 57(2))
    known = undated("DE", 120) + law(
        "DE",
        'formula = "proportional"\nfull_amount = "2400.00 EUR"\nfull_career = { years = 20 }\n',
    )
    polish = undated("PL", 11) + law("PL", minimum(60) + THEORETICAL)

    assert both(known, missing(240), polish) == ("1200.00 EUR", "1310.00 EUR", "1310.00 EUR")


def test_where_all_periods_are_short_an_answer_may_make_somebody_pay_all() -> None:
    known = period("DE", "2010-01-01/2010-06-30") + period("ES", "2011-01-01/2011-06-30")
    known += law("DE", minimum(13) + THEORETICAL) + law("ES", minimum(13) + THEORETICAL)
    polish = period("PL", "2000-01-01/2000-03-31")
    silent = law("PL", minimum(13) + 'theoretical = "500.00 EUR"\n')

    assert both(known, missing(3), polish + silent, code="ES") == (
        "0.00 EUR",
        "900.00 EUR",
        "900.00 EUR",
    )


def test_insurance_elsewhere_when_the_risk_materialises_may_meet_a_condition() -> None:
    known = period("DE", "2010-01-01/2015-12-31") + law(
        "DE", "insured_at_risk = true\n" + THEORETICAL
    )

    found = both(known, missing(72), period("PL", "2020-01-01/2025-02-28"))

    assert found == ("0.00 EUR", "900.00 EUR", "490.91 EUR")


def test_what_insured_on_the_eve_already_leaves_nothing_to_suppose_there() -> None:
    known = period("DE", "2010-01-01/2015-12-31") + period("ES", "2016-01-01/2024-12-31")
    known += law("DE", "insured_at_risk = true\n" + THEORETICAL)

    found = both(known, missing(1), undated("PL", 1))

    assert found == ("358.01 EUR", "360.00 EUR", "358.01 EUR")


def test_the_last_of_those_with_short_periods_may_be_one_that_has_not_answered() -> None:
    # Poland's law is known: it pays all if its periods are the last (883/2004 Art 57(3))
    known = period("ES", "2011-01-01/2011-06-30") + law("ES", minimum(7) + THEORETICAL)
    known += law("PL", minimum(7) + THEORETICAL)

    found = both(known, missing(3), period("PL", "2020-01-01/2020-03-31"), code="ES")

    assert found == ("0.00 EUR", "900.00 EUR", "0.00 EUR")


@pytest.mark.parametrize("kind", ["20", "41"])
def test_compulsory_insurance_may_displace_weaker_periods(kind: str) -> None:
    known = period("DE", "2010-01-01/2015-12-31", kind=kind) + law("DE")

    found = both(known, missing(48), period("PL", "2012-01-01/2015-12-31"))

    assert found == ("300.00 EUR", "900.00 EUR", "300.00 EUR")  # 24 of 72 months (Art 12(3), (4))


def test_what_reaches_beyond_the_weaker_periods_counts_beside_them() -> None:
    # six German months stay of twelve, and Poland has 24 in all
    known = period("DE", "2010-01-01/2010-06-30", kind="20") + period("DE", "2015-01-01/2015-06-30")

    found = both(known + law("DE"), missing(24), period("PL", "2009-07-01/2011-06-30"))

    assert found == ("180.00 EUR", "900.00 EUR", "180.00 EUR")  # 6 of 30


def test_periods_of_a_third_state_may_be_displaced_by_short_ones_that_count_nowhere() -> None:
    # Poland's six months take the place of Spanish ones and stay out of the ratio: 60 of 114
    known = period("DE", "2000-01-01/2004-12-31") + period("ES", "2010-01-01/2014-12-31", kind="20")
    polish = period("PL", "2010-01-01/2010-06-30") + law("PL", minimum(60) + THEORETICAL)

    found = both(known + law("DE"), missing(6), polish)

    assert found == ("428.57 EUR", "473.68 EUR", "473.68 EUR")


def test_several_answers_together_may_just_open_a_right() -> None:
    # 40 and 20 months are just enough: 120 of 180; with 40 and 40 it would be 120 of 200
    known = undated("DE", 120) + law("DE", minimum(180) + THEORETICAL)

    found = both(known, missing(40) + missing(40, "CZ"), undated("PL", 40) + undated("CZ", 20))

    assert found == ("0.00 EUR", "600.00 EUR", "600.00 EUR")


def test_two_institutions_of_one_state_may_both_be_silent() -> None:
    known = undated("DE", 120) + law("DE")

    found = both(known, missing(60) + missing(60), undated("PL", 60) + undated("PL", 60))

    assert found == ("450.00 EUR", "900.00 EUR", "450.00 EUR")


def test_an_answer_that_cannot_hold_anything_changes_nothing() -> None:
    known = period("DE", "2010-01-01/2015-12-31", kind="20") + law("DE")

    assert both(known, missing(0), "") == ("900.00 EUR", "900.00 EUR", "900.00 EUR")


def test_a_voluntary_period_that_is_displaced_already_cannot_be_so_again() -> None:
    known = period("DE", "2010-01-01/2010-12-31", kind="20") + period("DE", "2000-01-01/2004-12-31")
    known += period("ES", "2010-01-01/2010-12-31") + law("DE")

    found = both(known, missing(12), undated("PL", 12))

    assert found == ("642.86 EUR", "750.00 EUR", "642.86 EUR")  # 60 of 84


def typed(code: str, kind: str, more: str = "") -> str:
    given = 'amount = "1000.00 EUR"\n' if kind == "A" else THEORETICAL
    return law(code, f'legislation_type = "{kind}"\n' + given + more)


LATER = period("PL", "2020-01-01/2024-12-31")
IRISH = period("IE", "2010-01-01/2019-12-31") + typed("IE", "A")


@pytest.mark.parametrize(
    ("known", "answer", "more", "expected"),
    [
        # another law of the day on which the incapacity began pays alone (883/2004 Art 44(2))
        (IRISH, LATER, "", ("0.00 EUR", "1000.00 EUR", "None")),
        (IRISH, LATER, "incapacity_began = 2020-06-01\n", ("0.00 EUR", "1000.00 EUR", "None")),
        (
            IRISH,
            period("PL", "2005-01-01/2009-12-31"),
            "incapacity_began = 2019-06-01\n",
            ("1000.00 EUR", "1000.00 EUR", "1000.00 EUR"),
        ),
        # one of type B makes all pay by length (Art 46(1)): 36 of 60 months are Irish
        (
            period("IE", "2020-01-01/2022-12-31") + typed("IE", "A", minimum(60)),
            period("PL", "2010-01-01/2011-12-31") + typed("PL", "B"),
            "",
            ("0.00 EUR", "1000.00 EUR", "600.00 EUR"),
        ),
        # and one of type A may complete the right to be paid alone (Art 46(2))
        (
            period("DE", "2010-01-01/2019-12-31")
            + typed("DE", "B", minimum(240))
            + period("IE", "2020-01-01/2020-06-30")
            + typed("IE", "A", minimum(12)),
            period("PL", "2005-01-01/2005-12-31") + typed("PL", "A"),
            "",
            ("0.00 EUR", "1000.00 EUR", "1000.00 EUR"),
        ),
    ],
    ids=["type A after it", "on the day", "day held", "type B before it", "type A before it"],
)
def test_laws_on_invalidity_of_either_type_may_apply_to_an_answer(
    known: str, answer: str, more: str, expected: tuple[str, str, str]
) -> None:
    assert both(known, missing(60), answer, code="IE", more=more, branch="invalidity") == expected


def test_a_share_of_type_b_may_give_way_to_a_law_of_type_a_after_it() -> None:
    known = period("DE", "2010-01-01/2019-12-31") + typed("DE", "B")

    found = both(known, missing(60), LATER + typed("PL", "A"), branch="invalidity")

    assert found == ("0.00 EUR", "900.00 EUR", "0.00 EUR")  # 883/2004 Art 46(2)


def test_where_one_state_pays_alone_an_answer_may_show_that_it_is_another() -> None:
    known = period("ES", "2010-01-01/2019-12-31") + period("DE", "2020-01-01/2020-12-31")
    known += law("DE", 'amount = "900.00 EUR"\n') + law("ES", 'amount = "800.00 EUR"\n')

    assert both(known, missing(48), LATER, branch="sickness") == ("0.00 EUR", "900.00 EUR", "None")


def test_what_is_never_paid_has_no_bounds() -> None:
    known = period("ES", "2010-01-01/2019-12-31") + period("DE", "2020-01-01/2024-12-31")
    known += law("DE", 'amount = "900.00 EUR"\n') + law("ES", 'amount = "800.00 EUR"\n')

    found = both(known, missing(48), undated("PL", 1), code="ES", branch="sickness")

    assert found == ("None", "None", "None")
