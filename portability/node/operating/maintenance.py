"""
Whether this node takes new work: not in maintenance, and not while it stops.

What has begun is finished. A stream of requests ends after the message under way, so that whoever
sends it knows what has arrived and goes on later. The operator's word is in the database: it
survives a restart and holds for every process that serves it.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from portability.errors import InvalidInputError, MaintenanceError, PortabilityError
from portability.recognition.echo import Pause
from portability.store.engine import Database
from portability.store.maintenance import (
    MaintenanceRow,
    end_maintenance,
    find_maintenance,
    put_maintenance,
)
from portability.wire.statement_parts import text

STOPPING: Final = Pause(reason="the node is being stopped", retry_after=timedelta(seconds=5))
MAX_REASON: Final = 200
MAX_RETRY: Final = timedelta(days=30)

ALWAYS: Final = (
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1alpha.ServerReflection/",
    "/portability.v1.OperatorService/",
    "/portability.v1.FederationService/Ping",
)
"""What a node answers in maintenance, too: how it is, and to its operator."""

log = structlog.get_logger(__name__)


class Maintenance:
    """
    ``pause`` is why no new work is taken now, None while it is.

    ``resumed`` is called after the end of maintenance: what waited goes on.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._clock = clock
        self._row: MaintenanceRow | None = None
        self._is_stopping = False
        self._closed: asyncio.Event = asyncio.Event()
        self.resumed: Callable[[], None] = lambda: None

    @property
    def pause(self) -> Pause | None:
        if self._is_stopping:
            return STOPPING
        if self._row is None:
            return None
        return Pause(
            reason=self._row.reason,
            retry_after=timedelta(seconds=self._row.retry_after_seconds),
        )

    @property
    def since(self) -> datetime | None:
        """When the operator's maintenance began."""
        return None if self._row is None else self._row.begin_time

    @property
    def is_paused(self) -> bool:
        return self.pause is not None

    async def closed(self) -> None:
        """Wait until no new work is taken."""
        await self._closed.wait()

    def admit(self, method: str) -> None:
        """Raises MaintenanceError for a call that would be new work."""
        pause = self.pause
        if pause is not None and not method.startswith(ALWAYS):
            raise _refusal(pause)

    async def check(self) -> None:
        """For readiness. Raises MaintenanceError while no new work is taken."""
        pause = self.pause
        if pause is not None:
            raise _refusal(pause)

    async def begin(self, reason: str, retry_after: timedelta) -> None:
        """Raises InvalidInputError for what nobody could read or wait for."""
        if len(text(reason, "reason")) > MAX_REASON:
            raise InvalidInputError(
                f"the reason has more than {MAX_REASON} characters", field="reason"
            )
        if not timedelta(seconds=1) <= retry_after <= MAX_RETRY:
            raise InvalidInputError(
                "others can be asked to come again in a second to 30 days", field="retry_after"
            )
        row = MaintenanceRow(
            reason=reason,
            retry_after_seconds=int(retry_after.total_seconds()),
            begin_time=self._clock(),
        )
        async with self._database.write() as connection:
            await put_maintenance(connection, row)
        await self.look()

    async def end(self) -> None:
        """Take new work again; nothing happens if it is taken already."""
        async with self._database.write() as connection:
            await end_maintenance(connection)
        await self.look()

    async def look(self) -> None:
        """Read the operator's word again. Raises StorageError."""
        before = self._row
        async with self._database.read() as connection:
            self._row = await find_maintenance(connection)
        if (before is None) == (self._row is None):
            return
        log.info("maintenance_changed", in_maintenance=self._row is not None)
        self._tell()
        if self._row is None:
            self.resumed()

    async def keep_looking(self) -> None:
        """As ``look``; a database that refuses changes nothing of what was known."""
        try:
            await self.look()
        except PortabilityError as error:
            log.warning("maintenance_unknown", reason=error.reason)

    def stop(self) -> None:
        """From now on no new work is taken by this process."""
        self._is_stopping = True
        self._tell()

    def _tell(self) -> None:
        if self.is_paused:
            self._closed.set()
        else:
            self._closed.clear()


def _refusal(pause: Pause) -> MaintenanceError:
    seconds = int(pause.retry_after.total_seconds())
    return MaintenanceError(
        f"this node takes no new work for now: {pause.reason}; nothing is lost, come again in "
        f"{seconds} seconds",
        retry_after_seconds=str(seconds),
    )
