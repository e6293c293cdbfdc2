"""
Invalidity under laws of type A and type B (883/2004 Art 44 to 48).

Type A: the amount does not depend on the length of insurance, and one state pays alone. As soon as
a law of type B takes part, the chapter on old-age pensions applies.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import cast

from portability.core import benefits
from portability.core.aggregation import reaches
from portability.core.agreement import Pack, Rules
from portability.core.benefits import Settlement
from portability.core.branches.benefit import benefit_of
from portability.core.branches.invalidity_facts import Aggravation, Degree
from portability.core.branches.scheme_facts import LegislationType, facts_of
from portability.core.discrepancy import Discrepancy, DiscrepancyKind
from portability.core.entitlement import Entitlement, Note, PaidAs, Reason
from portability.core.exchange import rates_in
from portability.core.findings import record_findings
from portability.core.methods.claim import (
    Claim,
    nothing,
    of_own_law,
    paying,
    rounded,
    with_right,
)
from portability.core.money import exactly
from portability.core.overlap import unique
from portability.core.periods import Branch, Period
from portability.core.scheme import Circumstances, Scheme
from portability.core.totals import total_by_currency
from portability.errors import InvalidInputError


def has_types(schemes: Sequence[Scheme], rules: Rules) -> bool:
    """Whether the case says of which type its laws are, and the agreement tells them apart."""
    return "invalidity_type_a" in rules.articles and any(
        facts_of(scheme).legislation_type is not None for scheme in schemes
    )


def settle_invalidity(
    periods: Iterable[Period],
    schemes: Sequence[Scheme],
    pack: Pack,
    award_date: date,
    circumstances: Circumstances,
) -> Settlement:
    """
    Who pays for an invalidity that began on ``incapacity_began`` (the award date if not given).

    Raises InvalidInputError if a type, or the law that applied then, is not known.
    """
    for scheme in schemes:
        if facts_of(scheme).legislation_type is None:
            raise InvalidInputError(
                f"scheme.{scheme.jurisdiction}: say legislation_type, A or B (883/2004 Art 44(1))",
                field="legislation_type",
            )
    claim = Claim(
        rules=pack.rules_on(award_date),
        branch=Branch.INVALIDITY,
        periods=tuple(unique(periods)),
        schemes=tuple(_by_degree(scheme, circumstances) for scheme in schemes),
        circumstances=circumstances,
    )
    plan = _plan(claim)
    for jurisdiction in _of_unknown_type(claim, plan):
        claim.note(_type_unknown(jurisdiction, plan, claim))
    settlement = _one_state(claim, plan) if plan.alone else _chapter_five(claim, plan, pack)
    return _aggravated(settlement, claim)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """``current`` is the law at the time of the incapacity; ``alone`` if only it pays."""

    current: str
    alone: bool
    steps: tuple[str, ...]


def _plan(claim: Claim) -> _Plan:
    current = _current(claim)
    payer = next((item for item in claim.schemes if item.jurisdiction == current), None)
    subject_to = _subject_to(claim, current)
    mixed = any(
        _type(item) is LegislationType.B and item.jurisdiction in subject_to
        for item in claim.schemes
    )
    if payer is not None and _is_converted(payer, claim):
        steps = ("invalidity_until_old_age",) if not mixed else ("invalidity_type_b",)
        return _Plan(current=current, alone=False, steps=steps)
    aggravation = claim.circumstances.facts.get("aggravation")
    if isinstance(aggravation, Aggravation) and (aggravation.insured_elsewhere_since or mixed):
        return _Plan(current=current, alone=False, steps=("invalidity_aggravation",))
    if not mixed:
        return _Plan(current=current, alone=True, steps=("invalidity_type_a",))
    if payer is not None and _keeps_type_a(payer, claim):
        return _Plan(current=current, alone=True, steps=("invalidity_a_after_b",))
    return _Plan(current=current, alone=False, steps=("invalidity_type_b",))


def _type(scheme: Scheme) -> LegislationType | None:
    return facts_of(scheme).legislation_type


def _subject_to(claim: Claim, current: str) -> set[str]:
    """Under whose laws the person was; others that the case describes decide nothing (Art 44)."""
    return {current, *(record.jurisdiction for record in claim.periods)}


def _of_unknown_type(claim: Claim, plan: _Plan) -> list[str]:
    """
    The laws that the case does not describe, where their type decides.

    Beside laws of type A alone, any other; beside one of type B that at the time of the incapacity,
    under which Art 46(2) may let one state pay.
    """
    decides = set()
    if plan.steps == ("invalidity_type_a",):
        decides = _subject_to(claim, plan.current)
    elif plan.steps == ("invalidity_type_b",):
        decides = {plan.current}
    return sorted(decides - {item.jurisdiction for item in claim.schemes})


def _is_converted(scheme: Scheme, claim: Claim) -> bool:
    """Whether the invalidity benefit has become an old-age one by the award date (Art 48)."""
    converts_on = facts_of(scheme).converts_on
    return converts_on is not None and converts_on <= claim.rules.day


def _current(claim: Claim) -> str:
    """Whose law applied when the incapacity began: as stated, else by the periods of that day."""
    facts = claim.circumstances.facts
    stated = facts.get("applicable_at_incapacity")
    if isinstance(stated, str):
        return stated
    began = cast("date", facts.get("incapacity_began", claim.rules.day)).toordinal()
    found = [
        (piece.last, record.jurisdiction)
        for record, pieces in claim.plain().records
        for piece in pieces
        if piece.counts
        and piece.first is not None
        and piece.last is not None
        and piece.first <= began
    ]
    if not found:
        raise InvalidInputError(
            "applicable_at_incapacity: say whose law applied when the incapacity began; no period "
            "shows it",
            field="applicable_at_incapacity",
        )
    return max(found)[1]  # a day counts in one state only: that of the day, else the last before it


def _keeps_type_a(payer: Scheme, claim: Claim) -> bool:
    """Type A cover after type B, with a right that needs no type B periods (Art 46(2))."""
    if _type(payer) is not LegislationType.A or claim.circumstances.facts.get("old_age_claimed"):
        return False
    same = {item.jurisdiction for item in claim.schemes if _type(item) is LegislationType.A}
    only = replace(claim, periods=tuple(x for x in claim.periods if x.jurisdiction in same))
    total = only.standing(payer).qualifying.total
    return payer.conditions_met and reaches(total, payer.minimum, payer.unit, claim.rules)


def _by_degree(scheme: Scheme, circumstances: Circumstances) -> Scheme:
    """A decision on the degree of invalidity binds where laws are concordant (Art 46(3))."""
    degrees = cast("tuple[Degree, ...]", circumstances.facts.get("degree", ()))
    for degree in degrees:
        if scheme.jurisdiction in {degree.jurisdiction, *degree.binds}:
            return replace(scheme, conditions_met=degree.recognised)
    return scheme


def _one_state(claim: Claim, plan: _Plan) -> Settlement:
    """The law at the time of the incapacity pays alone, else those under which a right is left."""
    entitled = {
        index: _pay(item, claim, plan.steps)
        for index, item in enumerate(claim.schemes)
        if item.jurisdiction == plan.current
    }
    refused = all(item.reason is not None for item in entitled.values())
    found = [
        entitled.get(index) or _other(item, claim, plan, refused=refused)
        for index, item in enumerate(claim.schemes)
    ]
    plain = claim.plain()
    return Settlement(
        rules=claim.rules,
        branch=claim.branch,
        resolution=plain,
        entitlements=tuple(found),
        payable_total=MappingProxyType(total_by_currency(found)),
        discrepancies=plain.discrepancies
        + record_findings(plain.records, claim.rules)
        + tuple(claim.found),
        facts=MappingProxyType({"competent": plan.current}),
    )


def _other(scheme: Scheme, claim: Claim, plan: _Plan, *, refused: bool) -> Entitlement:
    if refused and facts_of(scheme).still_entitled:
        return _pay(scheme, claim, ("invalidity_still_entitled",))
    found = nothing(claim.standing(scheme), claim, Reason.OTHER_PAYS, *plan.steps)
    text = f"The law of {plan.current} applied when the incapacity began, so {plan.current} pays "
    text += "alone, whatever the length of insurance elsewhere"
    return replace(found, notes=(Note(text=text, articles=claim.rules.cite(*plan.steps)),))


def _pay(scheme: Scheme, claim: Claim, steps: tuple[str, ...]) -> Entitlement:
    """The full benefit of one law, foreign periods counting towards its qualifying period."""
    standing = with_right(claim.standing(scheme), claim.rules)
    alone = standing.alone
    steps = steps if alone else (*steps, "invalidity_aggregation")
    if not scheme.conditions_met or not standing.together:
        reason = Reason.MINIMUM_NOT_MET if scheme.conditions_met else Reason.CONDITIONS_NOT_MET
        return nothing(standing, claim, reason, *steps)
    benefit = benefit_of(scheme, standing, claim, scheme.jurisdiction, "cash_income")
    text = f"{scheme.jurisdiction} pays alone, whatever the length of insurance"
    paid = rounded(benefit.amount, scheme)
    return paying(
        standing,
        claim,
        paid=paid,
        independent=of_own_law(paid, alone=alone),
        paid_as=PaidAs.INDEPENDENT,
        steps=steps,
        details={"legislation_type": cast("LegislationType", _type(scheme)).value},
        notes=[Note(text=text, articles=claim.rules.cite(*steps)), *benefit.notes],
    )


def _chapter_five(claim: Claim, plan: _Plan, pack: Pack) -> Settlement:
    """Every state pays as for old age (Art 46(1), 47(1)(a), 48(3))."""
    settlement = benefits.settle(
        claim.periods,
        [_as_pension(item, plan.current) for item in claim.schemes],
        pack,
        Branch.INVALIDITY,
        claim.rules.day,
        circumstances=claim.circumstances,
    )
    found = tuple(_labelled(item, claim, plan) for item in settlement.entitlements)
    return replace(
        settlement,
        entitlements=found,
        discrepancies=settlement.discrepancies + tuple(claim.found),
    )


def _as_pension(scheme: Scheme, current: str) -> Scheme:
    """A law with one amount for everybody, in the terms of the chapter on pensions."""
    amount = facts_of(scheme).amount
    if amount is None:
        return scheme
    return replace(
        scheme,
        theoretical=scheme.theoretical or amount,
        independent=amount if scheme.jurisdiction == current else scheme.independent,
        duration_independent=True,
    )


def _labelled(item: Entitlement, claim: Claim, plan: _Plan) -> Entitlement:
    converted = _is_converted(item.scheme, claim)
    steps = ("invalidity_conversion",) if converted else plan.steps
    details: dict[str, object] = {
        "legislation_type": cast("LegislationType", _type(item.scheme)).value,
        "benefit": "old-age" if converted else "invalidity",
    }
    return replace(
        item,
        details=details,
        basis=tuple(dict.fromkeys((*claim.rules.cite(*steps), *item.basis))),
    )


def _aggravated(settlement: Settlement, claim: Claim) -> Settlement:
    """The difference if the new total is lower than what one institution paid (Art 47(2))."""
    told = claim.circumstances.facts.get("aggravation")
    if not isinstance(told, Aggravation):
        return settlement
    rates = rates_in(claim.circumstances.facts)
    missing = exactly(told.previous)
    for item in settlement.entitlements:
        if item.payable is not None:
            amount = rates.convert(
                exactly(item.payable), told.previous.currency, key="aggravation.previous"
            )
            missing = missing.less(amount.exact)
    if not missing.exact:
        return settlement
    found = list(settlement.entitlements)
    place = next(
        (at for at, item in enumerate(found) if item.jurisdiction == told.jurisdiction), None
    )
    if place is None:
        raise InvalidInputError(
            f"aggravation: give the table scheme.{told.jurisdiction}, which paid before",
            field="aggravation",
        )
    item = found[place]
    currency = told.previous.currency if item.payable is None else item.payable.currency
    extra = rates.convert(missing, currency).rounded(item.scheme.rounding)
    found[place] = replace(
        item,
        payable=extra if item.payable is None else item.payable + extra,
        reason=None,
        details={**item.details, "aggravation_supplement": str(extra)},
        basis=(*item.basis, *claim.rules.cite("invalidity_difference")),
    )
    return replace(
        settlement,
        entitlements=tuple(found),
        payable_total=MappingProxyType(total_by_currency(found)),
    )


def _type_unknown(jurisdiction: str, plan: _Plan, claim: Claim) -> Discrepancy:
    detail = f"the law of {jurisdiction} applied when the incapacity began, but the case does not "
    detail += "say what it provides"
    if jurisdiction != plan.current:
        detail = f"there are periods of {jurisdiction}, but the case does not say whether its law "
        detail += "is of type A or B; it is taken for one of type A, so that one state pays alone"
    return Discrepancy(
        kind=DiscrepancyKind.LEGISLATION_TYPE_UNKNOWN,
        jurisdiction=jurisdiction,
        records=(),
        detail=detail,
        action=f"Give the table scheme.{jurisdiction}.",
        article=claim.rules.cite(*plan.steps)[0],
    )
