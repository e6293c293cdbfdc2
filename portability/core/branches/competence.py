"""Which state is competent in branches in which only one pays."""

from portability.core.methods.claim import Claim
from portability.errors import InvalidInputError


def last_days(claim: Claim) -> dict[str, int]:
    """The last day that counts, by jurisdiction, as an ordinal; only those that have one."""
    found: dict[str, int] = {}
    for record, pieces in claim.plain().records:
        for piece in pieces:
            if piece.counts and piece.last is not None:
                found[record.jurisdiction] = max(found.get(record.jurisdiction, 0), piece.last)
    return found


def last_insured(claim: Claim) -> str | None:
    """Where the last counted day lies, the first code where two end together; None if undated."""
    days = last_days(claim)
    return min(days, key=lambda code: (-days[code], code), default=None)


def competent_state(claim: Claim) -> str:
    """
    The competent state: as the case says, the only one with a scheme, or that of the last periods.

    Raises InvalidInputError if none of these says it.
    """
    stated = claim.circumstances.facts.get("competent")
    if isinstance(stated, str):
        return stated
    schemes = {item.jurisdiction for item in claim.schemes}
    if len(schemes) == 1:
        return min(schemes)
    found = last_insured(claim)
    if found is None:
        raise InvalidInputError(
            "competent: say which state is competent; the periods have no dates", field="competent"
        )
    return found
