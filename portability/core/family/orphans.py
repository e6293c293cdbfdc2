"""Additional family benefits for orphans (883/2004 Art 69(1))."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import cast

from portability.core.aggregation import in_unit
from portability.core.agreement import Rules
from portability.core.family.facts import OrphanBenefit
from portability.core.family.settling import Family, insured_months
from portability.core.measure import Entry
from portability.core.money import Money
from portability.core.ruling import Line, Ruling
from portability.core.units import Unit
from portability.errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    benefit: OrphanBenefit
    why: str


def with_orphans(
    rulings: Sequence[Ruling],
    family: Family,
    facts: Mapping[str, object],
    entries: Sequence[Entry],
    rules: Rules,
) -> tuple[Ruling, ...]:
    """
    The rulings with the benefit for orphans, which one state pays beside the family benefits.

    That is the state whose law Art 67 and 68 designate, if it grants one; failing that the state to
    whose law the deceased person was subject longest of those that do. Of equal lengths the first
    code. Raises InvalidInputError naming the key if a length or the currency is missing.
    """
    granted = cast("tuple[OrphanBenefit, ...]", facts.get("orphan_benefit", ()))
    if not granted:
        return tuple(rulings)
    for number, item in enumerate(granted, start=1):
        _check(item, f"orphan_benefit[{number}]", rulings, rules)
    chosen = _choose(granted, family, entries, rules)
    code, amount = chosen.benefit.jurisdiction, chosen.benefit.amount
    line = Line(
        text=f"pays the additional benefit for orphans: {chosen.why}",
        number=str(amount),
        articles=rules.cite("family_orphans"),
    )
    found = [_added(item, amount, line) if item.jurisdiction == code else item for item in rulings]
    if all(item.jurisdiction != code for item in rulings):
        found.append(_alone(code, amount, line, rules))
    return tuple(found)


def _check(item: OrphanBenefit, key: str, rulings: Sequence[Ruling], rules: Rules) -> None:
    if item.jurisdiction not in rules.parties:
        raise InvalidInputError(
            f"{key}.jurisdiction: {item.jurisdiction} is not a party to {rules.agreement} on "
            f"{rules.day}",
            field=f"{key}.jurisdiction",
        )
    paid = {ruling.payable for ruling in rulings if ruling.jurisdiction == item.jurisdiction}
    other = {amount.currency for amount in paid if amount is not None} - {item.amount.currency}
    if other:
        raise InvalidInputError(
            f"{key}.amount: is in another currency than {min(other)}, in which "
            f"{item.jurisdiction} pays",
            field=f"{key}.amount",
        )


def _choose(
    granted: Sequence[OrphanBenefit], family: Family, entries: Sequence[Entry], rules: Rules
) -> _Chosen:
    designated = {item.priority for item in family.groups}
    own = [item for item in granted if item.jurisdiction in designated]
    if own:
        first = min(own, key=lambda item: item.jurisdiction)
        return _Chosen(benefit=first, why="its law has priority and grants one")
    lengths = {item.jurisdiction: _length(item, entries, rules) for item in granted}
    if len(granted) > 1 and not all(lengths.values()):
        raise InvalidInputError(
            "orphan_benefit: say how long the deceased person was subject to each law; who pays "
            "depends on it",
            field="orphan_benefit",
        )
    longest = min(granted, key=lambda item: (-lengths[item.jurisdiction], item.jurisdiction))
    return _Chosen(
        benefit=longest,
        why="no law with priority grants one, and the deceased person was subject longest to this "
        "of those that do",
    )


def _length(item: OrphanBenefit, entries: Sequence[Entry], rules: Rules) -> Fraction:
    """Months, as stated or by the periods of the deceased person."""
    if item.length is not None:
        return in_unit(item.length, Unit.MONTHS, rules)
    held = [entry for entry in entries if entry[0].jurisdiction == item.jurisdiction]
    return insured_months(item.jurisdiction, held, rules)


def _added(ruling: Ruling, amount: Money, line: Line) -> Ruling:
    """The benefit beside the family benefits of the same state."""
    payable = amount if ruling.payable is None else ruling.payable + amount
    basis = cast("list[str]", ruling.facts.get("basis", []))
    last = replace(ruling.lines[-1], number=str(payable))
    return replace(
        ruling,
        facts={
            **ruling.facts,
            "payable": str(payable),
            "orphan_benefit": str(amount),
            "basis": [*basis, *line.articles],
        },
        lines=(*ruling.lines[:-1], line, last),
        payable=payable,
    )


def _alone(code: str, amount: Money, line: Line, rules: Rules) -> Ruling:
    """A state that owes nothing but this benefit."""
    return Ruling(
        jurisdiction=code,
        facts={
            "priority": False,
            "payable": str(amount),
            "paid_as": "orphan-benefit",
            "orphan_benefit": str(amount),
            "basis": list(line.articles),
        },
        lines=(
            line,
            Line(
                text="payable each month",
                number=str(amount),
                articles=rules.cite("family_orphans"),
            ),
        ),
        payable=amount,
    )
