"""Benefits for orphans (883/2004 Art 69(1)): which of several laws pays, and what is told of it."""

from typing import cast

import pytest

from portability.core.explanation import explain
from tests.unit.core.case_texts import result, settled
from tests.unit.core.test_family_orphans import CHILD, DECEASED, FAMILY, WORKS, orphans, state

TWO_CHILDREN = (
    FAMILY
    + CHILD
    + '[[child]]\nname = "Bob"\nresidence = "FR"\n'
    + '[[right]]\njurisdiction = "NL"\nbasis = "activity"\namount = "93.00 EUR"\n'
    + 'children = ["Anna"]\n'
    + '[[right]]\njurisdiction = "FR"\nbasis = "activity"\namount = "20.00 EUR"\n'
    + 'children = ["Bob"]\n'
)


@pytest.mark.parametrize("codes", [("NL", "FR"), ("FR", "NL")])
def test_of_two_laws_with_priority_the_first_code_pays_once(codes: tuple[str, str]) -> None:
    text = TWO_CHILDREN + "".join(orphans(code, "60.00 EUR") for code in codes)

    assert settled(text).to_json()["priority"] == ["FR", "NL"]
    assert result(text, "FR")["payable"] == "80.00 EUR"
    assert result(text, "NL")["payable"] == "93.00 EUR"
    assert "orphan_benefit" not in result(text, "NL")


def test_the_only_law_that_grants_one_pays_it_whatever_the_length() -> None:
    found = state(WORKS + orphans("FR", "400.00 EUR"), "FR")

    assert found["payable"] == "400.00 EUR"
    assert found["priority"] is False
    assert found["paid_as"] == "orphan-benefit"


def test_the_state_that_pays_only_this_benefit_says_so() -> None:
    text = FAMILY + DECEASED + CHILD + WORKS + orphans("DE", "210.00 EUR")

    told = explain(settled(text).settlement)[1]

    assert told.lines() == (
        "DE: payable each month: 210.00 EUR [883/2004 Art 69(1)]",
        (
            "  pays the additional benefit for orphans: no law with priority grants one, and the "
            "deceased person was subject longest to this of those that do: 210.00 EUR "
            "[883/2004 Art 69(1)]"
        ),
    )


def test_beside_family_benefits_every_line_of_them_stays() -> None:
    family = FAMILY + DECEASED + CHILD + WORKS
    before = explain(settled(family).settlement)[0]

    after = explain(settled(family + orphans("NL", "50.00 EUR")).settlement)[0]

    assert len(before.parts) > 1
    assert after.parts[:-1] == before.parts
    assert after.parts[-1].value == "50.00 EUR"
    assert (before.value, after.value) == ("93.00 EUR", "143.00 EUR")
    assert after.text == "NL: payable each month: 143.00 EUR"


def test_a_sum_in_the_currency_of_the_state_is_added_to_its_family_benefits() -> None:
    document = settled(FAMILY + DECEASED + CHILD + WORKS + orphans("NL", "50.00 EUR")).to_json()

    states = cast("dict[str, object]", document["jurisdictions"])
    assert list(states) == ["NL"]
    assert document["payable_total"] == {"EUR": "143.00"}
