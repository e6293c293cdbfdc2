"""A claim to family benefits, settled."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from portability.core.agreement import Rules
from portability.core.benefits import Settlement
from portability.core.family.orphans import with_orphans
from portability.core.family.rulings import family_rulings
from portability.core.family.settling import family_findings, settle_family, standing_of
from portability.core.findings import record_findings
from portability.core.overlap import resolve
from portability.core.periods import Branch, Period
from portability.core.totals import total_by_currency


def settle_family_claim(
    periods: Iterable[Period], facts: Mapping[str, object], rules: Rules
) -> Settlement:
    """
    Family benefits on the day of the rules; raises as ``settle_family``.

    Periods matter only for rights that rest on pensions.
    """
    resolution = resolve(periods, rules, Branch.FAMILY)
    family = settle_family(facts, resolution.records, rules, rules.day)
    rulings = with_orphans(family_rulings(family, rules), family, facts, resolution.records, rules)
    return Settlement(
        rules=rules,
        branch=Branch.FAMILY,
        resolution=resolution,
        entitlements=(),
        payable_total=MappingProxyType(total_by_currency(rulings)),
        discrepancies=resolution.discrepancies
        + record_findings(resolution.records, rules)
        + family_findings(family, rules),
        rulings=rulings,
        facts=MappingProxyType(standing_of(facts, family, rules, rules.day)),
    )
