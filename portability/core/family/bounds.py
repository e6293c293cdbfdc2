"""
What a state will pay for a family at least and at most, while another state has said nothing.

A state that is silent may grant nothing, or more than anybody: its amounts are not known. If it
grants nothing, whoever decides pays as if it were not there. If it grants something it may come
first, and then nothing may be left to top up (883/2004 Art 68(2)); only where the right rests on
activity in the state in which the children live does nobody come first (Art 68(1)(a), (b)(i)).
The decision is provisional, and stands if no position is taken in time (987/2009 Art 60(3)).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from portability.core.agreement import Rules
from portability.core.family.facts import Basis
from portability.core.family.settlement import settle_family_claim
from portability.core.family.settling import settle_family
from portability.core.money import Money
from portability.core.overlap import resolve
from portability.core.periods import Branch, Period


class _Granted(Protocol):
    @property
    def jurisdiction(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyBound:
    """The least and the most that is paid a month, and the article that makes it provisional."""

    lower: Money
    upper: Money
    article: str


def family_bound(
    periods: Iterable[Period],
    facts: Mapping[str, object],
    rules: Rules,
    *,
    code: str,
    payable: Money,
    missing: Collection[str],
) -> FamilyBound:
    """
    For the state ``code``, which pays ``payable`` by what is known. Raises as ``settle_family``.

    An additional benefit for orphans is among the most and not the least: another state may be the
    one that pays it (883/2004 Art 69).
    """
    known = tuple(periods)
    without = {
        key: _but(value, missing) if key in {"right", "orphan_benefit"} else value
        for key, value in facts.items()
    }
    alone = settle_family_claim(known, without, rules)
    others = [one.payable for one in alone.rulings if one.jurisdiction == code]
    amounts = [payable, *(one for one in others if one is not None)]
    certain = _certain(known, facts, rules, code, payable)
    return FamilyBound(
        lower=min([certain, *amounts], key=lambda one: one.minor),
        upper=max(amounts, key=lambda one: one.minor),
        article=rules.cite("family_position")[0],
    )


def _but(granted: object, missing: Collection[str]) -> object:
    """Without what is granted under the law of those who have not said so themselves."""
    items: tuple[_Granted, ...] = granted if isinstance(granted, tuple) else ()
    return tuple(one for one in items if one.jurisdiction not in missing)


def _certain(
    periods: tuple[Period, ...],
    facts: Mapping[str, object],
    rules: Rules,
    code: str,
    payable: Money,
) -> Money:
    """What is paid for children before whom no other state can come."""
    entries = resolve(periods, rules, Branch.FAMILY).records
    total = replace(payable, minor=0)
    for group in settle_family(facts, entries, rules, rules.day).groups:
        first = group.payments[0]
        entitled = first.entitled
        lives_there = group.group.residence == entitled.jurisdiction == code
        if lives_there and entitled.basis is Basis.ACTIVITY:
            total += first.payable
    return total
