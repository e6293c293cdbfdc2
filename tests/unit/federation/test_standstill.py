"""How long a stream stands still, and what an operator hears of it."""

from datetime import timedelta

from structlog.testing import capture_logs

from portability.errors import MaintenanceError, OverloadedError
from portability.federation.going_alone import NotYetError
from portability.federation.pacing import Backoff, Waker
from portability.federation.standstill import LONG, OWN_PAUSE, WAITS_HERE, Standstill, Stream
from tests.conftest import FixedClock


async def _never(_: float) -> None:
    raise AssertionError("nobody waits here")


def standstill(clock: FixedClock) -> Standstill:
    return Standstill(clock=clock, randomness=lambda count: b"\xff" * count, backoff=Backoff())


def test_a_long_wait_for_the_own_node_becomes_a_warning_and_never_the_fault_of_the_peer(
    clock: FixedClock,
) -> None:
    one, stream = standstill(clock), Stream(waker=Waker(_never))
    with capture_logs() as logged:
        waits = [one.after("ES", stream, NotYetError("about to be said")) for _ in range(2 * LONG)]
    assert max(waits) <= OWN_PAUSE.most.total_seconds()
    levels = [entry["log_level"] for entry in logged]
    assert [at + 1 for at, level in enumerate(levels) if level == "warning"] == [LONG, 2 * LONG]
    failures, reason, until = stream.standing(clock())
    assert (failures, reason) == (0, WAITS_HERE)
    assert until is not None
    assert until <= clock() + OWN_PAUSE.most


def test_only_a_failure_counts_and_a_peer_in_maintenance_is_waited_for_as_it_asks(
    clock: FixedClock,
) -> None:
    one, stream = standstill(clock), Stream(waker=Waker(_never))
    seconds = one.after("ES", stream, MaintenanceError("closed", retry_after_seconds="600"))
    assert 600 <= seconds <= 900
    assert stream.standing(clock()) == (
        0,
        MaintenanceError.reason,
        clock() + timedelta(seconds=seconds),
    )
    one.after("ES", stream, OverloadedError("too much"))
    assert stream.standing(clock())[:2] == (1, OverloadedError.reason)


def test_no_stream_stands_still_longer_because_the_clock_was_set_back(clock: FixedClock) -> None:
    one, stream = standstill(clock), Stream(waker=Waker(_never))
    seconds = one.after("ES", stream, OverloadedError("too much"))
    assert stream.left(clock()) == timedelta(seconds=seconds)
    clock.advance(days=-1)
    assert stream.left(clock()) == timedelta()
    assert stream.standing(clock()) == (1, OverloadedError.reason, None)
