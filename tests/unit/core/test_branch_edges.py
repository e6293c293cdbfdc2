"""Salaries, invalidity and benefits of one law at their edges (883/2004 Art 44 to 48, 62)."""

from collections.abc import Mapping

import pytest

from portability.core.answering import answer_case
from portability.core.explanation import explain
from portability.errors import InvalidInputError
from tests.unit.core.builders import EU

PACKS = {EU.id: EU}


def source(text: str, branch: str, day: str, top: str) -> bytes:
    head = f'agreement = "eu-883-2004"\nbranch = "{branch}"\naward_date = {day}\n'
    return (head + top + text).encode()


def settle(
    text: str, branch: str = "invalidity", *, day: str = "2024-01-01", top: str = ""
) -> Mapping[str, object]:
    return answer_case(source(text, branch, day, top), "case.toml", PACKS).to_json()


def state(text: str, code: str, branch: str = "invalidity", **more: str) -> Mapping[str, object]:
    jurisdictions = settle(text, branch, **more)["jurisdictions"]
    assert isinstance(jurisdictions, dict)
    found = jurisdictions[code]
    assert isinstance(found, dict)
    return found


def told(text: str, branch: str) -> str:
    answer = answer_case(source(text, branch, "2024-01-01", ""), "case.toml", PACKS)
    parts = explain(answer.settlement)  # type: ignore[union-attr]
    return "\n".join(line for part in parts for line in part.lines())


def period(code: str, start: str, end: str, kind: str = "11", more: str = "") -> str:
    head = f'[[period]]\njurisdiction = "{code}"\ntype = "{kind}"\n{more}\n'
    return f"{head}start = {start}\nend = {end}\n"


GERMAN = period("DE", "2022-01-01", "2023-12-31")
LAW = '[scheme.DE]\nunit = "months"\nsalary_share = 0.6\n'


def salary(monthly: str, more: str = "") -> str:
    return f'[[salary]]\njurisdiction = "DE"\nmonthly = "{monthly} EUR"\n{more}\n'


def base(rows: str, months: int = 12, day: str = "2024-01-01") -> object:
    text = f"{GERMAN}{rows}{LAW}reference_months = {months}\n"
    return state(text, "DE", "unemployment", day=day)["salary_base"]


def test_an_average_ends_on_the_day_before_the_award() -> None:
    # One month at 1000 and the single last day, a thirtieth, at 4100: 34200/31 over the month.
    rows = salary("1000.00", "start = 2023-12-01\nend = 2023-12-30")
    rows += salary("4100.00", "start = 2023-12-31")

    assert base(rows) == "1100.00 EUR"


def test_a_salary_of_a_single_day_counts_for_a_thirtieth_of_a_month() -> None:
    rows = salary("1000.00", "start = 2023-11-01\nend = 2023-11-29")
    rows += salary("31000.00", "start = 2023-12-10\nend = 2023-12-10")

    assert base(rows) == "2000.00 EUR"


def test_months_and_days_weigh_together() -> None:
    # A month and a half at 1000, half a month at 3000.
    rows = salary("1000.00", "start = 2023-09-01\nend = 2023-10-15")
    rows += salary("3000.00", "start = 2023-11-01\nend = 2023-11-15")

    assert base(rows) == "1500.00 EUR"


def test_the_share_of_the_salary_is_told_in_per_cent() -> None:
    last = told(GERMAN + salary("1000.00") + LAW, "unemployment")
    average = told(GERMAN + salary("1000.00") + LAW + "reference_months = 6\n", "unemployment")

    assert "60 % of 1000.00 EUR, the last salary in DE" in last
    assert "60 % of 1000.00 EUR, the average salary in DE" in average


def test_of_two_records_that_end_together_the_one_that_counts_shows_the_law() -> None:
    sick = period("BE", "2010-01-01", "2020-12-31", "41")
    work = period("FR", "2010-01-01", "2020-12-31")
    laws = law("BE") + law("FR")

    assert settle(sick + work + laws)["competent"] == "FR"


def law(code: str, kind: str = "A", more: str = "") -> str:
    head = f'[scheme.{code}]\nunit = "months"\nlegislation_type = "{kind}"\n'
    return f'{head}amount = "1000.00 EUR"\n{more}\n'


def test_invalidity_without_types_is_settled_as_a_pension() -> None:
    plain = '[scheme.DE]\nunit = "months"\ntheoretical = "900.00 EUR"\n'

    found = state(GERMAN + period("ES", "2010-01-01", "2015-12-31") + plain, "DE")

    assert (found["payable"], found["ratio"]) == ("225.00 EUR", {"own": 24, "total": 96})


def test_a_type_a_amount_is_not_raised_by_a_full_career() -> None:
    # The amount does not depend on duration: 24 of 96 months, and no cap at 48 (Art 56(1)(a)).
    laws = law("DE", "A", "full_career = { months = 48 }") + law("ES", "B")

    found = state(
        GERMAN + period("ES", "2010-01-01", "2015-12-31") + laws,
        "DE",
        top='applicable_at_incapacity = "ES"\n',
    )

    assert (found["ratio"], found["payable"]) == ({"own": 24, "total": 96}, "250.00 EUR")


def test_a_right_left_elsewhere_counts_only_where_the_state_pays_nothing_at_all() -> None:
    schemes = ""
    for name, covers, more in (("a", "01", "conditions_met = false"), ("b", "02", "")):
        schemes += (
            f'[[scheme.DE]]\nname = "{name}"\nunit = "months"\nlegislation_type = "A"\n'
            f'amount = "700.00 EUR"\ncovers = ["{covers}"]\n{more}\n'
        )
    records = period("DE", "2022-01-01", "2022-12-31", more='scheme = "01"')
    records += period("DE", "2023-01-01", "2023-12-31", more='scheme = "02"')
    records += period("IE", "2010-01-01", "2015-12-31")

    found = state(records + schemes + law("IE", more="still_entitled = true"), "IE")

    assert found["reason"] == "another-jurisdiction-pays"


def test_the_only_state_that_pays_says_so_in_the_document() -> None:
    amount = '[scheme.DE]\nunit = "months"\namount = "500.00 EUR"\n'
    sick = state(GERMAN + amount, "DE", "sickness")
    paid = state(GERMAN + salary("1000.00") + LAW, "DE", "sickness")
    retired = state(GERMAN + amount, "DE", "pre-retirement")

    assert sick["competent"] is True
    assert "salary_base" not in sick
    assert paid["salary_base"] == "1000.00 EUR"
    assert "883/2004 Art 21" in str(paid["basis"])
    assert "883/2004 Art 21" not in str(sick["basis"])
    assert retired["aggregated"] is False


@pytest.mark.parametrize(
    "table",
    [
        salary("1.00", "surprise = 1"),
        '[[degree]]\njurisdiction = "DE"\nrecognised = true\nsurprise = 1\n',
        '[aggravation]\njurisdiction = "DE"\nprevious = "1.00 EUR"\nsurprise = 1\n',
    ],
    ids=["salary", "degree", "aggravation"],
)
def test_a_key_that_nobody_knows_is_refused(table: str) -> None:
    with pytest.raises(InvalidInputError, match="surprise"):
        settle(GERMAN + table + law("DE"))


def test_a_salary_of_one_day_is_no_contradiction() -> None:
    rows = salary("1000.00", "start = 2023-12-31\nend = 2023-12-31")

    assert base(rows) == "1000.00 EUR"
