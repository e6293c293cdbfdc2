"""
The United States: quarters of coverage, relative earnings position, pro-rata PIA.

20 CFR 404.1908 to 404.1918; POMS GN 01701 and 01703. The right needs a minimum of US quarters;
foreign coverage is used only if it is needed, for invalidity all of it.
"""

from dataclasses import replace
from fractions import Fraction

from portability.core.aggregation import Aggregate
from portability.core.discrepancy import Discrepancy, DiscrepancyKind
from portability.core.entitlement import Entitlement, Note, Reason
from portability.core.measure import Counting, measure
from portability.core.methods.claim import Claim, nothing
from portability.core.methods.insured_status import Insured, InsuredStatus, insured_status
from portability.core.methods.tables import UsFacts
from portability.core.methods.us_payment import UsPayment, amount_note
from portability.core.periods import Period
from portability.core.scheme import Scheme
from portability.core.standing import Standing
from portability.core.units import Unit


def settle_relative_earnings(scheme: Scheme, claim: Claim) -> Entitlement:
    """The benefit of the United States under a totalization agreement."""
    facts = scheme.facts.get("us", _NO_FACTS)
    assert isinstance(facts, UsFacts)  # noqa: S101  # by its reader
    status = insured_status(scheme, facts, claim)
    for record in status.certified.impossible:
        claim.note(_impossible(record, claim))
    insured = status.determine()
    standing = _standing(insured, scheme, claim)
    quarters = {"quarters": insured.pattern.by_year()}
    notes = _notes(insured, status, claim)
    reason = _refusal(scheme, insured)
    if reason is not None:
        few = insured.own < status.law.minimum
        steps = ["minimum_quarters"] if few else ["aggregation", "crediting"]
        refused = nothing(standing, claim, reason, *steps)
        return replace(refused, details=quarters, notes=notes)
    found = UsPayment(standing, insured, facts, status.law, claim).entitlement(quarters, notes)
    return replace(found, notes=(*found.notes, *amount_note(found, claim)))


_NO_FACTS = UsFacts(
    computation_years=None,
    first_year=None,
    last_year=None,
    regular_amount=None,
    in_payment=False,
    recent=None,
    earnings=(),
    rounding_given=False,
)


def _standing(insured: Insured, scheme: Scheme, claim: Claim) -> Standing:
    """Own and credited quarters in the form that every scheme has."""
    empty = measure([], Unit.US_QUARTERS, claim.rules.conversion, Counting.EXACT)
    lengths = {scheme.jurisdiction: insured.own} | dict(insured.credited)
    sums = Aggregate(
        unit=Unit.US_QUARTERS,
        own=insured.own,
        foreign=insured.credited,
        total=insured.total,
        capped=False,
        lengths=tuple(
            (code, replace(empty, amount=amount, exact=Fraction(amount), steps=("crediting",)))
            for code, amount in sorted(lengths.items())
        ),
    )
    return Standing(
        scheme=scheme,
        entries=claim.plain().records,
        qualifying=sums,
        calculating=sums,
        held=sums,
        alone=insured.alone,
        together=insured.together,
        short=False,
    )


def _refusal(scheme: Scheme, insured: Insured) -> Reason | None:
    reasons = (
        (insured.own == 0, Reason.NO_OWN_PERIODS),
        (scheme.deferred, Reason.DEFERRED),
        (not scheme.conditions_met, Reason.CONDITIONS_NOT_MET),
        (not insured.together, Reason.MINIMUM_NOT_MET),
    )
    return next((reason for holds, reason in reasons if holds), None)


def _notes(insured: Insured, status: InsuredStatus, claim: Claim) -> tuple[Note, ...]:
    foreign = len(insured.pattern.foreign)
    text = f"{insured.own} US quarters of coverage and {foreign} credited for foreign coverage"
    text += f", of {', '.join(status.records)}" if status.records else ""
    shown = ", ".join(f"{year} {row}" for year, row in insured.pattern.by_year().items())
    text += f" (C at home, F foreign, N none): {shown}" if shown else ""
    steps = ["crediting", "coinciding"]
    steps += ["only_needed"] if insured.limited else []
    steps += ["backwards"] if insured.backwards else []
    return (Note(text=text, articles=claim.rules.cite(*steps)),)


def _impossible(record: Period, claim: Claim) -> Discrepancy:
    return Discrepancy(
        kind=DiscrepancyKind.DECLARED_DIFFERS,
        jurisdiction=record.jurisdiction,
        records=(record.id,),
        detail=f"{record.start} to {record.end}: more quarters of coverage are certified than the "
        "dates hold; at most four count in a year",
        action="Ask the institution that issued the record which of the two is right.",
        article=claim.rules.cite("coinciding")[0],
    )
