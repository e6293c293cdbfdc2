"""A first life in which something fails, and a second that starts on what is left of it."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from portability.errors import HaltedError, PortabilityError
from tests.integration.faults.forked import SECONDS, Tell
from tests.integration.faults.stories import Story

PAUSE_SECONDS: Final = 0.05
PATIENCE_SECONDS: Final = SECONDS * 2 / 3
"""So long whoever calls or starts a node tries again: a server that crashed has to recover."""


async def prepare(story: Story[Any], url: str, folder: Path) -> None:
    """A life in which nothing fails."""
    async with story.opened(url, folder) as node:
        await story.prepare(node)


async def first_life(
    story: Story[Any], url: str, folder: Path, number: int, *, tell: Tell, arm: Callable[[], None]
) -> None:
    """Start, act, ask again where that is refused, and end; as a node and its caller do."""
    if story.fails_from_the_start:
        arm()
    try:
        async with story.opened(url, folder) as node:
            await story.get_ready(node, number)
            arm()
            tell(await _act(story, node, number, tell))
    except PortabilityError as error:
        tell(f"stopped {error.reason} {error.context.get('cause', '')}")


async def _act(story: Story[Any], node: Any, number: int, tell: Tell) -> str:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            return f"told {(await story.act(node, number)).hex()}"
        except HaltedError:
            return "halted"
        except PortabilityError as error:
            tell(f"refused {error.reason} {error.context.get('cause', '')}")
            await asyncio.sleep(PAUSE_SECONDS)
    raise AssertionError("it was refused for ever")


async def second_life(
    story: Story[Any], url: str, folder: Path, number: int, told: bytes | None
) -> None:
    """
    Start as any start does, and check everything.

    It is started again only while a database server recovers, as whoever runs a node has it done.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            async with story.opened(url, folder) as node:
                await story.check(node, number, told)
        except PortabilityError as error:
            is_recovering = error.context.get("cause") in ("unreachable", "busy")
            if not is_recovering or time.monotonic() > deadline:
                raise
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return
