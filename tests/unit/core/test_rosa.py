"""Rosa's published case (Your Europe) settles to the cent."""

from portability.agreements import pack_ids, pack_source
from portability.core.case import parse_case
from portability.core.case_result import CaseResult, settle_case
from portability.core.pack_parser import parse_pack
from portability.core.reconciliation import reconcile
from portability.examples import example_source


def settle_rosa() -> CaseResult:
    packs = {name: parse_pack(pack_source(name), name) for name in pack_ids()}
    return settle_case(parse_case(example_source("rosa.toml"), "rosa.toml"), packs)


def test_rosa_gets_a_thousand_from_france_and_four_hundred_from_spain() -> None:
    settlement = settle_rosa().settlement

    assert str(settlement.entitlement("FR").payable) == "1000.00 EUR"
    assert str(settlement.entitlement("ES").payable) == "400.00 EUR"
    assert str(settlement.payable_total["EUR"]) == "1400.00 EUR"


def test_every_expectation_in_the_shipped_file_is_met() -> None:
    expectations = settle_rosa().expectations

    assert expectations.failed == ()
    assert expectations.met == 12


def test_both_parties_reconcile_to_the_same_digest_in_any_order() -> None:
    case = parse_case(example_source("rosa.toml"), "rosa.toml")
    pack = parse_pack(pack_source("eu-883-2004"), "eu-883-2004")

    mine = reconcile(case.periods, pack, "old-age", case.award_date)
    other = reconcile(reversed(case.periods * 2), pack, "old-age", case.award_date)

    assert mine.digest == other.digest
    assert {code: total.amount for code, total in mine.totals.items()} == {"ES": 120, "FR": 240}
