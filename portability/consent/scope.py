"""
What may be seen: sets of (branch, datatype, action, field, day), written as grants.

A grant is the product of its lists and its closed span of days; several grants are the union of
theirs. Source: formats.md, §6, the gate's row "data"; branches are those of 883/2004 Art 3(1).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import product
from math import prod
from typing import Final

from portability.consent.reading import check_country, check_distinct, check_name, refuse
from portability.core.periods import Branch

MAX_GRANTS: Final = 32
MAX_CELLS: Final = 4096
"""Both bound the work that one consent or request can ask of a gate."""

_DAY = timedelta(days=1)


class Action(StrEnum):
    """What the requester may do with a field."""

    VIEW = "VIEW"
    STORE = "STORE"
    VERIFY_ONLY = "VERIFY_ONLY"


class Dimension(StrEnum):
    """In which respect one scope lies outside another; the order is that of the checks."""

    BRANCH = "branch"
    DATATYPE = "datatype"
    ACTION = "action"
    FIELD = "field"
    PERIOD = "period"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Party:
    """An institution of a jurisdiction, or its node where ``institution`` is empty."""

    jurisdiction: str
    institution: str = ""

    def __post_init__(self) -> None:
        check_country(self.jurisdiction, field="jurisdiction")
        if self.institution:
            check_name(self.institution, field="institution")

    @property
    def node(self) -> "Party":
        """The node that serves this party."""
        return Party(jurisdiction=self.jurisdiction)

    def __str__(self) -> str:
        return f"{self.jurisdiction}/{self.institution or 'node'}"


@lru_cache(maxsize=4096)
def party_of(jurisdiction: str, institution: str) -> Party:
    """The party of that name, checked once: a history names one hundreds of times."""
    return Party(jurisdiction=jurisdiction, institution=institution)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """
    One item of what is asked or allowed; both dates belong to it.

    Raises InvalidInputError if a list is empty or too long or holds something twice or not a plain
    name (there is no wildcard), or if the span ends before it starts.
    """

    branches: tuple[Branch, ...]
    datatypes: tuple[str, ...]
    actions: tuple[Action, ...]
    fields: tuple[str, ...]
    from_date: date
    to_date: date

    def __post_init__(self) -> None:
        _check_lists(self.branches, self.datatypes, self.actions, self.fields)
        if self.to_date < self.from_date:
            raise refuse("period", "ends before it starts")


@lru_cache(maxsize=1024)
def _check_lists(
    branches: tuple[Branch, ...],
    datatypes: tuple[str, ...],
    actions: tuple[Action, ...],
    fields: tuple[str, ...],
) -> None:
    """Checked once where it holds: each record of a history is held against the same lists."""
    check_distinct(branches, field="branches")
    check_distinct(datatypes, field="datatypes")
    check_distinct(actions, field="actions")
    check_distinct(fields, field="fields")
    for name in (*datatypes, *fields):
        check_name(name, field="datatypes and fields")


Cell = tuple[Branch, str, Action, str]
Span = tuple[date, date]


def check_grants(grants: Sequence[Grant], *, field: str) -> None:
    """At least one grant and no more than a gate should have to look at."""
    if not 1 <= len(grants) <= MAX_GRANTS:
        raise refuse(field, f"does not hold 1 to {MAX_GRANTS} grants")
    if sum(_size(grant) for grant in grants) > MAX_CELLS:
        raise refuse(field, "names more combinations than can be checked; split it up")


def intersect(first: Sequence[Grant], second: Sequence[Grant]) -> tuple[Grant, ...]:
    """What both allow; empty if nothing."""
    found = (_overlap(one, other) for one, other in product(first, second))
    return tuple(dict.fromkeys(grant for grant in found if grant is not None))


def narrow_to_branches(grants: Sequence[Grant], branches: Sequence[Branch]) -> tuple[Grant, ...]:
    """What is left of the grants in these branches alone."""
    kept = (
        (grant, tuple(branch for branch in grant.branches if branch in branches))
        for grant in grants
    )
    return tuple(replace(grant, branches=left) for grant, left in kept if left)


def covers(outer: Sequence[Grant], inner: Sequence[Grant]) -> bool:
    """Whether everything that ``inner`` allows is allowed by ``outer``, day by day."""
    return first_excess(inner, outer) is None


def first_excess(inner: Sequence[Grant], outer: Sequence[Grant]) -> tuple[Dimension, str] | None:
    """The first thing in ``inner`` that ``outer`` does not allow, with its name; None if none."""
    for grant in inner:
        if any(_contains(one, grant) for one in outer):
            continue  # as is mostly so, and then no days need be added up
        for cell in _cells(grant):
            spans = _spans(outer, cell)
            if not _within((grant.from_date, grant.to_date), spans):
                return _excess(cell, outer)
    return None


def days_of_each(outer: Sequence[Grant], inner: Grant) -> tuple[Span, ...]:
    """
    The days of each grant that allows by itself all that ``inner`` names, on whatever days.

    Within one of these spans ``outer`` covers it; elsewhere it may, by several grants together.
    """
    return tuple(
        (one.from_date, one.to_date) for one in outer if _contains_but_for_days(one, inner)
    )


def outside(inner: Grant, outer: Sequence[Grant]) -> Dimension:
    """In which respect a grant lies outside others with which it has nothing in common."""
    left = list(outer)
    for dimension in (Dimension.BRANCH, Dimension.DATATYPE, Dimension.ACTION, Dimension.FIELD):
        wanted = set(_values(inner, dimension))
        left = [grant for grant in left if wanted.intersection(_values(grant, dimension))]
        if not left:
            return dimension
    return Dimension.PERIOD


def _excess(cell: Cell, outer: Sequence[Grant]) -> tuple[Dimension, str]:
    left = list(outer)
    for dimension, value in zip(Dimension, cell, strict=False):
        left = [grant for grant in left if value in _values(grant, dimension)]
        if not left:
            return dimension, str(value)
    return Dimension.PERIOD, "of the data"


def _values(grant: Grant, dimension: Dimension) -> tuple[str, ...]:
    values: dict[Dimension, tuple[str, ...]] = {
        Dimension.BRANCH: grant.branches,
        Dimension.DATATYPE: grant.datatypes,
        Dimension.ACTION: grant.actions,
        Dimension.FIELD: grant.fields,
    }
    return values[dimension]


def _size(grant: Grant) -> int:
    lists = (grant.branches, grant.datatypes, grant.actions, grant.fields)
    return prod(len(items) for items in lists)


def _cells(grant: Grant) -> Iterator[Cell]:
    return product(grant.branches, grant.datatypes, grant.actions, grant.fields)


def _contains(outer: Grant, inner: Grant) -> bool:
    """Whether one grant by itself allows all of another."""
    return (
        outer.from_date <= inner.from_date
        and inner.to_date <= outer.to_date
        and _contains_but_for_days(outer, inner)
    )


def _contains_but_for_days(outer: Grant, inner: Grant) -> bool:
    return (
        all(name in outer.fields for name in inner.fields)
        and all(name in outer.datatypes for name in inner.datatypes)
        and all(action in outer.actions for action in inner.actions)
        and all(branch in outer.branches for branch in inner.branches)
    )


def _spans(grants: Sequence[Grant], cell: Cell) -> list[Span]:
    """The days that the grants allow for one cell, as spans that neither overlap nor touch."""
    branch, datatype, action, field = cell
    found = sorted(
        (grant.from_date, grant.to_date)
        for grant in grants
        if branch in grant.branches
        and datatype in grant.datatypes
        and action in grant.actions
        and field in grant.fields
    )
    merged: list[Span] = []
    for start, end in found:
        # compared by subtraction: there is no day after 9999-12-31
        if merged and start - merged[-1][1] <= _DAY:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _within(span: Span, spans: Sequence[Span]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in spans)


def _overlap(one: Grant, other: Grant) -> Grant | None:
    branches = tuple(item for item in one.branches if item in other.branches)
    datatypes = tuple(item for item in one.datatypes if item in other.datatypes)
    actions = tuple(item for item in one.actions if item in other.actions)
    fields = tuple(item for item in one.fields if item in other.fields)
    start = max(one.from_date, other.from_date)
    end = min(one.to_date, other.to_date)
    if not (branches and datatypes and actions and fields and start <= end):
        return None
    return Grant(
        branches=branches,
        datatypes=datatypes,
        actions=actions,
        fields=fields,
        from_date=start,
        to_date=end,
    )
