"""Refusals of codes and currencies name the key and the line, in every table of a case file."""

import pytest

from portability.agreements import pack_ids, pack_source
from portability.core.answering import answer_case
from portability.core.pack_parser import parse_pack
from portability.errors import InvalidInputError
from tests.unit.core.case_texts import head, period, refused

PACKS = {name: parse_pack(pack_source(name), f"{name}.toml") for name in pack_ids()}
CASE = head("eu-883-2004", "2025-01-01") + period("FR", "2000-01-01/2009-12-31")
FAMILY = head("eu-883-2004", "2025-01-01", "family")
LEGISLATION = (
    'kind = "applicable-legislation"\nagreement = "eu-883-2004"\ndate = 2025-01-01\n'
    'residence = "FR"\n'
)
CHILD = '[[child]]\nname = "Anna"\nresidence = "DE"\n'


@pytest.mark.parametrize("code", ["x", "fr", "FRA", "0.00 EUR", "F1", ""])
@pytest.mark.parametrize(
    ("table", "key"),
    [
        (
            'other_benefit]]\nname = "x"\namount = "1.00 EUR"\nkind = "same"\nreduces = []\n',
            "jurisdiction",
        ),
        ("missing]]\nat_most = { years = 1 }\n", "jurisdiction"),
        ('salary]]\nmonthly = "1.00 EUR"\n', "jurisdiction"),
        ("degree]]\nrecognised = true\n", "jurisdiction"),
        ("correction]]\nreplaces = 1\ntype = '11'\n", "jurisdiction"),
        ('uninsured]]\ntype = "11"\n', "jurisdiction"),
        ('contribution]]\nhost = "DE"\nwage = "1.00 EUR"\n', "home"),
        ('contribution]]\nhome = "DE"\nwage = "1.00 EUR"\n', "host"),
        ('right]]\nbasis = "activity"\namount = "1.00 EUR"\n', "jurisdiction"),
        ('child]]\nname = "Anna"\n', "residence"),
    ],
)
def test_a_wrong_code_in_an_array_of_tables_is_refused_at_once(
    table: str, key: str, code: str
) -> None:
    text = CASE + f"[[{table}{key} = '{code}'\n"

    name = table.partition("]]")[0]
    line = text.splitlines().index(f"{key} = '{code}'") + 1
    if key == "jurisdiction":
        line = len(text.splitlines())
    refused(text, rf"case\.toml, line {line}: {name}\[1\]\.{key} .*two capital letters")


@pytest.mark.parametrize(
    "line",
    [
        'residence = "x"',
        'competent = "x"',
        'applicable_at_incapacity = "x"',
        '[export]\nregistered = 2025-01-01\nleft = 2025-02-01\nto = "x"',
        '[unemployed]\nlast_activity = "x"',
        '[aggravation]\nprevious = "1.00 EUR"\njurisdiction = "x"',
        '[submitted]\non = 2025-01-01\nto = "x"',
        '[[degree]]\njurisdiction = "DE"\nrecognised = true\nbinds = ["DE", "x"]',
        '[[uninsured]]\njurisdiction = "DE"\ntype = "11"\nwould_be_insured_in = ["x"]',
    ],
)
def test_a_wrong_code_elsewhere_is_refused_at_once(line: str) -> None:
    before = head("eu-883-2004", "2025-01-01", more=line if "[" not in line else "")
    after = "" if "[" not in line else line

    refused(before + period("FR", "2000-01-01/2009-12-31") + after, "line .*two capital letters")


@pytest.mark.parametrize(
    "line",
    [
        '[[activity]]\nkind = "employed"\njurisdiction = "0x"',
        '[[activity]]\nkind = "employed"\njurisdiction = "DE"\nseat = "de"',
        'nationality = "DEU"',
        '[[voluntary]]\nbranch = "old-age"\njurisdiction = "12"',
    ],
)
def test_a_wrong_code_in_a_file_about_legislation_is_refused_at_once(line: str) -> None:
    with pytest.raises(InvalidInputError, match=r"case\.toml, line .*two capital letters"):
        answer_case((LEGISLATION + line).encode(), "case.toml", PACKS)


def _right(code: str, amount: str) -> str:
    return f'[[right]]\njurisdiction = "{code}"\nbasis = "activity"\namount = "{amount}"\n'


def test_a_right_under_the_law_of_a_third_state_is_refused() -> None:
    text = FAMILY + CHILD + _right("DE", "1.00 EUR") + _right("US", "1.00 USD")

    refused(text, r"case\.toml, line 15: right\[2\]\.jurisdiction: US is not a party")


def test_family_benefits_in_two_currencies_without_a_rate_name_the_right() -> None:
    text = FAMILY + CHILD + _right("DE", "1.00 EUR") + _right("PL", "1.00 PLN")

    refused(text, r"case\.toml, line 17: right\[2\]\.amount: amounts in PLN and EUR cannot")


def test_rights_of_one_state_in_two_currencies_are_refused() -> None:
    text = FAMILY + CHILD + _right("PL", "1.00 EUR") + _right("PL", "1.00 PLN")

    refused(text, r"line 17: right\[2\]\.amount is in another currency than EUR")


def test_salaries_of_one_state_in_two_currencies_are_refused() -> None:
    salary = '[[salary]]\njurisdiction = "PL"\nmonthly = "1.00 {}"\n'

    refused(
        CASE + salary.format("EUR") + salary.format("PLN"),
        r"salary\[2\]\.monthly is in another currency than EUR",
    )


def test_a_salary_that_the_limits_cannot_be_compared_with_names_the_key() -> None:
    text = head("eu-883-2004", "2025-01-01", "sickness") + period("FR", "2000-01-01/2009-12-31")
    text += '[[salary]]\njurisdiction = "FR"\nmonthly = "1.00 CHF"\n'
    text += '[scheme.FR]\nunit = "months"\nsalary_share = 0.5\nmaximum_amount = "9.00 EUR"\n'

    refused(text, r"case\.toml, line 18: scheme\.FR\.salary_share: amounts in CHF and EUR cannot")


def test_limits_in_two_currencies_are_refused() -> None:
    scheme = (
        '[scheme.FR]\nunit = "months"\nminimum_amount = "1.00 EUR"\nmaximum_amount = "9.00 CHF"\n'
    )

    refused(CASE + scheme, r"scheme\.FR\.maximum_amount is in another currency than minimum_amount")


def test_refunded_amounts_in_two_currencies_are_refused() -> None:
    refused(CASE + '[refund]\npaid = ["1.00 EUR", "1.00 CHF"]\n', r"refund\.paid holds amounts in")


@pytest.mark.parametrize("key", ["theoretical", "independent", "regular_amount"])
def test_amounts_of_the_united_states_are_in_dollars(key: str) -> None:
    text = head("us-it", "2010-01-01") + period("US", "2000-01-01/2001-12-31")
    text += f'[scheme.US]\nunit = "us-quarters"\n{key} = "1.00 EUR"\n'

    refused(text, rf"scheme\.US\.{key} is in another currency than USD")


def test_a_previous_benefit_that_cannot_be_compared_names_the_key() -> None:
    text = head("eu-883-2004", "2025-01-01", "invalidity") + period("DK", "2000-01-01/2009-12-31")
    text += '[scheme.DK]\nunit = "months"\nlegislation_type = "A"\namount = "100.00 DKK"\n'
    text += '[aggravation]\njurisdiction = "DK"\nprevious = "500.00 EUR"\n'

    refused(text, r"line 19: aggravation\.previous: amounts in DKK and EUR cannot")
