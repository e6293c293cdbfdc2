"""Up to where an answer has to be complete, also where the log that it names has ended since."""

import pytest

from portability.recognition.places import Was, is_of_its_place, was_in
from tests.unit.recognition.test_omission import FIRST, SECOND, THIRD, ended, logs


@pytest.mark.parametrize(
    ("size", "leaf", "is_right"),
    [(7, 7, True), (6, 7, True), (5, 7, False), (0, 7, False), (8, 7, False), (0, 0, True)],
)
def test_in_a_log_that_goes_on_it_is_the_size_before_it_or_before_its_receipt(
    *, size: int, leaf: int, is_right: bool
) -> None:
    assert is_of_its_place(FIRST, size, leaf, FIRST, logs(present=FIRST)) is is_right


@pytest.mark.parametrize(
    ("size", "leaf", "is_right"),
    [(8, 9, True), (3, 9, False), (10, 10, False), (9, 12, False)],
)
def test_what_a_log_held_that_has_ended_stands_there_still_and_nothing_joins_it(
    *, size: int, leaf: int, is_right: bool
) -> None:
    known = logs(ended(FIRST, 10), ended(SECOND, 30), present=THIRD)
    assert is_of_its_place(FIRST, size, leaf, THIRD, known) is is_right


@pytest.mark.parametrize(
    ("size", "leaf", "is_right"),
    [(3, 4, True), (2, 4, False), (8, 9, True), (8, 40, True), (10, 40, False)],
)
def test_what_was_lost_with_its_log_and_taken_back_stands_elsewhere(
    *, size: int, leaf: int, is_right: bool
) -> None:
    known = logs(ended(FIRST, 10, kept=6), present=SECOND)
    assert is_of_its_place(FIRST, size, leaf, SECOND, known) is is_right


def test_over_two_ends_it_is_enough_that_entries_were_lost_at_one_of_them() -> None:
    for ends in (
        (ended(FIRST, 10, kept=6), ended(SECOND, 30)),
        (ended(FIRST, 10), ended(SECOND, 30, kept=6)),
    ):
        known = logs(*ends, present=THIRD)
        assert was_in(FIRST, 9, 8, THIRD, known) is Was.UNKNOWN
        assert was_in(FIRST, 5, 4, THIRD, known) is Was.THERE
        assert was_in(FIRST, 4, 4, THIRD, known) is Was.NOT_THERE
        assert is_of_its_place(FIRST, 8, 40, THIRD, known) is True
        assert is_of_its_place(FIRST, 10, 40, THIRD, known) is False
        assert is_of_its_place(THIRD, 8, 40, FIRST, known) is False
    whole = logs(ended(FIRST, 10), ended(SECOND, 30), present=THIRD)
    assert was_in(FIRST, 12, 11, THIRD, whole) is Was.NOT_THERE
    assert is_of_its_place(FIRST, 8, 40, THIRD, whole) is False


def test_where_it_was_lost_it_is_shown_at_its_own_place_or_not_at_all() -> None:
    """By a checkpoint from before the loss; none of then knows a later log."""
    known = logs(ended(FIRST, 10, kept=6), present=SECOND)
    assert is_of_its_place(FIRST, 8, 9, FIRST, known)
    assert is_of_its_place(FIRST, 3, 9, FIRST, known) is False
    assert is_of_its_place(SECOND, 8, 9, FIRST, known) is False


def test_of_logs_that_the_directory_does_not_tie_together_nobody_knows() -> None:
    known = logs(present=SECOND)
    assert is_of_its_place(FIRST, 7, 7, SECOND, known) is None
    assert is_of_its_place(known.member("ES").log_origin, 7, 7, SECOND, known) is None


def test_the_ends_of_a_log_are_its_own_and_those_of_the_logs_that_followed() -> None:
    first, second = ended(FIRST, 10), ended(SECOND, 30)
    known = logs(first, second, present=THIRD)
    assert known.log_ends(FIRST) == (first, second)
    assert known.log_ends(SECOND) == (second,)
    assert known.log_ends(THIRD) == ()
    assert known.ends_between(THIRD, FIRST) == known.ends_between(FIRST, THIRD) == (first, second)
    assert known.ends_between(FIRST, SECOND) == (first,)
    assert known.ends_between(FIRST, FIRST) == ()
    assert known.ends_between(FIRST, known.member("ES").log_origin) is None
