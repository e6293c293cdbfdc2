"""A receiver's word about when something arrived, held to what the sender knows itself."""

from datetime import datetime, timedelta

import pytest

from portability.recognition.arrivals import Receipt, arrivals, disputed_times, heard_of
from portability.recognition.holding import holdings, time_held
from tests.unit.recognition.story import NOW
from tests.unit.recognition.test_holding import ACKNOWLEDGED, ANSWER, ASKED, DAY, STATEMENTS

PLACE = (ASKED.statement_id, "FR")


def told(said: datetime, heard: datetime) -> tuple[datetime, bool]:
    """When the request counts as arrived, and whether that is disputed."""
    receipts = {PLACE: Receipt(said=said, heard=heard)}
    return arrivals(STATEMENTS, receipts)[PLACE], bool([*disputed_times(STATEMENTS, receipts)])


def test_a_receiver_that_post_dates_does_not_move_its_own_time_to_the_sender() -> None:
    said, heard = NOW + 11 * DAY, NOW + 2 * DAY
    receipts = {PLACE: Receipt(said=said, heard=heard_of(said, heard))}
    (one,) = disputed_times(STATEMENTS, receipts)
    assert (one.statement_id, one.jurisdiction) == PLACE
    assert (one.said, one.counted) == (said, heard)
    believed = time_held(holdings(STATEMENTS, {**ACKNOWLEDGED, PLACE: said}), NOW)
    found = time_held(holdings(STATEMENTS, ACKNOWLEDGED | arrivals(STATEMENTS, receipts)), NOW)
    assert believed["FR", "history"] == DAY
    assert found["FR", "history"] == 10 * DAY
    assert believed["ES", "delivery"] - found["ES", "delivery"] == 9 * DAY


def test_nothing_arrives_before_it_is_signed() -> None:
    assert told(NOW - 3 * DAY, NOW - 3 * DAY) == (NOW, True)


@pytest.mark.parametrize("skew", [30, -30])
def test_clocks_may_differ_by_what_they_are_granted(skew: int) -> None:
    moment = NOW + timedelta(seconds=skew)
    assert told(moment, heard_of(moment, NOW)) == (moment, False)


@pytest.mark.parametrize("skew", [31, -31])
def test_and_by_no_more(skew: int) -> None:
    moment = NOW + timedelta(seconds=skew)
    assert told(moment, heard_of(moment, NOW)) == (NOW, True)


def test_what_is_heard_by_a_clock_that_is_behind_has_come_when_it_was_signed_at_the_earliest() -> (
    None
):
    assert told(NOW + DAY, NOW - DAY) == (NOW, True)


def test_a_receipt_of_what_is_not_here_says_nothing() -> None:
    receipts = {(bytes(32), "FR"): Receipt(said=NOW, heard=NOW)}
    assert arrivals({ANSWER.statement_id: ANSWER.statement}, receipts) == {}
