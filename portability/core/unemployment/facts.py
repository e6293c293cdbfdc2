"""The tables of a case file about unemployment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import cast

from portability.core.document import Table
from portability.core.money import Money, parse_money
from portability.core.periods import Period
from portability.core.reading import read_period


class Extent(StrEnum):
    """Whether the whole work was lost (883/2004 Art 65(1) and (2))."""

    WHOLLY = "wholly"
    PARTIALLY = "partially"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unemployed:
    """
    The person's situation; ``last_activity`` is None where the periods say it.

    ``frontier`` says that the person returned home at least weekly; ``returned`` that a person
    who did not is back in, or never left, the state of residence. ``covered_at_home`` is False if
    the state of residence has notified that it cannot insure this category of self-employed
    persons (Art 65a(1)).
    """

    extent: Extent
    last_activity: str | None
    frontier: bool
    returned: bool
    self_employed: bool
    covered_at_home: bool


NOT_STATED = Unemployed(
    extent=Extent.WHOLLY,
    last_activity=None,
    frontier=True,
    returned=True,
    self_employed=False,
    covered_at_home=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uninsured:
    """Work without insurance, and where it would have been insured (Art 61(1))."""

    period: Period
    would_be_insured_in: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """
    Looking for work in another state (Art 64).

    ``registered`` is the first day as a person seeking work at home, ``left`` the day on which
    the person ceased to be available there, ``registered_abroad`` the day of registration there.
    ``months`` are those that the institution granted; ``earlier_months`` those used already since
    the last employment.
    """

    to: str
    registered: date
    left: date
    registered_abroad: date
    early_departure_authorised: bool
    late_registration_accepted: bool
    months: int | None
    earlier_months: int
    entitlement_ends: date | None
    returned: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """
    What the state of residence paid and asks back (Art 65(6) and (7)).

    ``paid`` are the amounts month by month, empty if each is the benefit; ``months_paid`` their
    number, None if the benefit was paid for as long as the refund. ``exported_months`` were paid
    under Art 64 already. ``worked_months`` replaces what the periods say.
    """

    paid: tuple[Money, ...]
    months_paid: int | None
    exported_months: int
    worked_months: int | None


NO_REFUND_FACTS = Refund(paid=(), months_paid=None, exported_months=0, worked_months=None)


def unemployed_in(facts: Mapping[str, object]) -> Unemployed:
    return cast("Unemployed", facts.get("unemployed", NOT_STATED))


def refund_in(facts: Mapping[str, object]) -> Refund:
    return cast("Refund", facts.get("refund", NO_REFUND_FACTS))


def uninsured_in(facts: Mapping[str, object]) -> tuple[Uninsured, ...]:
    return cast("tuple[Uninsured, ...]", facts.get("uninsured", ()))


def read_unemployed(document: Table) -> object:
    """The table ``unemployed``."""
    table = document.table("unemployed")
    found = Unemployed(
        extent=table.choice("extent", Extent, default=Extent.WHOLLY),
        last_activity=table.optional_jurisdiction("last_activity"),
        frontier=table.flag("frontier", default=True),
        returned=table.flag("returned", default=True),
        self_employed=table.flag("self_employed"),
        covered_at_home=table.flag("covered_at_home", default=True),
    )
    table.finish()
    return found


def read_uninsured(document: Table) -> object:
    """The tables ``uninsured``: a period, and ``would_be_insured_in``."""
    return tuple(
        Uninsured(
            would_be_insured_in=table.jurisdictions("would_be_insured_in"),
            period=read_period(table, f"uninsured {number}"),
        )
        for number, table in enumerate(document.tables("uninsured"), start=1)
    )


def read_export(document: Table) -> object:
    """The table ``export``."""
    table = document.table("export")
    found = Export(
        to=table.jurisdiction("to"),
        registered=table.day("registered"),
        left=table.day("left"),
        registered_abroad=table.day("registered_abroad"),
        early_departure_authorised=table.flag("early_departure_authorised"),
        late_registration_accepted=table.flag("late_registration_accepted"),
        months=_count(table, "months"),
        earlier_months=_count(table, "earlier_months") or 0,
        entitlement_ends=table.optional_day("entitlement_ends"),
        returned=table.optional_day("returned"),
    )
    table.finish()
    if found.left < found.registered:
        table.refuse("left", "lies before registered")
    if found.registered_abroad < found.left:
        table.refuse("registered_abroad", "lies before left")
    return found


def read_refund(document: Table) -> object:
    """The table ``refund``."""
    table = document.table("refund")
    found = Refund(
        paid=tuple(table.parse("paid", parse_money, text) for text in table.texts("paid")),
        months_paid=_count(table, "months_paid"),
        exported_months=_count(table, "exported_months") or 0,
        worked_months=_count(table, "worked_months"),
    )
    table.finish()
    if len({amount.currency for amount in found.paid}) > 1:
        table.refuse("paid", "holds amounts in several currencies")
    if "paid" not in table:
        return found
    if found.months_paid is not None:
        table.refuse("months_paid", "contradicts paid, which lists the months")
    return replace(found, months_paid=len(found.paid))  # an empty list: nothing was paid


def _count(table: Table, key: str) -> int | None:
    found = table.optional_integer(key)
    if found is not None and found < 0:
        table.refuse(key, "must not be negative")
    return found
