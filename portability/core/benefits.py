"""Pension amounts by aggregation and pro rata (883/2004 Art 50 to 60)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import combinations
from types import MappingProxyType

from portability.core.agreement import Pack, Rules
from portability.core.amounts import Amounts, Ratio, calculate
from portability.core.anti_overlap import Deduction, Reduced, reduce
from portability.core.discrepancy import Discrepancy, DiscrepancyKind
from portability.core.entitlement import Entitlement, PaidAs, Reason, Working
from portability.core.exchange import rates_in
from portability.core.findings import record_findings
from portability.core.insured_at_risk import InsuredBy, insured_step
from portability.core.money import ExactMoney, Money
from portability.core.overlap import Resolution, resolve
from portability.core.periods import Branch, Period
from portability.core.ruling import Ruling
from portability.core.scheme import AnnexEight, Circumstances, Scheme
from portability.core.short_elsewhere import short_elsewhere
from portability.core.standing import History, Standing, counting_by, insured_elsewhere, stand
from portability.core.supplement import top_up
from portability.core.totals import total_by_currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """
    The agreed history, what each scheme owes on it, and what someone should look at.

    ``rulings`` decide for jurisdictions whose schemes count no periods; ``facts`` are further
    values about the claim as a whole.
    """

    rules: Rules
    branch: Branch
    resolution: Resolution
    entitlements: tuple[Entitlement, ...]
    payable_total: Mapping[str, Money]
    discrepancies: tuple[Discrepancy, ...]
    rulings: tuple[Ruling, ...] = ()
    facts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def entitlement(self, jurisdiction: str) -> Entitlement:
        """The first entitlement of a jurisdiction; raises KeyError if it has no scheme here."""
        for entitlement in self.entitlements:
            if entitlement.jurisdiction == jurisdiction:
                return entitlement
        raise KeyError(jurisdiction)


NO_CIRCUMSTANCES = Circumstances()


def settle(
    periods: Iterable[Period],
    schemes: Sequence[Scheme],
    pack: Pack,
    branch: Branch,
    award_date: date,
    *,
    circumstances: Circumstances = NO_CIRCUMSTANCES,
) -> Settlement:
    """
    Determine each scheme's benefit from the same periods.

    ``award_date`` is the date on which the risk materialised. Raises NoAgreementError if the pack
    does not hold on it, InvalidInputError if records contradict each other or currencies mix.
    """
    rules = pack.rules_on(award_date)
    resolution = resolve(periods, rules, branch)
    history = History(
        entries=resolution.records,
        branch=branch,
        rules=rules,
        counting=counting_by(rules, schemes),
    )
    standings = stand(schemes, history)
    entitlements, found = Determination(standings, history, circumstances).run()
    return Settlement(
        rules=rules,
        branch=branch,
        resolution=resolution,
        entitlements=entitlements,
        payable_total=MappingProxyType(total_by_currency(entitlements)),
        discrepancies=resolution.discrepancies
        + record_findings(resolution.records, rules)
        + short_elsewhere(standings, history)
        + tuple(found),
    )


class Determination:
    """The steps that need to know how all schemes stand."""

    def __init__(
        self, standings: Sequence[Standing], history: History, circumstances: Circumstances
    ) -> None:
        self._history = history
        self._circumstances = circumstances
        self._freed = freed_jurisdictions(standings)
        self._standings = insured_elsewhere(standings, history, self._freed)
        self._closed = _closed_jurisdictions(self._standings, self._freed)
        self._found: list[Discrepancy] = []

    def run(self) -> tuple[tuple[Entitlement, ...], list[Discrepancy]]:
        last = self._last_of_all_freed()
        entitlements = tuple(
            self._pay_all(standing) if standing is last else self._determine(standing)
            for standing in self._standings
        )
        topped = top_up(entitlements, self._circumstances, self._history.rules, self._found)
        return topped, self._found

    def _determine(self, standing: Standing) -> Entitlement:
        reason = _refusal(standing, self._freed)
        if reason is not None:
            return self._nothing(standing, reason)
        amounts = self._best(standing)
        return self._pay(standing, amounts, self._reduced(standing, amounts))

    def _reduced(self, standing: Standing, amounts: Amounts) -> Reduced:
        rates = rates_in(self._circumstances.facts)
        return reduce(amounts, standing.scheme, self._circumstances.other_benefits, rates)

    def _nothing(self, standing: Standing, reason: Reason) -> Entitlement:
        currency = standing.scheme.currency
        step = {
            Reason.SHORT_PERIOD: "short_period",
            Reason.DEFERRED: "conditions_elsewhere",
            Reason.NOT_INSURED: insured_step(self._history.rules),
        }
        return Entitlement(
            standing=standing,
            independent=None,
            theoretical=None,
            ratio=None,
            pro_rata=None,
            voluntary=None,
            left_out=(),
            payable=None if currency is None else Money(minor=0, currency=currency),
            supplement=None,
            paid_as=PaidAs.NONE,
            reason=reason,
            basis=self._history.rules.cite(step.get(reason, "aggregation")),
        )

    def _best(self, standing: Standing) -> Amounts:
        """
        The amounts with the periods of closed jurisdictions, or without those that lower them.

        883/2004 Art 50(2) and (3): they are left out only if including them gives less, other
        benefits set off: the ratio is also that of what a pro-rata benefit bears (Art 55(1)(b)).
        """
        included = calculate(standing, self._history, self._freed, frozenset())
        own = {standing.scheme.jurisdiction}
        closed = sorted({code for code, _ in standing.calculating.foreign} & self._closed - own)
        best = included
        for size in range(1, len(closed) + 1):
            for left_out in combinations(closed, size):
                other = calculate(standing, self._history, self._freed, frozenset(left_out))
                if other.unknown and not included.unknown:
                    self._note_unknown(standing, left_out)
                elif self._worth(standing, best) < self._worth(standing, other):
                    best = other
        return best

    def _worth(self, standing: Standing, amounts: Amounts) -> Fraction:
        """The higher of both amounts, to compare alternatives of the same scheme."""
        reduced = self._reduced(standing, amounts)
        known = [item.exact for item in (reduced.independent, reduced.pro_rata) if item is not None]
        return max(known, default=Fraction(-1))

    def _pay(self, standing: Standing, amounts: Amounts, reduced: Reduced) -> Entitlement:
        scheme = standing.scheme
        self._note_voluntary(standing, amounts)
        pro_rata = None if self._no_pro_rata(standing, reduced) else reduced.pro_rata
        paid, paid_as = self._higher(reduced.independent, pro_rata)
        steps: list[str] = ["aggregation"] if standing.together and not standing.alone else []
        if standing.insured in {InsuredBy.ELSEWHERE, InsuredBy.BENEFIT}:
            steps.append(insured_step(self._history.rules))
        if paid_as is PaidAs.INDEPENDENT:
            steps.append("independent")
        if paid_as is PaidAs.PRO_RATA:
            steps += amounts.steps
        if paid is not None:
            steps += [step for one in reduced.deductions for step in one.steps(self._history.rules)]
            steps.append("comparison" if pro_rata is not None else "no_pro_rata")
        return Entitlement(
            standing=standing,
            independent=_rounded(reduced.independent, scheme),
            theoretical=_rounded(amounts.theoretical, scheme),
            ratio=amounts.ratio,
            pro_rata=_rounded(reduced.pro_rata, scheme),
            voluntary=_rounded(amounts.voluntary, scheme),
            left_out=amounts.left_out,
            payable=_rounded(paid, scheme),
            supplement=None,
            paid_as=paid_as,
            reason=Reason.AMOUNT_UNKNOWN if paid is None else None,
            basis=self._history.rules.cite(*steps),
            working=_working(amounts, scheme, reduced.deductions),
        )

    def _no_pro_rata(self, standing: Standing, reduced: Reduced) -> bool:
        """Whether Annex VIII Part 1 spares the pro-rata calculation (Art 52(4))."""
        listed = standing.scheme.annex_eight is AnnexEight.PART_1
        return (
            listed
            and reduced.independent is not None
            and not reduced.deductions
            and not self._freed
        )

    def _higher(
        self, independent: ExactMoney | None, pro_rata: ExactMoney | None
    ) -> tuple[ExactMoney | None, PaidAs]:
        """The higher amount (Art 52(3)), or the national one where the pack does not compare."""
        compares = self._history.rules.independent_comparison
        if independent is not None and (
            pro_rata is None or not compares or not independent < pro_rata
        ):
            return independent, PaidAs.INDEPENDENT
        if pro_rata is not None:
            return pro_rata, PaidAs.PRO_RATA
        return None, PaidAs.UNKNOWN

    def _last_of_all_freed(self) -> Standing | None:
        """Who pays if every jurisdiction would be freed: the last whose conditions are met."""
        holding = {
            record.jurisdiction
            for record, pieces in self._history.entries
            if any(piece.counts for piece in pieces)
        }
        if not self._freed or holding - self._freed:
            return None
        able = [item for item in self._standings if item.open and item.short]
        return max(able, key=lambda item: (_last_day(item), item.scheme.label), default=None)

    def _pay_all(self, standing: Standing) -> Entitlement:
        """All periods count as the last jurisdiction's own (Art 57(3))."""
        scheme = standing.scheme
        amounts = calculate(standing, self._history, frozenset(), frozenset())
        paid = amounts.theoretical
        total = 0 if amounts.ratio is None else amounts.ratio.total
        return Entitlement(
            standing=standing,
            independent=None,
            theoretical=_rounded(paid, scheme),
            ratio=Ratio(own=total, total=total),
            pro_rata=None,
            voluntary=None,
            left_out=(),
            payable=_rounded(paid, scheme),
            supplement=None,
            paid_as=PaidAs.UNKNOWN if paid is None else PaidAs.ALL_PERIODS,
            reason=Reason.AMOUNT_UNKNOWN if paid is None else None,
            basis=self._history.rules.cite("theoretical", "short_period_all"),
            working=_working(amounts, scheme),
        )

    def _note_unknown(self, standing: Standing, left_out: Sequence[str]) -> None:
        self._found.append(
            Discrepancy(
                kind=DiscrepancyKind.THEORETICAL_UNKNOWN,
                jurisdiction=standing.scheme.jurisdiction,
                records=(),
                detail=f"the periods of {', '.join(left_out)} may have to be left out, but the "
                "theoretical amount without them is not given",
                action="Give theoretical_without for these periods, or a formula.",
                article=self._history.rules.cite("conditions_elsewhere")[0],
            )
        )

    def _note_voluntary(self, standing: Standing, amounts: Amounts) -> None:
        if amounts.voluntary_unknown:
            self._found.append(
                Discrepancy(
                    kind=DiscrepancyKind.VOLUNTARY_VALUE,
                    jurisdiction=standing.scheme.jurisdiction,
                    records=(),
                    detail="voluntary periods were displaced; their value under national law "
                    "belongs on top of the pro-rata amount and is not given",
                    action="Ask the institution for the value of the displaced voluntary periods.",
                    article=self._history.rules.cite("voluntary_supplement")[0],
                )
            )


def _working(amounts: Amounts, scheme: Scheme, deductions: tuple[Deduction, ...] = ()) -> Working:
    return Working(
        dividing=amounts.dividing,
        independent=_rounded(amounts.independent, scheme),
        pro_rata=_rounded(amounts.pro_rata, scheme),
        deductions=deductions,
        voluntary_steps=() if amounts.voluntary is None else amounts.voluntary_steps,
        formulas=amounts.formulas,
    )


def freed_jurisdictions(standings: Iterable[Standing]) -> frozenset[str]:
    """Jurisdictions that owe nothing, since all their schemes hold short periods (Art 57(1))."""
    standings = [item for item in standings if item.held.own > 0]
    paying = {item.scheme.jurisdiction for item in standings if not item.short}
    return frozenset({item.scheme.jurisdiction for item in standings} - paying)


def _closed_jurisdictions(standings: Iterable[Standing], freed: frozenset[str]) -> frozenset[str]:
    """Jurisdictions with periods of which no scheme has its conditions met now (Art 50(2), (3))."""
    standings = [item for item in standings if item.qualifying.own > 0]
    opened = {item.scheme.jurisdiction for item in standings if item.open}
    return frozenset({item.scheme.jurisdiction for item in standings} - opened - freed)


def _refusal(standing: Standing, freed: frozenset[str]) -> Reason | None:
    """Why the scheme pays nothing now; None if its conditions are met."""
    scheme = standing.scheme
    reasons = (
        (not standing.held.own, Reason.NO_OWN_PERIODS),
        (scheme.deferred, Reason.DEFERRED),
        (not scheme.conditions_met, Reason.CONDITIONS_NOT_MET),
        (standing.insured is InsuredBy.NOBODY, Reason.NOT_INSURED),
        (scheme.jurisdiction in freed or standing.short, Reason.SHORT_PERIOD),
        (not standing.together, Reason.MINIMUM_NOT_MET),
    )
    return next((reason for holds, reason in reasons if holds), None)


def _last_day(standing: Standing) -> int:
    """The last day that counts for the scheme; 0 if none is known."""
    return max(
        (
            piece.last
            for record, pieces in standing.entries
            for piece in pieces
            if standing.scheme.is_own(record) and piece.counts and piece.last is not None
        ),
        default=0,
    )


def _rounded(amount: ExactMoney | None, scheme: Scheme) -> Money | None:
    return None if amount is None else amount.rounded(scheme.rounding)
