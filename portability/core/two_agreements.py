"""
Two agreements for one claim: both are settled, and the difference is explained.

If one of the packs says that the more favourable agreement prevails, each scheme pays by the
agreement that gives it the most; otherwise the first agreement of the case is applied.
"""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from portability.core.benefits import Settlement
from portability.core.discrepancy import Discrepancy, DiscrepancyKind
from portability.core.entitlement import Entitlement
from portability.core.totals import total_by_currency

PREVAILS = "prevails"
_ARTICLE = "more_favourable"


def compare_agreements(first: Settlement, others: Sequence[Settlement]) -> Settlement:
    """Apply the first agreement, or the most favourable one for each scheme; say what differs."""
    every = [first, *others]
    prevails = any(item.rules.more.get("more_favourable_agreement") == PREVAILS for item in every)
    chosen: list[Entitlement] = []
    found: list[Discrepancy] = []
    for entitlement in first.entitlements:
        rivals = [(first, entitlement), *_under_others(entitlement, others)]
        best, mine = max(rivals, key=lambda item: _payable(item[1])) if prevails else rivals[0]
        chosen.append(_marked(mine, best, first))
        found += _differences(rivals, best)
    return replace(
        first,
        entitlements=tuple(chosen),
        payable_total=MappingProxyType(total_by_currency(chosen)),
        discrepancies=first.discrepancies + tuple(found),
    )


def _under_others(
    entitlement: Entitlement, others: Sequence[Settlement]
) -> list[tuple[Settlement, Entitlement]]:
    """The same scheme under the other agreements that it is a party to."""
    return [
        (other, item)
        for other in others
        for item in other.entitlements
        if item.scheme is entitlement.scheme
    ]


def _payable(item: Entitlement) -> int:
    """What is payable in minor units; the currency of one scheme is always the same."""
    return -1 if item.payable is None else item.payable.minor


def _marked(item: Entitlement, under: Settlement, first: Settlement) -> Entitlement:
    details = {**item.details, "applied_agreement": under.rules.agreement}
    article = next(
        (
            each.rules.articles[_ARTICLE]
            for each in (first, under)
            if _ARTICLE in each.rules.articles
        ),
        None,
    )
    basis = item.basis
    if article is not None and under is not first:
        basis = tuple(dict.fromkeys((*basis, article)))
    return replace(item, details=MappingProxyType(details), basis=basis)


def _differences(
    rivals: Sequence[tuple[Settlement, Entitlement]], best: Settlement
) -> list[Discrepancy]:
    """One finding if the agreements give different amounts."""
    if len({_payable(item) for _, item in rivals}) == 1:
        return []
    told = "; ".join(f"under {under.rules.agreement} {_words(item)}" for under, item in rivals)
    label = rivals[0][1].scheme.label
    articles = [under.rules.articles.get(_ARTICLE) for under, _ in rivals]
    article = next((text for text in articles if text is not None), "national law")
    return [
        Discrepancy(
            kind=DiscrepancyKind.AGREEMENTS_DIFFER,
            jurisdiction=rivals[0][1].jurisdiction,
            records=(),
            detail=f"{label}: {told}; applied is {best.rules.agreement}",
            action="Check which agreement applies; the more favourable one only where a text "
            "says so.",
            article=article,
        )
    ]


def _words(item: Entitlement) -> str:
    ratio = f", {item.ratio.own}/{item.ratio.total}" if item.ratio is not None else ""
    reason = f" ({item.reason.value})" if item.reason is not None else ""
    return f"{item.payable or 'an unknown amount'} is paid as {item.paid_as.value}{ratio}{reason}"
