"""Which state pays unemployment benefits, and as what (883/2004 Art 61, 65 and 65a)."""

from dataclasses import dataclass
from typing import Final

from portability.core.branches.competence import competent_state, last_days, last_worked
from portability.core.methods.claim import Claim
from portability.core.periods import PeriodType
from portability.core.unemployment.facts import Extent, unemployed_in

_INSURED: Final = frozenset(PeriodType) - {PeriodType.RESIDENCE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Responsible:
    """
    The state that pays, and that of the last activity.

    ``as_if`` says that the state of residence pays as if its law had applied to the last activity
    (Art 65(5)(a)); ``step`` is the key of the article, ``text`` says the reason.
    """

    competent: str
    last_activity: str
    as_if: bool
    step: str
    text: str


def responsible_state(claim: Claim) -> Responsible:
    """Who pays; raises InvalidInputError if the case does not say where the last activity was."""
    stated = unemployed_in(claim.circumstances.facts)
    last = stated.last_activity or _last_activity(claim)
    residence = claim.circumstances.residence
    if residence is None or residence == last:
        state = competent_state(claim) if residence is None else last
        text = f"claimed in {state}"
        return _found(state, last, "unemployment_aggregation", text)
    lives = f"lives in {residence}, last worked in {last}"
    if stated.extent is Extent.PARTIALLY:
        return _found(last, last, "unemployment_partial", f"partially unemployed, {lives}")
    not_covered = stated.self_employed and stated.frontier and not stated.covered_at_home
    if not_covered and "self_employed_frontier_workers" in claim.rules.more:
        text = f"self-employed frontier worker, {lives}, which has no cover for them"
        return _found(last, last, "unemployment_self_employed", text)
    if stated.frontier or stated.returned:
        text = f"wholly unemployed, {lives}"
        return _found(residence, last, "unemployment_residence", text, as_if=True)
    text = f"wholly unemployed, no frontier worker, stays in {last}"
    return _found(last, last, "unemployment_stays", text)


def _found(competent: str, last: str, step: str, text: str, *, as_if: bool = False) -> Responsible:
    return Responsible(competent=competent, last_activity=last, as_if=as_if, step=step, text=text)


def _last_activity(claim: Claim) -> str:
    """Where the last counted day of work lies; without dates, the competent state."""
    return last_worked(claim) or competent_state(claim)


def is_most_recent(claim: Claim, jurisdiction: str) -> bool:
    """
    Whether the most recent periods were completed there (Art 61(2)).

    Those of insurance, employment or self-employment, so residence alone makes none recent.
    A period without dates is recent only where the case says that the last activity was there.
    """
    stated = unemployed_in(claim.circumstances.facts).last_activity
    if stated is not None:
        return stated == jurisdiction
    days = last_days(claim, among=_INSURED)
    own = days.pop(jurisdiction, 0)
    return own > 0 and own >= max(days.values(), default=0)
