"""The amount that the United States owes to who has insured status (20 CFR 404.1918)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from portability.core.amounts import Ratio
from portability.core.discrepancy import Discrepancy, DiscrepancyKind
from portability.core.entitlement import Entitlement, Note, PaidAs
from portability.core.methods.claim import Claim, paying
from portability.core.methods.insured_status import Insured, UsLaw
from portability.core.methods.parameters import EarningsBasis, UsYear
from portability.core.methods.tables import EarningsYear, UsFacts
from portability.core.money import ExactMoney, Money, Rounding, exactly
from portability.core.periods import Branch
from portability.core.standing import Standing
from portability.core.us_amounts import (
    Position,
    attributed_earnings,
    known_wages,
    per_cent,
    relative_earnings_position,
    to_step,
)
from portability.core.us_pia import OrdinaryAmount, ordinary_amount
from portability.core.us_quarters import QUARTERS

_CENTS = 100
_JUNE, _DECEMBER = 6, 12
_LAST_JUNE = 1982
_FIRST_BASE_YEAR = 1951
_FROM_22_TO_62 = 40


@dataclass(frozen=True, slots=True)
class UsPayment:
    """The amount of a claim with insured status."""

    standing: Standing
    insured: Insured
    facts: UsFacts
    law: UsLaw
    claim: Claim

    def entitlement(self, quarters: Mapping[str, object], notes: tuple[Note, ...]) -> Entitlement:
        scheme = self.standing.scheme
        position = self._position()
        ratio = self._ratio(position)
        ordinary = self._ordinary(position)
        given = scheme.theoretical if ordinary is None else ordinary.amount
        theoretical = None if given is None else exactly(given)
        earlier = self.law.basis is EarningsBasis.COMBINED and position is None
        rounding = self.law.step.combined if earlier else self.law.step.rounding
        capped = self._pro_rata(theoretical, ratio, rounding)
        pro_rata = None if capped is None else capped[0]
        paid, paid_as = self._paid(pro_rata)
        steps = self._steps(paid_as, position)
        if capped is not None and capped[1] and paid_as is PaidAs.PRO_RATA:
            steps.append("regular_amount")
        return paying(
            self.standing,
            self.claim,
            paid=paid,
            paid_as=paid_as,
            steps=steps,
            independent=scheme.independent if self.insured.alone else None,
            theoretical=given,
            ratio=ratio,
            pro_rata=pro_rata,
            details={**quarters, **self._details(position), **_monthly(ordinary)},
            notes=(*notes, *self._amount_notes(position, ordinary)),
        )

    def _ordinary(self, position: Position | None) -> OrdinaryAmount | None:
        """
        The theoretical PIA by the ordinary method, if the case does not give it.

        Only for a benefit that begins in the year of eligibility (of 62 years, of the disability or
        of the death), before its first increase for the cost of living, which came in June, from
        1983 in December.
        """
        facts, day = self.facts, self.claim.rules.day
        if (
            self.standing.scheme.theoretical is not None
            or position is None
            or facts.computation_years is None
            or facts.first_year is None
            or facts.last_year is None
            or day.year not in self._eligible_after(facts.last_year)
            or self._turned_62_before(facts.first_year)
            or day.month >= (_DECEMBER if day.year > _LAST_JUNE else _JUNE)
        ):
            return None
        return ordinary_amount(
            dict(self._attributed(position)),
            self._years,
            eligibility=day.year,
            computation_years=facts.computation_years,
        )

    def _eligible_after(self, last_year: int) -> tuple[int, ...]:
        """
        The years of eligibility that base years up to ``last_year`` fit; the year of death may be
        one of them itself (20 CFR 404.211(b)).
        """
        if self.claim.branch is Branch.SURVIVORS:
            return (last_year, last_year + 1)
        return (last_year + 1,)

    def _turned_62_before(self, first_year: int) -> bool:
        """
        Whether who was 22 in the first base year was 62 before the year of the award.

        Then the bend points and the averages are those of that earlier year (20 CFR 404.211(d)(2),
        404.212(b)). Base years from 1951 on do not say how old anybody was.
        """
        begun_at_22 = first_year > _FIRST_BASE_YEAR
        return begun_at_22 and self.claim.rules.day.year > first_year + _FROM_22_TO_62

    @property
    def _earned(self) -> tuple[EarningsYear, ...]:
        """
        Earnings until the year before the benefit, of a death until its own year.

        POMS GN 01701.200 B.1, 20 CFR 404.211(b)(2).
        """
        end = self.claim.rules.day.year + (self.claim.branch is Branch.SURVIVORS)
        return tuple(row for row in self.facts.earnings if row.year < end)

    @property
    def _years(self) -> Mapping[int, UsYear]:
        return known_wages(self.law.years, self.claim.rules.day)

    def _position(self) -> Position | None:
        """Not under the method before 1984, which combined the earnings of both parties."""
        if not self.facts.earnings:
            return None
        combined = self.law.basis is EarningsBasis.COMBINED
        if combined and "decision_date" in self.claim.circumstances.facts:
            return None
        position = relative_earnings_position(self._earned, self._years)
        if combined and position is not None:
            self.claim.note(self._formula_version())
        return position

    def _formula_version(self) -> Discrepancy:
        return Discrepancy(
            kind=DiscrepancyKind.FORMULA_VERSION,
            jurisdiction=self.standing.scheme.jurisdiction,
            records=(),
            detail="claims decided on the award date combined the earnings of both parties; the "
            "case gives US earnings, so the method of later decisions is used",
            action="Give decision_date if the claim was decided under the earlier method.",
            article=self.claim.rules.cite("formula_version")[0],
        )

    def _ratio(self, position: Position | None) -> Ratio | None:
        """Quarters over four times the computation years; before 1984 over all quarters."""
        if self.law.basis is EarningsBasis.COMBINED and position is None:
            return Ratio(own=self.insured.own, total=self.insured.total)
        if self.facts.computation_years is None:
            return None
        own = self.insured.own if position is None else position.quarters
        if position is not None and position.quarters != self.insured.own:
            self.claim.note(self._quarters_differ(position))
        return Ratio(own=own, total=QUARTERS * self.facts.computation_years)

    def _quarters_differ(self, position: Position) -> Discrepancy:
        return Discrepancy(
            kind=DiscrepancyKind.QUARTERS_DIFFER,
            jurisdiction=self.standing.scheme.jurisdiction,
            records=(),
            detail=f"the earnings hold {position.quarters} quarters of coverage, the periods "
            f"{self.insured.own}; the amount uses those of the earnings",
            action="Ask for a corrected earnings record.",
            article=self.claim.rules.cite("pro_rata")[0],
        )

    def _pro_rata(
        self, theoretical: ExactMoney | None, ratio: Ratio | None, rounding: Rounding
    ) -> tuple[Money, bool] | None:
        """The pro-rata PIA, and whether the amount without totalization holds it down."""
        if theoretical is None or ratio is None:
            return None
        scheme = self.standing.scheme
        exact = theoretical * ratio.exact
        if self.facts.rounding_given:
            amount = exact.rounded(scheme.rounding)
        else:
            amount = to_step(exact, self.law.step.step, rounding)
        regular = self.facts.regular_amount
        if regular is not None and regular < amount:
            return regular, True
        return amount, False

    def _paid(self, pro_rata: Money | None) -> tuple[Money | None, PaidAs]:
        """The regular benefit of who is insured alone; a benefit in payment stays if higher."""
        independent = self.standing.scheme.independent if self.insured.alone else None
        if independent is None:
            return pro_rata, PaidAs.PRO_RATA
        compared = self.facts.in_payment or self.claim.rules.independent_comparison
        if compared and pro_rata is not None and independent < pro_rata:
            return pro_rata, PaidAs.PRO_RATA
        return independent, PaidAs.INDEPENDENT

    def _steps(self, paid_as: PaidAs, position: Position | None) -> list[str]:
        if paid_as is PaidAs.INDEPENDENT:
            return ["independent", "comparison"]
        steps = [] if self.insured.alone else ["aggregation", "minimum_quarters", "crediting"]
        steps += ["backwards"] if self.insured.backwards else []
        steps += [] if position is None else ["relative_earnings", "attributed_earnings"]
        return [*steps, "theoretical", "pro_rata", "pia_rounding"]

    def _details(self, position: Position | None) -> dict[str, object]:
        if position is None:
            return {}
        attributed = self._attributed(position)
        return {
            "relative_earnings_position": position.percent,
            "earnings_ratios": {str(year): per_cent(ratio) for year, ratio in position.ratios},
            "attributed_earnings": {
                str(year): str(Money(minor=int(amount * _CENTS), currency="USD"))
                for year, amount in attributed
            },
        }

    def _attributed(self, position: Position) -> tuple[tuple[int, Fraction], ...]:
        facts = self.facts
        base = range(0)
        if facts.first_year is not None and facts.last_year is not None:
            base = range(facts.first_year, facts.last_year + 1)
        death = self.claim.rules.day if self.claim.branch is Branch.SURVIVORS else None
        return attributed_earnings(position, self._earned, self._years, base, death)

    def _amount_notes(
        self, position: Position | None, ordinary: OrdinaryAmount | None
    ) -> list[Note]:
        cite = self.claim.rules.cite
        notes = []
        earned = self._earned
        if late := [str(row.year) for row in self.facts.earnings if row not in earned]:
            text = f"Earnings of {', '.join(late)} are not used: the record ends before them"
            notes.append(Note(text=text, articles=cite("relative_earnings")))
        if position is not None:
            years = ", ".join(f"{year} {per_cent(ratio)}" for year, ratio in position.ratios)
            text = f"Relative earnings position: {position.percent} per cent, four times the sum "
            text += f"of the yearly ratios ({years}) over {position.quarters} quarters"
            notes.append(Note(text=text, articles=cite("relative_earnings")))
            attributed = self._attributed(position)
            text = f"Attributed earnings of {attributed[0][0]} to {attributed[-1][0]}: "
            text += f"{position.percent} per cent of each year's average wage, at most its base"
            notes.append(Note(text=text, articles=cite("attributed_earnings")))
        if ordinary is not None:
            text = f"Theoretical PIA: {ordinary.amount} on average indexed monthly earnings of "
            text += f"{ordinary.monthly} USD"
            notes.append(Note(text=text, articles=cite("theoretical")))
        return notes


def _monthly(ordinary: OrdinaryAmount | None) -> dict[str, object]:
    if ordinary is None:
        return {}
    return {"average_indexed_monthly_earnings": ordinary.monthly}


def amount_note(item: Entitlement, claim: Claim) -> list[Note]:
    """The pro-rata PIA as a sum in words."""
    if item.ratio is None or item.pro_rata is None:
        return []
    text = f"Pro-rata PIA: {item.theoretical} × {item.ratio.own}/{item.ratio.total} = "
    articles = claim.rules.cite("pro_rata", "pia_rounding")
    return [Note(text=f"{text}{item.pro_rata}", articles=articles)]
