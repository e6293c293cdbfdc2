"""The minimum benefit of the state of residence (883/2004 Art 58)."""

from collections.abc import Sequence
from dataclasses import replace

from portability.core.agreement import Rules
from portability.core.discrepancy import Discrepancy, DiscrepancyKind
from portability.core.entitlement import Entitlement, total_by_currency
from portability.core.money import Money
from portability.core.scheme import Circumstances


def top_up(
    entitlements: tuple[Entitlement, ...],
    circumstances: Circumstances,
    rules: Rules,
    found: list[Discrepancy],
) -> tuple[Entitlement, ...]:
    """
    Raise what the state of residence pays to its minimum benefit, if it pays a benefit at all.

    Amounts in other currencies, and unknown ones, cannot be added: that is noted in ``found``.
    """
    index = _paying_residence(entitlements, circumstances)
    if index is None:
        return entitlements
    chosen = entitlements[index]
    payable, minimum = chosen.payable, chosen.scheme.minimum_benefit
    assert payable is not None and minimum is not None  # noqa: S101, PT018  # by _paying_residence
    totals = total_by_currency(entitlements)
    unknown = [item.scheme.label for item in entitlements if item.payable is None]
    if unknown or [code for code, amount in totals.items() if amount.minor] != [minimum.currency]:
        found.append(_undetermined(chosen, rules))
        return entitlements
    missing = minimum - totals[minimum.currency]
    if missing.minor <= 0:
        return entitlements
    raised = replace(
        chosen,
        payable=payable + missing,
        supplement=missing,
        basis=tuple(dict.fromkeys(chosen.basis + rules.cite("minimum_supplement"))),
    )
    return (*entitlements[:index], raised, *entitlements[index + 1 :])


def _paying_residence(
    entitlements: Sequence[Entitlement], circumstances: Circumstances
) -> int | None:
    """The scheme of the state of residence that has a minimum benefit and pays something."""
    for index, item in enumerate(entitlements):
        pays = item.payable is not None and item.payable > Money(
            minor=0, currency=item.payable.currency
        )
        if (
            item.jurisdiction == circumstances.residence
            and item.scheme.minimum_benefit is not None
            and pays
        ):
            return index
    return None


def _undetermined(entitlement: Entitlement, rules: Rules) -> Discrepancy:
    return Discrepancy(
        kind=DiscrepancyKind.SUPPLEMENT_UNDETERMINED,
        jurisdiction=entitlement.jurisdiction,
        records=(),
        detail="whether a supplement to the minimum benefit is due cannot be determined, because "
        "benefits are in other currencies or not known",
        action="Convert the foreign benefits at the rate that applies and compare the sum.",
        article=rules.cite("minimum_supplement")[0],
    )
