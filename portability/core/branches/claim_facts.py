"""What a decision says about the claim as a whole where one state is competent."""

from collections.abc import Mapping

from portability.core.agreement import Method
from portability.core.branches.competence import competent_state, last_days
from portability.core.discrepancy import Discrepancy, DiscrepancyKind
from portability.core.methods.claim import Claim
from portability.core.unemployment.responsible import responsible_state


def claim_facts(claim: Claim) -> Mapping[str, object]:
    """The competent state and why; empty where every state pays, or nothing shows who does."""
    method = claim.rules.branches[claim.branch]
    if method not in {Method.AGGREGATION, Method.LAST_STATE}:
        return {}
    if not (claim.schemes or last_days(claim)):
        return {}
    if method is Method.AGGREGATION:
        competent, step = competent_state(claim), "competent_state"
        found: dict[str, object] = {"competent": competent}
    else:
        state = responsible_state(claim)
        competent, step = state.competent, state.step
        found = {"competent": competent, "last_activity": state.last_activity}
    if competent not in {item.jurisdiction for item in claim.schemes}:
        claim.note(_no_scheme(competent, step, claim))
    return found | {"competent_basis": list(claim.rules.cite(step))}


def _no_scheme(competent: str, step: str, claim: Claim) -> Discrepancy:
    return Discrepancy(
        kind=DiscrepancyKind.THEORETICAL_UNKNOWN,
        jurisdiction=competent,
        records=(),
        detail=f"{competent} is competent, but the case does not say what its law provides",
        action=f"Give the table scheme.{competent}.",
        article=claim.rules.cite(step)[0],
    )
