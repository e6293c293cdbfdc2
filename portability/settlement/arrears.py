"""
Several creditors and the arrears of one debtor: together they are deducted from what is there.

987/2009 Art 72(2) lets any institution that overpaid a pension have it deducted from the arrears,
and Art 73 has them settled first; both give that ceiling and no order among several. The order is
that of the debtor's own law (Art 72(1)), so it is the debtor who says by its answers whom it
acknowledges how much, and what is held to the ceiling is the sum of these. Each line is spread
evenly over its months, as what was overpaid is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from portability.core.money import ExactMoney, Money, Rounding, exactly
from portability.settlement.limits import rates_of
from portability.settlement.statements import ClaimLine, RefundClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduction:
    """
    ``minor`` of a line is acknowledged; ``arrears`` is what the debtor owes the person a month in
    that line's case.
    """

    claim: RefundClaim
    line: ClaimLine
    minor: int
    arrears: Money

    @property
    def month_of_arrears(self) -> ExactMoney:
        """In the claim's currency, by the claim's rates."""
        rates = rates_of(self.claim.rates)
        return rates.convert(exactly(self.arrears), self.claim.currency, key="rates")

    @property
    def share(self) -> Fraction:
        """Of the arrears of each month that it is for; of none it takes all that there is."""
        if not self.arrears.minor:
            return Fraction(self.minor > 0)
        amount = Money(minor=self.minor, currency=self.claim.currency)
        return amount.exact / self.line.months / self.month_of_arrears.exact


def left_for(asked: Deduction, others: Iterable[Deduction]) -> int:
    """The most that a line can come to beside the others of its case, in minor units."""
    taken = [(one.share, frozenset(one.line.each_month)) for one in others]
    free = min(
        1 - sum((share for share, months in taken if month in months), Fraction(0))
        for month in asked.line.each_month
    )
    most = asked.month_of_arrears * (max(Fraction(0), free) * asked.line.months)
    return most.rounded(Rounding.HALF_UP).minor
