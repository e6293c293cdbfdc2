"""
How much is kept of what a peer sent and this node refused, and how much of it there is.

Whatever a peer sends is refused with a reason and stays, so that its stream goes on and the
statement can be tried again; unbounded, a peer could fill the disk so. Beyond the bound only the
place, the id and the reason are kept. Stopping the stream there was the other way: then one fault,
such as a directory that came late, would hold up all that is well behind it until somebody looks.
Nothing is lost by not keeping the content, for its sender has it, and is asked for it when it is
tried again.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import structlog
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from portability.errors import PortabilityError
from portability.node.log.write import Write
from portability.store.engine import Database
from portability.store.set_aside import HeldAside, count_set_aside, size_set_aside

MAX_KEPT_BYTES: Final = 512 * 1024 * 1024
"""Of the refused deliveries of one peer: twice the largest of them."""

COUNTED_FOR: Final = timedelta(minutes=1)
"""So long a count holds: a look at every row of a peer for each row more would be its square."""

log: Final = structlog.get_logger(__name__)


class RefusedRoom:
    """
    Knows how much of each peer is set aside, by what this process has added since it counted.

    With several processes on one database the bound is exceeded by what the others add in a minute.
    """

    def __init__(self) -> None:
        self._counted: dict[str, tuple[datetime, int]] = {}
        self._told: dict[str, datetime] = {}

    async def take(self, write: Write, peer: str, size: int) -> bool:
        """Whether so many bytes more of a peer are kept; they count from then on."""
        at, held = self._counted.get(peer, (None, 0))
        if at is None or not timedelta(0) <= write.now - at < COUNTED_FOR:
            at, held = write.now, await size_set_aside(write.connection, peer)
        has_room = held + size <= MAX_KEPT_BYTES
        self._counted[peer] = (at, held + size if has_room else held)
        if not has_room and self._told.get(peer) != at:
            self._told[peer] = at
            log.error("set_aside_full", peer=peer)
        return has_room


def not_kept(message: str) -> str:
    """The reason for which something was refused, where nothing else of it is kept."""
    return f"{message} (not kept, so much of this peer is set aside; it is asked for it to replay)"


class SetAsideMetrics(Collector):
    """What of each peer is set aside; ``look`` before it is told."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._found: dict[str, HeldAside] = {}

    async def look(self) -> None:
        """Count again; what was counted last stands while the database does not answer."""
        with suppress(PortabilityError):
            async with self._database.read() as connection:
                self._found = await count_set_aside(connection)

    def collect(self) -> Iterator[Metric]:
        labels = ["peer"]
        count = GaugeMetricFamily(
            "portability_set_aside_deliveries",
            "Statements of a peer that are refused still",
            labels=labels,
        )
        size = GaugeMetricFamily(
            "portability_set_aside_bytes",
            f"What is kept of them; beyond {MAX_KEPT_BYTES} of a peer nothing is",
            labels=labels,
        )
        for peer, held in self._found.items():
            count.add_metric([peer], held.count)
            size.add_metric([peer], held.size)
        yield count
        yield size
