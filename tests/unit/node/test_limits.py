"""What one caller may use, in a time that the test sets."""

import pytest

from portability.errors import OverloadedError
from portability.node.calls.limits import MAX_BUCKETS, Gauge, RateLimiter


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def limiter(time: Time, rate: float = 2, burst: int = 3) -> RateLimiter:
    return RateLimiter(rate=rate, burst=burst, monotonic=time)


def test_a_caller_may_burst_and_is_then_held_to_the_rate() -> None:
    time = Time()
    limits = limiter(time)
    for _ in range(3):
        limits.take("a")
    with pytest.raises(OverloadedError) as refusal:
        limits.take("a")
    assert refusal.value.context["limit"] == "2"
    time.now += 0.5
    limits.take("a")
    with pytest.raises(OverloadedError):
        limits.take("a")


def test_a_refused_call_costs_no_token() -> None:
    time = Time()
    limits = limiter(time, burst=1)
    limits.take("a")
    for _ in range(10):
        with pytest.raises(OverloadedError):
            limits.take("a")
    time.now += 0.5
    limits.take("a")


def test_one_caller_does_not_use_up_another() -> None:
    limits = limiter(Time(), burst=1)
    limits.take("a")
    limits.take("b")


def test_idle_callers_never_save_up_more_than_a_burst() -> None:
    time = Time()
    limits = limiter(time)
    limits.take("a")
    time.now += 1_000_000
    for _ in range(3):
        limits.take("a")
    with pytest.raises(OverloadedError):
        limits.take("a")


def test_callers_whose_bucket_is_full_again_are_forgotten() -> None:
    time = Time()
    limits = limiter(time)
    for number in range(MAX_BUCKETS):
        limits.take(str(number))
    time.now += 10
    limits.take("last")
    assert len(limits._buckets) == 1


def test_the_gauge_refuses_at_its_ceiling_and_opens_again() -> None:
    gauge = Gauge(2)
    gauge.enter()
    gauge.enter()
    with pytest.raises(OverloadedError):
        gauge.enter()
    gauge.leave()
    gauge.enter()
    assert gauge.value == 2
