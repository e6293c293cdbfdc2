"""
Branches in which one state pays what its own law grants.

Sickness, maternity, accidents and death grants: the competent state pays, foreign periods count
towards its qualifying period (883/2004 Art 6). Pre-retirement: nothing is added (Art 66).
"""

from dataclasses import replace

from portability.core.aggregation import reaches
from portability.core.agreement import Method
from portability.core.branches.benefit import benefit_of
from portability.core.branches.competence import competent_state
from portability.core.entitlement import Entitlement, Note, PaidAs, Reason
from portability.core.methods.claim import (
    Claim,
    nothing,
    of_own_law,
    paying,
    rounded,
    with_right,
    without_foreign,
)
from portability.core.scheme import Scheme


def settle_aggregated(scheme: Scheme, claim: Claim) -> Entitlement:
    """The competent state's benefit on all periods; nothing from the others."""
    standing = claim.standing(scheme)
    competent = competent_state(claim)
    if scheme.jurisdiction != competent:
        refused = nothing(standing, claim, Reason.OTHER_PAYS, "competent_state")
        text = f"{competent} is competent and pays alone"
        note = Note(text=text, articles=claim.rules.cite("competent_state"))
        return replace(refused, notes=(note,))
    standing = with_right(standing, claim.rules)
    alone = standing.alone
    steps = ["competent_state"] + ([] if alone else ["aggregation"])
    if not scheme.conditions_met or not standing.together:
        reason = Reason.MINIMUM_NOT_MET if scheme.conditions_met else Reason.CONDITIONS_NOT_MET
        return nothing(standing, claim, reason, *steps)
    found = benefit_of(scheme, standing, claim, competent, "cash_income")
    paid = rounded(found.amount, scheme)
    steps += ["cash_income"] if found.base is not None else []
    text = f"{competent} is competent and pays the benefit of its own law"
    return paying(
        standing,
        claim,
        paid=paid,
        independent=of_own_law(paid, alone=alone),
        paid_as=PaidAs.INDEPENDENT,
        steps=steps,
        details={"method": Method.AGGREGATION.value, "competent": True}
        | ({} if found.base is None else {"salary_base": str(rounded(found.base, scheme))}),
        notes=[Note(text=text, articles=claim.rules.cite(*steps)), *found.notes],
    )


def settle_unaggregated(scheme: Scheme, claim: Claim) -> Entitlement:
    """The benefit on own periods alone, since the chapter forbids to add any (Art 66)."""
    standing = without_foreign(claim.standing(scheme))
    alone = reaches(standing.qualifying.own, scheme.minimum, scheme.unit, claim.rules)
    if not scheme.conditions_met or not alone:
        reason = Reason.MINIMUM_NOT_MET if scheme.conditions_met else Reason.CONDITIONS_NOT_MET
        return nothing(standing, claim, reason, "not_aggregated")
    found = benefit_of(scheme, standing, claim, scheme.jurisdiction, "cash_income")
    text = "own periods alone open the right; those of other states are not added"
    paid = rounded(found.amount, scheme)
    return paying(
        standing,
        claim,
        paid=paid,
        independent=paid,
        paid_as=PaidAs.INDEPENDENT,
        steps=["not_aggregated"],
        details={"method": Method.NONE.value, "aggregated": False},
        notes=[Note(text=text, articles=claim.rules.cite("not_aggregated")), *found.notes],
    )
