"""What the state of the last activity refunds to that of residence (883/2004 Art 65(6), (7))."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from portability.core.agreement import Rules
from portability.core.branches.competence import OF_WORK
from portability.core.branches.parameters import refund_limits
from portability.core.exchange import Rates
from portability.core.measure import Entry
from portability.core.money import ExactMoney, exactly
from portability.core.spans import merge_runs, months_and_days
from portability.core.time_limits import months_after
from portability.core.unemployment.facts import Refund

_DAYS_PER_MONTH = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunded:
    """Refunded months and amount; ``limited`` by what the refunding state's law would pay."""

    months: int
    amount: ExactMoney
    limited: bool
    step: str


def worked_months(entries: Sequence[Entry], jurisdiction: str, rules: Rules) -> Fraction:
    """Months of work there, by counted dates, within the months before the risk (Art 65(7))."""
    limits = refund_limits(rules)
    begin = months_after(rules.day, -limits.within).toordinal()
    runs = merge_runs(
        (max(piece.first, begin), piece.last)
        for record, pieces in entries
        if record.jurisdiction == jurisdiction and record.type in OF_WORK
        for piece in pieces
        if piece.counts and piece.first is not None and piece.last is not None
        if begin <= piece.last
    )
    lengths = [months_and_days(first, last) for first, last in runs]
    return sum((m + Fraction(d, _DAYS_PER_MONTH) for m, d in lengths), start=Fraction(0))


def refunded(
    stated: Refund,
    *,
    benefit: ExactMoney,
    own_law: ExactMoney,
    worked: Fraction,
    rules: Rules,
    rates: Rates,
) -> Refunded:
    """
    The refund for what residence paid; ``own_law`` is a month under the refunding state's law.

    OPEN: the ceiling is compared for all refunded months together.
    """
    limits = refund_limits(rules)
    long = worked >= limits.worked
    allowed = max(0, (limits.longer if long else limits.months) - stated.exported_months)
    months = allowed if stated.months_paid is None else min(allowed, stated.months_paid)
    paid = benefit * months
    if stated.paid:
        paid = ExactMoney(exact=Fraction(0), currency=stated.paid[0].currency)
        for amount in stated.paid[:months]:
            paid += exactly(amount)
    key = "refund.paid" if stated.paid else "exchange_rate"
    ceiling = rates.convert(own_law, paid.currency, key=key) * months
    limited = ceiling < paid
    return Refunded(
        months=months,
        amount=ceiling if limited else paid,
        limited=limited,
        step="unemployment_refund_longer" if long else "unemployment_refund",
    )
