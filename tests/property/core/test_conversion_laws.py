"""Laws of conversion: 987/2009 Art 13."""

from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from portability.core.conversion import (
    Placed,
    convert,
    convert_parts,
    exact_in,
    factor,
    place_in_years,
    scale_of,
)
from portability.core.measure import Counting, measure
from portability.core.overlap import resolve
from portability.core.periods import Branch, Duration, Period
from portability.core.units import DAY_UNITS, Unit
from tests.property.core.histories import PACK, RISK, TABLE, TARGETS, durations, histories

UNITS = st.sampled_from(TARGETS)


@given(durations(), UNITS)
def test_a_result_is_rounded_up_once_and_never_below_its_full_years(
    declared: Duration, target: Unit
) -> None:
    counted = convert(declared, target, TABLE)

    if counted.raised:
        assert counted.amount > counted.exact
        assert counted.amount % TABLE.maximum(target) == 0
    else:
        assert counted.exact <= counted.amount < counted.exact + 1


@given(durations(), UNITS, st.integers(1, 5))
def test_no_conversion_exceeds_the_maximum_of_the_years_touched(
    declared: Duration, target: Unit, years: int
) -> None:
    free = convert(declared, target, TABLE)
    held = convert(declared, target, TABLE, calendar_years=years)

    assert held.amount == min(free.amount, years * TABLE.maximum(target))
    assert held.capped == (free.exact > years * TABLE.maximum(target) or held.amount < free.amount)


@given(UNITS, UNITS, st.integers(1, 50))
def test_full_years_stay_full_years_in_every_direction(
    source: Unit, target: Unit, years: int
) -> None:
    counted = convert_parts(
        {source: years * TABLE.maximum(source)}, target, TABLE, limit=years * TABLE.maximum(target)
    )

    assert counted.amount == years * TABLE.maximum(target)


@given(UNITS, UNITS)
def test_there_and_back_is_the_same_length(source: Unit, target: Unit) -> None:
    assert factor(TABLE, source, target) * factor(TABLE, target, source) == 1


@given(durations(), UNITS)
def test_the_integer_scale_says_the_same_as_fractions(declared: Duration, target: Unit) -> None:
    scale = scale_of(TABLE, target)
    parts = dict(declared.parts)

    assert Fraction(scale.worth(parts)) / scale.size == exact_in(parts, target, TABLE)


@given(durations(), durations(), UNITS)
def test_more_is_never_converted_to_less(some: Duration, more: Duration, target: Unit) -> None:
    parts = dict(some.parts)
    together = {
        unit: parts.get(unit, 0) + value for unit, value in (parts | dict(more.parts)).items()
    }

    assert (
        convert_parts(together, target, TABLE, limit=None).amount
        >= convert_parts(parts, target, TABLE, limit=None).amount
    )


@given(
    st.lists(
        st.builds(
            lambda first, length, amount: Placed(first, first + length, amount),
            st.integers(2000, 2003),
            st.integers(0, 2),
            st.integers(0, 4),
        ),
        max_size=4,
    ),
    st.integers(1, 4),
)
def test_the_greedy_placement_is_the_best_of_all(amounts: list[Placed], maximum: int) -> None:
    assert place_in_years(amounts, maximum) == best_placement(amounts, maximum)


def best_placement(amounts: list[Placed], maximum: int) -> int:
    """By trying every subset of years: what fits is bounded by each of them (Hall's theorem)."""
    total = sum(int(item.amount) for item in amounts)
    years = sorted(
        {year for item in amounts for year in range(item.first_year, item.last_year + 1)}
    )
    best = total
    for chosen in product([False, True], repeat=len(years)):
        subset = {year for year, taken in zip(years, chosen, strict=True) if taken}
        inside = sum(
            int(item.amount)
            for item in amounts
            if set(range(item.first_year, item.last_year + 1)) <= subset
        )
        best = min(best, total - inside + maximum * len(subset))
    return best


@given(histories(declared=True), UNITS, st.sampled_from(list(Counting)))
def test_the_contributions_of_a_length_add_up_to_it(
    periods: list[Period], target: Unit, counting: Counting
) -> None:
    rules = PACK.rules_on(RISK)
    entries = resolve(periods, rules, Branch.OLD_AGE).records
    for code in {record.jurisdiction for record, _ in entries}:
        held = [entry for entry in entries if entry[0].jurisdiction == code]

        length = measure(held, target, TABLE, counting)

        contributed = sum((Fraction(item.scaled) for item in length.contributions), Fraction(0))
        assert contributed / length.size == length.exact
        if not (length.raised or length.capped):
            assert length.exact <= length.amount < length.exact + len(length.modes) + 1


@given(st.integers(0, 400), st.sampled_from([5, 6, 7]))
def test_yearly_operations_never_give_less_than_one_operation(days: int, day_type: int) -> None:
    unit = DAY_UNITS[day_type]
    parts = {unit: days}
    once = convert_parts({unit: 2 * days}, Unit.MONTHS, TABLE, limit=24)
    twice = 2 * convert_parts(parts, Unit.MONTHS, TABLE, limit=12).amount

    assert twice >= min(once.amount, 24) or days > TABLE.maximum(unit)
