"""The tables and keys of a case file that methods outside the European Union read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR
from fractions import Fraction
from types import MappingProxyType

from portability.core.document import Table
from portability.core.methods.parameters import decimal, optional_decimal, positive, year_of
from portability.core.money import Money
from portability.core.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class EarningsYear:
    """
    One year of US earnings in dollars; ``quarters`` are the quarters of coverage earned in it.

    ``average`` and ``maximum`` stand in the agreement pack if the case does not give them.
    """

    year: int
    quarters: int
    amount: Fraction
    average: Fraction | None
    maximum: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentTest:
    """Quarters of coverage needed within the last ``within`` quarters (20 of 40, 6 of 13)."""

    quarters: int
    within: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsFacts:
    """What ``[scheme.US]`` says beside the keys of every scheme."""

    computation_years: int | None
    first_year: int | None
    last_year: int | None
    regular_amount: Money | None
    in_payment: bool
    recent: RecentTest | None
    earnings: tuple[EarningsYear, ...]
    rounding_given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatPart:
    """A benefit made of a part by earnings and a flat part by length (Canada Pension Plan)."""

    earnings_part: Money
    flat_part: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributions:
    """Monthly contributions of one employment abroad, collected by the host for the home system."""

    home: str
    host: str
    wage: Money
    home_employer: Fraction
    home_worker: Fraction
    host_employer: Fraction


def read_facts(table: Table) -> Mapping[str, object]:
    """The keys of a scheme that only some methods know, by method."""
    found: dict[str, object] = {}
    if table.raw("unit") == Unit.US_QUARTERS:
        found["us"] = _read_us(table)
    if "flat_part" in table or "earnings_part" in table:
        flat, earned = table.money("flat_part"), table.money("earnings_part")
        if flat.currency != earned.currency:
            table.refuse("flat_part", f"is in another currency than {earned.currency}")
        found["flat_part"] = FlatPart(earnings_part=earned, flat_part=flat)
    if "lump_sum" in table:
        found["lump_sum"] = table.flag("lump_sum")
    return MappingProxyType(found)


def _read_us(table: Table) -> UsFacts:
    given = {key: table.optional_integer(key) for key in ("first_year", "last_year")}
    for key, year in given.items():
        if year is not None and not MINYEAR <= year <= MAXYEAR:
            table.refuse(key, "must be a year of four digits")
    first, last = given["first_year"], given["last_year"]
    if first is not None and last is not None and last < first:
        table.refuse("last_year", "lies before first_year")
    return UsFacts(
        computation_years=positive(table, "computation_years")
        if "computation_years" in table
        else None,
        first_year=first,
        last_year=last,
        regular_amount=table.optional_money("regular_amount"),
        in_payment=table.flag("in_payment"),
        recent=_read_recent(table),
        earnings=_read_earnings(table),
        rounding_given="rounding" in table,
    )


def _read_recent(table: Table) -> RecentTest | None:
    inner = table.optional_table("recent")
    if inner is None:
        return None
    found = RecentTest(quarters=positive(inner, "quarters"), within=positive(inner, "within"))
    inner.finish()
    return found


def _read_earnings(table: Table) -> tuple[EarningsYear, ...]:
    outer = table.optional_table("earnings")
    if outer is None:
        return ()
    found = []
    for key in outer.keys():  # noqa: SIM118  # a Table is no mapping
        row = outer.table(key)
        quarters = row.integer("quarters")
        if not 0 <= quarters <= 4:  # noqa: PLR2004  # a year has four
            row.refuse("quarters", "must be 0 to 4")
        found.append(
            EarningsYear(
                year=year_of(outer, key),
                quarters=quarters,
                amount=decimal(row, "amount"),
                average=optional_decimal(row, "average"),
                maximum=optional_decimal(row, "maximum"),
            )
        )
        row.finish()
        if found[-1].average == 0:
            row.refuse("average", "must be more than zero")
    return tuple(sorted(found, key=lambda item: item.year))


def _read_also(document: Table) -> object:
    found = document.texts("also")
    if not found or len(set(found)) != len(found) or document.raw("agreement") in found:
        document.refuse("also", "must name other agreements, each once")
    return found


def _read_decision_date(document: Table) -> object:
    return document.day("decision_date")


def _read_contributions(document: Table) -> object:
    return tuple(_read_contribution(table) for table in document.tables("contribution"))


def _read_contribution(table: Table) -> Contributions:
    found = Contributions(
        home=table.jurisdiction("home"),
        host=table.jurisdiction("host"),
        wage=table.money("wage"),
        home_employer=_share(table, "home_employer"),
        home_worker=_share(table, "home_worker"),
        host_employer=_share(table, "host_employer"),
    )
    table.finish()
    if found.home == found.host:
        table.refuse("host", "must be another jurisdiction than home")
    return found


def _share(table: Table, key: str) -> Fraction:
    """A share of the wage, 0 to 1."""
    found = Fraction(table.exact(key))
    return found if 0 <= found <= 1 else table.refuse(key, "must be a share from 0 to 1")


METHOD_TABLES: Mapping[str, Callable[[Table], object]] = MappingProxyType(
    {
        "also": _read_also,
        "decision_date": _read_decision_date,
        "contribution": _read_contributions,
    }
)
"""Tables of a case file beside periods, schemes and expectations, by key."""
