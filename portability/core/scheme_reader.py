"""The ``[scheme.XX]`` tables of a case file."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from types import MappingProxyType

from portability.core.branches.scheme_facts import facts_of, read_branch_facts
from portability.core.document import Table
from portability.core.formulas import (
    Accrual,
    Capital,
    Flat,
    Formula,
    Points,
    Proportional,
    YearOfEarnings,
    average_earnings,
)
from portability.core.measure import Counting
from portability.core.methods.tables import UsFacts, read_facts
from portability.core.money import ExactMoney, Money, Rounding, exactly
from portability.core.periods import Period
from portability.core.reading import optional_duration
from portability.core.scheme import AnnexEight, Scheme
from portability.core.spans import merge_runs, months_and_days
from portability.core.units import Exact, Unit

_FORMULAS = ("accrual", "proportional", "points", "capital", "flat")
_DAYS_PER_MONTH = 30
_US_CURRENCY = "USD"  # in which the law states every amount and rounds it


def read_schemes(document: Table, periods: Sequence[Period]) -> tuple[Scheme, ...]:
    """Every scheme in the file's order; ``[[scheme.FR]]`` gives several for one jurisdiction."""
    outer = document.optional_table("scheme")
    if outer is None:
        return ()
    found: list[Scheme] = []
    for code in outer.keys():  # noqa: SIM118  # a Table is no mapping
        several = isinstance(outer.raw(code), list)
        tables = outer.tables(code) if several else [outer.table(code)]
        found += [read_scheme(table, code, periods) for table in tables]
    return tuple(found)


def read_scheme(table: Table, jurisdiction: str, periods: Sequence[Period]) -> Scheme:
    """One scheme. Raises InvalidInputError naming file, key and line."""
    scheme = Scheme(
        jurisdiction=jurisdiction,
        unit=table.choice("unit", Unit),
        name=table.optional_text("name"),
        counting=table.choice("counting", Counting) if "counting" in table else None,
        minimum=optional_duration(table, "minimum"),
        full_career=optional_duration(table, "full_career"),
        independent=table.optional_money("independent"),
        theoretical=table.optional_money("theoretical"),
        formula=_read_formula(table, jurisdiction, periods),
        theoretical_without=_read_amounts(table, "theoretical_without"),
        rounding=table.choice("rounding", Rounding, default=Rounding.HALF_UP),
        duration_independent=_is_flat(table),
        covers=table.texts("covers"),
        special=table.flag("special"),
        conditions_met=table.flag("conditions_met", default=True),
        deferred=table.flag("deferred"),
        voluntary_value=table.optional_money("voluntary_value"),
        minimum_benefit=table.optional_money("minimum_benefit"),
        annex_eight=_read_annex(table),
        annex_nine=table.flag("annex_nine"),
        insured_at_risk=table.flag("insured_at_risk"),
        facts=MappingProxyType({**read_facts(table), **read_branch_facts(table)}),
    )
    table.finish()
    _check(scheme, table)
    return scheme


def _is_flat(table: Table) -> bool:
    return table.flag("duration_independent") or table.raw("formula") == "flat"


def _read_annex(table: Table) -> AnnexEight:
    part = table.optional_integer("annex_eight_part")
    if part is None:
        return AnnexEight.NOT_LISTED
    if part in {AnnexEight.PART_1, AnnexEight.PART_2}:
        return AnnexEight(part)
    return table.refuse("annex_eight_part", "must be 1 or 2")


def _read_amounts(table: Table, key: str) -> Mapping[str, Money]:
    inner = table.optional_table(key)
    if inner is None:
        return MappingProxyType({})
    return MappingProxyType({code: inner.money(code) for code in inner.keys()})  # noqa: SIM118  # no mapping


def _read_formula(table: Table, jurisdiction: str, periods: Sequence[Period]) -> Formula | None:
    name = table.optional_text("formula")
    if name is None:
        return None
    if name not in _FORMULAS:
        table.refuse("formula", f"must be one of {', '.join(_FORMULAS)}")
    if name == "accrual":
        rate = _positive(table, "rate")
        return Accrual(rate=rate, average=_read_average(table, jurisdiction, periods))
    if name == "points":
        return Points(points=_positive(table, "points"), point_value=table.money("point_value"))
    if name == "capital":
        return Capital(capital=table.money("capital"), divisor=_positive(table, "divisor"))
    if name == "flat":
        return Flat(flat_amount=table.money("full_amount"))
    return Proportional(full_amount=table.money("full_amount"))


def _positive(table: Table, key: str) -> Exact:
    value = table.exact(key)
    return value if value > 0 else table.refuse(key, "must be more than zero")


def _read_average(table: Table, jurisdiction: str, periods: Sequence[Period]) -> ExactMoney:
    """The monthly average: given, or from the earnings of years with own insurance only."""
    given = table.optional_money("average")
    earnings = table.optional_table("earnings")
    if given is not None and earnings is not None:
        table.refuse("average", "contradicts earnings; give one of them")
    if given is not None:
        return exactly(given)
    if earnings is None:
        table.refuse("average", "is missing; give it, or earnings by year")
    years = tuple(
        _read_year(earnings, key, jurisdiction, periods)
        for key in earnings.keys()  # noqa: SIM118  # no mapping
    )
    if not years:
        table.refuse("earnings", "must hold at least one year")
    return table.build("earnings", lambda: average_earnings(years))


def _read_year(
    earnings: Table, key: str, jurisdiction: str, periods: Sequence[Period]
) -> YearOfEarnings:
    if not (key.isascii() and key.isdigit() and len(key) == 4 and key > "0000"):  # noqa: PLR2004  # a year
        earnings.refuse(key, "must be a year of four digits")
    inner = earnings.table(key)
    amount = inner.money("amount")
    given = "months" in inner
    months = inner.exact("months") if given else own_months(periods, jurisdiction, int(key))
    inner.finish()
    if months <= 0:
        inner.refuse(None, "has no months of own insurance; give months, or leave the year out")
    return YearOfEarnings(year=int(key), amount=amount, months=months)


def own_months(periods: Sequence[Period], jurisdiction: str, year: int) -> Exact:
    """Months of own dated insurance in one calendar year; remaining days are thirtieths."""
    begin, end = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    clipped = [
        (max(period.start.toordinal(), begin), min(period.end.toordinal(), end))
        for period in periods
        if period.jurisdiction == jurisdiction and period.start and period.end
    ]
    runs = merge_runs((first, last) for first, last in clipped if first <= last)
    lengths = [months_and_days(first, last) for first, last in runs]
    return sum(
        (months + Fraction(days, _DAYS_PER_MONTH) for months, days in lengths), start=Fraction(0)
    )


def _check(scheme: Scheme, table: Table) -> None:
    """Refuse amounts in two currencies, and amounts beside a formula that calculates them."""
    given = {"independent": scheme.independent, "theoretical": scheme.theoretical}
    for key, amount in given.items():
        if amount is not None and scheme.formula is not None:
            table.refuse(key, "contradicts formula, which calculates it")
    _check_currencies(scheme, given, table)
    if isinstance(scheme.formula, Proportional) and scheme.full_career is None:
        table.refuse("full_career", "is missing; a proportional amount needs it")
    if scheme.full_career is not None and scheme.full_career.is_zero():
        table.refuse("full_career", "must be longer than nothing")


def _check_currencies(scheme: Scheme, given: Mapping[str, Money | None], table: Table) -> None:
    us = scheme.facts.get("us")
    others = {
        **given,
        "voluntary_value": scheme.voluntary_value,
        "minimum_benefit": scheme.minimum_benefit,
        "amount": facts_of(scheme).amount,
        "regular_amount": us.regular_amount if isinstance(us, UsFacts) else None,
        **{
            f"theoretical_without.{code}": item for code, item in scheme.theoretical_without.items()
        },
    }
    wanted = _US_CURRENCY if us is not None else scheme.currency
    for key, amount in others.items():
        if amount is not None and wanted not in {None, amount.currency}:
            table.refuse(key, f"is in another currency than {wanted}")
