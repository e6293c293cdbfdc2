"""Canada: where a right turns from aggregated to own, and what a flat part rests on (Art X, XI)."""

import pytest

from tests.unit.core.case_texts import head, period, result, settled

OAS = '[scheme.CA]\nunit = "years"\ntheoretical = "400.00 CAD"\n'
CPP = (
    '[scheme.CA]\nunit = "years"\nminimum = { years = 3 }\n'
    'earnings_part = "90.00 CAD"\nflat_part = "300.00 CAD"\n'
)


def old_age(*parts: str) -> dict[str, object]:
    return result(head("ca-nl", "2010-01-01", "old-age") + "".join(parts) + OAS, "CA")


def invalidity(*parts: str, scheme: str = CPP) -> dict[str, object]:
    return result(head("ca-nl", "2010-01-01", "invalidity") + "".join(parts) + scheme, "CA")


def test_ten_years_of_residence_are_a_right_of_their_own() -> None:
    stay = period("CA", "1970-01-01/1979-12-31", "{ years = 10 }", kind="30")

    found = old_age(stay)

    assert (found["paid_as"], found["independent"]) == ("independent", "100.00 CAD")
    assert found["foreign"] == {}
    assert found["basis"] == [_article("fortieths")]


def test_nine_years_need_the_partner_and_say_so() -> None:
    stay = period("CA", "1970-01-01/1978-12-31", "{ years = 9 }", kind="30")
    work = period("NL", "1980-01-01/1980-12-31", "{ years = 1 }")

    found = old_age(stay, work)

    assert (found["paid_as"], found["independent"]) == ("pro-rata", None)
    assert found["foreign"] == {"NL": 1}
    assert found["payable"] == "90.00 CAD"
    assert found["basis"] == [_article("aggregation"), _article("fortieths")]


@pytest.mark.parametrize(
    ("own", "partner", "paid_as", "reason"),
    [
        (3, 0, "independent", None),
        (2, 1, "pro-rata", None),
        (1, 2, "pro-rata", None),
        (1, 1, "none", "minimum-not-met"),
        (0, 3, "none", "no-own-periods"),
    ],
)
def test_contribution_years_open_the_flat_part(
    own: int, partner: int, paid_as: str, reason: str | None
) -> None:
    parts = [period("CA", f"198{year}-01-01/198{year}-12-31") for year in range(own)]
    parts += [
        period("NL", f"199{year}-01-01/199{year}-12-31", "{ weeks = 13 }")
        for year in range(partner)
    ]

    found = invalidity(*parts)

    assert (found["paid_as"], found.get("reason")) == (paid_as, reason)
    if reason is None:
        alone = paid_as == "independent"
        assert (found["independent"] is not None) == alone
        steps = ["flat_part"] if alone else ["aggregation", "flat_part"]
        assert found["basis"] == list(dict.fromkeys(map(_article, steps)))


@pytest.mark.parametrize(("weeks", "years"), [(12, 0), (13, 1)])
def test_thirteen_weeks_make_a_partner_year(weeks: int, years: int) -> None:
    own = period("CA", "1985-01-01/1986-12-31")
    abroad = period("NL", "1991-01-01/1991-12-31", f"{{ weeks = {weeks} }}")

    assert invalidity(own, abroad)["total"] == 2 + years


def test_the_same_weeks_twice_do_not_make_a_partner_year() -> None:
    own = period("CA", "1985-01-01/1986-12-31")
    work = period("NL", "1991-01-01/1991-02-28")
    stay = period("NL", "1991-01-01/1991-02-28", kind="30")

    assert invalidity(own, work, stay)["total"] == 2


def test_without_a_qualifying_period_the_flat_part_is_whole() -> None:
    law = CPP.replace("minimum = { years = 3 }\n", "")

    found = invalidity(period("CA", "1985-01-01/1985-12-31"), scheme=law)

    assert (found["ratio"], found["paid_as"]) == ({"own": 1, "total": 1}, "independent")
    five = invalidity(period("CA", "1985-01-01/1989-12-31"), scheme=law)
    assert five["ratio"] == {"own": 5, "total": 5}


def _article(step: str) -> str:
    case = head("ca-nl", "2010-01-01", "old-age") + period("CA", "1970-01-01/1979-12-31") + OAS
    return settled(case).settlement.rules.cite(step)[0]


def test_contribution_years_are_never_cut_by_a_yearly_maximum() -> None:
    own = period("CA", "1985-01-01/1986-12-31")
    abroad = period("NL", "1991-01-01/1991-12-31", "{ weeks = 13 }")
    case = head("ca-nl", "2010-01-01", "invalidity") + own + abroad + CPP

    found = settled(case).settlement.entitlement("CA")

    assert found.aggregate.capped is False


@pytest.mark.parametrize(
    ("own", "steps"),
    [("1970-01-01/1989-12-31", ["direct"]), ("1985-01-01/1989-12-31", ["aggregation", "direct"])],
)
def test_a_dutch_amount_cites_foreign_periods_where_they_open_the_right(
    own: str, steps: list[str]
) -> None:
    law = '[scheme.NL]\nunit = "years"\nminimum = { years = 15 }\nindependent = "100.00 EUR"\n'
    parts = period("NL", own) + period("CA", "1970-01-01/1984-12-31")

    found = result(head("ca-nl", "2010-01-01", "old-age") + parts + law, "NL")

    assert found["payable"] == "100.00 EUR"
    assert found["basis"] == [_article(step) for step in steps]


def test_a_year_with_contributions_on_both_sides_counts_once() -> None:
    own = [period("CA", "1980-01-01/1980-12-31"), period("CA", "1981-01-01/1981-12-31")]
    abroad = [
        period("NL", f"198{year}-07-01/198{year}-12-31", "{ weeks = 26 }", kind="20")
        for year in (1, 2)
    ]

    found = invalidity(*own, *abroad)

    assert (found["own"], found["foreign"]) == (2, {"NL": 1})
