"""
How much of this node one caller may use: a token bucket each, and a ceiling for all together.

Memory is bounded: buckets that are full again say nothing and are forgotten.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from portability.errors import OverloadedError

MAX_BUCKETS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    ``message_bytes`` bounds one message; the deadlines are seconds, for calls with one answer and
    for streams; ``calls_per_second`` and ``burst`` are per caller; ``concurrent_calls`` is for all.
    """

    message_bytes: int = 16 * 1024 * 1024
    call_seconds: float = 30.0
    stream_seconds: float = 3600.0
    calls_per_second: float = 20_000.0
    burst: int = 40_000
    concurrent_calls: int = 4_000


class RateLimiter:
    """Token buckets by caller. ``monotonic`` gives seconds that never go back."""

    def __init__(self, *, rate: float, burst: int, monotonic: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._monotonic = monotonic
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens left, and when that was

    def take(self, caller: str) -> None:
        """Take one call's token. Raises OverloadedError when the caller has none left."""
        now = self._monotonic()
        left, before = self._buckets.get(caller, (self._burst, now))
        left = min(self._burst, left + (now - before) * self._rate) - 1
        if left < 0:
            raise OverloadedError(
                f"more than {self._rate:g} calls a second from {caller}; slow down and try again",
                limit=f"{self._rate:g}",
                unit="calls per second",
            )
        if len(self._buckets) >= MAX_BUCKETS:
            self._forget(now)
        self._buckets[caller] = (left, now)

    def _forget(self, now: float) -> None:
        refill = self._burst / self._rate
        self._buckets = {
            caller: bucket for caller, bucket in self._buckets.items() if now - bucket[1] < refill
        }


class Gauge:
    """Counts what is under way, up to a ceiling."""

    __slots__ = ("_ceiling", "value")

    def __init__(self, ceiling: int) -> None:
        self._ceiling = ceiling
        self.value = 0

    def enter(self) -> None:
        """Raises OverloadedError at the ceiling; otherwise ``leave`` must follow."""
        if self.value >= self._ceiling:
            raise OverloadedError(
                f"this node has {self._ceiling} calls under way, as many as it takes; "
                "try again shortly",
                limit=str(self._ceiling),
                unit="concurrent calls",
            )
        self.value += 1

    def leave(self) -> None:
        self.value -= 1
