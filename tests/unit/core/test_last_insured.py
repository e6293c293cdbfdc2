"""Who was insured last, where an agreement lets that state pay for all periods."""

import pytest

from portability.agreements import pack_source
from portability.core.case import parse_case
from portability.core.case_result import settle_case
from portability.core.pack_parser import parse_pack
from tests.unit.core.case_texts import PACKS, head, period

LAWS = "".join(
    f'[scheme.{code}]\nunit = "months"\ntheoretical = "500.00 {currency}"\n'
    for code, currency in (("KZ", "KZT"), ("RU", "RUB"))
)


def payer(*periods: str) -> list[str]:
    """The jurisdictions that pay more than nothing."""
    text = pack_source("cis-1992").decode()
    assert 'value  = "residence"' in text
    changed = text.replace('value  = "residence"', 'value  = "last-insured"', 1)
    packs = PACKS | {"cis-1992": parse_pack(changed.encode(), "last.toml")}
    case = parse_case(
        (head("cis-1992", "2000-01-01") + "".join(periods) + LAWS).encode(), "last.toml"
    )
    found = settle_case(case, packs).settlement.entitlements
    return [item.jurisdiction for item in found if item.payable is not None and item.payable.minor]


@pytest.mark.parametrize(("last", "before"), [("KZ", "RU"), ("RU", "KZ")])
def test_the_state_of_the_last_day_pays(last: str, before: str) -> None:
    assert payer(
        period(last, "1970-01-01/1979-12-31"),
        period(before, "1980-01-01/1989-12-31"),
        period(last, "1990-01-01/1990-12-31"),
    ) == [last]


def test_a_period_that_is_displaced_in_its_middle_still_ends_last() -> None:
    voluntary = period("RU", "1980-01-01/1995-12-31", kind="21")
    work = period("KZ", "1985-01-01/1990-12-31")

    assert payer(voluntary, work) == ["RU"]


def test_days_that_are_displaced_are_no_last_days() -> None:
    voluntary = period("RU", "1980-01-01/1995-12-31", kind="21")
    work = period("KZ", "1985-01-01/1995-12-31")

    assert payer(voluntary, work) == ["KZ"]


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_of_two_records_of_one_state_the_later_counted_day_decides(
    order: tuple[int, int, int],
) -> None:
    parts = [
        period("RU", "1980-01-01/1999-12-31", kind="30"),
        period("RU", "1990-01-01/1999-12-31"),
        period("KZ", "1985-01-01/1995-12-31"),
    ]

    assert payer(*[parts[place] for place in order]) == ["RU"]


def test_a_period_without_dates_is_never_the_last() -> None:
    undated = period("RU", "", "{ years = 30 }")

    assert payer(undated, period("KZ", "1970-01-01/1970-12-31")) == ["KZ"]
