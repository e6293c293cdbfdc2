"""Files that ask for the applicable legislation: what is refused, and the answer line by line."""

from datetime import date

import pytest

from portability.agreements import pack_ids, pack_source
from portability.core.answering import answer_case
from portability.core.legislation.explained import explain_legislation
from portability.core.legislation.reader import LegislationCase, parse_legislation_case
from portability.core.legislation.result import LegislationResult
from portability.core.pack_parser import parse_pack
from portability.errors import InvalidInputError

PACKS = {name: parse_pack(pack_source(name), f"{name}.toml") for name in pack_ids()}
HEAD = 'kind = "applicable-legislation"\nagreement = "eu-883-2004"\n'
HEAD += 'date = 2024-01-01\nresidence = "BE"\n'
CONVENTION = HEAD.replace("eu-883-2004", "jp-gb").replace("BE", "GB")

EXCEPTION = '[exception]\njurisdiction = "DE"\n'
CERTIFICATE = '[certificate]\nissuer = "DE"\n'
POSTING = '[posting]\nfrom = "BE"\nto = "FR"\nstart = 2024-01-01\nend = 2024-12-31\n'
EARLIER = POSTING + "[[posting.earlier]]\n"
VOLUNTARY = '[[voluntary]]\njurisdiction = "DE"\nbranch = "old-age"\n'
DISPUTE = '[dispute]\nfirst_asked = "BE"\n'
INFORMED = "[informed]\non = 2023-12-15\n"

NO_EXCEPTION = "Exception: no exception was agreed [883/2004 Art 16]"
NO_POSTING = "Posting: the person is not posted [883/2004 Art 12(1)]"
NO_WORK = (
    "Several states: activities that count lie in no state of the agreement "
    "[883/2004 Art 13(1)(a); 883/2004 Art 13(2)(a)]"
)


def work(jurisdiction: str, more: str = "", kind: str = "employed") -> str:
    employer = 'employer = "one"\nseat = "FR"\n' if kind == "employed" else ""
    return f'[[activity]]\nkind = "{kind}"\njurisdiction = "{jurisdiction}"\n{employer}{more}\n'


def case(text: str, head: str = HEAD) -> LegislationCase:
    return parse_legislation_case((head + text).encode(), "work.toml")


def told(text: str, head: str = HEAD) -> list[str]:
    """The explanation after its first line, which names the result."""
    found = answer_case((head + text).encode(), "work.toml", PACKS)
    assert isinstance(found, LegislationResult)
    (tree,) = explain_legislation(found)
    return [line.strip() for line in tree.lines()][1:]


def test_who_is_self_employed_is_told_so_with_the_share_of_each_criterion() -> None:
    two = work("BE", "time = 30\nincome = 1", "self-employed")
    two += work("FR", "time = 70\nincome = 7", "self-employed")

    assert told(two)[1:3] == [
        "Self-employed in BE: 30 % of time, 12.5 % of income [987/2009 Art 14(10)]",
        "Self-employed in FR: 70 % of time, 87.5 % of income [987/2009 Art 14(10)]",
    ]


def test_other_kinds_of_work_are_told_in_words() -> None:
    crew = work("FR", 'home_base = "FR"', "air-crew")

    assert told(crew)[1] == "Air crew in FR [883/2004 Art 11(5)]"


def test_an_agreed_exception_is_told_without_testing_any_rule() -> None:
    assert told(EXCEPTION) == [
        "The person lives in BE",
        "The authorities agreed on an exception [883/2004 Art 16]",
    ]


def test_posting_is_tested_after_the_exception_alone() -> None:
    for kind, article in (("employed", "12(1)"), ("self-employed", "12(2)")):
        assert told(POSTING + f'kind = "{kind}"\n')[2:] == [
            NO_EXCEPTION,
            (
                "Posted from BE to FR, 2024-01-01 to 2024-12-31, within 24 months "
                f"[883/2004 Art {article}]"
            ),
        ]


def test_work_in_several_states_is_decided_after_the_exception_and_posting() -> None:
    assert told(work("BE", "time = 30") + work("FR", "time = 70")) == [
        "The person lives in BE",
        "Employed in BE, employer seated in FR: 30 % of time [987/2009 Art 14(10)]",
        "Employed in FR, employer seated in FR: 70 % of time [987/2009 Art 14(10)]",
        NO_EXCEPTION,
        NO_POSTING,
        "30 % of time in BE, the residence; a substantial part begins at 25 % [987/2009 Art 14(8)]",
    ]


def test_an_employer_outside_the_union_is_decided_among_several_states() -> None:
    two = (work("FR") + work("DE")).replace('seat = "FR"', 'seat = "US"')

    assert told(two)[3:] == [
        NO_EXCEPTION,
        NO_POSTING,
        "No activity in BE, the residence [987/2009 Art 14(8)]",
        "The employer is established outside the Union [987/2009 Art 14(11)]",
    ]


def test_contract_staff_is_decided_after_work_in_several_states() -> None:
    assert told(work("BE", kind="contract-staff")) == [
        "The person lives in BE",
        NO_EXCEPTION,
        NO_POSTING,
        NO_WORK,
        "Contract staff of the Union: no choice was made [883/2004 Art 15]",
    ]


def test_a_convention_tells_neither_finality_nor_whose_law_applies_in_a_dispute() -> None:
    here = work("GB")

    assert told(here + INFORMED, CONVENTION) == told(here, CONVENTION)
    assert told(here + DISPUTE, CONVENTION) == told(here, CONVENTION)


def test_a_decision_is_told_with_the_last_day_of_objections_and_the_law_in_a_dispute() -> None:
    assert told(work("FR") + INFORMED + DISPUTE)[-2:] == [
        (
            "The others were informed on 2023-12-15 and may object until 2024-02-15: the decision "
            "is provisional [987/2009 Art 16(3)]"
        ),
        "While the states disagree, the law of FR applies [987/2009 Art 6(1)(a)]",
    ]


def test_a_case_has_the_title_that_it_gives() -> None:
    assert case('title = "Work abroad"\n').title == "Work abroad"


def test_a_case_without_a_title_has_the_name_of_its_file() -> None:
    assert case("").title == "work.toml"


REVERSED = "start = 2024-01-02\nend = 2024-01-01\n"
ONE_DAY = REVERSED.replace("01-02", "01-01")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (work("FR"), "activity[1]"),
        (EXCEPTION, "exception"),
        (CERTIFICATE, "certificate"),
        (POSTING.partition("start")[0], "posting"),
        (EARLIER, "posting.earlier[1]"),
    ],
)
def test_days_may_be_one_but_not_reversed(text: str, key: str) -> None:
    case(text + ONE_DAY)

    with pytest.raises(InvalidInputError, match=r"lies before start$") as refused:
        case(text + REVERSED)
    assert refused.value.context["field"] == f"{key}.end"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (work("FR"), "activity[1]"),
        (EXCEPTION, "exception"),
        (CERTIFICATE + "start = 2024-01-01\n", "certificate"),
        (POSTING, "posting"),
        (EARLIER + ONE_DAY, "posting.earlier[1]"),
        (VOLUNTARY, "voluntary[1]"),
        (DISPUTE, "dispute"),
        (INFORMED, "informed"),
    ],
)
def test_a_key_that_no_table_knows_is_refused_by_its_name(text: str, key: str) -> None:
    case(text)

    with pytest.raises(InvalidInputError, match="is not a key that is known here") as refused:
        case(text + "misspelt = 1\n")
    assert refused.value.context["field"] == f"{key}.misspelt"


def test_a_dispute_may_be_brought_on_the_day_it_arose() -> None:
    found = case(DISPUTE + "arose = 2024-02-01\nbrought = 2024-02-01\n").situation.dispute

    assert found is not None
    assert found.brought == found.arose == date(2024, 2, 1)


def test_a_dispute_may_not_be_brought_before_it_arose() -> None:
    with pytest.raises(InvalidInputError, match=r"lies before arose$") as refused:
        case(DISPUTE + "arose = 2024-02-02\nbrought = 2024-02-01\n")

    assert refused.value.context["field"] == "dispute.brought"
