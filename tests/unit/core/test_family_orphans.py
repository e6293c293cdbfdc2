"""Suspended activities (AC Decision F1) and benefits for orphans (883/2004 Art 69)."""

from collections.abc import Mapping

import pytest

from portability.core.explanation import explain
from portability.errors import InvalidInputError
from tests.unit.core.builders import changed_pack
from tests.unit.core.case_texts import head, period, refused, result, settled

FAMILY = head("eu-883-2004", "2024-03-01", "family")
CHILD = '[[child]]\nname = "Anna"\nresidence = "NL"\n'
LIVES = '[[right]]\njurisdiction = "NL"\nbasis = "residence"\namount = "90.00 EUR"\n'


def activity(more: str, code: str = "AT", amount: str = "130.00 EUR") -> str:
    return f'[[right]]\njurisdiction = "{code}"\nbasis = "activity"\namount = "{amount}"\n{more}\n'


def orphans(code: str, amount: str, more: str = "") -> str:
    return f'[[orphan_benefit]]\njurisdiction = "{code}"\namount = "{amount}"\n{more}\n'


@pytest.mark.parametrize(
    "kind",
    [
        "sickness",
        "maternity",
        "accident",
        "occupational-disease",
        "unemployment",
        "paid-leave",
        "strike",
        "lock-out",
        "child-raising",
    ],
)
def test_a_suspended_activity_still_is_one(kind: str) -> None:
    text = FAMILY + CHILD + LIVES + activity(f'interruption = "{kind}"')

    assert result(text, "AT")["right_based_on"] == "activity"
    assert settled(text).to_json()["priority"] == "AT"


@pytest.mark.parametrize(
    "more", ['interruption = "unpaid-leave"', 'interruption = "sickness"\nreplaced = false']
)
def test_what_does_not_count_as_activity_rests_on_residence(more: str) -> None:
    text = FAMILY + CHILD + LIVES + activity(more)

    found = result(text, "AT")
    assert found["right_based_on"] == "residence"
    assert settled(text).to_json()["priority"] == "NL"
    assert found["supplement"] == "40.00 EUR"


def test_the_suspension_is_told_with_the_decision() -> None:
    text = FAMILY + CHILD + activity('interruption = "child-raising"')

    (tree,) = explain(settled(text).settlement)

    assert any(
        "the activity being suspended by child raising" in line and "AC Decision F1" in line
        for line in tree.lines()
    )


def test_only_an_activity_can_be_suspended() -> None:
    right = LIVES + 'interruption = "sickness"\n'

    refused(FAMILY + CHILD + right, r"right\[1\]\.interruption is one of an activity")


def test_a_pack_may_only_name_known_interruptions() -> None:
    with pytest.raises(InvalidInputError, match="may only name sickness"):
        changed_pack('"strike", "lock-out"', '"strike", "holiday"')


DECEASED = period("PL", "2005-01-01/2009-12-31") + period("DE", "2010-01-01/2021-12-31")
WORKS = activity("", "NL", "93.00 EUR")


def state(text: str, code: str) -> Mapping[str, object]:
    return result(FAMILY + DECEASED + CHILD + text, code)


def test_the_law_of_the_longest_insurance_pays_the_benefit_for_orphans() -> None:
    text = WORKS + orphans("PL", "400.00 PLN") + orphans("DE", "210.00 EUR")

    assert state(text, "NL")["payable"] == "93.00 EUR"
    found = state(text, "DE")
    assert (found["payable"], found["orphan_benefit"]) == ("210.00 EUR", "210.00 EUR")
    assert found["basis"] == ["883/2004 Art 69(1)"]
    document = settled(FAMILY + DECEASED + CHILD + text).to_json()
    assert document["payable_total"] == {"EUR": "303.00"}
    assert "PL" not in document["jurisdictions"]  # type: ignore[operator]


def test_without_a_right_there_the_next_longest_pays() -> None:
    assert state(WORKS + orphans("PL", "400.00 PLN"), "PL")["payable"] == "400.00 PLN"


def test_a_stated_length_goes_before_the_periods() -> None:
    text = WORKS + orphans("PL", "400.00 PLN", "length = { years = 15 }")

    assert state(text + orphans("DE", "210.00 EUR"), "PL")["payable"] == "400.00 PLN"


def test_of_equal_lengths_the_first_code_pays() -> None:
    length = "length = { years = 5 }"
    text = WORKS + orphans("PL", "400.00 PLN", length) + orphans("DE", "210.00 EUR", length)

    assert state(text, "DE")["payable"] == "210.00 EUR"


def test_the_law_with_priority_pays_it_itself_beside_its_family_benefits() -> None:
    text = WORKS + orphans("DE", "210.00 EUR") + orphans("NL", "50.00 EUR")

    found = state(text, "NL")
    assert (found["payable"], found["orphan_benefit"]) == ("143.00 EUR", "50.00 EUR")
    assert found["basis"] == ["883/2004 Art 67", "883/2004 Art 69(1)"]
    lines = explain(settled(FAMILY + DECEASED + CHILD + text).settlement)[0].lines()
    assert lines[0].startswith("NL: payable each month: 143.00 EUR")
    assert any("its law has priority and grants one: 50.00 EUR" in line for line in lines)


def test_a_state_that_pays_a_supplement_may_pay_it_too() -> None:
    text = WORKS + '[[right]]\njurisdiction = "DE"\nbasis = "pension"\namount = "250.00 EUR"\n'

    found = state(text + orphans("DE", "210.00 EUR"), "DE")

    assert (found["supplement"], found["payable"]) == ("157.00 EUR", "367.00 EUR")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (orphans("US", "1.00 USD"), r"orphan_benefit\[1\]\.jurisdiction: US is not a party"),
        (
            orphans("NL", "1.00 PLN"),
            r"orphan_benefit\[1\]\.amount: is in another currency than EUR",
        ),
        (orphans("DE", "1.00 EUR") * 2, "orphan_benefit names the same jurisdiction twice"),
        (
            orphans("DE", "1.00 EUR") + orphans("FR", "1.00 EUR"),
            "orphan_benefit: say how long the deceased person was subject to each law",
        ),
    ],
)
def test_a_file_that_does_not_say_who_pays_is_refused(text: str, words: str) -> None:
    refused(FAMILY + DECEASED + CHILD + WORKS + text, words)
