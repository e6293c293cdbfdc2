"""
How often wrong codes may be tried: enough for whoever mistypes, too rarely for whoever guesses.

A code has 80 random bits. Even with a hundred million of them good at once, and two thousand tries
a second all year, the chance of one hit is below one in a hundred thousand: the limit is against
the noise of guessing. It counts wrong codes only, per caller. A portal is one caller for all who
come to it, so a code that stops works beyond the limit: nobody who tries wrong ones there keeps
others from stopping.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from portability.errors import OverloadedError

MOST_WRONG: Final = 60
WITHIN: Final = timedelta(minutes=10)


class CodeAttempts:
    """The wrong codes of the last minutes, by caller. Kept in memory: a restart forgets them."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._wrong: dict[str, deque[datetime]] = {}

    def begin(self, caller: str) -> "Attempt":
        """An attempt by this caller. Raises OverloadedError where too many were wrong lately."""
        attempt = self.begin_to_stop(caller)
        attempt.check()
        return attempt

    def begin_to_stop(self, caller: str) -> "Attempt":
        """An attempt to stop consents, which is made in any case; ``check`` it if it was wrong."""
        now = self._clock()
        wrong = self._wrong.setdefault(caller, deque(maxlen=MOST_WRONG))
        while wrong and now - wrong[0] >= WITHIN:
            wrong.popleft()
        return Attempt(wrong=wrong, at=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One code that is being tried."""

    wrong: deque[datetime]
    at: datetime

    def check(self) -> None:
        """Raises OverloadedError where too many were wrong lately."""
        if len(self.wrong) >= MOST_WRONG:
            raise OverloadedError(
                "too many wrong codes were tried lately; wait ten minutes, or go to a counter, "
                "where none is needed"
            )

    def failed(self) -> None:
        """The code was wrong."""
        self.wrong.append(self.at)
