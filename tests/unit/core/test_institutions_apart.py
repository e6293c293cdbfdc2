"""Institutions of one country that decide each on its own periods (883/2004 Art 52(1)(b)(ii))."""

from datetime import date

from portability.agreements import pack_source
from portability.core.benefits import settle
from portability.core.entitlement import Entitlement
from portability.core.money import Money
from portability.core.pack_parser import parse_pack
from portability.core.periods import Branch, Duration, Period, PeriodType
from portability.core.scheme import Scheme
from portability.core.units import Unit

PACK = parse_pack(pack_source("eu-883-2004"), "eu-883-2004")


def year(jurisdiction: str, institution: str, number: int) -> Period:
    return Period(
        id=f"{jurisdiction}-{institution}-{number}",
        jurisdiction=jurisdiction,
        institution=institution,
        type=PeriodType.COMPULSORY_EMPLOYED,
        start=date(number, 1, 1),
        end=date(number, 12, 31),
        declared=Duration(months=12),
    )


PERIODS = [
    *(year("FR", "cnav", number) for number in range(1990, 1994)),
    *(year("FR", "msa", number) for number in range(1993, 1996)),
    *(year("ES", "inss", number) for number in range(2005, 2007)),
]


def decided(institution: str) -> Entitlement:
    scheme = Scheme(
        jurisdiction="FR",
        unit=Unit.MONTHS,
        theoretical=Money(minor=90_000, currency="EUR"),
        institution=institution,
    )
    return settle(PERIODS, [scheme], PACK, Branch.OLD_AGE, date(2026, 2, 1)).entitlement("FR")


def counts(institution: str) -> tuple[int, int]:
    ratio = decided(institution).ratio
    assert ratio is not None
    return ratio.own, ratio.total


def test_each_counts_what_it_certified_and_the_days_that_both_certified_count_once() -> None:
    cnav, msa = counts("cnav"), counts("msa")
    assert cnav[1] == msa[1] == 96
    assert cnav[0] + msa[0] == 72


def test_whoever_decides_for_the_whole_country_counts_all_of_it() -> None:
    assert counts("") == (72, 96)


def test_what_another_institution_certified_stands_under_its_name() -> None:
    places = dict(decided("cnav").aggregate.foreign)
    assert set(places) == {"ES", "FR/msa"}


def test_a_record_of_another_country_keeps_its_place() -> None:
    scheme = Scheme(jurisdiction="FR", unit=Unit.MONTHS, institution="cnav")
    assert [scheme.place_of(one) for one in (PERIODS[0], PERIODS[-1])] == ["FR", "ES"]
    assert not scheme.is_own(PERIODS[-1])
