"""Family benefits child by child, and what each state is told (883/2004 Art 68)."""

from collections.abc import Mapping
from datetime import date

import pytest

from portability.core.answering import answer_case
from portability.core.deciding import OwnClaim, decide
from portability.core.explanation import explain
from portability.core.family.refunds import family_refund
from portability.core.national_facts import read_national_facts
from portability.core.periods import Branch
from portability.errors import InvalidInputError
from tests.unit.core.builders import EU

PACKS = {EU.id: EU}
ANN = '[[child]]\nname = "Ann"\nresidence = "BE"\n'
BOB = '[[child]]\nname = "Bob"\nresidence = "BE"\n'
BOB_IN_FRANCE = BOB.replace("BE", "FR")


def source(text: str, day: str) -> bytes:
    head = f'agreement = "eu-883-2004"\nbranch = "family"\naward_date = {day}\n'
    return (head + text).encode()


def settle(text: str, day: str = "2024-03-15") -> Mapping[str, object]:
    return answer_case(source(text, day), "family.toml", PACKS).to_json()


def state(text: str, code: str) -> Mapping[str, object]:
    jurisdictions = settle(text)["jurisdictions"]
    assert isinstance(jurisdictions, dict)
    found = jurisdictions[code]
    assert isinstance(found, dict)
    return found


def told(text: str, day: str = "2024-03-15") -> dict[str, str]:
    """What each jurisdiction is told."""
    answer = answer_case(source(text, day), "family.toml", PACKS)
    parts = explain(answer.settlement)  # type: ignore[union-attr]
    return {part.text[:2]: "\n".join(part.lines()) for part in parts}


def right(jurisdiction: str, basis: str, amount: str = "100.00", more: str = "") -> str:
    head = f'[[right]]\njurisdiction = "{jurisdiction}"\nbasis = "{basis}"\n'
    return f'{head}amount = "{amount} EUR"\n{more}\n'


def by_child(jurisdiction: str, basis: str = "activity", **amounts: str) -> str:
    inner = ", ".join(f'{name} = "{amount} EUR"' for name, amount in amounts.items())
    head = f'[[right]]\njurisdiction = "{jurisdiction}"\nbasis = "{basis}"\n'
    return f"{head}amounts = {{ {inner} }}\n"


def test_an_amount_for_one_child_is_compared_with_amounts_by_child() -> None:
    rights = by_child("FR", Ann="50.00", Bob="60.00")
    rights += right("BE", "activity", "70.00", 'children = ["Ann"]')

    found = settle(rights + ANN + BOB)

    assert found["priority"] == ["BE", "FR"]
    assert found["payable_total"] == {"EUR": "130.00"}


def test_amounts_for_different_children_together_are_not_compared() -> None:
    rights = right("FR", "activity", more='children = ["Ann", "Bob"]') + right("BE", "activity")
    third = '[[child]]\nname = "Cid"\nresidence = "BE"\n'

    with pytest.raises(InvalidInputError, match="give amounts by child in every right"):
        settle(rights + ANN + BOB + third)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_higher_of_two_amounts_of_one_state_counts(order: tuple[int, int]) -> None:
    rights = [right("FR", "activity", "90.00"), right("FR", "activity", "120.00")]

    assert state("".join(rights[place] for place in order) + ANN, "FR")["payable"] == "120.00 EUR"


def test_one_law_that_grants_no_supplement_abroad_is_enough_to_refuse_it() -> None:
    refusing = right("DE", "residence", "130.00", "refuses_abroad = true")
    other = right("DE", "residence", "140.00")

    found = state(right("BE", "activity") + refusing + other + ANN, "DE")

    assert (found["payable"], found["paid_as"]) == ("0.00 EUR", "nothing")


@pytest.mark.parametrize(("amount", "refused"), [("100.00", False), ("100.01", True)])
def test_a_supplement_is_refused_from_the_first_cent(amount: str, *, refused: bool) -> None:
    refusing = right("DE", "residence", amount, "refuses_abroad = true")

    text = told(right("BE", "activity") + refusing + ANN)["DE"]

    assert ("refuses a supplement for children elsewhere" in text) == refused
    assert ("pays nothing, since those before it pay as much" in text) != refused


def test_the_only_state_pays_in_full_even_where_it_would_refuse_a_supplement() -> None:
    only = right("DE", "residence", "130.00", "refuses_abroad = true")

    assert state(only + ANN, "DE")["payable"] == "130.00 EUR"


@pytest.mark.parametrize(
    ("start", "end", "holds"),
    [
        ("2024-03-15", "2024-03-15", True),
        ("2024-03-01", "2024-03-15", True),
        ("2024-03-15", "2024-12-31", True),
        ("2024-03-16", "2024-12-31", False),
    ],
)
def test_a_right_holds_from_its_first_to_its_last_day(start: str, end: str, *, holds: bool) -> None:
    dates = f"start = {start}\nend = {end}"
    always = right("FR", "pension", "10.00")

    found = settle(always + right("BE", "activity", more=dates) + ANN)
    jurisdictions = found["jurisdictions"]
    assert isinstance(jurisdictions, dict)
    told_of = "BE" in jurisdictions or "987/2009 Art 59" in jurisdictions["FR"]["basis"]

    assert told_of == holds


def test_a_right_from_the_second_of_the_month_waits_for_the_next() -> None:
    rights = right("FR", "activity", "80.00")
    rights += right("BE", "activity", "100.00", "start = 2024-03-02")

    found = settle(rights + ANN)

    assert (found["priority"], found["changes_on"]) == ("FR", "2024-04-01")
    assert "from 2024-04-01" in told(rights + ANN)["FR"]
    assert "as on the first of the month; BE" in told(rights + ANN)["FR"]


def test_it_is_told_that_nobody_comes_next() -> None:
    ending = right("FR", "activity", more="end = 2024-03-10")

    assert "as on the first of the month; nobody from 2024-04-01" in told(ending + ANN)["FR"]


def test_a_change_that_is_over_by_the_end_of_the_month_is_not_told_as_one() -> None:
    for_days = right("BE", "activity", more="start = 2024-03-11\nend = 2024-03-25")

    text = told(right("FR", "pension") + for_days + ANN)["FR"]

    assert "as on the first of the month" in text
    assert "2024-04-01" not in text


@pytest.mark.parametrize(
    ("end", "for_bob"), [("", "; DE from 2024-04-01"), ("end = 2024-03-25", "")]
)
def test_each_group_is_told_its_own_change_alone(end: str, for_bob: str) -> None:
    rights = by_child("FR", Ann="50.00", Bob="60.00")
    rights += by_child("BE", Ann="70.00") + "start = 2024-03-02\n"
    rights += by_child("DE", Bob="70.00") + f"start = 2024-03-11\n{end}\n"
    text = rights + ANN + BOB.replace("BE", "DE")

    told_of = [line for line in told(text)["FR"].split("\n") if "first of the month" in line]

    assert [line.strip() for line in told_of] == [
        "as on the first of the month; BE from 2024-04-01 [987/2009 Art 59]",
        f"as on the first of the month{for_bob} [987/2009 Art 59]",
    ]
    assert settle(text)["changes_to"] == (["BE", "DE"] if for_bob else ["BE"])


def test_without_a_change_nothing_is_told_of_one() -> None:
    assert "first of the month" not in told(right("FR", "activity") + ANN)["FR"]


def test_states_are_told_in_the_order_of_their_best_place() -> None:
    # Belgium comes first for Ann, France for Bob; Germany is last for both.
    rights = by_child("DE", Ann="90.00", Bob="90.00")
    rights += by_child("FR", Ann="80.00", Bob="80.00") + by_child("BE", Ann="10.00", Bob="70.00")

    found = settle(rights + ANN + BOB_IN_FRANCE)["jurisdictions"]

    assert isinstance(found, dict)
    assert list(found) == ["BE", "FR", "DE"]
    assert [found[code]["priority"] for code in found] == [False, False, False]


def test_priority_for_every_child_is_priority() -> None:
    rights = by_child("BE", Ann="10.00", Bob="70.00") + by_child("FR", Ann="80.00", Bob="80.00")

    found = settle(rights + ANN + BOB)["jurisdictions"]

    assert isinstance(found, dict)
    assert (found["BE"]["priority"], found["FR"]["priority"]) == (True, False)
    assert [item["place"] for item in found["BE"]["groups"]] == [1, 1]


def test_a_single_group_is_not_listed_apart() -> None:
    assert "groups" not in state(right("FR", "activity") + ANN, "FR")


@pytest.mark.parametrize("basis", ["activity", "pension", "residence"])
def test_a_single_right_leaves_nothing_to_agree_on(basis: str) -> None:
    assert settle(right("FR", basis) + ANN)["discrepancies"] == []


def test_the_basis_is_that_of_the_first_child() -> None:
    rights = by_child("FR", Ann="10.00") + by_child("FR", "pension", Bob="20.00")

    assert state(rights + ANN + BOB, "FR")["right_based_on"] == "activity"


def test_one_currency_needs_no_rate() -> None:
    rights = right("BE", "activity", "80.00") + right("FR", "activity")

    assert state(rights + ANN, "FR")["basis"] == ["883/2004 Art 68(2)"]
    assert "987/2009 Art 90" not in told(rights + ANN)["FR"]


def test_two_currencies_are_told_with_the_article_on_rates() -> None:
    rates = "exchange_rate = { PLN = 4 }\n"
    rights = right("BE", "activity", "80.00").replace("EUR", "PLN") + right("FR", "activity")

    assert "987/2009 Art 90" in told(rates + rights + ANN)["FR"]


@pytest.mark.parametrize(
    ("debtor", "limited", "text"),
    [
        ("60.00", False, "half of 100.00 EUR"),
        ("30.00", True, "up to the own benefit of the state that refunds"),
    ],
)
def test_a_refund_is_told_to_both_states(debtor: str, text: str, *, limited: bool) -> None:
    rights = right("DE", "activity", debtor) + right("FR", "activity")

    found = told(rights + ANN)

    assert "refunds half of 100.00 EUR to FR" in found["DE"]
    assert "is refunded half of 100.00 EUR by DE" in found["FR"]
    assert text in found["DE"]
    assert ("up to the own benefit" in found["FR"]) == limited
    assert settle(rights + ANN)["discrepancies"] == []


def test_refunds_to_and_from_several_states_name_the_first_and_any_limit() -> None:
    # For Ann Germany refunds France in full, for Bob it is held to its own benefit.
    rights = by_child("FR", Ann="100.00", Bob="100.00") + by_child("DE", Ann="60.00", Bob="30.00")

    found = state(rights + ANN + BOB, "DE")

    assert (found["refund"], found["refund_to"], found["refund_limited"]) == (
        "80.00 EUR",
        "FR",
        True,
    )


def test_only_other_categories_are_named() -> None:
    rights = right("FR", "activity") + right("FR", "activity", more='category = "birth grant"')

    text = told(rights + ANN)["FR"]

    assert "benefit under its law for Ann, right based on activity" in text
    assert "benefit under its law for Ann, birth grant, right based on activity" in text


@pytest.mark.parametrize(
    "table",
    [
        ANN + "surprise = 1\n",
        right("DE", "activity", more="surprise = 1") + ANN,
        ANN + "[position]\ninformed = 2024-01-10\nsurprise = 1\n",
        ANN + '[submitted]\non = 2024-01-10\nto = "FR"\nsurprise = 1\n',
    ],
    ids=["child", "right", "position", "submitted"],
)
def test_a_key_that_nobody_knows_is_refused(table: str) -> None:
    with pytest.raises(InvalidInputError, match="surprise"):
        settle(right("FR", "activity") + table)


@pytest.mark.parametrize(("rate", "supplement"), [("0.8", "20.00"), ("1", "0.00")])
def test_a_rate_may_be_one_or_less(rate: str, supplement: str) -> None:
    rates = f"exchange_rate = {{ GBP = {rate} }}\n"
    rights = right("BE", "activity", "100.00") + right("FR", "activity", "100.00").replace(
        "EUR", "GBP"
    )

    assert state(rates + rights + ANN, "FR")["supplement"] == f"{supplement} GBP"


TWO_PAYERS = by_child("FR", Ann="100.00") + by_child("IT", Bob="80.00")


def test_a_state_may_owe_refunds_to_two_others() -> None:
    rights = TWO_PAYERS + by_child("DE", Ann="60.00", Bob="60.00")

    found = state(rights + ANN + BOB, "DE")

    assert (found["refund"], found["refund_to"]) == ("90.00 EUR", ["FR", "IT"])
    assert state(rights + ANN + BOB, "FR")["refunded_by"] == "DE"


def test_refunds_in_two_currencies_are_kept_apart() -> None:
    rates = "exchange_rate = { PLN = 4 }\n"
    polish = by_child("PL", Bob="400.00").replace("EUR", "PLN")
    rights = by_child("FR", Ann="100.00") + polish + by_child("DE", Ann="60.00", Bob="60.00")

    found = state(rates + rights + ANN + BOB, "DE")

    assert (found["refund"], found["refund_to"]) == ("50.00 EUR + 200.00 PLN", ["FR", "PL"])


def test_a_state_may_be_refunded_by_two_others() -> None:
    rights = by_child("FR", Ann="100.00", Bob="100.00")
    rights += by_child("DE", Ann="60.00") + by_child("IT", Bob="70.00")

    found = state(rights + ANN + BOB, "FR")

    assert (found["refunded"], found["refunded_by"]) == ("100.00 EUR", ["DE", "IT"])


AWARD = date(2024, 3, 15)
ABROAD = ANN.replace("BE", "PL") + BOB_IN_FRANCE
SHARED = (
    ABROAD + by_child("BE", Ann="100.00", Bob="60.00") + by_child("FR", Ann="80.00", Bob="70.00")
)
"""Belgium pays most for Ann, who lives in neither state; France comes first for Bob, at home."""


def test_a_state_refunds_half_for_those_alone_for_whom_no_residence_decides() -> None:
    facts = read_national_facts(SHARED.encode(), "family.toml").circumstances.facts
    rules = EU.rules_on(AWARD)
    assert str(family_refund((), facts, rules, by="FR", to="BE")) == "50.00 EUR"
    assert family_refund((), facts, rules, by="BE", to="FR") is None


def test_who_refunds_states_its_own_law_also_where_it_pays_for_other_children() -> None:
    facts = read_national_facts(SHARED.encode(), "family.toml")
    claim = OwnClaim(pack=EU, branch=Branch.FAMILY, award_date=AWARD, jurisdiction="FR")
    found = decide(claim, (), facts)
    assert str(found.payable) == "70.00 EUR"
    assert str(found.independent) == "150.00 EUR"


def test_a_state_that_is_silent_may_come_first_or_grant_nothing() -> None:
    """Who lives and works where the children are comes first whatever another state says."""
    rights = right("BE", "activity", "100.00", 'children = ["Ann"]')
    rights += right("FR", "activity", "70.00", 'children = ["Ann"]')
    silent = '[[missing]]\njurisdiction = "LU"\nat_most = { years = 0 }\n'

    def bound(residence: str, code: str) -> object:
        found = state(rights + ANN.replace('"BE"', f'"{residence}"') + silent, code)
        return found["provisional"]

    between = {"missing": ["LU"], "article": "987/2009 Art 60(3)"}
    assert bound("PL", "BE") == {"lower": "0.00 EUR", "upper": "100.00 EUR", **between}
    assert bound("BE", "BE") == {"lower": "100.00 EUR", "upper": "100.00 EUR", **between}
    assert bound("BE", "FR") == {"lower": "0.00 EUR", "upper": "0.00 EUR", **between}
    assert "provisional" not in state(rights + ANN, "BE")


def test_a_state_that_is_silent_has_no_bounds_of_its_own() -> None:
    """What others suppose that it grants is no decision of it."""
    rights = right("BE", "activity", "100.00", 'children = ["Ann"]')
    rights += right("FR", "activity", "70.00", 'children = ["Ann"]')
    silent = '[[missing]]\njurisdiction = "BE"\nat_most = { years = 0 }\n'
    assert "provisional" not in state(rights + ANN + silent, "BE")
    assert "provisional" in state(rights + ANN + silent, "FR")
