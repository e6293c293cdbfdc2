"""
Which statements are quick enough to be executed where they are asked for.

Most statements of a node find a row by its key in some ten microseconds, and handing one over to a
thread and back costs ten times that. What a statement takes is not seen in its text, so that it is
measured: one is known to be quick after a few times, and is not for long once it took its time.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

_T = TypeVar("_T")

QUICK_SECONDS: Final = 0.001
"""Whoever else waits for this thread hardly notices; a machine that is busy takes as much."""

TRIED: Final = 3
"""So many times in a row it was quick before it is believed to be."""

AVOIDED: Final = 50
"""So many times it has to have been quick again after it once was not."""

MOST: Final = 2_000
"""Texts remembered; there are a few hundred, unless lists of values make up new ones."""


class QuickStatements:
    """
    What is known of statements by their text. ``clock`` gives seconds, to measure with.

    May be asked in one thread and told in another: at worst a statement is tried once more.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._left: dict[str, int] = {}

    def __contains__(self, text: str) -> bool:
        return self._left.get(text) == 0

    def timed(self, text: str, execute: Callable[..., _T], *args: Any, **kwargs: Any) -> _T:
        """Execute a statement and remember whether it was quick; also one that failed."""
        begun = self._clock()
        try:
            return execute(*args, **kwargs)
        finally:
            self._note(text, self._clock() - begun)

    def _note(self, text: str, seconds: float) -> None:
        left = self._left.get(text, TRIED)
        if seconds > QUICK_SECONDS:
            left = TRIED if text not in self._left else AVOIDED
        elif left:
            left -= 1
        elif text in self._left:
            return
        if text not in self._left and len(self._left) >= MOST:
            self._left.clear()
        self._left[text] = left
