"""Packs: dated values with sources; incomplete or contradictory ones are refused by key."""

from datetime import date

import pytest

from portability.agreements import pack_ids, pack_source
from portability.core.agreement import Kind, Method, OverlapRule
from portability.core.overlap import resolve
from portability.core.pack_parser import parse_pack
from portability.core.periods import Branch
from portability.core.pieces import State
from portability.errors import InvalidInputError, NoAgreementError
from tests.unit.core.builders import AWARD, EU, EU_SOURCE, changed_pack, months, spell


def refused(old: str, new: str) -> str:
    with pytest.raises(InvalidInputError) as refusal:
        changed_pack(old, new)
    return refusal.value.message


def test_the_european_pack_holds_what_the_regulations_say() -> None:
    rules = EU.rules_on(AWARD)

    assert (EU.kind, rules.agreement) == (Kind.COORDINATION, "eu-883-2004")
    assert rules.branches[Branch.OLD_AGE] is Method.PRO_RATA
    assert EU.value("posting_limit_months", AWARD) == 24
    assert rules.short_periods is not None
    assert rules.short_periods.below.months == 12
    assert "883/2004 Art 12" in EU.dated("posting_limit_months", AWARD).source


def test_parties_join_on_their_day() -> None:
    assert "HR" not in EU.rules_on(date(2013, 6, 30)).parties
    assert "HR" in EU.rules_on(date(2013, 7, 1)).parties


def test_before_its_first_day_there_is_no_value_and_agreement_and_date_are_named() -> None:
    with pytest.raises(NoAgreementError, match=r"eu-883-2004 .* 2010-04-30") as refusal:
        EU.rules_on(date(2010, 4, 30))

    assert refusal.value.context["agreement"] == "eu-883-2004"


def test_a_key_that_a_pack_does_not_have_has_no_value() -> None:
    with pytest.raises(NoAgreementError, match=r"waiting_period .* it has none"):
        EU.value("waiting_period", AWARD)


def test_a_value_that_begins_later_is_not_there_before() -> None:
    pack = changed_pack(
        "[[claim_date_rule.values]]\nfrom   = 2010-05-01",
        "[[claim_date_rule.values]]\nfrom   = 2012-01-01",
    )

    with pytest.raises(NoAgreementError, match="first value holds from 2012-01-01"):
        pack.value("claim_date_rule", date(2011, 1, 1))


def test_after_its_last_day_a_pack_is_not_in_force() -> None:
    pack = changed_pack("valid_from = 2010-05-01", "valid_from = 2010-05-01\nvalid_to = 2020-01-01")

    with pytest.raises(NoAgreementError, match="2010-05-01 to 2020-01-01"):
        pack.rules_on(date(2020, 1, 2))


def test_an_unknown_pack_is_refused_with_the_known_ones() -> None:
    with pytest.raises(NoAgreementError, match="eu-883-2004"):
        pack_source("nowhere")


@pytest.mark.parametrize("name", pack_ids())
def test_every_shipped_pack_loads(name: str) -> None:
    assert parse_pack(pack_source(name), f"{name}.toml").id == name


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('id         = "eu-883-2004"', "", "id is missing"),
        ('kind       = "coordination"', 'kind = "treaty"', "kind is wrong"),
        ("valid_from = 2010-05-01", "valid_from = 2010-05-01\nvalid_to = 2010-04-30", "valid_to"),
        ("valid_from = 2010-05-01", "valid_from = 2010-04-01", "has no value from 2010-04-01"),
        ("[[denominator.values]]", "[[numerator.values]]", "denominator is missing"),
        ('value  = "total-capped-at-full-career"', 'value = "some"', "must be one of total"),
        ("[calendar_month_", "[waiting_period]\nvalues = []\n[calendar_month_", "at least one"),
        ("from   = 2012-06-28", "from   = 2010-05-01", "in order of their dates"),
        ('source = "883/2004 Art 12"', 'source = " "', "must name the text"),
        ('source = "883/2004 Art 12"', "", "source is missing"),
        ("value  = 24", "value  = -1", "must not be negative"),
        ("value  = 24", "value  = 24\nextra = 1", "extra is not a key"),
        ("value  = false", "", "value is missing"),
        ('value  = ["DE"]', 'value  = ["DE", "DE"]', "names something twice"),
        ('value  = ["DE"]', "", "value is missing"),
        ('"AT", "BE", "BG", "CY"', '"AT", "AT", "BG", "CY"', "at least two parties"),
        ("value  = []", 'value  = ["sleeping"]', "may only name residence"),
        ("value  = []", "", "value is missing"),
        ('"double-counted-once", ', '"double-counted-once", "double-counted-once", ', "each once"),
        ('old-age        = "pro-rata"', 'old-age = "by-lot"', "must be one of"),
        ('old-age        = "pro-rata"', 'old-ages = "pro-rata"', "old-ages is not a key"),
        ("quarter_months = 3", "quarter_months = 4", "contradicts itself"),
        ("quarter_months = 3", "quarter_months = 0", "must be more than zero"),
        ("days-6 = {", "days-8 = {", "days-8 is not a key"),
        ('conversion              = "987/2009 Art 13(1)(a)"', "", "no article for conversion"),
        ("payment              = 18", 'payment = "soon"', "must be a whole number"),
        ("below = { months = 12 }", "below = { }", "at least one of"),
        ('kind       = "coordination"', 'kind = "contribution-only"', "adds periods"),
        ('value  = "months"', 'value  = "moons"', "must be one of years"),
        ('value  = "eu-title-ii"', "value  = 3", "must be text"),
    ],
)
def test_a_pack_that_is_incomplete_or_contradictory_is_refused_by_key(
    old: str, new: str, words: str
) -> None:
    message = refused(old, new)

    assert message.startswith("changed.toml")
    assert words in message


def test_a_table_needs_the_row_through_which_weeks_and_months_convert() -> None:
    row = next(line for line in EU_SOURCE.decode().splitlines() if line.startswith("days-6"))

    assert "days-6, through which" in refused(row, "")


def test_a_method_needs_at_least_one_branch() -> None:
    text = EU_SOURCE.decode()
    start = text.index("[method.values.value]")
    end = text.index("[[third_state_totalization")

    assert "at least one branch" in refused(text[start:end], "value = {}\n")


def test_a_pack_may_leave_out_kinds_of_periods() -> None:
    pack = changed_pack("value  = []", 'value  = ["residence", "equivalent", "voluntary"]')
    periods = [
        months("FR", 1),
        spell("FR", "30", "2000-01-01", "2000-12-31"),
        spell("FR", "41", "2001-01-01", "2001-12-31"),
        spell("FR", "21", "2002-01-01", "2002-12-31"),
    ]

    found = resolve(periods, pack.rules_on(AWARD), Branch.OLD_AGE)

    states = [pieces[0].state for _, pieces in found.records]
    assert states.count(State.EXCLUDED) == 3


def test_a_pack_may_count_refunded_periods_and_those_of_third_states() -> None:
    pack = changed_pack(
        '[[third_state_totalization.values]]\nfrom   = 2010-05-01\nvalue  = "no"',
        '[[third_state_totalization.values]]\nfrom   = 2010-05-01\nvalue  = "yes"',
    )
    found = resolve([months("US", 5)], pack.rules_on(AWARD), Branch.OLD_AGE)

    assert found.records[0][1][0].counts


def test_a_pack_that_orders_no_classes_lets_the_first_insurer_count() -> None:
    pack = changed_pack('"compulsory-over-voluntary", "real-over-equivalent", ', "")
    periods = [
        spell("ES", "11", "1999-01-01", "1999-12-31"),
        spell("ES", "41", "2000-01-01", "2000-12-31"),
        spell("FR", "11", "2000-01-01", "2000-12-31"),
    ]
    rules = pack.rules_on(AWARD)

    found = resolve(periods, rules, Branch.OLD_AGE)

    assert OverlapRule.REAL_OVER_EQUIVALENT not in rules.overlap_rules
    assert {record.id: pieces[0].state for record, pieces in found.records} == {
        "ES 11 1999-01-01": State.COUNTED,
        "ES 41 2000-01-01": State.FLAGGED,
        "FR 11 2000-01-01": State.DISPLACED,
    }
