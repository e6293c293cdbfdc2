"""The time of each step is added up, whatever becomes of it, and told as a metric."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from portability.node.calls.step_times import StepTimes


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def fail_after(self, seconds: float) -> None:
        self.now += seconds
        raise ZeroDivisionError


def test_steps_are_counted_also_where_they_fail() -> None:
    time = Time()
    steps = StepTimes(time)
    with steps.measure("verify"):
        time.now += 2.0
        with steps.measure("take"):
            time.now += 0.5
    with pytest.raises(ZeroDivisionError), steps.measure("take"):
        time.fail_after(1.0)
    registry = CollectorRegistry()
    registry.register(steps)
    told = generate_latest(registry).decode()
    assert 'portability_case_step_seconds_sum{step="verify"} 2.5' in told
    assert 'portability_case_step_seconds_sum{step="take"} 1.5' in told
    assert 'portability_case_step_seconds_count{step="take"} 2.0' in told
