"""Bounds of rights that rest on no periods, while states that may have a say have said nothing."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from portability.core.agreement import Rules
from portability.core.benefits import Settlement
from portability.core.bounds import Bound
from portability.core.family.bounds import family_bound
from portability.core.money import Money
from portability.core.periods import Branch, Period
from portability.core.scheme import Circumstances


def ruled_bounds(
    settlement: Settlement, periods: Iterable[Period], circumstances: Circumstances
) -> Mapping[str, Bound]:
    """
    Of family benefits (883/2004 Art 68), by jurisdiction, for those that have answered; empty if no
    answer is missing.
    """
    found: dict[str, Bound] = {}
    missing = tuple(sorted({one.jurisdiction for one in circumstances.missing}))
    known = tuple(periods)
    is_ruled = bool(missing) and settlement.branch is Branch.FAMILY
    for one in settlement.rulings if is_ruled else ():
        if one.payable is None or one.jurisdiction in missing:
            continue
        found[one.jurisdiction] = ruled_bound(
            known,
            circumstances.facts,
            settlement.rules,
            code=one.jurisdiction,
            payable=one.payable,
            missing=missing,
        )
    return MappingProxyType(found)


def ruled_bound(
    periods: Iterable[Period],
    facts: Mapping[str, object],
    rules: Rules,
    *,
    code: str,
    payable: Money,
    missing: tuple[str, ...],
) -> Bound:
    """Of one state, which pays ``payable`` by what is known. Raises as ``settle_family``."""
    between = family_bound(periods, facts, rules, code=code, payable=payable, missing=missing)
    return Bound(
        scheme=None,
        lower=between.lower,
        upper=between.upper,
        missing=missing,
        article=between.article,
    )
