"""Unemployment benefits: 883/2004 Art 61 to 65a."""

from collections.abc import Mapping

import pytest

from portability.core.answering import answer_case
from portability.errors import InvalidInputError
from tests.unit.core.builders import EU

PACKS = {EU.id: EU}
GERMAN = '[[period]]\njurisdiction = "DE"\ntype = "11"\nstart = 2022-01-01\nend = 2023-12-31\n'
FRENCH = (
    GERMAN.replace("DE", "FR")
    .replace("2022-01-01", "2020-01-01")
    .replace("2023-12-31", "2021-12-31")
)
AT_HOME = '[scheme.FR]\nunit = "months"\namount = "1000.00 EUR"\n'
AT_WORK = '[scheme.DE]\nunit = "months"\namount = "1500.00 EUR"\n'


def settle(text: str, *, top: str = "", day: str = "2024-01-01") -> Mapping[str, object]:
    head = f'agreement = "eu-883-2004"\nbranch = "unemployment"\naward_date = {day}\n'
    return answer_case((head + top + text).encode(), "jobless.toml", PACKS).to_json()


def state(found: Mapping[str, object], code: str) -> Mapping[str, object]:
    jurisdictions = found["jurisdictions"]
    assert isinstance(jurisdictions, dict)
    held = jurisdictions[code]
    assert isinstance(held, dict)
    return held


LIVES_IN_FRANCE = 'residence = "FR"\n'


def refund(text: str = "", *, periods: str = GERMAN) -> Mapping[str, object]:
    return state(settle(periods + text + AT_HOME + AT_WORK, top=LIVES_IN_FRANCE), "DE")


def test_of_several_laws_the_one_of_the_last_periods_pays() -> None:
    found = settle(GERMAN + FRENCH + AT_HOME + AT_WORK)

    assert state(found, "DE")["payable"] == "1500.00 EUR"
    assert state(found, "FR")["reason"] == "another-jurisdiction-pays"


def test_the_competent_state_may_be_said() -> None:
    found = settle(GERMAN + FRENCH + AT_HOME + AT_WORK, top='competent = "FR"\n')

    assert state(found, "FR")["payable"] == "1000.00 EUR"


def test_periods_without_dates_and_two_laws_need_it_said() -> None:
    text = '[[period]]\njurisdiction = "DE"\ntype = "11"\ndeclared = { months = 9 }\n'

    with pytest.raises(InvalidInputError, match="say which state is competent"):
        settle(text + AT_HOME + AT_WORK)
    assert state(settle(text + AT_WORK), "DE")["most_recent"] is False


def test_what_the_case_says_of_the_last_activity_makes_it_recent() -> None:
    text = '[[period]]\njurisdiction = "DE"\ntype = "11"\ndeclared = { months = 9 }\n'

    found = settle(text + AT_WORK + '[unemployed]\nlast_activity = "DE"\n')

    assert state(found, "DE")["most_recent"] is True


def test_the_state_of_residence_pays_a_frontier_worker_and_is_refunded_five_months() -> None:
    found = settle(GERMAN + AT_HOME + AT_WORK, top=LIVES_IN_FRANCE)

    assert state(found, "FR")["refunded"] == "5000.00 EUR"
    assert state(found, "DE")["refund_months"] == 5
    assert state(found, "DE")["refund_limited"] is False


def test_less_than_twelve_of_24_months_are_refunded_for_three() -> None:
    short = GERMAN.replace("2022-01-01", "2023-01-03")

    found = refund(periods=short)

    assert (found["refund_months"], found["refund"]) == (3, "3000.00 EUR")
    assert found["refund_basis"] == ["883/2004 Art 65(6)"]


def test_work_before_the_last_24_months_does_not_lengthen_the_refund() -> None:
    early = GERMAN.replace("2022-01-01", "2015-01-01").replace("2023-12-31", "2021-12-31")

    assert refund('[unemployed]\nlast_activity = "DE"\n', periods=early)["refund_months"] == 3


def test_the_months_worked_may_be_said() -> None:
    assert refund("[refund]\nworked_months = 11\n")["refund_months"] == 3


@pytest.mark.parametrize(
    ("text", "months"),
    [("exported_months = 2", 3), ("exported_months = 9", 0), ("months_paid = 1", 1)],
)
def test_exported_and_unpaid_months_are_not_refunded(text: str, months: int) -> None:
    assert refund(f"[refund]\n{text}\n")["refund_months"] == months


def test_the_amounts_paid_month_by_month_are_refunded_up_to_the_own_law() -> None:
    paid = '[refund]\npaid = ["1600.00 EUR", "1700.00 EUR"]\n'

    found = refund(paid)

    assert found["refund"] == "3000.00 EUR"
    assert found["refund_limited"] is True


def test_a_refund_needs_what_the_own_law_would_pay() -> None:
    found = settle(GERMAN + AT_HOME, top=LIVES_IN_FRANCE)

    assert found["discrepancies"][0]["kind"] == "refund-undetermined"  # type: ignore[index]


@pytest.mark.parametrize("missing", [AT_HOME, AT_WORK])
def test_a_refund_needs_both_amounts(missing: str) -> None:
    code = "FR" if missing == AT_HOME else "DE"
    text = (AT_HOME + AT_WORK).replace(missing, f'[scheme.{code}]\nunit = "months"\n')

    found = settle(GERMAN + text, top=LIVES_IN_FRANCE)

    assert "refund" not in state(found, "DE")


def test_without_the_law_of_residence_nothing_is_refunded() -> None:
    found = settle(GERMAN + AT_WORK, top=LIVES_IN_FRANCE)

    assert state(found, "DE")["reason"] == "another-jurisdiction-pays"
    assert "refund" not in state(found, "DE")


def test_who_is_competent_is_said_even_without_any_law() -> None:
    found = settle(GERMAN, top=LIVES_IN_FRANCE)

    assert (found["competent"], found["last_activity"]) == ("FR", "DE")
    assert found["competent_basis"] == ["883/2004 Art 65(5)(a)"]


def test_another_law_than_the_two_refunds_nothing() -> None:
    text = GERMAN + AT_HOME + AT_WORK + AT_WORK.replace("DE", "IT")

    assert "refund" not in state(settle(text, top=LIVES_IN_FRANCE), "IT")


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ('extent = "partially"', "883/2004 Art 65(1)"),
        ("frontier = false\nreturned = false", "883/2004 Art 65(2)"),
        ("self_employed = true\ncovered_at_home = false", "883/2004 Art 65a"),
    ],
)
def test_the_state_of_work_pays_those_who_are_not_wholly_unemployed_at_home(
    text: str, article: str
) -> None:
    found = settle(f"{GERMAN}{AT_HOME}{AT_WORK}[unemployed]\n{text}\n", top=LIVES_IN_FRANCE)

    assert state(found, "DE")["payable"] == "1500.00 EUR"
    assert article in state(found, "DE")["basis"]  # type: ignore[operator]
    assert "refund" not in state(found, "DE")


def test_before_june_2012_self_employed_frontier_workers_had_no_rule_of_their_own() -> None:
    old = GERMAN.replace("2022-01-01", "2010-01-01").replace("2023-12-31", "2011-12-31")
    text = f"{old}{AT_HOME}{AT_WORK}[unemployed]\nself_employed = true\ncovered_at_home = false\n"

    assert state(settle(text, top=LIVES_IN_FRANCE, day="2012-01-01"), "FR")["payable"] is not None
    found = settle(text, top=LIVES_IN_FRANCE, day="2012-01-01")
    assert state(found, "FR")["payable"] == "1000.00 EUR"


def test_who_is_no_frontier_worker_but_returns_is_paid_at_home() -> None:
    text = f"{GERMAN}{AT_HOME}{AT_WORK}[unemployed]\nfrontier = false\n"

    assert state(settle(text, top=LIVES_IN_FRANCE), "FR")["payable"] == "1000.00 EUR"


def test_living_in_the_state_of_work_is_the_ordinary_case() -> None:
    assert state(settle(GERMAN + AT_WORK, top='residence = "DE"\n'), "DE")["competent"] is True


def test_the_salary_of_the_work_counts_for_the_state_of_residence() -> None:
    salary = '[[salary]]\njurisdiction = "DE"\nmonthly = "2000.00 EUR"\n'
    home = '[scheme.FR]\nunit = "months"\nsalary_share = 0.5\n'

    found = state(settle(GERMAN + salary + home, top=LIVES_IN_FRANCE), "FR")

    assert found["payable"] == "1000.00 EUR"
    assert "883/2004 Art 62(3)" in found["basis"]  # type: ignore[operator]


def salaried(salaries: str, scheme: str) -> Mapping[str, object]:
    text = f'{GERMAN}{salaries}[scheme.DE]\nunit = "months"\nsalary_share = 0.5\n{scheme}\n'
    return state(settle(text), "DE")


def salary(monthly: str, more: str = "") -> str:
    return f'[[salary]]\njurisdiction = "DE"\nmonthly = "{monthly} EUR"\n{more}\n'


def test_jobs_that_ended_together_make_the_last_salary_together() -> None:
    rows = salary("500.00", "end = 2022-12-31") + salary("1000.00") + salary("1200.00")

    assert salaried(rows, "")["salary_base"] == "2200.00 EUR"


def test_an_average_weighs_each_salary_by_its_months_in_the_reference_period() -> None:
    rows = salary("1000.00", "end = 2023-09-30") + salary("3000.00", "start = 2023-10-01")
    rows += salary("9000.00", "end = 2021-12-31")

    assert salaried(rows, "reference_months = 12")["salary_base"] == "1500.00 EUR"


@pytest.mark.parametrize(
    ("second", "average"),
    [
        ("", "2200.00 EUR"),  # both for the whole year
        ("start = 2023-07-01", "1600.00 EUR"),  # 1000 for half of it, 2200 for the other
        ("start = 2023-04-01\nend = 2023-09-30", "1600.00 EUR"),
    ],
)
def test_an_average_adds_what_jobs_at_the_same_time_paid(second: str, average: str) -> None:
    rows = salary("1000.00") + salary("1200.00", second)

    assert salaried(rows, "reference_months = 12")["salary_base"] == average


def test_an_average_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="none lies in the reference period"):
        salaried(salary("1000.00", "end = 2021-12-31"), "reference_months = 12")


@pytest.mark.parametrize(
    ("limits", "payable"),
    [
        ('maximum_amount = "400.00 EUR"', "400.00 EUR"),
        ('minimum_amount = "600.00 EUR"', "600.00 EUR"),
        ('minimum_amount = "100.00 EUR"\nmaximum_amount = "900.00 EUR"', "500.00 EUR"),
    ],
)
def test_a_share_of_the_salary_is_held_within_the_limits_of_the_law(
    limits: str, payable: str
) -> None:
    assert salaried(salary("1000.00"), limits)["payable"] == payable


def test_a_share_needs_a_salary_under_that_law() -> None:
    with pytest.raises(InvalidInputError, match="give the salary in DE"):
        salaried('[[salary]]\njurisdiction = "FR"\nmonthly = "1.00 EUR"\n', "")


def test_a_pension_formula_or_an_independent_amount_may_say_the_amount_too() -> None:
    given = '[scheme.DE]\nunit = "months"\nindependent = "700.00 EUR"\n'
    flat = '[scheme.DE]\nunit = "months"\nformula = "flat"\nfull_amount = "800.00 EUR"\n'

    assert state(settle(GERMAN + given), "DE")["payable"] == "700.00 EUR"
    assert state(settle(GERMAN + flat), "DE")["payable"] == "800.00 EUR"


UNINSURED = (
    '[[uninsured]]\njurisdiction = "FR"\ntype = "11"\nstart = 2021-01-01\nend = 2021-12-31\n'
)


RESIDENCE_AFTER_WORK = GERMAN.replace("11", "30").replace("2022-01-01", "2023-10-01")
WORK_AND_MOVE = GERMAN.replace("2023-12-31", "2023-09-30")


def test_residence_without_insurance_makes_no_period_more_recent() -> None:
    """Art 61(2) asks for periods of insurance, employment or self-employment."""
    lived_in_france = RESIDENCE_AFTER_WORK.replace("DE", "FR")
    minimum = "minimum = { months = 24 }\n"

    found = settle(WORK_AND_MOVE + FRENCH + lived_in_france + AT_WORK + minimum)
    moved = settle(WORK_AND_MOVE + lived_in_france + AT_HOME + minimum)

    assert state(found, "DE")["most_recent"] is True
    assert state(found, "DE")["payable"] == "1500.00 EUR"
    assert state(moved, "FR")["most_recent"] is False
    assert state(moved, "FR")["reason"] == "minimum-not-met"


@pytest.mark.parametrize(
    ("more", "condition", "total"),
    [
        ("", "", 24),
        ('would_be_insured_in = ["DE"]', "", 36),
        ("", 'condition = "employment"', 36),
    ],
)
def test_work_without_insurance_counts_where_it_would_have_been_insured(
    more: str, condition: str, total: int
) -> None:
    found = settle(f"{GERMAN}{UNINSURED}{more}\n{AT_WORK}{condition}\n")

    assert state(found, "DE")["total"] == total


def test_own_work_without_insurance_is_national_law() -> None:
    own = UNINSURED.replace("FR", "DE") + 'would_be_insured_in = ["DE"]\n'

    assert state(settle(GERMAN + own + AT_WORK), "DE")["total"] == 24


def test_a_benefit_lasts_by_the_periods_added() -> None:
    rows = ""
    for needed, lasts in ((12, 6), (24, 12), (36, 18)):
        rows += "[[scheme.DE.duration]]\n"
        rows += f"periods = {{ months = {needed} }}\nbenefit = {{ months = {lasts} }}\n"

    assert state(settle(GERMAN + AT_WORK + rows), "DE")["duration"] == {"months": 12}
    none = rows.replace("months = 12 }\nbenefit", "years = 9 }\nbenefit", 1)
    assert "duration" in state(settle(GERMAN + AT_WORK + none), "DE")


def test_conditions_other_than_periods_may_fail_too() -> None:
    found = state(settle(GERMAN + AT_WORK + "conditions_met = false\n"), "DE")

    assert found["reason"] == "conditions-not-met"


EXPORT = '[export]\nto = "IT"\nregistered = 2024-01-01\nleft = 2024-01-29\n'


def exported(more: str, *, top: str = "", unemployed: str = "") -> Mapping[str, object]:
    return state(settle(f"{GERMAN}{AT_WORK}{EXPORT}{more}\n{unemployed}", top=top), "DE")


def test_four_weeks_at_home_open_three_months_abroad() -> None:
    found = exported("registered_abroad = 2024-02-05")

    assert (found["export_from"], found["export_until"]) == ("2024-01-29", "2024-04-28")


def test_registering_on_the_eighth_day_costs_the_days_before() -> None:
    late = "registered_abroad = 2024-02-06"

    assert exported(late)["export_from"] == "2024-02-06"
    accepted = exported(f"{late}\nlate_registration_accepted = true")
    assert accepted["export_from"] == "2024-01-29"


def test_leaving_a_day_too_early_needs_leave() -> None:
    early = EXPORT.replace("2024-01-29", "2024-01-28") + "registered_abroad = 2024-01-30\n"

    refused = state(settle(GERMAN + AT_WORK + early), "DE")
    allowed = state(settle(f"{GERMAN}{AT_WORK}{early}early_departure_authorised = true\n"), "DE")

    assert refused["exported"] is False
    assert refused["export_obstacle"] == "registered for less than 4 weeks before leaving"
    assert allowed["exported"] is True


def test_a_self_employed_frontier_worker_may_look_for_work_at_home_at_once() -> None:
    early = EXPORT.replace("2024-01-29", "2024-01-02") + "registered_abroad = 2024-01-03\n"
    person = "[unemployed]\nself_employed = true\ncovered_at_home = false\n"

    found = settle(GERMAN + AT_WORK + early + person, top=LIVES_IN_FRANCE)

    assert state(found, "DE")["exported"] is True


@pytest.mark.parametrize(
    ("more", "until"),
    [
        ("months = 6", "2024-07-28"),
        ("months = 9", "2024-07-28"),
        ("earlier_months = 2", "2024-02-28"),
        ("entitlement_ends = 2024-03-15", "2024-03-15"),
    ],
)
def test_the_months_abroad_are_at_most_six_and_end_with_the_right(more: str, until: str) -> None:
    assert exported(f"registered_abroad = 2024-01-30\n{more}")["export_until"] == until


@pytest.mark.parametrize(
    ("more", "obstacle"),
    [
        ("registered_abroad = 2024-01-30\nearlier_months = 3", "the months were used already"),
        ("registered_abroad = 2024-06-01", "registered abroad after the right had ended"),
    ],
)
def test_nothing_is_exported_where_no_time_is_left(more: str, obstacle: str) -> None:
    assert exported(more)["export_obstacle"] == obstacle


def test_returning_late_loses_the_rest() -> None:
    on_time, late = (
        exported(f"registered_abroad = 2024-01-30\nreturned = {day}")
        for day in ("2024-04-28", "2024-04-29")
    )

    assert "rest_lost" not in on_time
    assert late["rest_lost"] is True


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (EXPORT + "registered_abroad = 2024-01-01", "registered_abroad lies before left"),
        (EXPORT.replace("2024-01-29", "2023-01-01"), "registered_abroad is missing"),
        (
            EXPORT.replace("2024-01-29", "2023-01-01") + "registered_abroad = 2024-02-01",
            "left lies before registered",
        ),
        ("[refund]\nmonths_paid = -1", "must not be negative"),
        ('[refund]\nmonths_paid = 1\npaid = ["1.00 EUR"]', "contradicts paid"),
        (salary("1.00", "start = 2024-01-02\nend = 2024-01-01"), "end lies before start"),
        (AT_WORK + "salary_share = 0.5", "amount contradicts salary_share"),
        ('[scheme.DE]\nunit = "months"\nsalary_share = 0', "must be more than zero"),
        ('[scheme.DE]\nunit = "months"\nreference_months = 0', "must be more than zero"),
    ],
)
def test_a_file_that_cannot_be_settled_is_refused_with_the_key(text: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        settle(GERMAN + text)
