"""Where the time of cases goes: how often each step was done, and how long it took."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from prometheus_client import Metric
from prometheus_client.core import SummaryMetricFamily
from prometheus_client.registry import Collector

Measure = Callable[[str], AbstractContextManager[None]]
"""Measures what is done within, as the step of that name."""

STEPS_METRIC: Final = "portability_case_step_seconds"


class StepTimes(Collector):
    """
    Counts and seconds by step; all that is waited for is in them, so that steps may overlap.

    ``monotonic`` gives seconds that never go back.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._clock = monotonic
        self._spent: dict[str, tuple[int, float]] = {}

    @contextmanager
    def measure(self, step: str) -> Iterator[None]:
        """Count what is done within, also where it fails."""
        begun = self._clock()
        try:
            yield
        finally:
            count, seconds = self._spent.get(step, (0, 0.0))
            self._spent[step] = count + 1, seconds + self._clock() - begun

    def collect(self) -> Iterator[Metric]:
        found = SummaryMetricFamily(
            STEPS_METRIC,
            "Steps of cases, how many and how long they took",
            labels=["step"],
        )
        for step, (count, seconds) in sorted(self._spent.items()):
            found.add_metric([step], count_value=count, sum_value=seconds)
        yield found
