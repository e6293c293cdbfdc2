"""
Statements of peers that were set aside, tried again: once a key is in the directory, a clock is
right or this node understands more than it did. The peer is asked for what was not kept.

Each is verified anew, by the directory of today, and taken in as if it came now. What is accepted
is acknowledged to the peer with the next answer that it gets.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from portability.errors import NotFoundError, PreconditionError
from portability.ledger.trust import Directory
from portability.node.log.sequencer import Sequencer
from portability.node.log.write import Write
from portability.node.peers.delivery_checks import CheckedDelivery, check_delivery
from portability.node.peers.inbox import Inbox
from portability.node.peers.refused import not_kept
from portability.store.came_bare import remove_came_bare
from portability.store.engine import Database
from portability.store.set_aside import (
    SetAsideRow,
    find_set_aside_at,
    note_replay,
    read_set_aside,
)
from portability.v1 import federation_service_pb2 as pb

FetchAgain = Callable[[str, int, bytes], Awaitable[CheckedDelivery]]
"""Of a peer, at a position, the statement of this id."""

log: Final = structlog.get_logger(__name__)


class Replayer:
    """Tries again what was set aside; ``fetch_again`` asks a peer for it."""

    def __init__(
        self,
        *,
        database: Database,
        sequencer: Sequencer,
        directory: Callable[[], Directory],
        inbox: Inbox,
        fetch_again: FetchAgain,
    ) -> None:
        self._database = database
        self._sequencer = sequencer
        self._directory = directory
        self._inbox = inbox
        self._fetch_again = fetch_again

    async def replay(self, peer: str, position: int) -> SetAsideRow:
        """
        The row as it is afterwards: accepted, or with the reason for which it is still refused.

        Raises NotFoundError for a place at which nothing was set aside, PreconditionError for what
        cannot be tried again, PeerUnavailableError where the peer is to be asked for it.
        """
        if not position:
            raise PreconditionError(
                "what had waited within its case is judged again with every statement of the case; "
                "there is nothing to replay",
                subject="position",
            )
        row, raw = await self._read(peer, position)
        if row.replay_time is not None:
            return row
        checked = await self._checked(row, raw)

        async def work(write: Write) -> SetAsideRow:
            refusal = await self._inbox.take_again(write, peer, checked.verified)
            if refusal is None:
                if raw is None:  # its records may have come then, whatever may leave there now
                    await remove_came_bare(write.connection, row.statement_id)
                return await note_replay(
                    write.connection, row, reason=row.reason, message=row.message, at=write.now
                )
            message = refusal.message if raw is not None else not_kept(refusal.message)
            return await note_replay(
                write.connection, row, reason=refusal.reason, message=message, at=None
            )

        after, _ = await self._sequencer.run(work)
        log.info("delivery_replayed", peer=peer, accepted=after.replay_time is not None)
        return after

    async def _checked(self, row: SetAsideRow, raw: bytes | None) -> CheckedDelivery:
        """What was kept, or what the peer gives again of what was not; verified by now's keys."""
        if raw is not None:
            delivery = pb.Delivery.FromString(raw)
            return await asyncio.to_thread(check_delivery, delivery, self._directory(), row.peer)
        if not row.message:
            raise PreconditionError(
                "the content of the statement was erased; it cannot be replayed",
                subject="position",
            )
        return await self._fetch_again(row.peer, row.position, row.statement_id)

    async def _read(self, peer: str, position: int) -> tuple[SetAsideRow, bytes | None]:
        async with self._database.read() as connection:
            row = await find_set_aside_at(connection, peer=peer, position=position)
            if row is None:
                raise NotFoundError(
                    f"nothing of {peer} was set aside at position {position}; "
                    "`portability node set-aside list` shows what was"
                )
            raw = await read_set_aside(
                connection,
                self._database.vault,
                peer=peer,
                position=position,
                statement_id=row.statement_id,
            )
        return row, raw
