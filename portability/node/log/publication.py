"""
Publication: now and then the latest checkpoint gets the cosignatures of this log's witnesses.

Acceptance waits for none of it: a statement is acknowledged under the log's own signature, and
published as soon as the quorum of the directory has seen that the tree only grew. Whoever is
missing is told in readiness, metrics and log. A witness that has seen another history of this log
stops the node before it signs any more.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from portability.errors import PortabilityError, ProofError
from portability.federation.pacing import Backoff, Sleep, Waker
from portability.ledger.encoding import decode_decimal
from portability.ledger.note import (
    NoteSignature,
    VerifierKey,
    add_signature_lines,
    parse_note,
    parse_signature_lines,
    verify_note,
)
from portability.ledger.trust import Directory
from portability.ledger.witness import NOT_CONSISTENT, OK, OTHER_SIZE, format_add_checkpoint
from portability.node.log.memory import LogMemory
from portability.node.log.prover import Prover
from portability.node.log.witness_views import IN_DOUBT, View, Viewer, WitnessViews, advice
from portability.store import log_tree
from portability.store import witness as stored
from portability.store.engine import Database
from portability.v1.federation_service_pb2 import CosignCheckpointResponse

LOOK_SECONDS: Final = 0.25
"""After a commit, so that what follows it closely is published with it; and between two tries."""

IDLE_SECONDS: Final = 1.0
"""How often the head is looked at while this process commits nothing: another one may."""

PAUSE_SECONDS: Final = 1.0
"""Between two publications, so that witnesses of a busy log are asked about once a second."""

LONGEST_WAIT: Final = timedelta(seconds=10)
"""Before a witness that was missing is asked again."""

ATTEMPTS: Final = 3
"""A witness may tell once where it stands, and once more if another process was faster."""

log = structlog.get_logger(__name__)


class WitnessLink(Viewer, Protocol):
    """A witness as the publisher sees it."""

    async def cosign_checkpoint(self, body: bytes) -> CosignCheckpointResponse:
        """Its answer to the body of ``add-checkpoint``; unverified."""


@dataclass(slots=True, kw_only=True)
class _Witness:
    """
    What is known of one witness: ``size`` is where it stands, ``lines`` are its cosignatures of
    the head of ``cosigned`` entries. ``why`` tells what it is missing for, empty if it is not.
    """

    size: int = 0
    cosigned: int = -1
    lines: tuple[NoteSignature, ...] = ()
    failures: int = 0
    not_before: datetime | None = None
    why: str = ""


class Publisher:
    """Publishes from ``start`` to ``close``. ``halt`` stops the write path for good."""

    def __init__(
        self,
        *,
        jurisdiction: str,
        database: Database,
        directory: Callable[[], Directory],
        witness: Callable[[str], WitnessLink],
        views: WitnessViews,
        halt: Callable[[str], object],
        memory: LogMemory,
        clock: Callable[[], datetime],
        sleep: Sleep,
        randomness: Callable[[int], bytes],
        backoff: Backoff | None = None,
    ) -> None:
        self._jurisdiction = jurisdiction
        self._database = database
        self._prover = Prover(database)
        self._directory = directory
        self._witness = witness
        self._views = views
        self._halt = halt
        self._memory = memory
        self._clock = clock
        self._sleep = sleep
        self._randomness = randomness
        self._backoff = backoff or Backoff(most=LONGEST_WAIT)
        self._witnesses: dict[str, _Witness] = {}
        self._waker = Waker(sleep)
        self._is_behind = False
        self._task: asyncio.Task[None] | None = None
        self.committed_size = 0
        self.published_size = 0

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="publisher")

    async def close(self) -> None:
        """Stop; what is not published is published after the next start."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def wake(self) -> None:
        """The log has grown."""
        self._waker.wake()

    @property
    def missing(self) -> Mapping[str, str]:
        """Each witness of this log with why it is missing; empty for one that cosigned."""
        return {code: one.why for code, one in self._witnesses.items()}

    def details(self) -> Mapping[str, str]:
        """For whoever looks at readiness: publication is told there and never decides it."""
        found = {f"witness {code}": why or "cosigned" for code, why in self.missing.items()}
        return {
            **found,
            "publication": f"{self.published_size} of {self.committed_size} entries published",
        }

    async def turn(self) -> bool:
        """Ask whoever is due to cosign the head; whether it was published. Raises nothing of it."""
        self._waker.look()
        directory = self._directory()
        async with self._database.read() as connection:
            head = await log_tree.read_head(connection)
            before = await stored.latest_published(connection)
        self.committed_size = head.size
        self.published_size = 0 if before is None else before.size
        self._memory.note_published(self.published_size)  # perhaps by another process
        self._is_behind = bool(directory.quorum) and (before is None or before.size != head.size)
        if not self._is_behind:
            return False
        witnesses = directory.witness_vkeys(self._jurisdiction, self._clock())
        self._witnesses = {code: self._witnesses.get(code, _Witness()) for code in witnesses}
        due = [code for code in witnesses if self._is_due(code, head.size)]
        await asyncio.gather(*(self._ask(code, witnesses[code], head) for code in due))
        have = [one for one in self._witnesses.values() if one.cosigned == head.size]
        if len(have) < directory.quorum:
            return False
        note = add_signature_lines(head.checkpoint, [line for one in have for line in one.lines])
        async with self._database.write() as connection:
            published = stored.Published(size=head.size, note=note)
            await stored.add_published(connection, published, self._clock())
        self.published_size = head.size
        self._memory.note_published(head.size)
        return True

    async def _run(self) -> None:
        while True:
            try:
                published = await self.turn()
            except PortabilityError as error:
                log.warning("publication_failed", reason=error.reason)
                published = False
            except Exception as error:  # noqa: BLE001  # the loop never ends, whatever a turn meets
                log.warning("publication_failed", reason=type(error).__name__)
                published = False
            if published:
                await self._sleep(PAUSE_SECONDS)
                continue
            if not self._is_behind:
                await self._waker.wait(IDLE_SECONDS - LOOK_SECONDS)
            await self._sleep(LOOK_SECONDS)

    def _is_due(self, code: str, size: int) -> bool:
        one = self._witnesses[code]
        left = timedelta() if one.not_before is None else one.not_before - self._clock()
        is_waiting = timedelta() < left <= self._backoff.most  # or the clock was set back meanwhile
        return one.cosigned != size and not is_waiting

    async def _ask(self, code: str, keys: Sequence[VerifierKey], head: log_tree.Head) -> None:
        one = self._witnesses[code]
        try:
            one.lines = await self._cosigned(code, keys, head)
        except PortabilityError as error:
            self._missed(code, one, error.message)
        except Exception as error:  # noqa: BLE001  # one witness never keeps another from being asked
            self._missed(code, one, f"its answer could not be used ({type(error).__name__})")
        else:
            if one.why:
                log.info("witness_back", peer=code)
            one.size = one.cosigned = head.size
            one.failures, one.not_before, one.why = 0, None, ""

    def _missed(self, code: str, one: _Witness, why: str) -> None:
        if not one.why:
            log.warning("witness_missing", peer=code, why=why)
        one.failures += 1
        one.why = why
        one.not_before = self._clock() + self._backoff.delay(one.failures, self._randomness)

    async def _cosigned(
        self, code: str, keys: Sequence[VerifierKey], head: log_tree.Head
    ) -> tuple[NoteSignature, ...]:
        """The witness's verified lines for the head. Raises where it has none."""
        one = self._witnesses[code]
        for _ in range(ATTEMPTS):
            proof = await self._prover.consistency(one.size, head.size) if one.size else ()
            body = format_add_checkpoint(one.size, proof, head.checkpoint)
            answer = await self._witness(code).cosign_checkpoint(body)
            if answer.status == OK:
                return _verified(answer.body, keys, head)
            if answer.status not in (OTHER_SIZE, NOT_CONSISTENT):
                break
            await self._compare(code)
            if answer.status == OTHER_SIZE:
                one.size = _size(answer.body, head.size)
        raise ProofError("it answers, but it does not cosign this log's checkpoint")

    async def _compare(self, code: str) -> None:
        """Stop the node if the witness holds what this database does not."""
        view: View = await self._views.look_at(code)
        if view.standing in IN_DOUBT:
            async with self._database.read() as connection:
                own = (await log_tree.read_head(connection)).size
            self._halt(advice(view, own))


def _verified(
    lines: bytes, keys: Sequence[VerifierKey], head: log_tree.Head
) -> tuple[NoteSignature, ...]:
    """Those lines that are cosignatures of this head by a key of the witness. Raises ProofError."""
    names = {(key.name, key.label) for key in keys}
    found = [line for line in parse_signature_lines(lines) if (line.name, line.label) in names]
    parsed = parse_note(add_signature_lines(head.checkpoint, found))
    if not found or len(verify_note(parsed, keys)) != len(found):
        raise ProofError("it answers with a cosignature that is not by its key in the directory")
    return tuple(found)


def _size(body: bytes, own: int) -> int:
    """Where it says that it stands; beyond us only if another process of this node was faster."""
    size = decode_decimal(body.removesuffix(b"\n"), what="size")
    if size > own:
        raise ProofError("it has cosigned a larger tree by now; it is asked again")
    return size


class PublicationMetrics(Collector):
    """How far the log is published, and which witnesses are missing."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def collect(self) -> Iterator[Metric]:
        committed = "Entries in the log, by whether they are published under the quorum's eyes"
        sizes = GaugeMetricFamily("portability_log_entries", committed, labels=["state"])
        sizes.add_metric(["committed"], self._publisher.committed_size)
        sizes.add_metric(["published"], self._publisher.published_size)
        yield sizes
        missing = GaugeMetricFamily(
            "portability_witness_missing",
            "1 for a witness that did not cosign when it was last asked",
            labels=["witness"],
        )
        for code, why in self._publisher.missing.items():
            missing.add_metric([code], 1 if why else 0)
        yield missing
