"""
How the node stands, for whoever watches it: ready, halted, its clock, what ends and what waits.

Labels are a check, a peer of the directory, or a state: few values each, and none about a person.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from portability.errors import PortabilityError, PreconditionError
from portability.ledger.trust import Directory
from portability.node.readiness import Readiness
from portability.store.backlog import (
    DueWork,
    PeerBacklog,
    count_backlog,
    count_due_work,
    count_undelivered,
)
from portability.store.engine import Database
from portability.store.undelivered import ALONE, REFUSED, WITHHELD

STATES: Final = (WITHHELD, REFUSED, ALONE)


class StandingMetrics(Collector):
    """
    What this process knows of itself, without asking anybody.

    ``ends`` is until when its certificate is valid; ``is_halted`` whether it stopped in doubt.
    """

    def __init__(
        self,
        *,
        jurisdiction: str,
        readiness: Readiness,
        directory: Callable[[], Directory],
        ends: datetime,
        is_halted: Callable[[], bool],
        under_way: Callable[[], int],
        clock: Callable[[], datetime],
    ) -> None:
        self._jurisdiction = jurisdiction
        self._readiness = readiness
        self._directory = directory
        self._directory_end: datetime | None = None
        self._ends = ends
        self._is_halted = is_halted
        self._under_way = under_way
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        node = GaugeMetricFamily("portability_node", "1, with its name", labels=["jurisdiction"])
        node.add_metric([self._jurisdiction], 1)
        yield node
        checks = GaugeMetricFamily(
            "portability_ready",
            "1 for a check of readiness that passed when it was last made",
            labels=["check"],
        )
        for name, why in self._readiness.outcomes.items():
            checks.add_metric([name], 0 if why else 1)
        yield checks
        yield from self._values()

    def _values(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "portability_halted", "1 once it signs nothing any more", value=self._is_halted()
        )
        yield GaugeMetricFamily(
            "portability_calls_under_way", "Calls being answered", value=self._under_way()
        )
        yield GaugeMetricFamily(
            "portability_clock_timestamp_seconds",
            "The clock of the node, by which it judges what others signed",
            value=self._clock().timestamp(),
        )
        yield GaugeMetricFamily(
            "portability_certificate_end_timestamp_seconds",
            "When the certificate that it was started with ends",
            value=self._ends.timestamp(),
        )
        with suppress(PreconditionError):  # it has ended: the last end is what an alarm rests on
            self._directory_end = self._directory().valid_to
        if self._directory_end is not None:
            yield GaugeMetricFamily(
                "portability_directory_end_timestamp_seconds",
                "When the directory in force ends",
                value=self._directory_end.timestamp(),
            )


class BacklogMetrics(Collector):
    """What waits for peers and in cases; ``look`` before it is told."""

    def __init__(
        self, database: Database, *, peers: Callable[[], list[str]], clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._peers = peers
        self._known: list[str] = []
        self._clock = clock
        self._waiting: Mapping[str, PeerBacklog] = {}
        self._undelivered: Mapping[tuple[str, str], int] = {}
        self._work = DueWork(count=0, oldest=None)

    async def look(self) -> None:
        """Count again; what was counted last stands while the database does not answer."""
        now = self._clock()
        with suppress(PortabilityError):
            async with self._database.read() as connection:
                self._waiting = await count_backlog(connection, now)
                self._undelivered = await count_undelivered(connection)
                self._work = await count_due_work(connection, now)

    def collect(self) -> Iterator[Metric]:
        labels = ["peer"]
        count = GaugeMetricFamily(
            "portability_outbox_waiting", "Statements that a peer has not accepted", labels=labels
        )
        oldest = GaugeMetricFamily(
            "portability_outbox_oldest_seconds",
            "How long the oldest of them could have gone",
            labels=labels,
        )
        attempts = GaugeMetricFamily(
            "portability_outbox_attempts",
            "Attempts made in vain for the one that was tried most",
            labels=labels,
        )
        undelivered = GaugeMetricFamily(
            "portability_undelivered",
            "Statements that were withheld from a peer, refused by it, or sent without a part",
            labels=["peer", "state"],
        )
        with suppress(PreconditionError):  # the directory has ended; what waits is still to be seen
            self._known = self._peers()
        for peer in self._known:
            row = self._waiting.get(peer)
            count.add_metric([peer], row.count if row else 0)
            oldest.add_metric([peer], self._age(row.oldest if row else None))
            attempts.add_metric([peer], row.attempts if row else 0)
            for state in STATES:
                undelivered.add_metric([peer, state], self._undelivered.get((peer, state), 0))
        yield from (count, oldest, attempts, undelivered)
        yield GaugeMetricFamily(
            "portability_work_due", "Steps of cases that are due", value=self._work.count
        )
        yield GaugeMetricFamily(
            "portability_work_oldest_seconds",
            "How long the oldest of them has been due",
            value=self._age(self._work.oldest),
        )

    def _age(self, since: datetime | None) -> float:
        return 0.0 if since is None else max(0.0, (self._clock() - since).total_seconds())
