"""Short ways to write periods, schemes and settlements in tests."""

from collections.abc import Sequence
from datetime import date

from portability.agreements import pack_source
from portability.core.agreement import Pack
from portability.core.benefits import Settlement, settle
from portability.core.money import Money, parse_money
from portability.core.pack_parser import parse_pack
from portability.core.periods import Branch, Duration, Period, PeriodType
from portability.core.scheme import Circumstances, Scheme
from portability.core.units import Unit

EU_SOURCE = pack_source("eu-883-2004")
EU = parse_pack(EU_SOURCE, "eu-883-2004.toml")
AWARD = date(2025, 1, 1)
RULES = EU.rules_on(AWARD)


def changed_pack(old: str, new: str) -> Pack:
    """The European pack with one passage replaced, which must be there."""
    text = EU_SOURCE.decode()
    assert old in text
    return parse_pack(text.replace(old, new, 1).encode(), "changed.toml")


def months(jurisdiction: str, length: int, **more: object) -> Period:
    """An undated period of so many months."""
    return Period(
        id=f"{jurisdiction} {length}",
        jurisdiction=jurisdiction,
        type=PeriodType.COMPULSORY,
        declared=Duration(months=length),
        **more,  # type: ignore[arg-type]
    )


def spell(jurisdiction: str, code: str, start: str, end: str, **more: object) -> Period:
    """A dated period; its id tells where and when."""
    return Period(
        id=f"{jurisdiction} {code} {start}",
        jurisdiction=jurisdiction,
        type=PeriodType.parse(code),
        start=date.fromisoformat(start),
        end=date.fromisoformat(end),
        **more,  # type: ignore[arg-type]
    )


def euros(text: str) -> Money:
    return parse_money(f"{text} EUR")


def scheme(jurisdiction: str, theoretical: str | None = None, **more: object) -> Scheme:
    given: dict[str, object] = {"unit": Unit.MONTHS}
    if theoretical is not None:
        given["theoretical"] = euros(theoretical)
    return Scheme(jurisdiction=jurisdiction, **(given | more))  # type: ignore[arg-type]


def settled(
    periods: Sequence[Period],
    schemes: Sequence[Scheme],
    pack: Pack = EU,
    circumstances: Circumstances | None = None,
) -> Settlement:
    return settle(
        periods,
        schemes,
        pack,
        Branch.OLD_AGE,
        AWARD,
        circumstances=circumstances or Circumstances(),
    )


def paid(settlement: Settlement, jurisdiction: str) -> str:
    return str(settlement.entitlement(jurisdiction).payable)
