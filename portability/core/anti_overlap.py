"""Reductions because of other benefits or income (883/2004 Art 53 to 55)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from portability.core.agreement import NATIONAL_LAW, Rules
from portability.core.amounts import Amounts
from portability.core.exchange import NO_RATES, Rates, exchange_step
from portability.core.money import ExactMoney, exactly
from portability.core.scheme import OtherBenefit, Scheme

_MUTUAL = "anti_overlap_mutual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduction:
    """
    One benefit that national law looks at, and what is set off; None where there is no amount.

    The shares are those of the benefit; ``step`` is the key of the article; ``converted`` says that
    the benefit is in another currency.
    """

    other: OtherBenefit
    of_independent: Fraction
    of_pro_rata: Fraction
    from_independent: ExactMoney | None
    from_pro_rata: ExactMoney | None
    step: str
    converted: bool

    @property
    def most(self) -> Fraction | None:
        """The largest share of a benefit that is set off; None where all of it may be."""
        return _most(self.other)

    def steps(self, rules: Rules) -> tuple[str, ...]:
        """The keys of all articles, national law where the agreement has none."""
        mutual = [_MUTUAL if _MUTUAL in rules.articles else NATIONAL_LAW]
        found = [self.step, *(mutual if self.other.mutual else [])]
        return (*found, *([exchange_step(rules)] if self.converted else []))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduced:
    """Amounts after the ``deductions``."""

    independent: ExactMoney | None
    pro_rata: ExactMoney | None
    deductions: tuple[Deduction, ...]


def reduce(
    amounts: Amounts, scheme: Scheme, others: Sequence[OtherBenefit], rates: Rates = NO_RATES
) -> Reduced:
    """
    Both amounts after what national law may set off, each by its own rule.

    Same kind (Art 54): never a pro-rata benefit; an independent one only if Annex IX lists it.
    Different kind (Art 55(1)): an independent benefit bears the amount divided by the number of
    benefits that are reduced, a pro-rata benefit the amount times its own ratio. Where the other
    benefit is reduced in turn, what is not paid is divided by all benefits that are reduced, that
    one included (987/2009 Art 10); no more than the whole benefit can stay unpaid before that
    division. Benefits from voluntary insurance are left out (Art 53(3)(c)).
    An amount in another currency is converted at the rate of the case (987/2009 Art 90). Raises
    InvalidInputError naming it if there is none.
    """
    independent, pro_rata = amounts.independent, amounts.pro_rata
    found: list[Deduction] = []
    for number, other in enumerate(others, start=1):
        if scheme.jurisdiction not in other.reduces or other.voluntary:
            continue
        deduction = _deduct(other, scheme, amounts, rates, f"other_benefit[{number}].amount")
        independent = _less(independent, deduction.from_independent)
        pro_rata = _less(pro_rata, deduction.from_pro_rata)
        found.append(deduction)
    return Reduced(
        independent=independent,
        pro_rata=pro_rata,
        deductions=tuple(found),
    )


def _deduct(
    other: OtherBenefit, scheme: Scheme, amounts: Amounts, rates: Rates, key: str
) -> Deduction:
    of_independent, of_pro_rata = _shares(other, scheme, amounts)
    return Deduction(
        other=other,
        of_independent=of_independent,
        of_pro_rata=of_pro_rata,
        from_independent=_part(amounts.independent, other, of_independent, rates, key),
        from_pro_rata=_part(amounts.pro_rata, other, of_pro_rata, rates, key),
        step="anti_overlap_same" if other.same_kind else "anti_overlap_different",
        converted=other.amount.currency != scheme.currency,
    )


def _shares(other: OtherBenefit, scheme: Scheme, amounts: Amounts) -> tuple[Fraction, Fraction]:
    """Which share of the other benefit reduces the independent and the pro-rata amount."""
    reduced = _reduced(other)
    if other.same_kind:
        return Fraction(int(scheme.annex_nine), reduced if other.mutual else 1), Fraction(0)
    ratio = Fraction(0) if amounts.ratio is None else amounts.ratio.exact
    return Fraction(1, reduced), ratio / (reduced if other.mutual else 1)


def _part(
    amount: ExactMoney | None, other: OtherBenefit, share: Fraction, rates: Rates, key: str
) -> ExactMoney | None:
    """The share of the other benefit that an amount bears, in the currency of the amount."""
    if amount is None:
        return None
    borne = rates.convert(exactly(other.amount), amount.currency, key=key) * share
    most = _most(other)
    return borne if most is None else min(borne, amount * most)


def _most(other: OtherBenefit) -> Fraction | None:
    """A benefit that is withdrawn whole leaves itself unpaid, and that is what is divided."""
    return Fraction(1, _reduced(other)) if other.mutual else None


def _reduced(other: OtherBenefit) -> int:
    """How many benefits are reduced because of one another."""
    return len(other.reduces) + other.mutual


def _less(amount: ExactMoney | None, deducted: ExactMoney | None) -> ExactMoney | None:
    return None if amount is None or deducted is None else amount.less(deducted.exact)
