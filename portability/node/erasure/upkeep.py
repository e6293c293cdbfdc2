"""
The upkeep of erasures: what was broken off goes on, proofs that are due are made, and recipients
who have not answered in time become an alarm.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

import structlog
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from portability.errors import PortabilityError
from portability.federation.pacing import Sleep
from portability.node.erasure.erasing import Eraser
from portability.store import erasure_rows
from portability.store.engine import Database
from portability.store.erasure_recipients import list_overdue

LOOK_SECONDS: Final = 30.0
REMIND_AFTER: Final = timedelta(days=1)
"""An answer that is overdue is told again every day."""

STAGES: Final = (erasure_rows.FENCED, erasure_rows.DESTROYED, erasure_rows.CLEARED)

log = structlog.get_logger(__name__)


class ErasureUpkeep:
    """Runs from ``start`` to ``close``."""

    def __init__(
        self,
        *,
        eraser: Eraser,
        database: Database,
        clock: Callable[[], datetime],
        sleep: Sleep,
    ) -> None:
        self._eraser = eraser
        self._database = database
        self._clock = clock
        self._sleep = sleep
        self._task: asyncio.Task[None] | None = None
        self._told: dict[tuple[str, str, str], datetime] = {}
        self.unfinished: dict[str, int] = dict.fromkeys(STAGES, 0)
        self.overdue = 0

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="erasures")

    async def close(self) -> None:
        """Stop; what is left to do is done after the next start."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def turn(self) -> None:
        """Do what is due, and count what is not done. Raises what a step raises."""
        try:
            await self._eraser.converge()
            await self._eraser.resume()
            await self._eraser.settle_if_asked()
        finally:
            await self._look()

    async def _run(self) -> None:
        while True:
            try:
                await self.turn()
            except PortabilityError as error:
                log.warning("erasure_stalled", reason=error.reason)
            except Exception as error:  # noqa: BLE001  # the loop never ends, whatever a turn meets
                log.warning("erasure_stalled", reason=type(error).__name__)
            await self._sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        async with self._database.read() as connection:
            rows = await erasure_rows.list_erasures(connection, *STAGES)
            overdue = await list_overdue(connection, self._clock())
        self.unfinished = {stage: sum(1 for row in rows if row.stage == stage) for stage in STAGES}
        self.overdue = len(overdue)
        now = self._clock()
        for row in overdue:
            place = row.erasure, row.jurisdiction, row.institution
            if place in self._told and now < self._told[place] + REMIND_AFTER:
                continue
            self._told[place] = now
            log.error(
                "erasure_unanswered",
                erasure=row.erasure,
                recipient=f"{row.jurisdiction}/{row.institution}",
                answer_by=None if row.answer_by is None else row.answer_by.isoformat(),
            )


class ErasureMetrics(Collector):
    """How many erasures are not finished, and how many recipients have not answered in time."""

    def __init__(self, upkeep: ErasureUpkeep) -> None:
        self._upkeep = upkeep

    def collect(self) -> Iterator[Metric]:
        unfinished = GaugeMetricFamily(
            "portability_erasures_unfinished",
            "Erasures that are not destroyed or not proven yet, by stage",
            labels=["stage"],
        )
        for stage, count in self._upkeep.unfinished.items():
            unfinished.add_metric([stage], count)
        yield unfinished
        yield GaugeMetricFamily(
            "portability_erasure_answers_overdue",
            "Recipients of erased data who have not answered within their term",
            value=self._upkeep.overdue,
        )
