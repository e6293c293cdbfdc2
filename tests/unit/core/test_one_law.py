"""Sickness, maternity, accidents, death grants, pre-retirement, and payment abroad."""

from collections.abc import Mapping

import pytest

from portability.core.answering import answer_case
from portability.errors import InvalidInputError
from tests.unit.core.builders import EU

PACKS = {EU.id: EU}
FINNISH = '[[period]]\njurisdiction = "FI"\ntype = "11"\nstart = 2023-01-01\nend = 2023-06-30\n'
SWEDISH = '[[period]]\njurisdiction = "SE"\ntype = "11"\nstart = 2023-07-01\nend = 2023-12-31\n'


def law(jurisdiction: str, more: str = "") -> str:
    return f'[scheme.{jurisdiction}]\nunit = "months"\namount = "500.00 EUR"\n{more}\n'


def settle(text: str, branch: str = "sickness", top: str = "") -> Mapping[str, object]:
    head = f'agreement = "eu-883-2004"\nbranch = "{branch}"\naward_date = 2024-01-01\n'
    return answer_case((head + top + text).encode(), "ill.toml", PACKS).to_json()


def state(found: Mapping[str, object], code: str) -> Mapping[str, object]:
    jurisdictions = found["jurisdictions"]
    assert isinstance(jurisdictions, dict)
    held = jurisdictions[code]
    assert isinstance(held, dict)
    return held


@pytest.mark.parametrize("branch", ["sickness", "maternity", "accident", "death-grant"])
def test_only_the_competent_state_pays_and_all_periods_count(branch: str) -> None:
    found = settle(FINNISH + SWEDISH + law("FI") + law("SE", "minimum = { months = 9 }"), branch)

    assert state(found, "SE")["payable"] == "500.00 EUR"
    assert state(found, "SE")["basis"] == ["883/2004 Art 1(q)", "883/2004 Art 6"]
    assert state(found, "FI")["reason"] == "another-jurisdiction-pays"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("minimum = { months = 13 }", "minimum-not-met"),
        ("conditions_met = false", "conditions-not-met"),
    ],
)
def test_conditions_that_are_not_met_give_nothing(more: str, reason: str) -> None:
    found = settle(FINNISH + SWEDISH + law("SE", more))

    assert state(found, "SE")["reason"] == reason


def test_a_state_without_own_periods_may_be_competent() -> None:
    found = settle(FINNISH + law("SE", "minimum = { months = 6 }"), top='competent = "SE"\n')

    assert state(found, "SE")["own"] == 0
    assert state(found, "SE")["meets_minimum"] is True
    assert state(found, "SE")["payable"] == "500.00 EUR"


def test_the_competent_state_is_named_and_its_law_asked_for() -> None:
    found = settle(FINNISH + SWEDISH)

    assert (found["competent"], found["competent_basis"]) == ("SE", ["883/2004 Art 1(q)"])
    assert "SE is competent" in found["discrepancies"][0]["detail"]  # type: ignore[index]


def test_without_dates_and_laws_nobody_is_competent() -> None:
    text = '[[period]]\njurisdiction = "FI"\ntype = "11"\ndeclared = { months = 9 }\n'

    assert "competent" not in settle(text)


def test_a_benefit_without_an_amount_is_not_known() -> None:
    found = settle(SWEDISH + '[scheme.SE]\nunit = "months"\n')

    assert state(found, "SE")["reason"] == "amount-unknown"


def test_sickness_needs_periods_and_an_accident_does_not() -> None:
    with pytest.raises(InvalidInputError, match="a case needs at least one period"):
        settle(law("SE"))
    assert state(settle(law("SE"), "accident"), "SE")["payable"] == "500.00 EUR"


def test_pre_retirement_adds_nothing() -> None:
    text = FINNISH + SWEDISH

    own = settle(text + law("SE", "minimum = { months = 6 }"), "pre-retirement")
    short = settle(text + law("SE", "minimum = { months = 7 }"), "pre-retirement")
    closed = settle(text + law("SE", "conditions_met = false"), "pre-retirement")

    assert state(own, "SE")["payable"] == "500.00 EUR"
    assert state(own, "SE")["basis"] == ["883/2004 Art 66"]
    assert state(short, "SE")["reason"] == "minimum-not-met"
    assert state(closed, "SE")["reason"] == "conditions-not-met"


def test_a_right_under_the_competent_law_alone_needs_no_aggregation() -> None:
    swedish = SWEDISH + SWEDISH.replace("2023", "2022").replace('"11"', '"45"')
    finnish = FINNISH.replace("2023-01-01", "2022-07-01").replace(
        "06-30\n", "06-30\ndeclared = { days = 5 }\n"
    )
    found = settle(finnish + swedish + law("SE", "minimum = { months = 12 }"))

    # Finland's days displace half a year of child care in the sum of both (987/2009 Art 12(4))
    assert (state(found, "SE")["own"], state(found, "SE")["total"]) == (6, 7)
    assert state(found, "SE")["meets_minimum_alone"] is True
    assert state(found, "SE")["basis"] == ["883/2004 Art 1(q)"]


def test_pre_retirement_counts_own_periods_that_work_abroad_would_displace() -> None:
    swedish = SWEDISH + SWEDISH.replace("2023", "2022").replace('"11"', '"45"')
    finnish = FINNISH.replace("2023-01-01", "2022-07-01")
    found = settle(swedish + finnish + law("SE", "minimum = { months = 12 }"), "pre-retirement")

    # nothing is added (883/2004 Art 66), so there is no overlap to resolve (987/2009 Art 12)
    assert (state(found, "SE")["own"], state(found, "SE")["payable"]) == (12, "500.00 EUR")


@pytest.mark.parametrize(("residence", "abroad"), [("SE", None), ("FI", True), ("US", None)])
def test_a_benefit_follows_the_person_to_another_party(residence: str, abroad: object) -> None:
    found = settle(SWEDISH + law("SE"), top=f'residence = "{residence}"\n')

    assert state(found, "SE").get("paid_abroad") is abroad


def test_a_special_benefit_is_paid_at_home_only() -> None:
    text = SWEDISH + law("SE", "special_non_contributory = true")

    home, away = (settle(text, top=f'residence = "{code}"\n') for code in ("SE", "FI"))

    assert home["payable_total"] == {"EUR": "500.00"}
    assert away["payable_total"] == {"EUR": "0.00"}
    assert state(away, "SE")["reason"] == "not-paid-abroad"


def test_who_is_owed_nothing_is_paid_nothing_abroad() -> None:
    text = SWEDISH + law("SE", "minimum = { months = 30 }")

    assert "paid_abroad" not in state(settle(text, top='residence = "FI"\n'), "SE")


def test_unemployment_benefits_have_rules_of_their_own_abroad() -> None:
    text = SWEDISH + law("SE") + '[unemployed]\nextent = "partially"\n'

    found = settle(text, "unemployment", top='residence = "FI"\n')

    assert state(found, "SE")["export_basis"] == ["883/2004 Art 63"]


def test_without_a_scheme_nothing_changes_abroad() -> None:
    assert settle(SWEDISH, top='residence = "FI"\n')["payable_total"] == {}


def test_a_right_of_own_periods_is_independent_and_one_of_added_periods_is_not() -> None:
    long, short = (law("SE", f"minimum = {{ months = {months} }}") for months in (9, 6))

    added = state(settle(FINNISH + SWEDISH + law("FI") + long), "SE")
    own = state(settle(FINNISH + SWEDISH + law("FI") + short), "SE")

    assert (added["independent"], own["independent"]) == (None, "500.00 EUR")
    assert added["payable"] == own["payable"] == "500.00 EUR"
