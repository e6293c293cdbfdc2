"""The driver is told by name what is due, and looks in the database where it was not told."""

import asyncio
from datetime import timedelta

import pytest

from portability.node.cases import due_work
from portability.node.cases.due_work import DueWork
from portability.store.delivery import PendingWork
from tests.conftest import NOW, FixedClock

SOON, LATER = NOW + timedelta(minutes=1), NOW + timedelta(hours=1)


def work(number: int, after: timedelta = timedelta(0)) -> PendingWork:
    return PendingWork(
        kind="reconcile", case_id=f"{number}", statement_id=b"", not_before=NOW + after
    )


@pytest.fixture
def due(clock: FixedClock) -> DueWork:
    """Of a driver that has looked: nothing is due, and it looks again in an hour."""
    made = DueWork(asyncio.sleep, clock)
    made.look()
    made.looks_at = LATER
    return made


def test_who_has_just_begun_looks_in_the_database(clock: FixedClock) -> None:
    assert DueWork(asyncio.sleep, clock).take(9) is None


def test_what_is_handed_over_is_taken_once_in_its_order(due: DueWork) -> None:
    for number in range(3):
        due.hand(work(number))
    assert due.is_woken
    assert due.take(2) == [work(0), work(1)]
    assert due.take(2) == [work(2)]
    assert due.take(2) == []
    assert not due.is_woken


def test_work_for_later_is_looked_for_when_its_time_has_come(
    due: DueWork, clock: FixedClock
) -> None:
    due.hand(work(1, timedelta(hours=2)))
    assert due.take(9) == [], "it looks by itself before that"
    assert not due.is_woken
    due.hand(work(2, timedelta(minutes=1)))
    assert due.is_woken
    assert due.take(9) is None, "now it has to look sooner"
    due.look()
    due.looks_at = SOON
    assert due.take(9) == []
    clock.now = SOON
    assert due.take(9) is None


def test_whoever_wakes_it_for_nothing_by_name_has_it_look(due: DueWork) -> None:
    due.hand(work(1))
    due.wake()
    assert due.take(9) is None
    due.look()
    assert due.take(9) == [], "what was handed over before is found there"


def test_what_goes_wrong_has_it_look_without_waking_it(due: DueWork) -> None:
    due.look_next()
    assert not due.is_woken
    assert due.take(9) is None


def test_memory_of_what_is_due_is_bounded(due: DueWork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due_work, "MOST_HANDED", 2)
    for number in range(3):
        due.hand(work(number))
    assert due.take(9) is None
