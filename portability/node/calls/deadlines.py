"""
An end for every call, at little cost: one sweep for all of them in place of a timer each.

A call may run over its deadline by up to one sweep; it is then cancelled where it waits.
"""

import asyncio
from collections.abc import Callable
from typing import Final

SWEEP_SECONDS: Final = 0.25


class Deadline:
    """One call's end. ``is_over`` says that the sweep, and nobody else, cancelled its task."""

    __slots__ = ("ends", "is_over", "task")

    def __init__(self, ends: float, task: "asyncio.Task[object] | None") -> None:
        self.ends = ends
        self.task = task
        self.is_over = False


class Deadlines:
    """The calls under way that have the same number of seconds each."""

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._interval = min(SWEEP_SECONDS, seconds / 4)
        self._under_way: dict[Deadline, None] = {}  # in the order in which they end
        self._sweep: asyncio.TimerHandle | None = None

    def begin(self, now: float) -> Deadline:
        """Called in the call's own task, which is cancelled when the time is up."""
        deadline = Deadline(now + self._seconds, asyncio.current_task())
        self._under_way[deadline] = None
        if self._sweep is None:
            self._schedule()
        return deadline

    def end(self, deadline: Deadline) -> None:
        """The call has ended in time, or has been told that it has not."""
        self._under_way.pop(deadline, None)

    def _schedule(self) -> None:
        self._sweep = asyncio.get_running_loop().call_later(self._interval, self._cancel_overdue)

    def _cancel_overdue(self) -> None:
        now = self._monotonic()
        for deadline in list(self._under_way):
            if deadline.ends > now:
                break
            del self._under_way[deadline]
            deadline.is_over = True
            if deadline.task is not None:
                deadline.task.cancel()
        self._sweep = None
        if self._under_way:
            self._schedule()
