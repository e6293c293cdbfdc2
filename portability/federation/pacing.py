"""When to try again: back-off with jitter, and waiting that can be cut short."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

Sleep = Callable[[float], Awaitable[None]]
"""``asyncio.sleep``, or a test's own time. The argument is in seconds."""

_SHARES: Final = 2**32
_MAX_DOUBLINGS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How long to wait after failures in a row: doubling up to a limit, half of it by chance."""

    first: timedelta = timedelta(milliseconds=200)
    most: timedelta = timedelta(seconds=60)

    def delay(self, failures: int, randomness: Callable[[int], bytes]) -> timedelta:
        """The wait after the ``failures``-th failure, counted from 1."""
        whole = min(self.most, self.first * (1 << min(max(failures - 1, 0), _MAX_DOUBLINGS)))
        return whole * (0.5 + spread(randomness) / 2)


def spread(randomness: Callable[[int], bytes]) -> float:
    """Anything from 0 to 1."""
    return int.from_bytes(randomness(4), "big") / _SHARES


class Waker:
    """Waits for a time to pass or for somebody to say that there is something to do."""

    def __init__(self, sleep: Sleep) -> None:
        self._sleep = sleep
        self._woken = asyncio.Event()
        self.looks_at: datetime | None = None
        """When whoever waits is going to look by themselves, as far as they have said so."""

    def wake(self) -> None:
        """There is something to do. Remembered until the next wait."""
        self._woken.set()

    def wake_for(self, at: datetime) -> None:
        """There is something to do from then on: a wake, unless whoever waits looks until then."""
        if self.looks_at is None or at < self.looks_at:
            self.wake()

    @property
    def is_woken(self) -> bool:
        """Whether somebody has woken them since they looked."""
        return self._woken.is_set()

    def look(self) -> None:
        """
        Called by whoever is about to look for what there is to do, rather than wait.

        What woke them until now, they will see.
        """
        self.looks_at = None
        self._woken.clear()

    async def wait(self, seconds: float | None) -> bool:
        """Return when woken or after ``seconds``; None waits for the wake alone. Whether woken."""
        if seconds is None:
            await self._woken.wait()
        elif not self._woken.is_set():
            await self._wait_for_either(max(seconds, 0.0))
        is_woken = self._woken.is_set()
        self._woken.clear()
        return is_woken

    async def _wait_for_either(self, seconds: float) -> None:
        waits = [
            asyncio.ensure_future(self._woken.wait()),
            asyncio.ensure_future(self._sleep(seconds)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
