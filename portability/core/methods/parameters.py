"""
The values of an agreement pack that only some methods need, their readers and their checks.

Amounts are exact; years are numbers of four digits. A reader refuses what it cannot use and names
the key.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from portability.core.agreement import Kind, Method, Pack
from portability.core.document import Table
from portability.core.money import Money, Rounding

Reader = Callable[[Table], object]
_DECIMAL = re.compile(r"\d{1,12}(?:\.\d{1,4})?", re.ASCII)


class Per(StrEnum):
    """Over what foreign coverage is summed before it becomes quarters of coverage."""

    SPELL = "spell"
    CALENDAR_YEAR = "calendar-year"


class Places(StrEnum):
    """Which calendar quarters may hold the quarters credited."""

    FROM_START = "from-start"
    TOUCHED = "touched"
    WHOLE_YEAR = "whole-year"


class Measured(StrEnum):
    """How coverage that is known by its dates only is measured."""

    WEEKS = "weeks"
    DAYS = "days"
    MONTHS = "months"
    CALENDAR_MONTHS = "calendar-months"
    QUARTERS = "quarters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crediting:
    """
    How foreign coverage becomes US quarters of coverage.

    ``weeks``, ``months`` and ``days`` make one quarter. Coverage before ``not_before`` is ignored;
    quarters up to ``same_quarter_until`` count in the very same quarter only.
    """

    per: Per
    places: Places
    measured: Measured
    weeks: int
    months: int
    days: int
    not_before: date
    same_quarter_until: date | None


@dataclass(frozen=True, slots=True)
class UsYear:
    """
    National average wage and maximum creditable earnings of one year, in dollars.

    The maximum is published before the year, the average after it: until then it is None.
    """

    average: Fraction | None
    maximum: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """
    Amounts are rounded to a multiple of ``step``.

    ``combined`` is the rounding of the earlier formula, which combined the earnings of both.
    """

    step: Money
    rounding: Rounding
    combined: Rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Fortieths:
    """
    A pension of one share of the full amount for each year of residence.

    ``years`` make the full pension; ``minimum`` years open it, ``minimum_abroad`` its payment
    abroad; ``own_minimum`` of them must have been spent here.
    """

    years: int
    minimum: int
    minimum_abroad: int
    own_minimum: int


class Payer(StrEnum):
    """Which jurisdiction pays everything where one does."""

    RESIDENCE = "residence"
    LAST_INSURED = "last-insured"


def decimal(table: Table, key: str) -> Fraction:
    """A number in quotes, exactly; ``8030.76 USD`` may name the currency of the scheme."""
    text = table.text(key).removesuffix(" USD")
    if _DECIMAL.fullmatch(text) is None:
        table.refuse(key, 'must be an amount such as "8030.76"')
    return Fraction(text)


def optional_decimal(table: Table, key: str) -> Fraction | None:
    return decimal(table, key) if key in table else None


def year_of(table: Table, key: str) -> int:
    """A key that is a year."""
    if not (key.isascii() and key.isdigit() and len(key) == 4 and key > "0000"):  # noqa: PLR2004  # a year
        table.refuse(key, "must be a year of four digits")
    return int(key)


def _party_method(table: Table) -> object:
    inner = table.table("value")
    found = {code: inner.choice(code, Method) for code in inner.keys()}  # noqa: SIM118  # no mapping
    inner.finish()
    return MappingProxyType(found)


def _crediting(table: Table) -> object:
    inner = table.table("value")
    found = Crediting(
        per=inner.choice("per", Per),
        places=inner.choice("places", Places),
        measured=inner.choice("measured", Measured),
        weeks=positive(inner, "weeks"),
        months=positive(inner, "months"),
        days=positive(inner, "days"),
        not_before=inner.day("not_before"),
        same_quarter_until=inner.optional_day("same_quarter_until"),
    )
    inner.finish()
    if found.per is Per.SPELL and found.places is not Places.FROM_START:
        table.refuse("value", "contradicts itself: places other than from-start go by year")
    return found


def _us_years(table: Table) -> object:
    inner = table.table("value")
    found: dict[int, UsYear] = {}
    for key in inner.keys():  # noqa: SIM118  # a Table is no mapping
        year = year_of(inner, key)
        row = inner.table(key)
        found[year] = UsYear(optional_decimal(row, "average"), optional_decimal(row, "maximum"))
        row.finish()
        if found[year] == UsYear(None, None):
            row.refuse("average", "and maximum are missing; a year needs one of them")
        if found[year].average == 0:
            row.refuse("average", "must be more than zero")
    return MappingProxyType(found)


class EarningsBasis(StrEnum):
    """Whose earnings enter the theoretical amount of the United States."""

    US = "us-earnings"
    COMBINED = "combined-earnings"


def _basis(table: Table) -> object:
    return table.choice("value", EarningsBasis)


def _positive_value(table: Table) -> object:
    return positive(table, "value")


def positive(table: Table, key: str) -> int:
    """A whole number above zero."""
    found = table.integer(key)
    return found if found > 0 else table.refuse(key, "must be more than zero")


def _step(table: Table) -> object:
    inner = table.table("value")
    rounding = inner.choice("rounding", Rounding)
    found = Step(
        step=inner.money("step"),
        rounding=rounding,
        combined=inner.choice("combined", Rounding, default=rounding),
    )
    inner.finish()
    if found.step.minor <= 0:
        table.refuse("value", "needs a step above zero")
    return found


def _fortieths(table: Table) -> object:
    inner = table.table("value")
    names = ("years", "minimum", "minimum_abroad", "own_minimum")
    found = Fortieths(**{name: positive(inner, name) for name in names})
    inner.finish()
    if not found.own_minimum <= found.minimum <= found.minimum_abroad <= found.years:
        table.refuse("value", "contradicts itself: own_minimum, minimum, minimum_abroad, years")
    return found


def _payer(table: Table) -> object:
    return table.choice("value", Payer)


def _choices(table: Table) -> object:
    inner = table.table("value")
    found = {key: inner.text(key) for key in inner.keys()}  # noqa: SIM118  # no mapping
    inner.finish()
    return MappingProxyType(found)


METHOD_PARAMETERS: Mapping[str, Reader] = MappingProxyType(
    {
        "party_method": _party_method,
        "crediting": _crediting,
        "us_years": _us_years,
        "earnings_basis": _basis,
        "us_minimum_quarters": _positive_value,
        "pia_rounding": _step,
        "fortieths": _fortieths,
        "partner_weeks_per_year": _positive_value,
        "payer": _payer,
        "choices": _choices,
    }
)
"""Keys of a pack with their readers; which are needed depends on the methods that it names."""

_NEEDED: Mapping[Method, tuple[str, ...]] = MappingProxyType(
    {
        Method.RELATIVE_EARNINGS: (
            "crediting",
            "us_years",
            "earnings_basis",
            "us_minimum_quarters",
            "pia_rounding",
        ),
        Method.FORTIETHS: ("fortieths", "partner_weeks_per_year"),
        Method.INTEGRATION: ("payer",),
    }
)
METHOD_ARTICLES: Mapping[Method, tuple[str, ...]] = MappingProxyType(
    {
        Method.RELATIVE_EARNINGS: (
            "minimum_quarters",
            "crediting",
            "only_needed",
            "coinciding",
            "backwards",
            "formula_version",
            "relative_earnings",
            "attributed_earnings",
            "pia_rounding",
            "regular_amount",
        ),
        Method.FORTIETHS: ("fortieths", "fortieths_minimum", "flat_part"),
        Method.INTEGRATION: ("payer",),
        Method.DIRECT: ("direct",),
        Method.HOME_COLLECTION: ("home_collection", "contribution_cap"),
        Method.CONTRIBUTION_ONLY: ("no_totalization",),
        Method.EXPORT_ONLY: ("no_totalization", "export"),
    }
)
"""What a pack must cite beside the articles that every pack cites."""

_KINDS: Mapping[Kind, Method] = MappingProxyType(
    {
        Kind.CONTRIBUTION_ONLY: Method.CONTRIBUTION_ONLY,
        Kind.EXPORT_ONLY: Method.EXPORT_ONLY,
        Kind.HOME_COLLECTION: Method.HOME_COLLECTION,
    }
)


def check_methods(pack: Pack, document: Table) -> None:
    """Refuse a pack whose methods lack a value, or contradict its kind or its parties."""
    methods = set(_methods(pack))
    for code in _party_methods(pack):
        if not all(code in _parties(item.value) for item in pack.parameters["parties"]):
            document.refuse("party_method", f"names {code}, which is not a party")
    if Method.LUMP_SUM_TRANSFER in methods:
        document.refuse("method", f"names {Method.LUMP_SUM_TRANSFER}, which is not settled here")
    only = _KINDS.get(pack.kind)
    if only is not None and methods != {only}:
        document.refuse("method", f"must be {only} for every branch of a {pack.kind} agreement")
    if only is None and methods & set(_KINDS.values()):
        document.refuse("method", f"contradicts the kind {pack.kind}")
    for method in sorted(methods):
        _check_values(pack, document, method)
        _check_articles(pack, document, method)


def _check_values(pack: Pack, document: Table, method: Method) -> None:
    for key in _NEEDED.get(method, ()):
        held = pack.parameters.get(key)
        if held is None:
            document.refuse(key, f"is missing; the method {method} needs it")
        if held[0].since > pack.valid_from:
            document.refuse(key, f"has no value from {pack.valid_from}")


def _check_articles(pack: Pack, document: Table, method: Method) -> None:
    for item in pack.parameters["articles"]:
        assert isinstance(item.value, Mapping)  # noqa: S101  # by its reader
        for key in METHOD_ARTICLES.get(method, ()):
            if key not in item.value:
                document.refuse("articles", f"has no article for {key}")


def _parties(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()


def _methods(pack: Pack) -> Iterator[Method]:
    for key in ("method", "party_method"):
        for item in pack.parameters.get(key, ()):
            assert isinstance(item.value, Mapping)  # noqa: S101  # by its reader
            yield from item.value.values()


def _party_methods(pack: Pack) -> list[str]:
    values = [item.value for item in pack.parameters.get("party_method", ())]
    return [code for value in values if isinstance(value, Mapping) for code in value]
