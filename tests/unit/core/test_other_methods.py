"""Fortieths, flat parts, integration, own periods, home collection: case by case."""

import pytest

from portability.agreements import pack_source
from portability.core.agreement import Pack
from portability.core.case import parse_case
from portability.core.case_result import settle_case
from portability.core.explanation import explain
from portability.core.pack_parser import parse_pack
from portability.errors import InvalidInputError
from tests.unit.core.case_texts import PACKS, head, kinds, period, refused, result, settled


def canada(scheme: str, *parts: str, residence: str = "", branch: str = "old-age") -> str:
    more = f'residence = "{residence}"\n' if residence else ""
    return head("ca-nl", "2010-01-01", branch, more) + "".join(parts) + scheme


OAS = '[scheme.CA]\nunit = "years"\ntheoretical = "400.00 CAD"\n'


def test_only_complete_years_of_residence_earn_a_fortieth() -> None:
    stay = period("CA", "1970-01-01/1982-11-30", kind="30")

    found = result(canada(OAS, stay), "CA")

    assert (found["own"], found["ratio"]) == (12, {"own": 12, "total": 40})
    assert (found["payable"], found["paid_as"]) == ("120.00 CAD", "independent")


def test_contributions_beside_residence_earn_no_fortieth() -> None:
    stay = period("CA", "1970-01-01/1981-12-31", kind="30")
    work = period("CA", "1982-01-01/1989-12-31")

    assert result(canada(OAS, stay, work), "CA")["own"] == 12
    assert result(canada(OAS, work), "CA")["own"] == 8


def test_more_than_forty_years_are_forty() -> None:
    stay = period("CA", "1960-01-01/2004-12-31", "{ years = 45 }", kind="30")

    assert result(canada(OAS, stay), "CA")["payable"] == "400.00 CAD"


def test_abroad_twenty_years_are_needed_whatever_the_case_says_of_less() -> None:
    stay = period("CA", "1970-01-01/1984-12-31", "{ years = 15 }", kind="30")
    law = OAS + "minimum = { years = 10 }\n"

    at_home = result(canada(law, stay, residence="CA"), "CA")
    abroad = result(canada(law, stay, residence="NL"), "CA")

    assert at_home["payable"] == "150.00 CAD"
    assert (abroad["payable"], abroad["reason"]) == ("0.00 CAD", "minimum-not-met")


def test_the_full_pension_may_come_from_a_formula() -> None:
    stay = period("CA", "1970-01-01/1989-12-31", "{ years = 20 }", kind="30")
    law = (
        '[scheme.CA]\nunit = "years"\nformula = "proportional"\nfull_amount = "400.00 CAD"\n'
        "full_career = { years = 40 }\n"
    )

    assert result(canada(law, stay), "CA")["payable"] == "200.00 CAD"
    unknown = '[scheme.CA]\nunit = "years"\n'
    assert result(canada(unknown, stay), "CA")["payable"] is None


CPP = (
    '[scheme.CA]\nunit = "years"\nminimum = { years = 3 }\n'
    'earnings_part = "90.00 CAD"\nflat_part = "300.00 CAD"\n'
)


def test_a_partner_year_with_thirteen_weeks_is_a_contribution_year_unless_it_is_an_own_one() -> (
    None
):
    work = period("CA", "1988-01-01/1989-12-31", "{ years = 2 }")
    same = period("NL", "1989-01-01/1989-12-31")
    short = period("NL", "1990-01-01/1990-03-20")
    enough = period("NL", "1991-01-01/1991-04-02")

    refusal = result(canada(CPP, work, same, short, branch="invalidity"), "CA")
    paid = result(canada(CPP, work, same, enough, branch="invalidity"), "CA")

    assert (refusal["foreign"], refusal["reason"]) == ({}, "minimum-not-met")
    assert paid["payable"] == "290.00 CAD"


def test_enough_own_years_give_the_whole_flat_part() -> None:
    work = period("CA", "1985-01-01/1989-12-31", "{ years = 5 }")
    undated = period("CA", "", "{ years = 4 }")

    assert result(canada(CPP, work), "CA")["payable"] == "390.00 CAD"
    assert result(canada(CPP, undated), "CA")["own"] == 4
    without = CPP.replace("minimum = { years = 3 }\n", "")
    assert result(canada(without, work), "CA")["payable"] == "390.00 CAD"


def test_without_a_right_the_benefit_with_a_flat_part_is_nothing_in_its_currency() -> None:
    found = settled(canada(CPP, period("NL", "1985-01-01/1989-12-31"), branch="invalidity"))

    assert str(found.settlement.entitlement("CA").payable) == "0.00 CAD"


def test_a_flat_part_in_two_currencies_is_refused() -> None:
    mixed = CPP.replace("300.00 CAD", "300.00 EUR")

    refused(canada(mixed, period("CA", "1985-01-01/1989-12-31")), "another currency")


def test_dutch_periods_alone_make_the_dutch_amount() -> None:
    insured = period("NL", "1985-01-01/1989-12-31", "{ years = 5 }")
    law = '[scheme.NL]\nunit = "years"\nformula = "accrual"\nrate = 0.02\naverage = "1000.00 EUR"\n'

    found = result(canada(law, insured, period("CA", "1970-01-01/1984-12-31")), "NL")

    assert (found["payable"], found["ratio"], found["method"]) == ("100.00 EUR", None, "direct")


def test_direct_amounts_need_own_periods_and_the_minimum_together() -> None:
    law = '[scheme.NL]\nunit = "years"\nminimum = { years = 20 }\nindependent = "100.00 EUR"\n'
    insured = period("NL", "1985-01-01/1989-12-31")

    assert result(canada(law, insured), "NL")["reason"] == "minimum-not-met"
    assert result(canada(law, period("CA", "1970-01-01/1984-12-31")), "NL")["reason"] == (
        "no-own-periods"
    )
    masked = period("NL", "1985-01-01/1989-12-31", more='calculation = "000"')
    formula = (
        '[scheme.NL]\nunit = "years"\nformula = "accrual"\nrate = 0.02\naverage = "1000.00 EUR"\n'
    )
    assert result(canada(formula, masked), "NL")["payable"] is None


def test_no_foreign_period_is_added_for_a_lump_sum() -> None:
    law = '[scheme.JP]\nunit = "months"\nminimum = { months = 20 }\nindependent = "50000 JPY"\n'
    own = period("JP", "2005-01-01/2005-12-31", "{ months = 12 }")
    other = period("NL", "1975-01-01/1989-12-31", "{ months = 180 }")

    def japan(scheme: str) -> dict[str, object]:
        return result(head("jp-nl", "2012-01-01") + own + other + scheme, "JP")

    assert japan(law)["total"] == 192
    assert japan(law + "lump_sum = false\n")["total"] == 192
    assert japan(law + "lump_sum = true\n")["total"] == 12
    assert japan(law + "lump_sum = true\n")["reason"] == "minimum-not-met"


def test_a_lump_sum_is_that_of_own_periods_whatever_all_together_would_give() -> None:
    law = '[scheme.JP]\nunit = "months"\nminimum = { months = 6 }\ntheoretical = "750000 JPY"\n'
    own = period("JP", "2005-01-01/2005-12-31", "{ months = 12 }")
    other = period("NL", "1975-01-01/1989-12-31", "{ months = 180 }")

    def japan(more: str) -> dict[str, object]:
        text = law + "lump_sum = true\n" + more
        return result(head("jp-nl", "2012-01-01") + own + other + text, "JP")

    found = japan('independent = "50000 JPY"\n')
    assert (found["payable"], found["paid_as"]) == ("50000 JPY", "independent")
    assert (found["ratio"], found["basis"]) == (None, ["Agreement Art 17"])
    assert (japan("")["payable"], japan("")["reason"]) == (None, "amount-unknown")


def cis(*parts: str, residence: str = "") -> str:
    more = f'residence = "{residence}"\n' if residence else ""
    return head("cis-1992", "2000-01-01", more=more) + "".join(parts)


RUSSIA = period("RU", "1970-01-01/1989-12-31", "{ years = 20 }")
KZ = '[scheme.KZ]\nunit = "months"\nminimum = { years = 20 }\ntheoretical = "500.00 KZT"\n'
RU = '[scheme.RU]\nunit = "months"\ntheoretical = "900.00 RUB"\n'


def test_the_state_of_residence_pays_even_without_periods_of_its_own() -> None:
    found = result(cis(RUSSIA, KZ, RU, residence="KZ"), "KZ")

    assert (found["payable"], found["meets_minimum"]) == ("500.00 KZT", True)
    formula = '[scheme.KZ]\nunit = "months"\nformula = "flat"\nfull_amount = "500.00 KZT"\n'
    own = period("KZ", "1990-01-01/1994-12-31")
    assert result(cis(RUSSIA, formula, residence="KZ"), "KZ")["payable"] is None
    assert result(cis(RUSSIA, own, formula, residence="KZ"), "KZ")["payable"] == "500.00 KZT"


def test_one_law_alone_means_residence_and_two_need_it_said() -> None:
    assert result(cis(RUSSIA, KZ), "KZ")["payable"] == "500.00 KZT"
    refused(cis(RUSSIA, KZ, RU), "residence: is missing")


def test_a_payer_without_a_scheme_is_reported() -> None:
    text = cis(RUSSIA, RU, residence="KZ")

    assert result(text, "RU")["reason"] == "another-jurisdiction-pays"
    assert kinds(text) == ["theoretical-amount-missing"]
    twice = text + '[scheme.BY]\nunit = "months"\n'
    assert kinds(twice) == ["theoretical-amount-missing"]


def test_the_payer_refuses_for_the_same_reasons_as_others() -> None:
    too_few = KZ.replace("20", "21")
    refunded = period("RU", "1970-01-01/1989-12-31", more="refunded = true")

    assert result(cis(RUSSIA, too_few), "KZ")["reason"] == "minimum-not-met"
    assert result(cis(RUSSIA, KZ + "deferred = true\n"), "KZ")["reason"] == "deferred"
    assert result(cis(RUSSIA, KZ + "conditions_met = false\n"), "KZ")["reason"] == (
        "conditions-not-met"
    )
    assert result(cis(refunded, KZ), "KZ")["reason"] == "no-own-periods"


def last_state() -> dict[str, Pack]:
    """The pack with the last insurance, instead of residence, as the payer."""
    text = pack_source("cis-1992").decode()
    assert 'value  = "residence"' in text
    changed = text.replace('value  = "residence"', 'value  = "last-insured"', 1)
    return PACKS | {"cis-1992": parse_pack(changed.encode(), "last.toml")}


def test_the_last_insurance_may_be_the_payer() -> None:
    own = period("KZ", "1990-01-01/1994-12-31")
    case = parse_case(cis(own, RUSSIA, KZ, RU).encode(), "last.toml")

    settlement = settle_case(case, last_state()).settlement

    assert str(settlement.entitlement("KZ").payable) == "500.00 KZT"
    assert str(settlement.entitlement("RU").payable) == "0.00 RUB"


def test_without_any_counted_period_nobody_was_last() -> None:
    refunded = period("RU", "1970-01-01/1989-12-31", more="refunded = true")
    case = parse_case(cis(refunded, KZ).encode(), "last.toml")

    with pytest.raises(InvalidInputError, match="none counts"):
        settle_case(case, last_state())


def gulf(contribution: str, scheme: str = '[scheme.BH]\nunit = "months"\n') -> str:
    insured = period("BH", "2008-01-01/2014-12-31")
    return head("gcc", "2015-01-01") + insured + contribution + scheme


WAGE = (
    '[[contribution]]\nhome = "BH"\nhost = "AE"\nwage = "1000.00 AED"\nhome_employer = 0.1\n'
    "home_worker = 0.05\nhost_employer = 0.15\n"
)


def test_a_host_that_asks_more_of_employers_leaves_no_variance() -> None:
    found = result(gulf(WAGE), "BH")

    assert found["contributions"] == [
        {
            "host": "AE",
            "wage": "1000.00 AED",
            "employer": "100.00 AED",
            "worker": "50.00 AED",
            "variance": "0.00 AED",
            "total": "150.00 AED",
        }
    ]
    assert (found["payable"], found["paid_as"]) == (None, "unknown")


def test_contributions_are_shared_even_where_no_right_exists_yet() -> None:
    law = '[scheme.BH]\nunit = "months"\nminimum = { years = 10 }\nindependent = "300.000 BHD"\n'

    with_share = result(gulf(WAGE, law), "BH")
    without = result(gulf("", law), "BH")

    assert with_share["reason"] == "minimum-not-met"
    assert len(with_share["contributions"]) == 1  # type: ignore[arg-type]
    assert without["contributions"] == []


def test_the_explanation_of_a_method_is_in_its_own_words() -> None:
    told = explain(
        settled(gulf(WAGE, '[scheme.BH]\nunit = "months"\nindependent = "3.000 BHD"\n')).settlement
    )

    assert "the employer in AE pays 100.00 AED" in "\n".join(told[0].lines())
    assert told[0].text == "BH pays 3.000 BHD"


def test_contributions_that_cannot_be_are_refused() -> None:
    refused(gulf(WAGE.replace('"AE"', '"FR"')), r"contribution\[1\]\.host: FR is not a party")
    refused(gulf(WAGE.replace('"BH"', '"KW"')), r"scheme\.KW: is missing")
    refused(gulf(WAGE.replace('"AE"', '"BH"')), "another jurisdiction than home")
    refused(gulf(WAGE.replace("1000.00", "-1.00")), "must not be negative")
    refused(gulf(WAGE.replace("0.15", "1.5")), "a share from 0 to 1")


def test_nothing_is_added_under_contribution_only_and_export_only_agreements() -> None:
    law = '[scheme.NL]\nunit = "years"\nindependent = "200.00 EUR"\n'
    insured = period("NL", "1990-01-01/1999-12-31", "{ years = 10 }")

    at_home = result(head("in-nl", "2013-01-01") + insured + law, "NL")
    abroad = result(head("in-nl", "2013-01-01", more='residence = "IN"') + insured + law, "NL")

    assert (at_home["paid_abroad"], abroad["paid_abroad"]) == (False, True)
    assert "Trb. 2009 no. 213 Art 5" in str(abroad["basis"])
    japan = '[scheme.JP]\nunit = "months"\nindependent = "1000 JPY"\n'
    worked = period("JP", "1990-01-01/1994-12-31", "{ months = 60 }")
    assert result(head("jp-gb", "2010-01-01") + worked + japan, "JP")["payable"] == "1000 JPY"


def test_several_schemes_of_one_state_each_hold_their_own_records() -> None:
    law = (
        '[[scheme.NL]]\nname = "a"\nunit = "years"\ncovers = ["01"]\nindependent = "1.00 EUR"\n'
        '[[scheme.NL]]\nname = "b"\nunit = "years"\ncovers = ["02"]\nindependent = "2.00 EUR"\n'
    )
    one = period("NL", "1980-01-01/1989-12-31", "{ years = 10 }", more='scheme = "01"')
    two = period("NL", "1990-01-01/1994-12-31", "{ years = 5 }", more='scheme = "02"')

    items = settled(head("in-nl", "2013-01-01") + one + two + law).settlement.entitlements

    assert [item.aggregate.own for item in items] == [10, 5]


def test_a_displaced_voluntary_period_without_its_value_is_reported() -> None:
    chosen = period("GB", "1975-01-01/1975-12-31", kind="21")
    own = period("GB", "1970-01-01/1974-12-31")
    abroad = period("BB", "1975-01-01/1984-12-31")
    law = '[scheme.GB]\nunit = "months"\ntheoretical = "90.00 GBP"\n'

    assert "voluntary-value-missing" in kinds(
        head("gb-bb", "2010-01-01") + chosen + own + abroad + law
    )


def test_the_same_dates_twice_in_one_state_are_shown_as_such() -> None:
    law = '[scheme.GB]\nunit = "months"\ntheoretical = "90.00 GBP"\n'
    twice = [period("GB", "1970-01-01/1974-12-31", kind=kind) for kind in ("11", "12")]
    text = head("gb-bb", "2010-01-01") + "".join(twice) + law

    assert result(text, "GB")["own"] == 60
    assert kinds(text) == ["same-dates-in-one-jurisdiction"]


@pytest.mark.parametrize("unit", ["months", "quarters", "years"])
@pytest.mark.parametrize(("months", "reason"), [(11, "short-period"), (12, None)])
def test_a_few_months_are_short_whatever_the_scheme_counts_in(
    unit: str, months: int, reason: str | None
) -> None:
    own = period("AR", f"2000-01-01/2000-{months}-30", f"{{ months = {months} }}")
    other = period("BR", "1980-01-01/1999-12-31")
    law = f'[scheme.AR]\nunit = "{unit}"\nminimum = {{ years = 15 }}\ntheoretical = "210.00 ARS"\n'

    found = result(head("mercosur", "2015-01-01") + own + other + law, "AR")

    assert found.get("reason") == reason
    assert found["payable"] == ("10.00 ARS" if reason is None else "0.00 ARS")
