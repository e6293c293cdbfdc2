"""
The one way into the log: many callers, one transaction, one signed tree head.

Whoever changes anything brings a *work*, a coroutine that runs inside the transaction. Works that
arrive while a transaction is under way share the next one; records, of which there are thousands a
second, and works that bring a *share* share single statements too. In one transaction: lock the
head row, run the works, insert leaves and tiles, sign and store the checkpoint, swap the head; then
commit; only then does any caller hear of it.

The head row is the sequencer, so several processes may share one database: whoever finds that the
head has moved loads the right edge of the tree again. In doubt (the stored tiles do not give the
signed root, or do not go on from what this process has seen signed, or the outcome of a commit
stays unknown) this process halts and says why.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NoReturn, TypeVar

from portability.errors import (
    ErasedError,
    HaltedError,
    PortabilityError,
    StaleCheckpointError,
    StorageError,
)
from portability.ledger.checkpoint import Checkpoint, sign_checkpoint, unverified_checkpoint
from portability.ledger.keys import Signer
from portability.ledger.merkle import leaf_hash
from portability.ledger.tiles import edge_tiles
from portability.ledger.tree import Frontier, Tile
from portability.ledger.trust import EndedLog
from portability.node.log.jobs import Failed, Job, NotTogetherError, Share, Work, run_jobs
from portability.node.log.memory import LogMemory
from portability.node.log.write import Committed, RecordEntry, RecordPlace, Write
from portability.store import log, log_tree
from portability.store.engine import Connection, Database

MAX_BATCH: Final = 5_000
"""Statements in one transaction: bounds how long a caller waits behind others."""

FULL_ENOUGH: Final = 256
"""From so many statements on a transaction waits for nobody: its fixed cost is shared well."""

LINGER_SECONDS: Final = 0.015
POLL_SECONDS: Final = 0.001

MAX_LOST_RACES: Final = 20
"""So often may another process win the head before callers are told to come back."""

T = TypeVar("T")
Fault = Callable[[str], None]


class Sequencer:
    """
    Runs works in shared transactions. Start it once; ``close`` lets what is under way finish.

    ``linger`` in seconds is how long a transaction waits at most for the callers that usually come.
    ``ended`` are the logs of this member that ended, in their order; the present one goes on from
    the last.
    """

    def __init__(
        self,
        *,
        database: Database,
        origin: str,
        log_key: Signer,
        clock: Callable[[], datetime],
        fault: Fault,
        linger: float = LINGER_SECONDS,
        ended: Sequence[EndedLog] = (),
    ) -> None:
        self._database = database
        self.origin: Final = origin
        self._ended = {log.origin: log for log in ended}
        self._begin = ended[-1].goes_on_from if ended else None
        self._log_key = log_key
        self._clock = clock
        self._fault = fault
        self._linger = linger
        self._queue: deque[Job] = deque()
        self._queued = 0
        self._in_house = 0
        self._most_in_house = 0
        self._crowd = 0.0
        self._arrived = asyncio.Event()
        self._told: list[Callable[[], None]] = []
        self._frontier = Frontier()
        self._edge: dict[int, Tile] = {}
        self._root = self._frontier.root()
        self._task: asyncio.Task[None] | None = None
        self.memory: Final = LogMemory()
        self.halted: HaltedError | None = None

    def tell_growth(self, tell: Callable[[], None]) -> None:
        """``tell`` is called after each commit of this process by which the log grew."""
        self._told.append(tell)

    async def start(self) -> None:
        """
        Derive the tree head again from the stored tiles, sign the first one, and begin.

        Raises HaltedError when what is stored does not give the head that was signed.
        """
        async with self._database.write() as connection:
            head = await log_tree.lock_head(connection)
            await self._load(connection, head)
            if not head.checkpoint:
                await self._check_begins_empty()
                note = self._sign(0, head.root)
                await log_tree.insert_checkpoint(connection, size=0, note=note, now=self._clock())
                await log_tree.swap_head(connection, head, size=0, root=head.root, checkpoint=note)
            elif (before := unverified_checkpoint(head.checkpoint).origin) != self.origin:
                await self._go_on_from(connection, head, before)
        self._task = asyncio.create_task(self._run(), name="sequencer")

    async def _go_on_from(self, connection: Connection, head: log_tree.Head, before: str) -> None:
        """Sign the tree of a log that ended under our own origin, from its very end on."""
        end = self._ended.get(before)
        begin = None if end is None else end.goes_on_from
        if begin is None or (begin.size, begin.root) != (head.size, head.root):
            stated = "does not say where it ended" if begin is None else f"ends it at {begin.size}"
            await self._halt(
                f"this database is of the log {before} with {head.size} entries, and the directory "
                f"{stated}; correct the directory, or start with the key and directory from before"
            )
        note = self._sign(head.size, head.root)
        await log_tree.replace_checkpoint(connection, size=head.size, note=note)
        await log_tree.swap_head(connection, head, size=head.size, root=head.root, checkpoint=note)

    async def _check_begins_empty(self) -> None:
        """A new database does not go on with a log, unless the directory says that all was lost."""
        begin = self._begin
        if begin is not None and begin.size:
            await self._halt(
                f"this database is empty, and the directory says that this log goes on from the "
                f"{begin.size} entries of {begin.origin}; restore the database that has them"
            )

    async def close(self) -> None:
        """Finish the transaction under way and what is queued, then stop."""
        task, self._task = self._task, None
        if task is None:
            return
        while self._queue and self.halted is None:  # noqa: ASYNC110  # the end of work, not an event
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def run(self, work: Work[T], share: Share[T] | None = None) -> tuple[T, Committed]:
        """
        Run ``work`` in a transaction, or its ``share``; return its result once that is durable.

        The work may run more than once (after a lost race everything is rolled back), so it must
        do nothing but read and write the database. What it raises undoes its own writes only and
        reaches the caller. Raises HaltedError, StorageError, StaleCheckpointError too.
        """
        return await self._submit(Job(work=work, share=share))

    async def log_records(
        self, records: Sequence[RecordEntry]
    ) -> tuple[list[RecordPlace], Committed]:
        """Log verified records; one place for each, in order. A repeated one keeps its place."""
        return await self._submit(Job(records=records))

    def halt(self, why: str) -> HaltedError:
        """Sign nothing any more: whoever waits or comes is told ``why``."""
        if self.halted is None:
            self.halted = HaltedError(why)
        waiting, self._queue, self._queued = list(self._queue), deque(), 0
        _fail(waiting, self.halted)
        return self.halted

    async def _submit(self, job: Job) -> tuple[Any, Committed]:
        if self.halted is not None:
            raise self.halted
        if self._task is None:
            raise HaltedError("the node is stopping; send this again in a moment")
        self._queue.append(job)
        self._queued += job.weight
        self._in_house += 1
        self._most_in_house = max(self._most_in_house, self._in_house)
        self._arrived.set()
        try:
            return await job.done
        finally:
            self._in_house -= 1

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            await self._wait_for_company()
            batch = self._take()
            if batch:
                # a transaction that has begun is finished, whoever hangs up or stops meanwhile
                await asyncio.shield(asyncio.ensure_future(self._settle(batch)))

    async def _wait_for_company(self) -> None:
        """
        Wait a little for as many callers as lately were here at once; a lone caller waits for none.

        A transaction costs about as much as twenty records in it, so callers who come together
        are better served together.
        """
        self._crowd = max(self._most_in_house, self._crowd * 0.9)
        self._most_in_house = self._in_house
        patience = self._linger
        while patience > 0 and len(self._queue) < 0.9 * self._crowd and self._queued < FULL_ENOUGH:
            await asyncio.sleep(POLL_SECONDS)
            patience -= POLL_SECONDS
        if patience <= 0:  # they did not come: whoever is alone now must not wait for them long
            self._crowd /= 2

    def _take(self) -> list[Job]:
        batch: list[Job] = []
        weight = 0
        while self._queue and weight < MAX_BATCH:
            job = self._queue.popleft()
            self._queued -= job.weight
            if not job.done.done():
                batch.append(job)
                weight += job.weight
        if not self._queue:
            self._arrived.clear()
        return batch

    async def _settle(self, batch: list[Job]) -> None:
        """Commit the batch and tell its callers, or tell them why not."""
        try:
            results, committed = await self._commit_with_retries(batch)
        except ErasedError as error:
            await self._settle_apart(batch, error)
        except Exception as error:  # noqa: BLE001  # whoever waits must hear of it, whatever it is
            _fail(batch, error)
        else:
            self._fault("batch.committed")
            for job, result in zip(batch, results, strict=True):
                if job.done.done():
                    continue
                if isinstance(result, Failed):
                    job.done.set_exception(result.error)
                else:
                    job.done.set_result((result, committed))

    async def _settle_apart(self, batch: list[Job], error: ErasedError) -> None:
        """One of these is about a person who is being erased: which shows when each is alone."""
        if len(batch) == 1:
            _fail(batch, error)
            return
        for job in batch:
            await self._settle([job])

    async def _commit_with_retries(self, batch: list[Job]) -> tuple[list[Any], Committed]:
        for _ in range(MAX_LOST_RACES):
            if self.halted is not None:
                raise self.halted
            try:
                return await self._commit(batch)
            except StaleCheckpointError:
                continue  # another process was faster; its head is loaded at the next attempt
            except NotTogetherError:
                for job in batch:
                    job.share = None
            except StorageError as error:
                if error.context.get("outcome") == "unknown":
                    await self._halt(
                        "the database did not say whether a transaction was committed; "
                        "restart the node, which goes on from what the database holds"
                    )
                raise
        raise StaleCheckpointError("other writers were always faster; send this again in a moment")

    async def _commit(self, batch: list[Job]) -> tuple[list[Any], Committed]:
        async with self._database.write() as connection:
            self._fault("batch.begun")
            head = await log_tree.lock_head(connection)
            if (head.size, head.root) != (self._frontier.size, self._root):
                await self._load(connection, head)
            write = Write(
                connection=connection,
                vault=self._database.vault,
                now=self._clock(),
                first_index=head.size,
            )
            results = await run_jobs(batch, write)
            frontier = self._frontier.copy()
            committed = await self._write_tree(write, frontier, head)
            self._fault("batch.written")
        if frontier.size != head.size:
            self._frontier, self._root = frontier, frontier.root()
            for tile in committed.tiles:
                self._edge[tile.level] = tile
            self.memory.note_commit(committed)
            for tell in self._told:
                tell()
        for callback in write.callbacks:
            callback()
        return results, committed

    async def _write_tree(self, write: Write, frontier: Frontier, head: log_tree.Head) -> Committed:
        if not write.rows:
            return Committed.unchanged(head)
        tiles = frontier.append([leaf_hash(row.log_entry) for row in write.rows])
        root = frontier.root()
        note = self._sign(frontier.size, root)
        connection = write.connection
        keep = await log.insert_statements(
            connection, self._database.vault, write.rows, tree_size=frontier.size, now=write.now
        )
        write.after_commit(keep)
        await log_tree.upsert_tiles(connection, tiles)
        await log_tree.insert_checkpoint(connection, size=frontier.size, note=note, now=write.now)
        await log_tree.swap_head(connection, head, size=frontier.size, root=root, checkpoint=note)
        return Committed.of(
            first_index=head.size,
            size=frontier.size,
            checkpoint=note,
            tiles=tiles,
            edge=self._edge,
            statements=write.statements,
        )

    def _sign(self, size: int, root: bytes) -> bytes:
        """Sign a head. It leaves the process only once its transaction is known to be committed."""
        return sign_checkpoint(Checkpoint(origin=self.origin, size=size, root=root), self._log_key)

    async def _load(self, connection: Connection, head: log_tree.Head) -> None:
        """
        Load the right edge of the tree from its tiles, and hold it against the signed head and
        against what this process has seen signed: a server may be given an older copy meanwhile.
        """
        self.memory.clear()
        refs, seen = edge_tiles(head.size), edge_tiles(self._frontier.size)
        found = await log_tree.read_tiles(connection, [*refs, *seen])
        before, now = (_edge_at(size, found) for size in (self._frontier.size, head.size))
        if now is None or now.root() != head.root:
            await self._halt(
                "the stored tiles do not give the tree head that was signed; "
                "run `portability node fsck` and restore the database from a backup"
            )
        if head.size < self._frontier.size or before is None or before.root() != self._root:
            await self._halt(
                f"the database holds {head.size} entries that do not go on from the "
                f"{self._frontier.size} that this process has seen signed (an older copy was put "
                "in its place); nothing more is signed. Stop every process of this node and bring "
                "back the database that has them all; if there is none any more, `portability "
                "node recover --config FILE --out DIR` says how to go on"
            )
        self._frontier, self._root = now, head.root
        self._edge = {
            ref.level: Tile(level=ref.level, index=ref.index, hashes=found[ref.level, ref.index])
            for ref in refs
        }

    async def _halt(self, why: str) -> NoReturn:
        raise self.halt(why)


def _edge_at(size: int, tiles: Mapping[tuple[int, int], bytes]) -> Frontier | None:
    """The tree of so many entries by these tiles; None where they do not give one."""
    try:
        return Frontier.load(size, lambda ref: tiles[ref.level, ref.index])
    except (PortabilityError, KeyError):
        return None


def _fail(jobs: Sequence[Job], error: Exception) -> None:
    for job in jobs:
        if not job.done.done():
            job.done.set_exception(error)
