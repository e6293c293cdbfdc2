"""
The sender: one ordered stream per peer, out of the outbox, until the peer has said that it has it.

* one call in flight per peer, of a bounded number of statements and bytes
* a statement that is not due yet holds back those after it: order is part of the promise
* after failures exponential back-off with jitter, whatever is put into the outbox meanwhile; after
  success a commit wakes the sender
* a peer in maintenance is no failure: it is asked again when it said, and some later by chance
* nor is a statement that waits for this node itself: it is looked at again within seconds
* at the start the streams are compared with the peer's, in case that data were lost here
* then, and after each failure, the peer is asked how far it has the stream; what it has and has not
  signed for is sent again, so that nobody can say afterwards that it never came
* all state is in the database: killed at any instruction, the next sender goes on from there

A peer that is away costs one task and one batch of memory, however long its stream grows.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from portability.errors import (
    MaintenanceError,
    NotFoundError,
    PortabilityError,
    PreconditionError,
)
from portability.federation.acknowledged import check_answer, keep_accepted, sent_by_any
from portability.federation.exhibit_pages import CARRIED, Pages
from portability.federation.going_alone import NotYetError, go_as_erasure, let_go_alone
from portability.federation.pacing import Backoff, Sleep, Waker
from portability.federation.refusals import keep_refusals
from portability.federation.standstill import Standstill, Stream
from portability.federation.versions import PeerVersions
from portability.ledger.directory import Directory
from portability.store import delivery, streams
from portability.store.engine import Database
from portability.v1 import envelope_pb2
from portability.v1 import federation_service_pb2 as pb

MAX_STATEMENTS: Final = 64
MAX_BYTES: Final = 4 * 1024 * 1024
MAX_EXHIBITS: Final = 4 * CARRIED
"""Of one call; a statement that has more of either, or is brought by pages, goes alone."""

ASK_AGAIN: Final = timedelta(days=1)
"""How often a peer that is behind is asked what it speaks; an upgraded one says so by itself."""


class PeerLink(Protocol):
    """A peer as the sender sees it."""

    async def deliver(
        self, deliveries: Sequence[pb.Delivery], *, request_id: str
    ) -> pb.DeliverStatementsResponse:
        """Deliver in order; what comes back is unverified."""

    async def stage_exhibits(
        self,
        statement_id: bytes,
        case_id: str,
        first: int,
        exhibits: Sequence[envelope_pb2.ProvenStatement],
    ) -> int:
        """Bring a page of exhibits before their statement; how many the peer has now."""

    async def standing(self) -> pb.GetDeliveryPositionResponse:
        """Up to where the peer has our stream, and what it speaks."""


Compare = Callable[[str], Awaitable[None]]
"""Takes back what this node lost and a peer still has of their streams; raises if it cannot."""


class Prove(Protocol):
    """Where statements and exhibits come from, each with its proof."""

    async def __call__(
        self, statement_ids: Sequence[bytes]
    ) -> Sequence[envelope_pb2.ProvenStatement]:
        """
        In the order asked. Raises NotFoundError for one whose content was erased, EndedError for
        what goes with the first and may not leave any more, NotYetError where that is not sure.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """
    What waits for a peer: the rows that are due, when the first one is, how many statements are
    withheld or were refused; ``is_all`` if no other waits, not for its time either.
    """

    rows: Sequence[delivery.OutboxRow]
    next_due: datetime | None
    withheld: int
    refused: int
    is_all: bool

    def without_rows(self) -> "_Look":
        """Once all of it has left."""
        return replace(self, rows=(), next_due=None)


class OutboxSender:
    """Sends to all peers from ``start`` to ``close``."""

    def __init__(
        self,
        *,
        database: Database,
        peers: Callable[[], Collection[str]],
        link: Callable[[str], PeerLink],
        prove: Prove,
        directory: Callable[[], Directory],
        clock: Callable[[], datetime],
        sleep: Sleep,
        randomness: Callable[[int], bytes],
        fault: Callable[[str], None],
        backoff: Backoff | None = None,
        is_paused: Callable[[], bool] = lambda: False,
        versions: PeerVersions | None = None,
        compare: Compare | None = None,
        measure: Callable[[str], AbstractContextManager[None]] = lambda _: nullcontext(),
    ) -> None:
        self._database = database
        self._peers = peers
        self._link = link
        self._prove = prove
        self._directory = directory
        self._clock = clock
        self._sleep = sleep
        self._randomness = randomness
        self._fault = fault
        self._standstill = Standstill(
            clock=clock, randomness=randomness, backoff=backoff or Backoff()
        )
        self._is_paused = is_paused
        self._pages = Pages(database=database, prove=prove, clock=clock)
        self._versions = versions or PeerVersions(
            database=database, clock=clock, wake_outbox=self.wake
        )
        self._compare = compare
        self._measure = measure
        self._streams: dict[str, Stream] = {}
        self._is_running = False

    def start(self) -> None:
        """Run a stream for each peer that the directory names."""
        self._is_running = True
        for peer in sorted(self._peers()):
            stream = self._stream(peer)
            if stream.task is None:
                stream.task = asyncio.create_task(self._run(peer, stream), name=f"outbox-{peer}")

    def failing(self, peer: str) -> tuple[int, str, datetime | None]:
        """Failures in a row, why the last attempt failed, and until when no other is made."""
        stream = self._streams.get(peer)
        return (0, "", None) if stream is None else stream.standing(self._clock())

    def wake(self) -> None:
        """Something was put into the outbox. Peers that joined meanwhile get a stream."""
        if self._is_running:
            self.start()
        for stream in self._streams.values():
            stream.waker.wake()

    async def close(self) -> None:
        """Stop; what is not acknowledged is sent again at the next start."""
        tasks = [stream.task for stream in self._streams.values() if stream.task is not None]
        self._is_running = False
        self._streams = {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, peer: str, stream: Stream) -> None:
        while True:
            await stream.waker.wait(await self.turn(peer))

    def _stream(self, peer: str) -> Stream:
        if peer not in self._streams:
            self._streams[peer] = Stream(waker=Waker(self._sleep))
        return self._streams[peer]

    async def turn(self, peer: str) -> float | None:
        """
        Send a peer all that is due; seconds until the next turn, None to wait for the outbox.

        Raises nothing: whatever fails is logged and tried again after a while.
        """
        stream = self._stream(peer)
        if self._is_paused():
            return None  # whoever ends the pause wakes us
        left = stream.left(self._clock())
        if left:
            return left.total_seconds()
        return await self._attempt(peer, stream)

    async def _attempt(self, peer: str, stream: Stream) -> float | None:
        try:
            if not stream.is_compared and self._compare is not None:
                await self._compare(peer)
            stream.is_compared = True
            look = await self._look(peer)
            if not stream.is_caught_up or self._must_ask(stream, look):
                await self._catch_up(peer, stream, look)
                stream.is_caught_up = True
                look = await self._look(peer)
            while look.rows and not self._is_paused():
                is_sent = await self._send(peer, stream, look)
                stream.failures = stream.own_waits = 0
                if is_sent and look.is_all and not stream.waker.is_woken:
                    look = look.without_rows()  # whoever fills the outbox wakes the stream
                else:
                    look = await self._look(peer)
            stream.reason, stream.hold_until = "", None
            return self._pause(look)
        except PortabilityError as error:
            return self._standstill.after(peer, stream, error)
        except Exception as error:  # noqa: BLE001  # a stream never ends, whatever one turn meets
            return self._standstill.back_off(peer, stream, type(error).__name__)

    async def _look(self, peer: str) -> _Look:
        self._stream(peer).waker.look()
        async with self._database.read() as connection:
            found = await streams.look_at_waiting(connection, peer=peer, limit=MAX_STATEMENTS)
        due = delivery.due_of(found.rows, self._clock())
        return _Look(
            rows=due,
            next_due=found.rows[0].not_before if found.rows else None,
            withheld=found.withheld,
            refused=found.refused,
            is_all=len(due) == len(found.rows) < MAX_STATEMENTS,
        )

    def _must_ask(self, stream: Stream, look: _Look) -> bool:
        """Whether statements are withheld from a peer that may have been upgraded meanwhile."""
        is_recent = stream.asked is not None and self._clock() < stream.asked + ASK_AGAIN
        return look.withheld > 0 and not is_recent

    async def _catch_up(self, peer: str, stream: Stream, look: _Look) -> None:
        """Ask the peer how far it has the stream: an acknowledgement may have been lost."""
        if look.next_due is not None or look.withheld:
            standing = await self._link(peer).standing()
            stream.asked, stream.heard = self._clock(), standing.accepted_position
            await self._versions.note(peer, standing.protocol_version)

    async def _send(self, peer: str, stream: Stream, look: _Look) -> bool:
        """
        Send one batch of what is due; whether the peer has all of it now.

        Raises if the peer took nothing of it.
        """
        try:
            with self._measure("prove"):
                deliveries = await self._build(peer, look.rows, stream.heard)
        except NotFoundError:
            first = look.rows[0]
            if first.position <= stream.heard:
                # it cannot be sent again for a signature, so the peer's word has to do
                await keep_accepted(self._database, peer, first.position, self._clock())
            elif not await go_as_erasure(self._database, first):
                raise
            return False
        last = deliveries[-1].position
        try:
            with self._measure("deliver"):
                answer = await self._link(peer).deliver(deliveries, request_id=self._request_id())
        except MaintenanceError:
            raise  # it was no attempt
        except PortabilityError:
            async with self._database.write() as connection:
                await delivery.mark_attempted(connection, peer=peer, up_to=last, now=self._clock())
            raise
        self._fault("outbox.sent")
        # with what cannot be sent again behind it, a batch ends before what the peer has already
        known = await sent_by_any(self._database, peer, max(last, stream.heard), answer)
        signed = check_answer(answer, peer, known, self._directory(), self._clock())
        await self._versions.note(peer, answer.protocol_version)
        await keep_refusals(self._database, peer, deliveries, answer.refusals, self._clock())
        accepted = min(signed.said.position, last)
        signed = replace(signed, ends_refusals=bool(look.refused or answer.refusals))
        await keep_accepted(self._database, peer, accepted, self._clock(), signed)
        self._fault("outbox.marked")
        if accepted < deliveries[0].position:
            raise PreconditionError(
                f"the node of {peer} lacks statements that it had acknowledged; it was restored "
                "from an older backup and must first get back what it lost",
                jurisdiction=peer,
            )
        return accepted == look.rows[-1].position

    async def _build(
        self, peer: str, rows: Sequence[delivery.OutboxRow], heard: int
    ) -> list[pb.Delivery]:
        """The deliveries of one call, at least one, with their proofs."""
        if len(rows[0].exhibits) > CARRIED and await self._pages.takes_pages(peer):
            is_there = rows[0].position <= heard
            link = self._link(peer)
            return [await self._pages.bring(peer, link, rows[0], is_there=is_there)]
        deliveries: list[pb.Delivery] = []
        size = carried = 0
        for row in rows:
            carried += len(row.exhibits)
            if deliveries and (carried > MAX_EXHIBITS or len(row.exhibits) > CARRIED):
                break  # in a call of its own, with pages before it if it needs them
            try:
                statement, *exhibits = await self._proven(row, heard)
            except (NotFoundError, NotYetError):
                if not deliveries:
                    raise
                break  # what can leave before it does
            one = pb.Delivery(position=row.position, statement=statement, exhibits=exhibits)
            if len(rows) > 1:  # or it goes alone, however large it is
                size += one.ByteSize()
            if deliveries and size > MAX_BYTES:
                break
            deliveries.append(one)
        return deliveries

    async def _proven(
        self, row: delivery.OutboxRow, heard: int
    ) -> Sequence[envelope_pb2.ProvenStatement]:
        """
        A statement with its exhibits; alone where these are not here any more, or may not leave.

        Nothing is noted of one that the peer has by its own word: that had left as it was.
        """
        try:
            return await self._prove([row.statement_id, *row.exhibits])
        except NotFoundError as error:
            if not row.exhibits:
                raise
            why = error
        alone = await self._prove([row.statement_id])
        if row.position > heard:
            kind = alone[0].envelope.payload_type
            await let_go_alone(self._database, row, kind, self._clock(), why)
        return alone

    def _pause(self, look: _Look) -> float | None:
        if look.next_due is None:
            return ASK_AGAIN.total_seconds() if look.withheld else None
        return (look.next_due - self._clock()).total_seconds()

    def _request_id(self) -> str:
        """A UUID (version 4) for the logs of both sides."""
        return str(UUID(bytes=self._randomness(16), version=4))
