"""
Integration: one party pays everything and counts all periods as its own.

Who that is, residence or the last insurance, is a value of the pack (``payer``).
"""

from dataclasses import replace

from portability.core.aggregation import reaches
from portability.core.amounts import Ratio
from portability.core.discrepancy import Discrepancy, DiscrepancyKind
from portability.core.entitlement import Entitlement, Note, PaidAs, Reason
from portability.core.methods.claim import Claim, nothing, on_all_periods, paying, rounded
from portability.core.methods.parameters import Payer
from portability.core.scheme import Scheme
from portability.core.standing import Standing
from portability.errors import InvalidInputError

_STEPS = ("payer", "aggregation", "theoretical")


def settle_integrated(scheme: Scheme, claim: Claim) -> Entitlement:
    """
    The payer's benefit on all periods; nothing from the others.

    Raises InvalidInputError if the payer is the state of residence and the case does not name it.
    """
    standing = claim.standing(scheme)
    payer = payer_of(claim)
    if payer not in {item.jurisdiction for item in claim.schemes}:
        claim.note(_no_scheme(payer, claim))
    if scheme.jurisdiction != payer:
        refused = nothing(standing, claim, Reason.OTHER_PAYS, "payer")
        text = f"{payer} pays for all periods, those in {scheme.jurisdiction} included"
        note = Note(text=text, articles=claim.rules.cite("payer"))
        return replace(refused, notes=(note,))
    reason = _refusal(standing, claim)
    if reason is not None:
        return nothing(standing, claim, reason, "payer", "aggregation")
    paid = rounded(on_all_periods(standing, claim), scheme)
    total = standing.calculating.total
    text = f"{payer} pays for all periods as if they were its own: {total} {scheme.unit.value}"
    return paying(
        standing,
        claim,
        paid=paid,
        paid_as=PaidAs.ALL_PERIODS,
        steps=_STEPS,
        theoretical=paid,
        ratio=Ratio(own=total, total=total),
        details={"method": "integration", "payer": payer, "meets_minimum": True},
        notes=[Note(text=text, articles=claim.rules.cite(*_STEPS))],
    )


def payer_of(claim: Claim) -> str:
    """
    The jurisdiction that pays.

    A case that applies one law only, and says nothing of residence, means that law. Raises
    InvalidInputError if the case applies several and does not say where the person resides.
    """
    if claim.rules.more["payer"] is Payer.LAST_INSURED:
        return _last_insured(claim)
    residence = claim.circumstances.residence
    only = {scheme.jurisdiction for scheme in claim.schemes}
    if residence is None and len(only) == 1:
        return only.pop()
    if residence is None:
        raise InvalidInputError(
            f"residence: is missing; under {claim.rules.agreement} the state of residence pays "
            "for all periods",
            field="residence",
        )
    return residence


def _last_insured(claim: Claim) -> str:
    """Where the last counted day lies; the first code where two end on the same day."""
    days: dict[str, int] = {}
    for record, pieces in claim.plain().records:
        for piece in pieces:
            if piece.counts:
                last = piece.last or 0  # one without dates may lie anywhere: it is never the last
                days[record.jurisdiction] = max(last, days.get(record.jurisdiction, 0))
    if not days:
        raise InvalidInputError("period: none counts, so no jurisdiction can pay", field="period")
    return min(days, key=lambda code: (-days[code], code))


def _refusal(standing: Standing, claim: Claim) -> Reason | None:
    """As for every scheme, but the payer need not hold periods of its own."""
    scheme = standing.scheme
    total = standing.qualifying.total
    reasons = (
        (total == 0, Reason.NO_OWN_PERIODS),
        (scheme.deferred, Reason.DEFERRED),
        (not scheme.conditions_met, Reason.CONDITIONS_NOT_MET),
        (
            not reaches(total, scheme.minimum, scheme.unit, claim.rules),
            Reason.MINIMUM_NOT_MET,
        ),
    )
    return next((reason for holds, reason in reasons if holds), None)


def _no_scheme(payer: str, claim: Claim) -> Discrepancy:
    return Discrepancy(
        kind=DiscrepancyKind.THEORETICAL_UNKNOWN,
        jurisdiction=payer,
        records=(),
        detail=f"{payer} pays for all periods, but the case does not say what its law provides",
        action=f"Give the table scheme.{payer} with the benefit for all periods.",
        article=claim.rules.cite("payer")[0],
    )
