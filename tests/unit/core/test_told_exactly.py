"""What is read and told to the letter: explanations, expected values, documents, dated values."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portability.core.document import Table, read_document
from portability.core.expectations import compare
from portability.core.explanation import explain
from portability.core.explanation_tree import Explanation
from portability.errors import InvalidInputError, NoAgreementError
from tests.unit.core.builders import EU
from tests.unit.core.case_texts import head, period, settled

HEAD = head("eu-883-2004", "2025-01-01")
FRANCE = period("FR", "2001-01-15/2002-01-14") + period("FR", "2003-01-15/2003-03-14")
BELGIUM = period("BE", "2001-10-15/2002-12-14")
SPAIN = period(
    "ES",
    "2005-01-01/2006-12-31",
    declared="{ days = 999 }",
    more="by_year = { 2005 = { days = 100 }, 2006 = { days = 200 } }",
)
SCHEME = '[scheme.FR]\nunit = "months"\nminimum = { years = 3 }\ntheoretical = "100.00 EUR"\n'


def lines(text: str) -> tuple[str, ...]:
    return explain(settled(HEAD + text).settlement)[0].lines()


def test_each_length_names_the_dates_and_sums_of_its_own_records() -> None:
    found = lines(FRANCE + BELGIUM + SPAIN + SCHEME)

    rounded = "; ".join(f"987/2009 Art 13({part})" for part in ("1)(a", "1)(b", "1)(e", "3"))
    start = found.index(
        "  Periods: 11 BE + 11 ES + 14 FR = 36 months; required are 3 years [883/2004 Art 6]"
    )
    assert found[start + 1 :] == (
        "    BE: 11 months [987/2009 Art 13(1)(a)]",
        "      dates 2002-01-15 to 2002-12-14 of period 3: 11 months",
        f"    ES: 10 months, rounded up: 11 months [{rounded}]",
        "      record period 4 in 2005, declared 100 days: 10/3 months",
        "      record period 4 in 2006, declared 200 days: 20/3 months",
        "    FR: 14 months [987/2009 Art 13(1)(a)]",
        "      dates 2001-01-15 to 2002-01-14 of period 1: 12 months",
        "      dates 2003-01-15 to 2003-03-14 of period 2: 2 months",
    )


def test_who_has_no_independent_benefit_is_told_of_none() -> None:
    found = lines(FRANCE + BELGIUM + SPAIN + SCHEME)

    assert found[0].startswith(
        "FR pays 38.89 EUR: the pro-rata benefit, since no higher independent benefit is due ["
    )
    assert not any("Independent" in line for line in found)


def test_a_supplement_is_told_with_the_benefit_and_only_where_there_is_one() -> None:
    text = FRANCE + BELGIUM + SPAIN + SCHEME + 'minimum_benefit = "50.00 EUR"\n'

    assert ", and a supplement up to its minimum benefit" not in lines(text)[0]
    at_home = explain(settled(HEAD + 'residence = "FR"\n' + text).settlement)[0].lines()
    assert at_home[0].startswith("FR pays 50.00 EUR: ")
    assert ", and a supplement up to its minimum benefit [" in at_home[0]


def test_the_benefit_for_all_short_periods_is_told_with_its_formula() -> None:
    text = period("FR", "2000-01-01/2000-10-31") + period("BE", "2001-01-01/2001-06-30")
    text += '[scheme.BE]\nunit = "months"\nminimum = { months = 15 }\nformula = "proportional"\n'
    text += 'full_amount = "300.00 EUR"\nfull_career = { months = 480 }\n'
    french = '[scheme.FR]\nunit = "months"\nminimum = { months = 24 }\ntheoretical = "1.00 EUR"\n'

    found = lines(text + french)

    assert any(
        "Benefit as if all periods had been completed in BE: 300.00 EUR × 16/480 = 10.00 EUR"
        in line
        for line in found
    )


def test_every_statement_is_indented_below_what_rests_on_it() -> None:
    leaf = Explanation(text="c", value="1", articles=("x", "y"))
    tree = Explanation(
        text="a", value="1", parts=(Explanation(text="b", value="1", parts=(leaf,)), leaf)
    )

    assert tree.lines() == ("a", "  b", "    c [x; y]", "  c [x; y]")


@pytest.mark.parametrize(
    ("wanted", "actual", "met"),
    [
        ({"own": 1, "total": 2}, {"own": 1, "total": 2, "more": 3}, True),
        ({"own": 1, "total": 2}, {"own": 1, "total": 3}, False),
        ({"own": 1, "total": 2}, {"own": 1}, False),
        ({"own": 1}, 1, False),
        (["a", "b"], ["a", "b"], True),
        (["a", "b"], ["a", "c"], False),
        (["a", "b"], ["c", "b"], False),
        (["a"], ["a", "b"], False),
        (["a", "b"], ["a"], False),
        ([], [], True),
        (1, True, False),
        ("1", 1, False),
    ],
)
def test_an_expected_value_is_met_only_as_a_whole(
    wanted: object, actual: object, *, met: bool
) -> None:
    found = compare({"FR": {"x": wanted}, "y": wanted}, {"jurisdictions": {"FR": {"x": actual}}})

    assert [item["key"] for item in found.failed] == (["y"] if met else ["FR.x", "y"])
    assert found.met == int(met)


def table(text: str) -> Table:
    return read_document(text.encode(), "case.toml")


def test_a_key_that_is_missing_in_a_table_is_refused_with_the_line_of_the_table() -> None:
    inner = table('a = 1\n[submitted]\nto = "FR"\n').table("submitted")

    with pytest.raises(InvalidInputError) as refusal:
        inner.text("on")

    assert refusal.value.message == "case.toml, line 2: submitted.on is missing: add it"
    assert refusal.value.context == {"file": "case.toml", "field": "submitted.on", "line": "2"}


def test_a_key_without_any_line_is_refused_with_the_file_alone() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        table("a = 1\n").text("title")

    assert refusal.value.message == "case.toml: title is missing: add it"
    assert refusal.value.context == {"file": "case.toml", "field": "title"}


def test_a_value_that_cannot_be_read_in_the_first_line_is_named() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        table("unit = months\na = 1\n")

    assert (refusal.value.context["line"], refusal.value.context["field"]) == ("1", "unit")


def test_a_decimal_of_no_fraction_is_a_whole_number() -> None:
    found = table("a = 2.0\nb = 2.5\nc = 1.0e-3\n")

    assert isinstance(found.exact("a"), int)
    assert (found.exact("a"), found.exact("b"), found.exact("c")) == (
        2,
        Fraction(5, 2),
        Fraction(1, 1000),
    )


def test_a_number_may_have_sixty_digits_and_no_more() -> None:
    found = table("a = 1e59\nb = 1e60\nc = 1e-60\n")

    assert found.exact("a") == 10**59
    for key in ("b", "c"):
        with pytest.raises(InvalidInputError, match=f"{key} must be a number"):
            found.exact(key)


@pytest.mark.parametrize(("text", "minor"), [("0.00 EUR", 0), ("0.01 EUR", 1)])
def test_an_amount_may_be_nothing(text: str, minor: int) -> None:
    assert table(f'a = "{text}"\n').money("a").minor == minor


@pytest.mark.parametrize("text", ["-0.01 EUR", "-1.00 EUR"])
def test_an_amount_below_nothing_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="line 1: a must not be negative"):
        table(f'a = "{text}"\n').money("a")


def test_of_several_values_that_have_not_begun_the_first_day_is_told() -> None:
    earlier = replace(EU, valid_from=date(2009, 5, 1))

    with pytest.raises(NoAgreementError, match=r"parties .* its first value holds from 2010-05-01"):
        earlier.value("parties", date(2009, 6, 1))


@pytest.mark.parametrize("day", [date(2010, 5, 1), date(2012, 4, 1), date(2025, 1, 1)])
def test_the_rules_of_a_day_hold_every_value_that_has_begun(day: date) -> None:
    begun = {key for key, values in EU.parameters.items() if min(v.since for v in values) <= day}

    rules = EU.rules_on(day)

    assert set(rules.more) == begun
    assert rules.more["parties"] == rules.parties
    assert "CH" in rules.parties or day < date(2012, 4, 1)


def test_a_file_may_have_four_million_bytes_and_no_more() -> None:
    assert read_document(b"#" * 4_000_000, "case.toml").keys() == []
    with pytest.raises(InvalidInputError, match="larger than 4000000 bytes"):
        read_document(b"#" * 4_000_001, "case.toml")
