"""
Provisional bounds while answers are missing (987/2009 Art 7 and 50).

Each missing jurisdiction may still certify anything from nothing to what the officer considers the
most. The claim is settled for the lengths at which a result can turn: nothing, the most, and what
would just open a right or just make a year; each where it can matter.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from portability.core.aggregation import in_unit
from portability.core.agreement import Pack, Rules
from portability.core.benefits import Settlement
from portability.core.conversion import exact_in, factor, parts_of, round_up
from portability.core.entitlement import PaidAs
from portability.core.money import Money
from portability.core.periods import Branch, Duration, Period
from portability.core.scheme import Circumstances, MissingAnswer, Scheme
from portability.core.settling import settle
from portability.core.supposing import supposed_answers
from portability.core.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """
    What a scheme will pay at least and at most once ``missing`` have answered; the scheme is None
    where the right rests on no periods, as with family benefits.

    The amounts are None where the case does not give enough to calculate them.
    """

    scheme: Scheme | None
    lower: Money | None
    upper: Money | None
    missing: tuple[str, ...]
    article: str

    def to_json(self) -> dict[str, object]:
        return {
            "lower": None if self.lower is None else str(self.lower),
            "upper": None if self.upper is None else str(self.upper),
            "missing": list(self.missing),
            "article": self.article,
        }


def bounds(
    periods: Iterable[Period],
    schemes: Sequence[Scheme],
    pack: Pack,
    branch: Branch,
    award_date: date,
    *,
    circumstances: Circumstances,
) -> tuple[Bound, ...]:
    """
    One bound per scheme, in the order of the schemes; empty if no answer is missing.

    Raises as ``settle``.
    """
    if not circumstances.missing:
        return ()
    known = tuple(periods)
    first = settle(known, schemes, pack, branch, award_date, circumstances=circumstances)
    lengths = _turning_points(circumstances.missing, first, schemes)
    outcomes = [
        (
            settle(
                known + supposed.periods,
                (*schemes, *supposed.laws),
                pack,
                branch,
                award_date,
                circumstances=circumstances,
            ),
            supposed.unknown_law,
        )
        for supposed in supposed_answers(first, schemes, circumstances, lengths)
    ]
    missing = tuple(sorted({item.jurisdiction for item in circumstances.missing}))
    article = first.rules.cite("provisional")[0]
    return tuple(
        _bound(index, scheme, outcomes, missing, article) for index, scheme in enumerate(schemes)
    )


def _bound(
    index: int,
    scheme: Scheme,
    outcomes: Sequence[tuple[Settlement, bool]],
    missing: tuple[str, ...],
    article: str,
) -> Bound:
    found = [(outcome.entitlements[index], unknown_law) for outcome, unknown_law in outcomes]
    known = [
        amount
        for one, unknown_law in found
        if one.payable is not None
        for amount in _amounts(one.payable, one.supplement if unknown_law else None)
    ]
    if known and any(one.payable is None for one, _ in found):
        known.append(Money(minor=0, currency=known[0].currency))
    known.sort(key=lambda item: item.minor)
    complete = bool(known) and all(one.paid_as is not PaidAs.UNKNOWN for one, _ in found)
    return Bound(
        scheme=scheme,
        lower=known[0] if complete else None,
        upper=known[-1] if complete else None,
        missing=missing,
        article=article,
    )


def _amounts(payable: Money, supplement: Money | None) -> Iterator[Money]:
    """What is paid, and without a supplement that other benefits may make superfluous (Art 58)."""
    yield payable
    if supplement is not None:
        yield Money(minor=payable.minor - supplement.minor, currency=payable.currency)


def _turning_points(
    missing: Sequence[MissingAnswer], settlement: Settlement, schemes: Sequence[Scheme]
) -> list[list[int]]:
    """
    Lengths in months at which a result may turn, from nothing to the most, for each answer.

    What just opens a right may also come from several of them together.
    """
    rules = settlement.rules
    table = rules.conversion
    most = [
        round_up(exact_in(parts_of(answer.at_most, table), Unit.MONTHS, table))
        for answer in missing
    ]
    found = [{0, limit} for limit in most]
    for scheme, entitlement in zip(schemes, settlement.entitlements, strict=True):
        needed = left = _months_to(scheme.minimum, scheme, entitlement.aggregate.total, rules)
        for points, limit in zip(found, most, strict=True):
            points |= {needed - 1, needed, left - 1, left}
            left -= min(left, limit)
    if rules.short_periods is not None:
        year = round_up(exact_in(parts_of(rules.short_periods.below, table), Unit.MONTHS, table))
        for points in found:
            points |= {1, year - 1, year}
    return [
        sorted(point for point in points if 0 <= point <= limit)
        for points, limit in zip(found, most, strict=True)
    ]


def _months_to(minimum: Duration | None, scheme: Scheme, total: int, rules: Rules) -> int:
    """Months that are missing to a qualifying period."""
    if minimum is None:
        return 0
    short = max(Fraction(0), in_unit(minimum, scheme.unit, rules) - total)
    return round_up(short / factor(rules.conversion, Unit.MONTHS, scheme.unit))
