"""Reductions because of other benefits or income (883/2004 Art 53 to 55)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from portability.core.amounts import Amounts
from portability.core.money import ExactMoney, currency_mix
from portability.core.scheme import OtherBenefit, Scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduced:
    """Amounts after the reductions, and the keys of the articles that reduced them."""

    independent: ExactMoney | None
    pro_rata: ExactMoney | None
    steps: tuple[str, ...]


def reduce(amounts: Amounts, scheme: Scheme, others: Sequence[OtherBenefit]) -> Reduced:
    """
    Both amounts after what national law may set off, each by its own rule.

    Same kind (Art 54): never a pro-rata benefit; an independent one only if Annex IX lists it.
    Different kind (Art 55(1)): an independent benefit bears the amount divided by the number of
    benefits that are reduced, a pro-rata benefit the amount times its own ratio. Benefits from
    voluntary insurance are left out (Art 53(3)(c)). Raises InvalidInputError for other currencies.
    """
    independent, pro_rata = amounts.independent, amounts.pro_rata
    steps: list[str] = []
    for other in others:
        if scheme.jurisdiction not in other.reduces or other.voluntary:
            continue
        for_independent, for_pro_rata = _shares(other, scheme, amounts)
        steps.append("anti_overlap_same" if other.same_kind else "anti_overlap_different")
        independent = _less(independent, other, for_independent)
        pro_rata = _less(pro_rata, other, for_pro_rata)
    return Reduced(independent=independent, pro_rata=pro_rata, steps=tuple(dict.fromkeys(steps)))


def _shares(other: OtherBenefit, scheme: Scheme, amounts: Amounts) -> tuple[Fraction, Fraction]:
    """Which share of the other benefit reduces the independent and the pro-rata amount."""
    if other.same_kind:
        return Fraction(int(scheme.annex_nine)), Fraction(0)
    ratio = Fraction(0) if amounts.ratio is None else amounts.ratio.exact
    return Fraction(1, len(other.reduces)), ratio


def _less(amount: ExactMoney | None, other: OtherBenefit, share: Fraction) -> ExactMoney | None:
    if amount is None:
        return None
    if amount.currency != other.amount.currency:
        raise currency_mix(amount.currency, other.amount.currency)
    return amount.less(other.amount.exact * share)
