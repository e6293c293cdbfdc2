"""Calls that a node takes in within one transaction."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from portability.node.log.sequencer import Sequencer
    from portability.node.log.write import Write


async def together(
    sequencer: Sequencer, call: Callable[[], Awaitable[Any]], times: int = 2
) -> list[Any]:
    """The answers to a call made so often; it must bring one work, and do nothing before it."""
    has_begun, is_free = asyncio.Event(), asyncio.Event()

    async def busy(write: Write) -> None:
        del write
        has_begun.set()
        await is_free.wait()

    blocking = asyncio.create_task(sequencer.run(busy))
    await has_begun.wait()
    waiting = [asyncio.ensure_future(call()) for _ in range(times)]
    async with asyncio.timeout(60):
        while len(sequencer._queue) < times:  # noqa: ASYNC110  # many ends, not one event
            await asyncio.sleep(0.01)
    is_free.set()
    await blocking
    return list(await asyncio.gather(*waiting))
