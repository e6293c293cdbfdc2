"""A decision on the applicable legislation in words: facts, rules in their order, result."""

import pytest

from portability.agreements import pack_ids, pack_source
from portability.core.answering import answer_case
from portability.core.explanation_tree import Explanation
from portability.core.legislation.explained import explain_legislation
from portability.core.legislation.result import LegislationResult
from portability.core.pack_parser import parse_pack
from portability.errors import InvalidInputError
from portability.examples import example_names, example_source

PACKS = {name: parse_pack(pack_source(name), f"{name}.toml") for name in pack_ids()}
HEAD = 'kind = "applicable-legislation"\nagreement = "eu-883-2004"\ndate = 2024-01-01\n'
AT_HOME = HEAD + 'residence = "BE"\n'
EMPLOYED = '[[activity]]\nkind = "employed"\njurisdiction = "{}"\nseat = "FR"\nemployer = "one"\n'
POSTED = AT_HOME + '[posting]\nfrom = "BE"\nto = "FR"\n'


def tree(text: str) -> Explanation:
    answer = answer_case(text.encode(), "case.toml", PACKS)
    assert isinstance(answer, LegislationResult)
    (found,) = explain_legislation(answer)
    return found


def lines(text: str) -> list[str]:
    return [line.strip() for line in tree(text).lines()]


@pytest.mark.parametrize(
    "name", [name for name in example_names() if name.startswith("legislation-")]
)
def test_every_decision_has_an_article_for_each_reason(name: str) -> None:
    found = tree(example_source(name).decode())

    assert found.articles
    assert found.parts[0].text.startswith("The person lives in")
    assert all(part.articles for part in found.parts[1:])
    assert all(part.articles for part in found.parts[0].parts)


def test_the_rules_before_the_one_that_decides_are_told_in_their_order() -> None:
    found = lines(AT_HOME + EMPLOYED.format("FR"))

    assert found == [
        (
            "On 2024-01-01 the legislation of FR applies, and no other: the person works there and "
            "nowhere else that counts [883/2004 Art 11(1); 883/2004 Art 11(3)(a)]"
        ),
        "The person lives in BE",
        "Employed in FR, employer seated in FR [987/2009 Art 14(10)]",
        "Exception: no exception was agreed [883/2004 Art 16]",
        "Posting: the person is not posted [883/2004 Art 12(1)]",
        (
            "Several states: activities that count lie in FR only "
            "[883/2004 Art 13(1)(a); 883/2004 Art 13(2)(a)]"
        ),
        "The person is no contract staff of the Union [883/2004 Art 15]",
        "Works in FR only [883/2004 Art 11(3)(a)]",
    ]


def test_an_exception_or_posting_of_other_days_is_told_to_be_that() -> None:
    found = lines(
        POSTED
        + "start = 2024-02-01\nend = 2024-03-31\n"
        + '[exception]\njurisdiction = "DE"\nend = 2023-12-31\n'
    )

    assert "Exception: the agreed exception does not hold on the day [883/2004 Art 16]" in found
    assert (
        "Posting: does not apply, the day lies outside 2024-02-01 to 2024-03-31 "
        "[883/2004 Art 12(1)]"
    ) in found


def test_why_a_posting_does_not_apply_is_told_once() -> None:
    found = lines(POSTED + "start = 2024-01-01\nreplaces_posted_person = true\n")

    assert [line for line in found if "osting" in line] == [
        "Posting: does not apply, the person replaces another posted person [883/2004 Art 12(1)]",
        "Posting: does not apply, no end of the posting is foreseen [883/2004 Art 12(1)]",
    ]


def test_a_posting_that_applies_ends_the_tests() -> None:
    found = lines(POSTED + "start = 2024-01-01\nend = 2024-12-31\n")

    assert found[3:] == [
        "Exception: no exception was agreed [883/2004 Art 16]",
        "Posted from BE to FR, 2024-01-01 to 2024-12-31, within 24 months [883/2004 Art 12(1)]",
    ]


def test_a_document_that_binds_needs_no_tests() -> None:
    found = lines(
        AT_HOME + EMPLOYED.format("FR") + '[certificate]\nissuer = "DE"\nstart = 2024-01-01\n'
    )

    assert found[0].startswith(
        "On 2024-01-01 the legislation of DE applies, and no other: a document that binds says so"
    )
    assert found[3:] == ["A document of DE holds from 2024-01-01 [987/2009 Art 5]"]


def test_marginal_work_and_seafarers_are_told_with_their_rules() -> None:
    marginal = EMPLOYED.format("DE") + "marginal = true\n"
    seafarer = '[[activity]]\nkind = "seafarer"\njurisdiction = "US"\nflag = "DK"\n'

    found = lines(AT_HOME + seafarer + marginal)

    assert "Seafarer in US, which counts as DK [883/2004 Art 11(4)]" in found
    assert (
        "Employed in DE, employer seated in FR; marginal, so disregarded "
        "[987/2009 Art 14(10); 987/2009 Art 14(5b)]"
    ) in found
    assert not any(line.startswith("Marginal activities") for line in found)


def test_without_work_every_rule_before_residence_is_told() -> None:
    found = lines(AT_HOME)

    assert found[0].startswith(
        "On 2024-01-01 the legislation of BE applies, and no other: the person lives there, and no "
        "rule before that one applies"
    )
    assert (
        "Several states: activities that count lie in no state of the agreement "
        "[883/2004 Art 13(1)(a); 883/2004 Art 13(2)(a)]"
    ) in found


def test_facts_that_do_not_decide_are_told_as_such() -> None:
    servant = '[[activity]]\nkind = "civil-servant"\njurisdiction = "{}"\n'

    found = tree(AT_HOME + servant.format("FR") + servant.format("DE"))

    assert found.text == "The facts do not decide which legislation applies on 2024-01-01"
    assert found.value == "undetermined"
    assert found.parts[-1].text == "Civil servant of DE and FR"


def test_contract_staff_end_the_tests_before_the_general_rules() -> None:
    found = lines(AT_HOME + '[[activity]]\nkind = "contract-staff"\njurisdiction = "BE"\n')

    assert found[-1] == "Contract staff of the Union: no choice was made [883/2004 Art 15]"


@pytest.mark.parametrize(
    ("day", "objection", "words"),
    [
        ("2023-12-15", "", "the decision is provisional"),
        ("2023-10-01", "", "nobody did, so the decision is final"),
        (
            "2023-12-15",
            "objection = 2023-12-20\n",
            "there is an objection, so the decision is not final",
        ),
    ],
)
def test_whether_a_decision_is_final_is_told(day: str, objection: str, words: str) -> None:
    found = lines(AT_HOME + EMPLOYED.format("FR") + f"[informed]\non = {day}\n{objection}")

    assert found[-1].endswith(f": {words} [987/2009 Art 16(3)]")


def test_voluntary_insurance_is_told_in_words() -> None:
    found = lines(
        AT_HOME
        + EMPLOYED.format("FR")
        + '[[voluntary]]\njurisdiction = "DE"\nbranch = "old-age"\nearlier_activity = true\n'
        + '[[voluntary]]\njurisdiction = "DE"\nbranch = "sickness"\n'
    )

    assert found[-2:] == [
        "In DE the person may join the voluntary scheme for old-age [883/2004 Art 14(2) to (4)]",
        (
            "In DE the person may not join the voluntary scheme for sickness "
            "[883/2004 Art 14(2) to (4)]"
        ),
    ]


def test_an_agreement_that_knows_posting_only_tells_why_it_does_not_apply() -> None:
    found = lines(
        POSTED.replace("eu-883-2004", "jp-gb").replace("BE", "JP").replace("FR", "GB")
        + "start = 2024-01-01\n"
    )

    assert any(
        line.startswith("Posting does not apply: no end of the posting is foreseen")
        for line in found
    )


def test_the_time_limits_of_a_dispute_are_told() -> None:
    dispute = AT_HOME + EMPLOYED.format("FR") + '[dispute]\nfirst_asked = "BE"\n{}\n'

    both = lines(dispute.format("arose = 2024-01-31\nbrought = 2024-03-31"))
    one = lines(dispute.format("brought = 2024-03-31"))
    none = lines(dispute.format(""))

    assert both[-1] == (
        "The Administrative Commission: the matter may go there from 2024-02-29 and should be "
        "reconciled by 2024-09-30 [987/2009 Art 6(3)]"
    )
    assert one[-1].startswith("The Administrative Commission: the matter should be reconciled by")
    assert not any(line.startswith("The Administrative Commission") for line in none)


def test_a_dispute_cannot_be_brought_before_it_arose() -> None:
    text = AT_HOME + "[dispute]\narose = 2024-02-01\nbrought = 2024-01-01\n"

    with pytest.raises(InvalidInputError, match=r"line 7: dispute\.brought lies before arose"):
        tree(text)
