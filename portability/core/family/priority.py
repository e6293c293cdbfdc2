"""Which state pays first, and in which order the others follow (883/2004 Art 68(1))."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from portability.core.exchange import Rates
from portability.core.family.claims import Entitled, Group
from portability.core.family.facts import Basis
from portability.core.money import ExactMoney, exactly
from portability.errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """
    A claim in its place, with the key of the article that put it there.

    ``by_amount`` says that only the highest amount decided among activities, so that half is
    refunded (987/2009 Art 58); ``open`` that the text does not decide.
    """

    entitled: Entitled
    step: str
    by_amount: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What comparing claims needs besides them: rates, and how long each jurisdiction insured."""

    ranks: tuple[str, ...]
    rates: Rates
    lengths: Mapping[str, Fraction]


def rank_claims(group: Group, compared: Compared) -> tuple[Ranked, ...]:
    """Every claim of a group in order of priority; the same for every order of the claims."""
    rest = list(group.entitled)
    found: list[Ranked] = []
    while rest:
        first = _first(rest, group.residence, compared)
        found.append(first)
        rest.remove(first.entitled)
    return tuple(found)


def _first(claims: Sequence[Entitled], residence: str, compared: Compared) -> Ranked:
    ranks = compared.ranks
    strongest = min(claims, key=lambda item: ranks.index(item.basis)).basis
    top = [item for item in claims if item.basis is strongest]
    if len(top) == 1:
        step = "family_rights" if len(claims) == 1 else "family_different_bases"
        return Ranked(entitled=top[0], step=step)
    step, choose = _RULES[strongest]
    there = next((item for item in top if item.jurisdiction == residence), None)
    if there is not None:
        return Ranked(entitled=there, step=step)
    return Ranked(
        entitled=choose(top, compared),
        step=step,
        by_amount=strongest is Basis.ACTIVITY,
        open=strongest is Basis.RESIDENCE,
    )


def _highest(claims: Sequence[Entitled], compared: Compared) -> Entitled:
    """The highest amount; of equal ones the first jurisdiction by its code."""
    best = claims[0]
    for item in claims[1:]:
        amount = compared.rates.convert(exactly(item.amount), best.amount.currency)
        if exactly(best.amount) < amount:
            best = item
    return best


def _longest(claims: Sequence[Entitled], compared: Compared) -> Entitled:
    """The longest insurance or residence; of equal ones the highest amount."""
    lengths = compared.lengths
    for item in claims:
        if item.jurisdiction not in lengths:
            raise InvalidInputError(
                f"right: say how long the person was insured or resided in {item.jurisdiction}; "
                "the priority depends on it",
                field="length",
            )
    longest = max(lengths[item.jurisdiction] for item in claims)
    return _highest([item for item in claims if lengths[item.jurisdiction] == longest], compared)


_RULES: Mapping[Basis, tuple[str, Callable[[Sequence[Entitled], Compared], Entitled]]] = {
    Basis.ACTIVITY: ("family_activity", _highest),
    Basis.PENSION: ("family_pension", _longest),
    Basis.RESIDENCE: ("family_residence", _highest),
}


def paid_before(paid: Sequence[ExactMoney], currency: str, rates: Rates) -> ExactMoney:
    """What states with priority pay already, in the currency of the next one."""
    total = ExactMoney(exact=Fraction(0), currency=currency)
    for amount in paid:
        total += rates.convert(amount, currency)
    return total
