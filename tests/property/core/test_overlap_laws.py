"""Laws of overlapping periods, and a comparison with a slow reading of the text, day by day."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portability.core.overlap import resolve
from portability.core.periods import Branch, Period, PeriodType
from portability.core.pieces import State
from portability.core.reconciliation import first_difference, reconcile
from portability.core.spans import months_and_days
from tests.property.core.day_reference import days_of, months_by_steps, who_counts
from tests.property.core.histories import PACK, RISK, dated_periods, histories

RULES = PACK.rules_on(RISK)


def counted_days(periods: list[Period]) -> list[tuple[date, str]]:
    """Every (day, record id) that the engine counts."""
    return [
        (date.fromordinal(day), record.id)
        for record, pieces in resolve(periods, RULES, Branch.OLD_AGE).records
        for piece in pieces
        if piece.counts and piece.first is not None and piece.last is not None
        for day in range(piece.first, piece.last + 1)
    ]


@given(histories())
def test_the_engine_counts_each_day_where_the_text_says(periods: list[Period]) -> None:
    assert dict(counted_days(periods)) == who_counts(periods, RISK)


@given(histories())
def test_no_day_is_counted_twice(periods: list[Period]) -> None:
    days = [day for day, _ in counted_days(periods)]

    assert len(days) == len(set(days))


@given(histories())
def test_no_day_that_someone_certifies_is_lost(periods: list[Period]) -> None:
    certified = {
        day
        for period in periods
        if period.type is not PeriodType.FICTIVE_AFTER_RISK
        for day in days_of(period)
        if day < RISK
    }

    assert certified == {day for day, _ in counted_days(periods)}


@given(histories(), dated_periods())
def test_adding_a_period_never_lowers_the_days_counted(
    periods: list[Period], added: Period
) -> None:
    before = len(counted_days(periods))
    others = [period for period in periods if period.id != added.id]

    assert len(counted_days([*others, added])) >= before - sum(
        len(days_of(period)) for period in periods if period.id == added.id
    )


@given(histories())
def test_the_pieces_of_a_record_are_exactly_its_days(periods: list[Period]) -> None:
    for record, pieces in resolve(periods, RULES, Branch.OLD_AGE).records:
        day = record.first
        for piece in pieces:
            assert piece.first == day
            assert piece.last is not None
            day = piece.last + 1
        assert day == record.last + 1


@given(histories())
def test_whatever_displaces_a_piece_is_a_record_that_counts_or_prevails(
    periods: list[Period],
) -> None:
    known = {period.id: period for period in periods}
    for record, pieces in resolve(periods, RULES, Branch.OLD_AGE).records:
        for piece in pieces:
            assert (piece.state is State.DISPLACED) == (piece.by is not None)
            if piece.by is not None:
                winner = known[piece.by]
                assert winner.id != record.id
                assert winner.type.period_class >= record.type.period_class
                assert piece.first is not None
                assert piece.last is not None
                assert winner.first <= piece.first <= piece.last <= winner.last


@given(histories(declared=True), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(periods: list[Period], random: object) -> None:
    shuffled = periods * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random

    mine = reconcile(periods, PACK, "old-age", RISK)
    other = reconcile(shuffled, PACK, "old-age", RISK)

    assert mine.digest == other.digest
    assert mine == other
    assert first_difference(mine, other) is None


@given(histories(declared=True), histories(declared=True))
def test_different_results_name_their_first_difference(
    some: list[Period], others: list[Period]
) -> None:
    mine = reconcile(some, PACK, "old-age", RISK)
    other = reconcile(others, PACK, "old-age", RISK)

    difference = first_difference(mine, other)

    assert (difference is None) == (mine.digest == other.digest)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)), st.integers(0, 2000))
def test_calendar_length_is_what_counting_month_by_month_gives(start: date, days: int) -> None:
    end = start + timedelta(days=days)

    assert months_and_days(start.toordinal(), end.toordinal()) == months_by_steps(start, end)
