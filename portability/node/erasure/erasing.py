"""
Erasing a person, in the order of formats.md: decide, fence, destroy, prove, tell.

Each step is durable before the next begins, and each may be done again: an erasure that was broken
off, by whatever, goes on at the next start and at every turn of the upkeep, from what the database
and the journal say. A step that fails is an error to whoever asked, and the erasure stays due.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from portability.consent.scope import Party
from portability.errors import NotFoundError, StorageError
from portability.node.erasure.forgetting_key import ForgettingKey
from portability.node.erasure.journal import ErasureJournal, JournalEntry
from portability.node.erasure.journalled import (
    check_journal,
    entry_of,
    list_back,
    on_disk,
    row_again,
)
from portability.node.erasure.proofs import ErasureProofs
from portability.node.erasure.raw_files import holds_any
from portability.node.erasure.rules import ErasureRules, Objection, find_objection
from portability.node.erasure.signing import ErasureVoice
from portability.node.log.sequencer import Sequencer
from portability.node.log.write import Write
from portability.recognition.erasure import ErasureBasis, ErasureRefusal
from portability.store import erasure as stored
from portability.store import erasure_recipients as recipients
from portability.store import erasure_rows
from portability.store.engine import Connection, Database
from portability.store.erasure import Residue, Target
from portability.store.erasure_rows import ErasureRow
from portability.store.set_aside import empty_set_aside

SETTLE_ATTEMPTS: Final = 20
SETTLE_PAUSE: Final = 0.5
"""In seconds, between two attempts to empty a log that somebody reads."""

MAX_REWRITE_BYTES: Final = 256 * 1024 * 1024
"""A larger database is not written anew while it serves: that takes as much memory."""

NAME_BYTES: Final = 16

log = structlog.get_logger(__name__)


class Eraser:
    """
    Erases persons at one node.

    ``forgetting`` is None for a database whose keys are wrapped without a share; ``file`` is that
    of an embedded database. ``fault`` is called at the named points of ``node.faults``.
    """

    def __init__(
        self,
        *,
        database: Database,
        sequencer: Sequencer,
        journal: ErasureJournal,
        forgetting: ForgettingKey | None,
        voice: ErasureVoice,
        rules: ErasureRules,
        clock: Callable[[], datetime],
        randomness: Callable[[int], bytes],
        fault: Callable[[str], None],
        file: Path | None = None,
        wake_outbox: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._sequencer = sequencer
        self._journal = journal
        self._forgetting = forgetting
        self.voice = voice
        self._rules = rules
        self._clock = clock
        self._randomness = randomness
        self._fault = fault
        self._file = file
        self.wake_outbox = wake_outbox
        self._proofs = ErasureProofs(
            database=database,
            sequencer=sequencer,
            voice=voice,
            rules=rules,
            clock=clock,
            fault=fault,
            wake_outbox=self.wake,
        )
        self._turn = asyncio.Lock()
        self._to_settle = False
        self._known: set[str] = set()

    async def erase(
        self, person: str, *, actor: Party, basis: ErasureBasis, citation: str = ""
    ) -> ErasureRow:
        """
        Erase a person by name, or refuse; what became of it. Again it goes on, or tells the same.

        Raises NotFoundError for nobody, StorageError for a step that failed and will be done later.
        """

        async def work(write: Write) -> ErasureRow:
            return await self._decide(write, person, actor=actor, basis=basis, citation=citation)

        row, _ = await self._sequencer.run(work)
        if row.stage == erasure_rows.REFUSED:
            return row
        self._fault("erasure.decided")
        async with self._turn:
            await self._complete(await self._read(row.name))
            await self._proofs.prove_due()
        return await self._read(row.name)

    async def resume(self) -> None:
        """Go on with everything that was broken off or whose proof is due. Raises StorageError."""
        async with self._turn:
            async with self._database.read() as connection:
                rows = await erasure_rows.list_erasures(
                    connection, erasure_rows.FENCED, erasure_rows.DESTROYED
                )
            for row in rows:
                await self._complete(row)
            await self._proofs.prove_due()

    async def start(self) -> None:
        """
        Before anything is served: what the journal says is destroyed is destroyed here, too.

        Raises ConfigurationError for a journal of another database, HaltedError for one that was
        altered, StorageError where a destruction fails: the node must not serve then.
        """
        await on_disk(self._journal.refresh)
        await check_journal(self._database, self._sequencer, self._journal)
        await self._replay()
        await self.converge()
        self.ask_to_settle()  # whatever ran before may not have come to it
        try:
            await self.settle_if_asked()
            await self.resume()
        except StorageError as error:
            await self._check_out_of_reach(error)

    async def _check_out_of_reach(self, error: StorageError) -> None:
        """A file that somebody reads is cleared later, once the database itself holds nothing."""
        async with self._database.read() as connection:
            rows = await erasure_rows.list_erasures(connection, erasure_rows.FENCED)
        if rows or error.context.get("cause") != "busy":
            raise error
        log.warning("erasure_files_busy")

    async def converge(self) -> None:
        """What processes elsewhere erased in this database, journal and key learn of, too."""
        await on_disk(self._journal.refresh)
        if self._forgetting is not None:
            await on_disk(self._forgetting.clean)
        written = {one.erasure for one in self._journal.entries}
        async with self._database.read() as connection:
            rows = await erasure_rows.list_unwritten(connection, written)
        for row in rows:
            await on_disk(self._journal.append, entry_of(row))
        for owner in {one.owner for one in self._journal.entries} - self._known:
            self._database.vault.fence(owner)
            await self._forget(owner)
            self._known.add(owner)

    async def settle(self, attempts: int = SETTLE_ATTEMPTS) -> None:
        """
        Leave nothing of what was overwritten in the files of an embedded database.

        Raises StorageError, cause ``busy``, while somebody reads on, such as a backup.
        """
        for left in reversed(range(attempts)):
            try:
                await self._database.settle_files()
            except StorageError:
                if not left:
                    raise
                await asyncio.sleep(SETTLE_PAUSE)
            else:
                return

    def wake(self) -> None:
        """Something of ours is in the outbox."""
        self.wake_outbox()

    def ask_to_settle(self) -> None:
        """Something was overwritten outside of an erasure: for the next turn of the upkeep."""
        self._to_settle = True

    async def settle_if_asked(self) -> None:
        """Raises StorageError; it is tried again then."""
        if self._to_settle:
            await self.settle(attempts=1)
            self._to_settle = False

    # --- decide and fence ------------------------------------------------------------------------

    async def _decide(
        self, write: Write, person: str, *, actor: Party, basis: ErasureBasis, citation: str
    ) -> ErasureRow:
        target = await stored.find_target(write.connection, person)
        if target is None:
            raise NotFoundError("there is no such person here")
        known = await erasure_rows.find_erasure_of(write.connection, person)
        if known is not None and known.stage in erasure_rows.DECIDED:
            return known
        asked = known is not None and known.stage == erasure_rows.REQUESTED
        row = ErasureRow(
            name=known.name if known and asked else self._randomness(NAME_BYTES).hex(),
            person=target.id,
            owner=target.name,
            stage=erasure_rows.FENCED,
            actor=str(actor),
            basis=basis.value,
            citation=citation,
            refusal="",
            key_commitment=target.key_commitment,
            revision=write.first_index,
            statement_id=None,
            create_time=write.now,
            destroy_time=None,
        )
        objection = await find_objection(
            write.connection, target.id, self._rules.retentions, write.now
        )
        if objection is not None:
            return await self._refuse(write, row, actor, objection)
        await self._fence(write, row, target)
        return row

    async def _refuse(
        self, write: Write, row: ErasureRow, actor: Party, objection: Objection
    ) -> ErasureRow:
        said = await self.voice.say(
            write,
            ErasureRefusal(
                header=self.voice.header(write.now),
                actor=actor,
                basis=ErasureBasis(row.basis),
                reason=objection.reason,
                citation=objection.citation,
            ),
            person=row.person,
        )
        refused = replace(
            row,
            stage=erasure_rows.REFUSED,
            refusal=objection.reason.value,
            citation=objection.citation,
            statement_id=said,
        )
        await erasure_rows.put_erasure(write.connection, refused)
        return refused

    async def _fence(self, write: Write, row: ErasureRow, target: Target) -> None:
        """In the database; the journal follows once this is durable."""
        await stored.fence_person(write.connection, target.id, write.now)
        await erasure_rows.put_erasure(write.connection, row)
        await self._note_recipients(write.connection, row.name, target.id)
        vault, owner = self._database.vault, target.name
        write.after_commit(lambda: vault.fence(owner))

    async def _note_recipients(self, connection: Connection, name: str, person: int) -> None:
        found = await recipients.collect_recipients(connection, person, own=self.voice.jurisdiction)
        for (jurisdiction, institution), case_ids in sorted(found.items()):
            row = recipients.RecipientRow(
                erasure=name,
                jurisdiction=jurisdiction,
                institution=institution,
                case_ids=tuple(sorted(case_ids)),
            )
            await recipients.add_recipient(connection, row)

    # --- destroy ---------------------------------------------------------------------------------

    async def _complete(self, row: ErasureRow) -> None:
        """All that is left to do until nothing of the person is left."""
        residue: Residue | None = None
        if row.stage == erasure_rows.FENCED:
            await on_disk(self._journal.append, entry_of(row))
            self._fault("erasure.journalled")
            await self._forget(row.owner)
            self._fault("erasure.forgotten")
            residue = await self._destroy(row)
            self._fault("erasure.destroyed")
        if row.stage in (erasure_rows.FENCED, erasure_rows.DESTROYED):
            await self._clear(row, residue)
            self._fault("erasure.cleared")

    async def _forget(self, owner: str) -> None:
        if self._forgetting is not None and self._forgetting.knows(owner):
            await on_disk(self._forgetting.forget, owner)

    async def _destroy(self, row: ErasureRow) -> Residue:
        """Everything that the database holds, in one transaction."""

        async def work(write: Write) -> Residue:
            connection, person = write.connection, row.person
            residue = Residue(wrapped_key=b"", identifier_digest=b"", identifier_ciphertext=b"")
            if person is not None:
                residue = await stored.read_residue(connection, person)
                mentions = await stored.list_mentions(connection, person)
                await empty_set_aside(
                    connection, write.vault, lambda _, raw: any(one in raw for one in mentions)
                )
                await stored.destroy_person(connection, person, write.now)
            await erasure_rows.note_destroyed(connection, row.name, write.now)
            return residue

        residue, _ = await self._sequencer.run(work)
        self._database.vault.forget_key(row.owner, row.key_commitment)
        return residue

    async def _clear(self, row: ErasureRow, residue: Residue | None) -> None:
        """
        The files of an embedded database, too. It is written anew only where that is needed: if
        bytes of the person are found in it, or if a crash left nobody who knows what to look for.
        """
        await self.settle()
        if self._file is not None and (
            residue is None or await on_disk(holds_any, self._file, residue.needles)
        ):
            await self._rewrite(row, self._file)

        async def work(write: Write) -> None:
            await erasure_rows.note_cleared(write.connection, row.name)

        await self._sequencer.run(work)

    async def _rewrite(self, row: ErasureRow, file: Path) -> None:
        """The key is forgotten either way; what is left is a digest under the node's index key."""
        size = (await on_disk(file.stat)).st_size
        if size > MAX_REWRITE_BYTES:
            log.warning("database_not_rewritten", erasure=row.name, bytes=size)
            return
        await self._database.rewrite_file()
        log.info("database_rewritten", erasure=row.name)

    async def _replay(self) -> None:
        """Persons whom a restored database holds again are fenced, and then destroyed, again."""
        for entry in await list_back(self._database, self._journal):

            async def work(write: Write, entry: JournalEntry = entry) -> bool:
                found = await row_again(write, entry)
                if found is not None:
                    await self._fence(write, *found)
                return found is not None

            if (await self._sequencer.run(work))[0]:
                log.warning("erasure_replayed", erasure=entry.erasure)

    async def _read(self, name: str) -> ErasureRow:
        async with self._database.read() as connection:
            row = await erasure_rows.find_erasure(connection, name)
        if row is None:
            raise StorageError("an erasure is gone from the database: restore a backup")
        return row
