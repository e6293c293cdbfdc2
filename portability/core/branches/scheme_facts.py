"""Keys of a scheme that branches other than pensions read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from portability.core.document import Table
from portability.core.money import Money
from portability.core.periods import Duration
from portability.core.reading import read_duration
from portability.core.scheme import Scheme


class Condition(StrEnum):
    """Which periods a law on unemployment asks for (883/2004 Art 61(1))."""

    INSURANCE = "insurance"
    EMPLOYMENT = "employment"


class LegislationType(StrEnum):
    """Invalidity law whose amount does not depend on duration (A), or any other (B); Art 44(1)."""

    A = "A"
    B = "B"


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchFacts:
    """
    What a law provides outside the pension formulas.

    ``amount`` is the benefit once the conditions are met; else it is ``salary_share`` of the
    salary, averaged over ``reference_months`` if the law does so, within ``minimum`` and
    ``maximum``. ``durations`` are pairs: from so long a period of insurance on, the benefit lasts
    so long. ``converts_on`` is the day on which an invalidity benefit becomes an old-age one;
    ``still_entitled`` keeps a right under type A law elsewhere (Art 44(3)).
    """

    amount: Money | None
    salary_share: Fraction | None
    reference_months: int | None
    minimum: Money | None
    maximum: Money | None
    condition: Condition
    durations: tuple[tuple[Duration, Duration], ...]
    special_non_contributory: bool
    legislation_type: LegislationType | None
    converts_on: date | None
    still_entitled: bool


_KEY = "branch"
NO_FACTS = BranchFacts(
    amount=None,
    salary_share=None,
    reference_months=None,
    minimum=None,
    maximum=None,
    condition=Condition.INSURANCE,
    durations=(),
    special_non_contributory=False,
    legislation_type=None,
    converts_on=None,
    still_entitled=False,
)


def facts_of(scheme: Scheme) -> BranchFacts:
    """The facts of a scheme; those of a scheme that states none if it states none."""
    found = scheme.facts.get(_KEY, NO_FACTS)
    assert isinstance(found, BranchFacts)  # noqa: S101  # by its reader
    return found


def with_facts(scheme: Scheme, facts: BranchFacts) -> Scheme:
    """A scheme that states these facts."""
    return replace(scheme, facts=MappingProxyType({**scheme.facts, _KEY: facts}))


def read_branch_facts(table: Table) -> Mapping[str, object]:
    """The keys of ``[scheme.XX]`` that make up the facts, under the key of ``facts_of``."""
    share = Fraction(table.exact("salary_share")) if "salary_share" in table else None
    if share is not None and share <= 0:
        table.refuse("salary_share", "must be more than zero")
    months = table.optional_integer("reference_months")
    if months is not None and months <= 0:
        table.refuse("reference_months", "must be more than zero")
    found = BranchFacts(
        amount=table.optional_money("amount"),
        salary_share=share,
        reference_months=months,
        minimum=table.optional_money("minimum_amount"),
        maximum=table.optional_money("maximum_amount"),
        condition=table.choice("condition", Condition, default=Condition.INSURANCE),
        durations=tuple(_read_duration_row(row) for row in table.tables("duration")),
        special_non_contributory=table.flag("special_non_contributory"),
        legislation_type=table.choice("legislation_type", LegislationType)
        if "legislation_type" in table
        else None,
        converts_on=table.optional_day("converts_on"),
        still_entitled=table.flag("still_entitled"),
    )
    limits = (found.minimum, found.maximum)
    if len({limit.currency for limit in limits if limit is not None}) > 1:
        table.refuse("maximum_amount", "is in another currency than minimum_amount")
    if found.amount is not None and share is not None:
        table.refuse("amount", "contradicts salary_share, which calculates it")
    return {} if found == NO_FACTS else {_KEY: found}


def _read_duration_row(table: Table) -> tuple[Duration, Duration]:
    found = (read_duration(table.table("periods")), read_duration(table.table("benefit")))
    table.finish()
    return found
