"""The tables of a case file about invalidity."""

from dataclasses import dataclass

from portability.core.document import Table
from portability.core.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Degree:
    """
    A decision on the degree of invalidity, and whom it binds (883/2004 Art 46(3)).

    ``binds`` are the jurisdictions whose conditions Annex VII declares concordant.
    """

    jurisdiction: str
    recognised: bool
    binds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggravation:
    """
    An invalidity that grew worse; ``previous`` is what ``jurisdiction`` paid before (Art 47).

    ``insured_elsewhere_since`` says that another state's law has applied since (47(1)(b)).
    """

    jurisdiction: str
    previous: Money
    insured_elsewhere_since: bool


def read_degrees(document: Table) -> object:
    """The tables ``degree``."""
    return tuple(_read_degree(table) for table in document.tables("degree"))


def _read_degree(table: Table) -> Degree:
    if "recognised" not in table:
        table.missing("recognised")
    found = Degree(
        jurisdiction=table.jurisdiction("jurisdiction"),
        recognised=table.flag("recognised"),
        binds=table.jurisdictions("binds"),
    )
    table.finish()
    return found


def read_aggravation(document: Table) -> object:
    """The table ``aggravation``."""
    table = document.table("aggravation")
    found = Aggravation(
        jurisdiction=table.jurisdiction("jurisdiction"),
        previous=table.money("previous"),
        insured_elsewhere_since=table.flag("insured_elsewhere_since"),
    )
    table.finish()
    return found


def read_incapacity(document: Table) -> object:
    """The day on which the incapacity began that led to the invalidity."""
    return document.day("incapacity_began")


def read_applicable(document: Table) -> object:
    """Whose law applied on that day, where the periods do not say it."""
    return document.jurisdiction("applicable_at_incapacity")


def read_old_age_claimed(document: Table) -> object:
    """Whether the person asserts a claim to old-age benefits (Art 46(2))."""
    return document.flag("old_age_claimed")
