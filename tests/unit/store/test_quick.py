"""Which statements are known to be quick."""

import pytest

from portability.store.quick import AVOIDED, MOST, QUICK_SECONDS, TRIED, QuickStatements

QUICK, SLOW = QUICK_SECONDS / 2, QUICK_SECONDS * 2


class Watch:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self.statements = QuickStatements(lambda: self.now)

    def run(self, text: str, *seconds: float) -> None:
        for one in seconds:
            assert self.statements.timed(text, self._take, one) == "done"

    def _take(self, seconds: float) -> str:
        self.now += seconds
        return "done"


def test_a_statement_is_believed_to_be_quick_after_it_was_so_a_few_times() -> None:
    watch = Watch()
    for _ in range(TRIED):
        assert "SELECT 1" not in watch.statements
        watch.run("SELECT 1", QUICK)
    assert "SELECT 1" in watch.statements
    assert "SELECT 2" not in watch.statements


def test_one_that_took_its_time_is_avoided_for_long_and_then_believed_again() -> None:
    watch = Watch()
    watch.run("SELECT 1", *[QUICK] * TRIED, SLOW)
    for _ in range(AVOIDED):
        assert "SELECT 1" not in watch.statements
        watch.run("SELECT 1", QUICK)
    assert "SELECT 1" in watch.statements


def test_the_first_time_may_be_slow_since_the_statement_is_parsed_then() -> None:
    watch = Watch()
    watch.run("SELECT 1", SLOW, *[QUICK] * TRIED)
    assert "SELECT 1" in watch.statements


def test_one_that_is_always_slow_is_never_believed_to_be_quick() -> None:
    watch = Watch()
    for _ in range(TRIED + AVOIDED):
        watch.run("SELECT 1", SLOW)
        assert "SELECT 1" not in watch.statements


def test_a_failure_is_passed_on_and_counts_by_the_time_it_took() -> None:
    watch = Watch()

    def fail() -> None:
        watch.now += SLOW
        raise ValueError

    watch.run("SELECT 1", *[QUICK] * TRIED)
    with pytest.raises(ValueError):  # noqa: PT011  # it is ours
        watch.statements.timed("SELECT 1", fail)
    assert "SELECT 1" not in watch.statements


def test_texts_without_end_are_not_remembered_without_end() -> None:
    watch = Watch()
    for number in range(MOST):
        watch.run(f"SELECT {number}", *[QUICK] * TRIED)
    watch.run("SELECT one more", QUICK)
    assert "SELECT 0" not in watch.statements
