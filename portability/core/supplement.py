"""The minimum benefit of the state of residence (883/2004 Art 58)."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from portability.core.agreement import Rules
from portability.core.discrepancy import Discrepancy, DiscrepancyKind
from portability.core.entitlement import Entitlement, PaidAs
from portability.core.exchange import Rates, exchange_step, rates_in
from portability.core.money import ExactMoney, Money, exactly
from portability.core.scheme import Circumstances
from portability.core.totals import total_by_currency


def top_up(
    entitlements: tuple[Entitlement, ...],
    circumstances: Circumstances,
    rules: Rules,
    found: list[Discrepancy],
) -> tuple[Entitlement, ...]:
    """
    Raise what the state of residence pays to its minimum benefit, if it pays a benefit at all.

    Amounts in other currencies are converted at the rates of the case (987/2009 Art 90). Without a
    rate, or where an amount is not known, nothing can be added: that is noted in ``found``.
    """
    index = _paying_residence(entitlements, circumstances)
    if index is None:
        return entitlements
    chosen = entitlements[index]
    payable, minimum = chosen.payable, chosen.scheme.minimum_benefit
    assert payable is not None and minimum is not None  # noqa: S101, PT018  # by _paying_residence
    together = _together(entitlements, minimum.currency, rates_in(circumstances.facts))
    if together is None:
        found.append(_undetermined(chosen, rules))
        return entitlements
    missing = exactly(minimum).less(together.exact).rounded(chosen.scheme.rounding)
    if not missing.minor:
        return entitlements
    steps = ["minimum_supplement"]
    steps += [exchange_step(rules)] if len(_currencies(entitlements)) > 1 else []
    raised = replace(
        chosen,
        payable=payable + missing,
        supplement=missing,
        basis=tuple(dict.fromkeys(chosen.basis + rules.cite(*steps))),
    )
    return (*entitlements[:index], raised, *entitlements[index + 1 :])


def _together(
    entitlements: Sequence[Entitlement], currency: str, rates: Rates
) -> ExactMoney | None:
    """All benefits in one currency; None if one is not known or has no rate."""
    if any(item.payable is None and item.paid_as is not PaidAs.NONE for item in entitlements):
        return None
    total = ExactMoney(exact=Fraction(0), currency=currency)
    for code, amount in _currencies(entitlements).items():
        if not rates.connect(code, currency):
            return None
        total += rates.convert(exactly(amount), currency)
    return total


def _currencies(entitlements: Sequence[Entitlement]) -> dict[str, Money]:
    """What is payable by currency, without those in which nothing is."""
    totals = total_by_currency(entitlements)
    return {code: amount for code, amount in totals.items() if amount.minor}


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
        action="Give exchange_rate for the currencies of foreign benefits, and what is unknown.",
        article=rules.cite("minimum_supplement")[0],
    )
