"""
A statement with thousands of exhibits: brought page by page, then delivered by itself.

One page is in memory at a time, here and on the wire. A sender that is killed or cut off goes on
after the last page that the peer has. The statement is the signed list of what was brought.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, Protocol

import structlog

from portability.errors import InvalidInputError, NotFoundError, PreconditionError, ProofError
from portability.federation.going_alone import (
    EndedError,
    GoneError,
    HalfwayError,
    let_go_alone,
)
from portability.recognition.versions import PAGES
from portability.store import cases, undelivered
from portability.store.delivery import OutboxRow
from portability.store.engine import Database
from portability.v1 import envelope_pb2
from portability.v1 import federation_service_pb2 as pb

CARRIED: Final = 1_000
"""
So many exhibits a statement carries itself: a working life in monthly rows, some 1.5 MB. What is
brought by pages is written down twice.
"""

PAGE: Final = 200
"""Exhibits in one message that brings some of a statement with more of them."""

_FINAL: Final = (InvalidInputError, NotFoundError, PreconditionError)
"""What a peer says that will not take the exhibits, however often it is asked."""

log = structlog.get_logger(__name__)

Prove = Callable[[Sequence[bytes]], Awaitable[Sequence[envelope_pb2.ProvenStatement]]]


class PageLink(Protocol):
    """A peer as far as it takes pages."""

    async def stage_exhibits(
        self,
        statement_id: bytes,
        case_id: str,
        first: int,
        exhibits: Sequence[envelope_pb2.ProvenStatement],
    ) -> int:
        """
        How many the peer has after this page, from the first on.

        Raises PeerUnavailableError, or what the peer says.
        """


class Pages:
    """Brings a peer the exhibits of a statement, in order and from where it was cut off."""

    def __init__(self, *, database: Database, prove: Prove, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._prove = prove
        self._clock = clock

    async def takes_pages(self, peer: str) -> bool:
        """Whether the peer has said that it speaks a version that knows pages."""
        async with self._database.read() as connection:
            return (await undelivered.find_peer_version(connection, peer) or 0) >= PAGES

    async def bring(
        self, peer: str, link: PageLink, row: OutboxRow, *, is_there: bool
    ) -> pb.Delivery:
        """
        The delivery of a statement whose exhibits the peer has now.

        One that ``is_there`` by the peer's own word goes again for a signature: whatever keeps its
        exhibits here now, nothing is noted of it, since it had left as it was.

        A peer that will not take them gets the statement without: it sets it aside with its reason,
        and the stream goes on. So does one whose exhibits are not here any more. Raises what the
        link raises, and NotFoundError as ``prove`` for the statement itself.
        """
        async with self._database.read() as connection:
            found = await cases.find_cases_of_statement(connection, row.statement_id)
        case_id = found[0] if found else ""
        (statement,) = await self._prove([row.statement_id])
        delivery = pb.Delivery(position=row.position, statement=statement)
        try:
            await self._stage(link, row, case_id)
        except (EndedError, GoneError) as error:
            if not is_there:
                kind = statement.envelope.payload_type
                why = await _why(error, link, row, case_id)
                await let_go_alone(self._database, row, kind, self._clock(), why)
            return delivery
        except _FINAL as error:
            log.warning("exhibits_not_taken", peer=peer, reason=error.reason)
            return delivery
        delivery.staged_exhibits = len(row.exhibits)
        return delivery

    async def _stage(self, link: PageLink, row: OutboxRow, case_id: str) -> None:
        """From the first one on that the peer does not have; asked by a page that is empty."""
        await self._page(row.statement_id, row.exhibits[:1])  # or the peer has them all, too late
        staged = await link.stage_exhibits(row.statement_id, case_id, 0, [])
        while staged < len(row.exhibits):
            page = row.exhibits[staged : staged + PAGE]
            exhibits = await self._page(row.statement_id, page)
            after = await link.stage_exhibits(row.statement_id, case_id, staged, exhibits)
            if after <= staged:
                raise ProofError("the peer took a page of exhibits and does not have it")
            staged = after

    async def _page(
        self, statement_id: bytes, page: Sequence[bytes]
    ) -> Sequence[envelope_pb2.ProvenStatement]:
        try:
            _, *exhibits = await self._prove([statement_id, *page])
        except EndedError:
            raise
        except NotFoundError as error:
            raise GoneError(error.message) from None
        return exhibits


async def _why(
    error: EndedError | GoneError, link: PageLink, row: OutboxRow, case_id: str
) -> NotFoundError:
    """
    Of what may not leave any more, whether pages have left: the person is told that nothing was
    given only where the peer says that it has none. Raises what the link raises.
    """
    if isinstance(error, GoneError):
        return error
    try:
        has_pages = await link.stage_exhibits(row.statement_id, case_id, 0, []) > 0
    except _FINAL:
        has_pages = True  # for all that is known
    return HalfwayError() if has_pages else error
