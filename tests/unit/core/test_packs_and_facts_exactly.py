"""What a pack and the facts of a scheme may hold, to the very number, key and day."""

from datetime import date

import pytest

from portability.agreements import pack_source
from portability.core.agreement import Pack
from portability.core.answering import answer_case
from portability.core.branches.parameters import ExportLimits, RefundLimits
from portability.core.branches.scheme_facts import facts_of
from portability.core.case import parse_case
from portability.core.family.facts import Interruption
from portability.core.methods.parameters import Fortieths, Step
from portability.core.money import Money, Rounding
from portability.core.pack_parser import parse_pack
from portability.core.periods import Branch
from portability.core.record_kinds import DISCLOSED_KINDS, FIELDS, RecordKind, needed_fields
from portability.errors import InvalidInputError
from tests.unit.core.builders import changed_pack, scheme
from tests.unit.core.case_texts import PACKS, head, period, settled

EXPORT = "months = 3, extended_months = 6"
REFUND = "months = 3, longer = 5, worked = 12, within = 24"
FORTIETHS = "years = 40, minimum = 10, minimum_abroad = 20, own_minimum = 1"
LAW = '[scheme.DE]\nunit = "months"\n'
DURATION = "periods = { months = 12 }\nbenefit = { months = 6 }\n"


def changed(name: str, old: str, new: str) -> Pack:
    """A shipped pack with one passage replaced, which must be there."""
    text = pack_source(name).decode()
    assert old in text
    return parse_pack(text.replace(old, new, 1).encode(), "changed.toml")


def first(pack: Pack, key: str) -> object:
    return pack.parameters[key][0].value


def case(more: str) -> str:
    work = period("DE", "2022-01-01/2023-12-31")
    return f"{head('eu-883-2004', '2024-01-01', 'unemployment')}{work}{LAW}{more}"


def test_a_case_about_a_benefit_is_told_to_leave_out_its_kind() -> None:
    with pytest.raises(InvalidInputError, match="leave it out in a file about a benefit"):
        answer_case(f'kind = "benefit"\n{case("")}'.encode(), "case.toml", PACKS)


def test_a_salary_may_be_averaged_over_one_month() -> None:
    text = case("salary_share = 0.6\nreference_months = 1\n")
    read = parse_case(text.encode(), "case.toml").schemes[0]

    assert facts_of(read).reference_months == 1


def test_a_salary_is_not_averaged_over_no_month() -> None:
    with pytest.raises(InvalidInputError, match="reference_months must be more than zero"):
        settled(case("salary_share = 0.6\nreference_months = 0\n"))


def test_a_row_of_durations_holds_no_strange_key() -> None:
    with pytest.raises(InvalidInputError, match="surprise is not a key"):
        settled(case(f"[[scheme.DE.duration]]\nsurprise = 1\n{DURATION}"))


def test_a_scheme_without_facts_neither_withholds_abroad_nor_keeps_a_right_elsewhere() -> None:
    facts = facts_of(scheme("DE"))

    assert facts.special_non_contributory is False
    assert facts.still_entitled is False


@pytest.mark.parametrize("percent", [1, 99, 100])
def test_a_share_is_at_most_one_hundred_percent(percent: int) -> None:
    pack = changed_pack("value  = 50\n", f"value  = {percent}\n")

    assert first(pack, "family_refund_percent") == percent


@pytest.mark.parametrize(
    ("percent", "words"), [(101, "must be at most 100"), (0, "more than zero")]
)
def test_a_share_above_one_hundred_percent_or_of_nothing_is_refused(
    percent: int, words: str
) -> None:
    with pytest.raises(InvalidInputError, match=words):
        changed_pack("value  = 50\n", f"value  = {percent}\n")


def test_a_pack_may_name_every_interruption() -> None:
    pack = changed_pack('"child-raising",\n', '"child-raising", "unpaid-leave",\n')

    assert set(first(pack, "family_activity_interruptions")) == set(Interruption)  # type: ignore[call-overload]


def test_an_interruption_that_nobody_knows_is_refused_among_others() -> None:
    with pytest.raises(InvalidInputError, match="value may only name sickness, "):
        changed_pack('"child-raising",\n', '"child-raising", "sleeping",\n')


def test_export_may_be_extended_by_nothing() -> None:
    found = first(changed_pack(EXPORT, "months = 6, extended_months = 6"), "unemployment_export")

    assert isinstance(found, ExportLimits)
    assert (found.months, found.extended_months) == (6, 6)


def test_export_is_not_extended_to_fewer_months() -> None:
    with pytest.raises(InvalidInputError, match="the extended months are fewer"):
        changed_pack(EXPORT, "months = 6, extended_months = 5")


def test_a_refund_may_be_no_longer_after_the_whole_time_worked() -> None:
    text = "months = 5, longer = 5, worked = 24, within = 24"

    assert first(changed_pack(REFUND, text), "unemployment_refund") == RefundLimits(
        months=5, longer=5, worked=24, within=24
    )


@pytest.mark.parametrize(
    "text",
    [
        "months = 5, longer = 4, worked = 12, within = 24",
        "months = 3, longer = 5, worked = 25, within = 24",
    ],
)
def test_a_refund_that_is_shorter_or_asks_for_too_much_work_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="contradicts itself: months and longer"):
        changed_pack(REFUND, text)


def test_a_value_that_begins_after_the_agreement_is_refused() -> None:
    with pytest.raises(
        InvalidInputError,
        match="denominator has no value from 2010-05-01, when the agreement begins",
    ):
        changed_pack(
            "[[denominator.values]]\nfrom   = 2010-05-01",
            "[[denominator.values]]\nfrom   = 2010-05-02",
        )


@pytest.mark.parametrize("months", [0, 1])
def test_a_limit_on_postings_may_be_nothing(months: int) -> None:
    pack = changed_pack("value  = 24\n", f"value  = {months}\n")

    assert first(pack, "posting_limit_months") == months


def test_nobody_agrees_alone() -> None:
    pack = 'from   = 1979-12-01\nvalue  = ["US", "DE"]'

    with pytest.raises(InvalidInputError, match="must name at least two parties"):
        changed("us-de", pack, 'from   = 1979-12-01\nvalue  = ["US"]')


def test_a_rule_on_overlaps_that_nobody_knows_is_refused_among_others() -> None:
    with pytest.raises(InvalidInputError, match="value may only name, each once, "):
        changed_pack('"double-counted-once", ', '"double-counted-twice", ')


def test_a_row_of_the_conversion_table_holds_no_strange_key() -> None:
    with pytest.raises(InvalidInputError, match="surprise is not a key"):
        changed_pack("days-5 = { ", "days-5 = { surprise = 1, ")


def test_one_reminder_is_enough() -> None:
    terms = first(changed_pack("reminders   = 2", "reminders   = 1"), "exchange_terms_days")

    assert terms["reminders"] == 1  # type: ignore[index]


def test_an_agreement_may_hold_for_one_day() -> None:
    begins = "valid_from = 2010-05-01"
    pack = changed_pack(begins, f"{begins}\nvalid_to = 2010-05-01")

    assert pack.valid_to == date(2010, 5, 1)


def test_a_pack_holds_no_strange_key_beside_its_values() -> None:
    with pytest.raises(InvalidInputError, match="surprise is not a key"):
        changed_pack("valid_from = 2010-05-01", "valid_from = 2010-05-01\nsurprise = 1")


def test_the_year_zero_is_no_year_of_wages() -> None:
    with pytest.raises(InvalidInputError, match="0000 must be a year of four digits"):
        changed("us-de", "\n1937 = {", "\n0000 = {")


def test_a_year_of_wages_holds_no_strange_key() -> None:
    with pytest.raises(InvalidInputError, match="surprise is not a key"):
        changed("us-de", "\n1937 = { ", "\n1937 = { surprise = 1, ")


def test_amounts_may_be_rounded_to_the_cent() -> None:
    pack = changed("us-de", 'step = "0.10 USD"', 'step = "0.01 USD"')

    assert first(pack, "pia_rounding") == Step(
        step=Money(minor=1, currency="USD"), rounding=Rounding.UP, combined=Rounding.UP
    )


def test_the_earlier_formula_may_be_rounded_in_another_way() -> None:
    pack = changed("us-de", 'rounding = "up" }', 'rounding = "down", combined = "up" }')

    assert first(pack, "pia_rounding") == Step(
        step=Money(minor=10, currency="USD"), rounding=Rounding.DOWN, combined=Rounding.UP
    )


def test_amounts_are_not_rounded_to_multiples_of_nothing() -> None:
    with pytest.raises(InvalidInputError, match="needs a step above zero"):
        changed("us-de", 'step = "0.10 USD"', 'step = "0.00 USD"')


def test_every_number_of_years_of_a_pension_by_fortieths_may_be_the_same() -> None:
    text = "years = 10, minimum = 10, minimum_abroad = 10, own_minimum = 10"

    assert first(changed("ca-nl", FORTIETHS, text), "fortieths") == Fortieths(
        years=10, minimum=10, minimum_abroad=10, own_minimum=10
    )


@pytest.mark.parametrize(
    "text",
    [
        "years = 40, minimum = 10, minimum_abroad = 20, own_minimum = 11",
        "years = 40, minimum = 21, minimum_abroad = 20, own_minimum = 1",
        "years = 19, minimum = 10, minimum_abroad = 20, own_minimum = 1",
    ],
)
def test_years_of_a_pension_by_fortieths_in_the_wrong_order_are_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="contradicts itself: own_minimum, minimum"):
        changed("ca-nl", FORTIETHS, text)


def test_a_method_of_a_party_needs_that_party_at_all_times() -> None:
    later = (
        '[[parties.values]]\nfrom   = 1990-01-01\nvalue  = ["US", "FR"]\nsource = "a later text"\n'
    )

    with pytest.raises(InvalidInputError, match="party_method names DE, which is not a party"):
        changed("us-de", "[[persons.values]]", f"{later}\n[[persons.values]]")


def test_every_kind_of_record_but_a_withdrawal_can_be_asked_for() -> None:
    assert {*DISCLOSED_KINDS, RecordKind.INVALIDATION} == set(RecordKind)
    assert RecordKind.INVALIDATION not in DISCLOSED_KINDS


def test_what_must_be_known_of_a_period_can_be_asked_for() -> None:
    disclosed = {field for kind in DISCLOSED_KINDS for field in FIELDS[kind]}

    assert set(needed_fields(Branch.OLD_AGE)) <= disclosed
    assert "reason" not in disclosed


LEAST = """
[[consent_assurance.values]]
from   = 2012-01-01
value  = {{ identity = "{identity}", act = "{act}" }}
source = "as the parties have agreed"
"""


def agreed(identity: str, act: str) -> Pack:
    text = pack_source("eu-883-2004") + LEAST.format(identity=identity, act=act).encode()
    return parse_pack(text, "agreed.toml")


def test_parties_may_agree_on_how_sure_a_consent_must_be() -> None:
    pack = agreed("high", "A3")

    assert first(pack, "consent_assurance") == {"identity": "high", "act": "A3"}


@pytest.mark.parametrize(
    ("identity", "act", "named"), [("certain", "A3", "identity"), ("high", "A4", "act")]
)
def test_a_level_that_there_is_not_is_refused_with_those_there_are(
    identity: str, act: str, named: str
) -> None:
    with pytest.raises(InvalidInputError, match=f"must have as {named} one of .*, "):
        agreed(identity, act)
