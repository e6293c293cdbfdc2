"""Adding the periods of several jurisdictions to open a right (883/2004 Art 6)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from operator import attrgetter

from portability.core.agreement import Rules
from portability.core.conversion import exact_in, parts_of, place_in_years, round_up, scale_of
from portability.core.measure import Counting, Entry, Length, measure
from portability.core.periods import Duration, Period
from portability.core.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """
    Own and foreign periods in the unit of the jurisdiction that calculates.

    ``capped`` says that the yearly cap of 987/2009 Art 13(2) holds the total below the sum.
    """

    unit: Unit
    own: int
    foreign: tuple[tuple[str, int], ...]
    total: int
    capped: bool
    lengths: tuple[tuple[str, Length], ...]

    @property
    def steps(self) -> tuple[str, ...]:
        """The keys of the articles of all conversions."""
        found = [step for _, length in self.lengths for step in length.steps]
        return tuple(dict.fromkeys(found + (["conversion_cap"] if self.capped else [])))


def aggregate(
    entries: Iterable[Entry],
    jurisdiction: str,
    unit: Unit,
    rules: Rules,
    counting: Mapping[str, Counting],
    *,
    place: Callable[[Period], str] = attrgetter("jurisdiction"),
) -> Aggregate:
    """
    What the records hold in ``unit``, own and foreign, rounded up per jurisdiction.

    ``counting`` says how each jurisdiction measures its own dates; those not named count exactly.
    ``place`` tells whose a record is, where an institution is set apart from others at home; all
    records of a place are of one jurisdiction.
    """
    by_place: dict[str, list[Entry]] = {jurisdiction: []}
    for entry in entries:
        by_place.setdefault(place(entry[0]), []).append(entry)
    lengths = tuple(
        (name, _within_years(length, rules))
        for name, held in sorted(by_place.items())
        for length in [measure(held, unit, rules.conversion, _counting_of(held, counting))]
    )
    amounts = {code: length.amount for code, length in lengths}
    together = sum(amounts.values())
    total = min(together, _capacity([length for _, length in lengths], unit, rules))
    return Aggregate(
        unit=unit,
        own=amounts[jurisdiction],
        foreign=tuple(
            (code, amount) for code, amount in amounts.items() if code != jurisdiction and amount
        ),
        total=total,
        capped=total < together,
        lengths=lengths,
    )


def _counting_of(held: Sequence[Entry], counting: Mapping[str, Counting]) -> Counting:
    """As the jurisdiction that certified the records of a place measures them."""
    return counting.get(held[0][0].jurisdiction, Counting.EXACT) if held else Counting.EXACT


def _within_years(length: Length, rules: Rules) -> Length:
    """A length of which some years were converted apart, held to what all its years can hold."""
    most = length.amount if len(length.modes) == 1 else _capacity([length], length.unit, rules)
    if most >= length.amount:
        return length
    steps = tuple(dict.fromkeys((*length.steps, "conversion_cap")))
    return replace(length, amount=most, capped=True, steps=steps)


def _capacity(lengths: Sequence[Length], unit: Unit, rules: Rules) -> int:
    """The most that the calendar years touched can hold, all jurisdictions together."""
    size = scale_of(rules.conversion, unit).size
    placed = [item for length in lengths for item in length.placed]
    undated = sum(length.undated for length in lengths)
    held = place_in_years(placed, rules.conversion.maximum(unit) * size) + undated
    return round_up(Fraction(held) / size)


def reaches(amount: int, minimum: Duration | None, unit: Unit, rules: Rules) -> bool:
    """Whether an amount in ``unit`` is at least ``minimum``; no minimum is always reached."""
    return minimum is None or amount >= in_unit(minimum, unit, rules)


def in_unit(duration: Duration, unit: Unit, rules: Rules) -> Fraction:
    """A duration of national law in the unit of its scheme, exactly."""
    return exact_in(parts_of(duration, rules.conversion), unit, rules.conversion)
