"""Applicable legislation: the last day, the exact threshold, and the words of a decision."""

from collections.abc import Mapping

import pytest

from portability.agreements import pack_ids, pack_source
from portability.core.answering import answer_case
from portability.core.legislation.result import LegislationResult
from portability.core.pack_parser import parse_pack

PACKS = {name: parse_pack(pack_source(name), f"{name}.toml") for name in pack_ids()}


def answer(
    text: str, *, residence: str = "BE", date: str = "2024-01-01", agreement: str = "eu-883-2004"
) -> LegislationResult:
    head = f'kind = "applicable-legislation"\nagreement = "{agreement}"\n'
    source = f'{head}date = {date}\nresidence = "{residence}"\n{text}'
    found = answer_case(source.encode(), "work.toml", PACKS)
    assert isinstance(found, LegislationResult)
    return found


def decide(text: str, **more: str) -> Mapping[str, object]:
    return answer(text, **more).to_json()


def told(text: str, code: str, **more: str) -> str:
    """What the ruling of one jurisdiction says."""
    rulings = {item.jurisdiction: item for item in answer(text, **more).rulings}
    return "\n".join(f"{line.text} {line.number}".strip() for line in rulings[code].lines)


def reasons(text: str, **more: str) -> list[str]:
    return [reason for reason, _ in answer(text, **more).determination.decision.reasons]


def work(jurisdiction: str, more: str = "", kind: str = "employed", seat: str = "FR") -> str:
    head = f'[[activity]]\nkind = "{kind}"\njurisdiction = "{jurisdiction}"\n'
    employer = f'employer = "one"\nseat = "{seat}"\n' if kind == "employed" else ""
    return f"{head}{employer}{more}\n"


def test_an_exception_holds_on_its_last_day() -> None:
    agreed = '[exception]\njurisdiction = "DE"\nstart = 2024-01-01\nend = 2024-06-30\n'

    assert decide(work("FR") + agreed, date="2024-06-30")["competent"] == "DE"
    assert decide(work("FR") + agreed, date="2024-07-01")["competent"] == "FR"


@pytest.mark.parametrize(("end", "competent"), [("2024-01-01", "DE"), ("2023-12-31", "FR")])
def test_work_that_ends_on_the_day_is_still_work(end: str, competent: str) -> None:
    two = work("FR", "time = 50", seat="DE") + work("IT", f"time = 50\nend = {end}", seat="DE")

    assert decide(two)["competent"] == competent


@pytest.mark.parametrize(("time", "pay", "marginal"), [(4, 4, True), (5, 4, False), (4, 5, False)])
def test_every_share_must_lie_below_five_per_cent(time: int, pay: int, *, marginal: bool) -> None:
    text = work("BE", f"time = {time}\npay = {pay}")
    text += work("FR", f"time = {100 - time}\npay = {100 - pay}")

    found = decide(text)["jurisdictions"]

    assert isinstance(found, dict)
    assert found["BE"]["marginal"] is marginal
    assert ("marginal activity, disregarded" in told(text, "BE")) == marginal


def test_employment_in_one_state_prevails_over_self_employment_in_another() -> None:
    text = work("FR", seat="DE") + work("DE", kind="self-employed")

    found = decide(text)

    assert (found["competent"], found["rule"]) == ("FR", "employment-before-self-employment")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (work("FR") + work("DE"), "1 employer seated in FR"),
        (
            work("FR") + work("DE").replace("one", "two"),
            "2 employers seated in FR",
        ),
        (work("US"), "works outside the Union only"),
        ("", "does not work"),
        (
            "substantial_at_residence = true\n" + work("BE") + work("FR"),
            "a substantial part in BE, as the institution found",
        ),
        (
            "substantial_at_residence = false\n" + work("BE") + work("FR"),
            "no substantial part in BE, as the institution found",
        ),
    ],
)
def test_the_reason_is_told_in_words(text: str, words: str) -> None:
    assert words in reasons(text)


def test_rules_that_lead_outside_cite_the_rule_that_leads_there() -> None:
    text = work("FR") + work("DE", seat="DE").replace("one", "two")

    found = answer(text, residence="US")

    (finding,) = found.discrepancies
    assert finding.article == "883/2004 Art 13(1)(b)(iv)"
    assert found.determination.decision.steps == ("several_seats_differ",)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (work("FR"), "the rules give FR (place-of-work)"),
        (
            work("NL", kind="civil-servant") + work("FR", kind="civil-servant"),
            "the rules give nothing (undetermined)",
        ),
    ],
)
def test_what_the_rules_would_give_is_told_beside_a_document(text: str, rules: str) -> None:
    held = '[certificate]\nissuer = "DE"\nstart = 2024-01-01\n'

    findings = answer(text + held).discrepancies

    assert any(rules in item.detail for item in findings)


@pytest.mark.parametrize(
    ("places", "words"),
    [(("GB", "JP"), "work in GB and JP"), (("US",), "work in none of the parties")],
)
def test_a_convention_that_does_not_decide_says_where_the_work_is(
    places: tuple[str, ...], words: str
) -> None:
    text = "".join(work(place) for place in places)

    assert reasons(text, residence="GB", agreement="jp-gb") == [words]


@pytest.mark.parametrize("table", ["[informed]\non = 2024-01-01\n", "[dispute]\n"])
def test_a_convention_knows_no_provisional_decisions(table: str) -> None:
    found = decide(work("GB") + table, residence="GB", agreement="jp-gb")

    assert found["competent"] == "GB"
    assert "state" not in found
    assert "provisionally" not in found


TWO_STATES = work("BE", "time = 30") + work("FR", "time = 70")


def test_the_competent_state_is_told_why_and_the_other_that_it_is_not() -> None:
    assert told(TWO_STATES, "BE").splitlines() == [
        "legislation applies: substantial part at residence",
        "30 % of time in BE, the residence; a substantial part begins at 25 %",
        "share of time 30 %",
    ]
    assert told(TWO_STATES, "FR").splitlines() == [
        "legislation does not apply",
        "share of time 70 %",
    ]


def test_shares_and_residence_stand_in_the_document() -> None:
    elsewhere = '[[voluntary]]\njurisdiction = "DE"\nbranch = "old-age"\n'

    found = decide(TWO_STATES + elsewhere)["jurisdictions"]

    assert isinstance(found, dict)
    assert found["BE"]["time_percent"] == 30
    assert found["FR"]["time_percent"] == 70
    assert "time_percent" not in found["DE"]
    assert found["BE"]["residence"] is True
    assert "residence" not in found["FR"]
