"""Unemployment benefits at their limits: the very day, the very month (883/2004 Art 61 to 65a)."""

from collections.abc import Mapping

import pytest

from portability.core.answering import answer_case
from portability.core.explanation import explain
from portability.errors import InvalidInputError
from tests.unit.core.builders import EU

PACKS = {EU.id: EU}
AT_HOME = '[scheme.FR]\nunit = "months"\namount = "1000.00 EUR"\n'
AT_WORK = '[scheme.DE]\nunit = "months"\namount = "1500.00 EUR"\n'
LIVES_IN_FRANCE = 'residence = "FR"\n'
EXPORT = '[export]\nto = "IT"\nregistered = 2024-01-01\nleft = 2024-01-29\n'


def period(code: str, start: str, end: str, kind: str = "11") -> str:
    return f'[[period]]\njurisdiction = "{code}"\ntype = "{kind}"\nstart = {start}\nend = {end}\n'


GERMAN = period("DE", "2022-01-01", "2023-12-31")
UNTIL_AUTUMN = period("DE", "2022-01-01", "2023-09-30")


def source(text: str, top: str = "", day: str = "2024-01-01") -> bytes:
    head = f'agreement = "eu-883-2004"\nbranch = "unemployment"\naward_date = {day}\n'
    return (head + top + text).encode()


def state(text: str, code: str, *, top: str = "", day: str = "2024-01-01") -> Mapping[str, object]:
    answer = answer_case(source(text, top, day), "jobless.toml", PACKS)
    jurisdictions = answer.to_json()["jurisdictions"]
    assert isinstance(jurisdictions, dict)
    found = jurisdictions[code]
    assert isinstance(found, dict)
    return found


def told(text: str, *, top: str = "") -> str:
    answer = answer_case(source(text, top), "jobless.toml", PACKS)
    parts = explain(answer.settlement)  # type: ignore[union-attr]
    return "\n".join(line for part in parts for line in part.lines())


def months(periods: str, more: str = "", *, day: str = "2024-01-01") -> object:
    """The months that Germany refunds to France."""
    text = periods + AT_HOME + AT_WORK + '[unemployed]\nlast_activity = "DE"\n' + more
    return state(text, "DE", top=LIVES_IN_FRANCE, day=day)["refund_months"]


@pytest.mark.parametrize(
    ("start", "end", "day", "refunded"),
    [
        ("2023-03-01", "2024-02-29", "2024-03-01", 5),
        ("2023-03-02", "2024-02-29", "2024-03-01", 3),
        ("2023-03-02", "2024-05-31", "2024-03-01", 3),
        ("2021-01-01", "2022-12-31", "2024-01-01", 5),
        ("2021-01-01", "2022-12-30", "2023-12-31", 5),
        ("2021-01-01", "2022-12-29", "2024-01-01", 3),
    ],
)
def test_twelve_months_of_the_last_24_before_the_risk_lengthen_the_refund(
    start: str, end: str, day: str, refunded: int
) -> None:
    assert months(period("DE", start, end), day=day) == refunded


@pytest.mark.parametrize(("early_end", "refunded"), [("2022-01-01", 5), ("2021-12-31", 3)])
def test_the_first_day_of_the_24_months_belongs_to_them(early_end: str, refunded: int) -> None:
    # Eleven months and 29 days, and the one day more that makes twelve.
    early = period("DE", "2020-01-01", early_end)

    assert months(early + period("DE", "2023-01-01", "2023-12-29")) == refunded


def test_displaced_months_were_not_worked_there() -> None:
    chosen = period("DE", "2022-01-01", "2023-12-31", "21")
    work = period("FR", "2022-06-01", "2023-12-31")

    assert months(chosen + work) == 3


@pytest.mark.parametrize(
    ("needed", "amount", "limited"), [(24, "5000.00 EUR", False), (25, "0.00 EUR", True)]
)
def test_a_law_that_would_pay_nothing_refunds_nothing(
    needed: int, amount: str, *, limited: bool
) -> None:
    at_work = AT_WORK + f"minimum = {{ months = {needed} }}\n"

    found = state(GERMAN + AT_HOME + at_work, "DE", top=LIVES_IN_FRANCE)

    assert (found["refund"], found["refund_limited"]) == (amount, limited)


def test_periods_elsewhere_open_the_benefit_that_limits_the_refund() -> None:
    at_work = AT_WORK + "minimum = { months = 25 }\n"
    before = period("FR", "2021-12-01", "2021-12-31")

    found = state(before + GERMAN + AT_HOME + at_work, "DE", top=LIVES_IN_FRANCE)

    assert found["refund"] == "5000.00 EUR"


@pytest.mark.parametrize(("paid", "amount"), [("100.00", "100.00"), ("100.00 200.00", "300.00")])
def test_what_was_paid_is_refunded_to_the_cent(paid: str, amount: str) -> None:
    listed = ", ".join(f'"{item} EUR"' for item in paid.split())

    found = state(
        GERMAN + AT_HOME + AT_WORK + f"[refund]\npaid = [{listed}]\n", "DE", top=LIVES_IN_FRANCE
    )

    assert found["refund"] == f"{amount} EUR"


def test_nothing_paid_is_nothing_to_refund() -> None:
    assert months(GERMAN, "[refund]\nmonths_paid = 0\n") == 0


def test_an_empty_list_of_payments_is_nothing_to_refund() -> None:
    assert months(GERMAN, "[refund]\npaid = []\n") == 0


@pytest.mark.parametrize(
    ("more", "key"),
    [('[refund]\npaid = ["1.00 PLN"]\n', "refund.paid"), ("", "exchange_rate")],
)
def test_a_missing_rate_is_named_where_the_amount_stands(more: str, key: str) -> None:
    home = AT_HOME if more else AT_HOME.replace("EUR", "PLN")

    with pytest.raises(InvalidInputError, match=key):
        state(GERMAN + home + AT_WORK + more, "DE", top=LIVES_IN_FRANCE)


def test_the_last_activity_lies_where_the_last_period_does() -> None:
    french = period("FR", "2020-01-01", "2021-12-31")

    found = state(french + GERMAN + AT_HOME + AT_WORK, "FR", top=LIVES_IN_FRANCE)

    assert (found["last_activity"], found["most_recent"]) == ("DE", False)


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        *((kind, "2023-10-01") for kind in ("13", "20", "44", "45", "49", "50")),
        ("30", "2010-01-01"),
    ],
)
def test_insurance_without_work_is_no_last_activity(kind: str, start: str) -> None:
    at_home = period("FR", start, "2023-12-31", kind)

    found = state(at_home + UNTIL_AUTUMN + AT_HOME + AT_WORK, "FR", top=LIVES_IN_FRANCE)

    assert found["last_activity"] == "DE"
    assert found["basis"] == ["883/2004 Art 65(5)(a)"]


@pytest.mark.parametrize("kind", ["10", "12", "21", "41", "47"])
def test_benefits_for_which_work_is_deemed_to_go_on_are_the_last_activity(kind: str) -> None:
    at_home = period("FR", "2023-10-01", "2023-12-31", kind)

    found = state(at_home + UNTIL_AUTUMN + AT_HOME + AT_WORK, "FR", top=LIVES_IN_FRANCE)

    assert found["last_activity"] == "FR"


def test_where_no_period_shows_work_the_last_insured_day_has_to_do() -> None:
    periods = period("DE", "2022-01-01", "2022-12-31", "30")

    found = state(periods + AT_HOME + AT_WORK, "FR", top=LIVES_IN_FRANCE)

    assert found["last_activity"] == "DE"


@pytest.mark.parametrize(("kind", "refunded"), [("11", 5), ("41", 5), ("30", 3), ("45", 3)])
def test_only_months_of_work_lengthen_the_refund(kind: str, refunded: int) -> None:
    before = period("DE", "2023-01-01", "2023-06-30", kind)

    assert months(before + period("DE", "2023-07-01", "2023-12-31")) == refunded


@pytest.mark.parametrize(
    ("others", "recent"),
    [
        ([("FR", "2020-01-01", "2021-12-31")], True),
        ([("FR", "2023-01-01", "2023-12-31", "41")], True),
        ([("FR", "2020-01-01", "2021-12-31"), ("IT", "2024-01-01", "2024-01-31")], False),
        ([("FR", "2024-01-01", "2024-01-31"), ("IT", "2020-01-01", "2021-12-31")], False),
    ],
)
def test_the_most_recent_periods_are_the_last_of_all(
    others: list[tuple[str, ...]], *, recent: bool
) -> None:
    text = GERMAN + "".join(period(*item) for item in others) + AT_WORK

    found = state(text, "DE", top='competent = "DE"\n', day="2024-02-01")

    assert found["most_recent"] is recent


def test_a_self_employed_frontier_worker_is_covered_at_home_unless_the_case_says_otherwise() -> (
    None
):
    text = GERMAN + AT_HOME + AT_WORK + "[unemployed]\nself_employed = true\n"

    assert state(text, "FR", top=LIVES_IN_FRANCE)["payable"] == "1000.00 EUR"


def test_the_longest_duration_counts_and_not_the_longest_periods() -> None:
    rows = ""
    for needed, lasts in ((12, 9), (24, 6)):
        rows += "[[scheme.DE.duration]]\n"
        rows += f"periods = {{ months = {needed} }}\nbenefit = {{ months = {lasts} }}\n"

    assert state(GERMAN + AT_WORK + rows, "DE")["duration"] == {"months": 9}


def test_the_last_day_of_the_right_may_be_paid_abroad() -> None:
    last = state(GERMAN + AT_WORK + EXPORT + "registered_abroad = 2024-04-28\n", "DE")
    late = state(GERMAN + AT_WORK + EXPORT + "registered_abroad = 2024-04-29\n", "DE")

    assert (last["export_from"], last["export_until"]) == ("2024-04-28", "2024-04-28")
    assert late["exported"] is False
    assert "rest_lost" not in late


def test_whoever_leaves_with_permission_may_register_and_leave_on_one_day() -> None:
    at_once = EXPORT.replace("2024-01-29", "2024-01-01")
    text = at_once + "registered_abroad = 2024-01-01\nearly_departure_authorised = true\n"

    assert state(GERMAN + AT_WORK + text, "DE")["export_from"] == "2024-01-01"


def test_the_export_is_told_in_words() -> None:
    abroad = GERMAN + AT_WORK + EXPORT
    kept = told(abroad + "registered_abroad = 2024-02-05\n")
    lost = told(abroad + "registered_abroad = 2024-02-05\nreturned = 2024-04-29\n")
    refused = told(abroad + "registered_abroad = 2024-06-01\n")

    assert "paid in IT from 2024-01-29 to 2024-04-28" in kept
    assert "the rest is lost" not in kept
    assert "the rest is lost, since the person returned later" in lost
    assert "is not paid in IT: registered abroad after the right had ended" in refused


def test_which_periods_count_is_told_where_own_ones_are_too_few() -> None:
    french = period("FR", "2020-01-01", "2021-12-31")
    law = AT_WORK + "minimum = { months = 36 }\n"

    together = told(french + GERMAN + law)
    elsewhere = told(french + GERMAN + law, top='competent = "DE"\n')
    not_recent = told(
        GERMAN + AT_HOME + "minimum = { months = 36 }\n" + french, top='competent = "FR"\n'
    )
    alone = told(GERMAN + AT_WORK)

    assert "periods of all states count together" in together
    assert "periods of all states count together" in elsewhere
    assert "periods elsewhere do not count: the last ones lie outside FR" in not_recent
    assert "count together" not in alone
    assert "do not count" not in alone


@pytest.mark.parametrize(("own_law", "limited"), [("1500.00", False), ("900.00", True)])
def test_a_limited_refund_says_so(own_law: str, *, limited: bool) -> None:
    text = told(GERMAN + AT_HOME + AT_WORK.replace("1500.00", own_law), top=LIVES_IN_FRANCE)

    assert ("held to what its own law would pay" in text) == limited


@pytest.mark.parametrize(
    "table",
    [
        "[unemployed]\n",
        EXPORT + "registered_abroad = 2024-02-05\n",
        "[refund]\n",
    ],
    ids=["unemployed", "export", "refund"],
)
def test_a_key_that_nobody_knows_is_refused(table: str) -> None:
    with pytest.raises(InvalidInputError, match="surprise"):
        state(GERMAN + AT_WORK + table + "surprise = 1\n", "DE")
