"""Family benefits: 883/2004 Art 67 and 68, 987/2009 Art 58 to 60."""

from collections.abc import Mapping

import pytest

from portability.core.answering import answer_case
from portability.core.explanation import explain
from portability.errors import InvalidInputError
from tests.unit.core.builders import EU

PACKS = {EU.id: EU}
CHILD = '[[child]]\nname = "Ann"\nresidence = "BE"\n'


def case(text: str, *, day: str = "2024-03-15") -> str:
    head = f'agreement = "eu-883-2004"\nbranch = "family"\naward_date = {day}\n'
    return head + text


def settle(text: str, *, child: str = CHILD, day: str = "2024-03-15") -> Mapping[str, object]:
    return answer_case(case(text + child, day=day).encode(), "family.toml", PACKS).to_json()


def right(jurisdiction: str, basis: str, amount: str = "100.00 EUR", more: str = "") -> str:
    head = f'[[right]]\njurisdiction = "{jurisdiction}"\nbasis = "{basis}"\n'
    return f'{head}amount = "{amount}"\n{more}\n'


def state(found: Mapping[str, object], code: str) -> Mapping[str, object]:
    jurisdictions = found["jurisdictions"]
    assert isinstance(jurisdictions, dict)
    held = jurisdictions[code]
    assert isinstance(held, dict)
    return held


@pytest.mark.parametrize(("first", "second"), [("activity", "pension"), ("pension", "residence")])
def test_activity_goes_before_pension_and_pension_before_residence(first: str, second: str) -> None:
    found = settle(right("BE", second, "150.00 EUR") + right("FR", first))

    assert found["priority"] == "FR"
    assert state(found, "BE")["supplement"] == "50.00 EUR"
    assert state(found, "FR")["basis"] == ["883/2004 Art 68(1)(a)"]


def test_a_single_right_is_paid_in_full() -> None:
    found = settle(right("FR", "residence"))

    assert state(found, "FR")["basis"] == ["883/2004 Art 67"]
    assert found["payable_total"] == {"EUR": "100.00"}


def test_with_activity_everywhere_the_residence_of_the_child_decides() -> None:
    found = settle(right("BE", "activity", "80.00 EUR") + right("FR", "activity"))

    assert found["priority"] == "BE"
    assert state(found, "FR")["payable"] == "20.00 EUR"
    assert "refund" not in state(found, "FR")


def test_the_refund_never_exceeds_the_own_benefit() -> None:
    found = settle(right("DE", "activity", "30.00 EUR") + right("FR", "activity"))

    assert state(found, "DE")["refund"] == "30.00 EUR"
    assert state(found, "DE")["refund_limited"] is True
    assert state(found, "FR")["refunded_by"] == "DE"


def test_three_states_top_up_to_the_highest_amount_and_the_refund_is_looked_at() -> None:
    text = right("DE", "activity", "90.00 EUR") + right("IT", "activity", "60.00 EUR")
    found = settle(text + right("FR", "activity"))

    assert found["payable_total"] == {"EUR": "100.00"}
    assert state(found, "DE")["refund"] == "50.00 EUR"
    assert "refund" not in state(found, "IT")
    assert found["discrepancies"][0]["kind"] == "priority-undetermined"  # type: ignore[index]


def test_among_pensions_that_of_the_child_s_residence_goes_first() -> None:
    found = settle(right("BE", "pension", "50.00 EUR") + right("FR", "pension"))

    assert found["priority"] == "BE"


def test_otherwise_the_longest_insurance_decides() -> None:
    text = right("FR", "pension", more="length = { years = 9 }")
    text += right("IT", "pension", "40.00 EUR", more="length = { years = 10 }")

    assert settle(text)["priority"] == "IT"


def test_equally_long_insurance_leaves_the_highest_amount() -> None:
    text = right("FR", "pension", more="length = { years = 9 }")
    text += right("IT", "pension", "400.00 EUR", more="length = { years = 9 }")

    assert settle(text)["priority"] == "IT"


def test_the_length_of_insurance_counts_as_the_agreement_says_that_a_state_certifies_it() -> None:
    rights = right("FR", "pension") + right("DE", "pension")
    for code, year in (("DE", 2000), ("FR", 2001)):
        rights += f'[[period]]\njurisdiction = "{code}"\ntype = "11"\n'
        rights += f"start = {year}-01-15\nend = {year}-03-{10 if code == 'DE' else 14}\n"

    # three calendar months in Germany, as in the agreed history, against two in France
    assert settle(rights)["priority"] == "DE"


def test_pensions_without_a_length_are_refused() -> None:
    text = right("FR", "pension") + right("IT", "pension", more="length = { years = 9 }")

    with pytest.raises(InvalidInputError, match="insured or resided in FR"):
        settle(text)


def test_among_residences_that_of_the_child_goes_first_and_none_is_looked_at() -> None:
    there = settle(right("BE", "residence", "10.00 EUR") + right("FR", "residence"))
    nowhere = settle(right("DE", "residence", "10.00 EUR") + right("FR", "residence"))

    assert there["priority"] == "BE"
    assert nowhere["priority"] == "FR"
    assert nowhere["discrepancies"][0]["kind"] == "priority-undetermined"  # type: ignore[index]


def test_a_supplement_is_refused_only_where_there_would_be_one() -> None:
    refusing = right("DE", "residence", "{}", more="refuses_abroad = true")
    active = right("BE", "activity")

    more, less = (settle(active + refusing.format(x)) for x in ("130.00 EUR", "90.00 EUR"))

    assert state(more, "DE")["suspended"] == "130.00 EUR"
    assert state(more, "DE")["payable"] == state(less, "DE")["payable"] == "0.00 EUR"


def test_a_right_from_activity_cannot_refuse_the_supplement() -> None:
    refusing = right("DE", "activity", "130.00 EUR", more="refuses_abroad = true")

    assert state(settle(right("BE", "activity") + refusing), "DE")["payable"] == "30.00 EUR"


def test_of_several_rights_in_one_state_the_strongest_basis_and_highest_amount_count() -> None:
    text = right("DE", "residence", "200.00 EUR") + right("DE", "activity", "150.00 EUR")
    text += right("DE", "pension", "170.00 EUR") + right("FR", "pension")

    found = settle(text)

    assert state(found, "DE")["right_based_on"] == "activity"
    assert state(found, "DE")["payable"] == "200.00 EUR"


def test_benefits_of_another_category_are_compared_apart() -> None:
    text = right("BE", "activity", "50.00 EUR") + right("DE", "activity")
    text += right("DE", "activity", "900.00 EUR", more='category = "parental allowance"')

    found = settle(text)

    assert found["priority"] == ["BE", "DE"]
    assert state(found, "DE")["payable"] == "950.00 EUR"
    assert state(found, "DE")["groups"][1]["category"] == "parental allowance"  # type: ignore[index]


TWO = '[[child]]\nname = "Ann"\nresidence = "BE"\n[[child]]\nname = "Bob"\nresidence = "{}"\n'


def test_one_amount_for_children_in_one_state_is_compared_as_it_is() -> None:
    found = settle(right("BE", "activity") + right("FR", "activity"), child=TWO.format("BE"))

    assert found["payable_total"] == {"EUR": "100.00"}


def test_one_amount_for_children_in_two_states_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="the children live in different states"):
        settle(right("BE", "activity"), child=TWO.format("FR"))


@pytest.mark.parametrize("more", ['children = ["Ann"]', ""])
def test_amounts_that_cannot_be_compared_are_refused(more: str) -> None:
    per_child = '[[right]]\njurisdiction = "FR"\nbasis = "activity"\n'
    per_child += 'amounts = { Ann = "1.00 EUR", Bob = "1.00 EUR" }\n'
    other = right("BE", "activity", more=more) + right("DE", "activity")

    with pytest.raises(InvalidInputError, match="give amounts by child in every right"):
        settle(other + per_child, child=TWO.format("BE"))


def test_refunds_of_several_children_add_up() -> None:
    text = ""
    for code, amount in (("DE", "100.00 EUR"), ("FR", "60.00 EUR")):
        text += f'[[right]]\njurisdiction = "{code}"\nbasis = "activity"\n'
        text += f'amounts = {{ Ann = "{amount}", Bob = "{amount}" }}\n'

    found = settle(text, child=TWO.format("BE"))

    assert state(found, "FR")["refund"] == "100.00 EUR"
    assert state(found, "DE")["refunded"] == "100.00 EUR"


def test_a_child_of_which_no_right_speaks_is_left_out() -> None:
    text = '[[right]]\njurisdiction = "FR"\nbasis = "activity"\namounts = { Ann = "1.00 EUR" }\n'

    assert settle(text, child=TWO.format("FR"))["payable_total"] == {"EUR": "1.00"}


def test_currencies_are_compared_at_the_published_rate() -> None:
    text = "exchange_rate = { PLN = 4, CZK = 25, EUR = 1 }\n"
    text += right("BE", "activity", "100.00 PLN") + right("FR", "activity", "1000.00 CZK")

    found = settle(text)

    assert state(found, "FR")["supplement"] == "375.00 CZK"
    assert "987/2009 Art 90" in state(found, "FR")["basis"]  # type: ignore[operator]


def test_without_a_rate_currencies_are_not_compared() -> None:
    with pytest.raises(InvalidInputError, match="keep the currencies apart"):
        settle(right("BE", "activity", "100.00 PLN") + right("FR", "activity"))


CHANGE = right("BE", "activity", "80.00 EUR", "end = 2024-03-10")
STAYS = right("FR", "activity")


def test_whoever_had_priority_on_the_first_pays_to_the_end_of_the_month() -> None:
    march, april = (settle(CHANGE + STAYS, day=day) for day in ("2024-03-31", "2024-04-01"))

    assert march["priority"] == "BE"
    assert (march["changes_on"], march["changes_to"]) == ("2024-04-01", ["FR"])
    assert "987/2009 Art 59" in state(march, "FR")["basis"]  # type: ignore[operator]
    assert april["priority"] == "FR"
    assert "changes_on" not in april


def test_who_comes_next_is_who_has_priority_on_the_first_of_the_next_month() -> None:
    for_days = right("FR", "activity", more="start = 2024-03-11\nend = 2024-03-25")
    after = right("NL", "activity", more="start = 2024-03-26")

    found = settle(CHANGE + for_days + after, day="2024-03-15")

    assert (found["priority"], found["changes_to"]) == ("BE", ["NL"])


def test_a_change_that_is_over_by_the_end_of_the_month_changes_nothing_after_it() -> None:
    for_days = right("BE", "activity", "80.00 EUR", "start = 2024-03-11\nend = 2024-03-25")

    found = settle(right("FR", "pension") + for_days, day="2024-03-15")

    assert found["priority"] == "FR"
    assert "changes_on" not in found
    assert "987/2009 Art 59" in state(found, "FR")["basis"]  # type: ignore[operator]


@pytest.mark.parametrize("taking_over", ["", right("NL", "activity", more="start = 2024-03-11")])
def test_whoever_paid_a_supplement_on_the_first_pays_it_to_the_end_of_the_month(
    taking_over: str,
) -> None:
    first = right("BE", "activity", "80.00 EUR")
    ending = right("FR", "activity", more="end = 2024-03-10")

    march, april = (
        settle(first + ending + taking_over, day=day) for day in ("2024-03-31", "2024-04-01")
    )

    assert state(march, "FR")["supplement"] == "20.00 EUR"
    assert (march["changes_on"], march["changes_to"]) == ("2024-04-01", ["BE"])
    assert march["payable_total"] == {"EUR": "100.00"}
    assert "FR" not in april["jurisdictions"]  # type: ignore[operator]


def test_a_law_that_paid_nothing_may_cease_within_the_month() -> None:
    ending = right("FR", "residence", "80.00 EUR", "end = 2024-03-10")

    found = settle(right("BE", "activity") + ending)

    assert "changes_on" not in found


def test_a_first_right_within_the_month_changes_nothing() -> None:
    found = settle(right("FR", "activity", more="start = 2024-03-10"))

    assert "changes_on" not in found


NEWBORN = '[[right]]\njurisdiction = "FR"\nbasis = "activity"\namounts = { Bob = "70.00 EUR" }\n'
NEWBORN += "start = 2024-03-10\n"
OLDER = '[[right]]\njurisdiction = "FR"\nbasis = "activity"\namounts = { Ann = "90.00 EUR" }\n'


def test_a_child_for_whom_nobody_paid_on_the_first_is_paid_for_at_once() -> None:
    """Art 59 is about who paid already; for a child born within the month nobody did."""
    found = settle(OLDER + NEWBORN, child=TWO.format("BE"))

    assert found["payable_total"] == {"EUR": "160.00"}
    assert "changes_on" not in found


def test_a_change_for_one_child_leaves_what_is_paid_for_the_others() -> None:
    german = OLDER.replace("FR", "DE").replace("90.00", "50.00")
    moved = OLDER + "end = 2024-03-12\n" + german

    found = settle(moved + NEWBORN, child=TWO.format("FR"))

    assert found["changes_on"] == "2024-04-01"
    assert found["changes_to"] == ["DE"]
    assert state(found, "FR")["payable"] == "160.00 EUR"
    assert state(found, "DE")["payable"] == "0.00 EUR"


def test_one_amount_that_a_newborn_raises_is_paid_at_once() -> None:
    for_one = right("FR", "activity", more='children = ["Ann"]\nend = 2024-03-09')
    for_both = right("FR", "activity", "180.00 EUR", "start = 2024-03-10")

    found = settle(for_one + for_both, child=TWO.format("BE"))

    assert found["payable_total"] == {"EUR": "180.00"}
    assert "changes_on" not in found


def test_rights_that_do_not_hold_on_the_day_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="none holds on the award_date"):
        settle(CHANGE, day="2025-01-01")


def test_rights_that_ended_within_the_month_are_still_paid() -> None:
    assert settle(CHANGE)["changes_to"] == []


@pytest.mark.parametrize(
    ("day", "state_of_it"), [("2024-03-15", "final"), ("2024-02-01", "provisional")]
)
def test_a_provisional_priority_stands_after_two_months(day: str, state_of_it: str) -> None:
    found = settle(STAYS + "[position]\ninformed = 2024-01-10\n", day=day)

    assert found["state"] == state_of_it
    assert found["position_until"] == "2024-03-10"


def test_while_institutions_disagree_the_child_s_residence_pays() -> None:
    found = settle("disputed = true\n" + STAYS)

    assert found["provisionally"] == ["BE"]
    assert found["provisional_basis"] == ["987/2009 Art 60(4)"]


def test_every_number_is_explained_in_words() -> None:
    answer = answer_case(case(CHANGE + STAYS + CHILD).encode(), "family.toml", PACKS)
    found = explain(answer.settlement)  # type: ignore[union-attr]

    assert [item.text for item in found] == [
        "BE: payable each month: 80.00 EUR",
        "FR: payable each month: 20.00 EUR",
    ]
    lines = found[1].lines()
    assert (
        "  pays as a supplement what 100.00 EUR exceed the 80.00 EUR that are paid before it: "
        "20.00 EUR [883/2004 Art 68(2)]"
    ) in lines


@pytest.mark.parametrize(
    ("rights", "words"),
    [
        ([("FR", "activity")], "no other state grants a benefit"),
        (
            [("FR", "activity"), ("BE", "residence")],
            "a right based on activity goes before the others",
        ),
        (
            [("FR", "activity"), ("BE", "activity")],
            "the strongest rights rest on activity, and the children live in BE",
        ),
        (
            [("FR", "activity"), ("DE", "activity")],
            "the strongest rights rest on activity, none of them in BE: the highest amount decides",
        ),
        (
            [("FR", "pension"), ("DE", "pension")],
            (
                "the strongest rights rest on pension, none of them in BE: the longest insurance "
                "decides"
            ),
        ),
    ],
)
def test_why_a_state_pays_first_is_told(rights: list[tuple[str, str]], words: str) -> None:
    text = "".join(right(code, basis, more="length = { years = 9 }") for code, basis in rights)
    answer = answer_case(case(text + CHILD).encode(), "family.toml", PACKS)

    lines = explain(answer.settlement)[0].lines()  # type: ignore[union-attr]

    assert any(f"has priority and pays in full, since {words}: " in line for line in lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "right: is missing"),
        ('[[right]]\njurisdiction = "FR"\nbasis = "activity"\n', "amount is needed"),
        (right("FR", "activity", more='children = ["Zoe"]'), "children names a child"),
        (right("FR", "activity", more="start = 2024-02-01\nend = 2024-01-01"), "before start"),
        (right("FR", "luck"), "must be one of activity, pension, residence"),
        ("exchange_rate = { PLN = 0 }\n", "must be more than zero"),
        ("exchange_rate = { pln = 4 }\n", "pln must be a currency of three capital letters"),
        ("exchange_rate = { PLN = 4, EUR = 2 }\n", "EUR must be 1 or left out"),
        (CHILD, "names the same child twice"),
    ],
)
def test_a_file_that_cannot_be_settled_is_refused_with_the_key(text: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        settle(text)


def test_family_benefits_need_a_child() -> None:
    with pytest.raises(InvalidInputError, match="child: is missing"):
        settle(STAYS, child="")
