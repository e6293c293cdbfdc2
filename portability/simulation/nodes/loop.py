"""A loop on which everything happens in one thread and in one order, so that a run repeats."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from selectors import SelectorKey, SelectSelector
from typing import Any


class _Idle(SelectSelector):
    """Nothing comes from outside: only a loop that has nothing to do asks the machine."""

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        return [] if timeout == 0 else super().select(timeout)


class InOrder(asyncio.SelectorEventLoop):
    """What would be done in another thread is done at once."""

    def __init__(self) -> None:
        super().__init__(_Idle())
        self.set_exception_handler(lambda *_: None)  # what killed processes leave behind

    def run_in_executor(
        self, _executor: Executor | None, func: Callable[..., Any], *args: object
    ) -> asyncio.Future[Any]:
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001  # handed to whoever waits for it
            done.set_exception(error)
        return done

    def end(self) -> None:
        """Cancel what is left of all processes."""
        tasks = asyncio.all_tasks(self)
        for task in tasks:
            task.cancel()
        if tasks:
            self.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.close()
