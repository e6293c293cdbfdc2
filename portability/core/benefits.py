"""Pension amounts by aggregation and pro rata (883/2004 Art 50 to 60)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from portability.core.aggregation import Aggregate, aggregate, in_unit, reaches
from portability.core.agreement import Pack, Rules
from portability.core.discrepancy import Discrepancy
from portability.core.findings import record_findings
from portability.core.money import Money, round_money
from portability.core.overlap import Resolution, resolve
from portability.core.periods import Branch, Period
from portability.core.scheme import Scheme


class PaidAs(StrEnum):
    """As what a jurisdiction pays."""

    INDEPENDENT = "independent"
    PRO_RATA = "pro-rata"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Own periods over total periods, in the unit of the calculating scheme."""

    own: int
    total: int

    @property
    def exact(self) -> Fraction:
        return Fraction(self.own, self.total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """
    What one scheme of one jurisdiction owes, and every number on the way there.

    Amounts are None where they are not due or not known; ``basis`` holds the articles applied.
    """

    jurisdiction: str
    scheme: Scheme
    aggregate: Aggregate
    meets_minimum_alone: bool
    meets_minimum: bool
    independent: Money | None
    theoretical: Money | None
    ratio: Ratio | None
    pro_rata: Money | None
    payable: Money | None
    paid_as: PaidAs
    basis: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The agreed history, what each scheme owes on it, and what someone should look at."""

    rules: Rules
    branch: Branch
    resolution: Resolution
    entitlements: tuple[Entitlement, ...]
    payable_total: Mapping[str, Money]
    discrepancies: tuple[Discrepancy, ...]

    def entitlement(self, jurisdiction: str) -> Entitlement:
        """The first entitlement of a jurisdiction; raises KeyError if it has no scheme here."""
        for entitlement in self.entitlements:
            if entitlement.jurisdiction == jurisdiction:
                return entitlement
        raise KeyError(jurisdiction)


def settle(
    periods: Iterable[Period],
    schemes: Sequence[Scheme],
    pack: Pack,
    branch: Branch,
    award_date: date,
) -> Settlement:
    """
    Determine each scheme's benefit from the same periods.

    ``award_date`` is the date on which the risk materialised. Raises NoAgreementError if the pack
    does not hold on it, InvalidInputError if records contradict each other.
    """
    rules = pack.rules_on(award_date)
    resolution = resolve(periods, rules, branch)
    entitlements = tuple(determine(scheme, schemes, resolution, rules) for scheme in schemes)
    return Settlement(
        rules=rules,
        branch=branch,
        resolution=resolution,
        entitlements=entitlements,
        payable_total=total_by_currency(entitlements),
        discrepancies=resolution.discrepancies + record_findings(resolution.records, rules),
    )


def determine(
    scheme: Scheme, schemes: Sequence[Scheme], resolution: Resolution, rules: Rules
) -> Entitlement:
    """One scheme's benefit: right, independent, theoretical, pro-rata, and the higher one."""
    counting = {item.jurisdiction: item.counting for item in schemes}
    sums = aggregate(resolution.records, scheme.jurisdiction, scheme.unit, rules, counting)
    alone = sums.own > 0 and reaches(sums.own, scheme.minimum, scheme.unit, rules)
    together = sums.own > 0 and reaches(sums.total, scheme.minimum, scheme.unit, rules)
    independent = scheme.independent if alone else None
    ratio = _ratio(scheme, sums, rules) if together else None
    theoretical = scheme.theoretical if together else None
    pro_rata = None
    if ratio is not None and theoretical is not None:
        exact = theoretical.exact * ratio.exact
        pro_rata = round_money(exact, theoretical.currency, scheme.rounding)
    payable, paid_as = _higher(independent, pro_rata, due=together)
    steps = []
    if together and not alone:
        steps.append("aggregation")
    if paid_as is PaidAs.INDEPENDENT:
        steps.append("independent")
    if paid_as is PaidAs.PRO_RATA:
        steps.append("pro_rata")
        if ratio is not None and ratio.total != sums.total:
            steps.append("full_career")
    if payable is not None:
        steps.append("comparison")
    return Entitlement(
        jurisdiction=scheme.jurisdiction,
        scheme=scheme,
        aggregate=sums,
        meets_minimum_alone=alone,
        meets_minimum=together,
        independent=independent,
        theoretical=theoretical,
        ratio=ratio,
        pro_rata=pro_rata,
        payable=payable,
        paid_as=paid_as,
        basis=rules.cite(*steps),
    )


def _ratio(scheme: Scheme, sums: Aggregate, rules: Rules) -> Ratio:
    """Own over total, the total at most a full career (883/2004 Art 56(1)(a))."""
    total = sums.total
    if rules.full_career_cap and scheme.full_career is not None:
        total = min(total, int(in_unit(scheme.full_career, scheme.unit, rules)))
    return Ratio(own=min(sums.own, total), total=total)


def _higher(
    independent: Money | None, pro_rata: Money | None, *, due: bool
) -> tuple[Money | None, PaidAs]:
    """The higher of the two amounts (883/2004 Art 52(3)); the independent one if they are equal."""
    if independent is not None and (pro_rata is None or pro_rata <= independent):
        return independent, PaidAs.INDEPENDENT
    if pro_rata is not None:
        return pro_rata, PaidAs.PRO_RATA
    return None, PaidAs.UNKNOWN if due else PaidAs.NONE


def total_by_currency(entitlements: Iterable[Entitlement]) -> dict[str, Money]:
    """What is payable together, currencies kept apart, in order of their codes."""
    totals: dict[str, Money] = {}
    for entitlement in entitlements:
        amount = entitlement.payable
        if amount is not None:
            known = totals.get(amount.currency)
            totals[amount.currency] = amount if known is None else known + amount
    return dict(sorted(totals.items()))
