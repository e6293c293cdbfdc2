"""What each state pays for a group of children: in full, a supplement, or half refunded."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from portability.core.exchange import Rates
from portability.core.family.claims import Entitled, Group
from portability.core.family.facts import Basis
from portability.core.family.priority import Compared, Ranked, paid_before, rank_claims
from portability.core.money import ExactMoney, Money, Rounding, exactly

_PER_CENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """
    What one state pays for a group, and why.

    ``place`` counts from 1, the state with priority. ``suspended`` is the part of its own benefit
    that the states before it cover already; ``refused`` says that it need not pay the supplement.
    """

    ranked: Ranked
    place: int
    payable: Money
    suspended: Money
    refused: bool

    @property
    def entitled(self) -> Entitled:
        return self.ranked.entitled


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Part of what ``to`` paid, refunded by ``by`` (987/2009 Art 58), in the payer's currency."""

    by: str
    to: str
    amount: Money
    limited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A group with its payments in order of priority."""

    group: Group
    payments: tuple[Payment, ...]
    refund: Refund | None

    @property
    def priority(self) -> str:
        return self.payments[0].entitled.jurisdiction


def settle_group(group: Group, compared: Compared, refund_percent: int) -> Settled:
    """
    The payments for one group.

    With more than two states each tops up what those before it pay, so that together the family
    receives the highest amount (OPEN: 68(2) speaks of one state with priority and the others).
    """
    ranked = rank_claims(group, compared)
    paid: list[ExactMoney] = []
    payments: list[Payment] = []
    for place, item in enumerate(ranked, start=1):
        payment = _pay(item, place, paid, compared.rates)
        payments.append(payment)
        paid.append(exactly(payment.payable))
    return Settled(
        group=group,
        payments=tuple(payments),
        refund=_refund(ranked, compared.rates, Fraction(refund_percent, _PER_CENT)),
    )


def _pay(item: Ranked, place: int, paid: Sequence[ExactMoney], rates: Rates) -> Payment:
    entitled = item.entitled
    nothing = Money(minor=0, currency=entitled.amount.currency)
    if place == 1:
        return Payment(
            ranked=item, place=1, payable=entitled.amount, suspended=nothing, refused=False
        )
    before = paid_before(paid, entitled.amount.currency, rates)
    supplement = exactly(entitled.amount).less(before.exact).rounded(entitled.rounding)
    refused = entitled.refuses and supplement.minor > 0
    return Payment(
        ranked=item,
        place=place,
        payable=nothing if refused else supplement,
        suspended=entitled.amount - (nothing if refused else supplement),
        refused=refused,
    )


def _refund(ranked: Sequence[Ranked], rates: Rates, share: Fraction) -> Refund | None:
    """Half of what the state with the highest amount pays, up to what the other would have paid."""
    first = ranked[0]
    others = [item.entitled for item in ranked[1:] if item.entitled.basis is Basis.ACTIVITY]
    if not first.by_amount or not others:
        return None
    payer, debtor = first.entitled, others[0]
    half = exactly(payer.amount) * share
    limit = rates.convert(exactly(debtor.amount), payer.amount.currency)
    limited = limit < half
    return Refund(
        by=debtor.jurisdiction,
        to=payer.jurisdiction,
        amount=(limit if limited else half).rounded(Rounding.HALF_UP),
        limited=limited,
    )
