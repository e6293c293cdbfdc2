"""
The journal beside the database: that it is the database's own, and what comes back from it.

A database that was restored holds again whom the journal has erased.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from portability.errors import ConfigurationError, StorageError
from portability.node.erasure.journal import ErasureJournal, JournalEntry
from portability.node.log.sequencer import Sequencer
from portability.node.log.write import Write
from portability.store import erasure as stored
from portability.store import erasure_rows
from portability.store.engine import Database
from portability.store.erasure import Target
from portability.store.erasure_rows import ErasureRow

T = TypeVar("T")


async def check_journal(database: Database, sequencer: Sequencer, journal: ErasureJournal) -> None:
    """
    The first journal that a database sees is its own, and from then on no other.

    Raises ConfigurationError for another one.
    """

    async def work(write: Write) -> list[str]:
        known = await erasure_rows.list_journals(write.connection)
        if not known:
            await erasure_rows.add_journal(write.connection, journal.id, write.now)
        return known

    async with database.read() as connection:
        known = await erasure_rows.list_journals(connection)
    if not known:
        known, _ = await sequencer.run(work)
    if known and journal.id not in known:
        raise ConfigurationError(
            f"the journal of erasures {journal.path} belongs to another database: bring "
            "back the one that was in use with this database; without it persons who were "
            "erased would come back",
            file=str(journal.path),
        )


async def list_back(database: Database, journal: ErasureJournal) -> list[JournalEntry]:
    """Entries of those whom the database holds; from now on nobody in the journal is read."""
    entries = {entry.owner: entry for entry in journal.entries}
    for owner in entries:
        database.vault.fence(owner)
    async with database.read() as connection:
        return [entries[owner] for owner in await stored.list_unerased(connection, entries)]


async def row_again(write: Write, entry: JournalEntry) -> tuple[ErasureRow, Target] | None:
    """The erasure to be done again, and of whom; None if it is under way or over."""
    target = await stored.find_target(write.connection, entry.owner)
    if target is None or target.erase_time is not None:
        return None
    known = await erasure_rows.find_erasure(write.connection, entry.erasure)
    if known is not None and known.stage == erasure_rows.FENCED:
        return None
    row = ErasureRow(
        name=entry.erasure,
        person=target.id,
        owner=target.name,
        stage=erasure_rows.FENCED,
        actor=entry.actor,
        basis=entry.basis,
        citation="",
        refusal="",
        key_commitment=target.key_commitment,
        revision=entry.revision,
        statement_id=None,
        create_time=write.now,
        destroy_time=None,
    )
    return row, target


async def on_disk(call: Callable[..., T], *args: Any) -> T:
    """A step in a file beside the database; StorageError where the disk fails at it."""
    try:
        return await asyncio.to_thread(call, *args)
    except OSError:
        raise StorageError(
            "a file of this node could not be read or written, so the erasure is not complete: "
            "check the disk; the erasure goes on when it can",
            cause="unwritten",
        ) from None


def entry_of(row: ErasureRow) -> JournalEntry:
    return JournalEntry(
        erasure=row.name,
        owner=row.owner,
        key_commitment=row.key_commitment,
        revision=row.revision,
        basis=row.basis,
        actor=row.actor,
        time=row.create_time.replace(microsecond=0),
    )
