"""Invalidity under laws of type A and B: 883/2004 Art 44 to 48."""

from collections.abc import Mapping

import pytest

from portability.core.answering import answer_case
from portability.errors import InvalidInputError
from tests.unit.core.builders import EU

PACKS = {EU.id: EU}


def period(jurisdiction: str, start: str, end: str, kind: str = "11") -> str:
    head = f'[[period]]\njurisdiction = "{jurisdiction}"\ntype = "{kind}"\n'
    return f"{head}start = {start}\nend = {end}\n"


IRISH = period("IE", "2010-01-01", "2019-12-31")
CZECH = period("CZ", "2020-01-01", "2023-12-31")


def law(jurisdiction: str, kind: str, more: str = 'amount = "1000.00 EUR"') -> str:
    head = f'[scheme.{jurisdiction}]\nunit = "months"\n'
    return f'{head}legislation_type = "{kind}"\n{more}\n'


def settle(text: str, *, top: str = "", day: str = "2024-01-01") -> Mapping[str, object]:
    head = f'agreement = "eu-883-2004"\nbranch = "invalidity"\naward_date = {day}\n'
    return answer_case((head + top + text).encode(), "invalid.toml", PACKS).to_json()


def state(found: Mapping[str, object], code: str) -> Mapping[str, object]:
    jurisdictions = found["jurisdictions"]
    assert isinstance(jurisdictions, dict)
    held = jurisdictions[code]
    assert isinstance(held, dict)
    return held


BOTH_A = IRISH + CZECH + law("IE", "A") + law("CZ", "A")


@pytest.mark.parametrize(
    ("began", "payer"),
    [("2019-12-31", "IE"), ("2020-01-01", "CZ"), ("2024-06-01", "CZ")],
)
def test_the_law_of_the_day_on_which_the_incapacity_began_pays_alone(
    began: str, payer: str
) -> None:
    found = settle(BOTH_A, top=f"incapacity_began = {began}\n", day="2024-07-01")

    assert found["competent"] == payer
    assert found["payable_total"] == {"EUR": "1000.00"}


def test_without_a_day_the_award_date_counts() -> None:
    assert settle(BOTH_A)["competent"] == "CZ"


def test_compulsory_insurance_goes_before_voluntary_on_the_same_day() -> None:
    text = period("IE", "2010-01-01", "2024-12-31", "20") + CZECH.replace("2023", "2024")

    assert settle(text + law("IE", "A") + law("CZ", "A"))["competent"] == "CZ"


def test_what_the_case_says_goes_before_the_periods() -> None:
    assert settle(BOTH_A, top='applicable_at_incapacity = "IE"\n')["competent"] == "IE"


def test_if_nothing_shows_the_law_the_refusal_says_what_to_give() -> None:
    with pytest.raises(InvalidInputError, match="applicable_at_incapacity: say whose law"):
        settle(BOTH_A, top="incapacity_began = 2001-01-01\n")


def test_a_law_that_the_case_does_not_give_is_asked_for() -> None:
    found = settle(IRISH + CZECH + law("IE", "A"))

    assert found["competent"] == "CZ"
    assert found["discrepancies"][0]["kind"] == "legislation-type-unknown"  # type: ignore[index]


def unknown_types(found: Mapping[str, object]) -> list[tuple[str, str]]:
    """Which laws the case should describe, and by which article."""
    discrepancies = found["discrepancies"]
    assert isinstance(discrepancies, list)
    return [
        (item["jurisdiction"], item["article"])
        for item in discrepancies
        if item["kind"] == "legislation-type-unknown"
    ]


def test_a_law_of_unknown_type_beside_laws_of_type_a_is_asked_for() -> None:
    found = settle(IRISH + CZECH + law("CZ", "A"))

    assert found["payable_total"] == {"EUR": "1000.00"}
    assert unknown_types(found) == [("IE", "883/2004 Art 44(2)")]


def test_a_law_that_the_case_describes_without_any_period_is_none_that_the_person_was_under() -> (
    None
):
    german = law("DE", "B", 'theoretical = "700.00 EUR"')

    found = settle(BOTH_A + german, top="old_age_claimed = true\n")

    assert state(found, "CZ")["basis"] == ["883/2004 Art 44(2)"]
    assert state(found, "IE")["reason"] == "another-jurisdiction-pays"
    assert unknown_types(found) == []


def test_a_law_of_type_b_at_the_time_shares_though_it_has_no_period() -> None:
    german = law("DE", "B", 'theoretical = "700.00 EUR"')

    found = settle(BOTH_A + german, top='applicable_at_incapacity = "DE"\n')

    assert state(found, "IE")["payable"] == "714.29 EUR"


@pytest.mark.parametrize(
    ("more", "top", "unknown"),
    [
        (law("DE", "B", 'theoretical = "700.00 EUR"'), "", [("CZ", "883/2004 Art 46(1)")]),
        (law("CZ", "B", 'theoretical = "700.00 EUR"'), "", []),
        (
            law("DE", "A"),
            (
                '[aggravation]\njurisdiction = "DE"\nprevious = "1.00 EUR"\n'
                "insured_elsewhere_since = true\n"
            ),
            [],
        ),
    ],
    ids=["type B before the law of the day", "type B on the day", "aggravation"],
)
def test_among_shares_the_law_of_the_day_alone_is_asked_for(
    more: str, top: str, unknown: list[tuple[str, str]]
) -> None:
    german = period("DE", "2010-01-01", "2019-12-31")

    assert unknown_types(settle(german + CZECH + more + top)) == unknown


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("minimum = { years = 20 }", "minimum-not-met"),
        ("conditions_met = false", "conditions-not-met"),
    ],
)
def test_without_a_right_there_another_law_may_still_pay(more: str, reason: str) -> None:
    czech = law("CZ", "A", f'amount = "1000.00 EUR"\n{more}')
    irish = law("IE", "A", 'amount = "700.00 EUR"\nstill_entitled = true')

    found = settle(IRISH + CZECH + irish + czech)

    assert state(found, "CZ")["reason"] == reason
    assert state(found, "IE")["payable"] == "700.00 EUR"
    assert state(found, "IE")["basis"] == ["883/2004 Art 44(3)"]


def test_foreign_periods_complete_the_qualifying_period() -> None:
    czech = law("CZ", "A", 'amount = "1000.00 EUR"\nminimum = { years = 5 }')

    found = settle(IRISH + CZECH + law("IE", "A") + czech)

    assert state(found, "CZ")["basis"] == ["883/2004 Art 44(2)", "883/2004 Art 45"]


def test_a_case_that_names_one_type_must_name_all() -> None:
    with pytest.raises(InvalidInputError, match=r"scheme.CZ: say legislation_type"):
        settle(IRISH + CZECH + law("IE", "A") + '[scheme.CZ]\nunit = "months"\n')


GERMAN = period("DE", "2010-01-01", "2019-12-31")
PENSION = 'theoretical = "700.00 EUR"'


def test_with_one_law_of_type_b_every_state_pays_its_share() -> None:
    began_in_germany = "incapacity_began = 2019-06-01\n"
    text = GERMAN + CZECH + law("DE", "B", PENSION) + law("CZ", "A", 'amount = "350.00 EUR"')

    found = settle(text, top=began_in_germany)

    assert state(found, "DE")["payable"] == "500.00 EUR"
    assert state(found, "CZ")["payable"] == "100.00 EUR"
    assert "883/2004 Art 46(1)" in state(found, "CZ")["basis"]  # type: ignore[operator]


def test_type_a_cover_after_type_b_cover_pays_alone_if_no_old_age_is_claimed() -> None:
    text = GERMAN + CZECH + law("DE", "B", PENSION) + law("CZ", "A")

    alone = settle(text)
    claimed = settle(text, top="old_age_claimed = true\n")

    assert alone["payable_total"] == {"EUR": "1000.00"}
    assert state(alone, "CZ")["basis"] == ["883/2004 Art 46(2)"]
    assert state(claimed, "DE")["payable"] == "500.00 EUR"
    assert state(claimed, "CZ")["independent"] == "1000.00 EUR"


def test_type_a_conditions_that_need_type_b_periods_do_not_pay_alone() -> None:
    czech = law("CZ", "A", 'amount = "1000.00 EUR"\nminimum = { years = 5 }')

    found = settle(GERMAN + CZECH + law("DE", "B", PENSION) + czech)

    assert state(found, "DE")["payable"] == "500.00 EUR"


def test_a_law_of_type_b_at_the_time_leaves_the_shares() -> None:
    text = GERMAN + CZECH + law("DE", "A") + law("CZ", "B", PENSION)

    assert state(settle(text), "CZ")["payable"] == "200.00 EUR"


def test_a_law_that_is_missing_leaves_the_shares_of_the_others() -> None:
    text = GERMAN + CZECH + law("DE", "B", PENSION)

    assert state(settle(text), "DE")["payable"] == "500.00 EUR"


@pytest.mark.parametrize(("word", "payable"), [("true", "500.00 EUR"), ("false", "0.00 EUR")])
def test_a_decision_on_the_degree_binds_where_laws_are_concordant(word: str, payable: str) -> None:
    degree = f'[[degree]]\njurisdiction = "FR"\nrecognised = {word}\nbinds = ["DE"]\n'
    text = GERMAN + CZECH + law("DE", "B", PENSION + "\nconditions_met = false")

    found = settle(text + law("CZ", "B", PENSION) + degree)

    assert state(found, "DE")["payable"] == payable
    assert state(found, "CZ")["payable"] != "0.00 EUR"


AGGRAVATION = '[aggravation]\njurisdiction = "{}"\nprevious = "{}"\n'


def test_an_aggravation_under_type_a_laws_alone_stays_with_the_payer() -> None:
    found = settle(BOTH_A + AGGRAVATION.format("CZ", "900.00 EUR"))

    assert found["payable_total"] == {"EUR": "1000.00"}


def test_after_insurance_elsewhere_it_is_shared_and_the_difference_paid() -> None:
    worse = AGGRAVATION.format("IE", "2000.00 EUR") + "insured_elsewhere_since = true\n"

    found = settle(BOTH_A + worse)

    assert found["payable_total"] == {"EUR": "2000.00"}
    assert state(found, "IE")["aggravation_supplement"] is not None
    assert "883/2004 Art 47(1)" in state(found, "IE")["basis"]  # type: ignore[operator]
    assert "883/2004 Art 47(2)" in state(found, "IE")["basis"]  # type: ignore[operator]


def test_a_payer_that_owes_nothing_now_still_pays_the_difference() -> None:
    czech = law("CZ", "A", "")
    found = settle(IRISH + CZECH + law("IE", "A") + czech + AGGRAVATION.format("CZ", "10.00 EUR"))

    assert state(found, "CZ")["payable"] == "10.00 EUR"


def test_the_difference_needs_the_law_that_paid_before() -> None:
    with pytest.raises(InvalidInputError, match=r"give the table scheme.PL"):
        settle(BOTH_A + AGGRAVATION.format("PL", "2000.00 EUR"))


def test_after_conversion_of_the_payer_every_state_pays_by_length() -> None:
    czech = law("CZ", "A", 'amount = "1400.00 EUR"\nconverts_on = 2024-01-01')

    before = settle(IRISH + CZECH + law("IE", "A") + czech.replace("2024-01-01", "2024-01-02"))
    after = settle(IRISH + CZECH + law("IE", "A") + czech)

    assert before["payable_total"] == {"EUR": "1400.00"}
    assert state(after, "CZ")["benefit"] == "old-age"
    assert "883/2004 Art 48(1)" in state(after, "CZ")["basis"]  # type: ignore[operator]
    assert state(after, "IE")["benefit"] == "invalidity"
    assert "883/2004 Art 48(3)" in state(after, "IE")["basis"]  # type: ignore[operator]


def test_conversion_with_a_law_of_type_b_stays_with_the_chapter_on_pensions() -> None:
    czech = law("CZ", "A", 'amount = "350.00 EUR"\nconverts_on = 2023-01-01')

    found = settle(GERMAN + CZECH + law("DE", "B", PENSION) + czech)

    assert state(found, "CZ")["benefit"] == "old-age"
    assert state(found, "DE")["benefit"] == "invalidity"


def test_a_degree_must_say_whether_it_is_recognised() -> None:
    with pytest.raises(InvalidInputError, match="recognised is missing"):
        settle(BOTH_A + '[[degree]]\njurisdiction = "FR"\n')
