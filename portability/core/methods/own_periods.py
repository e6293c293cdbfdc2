"""
Methods by which every party pays for its own periods only.

*Direct*: foreign periods open the right, the amount is that of own periods (European Convention of
1972 Art 29(5); Eurasian Economic Union). *Contribution-only* and *export-only* agreements add
nothing: national law alone decides, and an export-only one lets the benefit be paid abroad. So do
all agreements for a lump-sum refund of contributions, such as that of Japan.
"""

from portability.core.agreement import Method
from portability.core.entitlement import Entitlement, Note, PaidAs
from portability.core.methods.claim import (
    Claim,
    nothing,
    on_own_periods,
    paying,
    refusal,
    rounded,
    without_foreign,
)
from portability.core.scheme import Scheme
from portability.core.standing import Standing

_ARTICLE = {
    Method.DIRECT: "direct",
    Method.CONTRIBUTION_ONLY: "no_totalization",
    Method.EXPORT_ONLY: "no_totalization",
}


def settle_direct(scheme: Scheme, claim: Claim) -> Entitlement:
    """All periods open the right; own ones make the amount."""
    standing = claim.standing(scheme)
    reason = refusal(standing)
    if reason is not None:
        return nothing(standing, claim, reason)
    steps = ["direct"] if standing.alone else ["aggregation", "direct"]
    return _own_amount(standing, claim, steps, Method.DIRECT)


def settle_alone(scheme: Scheme, claim: Claim) -> Entitlement:
    """Own periods open the right and make the amount; nothing is added, as for a lump sum."""
    method = claim.method(scheme)
    standing = without_foreign(claim.standing(scheme))
    article = _ARTICLE.get(method, "aggregation")
    reason = refusal(standing)
    if reason is not None:
        return nothing(standing, claim, reason, article)
    steps = [article] + (["export"] if method is Method.EXPORT_ONLY else [])
    return _own_amount(standing, claim, steps, method)


def _own_amount(standing: Standing, claim: Claim, steps: list[str], method: Method) -> Entitlement:
    paid = rounded(on_own_periods(standing, claim), standing.scheme)
    details: dict[str, object] = {"method": method.value} if method in _ARTICLE else {}
    text = f"Own periods alone make the amount: {standing.calculating.own} "
    text += standing.scheme.unit.value
    if method is Method.EXPORT_ONLY:
        abroad = claim.circumstances.residence
        details["paid_abroad"] = abroad is not None and abroad != standing.scheme.jurisdiction
        text += "; the benefit is paid in the other party too"
    return paying(
        standing,
        claim,
        paid=paid,
        paid_as=PaidAs.INDEPENDENT,
        steps=steps,
        independent=paid,
        details=details,
        notes=[Note(text=text, articles=claim.rules.cite(*steps))],
    )
