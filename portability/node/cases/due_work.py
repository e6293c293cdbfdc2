"""What cases make due while the driver runs: handed to it by the commit that made it due."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from portability.federation.pacing import Sleep, Waker
from portability.store.delivery import PendingWork

MOST_HANDED: Final = 256
"""So much is remembered; of more the driver is told that it has to look in the database."""


class DueWork(Waker):
    """
    Wakes the driver, and knows what for as long as this process alone makes work due.

    All of it is in the database, too, where the driver looks whenever it is woken for no work by
    name, when the time comes that it was told of there, and after whatever went wrong.
    """

    def __init__(self, sleep: Sleep, clock: Callable[[], datetime]) -> None:
        super().__init__(sleep)
        self._clock = clock
        self._handed: list[PendingWork] = []
        self._must_look = True

    def wake(self) -> None:
        """Something is due that nobody has handed over."""
        self.look_next()
        super().wake()

    def look_next(self) -> None:
        """Whenever the driver goes on, it looks in the database."""
        self._must_look = True

    def hand(self, work: PendingWork) -> None:
        """Have work done that was put into the database just now."""
        if work.not_before > self._clock():
            self.wake_for(work.not_before)
        elif len(self._handed) < MOST_HANDED:
            self._handed.append(work)
            super().wake()
        else:
            self.wake()

    def look(self) -> None:
        """As for any waker; what was handed over until now is found in the database."""
        super().look()
        self._must_look = False
        self._handed.clear()

    def take(self, at_once: int) -> Sequence[PendingWork] | None:
        """What was handed over, at most so much; None to look in the database."""
        is_time = self.looks_at is not None and self.looks_at <= self._clock()
        if self._must_look or is_time:
            return None
        self._woken.clear()
        taken, self._handed = self._handed[:at_once], self._handed[at_once:]
        return taken
