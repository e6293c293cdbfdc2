"""What each state owes an unemployed person, and what they owe one another."""

from dataclasses import replace
from fractions import Fraction
from typing import cast

from portability.core.aggregation import in_unit, reaches
from portability.core.agreement import Method
from portability.core.branches.benefit import Benefit, Salary, benefit_of
from portability.core.branches.scheme_facts import Condition, facts_of
from portability.core.discrepancy import Discrepancy, DiscrepancyKind
from portability.core.entitlement import Entitlement, Note, PaidAs, Reason
from portability.core.exchange import rates_in
from portability.core.methods.claim import (
    Claim,
    nothing,
    of_own_law,
    paying,
    rounded,
    with_right,
    without_foreign,
)
from portability.core.money import Money, Rounding, exactly
from portability.core.scheme import Scheme
from portability.core.standing import Standing
from portability.core.unemployment.export import exported
from portability.core.unemployment.facts import Export, refund_in, uninsured_in
from portability.core.unemployment.refund import Refunded, refunded, worked_months
from portability.core.unemployment.responsible import (
    Responsible,
    is_most_recent,
    responsible_state,
)


def settle_unemployment(scheme: Scheme, claim: Claim) -> Entitlement:
    """
    The benefit of the state that pays; what the others refund or do not owe.

    Raises InvalidInputError if the case lacks what the decision depends on.
    """
    state = responsible_state(claim)
    if scheme.jurisdiction == state.competent:
        return _with_refund(_pay(scheme, claim, state), claim, state)
    standing = _standing(scheme, claim)
    refused = nothing(standing, claim, Reason.OTHER_PAYS, state.step)
    text = f"{state.competent} pays: {state.text}"
    note = Note(text=text, articles=claim.rules.cite(state.step))
    found = replace(refused, notes=(note,))
    if not (state.as_if and scheme.jurisdiction == state.last_activity):
        return found
    return _owing(found, claim, state)


def _standing(scheme: Scheme, claim: Claim) -> Standing:
    """The periods that count for a scheme, with work that it would have insured (Art 61(1))."""
    by_employment = facts_of(scheme).condition is Condition.EMPLOYMENT
    counted = tuple(
        item.period
        for item in uninsured_in(claim.circumstances.facts)
        if by_employment
        or (
            scheme.jurisdiction in item.would_be_insured_in
            and scheme.jurisdiction != item.period.jurisdiction
        )
    )
    return replace(claim, periods=claim.periods + counted).standing(scheme)


def _pay(scheme: Scheme, claim: Claim, state: Responsible) -> Entitlement:
    standing = _standing(scheme, claim)
    recent = is_most_recent(claim, scheme.jurisdiction)
    if not (recent or state.as_if):
        standing = without_foreign(standing)
    standing = with_right(standing, claim.rules)
    alone = standing.alone
    details: dict[str, object] = {
        "method": Method.LAST_STATE.value,
        "competent": True,
        "last_activity": state.last_activity,
        "most_recent": recent,
    }
    steps = [state.step] + ([] if alone else [_right_step(state, recent)])
    notes = [Note(text=state.text, articles=claim.rules.cite(state.step))]
    if not alone:
        notes.append(_aggregation_note(claim, state, recent))
    if not scheme.conditions_met or not standing.together:
        reason = Reason.MINIMUM_NOT_MET if scheme.conditions_met else Reason.CONDITIONS_NOT_MET
        refused = nothing(standing, claim, reason, *steps)
        return replace(refused, details=details, notes=tuple(notes))
    source = state.last_activity if state.as_if else scheme.jurisdiction
    step = "unemployment_salary_abroad" if state.as_if else "unemployment_salary"
    benefit = benefit_of(scheme, standing, claim, source, step)
    details |= _amount_details(scheme, standing, claim, benefit)
    abroad = _export(claim, state)
    paid = rounded(benefit.amount, scheme)
    return paying(
        standing,
        claim,
        paid=paid,
        independent=of_own_law(paid, alone=alone),
        paid_as=PaidAs.INDEPENDENT,
        steps=[*steps, *([] if benefit.base is None else [step]), *abroad[0]],
        details=details | abroad[1],
        notes=[*notes, *benefit.notes, *abroad[2]],
    )


def _right_step(state: Responsible, recent: bool) -> str:  # noqa: FBT001  # said by its name
    aggregates = state.as_if or recent
    return "unemployment_aggregation" if aggregates else "unemployment_last_state"


def _aggregation_note(claim: Claim, state: Responsible, recent: bool) -> Note:  # noqa: FBT001  # said by its name
    step = _right_step(state, recent)
    if step == "unemployment_last_state":
        text = f"periods elsewhere do not count: the last ones lie outside {state.competent}"
    else:
        text = "periods of all states count together"
    return Note(text=text, articles=claim.rules.cite(step))


def _amount_details(
    scheme: Scheme, standing: Standing, claim: Claim, benefit: Benefit
) -> dict[str, object]:
    """The salary behind the amount, and how long the benefit lasts."""
    found: dict[str, object] = {}
    if benefit.base is not None:
        found["salary_base"] = str(rounded(benefit.base, scheme))
    lasting = [
        (needed, lasts)
        for needed, lasts in facts_of(scheme).durations
        if reaches(standing.qualifying.total, needed, scheme.unit, claim.rules)
    ]
    if lasting:
        longest = max(lasting, key=lambda row: in_unit(row[1], scheme.unit, claim.rules))
        found["duration"] = longest[1].to_json()
    return found


def _export(
    claim: Claim, state: Responsible
) -> tuple[tuple[str, ...], dict[str, object], tuple[Note, ...]]:
    asked = claim.circumstances.facts.get("export")
    if not isinstance(asked, Export):
        return (), {}, ()
    at_once = state.step == "unemployment_self_employed"
    found = exported(asked, claim.rules, at_once=at_once)
    return ("unemployment_export",), found.details(), found.notes(claim.rules)


def _refund(claim: Claim, state: Responsible) -> Refunded | None:
    """The refund between the two states; None where one of them has no amount."""
    payer = _scheme_of(claim, state.competent)
    debtor = _scheme_of(claim, state.last_activity)
    if payer is None or debtor is None:
        return None
    paid = _pay(payer, claim, state).payable
    own_law = _own_law(debtor, claim, state)
    if paid is None or own_law is None:
        return None
    stated = refund_in(claim.circumstances.facts)
    worked = worked_months(claim.plain().records, state.last_activity, claim.rules)
    rates = rates_in(claim.circumstances.facts)
    return refunded(
        stated,
        benefit=exactly(paid),
        own_law=exactly(own_law),
        worked=worked if stated.worked_months is None else Fraction(stated.worked_months),
        rules=claim.rules,
        rates=rates,
    )


def _own_law(debtor: Scheme, claim: Claim, state: Responsible) -> Money | None:
    """
    What the law of the last activity would pay a month; None where the salary is not known.

    Nothing where the periods of all states do not reach its minimum: a refund is at most the
    benefit to which the person would be entitled there (987/2009 Art 70).
    """
    salaries = cast("tuple[Salary, ...]", claim.circumstances.facts.get("salary", ()))
    is_known = any(one.jurisdiction == state.last_activity for one in salaries)
    if facts_of(debtor).salary_share is not None and not is_known:
        return None
    standing = with_right(_standing(debtor, claim), claim.rules)
    own = benefit_of(debtor, standing, claim, state.last_activity, "unemployment_salary")
    amount = rounded(own.amount, debtor)
    if amount is None or standing.together:
        return amount
    return Money(minor=0, currency=amount.currency)


def _scheme_of(claim: Claim, code: str) -> Scheme | None:
    return next((item for item in claim.schemes if item.jurisdiction == code), None)


def _owing(found: Entitlement, claim: Claim, state: Responsible) -> Entitlement:
    """The state of the last activity with what it refunds, and the most that it may."""
    own_law = _own_law(found.scheme, claim, state)
    found = replace(found, own_law=own_law)
    owed = _refund(claim, state)
    if owed is None:
        if own_law is None:
            return found
        text = f"refunds at most {own_law} a month, which its own law would pay"
        note = Note(text=text, articles=claim.rules.cite("unemployment_refund"))
        return replace(found, notes=(*found.notes, note))
    amount = owed.amount.rounded(Rounding.HALF_UP)
    limit = ", held to what its own law would pay" if owed.limited else ""
    text = f"refunds {owed.months} months to {state.competent}: {amount}{limit}"
    return replace(
        found,
        details={
            "refund": str(amount),
            "refund_to": state.competent,
            "refund_months": owed.months,
            "refund_limited": owed.limited,
            "refund_basis": list(claim.rules.cite(owed.step)),
        },
        notes=(*found.notes, Note(text=text, articles=claim.rules.cite(owed.step))),
    )


def _with_refund(found: Entitlement, claim: Claim, state: Responsible) -> Entitlement:
    """The state of residence with what it is refunded."""
    if not state.as_if or found.payable is None or not found.payable.minor:
        return found
    owed = _refund(claim, state)
    if owed is None:
        claim.note(_unknown(claim, state))
        return found
    amount = owed.amount.rounded(Rounding.HALF_UP)
    text = f"is refunded {owed.months} months by {state.last_activity}: {amount}"
    return replace(
        found,
        details={
            **found.details,
            "refunded": str(amount),
            "refunded_by": state.last_activity,
            "refunded_months": owed.months,
        },
        notes=(*found.notes, Note(text=text, articles=claim.rules.cite(owed.step))),
    )


def _unknown(claim: Claim, state: Responsible) -> Discrepancy:
    return Discrepancy(
        kind=DiscrepancyKind.REFUND_UNDETERMINED,
        jurisdiction=state.last_activity,
        records=(),
        detail="what its own law would pay is not known, so the refund cannot be limited to it",
        action=f"Give the table scheme.{state.last_activity} with the amount under its law.",
        article=claim.rules.cite("unemployment_refund")[0],
    )
