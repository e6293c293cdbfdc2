"""
Looks again and again while a node serves: whether it is ready, whether its directory is new, and
whether another process on its database has ended and left what was due.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from grpc_health.v1 import health_pb2

from portability.errors import PreconditionError
from portability.node.directory_history import renew_directory
from portability.node.healths import Healths
from portability.node.parts import Parts
from portability.node.readiness import Readiness
from portability.node.services import NAMES

LOOK_SECONDS: Final = 2.0
"""How often readiness is looked at and told to the health service."""

SELDOM: Final = 15
"""At every so many looks the directory file is read again, and others' work is looked for."""


class Lookout:
    """
    Looks once at the start, then every ``LOOK_SECONDS`` until it is closed.

    ``wake`` has the driver and the sender look in the database: each hears of what its own process
    makes due, and of nothing that a process puts there which then ends.
    """

    def __init__(
        self,
        parts: Parts,
        readiness: Readiness,
        healths: Healths,
        *,
        wake: Callable[[], None],
    ) -> None:
        self._parts = parts
        self._readiness = readiness
        self._healths = healths
        self._wake = wake
        self._task: asyncio.Task[None] | None = None

    async def look(self) -> None:
        """Make every check now and tell the health service what came of it."""
        is_ready = await self._readiness.look()
        status = health_pb2.HealthCheckResponse
        for name in ("", *NAMES):
            await self._healths.set(name, status.SERVING if is_ready else status.NOT_SERVING)

    def start(self) -> None:
        self._task = asyncio.create_task(self._keep_looking(), name="readiness")

    async def close(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep_looking(self) -> None:
        looks = 0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self._parts.maintenance.keep_looking()
            await self.look()
            looks += 1
            if looks % SELDOM == 0:
                await reload_directory(self._parts)
                self._wake()


async def reload_directory(parts: Parts) -> None:
    """
    Take over a newer directory; one that does not count is told and left.

    A log that it says has ended signs nothing more: the node stops, to be started with its new key.
    """
    foundation = parts.foundation
    before = foundation.sequencer.origin
    if not await renew_directory(parts.directory, foundation.database, foundation.world.clock):
        return
    with suppress(PreconditionError):  # no member any more: readiness tells it
        if parts.directory().member(parts.config.jurisdiction).log_origin != before:
            foundation.sequencer.halt(
                f"the directory says that the log {before} has ended: start the node with the key "
                "of the log that follows it"
            )
