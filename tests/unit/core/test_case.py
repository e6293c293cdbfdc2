"""Case files: what is refused, in which words, and what the document holds."""

import json

import pytest

from portability.core.case import parse_case
from portability.core.case_result import CaseResult, settle_case
from portability.core.explanation import explain
from portability.errors import InvalidInputError, NoAgreementError
from portability.examples import example_source
from tests.unit.core.builders import EU

PACKS = {"eu-883-2004": EU}
ROSA = example_source("rosa.toml").decode()

WITHDRAWAL = "[[correction]]\nreplaces = 1\nwithdrawn = true\n"
OTHER = "[[other_benefit]]\nname = 'x'\njurisdiction = 'CH'\namount = '1.00 EUR'\n"


def result(text: str) -> CaseResult:
    return settle_case(parse_case(text.encode(), "case.toml"), PACKS)


def changed(old: str, new: str) -> CaseResult:
    assert old in ROSA
    return result(ROSA.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('type         = "11"', 'type = "99"', "line 10: period[1].type is wrong"),
        ("end          = 2004-12-31", "end = 1984-12-31", "line 12: period[1].end is wrong"),
        ("end          = 2004-12-31", "end = 2004-02-31", "line 12: end is not a day"),
        ("years = 20", "years = -20", "period[1].declared.years is wrong"),
        ("years = 20", "", "declared must hold at least one"),
        ("years = 20", "days = 20, day_type = 8", "day_type is wrong"),
        ('"800.00 EUR"', '"800.00 PLN"', "another currency"),
        ('"800.00 EUR"', '"800 Euro"', "scheme.FR.independent is wrong"),
        ('branch     = "old-age"', 'branch = "weather"', "branch is wrong"),
        ('jurisdiction = "FR"', "", "jurisdiction is missing"),
        ("award_date = 2025-01-01", "", "award_date is missing"),
        ('title      = "Rosa', 'titel = "Rosa', "titel is not a key"),
        ('unit        = "months"', 'unit = "fortnights"', "scheme.FR.unit is wrong"),
        ("declared     = { years = 20 }", 'communicated = "sometimes"', "communicated"),
        ("declared     = { years = 20 }", "by_year = { 01 = { days = 1 } }", "four digits"),
        ("declared     = { years = 20 }", "refunded = 1", "must be true or false"),
        ("[scheme.FR]", "[[correction]]\nreplaces = 9\nwithdrawn = true\n[scheme.FR]", "period 9"),
        ("[scheme.FR]", "[[correction]]\nreplaces = 'record 2'\n[scheme.FR]", '2 or "period 2"'),
        ("[scheme.FR]", "[[correction]]\nreplaces = 'period ²'\n[scheme.FR]", '2 or "period 2"'),
        ("[scheme.FR]", "[[correction]]\nreplaces = 'period b'\n[scheme.FR]", '2 or "period 2"'),
        (
            "[scheme.FR]",
            f"{WITHDRAWAL}{WITHDRAWAL}[scheme.FR]",
            "twice",
        ),
        (
            "[scheme.FR]",
            f"{OTHER}kind = 'odd'\n[scheme.FR]",
            "same or different",
        ),
    ],
)
def test_a_file_that_cannot_be_settled_is_refused_in_one_sentence(
    old: str, new: str, words: str
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        changed(old, new)

    assert refusal.value.message.startswith("case.toml")
    assert words in refusal.value.message
    assert "\n" not in refusal.value.message


def test_a_refusal_names_file_key_and_line_once() -> None:
    with pytest.raises(InvalidInputError) as refused:
        changed("years = 20", "fortnights = 20")

    assert str(refused.value) == (
        "case.toml, line 13: period[1].declared.fortnights is not a key that is known here; "
        "check its spelling"
    )


def test_a_full_career_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"scheme\.FR\.full_career must be longer"):
        changed('unit        = "months"', 'unit = "months"\nfull_career = { years = 0 }')


def test_a_case_needs_a_period() -> None:
    head = ROSA[: ROSA.index("[[period]]")]

    with pytest.raises(InvalidInputError, match="at least one period"):
        result(head)


def test_an_unknown_agreement_is_refused_with_the_known_ones() -> None:
    with pytest.raises(NoAgreementError, match=r"case\.toml, line 4: agreement must be one of eu"):
        changed('"eu-883-2004"', '"us-xx"')


def test_a_date_before_the_agreement_names_file_agreement_and_date() -> None:
    with pytest.raises(NoAgreementError, match=r"case\.toml, line 6: award_date: .*2009-01-01"):
        changed("2025-01-01", "2009-01-01")


def test_a_mix_of_currencies_that_shows_only_in_the_settlement_names_the_key() -> None:
    other = (
        '[[other_benefit]]\nname = "x"\njurisdiction = "CH"\namount = "1.00 CHF"\n'
        'kind = "different"\nreduces = ["FR"]\n[scheme.FR]'
    )

    with pytest.raises(
        InvalidInputError,
        match=r"case\.toml, line 25: other_benefit\[1\]\.amount: amounts in CHF and EUR",
    ):
        changed("[scheme.FR]", other)


def test_a_case_without_schemes_settles_its_periods() -> None:
    text = ROSA[: ROSA.index("# France pays")]
    document = result(text).to_json()

    assert document["jurisdictions"] == {}
    assert [item["counted"] for item in document["periods"]] == [  # type: ignore[attr-defined]
        {"unit": "months", "amount": 240},
        {"unit": "months", "amount": 120},
    ]


def test_title_and_source_may_be_left_out() -> None:
    text = "\n".join(line for line in ROSA.splitlines() if not line.startswith(("title", "source")))

    assert result(text).to_json()["title"] == "case.toml"


def test_the_document_is_json_and_has_the_keys_that_are_promised() -> None:
    document = result(ROSA).to_json()

    assert json.loads(json.dumps(document)) == document
    assert set(document) >= {
        "title",
        "agreement",
        "agreement_version",
        "branch",
        "periods",
        "jurisdictions",
        "payable_total",
        "discrepancies",
        "expectations",
    }


def test_undated_and_displaced_periods_show_what_happened_to_them() -> None:
    text = ROSA.replace(
        "[scheme.FR]",
        '[[period]]\njurisdiction = "PT"\ntype = "41"\nstart = 1990-01-01\nend = 2010-12-31\n'
        '[[period]]\njurisdiction = "IT"\ntype = "11"\n[scheme.FR]',
        1,
    )
    periods = result(text).to_json()["periods"]

    assert isinstance(periods, list)
    assert periods[2]["state"] == "displaced"
    assert periods[2]["by"] == ["period 1", "period 2"]
    assert (periods[3]["span"], periods[3]["state"]) == (None, "flagged")


def test_failed_expectations_name_the_key_and_both_values() -> None:
    text = ROSA.replace("own         = 240", "own = 241", 1).replace(
        'paid_as     = "pro-rata"', "paid_as = 1.5\nratio = { own = 240 }\nbasis = [1]", 1
    )

    expectations = result(text + "[expect.PT]\nown = 1\n").expectations

    assert expectations.met == 11
    assert expectations.to_json()["failed"] == [
        {"key": "FR.own", "expected": 241, "actual": 240},
        {"key": "FR.paid_as", "expected": "1.5", "actual": "pro-rata"},
        {
            "key": "FR.basis",
            "expected": [1],
            "actual": ["883/2004 Art 52(1)(b)", "883/2004 Art 52(3)"],
        },
        {"key": "PT.own", "expected": 1, "actual": None},
    ]


def test_an_expected_table_that_is_not_there_fails() -> None:
    expectations = result(ROSA + "extra = { a = [1, { b = 2 }] }\n").expectations

    assert expectations.failed == (
        {"key": "extra", "expected": {"a": [1, {"b": 2}]}, "actual": None},
    )


@pytest.mark.parametrize("named", ["2", '"period 2"'])
def test_a_withdrawn_record_is_gone_and_the_change_is_told(named: str) -> None:
    withdrawal = f"[[correction]]\nreplaces = {named}\nwithdrawn = true\n"
    found = changed("[scheme.FR]", f"{withdrawal}[scheme.FR]")

    assert found.correction is not None
    assert found.correction.superseded == {"period 2": None}
    assert found.to_json()["payable_total"] == {"EUR": "1500.00"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("rosa.toml", "ES pays 400.00 EUR: the pro-rata benefit"),
        ("rosa.toml", "Pro-rata benefit: 1500.00 EUR × 240/360 = 1000.00 EUR"),
        ("rosa.toml", "record period 1, declared 20 years: 240 months"),
        ("rosa.toml", "dates 2005-01-01 to 2014-12-31 of period 2: 120 months"),
        ("rosa.toml", "required are 15 years"),
        ("art50-deferred.toml", "without the periods of SE"),
        ("art50-deferred.toml", "SE pays nothing now: the person asked to defer"),
        ("art12-voluntary-displaced.toml", "+ 75.00 EUR for displaced voluntary periods"),
        ("art58-minimum-benefit.toml", "Supplement up to the minimum benefit of 620.00 EUR: 120"),
        ("art57-all-short.toml", "the benefit for all periods, as the last jurisdiction"),
        ("art13-full-year-5-day.toml", "held to the yearly maximum"),
        ("art13-one-day-too-many.toml", "27/26 months, rounded up: 2 months"),
        ("art13-year-by-year.toml", "record period 1 in 2001"),
        ("art55-other-benefit.toml", "FR pays 1140.00 EUR: the independent benefit"),
        ("missing-answer.toml", "the qualifying period is not reached"),
    ],
)
def test_every_number_is_explained_in_words(name: str, words: str) -> None:
    found = settle_case(parse_case(example_source(name), name), PACKS)

    trees = explain(found.settlement)

    text = "\n".join(line for tree in trees for line in tree.lines())
    assert words in text
    assert json.dumps([tree.to_json() for tree in trees])


def test_a_raised_year_and_a_shared_month_are_explained() -> None:
    text = """
agreement = "eu-883-2004"
branch = "old-age"
award_date = 2025-01-01
[[period]]
jurisdiction = "CZ"
type = "11"
start = 2001-01-01
end = 2001-12-31
declared = { weeks = 52 }
[[period]]
jurisdiction = "DE"
type = "11"
start = 2002-01-01
end = 2002-01-10
[[period]]
jurisdiction = "DE"
type = "11"
start = 2002-01-20
end = 2002-01-31
[scheme.BE]
unit = "days-5"
[scheme.DE]
unit = "months"
counting = "calendar-months"
"""
    lines = [line for tree in explain(result(text).settlement) for line in tree.lines()]

    assert any("raised to the full year that it was: 264 days-5" in line for line in lines)
    assert any("calendar months shared by two spells: -1 months" in line for line in lines)


def test_two_states_that_share_a_calendar_year_are_explained() -> None:
    text = ROSA.replace("2004-12-31", "2005-06-15").replace("2005-01-01", "2005-06-16")
    text = text.replace("declared     = { years = 20 }\n", "")
    lines = [line for tree in explain(result(text).settlement) for line in tree.lines()]

    assert any("held to 360 by the yearly maximum" in line for line in lines)
