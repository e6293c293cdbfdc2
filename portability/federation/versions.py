"""
What peers speak: learned with every exchange, and what was withheld from a peer sent once it can
understand it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from portability.recognition.versions import spoken
from portability.store import delivery, undelivered
from portability.store.engine import Connection, Database
from portability.store.log_tree import lock_head

AT_ONCE: Final = 500
"""Withheld statements that are put into the outbox in one transaction."""

log = structlog.get_logger(__name__)


class PeerVersions:
    """
    The version of the protocol that each peer last said it speaks.

    ``wake_outbox`` is called when something that was withheld may leave.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Callable[[], datetime],
        wake_outbox: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._wake_outbox = wake_outbox
        self._heard: dict[str, int] = {}

    async def note(self, peer: str, announced: int) -> None:
        """A peer says that it speaks this version; 0 is said by those that say nothing."""
        version = spoken(announced)
        if self._heard.get(peer) == version:
            return
        while await self._release(peer, version):
            self._wake_outbox()
        if self._heard.get(peer, version) != version:
            log.info("peer_speaks_other_version", peer=peer, version=version)
        self._heard[peer] = version

    async def _release(self, peer: str, version: int) -> bool:
        """One transaction; whether something was put into the outbox."""
        async with self._database.write() as connection:
            await lock_head(connection)  # positions are given to one writer at a time
            await undelivered.put_peer_version(
                connection, peer=peer, version=version, now=self._clock()
            )
            rows = await undelivered.list_withheld(
                connection, peer=peer, up_to_version=version, limit=AT_ONCE
            )
            for row in rows:
                await self._enqueue(connection, row)
            return bool(rows)

    async def _enqueue(self, connection: Connection, row: undelivered.UndeliveredRow) -> None:
        await delivery.enqueue(
            connection,
            peer=row.peer,
            statement_id=row.statement_id,
            exhibits=row.exhibits,
            not_before=row.not_before,
            now=self._clock(),
        )
        await undelivered.remove_undelivered(
            connection,
            peer=row.peer,
            statement_ids=[row.statement_id],
            state=undelivered.WITHHELD,
        )
