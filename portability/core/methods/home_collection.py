"""
Home collection: the host employer registers and pays under the law of the home state (GCC).

Nothing is added: what is paid abroad are periods of the home system. The employer's share is capped
at what the host state's employers pay for their own nationals; the worker bears the variance.
"""

from dataclasses import replace
from fractions import Fraction

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
from portability.core.methods.tables import Contributions
from portability.core.money import Money, round_money
from portability.core.scheme import Scheme
from portability.errors import InvalidInputError

_STEPS = ("home_collection",)


def settle_home_collection(scheme: Scheme, claim: Claim) -> Entitlement:
    """The home state's benefit on its own periods, and who bears which contributions."""
    standing = without_foreign(claim.standing(scheme))
    shares = [
        _share_out(item, scheme, claim)
        for item in contributions_of(claim)
        if item.home == scheme.jurisdiction
    ]
    details = {"method": "home-collection", "contributions": [item for item, _ in shares]}
    notes = tuple(note for _, note in shares)
    steps = (*_STEPS, "contribution_cap") if shares else _STEPS
    reason = refusal(standing)
    if reason is not None:
        refused = nothing(standing, claim, reason, *steps)
        return replace(refused, details=details, notes=notes)
    paid = rounded(on_own_periods(standing, claim), scheme)
    return paying(
        standing,
        claim,
        paid=paid,
        paid_as=PaidAs.INDEPENDENT,
        steps=steps,
        independent=paid,
        details=details,
        notes=notes,
    )


def contributions_of(claim: Claim) -> tuple[Contributions, ...]:
    """
    The contribution tables of the case.

    Raises InvalidInputError if one names a jurisdiction that is no party, or a home without scheme.
    """
    found = claim.circumstances.facts.get("contribution", ())
    assert isinstance(found, tuple)  # noqa: S101  # by its reader
    homes = {scheme.jurisdiction for scheme in claim.schemes}
    for number, item in enumerate(found, start=1):
        for key, code in (("home", item.home), ("host", item.host)):
            if code not in claim.rules.parties:
                raise InvalidInputError(
                    f"contribution[{number}].{key}: {code} is not a party to "
                    f"{claim.rules.agreement} on {claim.rules.day}",
                    field=f"contribution[{number}].{key}",
                )
        if item.home not in homes:
            raise InvalidInputError(
                f"scheme.{item.home}: is missing; the contributions go to its system",
                field=f"scheme.{item.home}",
            )
    return found


def _share_out(item: Contributions, scheme: Scheme, claim: Claim) -> tuple[dict[str, str], Note]:
    """The employer pays the lower of both shares; the worker the own share and the variance."""
    employer = _part(item.wage, min(item.home_employer, item.host_employer), scheme)
    total = _part(item.wage, item.home_employer + item.home_worker, scheme)
    worker = total - employer
    variance = worker - _part(item.wage, item.home_worker, scheme)
    text = (
        f"Of {total} on a wage of {item.wage} the employer in {item.host} pays {employer}, the "
        f"worker {worker}, of which {variance} is the variance between both employers' shares"
    )
    document = {
        "host": item.host,
        "wage": str(item.wage),
        "employer": str(employer),
        "worker": str(worker),
        "variance": str(variance),
        "total": str(total),
    }
    return document, Note(
        text=text, articles=claim.rules.cite("home_collection", "contribution_cap")
    )


def _part(wage: Money, share: Fraction, scheme: Scheme) -> Money:
    return round_money(wage.exact * share, wage.currency, scheme.rounding)
