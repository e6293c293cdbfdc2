"""Whether a benefit is paid to a person who lives elsewhere (883/2004 Art 7, 63 and 70)."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import cast

from portability.core.agreement import Rules
from portability.core.benefits import Settlement
from portability.core.branches.scheme_facts import facts_of
from portability.core.entitlement import Entitlement, PaidAs, Reason
from portability.core.money import Money
from portability.core.totals import total_by_currency

_ARTICLE = "export_residence"


def paid_abroad(settlement: Settlement, residence: str | None) -> Settlement:
    """
    The settlement for a person who lives in ``residence``.

    Special non-contributory benefits are paid at home only (Art 70); other cash benefits of the
    branches that the pack names follow the person to another party (Art 7). Unemployment benefits
    have rules of their own (Art 63).
    """
    rules = settlement.rules
    if residence is None or _ARTICLE not in rules.articles:
        return settlement
    found = [_abroad(item, settlement, residence) for item in settlement.entitlements]
    if not found:
        return settlement
    return replace(
        settlement,
        entitlements=tuple(found),
        payable_total=MappingProxyType(total_by_currency(found)),
    )


def _abroad(item: Entitlement, settlement: Settlement, residence: str) -> Entitlement:
    if item.jurisdiction == residence or item.payable is None or not item.payable.minor:
        return item
    rules = settlement.rules
    if facts_of(item.scheme).special_non_contributory:
        return replace(
            item,
            payable=Money(minor=0, currency=item.payable.currency),
            paid_as=PaidAs.NONE,
            reason=Reason.NOT_EXPORTED,
            basis=rules.cite("export_special"),
            details=_told(item, rules, "export_special", paid=False),
        )
    exported = cast("tuple[str, ...]", rules.more.get("export", ()))
    if settlement.branch.value not in exported:
        return replace(
            item, details={"export_basis": list(rules.cite("export_not")), **item.details}
        )
    if residence not in rules.parties:
        return item  # national law says whether it is paid in a third state
    return replace(item, details=_told(item, rules, _ARTICLE, paid=True))


def _told(item: Entitlement, rules: Rules, step: str, *, paid: bool) -> Mapping[str, object]:
    return {**item.details, "paid_abroad": paid, "export_basis": list(rules.cite(step))}
