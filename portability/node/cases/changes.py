"""Whoever waits for news of a case is told as soon as they are durable."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from portability.store.cases import count_case_statements
from portability.store.engine import Database

LONGEST_WAIT: Final = 20.0
"""Seconds: less than a call may take."""

LOOK_AGAIN: Final = 1.0
"""Seconds after which whoever waits looks for what another process wrote, or whether to go."""


class CaseChanges:
    """
    Tells within this process that a case has moved.

    Another process on the same database tells nobody here: whoever waits looks again after a while.
    """

    def __init__(self, *, database: Database, is_paused: Callable[[], bool]) -> None:
        self._database = database
        self._is_paused = is_paused
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def tell(self, case_id: str) -> None:
        """There is news of a case."""
        for event in self._waiting.get(case_id, ()):
            event.set()

    async def wait(self, case_id: str, known: int, seconds: float) -> None:
        """
        Return when the case has another revision than the known one, or the time is over.

        In a pause nobody is kept waiting.
        """
        ends = asyncio.get_running_loop().time() + min(seconds, LONGEST_WAIT)
        with self._watch(case_id) as news:
            while await self._revision(case_id) == known and not self._is_paused():
                left = ends - asyncio.get_running_loop().time()
                if left <= 0:
                    return
                await _either(news, min(left, LOOK_AGAIN))
                news.clear()

    async def _revision(self, case_id: str) -> int:
        async with self._database.read() as connection:
            return await count_case_statements(connection, case_id)

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
