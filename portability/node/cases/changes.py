"""Whoever waits for news of a case is told as soon as they are durable."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

_T = TypeVar("_T")

LONGEST_WAIT: Final = 20.0
"""Seconds: less than a call may take."""

LOOK_AGAIN: Final = 1.0
"""Seconds after which whoever waits looks for what another process wrote, or whether to go."""


class CaseChanges:
    """
    Tells within this process that a case has moved.

    Another process on the same database tells nobody here: whoever waits looks again after a while.
    """

    def __init__(self, *, is_paused: Callable[[], bool]) -> None:
        self._is_paused = is_paused
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def tell(self, case_id: str) -> None:
        """There is news of a case."""
        for event in self._waiting.get(case_id, ()):
            event.set()

    async def wait(
        self,
        case_id: str,
        look: Callable[[], Awaitable[_T | None]],
        seconds: float,
        *,
        has_news: Callable[[], bool] = lambda: True,
    ) -> _T | None:
        """
        What ``look`` finds as soon as it finds something in the case; None once the time is over.

        In a pause nobody is kept waiting. The first look waits, too, for where there is no news by
        what this process knows.
        """
        ends = asyncio.get_running_loop().time() + min(seconds, LONGEST_WAIT)
        with self._watch(case_id) as news:
            if not has_news() and not self._is_paused():
                await _either(news, min(seconds, LOOK_AGAIN))
            while True:
                news.clear()
                found = await look()
                left = ends - asyncio.get_running_loop().time()
                if found is not None or left <= 0 or self._is_paused():
                    return found
                await _either(news, min(left, LOOK_AGAIN))

    @contextmanager
    def _watch(self, case_id: str) -> Iterator[asyncio.Event]:
        """An event that news from now on set."""
        event = asyncio.Event()
        watching = self._waiting.setdefault(case_id, set())
        watching.add(event)
        try:
            yield event
        finally:
            watching.discard(event)
            if not watching:
                self._waiting.pop(case_id, None)


async def _either(news: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(news.wait(), seconds)
    except TimeoutError:
        return
