"""
One institution's own decision on an agreed history, by the method that its agreement names.

Where schemes count periods it is what they owe; in branches where none does, such as family
benefits, it is what the rules decide for the jurisdiction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from portability.core.agreement import Method, Pack, Rules
from portability.core.anti_overlap import Deduction
from portability.core.benefits import Settlement
from portability.core.bounds import Bound, bounds
from portability.core.entitlement import Entitlement, PaidAs
from portability.core.explanation import explain
from portability.core.measure import Counting
from portability.core.money import Money
from portability.core.national_facts import NationalFacts
from portability.core.periods import Branch, Period
from portability.core.ruled_bounds import ruled_bound
from portability.core.ruling import Ruling
from portability.core.scheme import Circumstances, MissingAnswer
from portability.core.settling import settle
from portability.errors import InvalidInputError

UNIT: Final = "unit"
PERIODS: Final = "periods"
MINIMUM: Final = "minimum"
INDEPENDENT: Final = "independent"
THEORETICAL: Final = "theoretical"
PRO_RATA: Final = "pro_rata"
PAYABLE: Final = "payable"
BOUNDS: Final = "bounds"

_NONE: Final = PaidAs.NONE.value
_ALONE: Final = PaidAs.INDEPENDENT.value
_REFUND: Final = "refund"
"""Among what a ruling says: that this state refunds another one a part of what that pays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnClaim:
    """
    What is decided and who decides; ``apart`` is the institution whose periods alone are its own
    where several of its jurisdiction decide, empty otherwise.
    """

    pack: Pack
    branch: Branch
    award_date: date
    jurisdiction: str
    apart: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """
    ``own`` and ``total`` count in ``unit``; both are 0 where the right rests on no periods.
    ``independent`` is what its own law grants also where another state pays before it, since that
    is the most that it refunds (883/2004 Art 65(6), 987/2009 Art 58).

    ``bound`` is there while answers are missing; ``lines`` say each number with its articles.
    ``rules`` holds, by the names above, the articles that make each number.
    """

    unit: str
    own: int
    total: int
    meets_minimum_alone: bool
    meets_minimum: bool
    independent: Money | None
    theoretical: Money | None
    pro_rata: Money | None
    payable: Money | None
    paid_as: str
    basis: tuple[str, ...]
    lines: tuple[str, ...]
    bound: Bound | None = None
    rules: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


def check_counting(claim: OwnClaim, facts: NationalFacts) -> None:
    """
    Refuse a scheme of the own that counts dates otherwise than its state certifies them.

    Raises InvalidInputError. For what is decided now; a decision is replayed as it was made.
    """
    rules = claim.pack.rules_on(claim.award_date)
    if claim.jurisdiction not in rules.calendar_month_jurisdictions:
        return
    for scheme in facts.schemes:
        if scheme.jurisdiction == claim.jurisdiction and scheme.counting is Counting.EXACT:
            raise InvalidInputError(
                f"scheme.counting: under {rules.agreement} {claim.jurisdiction} counts every "
                'calendar month touched; leave counting out or say "calendar-months"',
                field="scheme.counting",
            )


def decide(
    claim: OwnClaim,
    periods: Iterable[Period],
    facts: NationalFacts,
    missing: Sequence[MissingAnswer] = (),
) -> Decision:
    """
    What the institution of a claim decides; bounded, provisionally, while answers are missing.

    Raises InvalidInputError if the facts hold no scheme for a branch that needs one, or do not fit
    the claim, NoAgreementError if the agreement does not hold on the day.
    """
    known = tuple(periods)
    is_own = [one.jurisdiction == claim.jurisdiction for one in facts.schemes]
    schemes = [
        replace(scheme, institution=claim.apart) if own else scheme
        for scheme, own in zip(facts.schemes, is_own, strict=True)
    ]
    given = facts.circumstances
    settlement = settle(
        known, schemes, claim.pack, claim.branch, claim.award_date, circumstances=given
    )
    lines = tuple(line for one in explain(settlement) for line in one.lines())
    ruling = next((one for one in settlement.rulings if _is_of(one, claim)), None)
    if ruling is not None:
        ruled = _ruled(ruling, settlement, lines)
        return _ruled_so_far(ruled, ruling, settlement, periods=known, given=given, missing=missing)
    if True not in is_own:
        raise InvalidInputError(
            f"a decision needs the law that {claim.jurisdiction} applies: give a scheme for it",
            field="scheme",
        )
    found = _counted(settlement.entitlement(claim.jurisdiction), settlement.rules, lines)
    if not missing:
        return found
    all_bounds = bounds(
        known,
        schemes,
        claim.pack,
        claim.branch,
        claim.award_date,
        circumstances=replace(given, missing=tuple(missing)),
    )
    return _bounded(found, all_bounds[is_own.index(True)])


def _ruled_so_far(
    found: Decision,
    ruling: Ruling,
    settlement: Settlement,
    *,
    periods: tuple[Period, ...],
    given: Circumstances,
    missing: Sequence[MissingAnswer],
) -> Decision:
    """A right that rests on no periods, with what the silent may change of it."""
    if not missing or found.payable is None:
        return found
    bound = ruled_bound(
        periods,
        given.facts,
        settlement.rules,
        code=ruling.jurisdiction,
        payable=found.payable,
        missing=tuple(sorted({one.jurisdiction for one in missing})),
    )
    bounded = _bounded(found, bound)
    return replace(bounded, basis=tuple(dict.fromkeys((*found.basis, bound.article))))


def _bounded(found: Decision, bound: Bound) -> Decision:
    rules = MappingProxyType({**found.rules, BOUNDS: (bound.article,)})
    return replace(found, bound=bound, rules=rules)


def _is_of(ruling: Ruling, claim: OwnClaim) -> bool:
    return ruling.jurisdiction == claim.jurisdiction


def _counted(found: Entitlement, rules: Rules, lines: tuple[str, ...]) -> Decision:
    ratio = found.ratio
    return Decision(
        unit=found.aggregate.unit.value,
        own=found.aggregate.own if ratio is None else ratio.own,
        total=found.aggregate.total if ratio is None else ratio.total,
        meets_minimum_alone=found.meets_minimum_alone,
        meets_minimum=found.meets_minimum,
        independent=found.own_law if found.independent is None else found.independent,
        theoretical=found.theoretical,
        pro_rata=found.pro_rata,
        payable=found.payable,
        paid_as=found.paid_as.value,
        basis=found.basis,
        lines=lines,
        rules=_rules_of(found, rules),
    )


def _rules_of(found: Entitlement, rules: Rules) -> Mapping[str, tuple[str, ...]]:
    """The articles of each number; of a method that tells in its own words, all of its articles."""
    if found.working is None:
        names = (UNIT, PERIODS, MINIMUM, INDEPENDENT, THEORETICAL, PRO_RATA, PAYABLE)
        return MappingProxyType(dict.fromkeys(names, found.basis))
    deductions = found.working.deductions
    from_independent = [one for one in deductions if one.of_independent]
    from_pro_rata = [one for one in deductions if one.of_pro_rata]
    steps = {
        UNIT: ["aggregation"],
        PERIODS: ["aggregation", *found.ratio_steps],
        MINIMUM: ["aggregation"],
        INDEPENDENT: ["independent", *_set_off(from_independent, rules)],
        THEORETICAL: ["theoretical"],
        PRO_RATA: [*found.ratio_steps, *found.voluntary_steps, *_set_off(from_pro_rata, rules)],
    }
    cited = {
        name: rules.cite(*(one for one in all_ if one in rules.articles))
        for name, all_ in steps.items()
    }
    return MappingProxyType({**cited, PAYABLE: found.basis})


def _set_off(deductions: Iterable[Deduction], rules: Rules) -> list[str]:
    return [step for one in deductions for step in one.steps(rules)]


def _ruled(ruling: Ruling, settlement: Settlement, lines: tuple[str, ...]) -> Decision:
    """A right under national law alone, as the rules of priority leave it."""
    articles = dict.fromkeys(article for line in ruling.lines for article in line.articles)
    is_paid = ruling.payable is not None and ruling.payable.minor > 0
    return Decision(
        unit=settlement.rules.reconciliation_unit.value,
        own=0,
        total=0,
        meets_minimum_alone=True,
        meets_minimum=True,
        independent=ruling.payable if is_paid and _REFUND not in ruling.facts else ruling.own_law,
        theoretical=None,
        pro_rata=None,
        payable=ruling.payable,
        paid_as=_ALONE if is_paid else _NONE,
        basis=tuple(articles),
        lines=lines,
        rules=MappingProxyType({PAYABLE: tuple(articles)}),
    )


def rests_on_periods(pack: Pack, branch: Branch, award_date: date) -> bool:
    """Whether the right rests on a history: family benefits follow priorities alone."""
    return pack.rules_on(award_date).branches.get(branch) is not Method.PRIORITY


def is_by_periods_alone(pack: Pack, branch: Branch, award_date: date) -> bool:
    """
    Whether counts and shares follow from the history by 883/2004's own method, whatever else is
    known; of any other method nobody can compute them again without the facts of national law.
    """
    rules = pack.rules_on(award_date)
    return rules.branches.get(branch) is Method.PRO_RATA and "party_method" not in rules.more
