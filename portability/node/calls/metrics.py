"""
Counters and histograms of one node, in a registry of its own.

Labels are method, code and role: few values each, and none about a person.
"""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Upper bounds in seconds."""

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

UNKNOWN_ROLE: Final = "unknown"


class CallMetrics:
    """What is counted for each call. ``registry`` takes the metrics of other parts too."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        labels = ("method", "code", "role")
        self._finished = Counter(
            "portability_rpc_finished",
            "Calls that ended, by method, gRPC code and role of the caller",
            labels,
            registry=self.registry,
        )
        self._seconds = Histogram(
            "portability_rpc_duration_seconds",
            "How long calls took",
            ("method",),
            buckets=BUCKETS,
            registry=self.registry,
        )
        # looking up a child by its labels costs more than counting: keep those that were used
        self._children: dict[tuple[str, str, str], tuple[Counter, Histogram]] = {}

    def finished(self, method: str, code: str, role: str, seconds: float) -> None:
        """Count one call."""
        at = (method, code, role)
        children = self._children.get(at)
        if children is None:
            children = self._finished.labels(*at), self._seconds.labels(method)
            self._children[at] = children
        children[0].inc()
        children[1].observe(seconds)

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)
