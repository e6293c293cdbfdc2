"""Periods under a year of a jurisdiction whose own law nobody gave (883/2004 Art 57(1))."""

import pytest

from portability.agreements import pack_source
from portability.core.amounts import Ratio
from portability.core.discrepancy import Discrepancy, DiscrepancyKind
from portability.core.pack_parser import parse_pack
from tests.unit.core.builders import months, scheme, settled


def told(*given: object) -> tuple[Discrepancy, ...]:
    found = settled([months("FR", 240), months("ES", 6)], given).discrepancies  # type: ignore[arg-type]
    return tuple(one for one in found if one.kind is DiscrepancyKind.SHORT_UNJUDGED)


def test_nobody_can_say_whether_a_state_without_a_scheme_is_freed() -> None:
    (finding,) = told(scheme("FR", "1000.00"))
    assert (finding.jurisdiction, finding.records) == ("ES", ("ES 6",))
    assert finding.article == "883/2004 Art 57(1)"
    assert "no scheme of ES is given" in finding.detail
    assert "qualifying period" in finding.action


def test_it_is_told_once_however_many_schemes_count_those_periods() -> None:
    assert len(told(scheme("FR", "1000.00"), scheme("FR", "500.00", name="miners"))) == 1


def test_a_scheme_answers_the_question() -> None:
    assert told(scheme("FR", "1000.00"), scheme("ES", "10.00")) == ()


@pytest.mark.parametrize(("length", "findings"), [(11, 1), (12, 0)])
def test_a_full_year_is_not_short(length: int, findings: int) -> None:
    periods = [months("FR", 240), months("ES", length)]
    settlement = settled(periods, [scheme("FR", "1000.00")])
    kinds = [one.kind for one in settlement.discrepancies]
    assert kinds.count(DiscrepancyKind.SHORT_UNJUDGED) == findings
    assert settlement.entitlement("FR").ratio == Ratio(own=240, total=240 + length)


def test_an_agreement_without_such_a_rule_frees_nobody() -> None:
    pack = parse_pack(pack_source("caricom"), "caricom.toml")
    periods = [months("JM", 240), months("BB", 6)]
    found = settled(periods, [scheme("JM", "1000.00")], pack).discrepancies
    assert DiscrepancyKind.SHORT_UNJUDGED not in {one.kind for one in found}


def test_without_an_amount_there_is_no_ratio_to_ask_about() -> None:
    assert told(scheme("FR")) == ()
