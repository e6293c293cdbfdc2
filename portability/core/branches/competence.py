"""Which state is competent in branches in which only one pays."""

from collections.abc import Container, Mapping

from portability.core.methods.claim import Claim
from portability.core.periods import PeriodType
from portability.errors import InvalidInputError

OF_WORK = frozenset(
    {
        PeriodType.COMPULSORY,
        PeriodType.COMPULSORY_EMPLOYED,
        PeriodType.COMPULSORY_SELF_EMPLOYED,
        PeriodType.VOLUNTARY_EMPLOYED,
        PeriodType.VOLUNTARY_SELF_EMPLOYED,
        PeriodType.EQUIVALENT_SICKNESS,
        PeriodType.EQUIVALENT_MATERNITY,
    }
)
"""Types that show work, with the benefits during which it is deemed to go on (Art 11(2))."""


def last_days(
    claim: Claim, *, among: Container[PeriodType] = frozenset(PeriodType)
) -> dict[str, int]:
    """The last day that counts in periods of these types, by jurisdiction, as an ordinal."""
    found: dict[str, int] = {}
    for record, pieces in claim.plain().records:
        if record.type not in among:
            continue
        for piece in pieces:
            if piece.counts and piece.last is not None:
                found[record.jurisdiction] = max(found.get(record.jurisdiction, 0), piece.last)
    return found


def last_insured(claim: Claim) -> str | None:
    """Where the last counted day lies, the first code where two end together; None if undated."""
    return _latest(last_days(claim))


def last_worked(claim: Claim) -> str | None:
    """
    Where the last activity was (883/2004 Art 65): the last counted day of a period of work.

    Residence, education and the like are no activity, and insurance by residence goes on beside
    work abroad. Only where no dated period shows work the last insured day has to do.
    """
    return _latest(last_days(claim, among=OF_WORK)) or last_insured(claim)


def _latest(days: Mapping[str, int]) -> str | None:
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
