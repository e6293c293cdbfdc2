"""Family benefits: the claims of the day, who pays what, and what the decision rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import cast

from portability.core.aggregation import in_unit
from portability.core.agreement import Rules
from portability.core.discrepancy import Discrepancy, DiscrepancyKind
from portability.core.exchange import Rates, rates_in
from portability.core.family.claims import group_claims
from portability.core.family.facts import Basis, Child, Position, Right, Submitted
from portability.core.family.payments import Settled, settle_group
from portability.core.family.priority import Compared
from portability.core.measure import Counting, Entry, measure
from portability.core.money import exactly
from portability.core.standing import counting_by
from portability.core.time_limits import finality, months_after
from portability.core.units import Unit
from portability.errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOver:
    """
    A group that is paid as on the first of the month, where in it priority changed or a law under
    which a supplement was paid ceased to apply (987/2009 Art 59).

    ``then`` holds the jurisdictions that have priority for its children on the first of the next
    month; it is None where by then everything is as before the change.
    """

    settled: Settled
    then: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The settled groups of a claim, and which of them are held over to ``next_month``, a first."""

    groups: tuple[Settled, ...]
    held_over: tuple[HeldOver, ...]
    next_month: date
    rates: Rates

    def held(self, settled: Settled) -> HeldOver | None:
        """How a group is held over; None for one that is paid by the law of the day."""
        return next((one for one in self.held_over if one.settled == settled), None)

    @property
    def change(self) -> tuple[str, ...] | None:
        """Who has priority from then on for the groups that change; None if none does."""
        changes = [one.then for one in self.held_over if one.then is not None]
        return tuple(sorted({code for then in changes for code in then})) if changes else None


def settle_family(
    facts: Mapping[str, object], entries: Sequence[Entry], rules: Rules, day: date
) -> Family:
    """
    Who pays what on ``day``; raises InvalidInputError if children or rights are missing.

    Whoever paid on the first day of the month, with priority or a supplement, pays to its end
    (987/2009 Art 59). That holds for the children concerned alone: for one for whom nobody paid
    then, such as a newborn, the law of the day does.
    """
    children = cast("tuple[Child, ...]", facts.get("child", ()))
    rights = cast("tuple[Right, ...]", facts.get("right", ()))
    for key, found in (("child", children), ("right", rights)):
        if not found:
            raise InvalidInputError(f"{key}: is missing; family benefits need it", field=key)
    rates = rates_in(facts)
    _check_rights(rights, rates, rules)
    rights = tuple(_by_activity(right, rules) for right in rights)
    ranks = cast("tuple[str, ...]", rules.more["family_priority"])
    compared = Compared(ranks=ranks, rates=rates, lengths=_lengths(rights, entries, rules))
    now = _on(day, children, rights, compared, rules)
    before = _on(day.replace(day=1), children, rights, compared, rules)
    if not now and not before:
        raise InvalidInputError("right: none holds on the award_date", field="right")
    held = _held_over(before, now)
    taken = {key for item in held for key in _keys(item)}
    next_month = months_after(day.replace(day=1), 1)
    then = _on(next_month, children, rights, compared, rules) if held else ()
    return Family(
        groups=_in_order((*held, *(x for x in now if taken.isdisjoint(_keys(x)))), children),
        held_over=tuple(HeldOver(settled=item, then=_next(item, then)) for item in held),
        next_month=next_month,
        rates=rates,
    )


def _next(item: Settled, then: Sequence[Settled]) -> tuple[str, ...] | None:
    """Who comes first for the children of one group, if anything changes for them."""
    if not _held_over([item], then):
        return None
    keys = set(_keys(item))
    return tuple(sorted({one.priority for one in then if not keys.isdisjoint(_keys(one))}))


def _in_order(found: Sequence[Settled], children: Sequence[Child]) -> tuple[Settled, ...]:
    """By category, and in it as the case names the children."""
    places = {child.name: place for place, child in enumerate(children)}
    return tuple(
        sorted(found, key=lambda item: (item.group.category, places[item.group.children[0]]))
    )


def _by_activity(right: Right, rules: Rules) -> Right:
    """
    The right with its basis: a suspended activity still is one where the pack says so.

    For contingencies only while wages or benefits other than pensions are payable, for unpaid leave
    to bring up a child only if the law deems it equivalent (AC Decision F1). Else it rests on
    residence.
    """
    counting = cast("tuple[str, ...]", rules.more["family_activity_interruptions"])
    kept = right.interruption is None or (right.interruption in counting and right.replaced)
    return right if kept else replace(right, basis=Basis.RESIDENCE)


def _check_rights(rights: Sequence[Right], rates: Rates, rules: Rules) -> None:
    """Refuse a right under the law of a third state, and amounts that cannot be compared."""
    currency = rights[0].given[0][1].currency
    for number, right in enumerate(rights, start=1):
        if right.jurisdiction not in rules.parties:
            raise InvalidInputError(
                f"right[{number}].jurisdiction: {right.jurisdiction} is not a party to "
                f"{rules.agreement} on {rules.day}",
                field=f"right[{number}].jurisdiction",
            )
        for key, amount in right.given:
            rates.convert(exactly(amount), currency, key=f"right[{number}].{key}")


def _on(
    day: date,
    children: Sequence[Child],
    rights: Sequence[Right],
    compared: Compared,
    rules: Rules,
) -> tuple[Settled, ...]:
    held = [right for right in rights if right.holds_on(day)]
    percent = cast("int", rules.more["family_refund_percent"])
    groups = group_claims(children, held, compared.ranks)
    return tuple(settle_group(group, compared, percent) for group in groups)


def _keys(item: Settled) -> tuple[tuple[str, str], ...]:
    """Each child of a group, with the category of its benefits."""
    return tuple((item.group.category, child) for child in item.group.children)


def _held_over(before: Sequence[Settled], now: Sequence[Settled]) -> tuple[Settled, ...]:
    """Groups with a child for whom another state has priority by now, or a payer ceased to."""
    later = {key: item for item in now for key in _keys(item)}
    return tuple(
        item for item in before if any(_changed(item, later.get(key)) for key in _keys(item))
    )


def _changed(before: Settled, now: Settled | None) -> bool:
    if now is None or now.priority != before.priority:
        return True
    left = {payment.entitled.jurisdiction for payment in now.payments}
    paid = {item.entitled.jurisdiction for item in before.payments if item.payable.minor > 0}
    return not paid <= left


def _lengths(
    rights: Sequence[Right], entries: Sequence[Entry], rules: Rules
) -> Mapping[str, Fraction]:
    """Months of insurance or residence by jurisdiction: as stated, else from the periods."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry[0].jurisdiction, []).append(entry)
    lengths = {code: insured_months(code, held, rules) for code, held in found.items()}
    for right in rights:
        if right.length is not None:
            lengths[right.jurisdiction] = in_unit(right.length, Unit.MONTHS, rules)
    return MappingProxyType(lengths)


def insured_months(code: str, held: Sequence[Entry], rules: Rules) -> Fraction:
    """Months in these entries of a state, its dates measured as it certifies them."""
    counting = counting_by(rules, ()).get(code, Counting.EXACT)
    return measure(held, Unit.MONTHS, rules.conversion, counting).exact


def standing_of(
    facts: Mapping[str, object], family: Family, rules: Rules, day: date
) -> dict[str, object]:
    """What the document says about the claim as a whole, beside the jurisdictions."""
    document: dict[str, object] = {}
    priorities = sorted({item.priority for item in family.groups})
    document["priority"] = priorities[0] if len(priorities) == 1 else priorities
    change = family.change
    if change is not None:
        document["changes_on"] = family.next_month.isoformat()
        document["changes_to"] = list(change)
        document["change_basis"] = list(rules.cite("family_change"))
    submitted = facts.get("submitted")
    if isinstance(submitted, Submitted):
        document["claim_date"] = submitted.on.isoformat()
        document["claim_basis"] = list(rules.cite("family_claim"))
    position = facts.get("position")
    if isinstance(position, Position):
        months = cast("int", rules.more["family_position_months"])
        state = finality(position.informed, position.objection, day, months)
        document["state"] = state.value
        document["position_until"] = months_after(position.informed, months).isoformat()
        document["state_basis"] = list(rules.cite("family_position"))
    if facts.get("disputed"):
        document["provisionally"] = sorted({item.group.residence for item in family.groups})
        document["provisional_basis"] = list(rules.cite("family_provisional"))
    return document


def family_findings(family: Family, rules: Rules) -> tuple[Discrepancy, ...]:
    """Groups whose priority the text does not decide, and refunds among more than two states."""
    found: list[Discrepancy] = []
    for item in family.groups:
        first = item.payments[0].ranked
        if first.open:
            found.append(
                _finding(
                    item,
                    "every right rests on residence, but none is that of the children's residence; "
                    "the highest amount is paid for now",
                    rules.cite("family_residence")[0],
                )
            )
        active = [x for x in item.payments if x.entitled.basis is Basis.ACTIVITY]
        if first.by_amount and len(active) > 2:  # noqa: PLR2004  # Art 58 speaks of two
            found.append(
                _finding(
                    item,
                    "more than two states grant benefits because of activity; the refund is asked "
                    "of the one with the second highest amount",
                    rules.cite("family_refund")[0],
                )
            )
    return tuple(found)


def _finding(item: Settled, detail: str, article: str) -> Discrepancy:
    return Discrepancy(
        kind=DiscrepancyKind.PRIORITY_UNDETERMINED,
        jurisdiction=item.priority,
        records=(),
        detail=detail,
        action="Agree with the other institutions on who pays.",
        article=article,
    )
