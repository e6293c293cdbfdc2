"""Periods that cannot count because they, or a field that is needed, may not be shown."""

from collections.abc import Iterable
from dataclasses import dataclass

from portability.core.agreement import Rules
from portability.core.discrepancy import Discrepancy, DiscrepancyKind
from portability.core.periods import Branch


@dataclass(frozen=True, slots=True, kw_only=True)
class IncompletePeriod:
    """A record by its id and issuer's jurisdiction, and the names of what it needs and hides."""

    id: str
    jurisdiction: str
    withheld: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class HeldBack:
    """An institution that holds more periods than it may show as they are."""

    jurisdiction: str
    institution: str


def held_back_findings(institutions: Iterable[HeldBack], rules: Rules) -> tuple[Discrepancy, ...]:
    """One difference for each institution of which periods are not here, in order."""
    return tuple(
        Discrepancy(
            kind=DiscrepancyKind.HELD_BACK,
            jurisdiction=one.jurisdiction,
            records=(),
            detail=f"{one.institution} in {one.jurisdiction} holds more periods that reach into "
            "the days asked for, but may not show them as they are; they do not count",
            action="Ask the person for a permission that covers these periods whole, then ask "
            "for the history again, for all of those days.",
            article=rules.cite("aggregation")[0],
        )
        for one in sorted(institutions)
    )


def withheld_findings(
    incomplete: Iterable[IncompletePeriod], branch: Branch, rules: Rules
) -> tuple[Discrepancy, ...]:
    """One difference for each record that does not count for want of a field, by record id."""
    return tuple(
        Discrepancy(
            kind=DiscrepancyKind.FIELDS_WITHHELD,
            jurisdiction=one.jurisdiction,
            records=(one.id,),
            detail=f"the record is shown without {', '.join(one.withheld)}, which {branch.value} "
            "needs; it does not count",
            action="Ask the person to allow these fields, then ask for the history again.",
            article=rules.cite("aggregation")[0],
        )
        for one in sorted(incomplete, key=lambda one: one.id)
    )
