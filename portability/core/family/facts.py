"""The tables of a case file about family benefits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from portability.core.document import Table
from portability.core.money import Money, Rounding
from portability.core.periods import Duration
from portability.core.reading import optional_duration

KIND = "family benefits"


class Basis(StrEnum):
    """On what a right rests (883/2004 Art 68(1)(a)); the pack gives their order."""

    ACTIVITY = "activity"
    PENSION = "pension"
    RESIDENCE = "residence"


class Interruption(StrEnum):
    """What may suspend an activity for a time (AC Decision F1); the pack says which count."""

    SICKNESS = "sickness"
    MATERNITY = "maternity"
    ACCIDENT = "accident"
    OCCUPATIONAL_DISEASE = "occupational-disease"
    UNEMPLOYMENT = "unemployment"
    PAID_LEAVE = "paid-leave"
    STRIKE = "strike"
    LOCK_OUT = "lock-out"
    CHILD_RAISING = "child-raising"
    UNPAID_LEAVE = "unpaid-leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanBenefit:
    """
    A right to additional family benefits for orphans under one law (883/2004 Art 69).

    ``amount`` is monthly, for all the children; ``length`` is how long the deceased person was
    subject to that law, None where the periods say it.
    """

    jurisdiction: str
    amount: Money
    length: Duration | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A child and where it lives."""

    name: str
    residence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """
    A right to family benefits under one legislation.

    ``amount`` is monthly, for all the ``children`` together (empty: every child of the file), or
    ``amounts`` by child. Benefits of another ``category``, such as those that replace income while
    a child is brought up, are compared only among themselves. ``length`` is that of insurance or
    residence, for rights that rest on pensions. ``refuses_abroad`` says that the law grants no
    supplement for children elsewhere where the right rests on residence only. ``interruption`` is
    what suspends the activity, None if it goes on; ``replaced`` says that wages or benefits other
    than pensions are payable meanwhile, or that the law deems the leave equivalent to activity.
    """

    jurisdiction: str
    basis: Basis
    amount: Money | None
    amounts: Mapping[str, Money]
    children: tuple[str, ...]
    category: str
    length: Duration | None
    refuses_abroad: bool
    rounding: Rounding
    start: date | None
    end: date | None
    interruption: Interruption | None = None
    replaced: bool = True

    @property
    def given(self) -> tuple[tuple[str, Money], ...]:
        """Every amount, with the key at which the file gives it."""
        together = () if self.amount is None else (("amount", self.amount),)
        return (*together, *((f"amounts.{name}", item) for name, item in self.amounts.items()))

    def holds_on(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """When the other institution was informed of a provisional decision, and if it objected."""

    informed: date
    objection: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """When and to whom a claim was submitted; forwarding it keeps the date (Art 68(3))."""

    on: date
    to: str


def read_children(document: Table) -> object:
    """The tables ``child``."""
    found = tuple(_read_child(table) for table in document.tables("child"))
    names = [item.name for item in found]
    if len(set(names)) != len(names):
        document.refuse("child", "names the same child twice")
    return found


def _read_child(table: Table) -> Child:
    found = Child(name=table.text("name"), residence=table.jurisdiction("residence"))
    table.finish()
    return found


def read_rights(document: Table) -> object:
    """The tables ``right``."""
    known = {table.raw("name") for table in document.tables("child")}
    currencies: dict[str, str] = {}
    return tuple(_read_right(table, known, currencies) for table in document.tables("right"))


def _read_right(table: Table, known: set[object], currencies: dict[str, str]) -> Right:
    """One right; ``currencies`` are those in which each jurisdiction pays, as far as read."""
    inner = table.optional_table("amounts")
    amounts = {} if inner is None else {name: inner.money(name) for name in inner.keys()}  # noqa: SIM118  # no mapping
    found = Right(
        jurisdiction=table.jurisdiction("jurisdiction"),
        basis=table.choice("basis", Basis),
        amount=table.optional_money("amount"),
        amounts=MappingProxyType(amounts),
        children=tuple(amounts) or table.texts("children"),
        category=table.optional_text("category") or KIND,
        length=optional_duration(table, "length"),
        refuses_abroad=table.flag("refuses_abroad"),
        rounding=table.choice("rounding", Rounding, default=Rounding.HALF_UP),
        start=table.optional_day("start"),
        end=table.optional_day("end"),
        interruption=table.choice("interruption", Interruption)
        if "interruption" in table
        else None,
        replaced=table.flag("replaced", default=True),
    )
    table.finish()
    _check(found, table, known)
    for place, amount in found.given:
        currency = currencies.setdefault(found.jurisdiction, amount.currency)
        if amount.currency != currency:
            table.refuse(place, f"is in another currency than {currency}")
    return found


def _check(right: Right, table: Table, known: set[object]) -> None:
    if (right.amount is None) == (not right.amounts):
        table.refuse("amount", "is needed: the amount for all children, or amounts by child")
    for name in right.children:
        if name not in known:
            key = "amounts" if right.amounts else "children"
            table.refuse(key, "names a child that the file does not hold")
    if right.interruption is not None and right.basis is not Basis.ACTIVITY:
        table.refuse("interruption", "is one of an activity; the basis is another")
    if right.start is not None and right.end is not None and right.end < right.start:
        table.refuse("end", "lies before start")


def read_orphan_benefits(document: Table) -> object:
    """The tables ``orphan_benefit``."""
    found = tuple(_read_orphan_benefit(table) for table in document.tables("orphan_benefit"))
    codes = [item.jurisdiction for item in found]
    if len(set(codes)) != len(codes):
        document.refuse("orphan_benefit", "names the same jurisdiction twice")
    return found


def _read_orphan_benefit(table: Table) -> OrphanBenefit:
    found = OrphanBenefit(
        jurisdiction=table.jurisdiction("jurisdiction"),
        amount=table.money("amount"),
        length=optional_duration(table, "length"),
    )
    table.finish()
    return found


def read_position(document: Table) -> object:
    """The table ``position``: a provisional decision on priority (987/2009 Art 60(3))."""
    inner = document.table("position")
    found = Position(informed=inner.day("informed"), objection=inner.optional_day("objection"))
    inner.finish()
    return found


def read_submitted(document: Table) -> object:
    """The table ``submitted``: the first submission of the claim."""
    inner = document.table("submitted")
    found = Submitted(on=inner.day("on"), to=inner.jurisdiction("to"))
    inner.finish()
    return found


def read_disputed(document: Table) -> object:
    """Whether the institutions disagree on priority (987/2009 Art 60(4))."""
    return document.flag("disputed")
