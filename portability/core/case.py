"""Case files: one claim that a case worker can read, and what the rules make of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from portability.core.document import Table, read_document
from portability.core.measure import Counting
from portability.core.money import Rounding
from portability.core.periods import Branch, Period
from portability.core.reading import optional_duration, read_period
from portability.core.scheme import Scheme
from portability.core.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A parsed case file; ``name`` is the file's, ``expect`` what the result must be."""

    name: str
    title: str
    source: str
    agreement: str
    branch: Branch
    award_date: date
    periods: tuple[Period, ...]
    schemes: tuple[Scheme, ...]
    expect: Mapping[str, object]


def parse_case(source: bytes, name: str) -> Case:
    """A case file. Raises InvalidInputError naming file, key and line if it cannot be settled."""
    document = read_document(source, name)
    case = Case(
        name=name,
        title=document.text("title"),
        source=document.text("source"),
        agreement=document.text("agreement"),
        branch=document.choice("branch", Branch),
        award_date=document.day("award_date"),
        periods=tuple(
            read_period(table, f"period {number}")
            for number, table in enumerate(document.tables("period"), start=1)
        ),
        schemes=_read_schemes(document),
        expect=_read_expectations(document),
    )
    document.finish()
    if not case.periods:
        document.refuse("period", "is missing: a case needs at least one period")
    return case


def _read_schemes(document: Table) -> tuple[Scheme, ...]:
    outer = document.optional_table("scheme")
    if outer is None:
        return ()
    return tuple(_read_scheme(outer.table(code), code) for code in outer.keys())  # noqa: SIM118  # no mapping


def _read_scheme(table: Table, jurisdiction: str) -> Scheme:
    scheme = Scheme(
        jurisdiction=jurisdiction,
        unit=table.choice("unit", Unit),
        name=table.optional_text("name"),
        counting=table.choice("counting", Counting, default=Counting.EXACT),
        minimum=optional_duration(table, "minimum"),
        full_career=optional_duration(table, "full_career"),
        independent=table.optional_money("independent"),
        theoretical=table.optional_money("theoretical"),
        rounding=table.choice("rounding", Rounding, default=Rounding.HALF_UP),
    )
    table.finish()
    amounts = [amount for amount in (scheme.independent, scheme.theoretical) if amount is not None]
    if len({amount.currency for amount in amounts}) > 1:
        table.refuse("theoretical", "is in another currency than independent")
    return scheme


def _read_expectations(document: Table) -> Mapping[str, object]:
    table = document.optional_table("expect")
    return {} if table is None else {key: table.raw(key) for key in table.keys()}  # noqa: SIM118  # no mapping
