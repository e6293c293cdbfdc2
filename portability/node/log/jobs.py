"""
What callers bring to the sequencer, and how all of it is run in one transaction.

Records are logged first, in one go. What many callers bring alike may be done for all of them
together, which costs few statements of the database; whatever is left runs by itself, so that none
of them can make another fail.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import structlog

from portability.errors import StaleCheckpointError, StorageError
from portability.node.log.write import Committed, RecordEntry, Write
from portability.store.engine import savepoint

events = structlog.get_logger(__name__)

T = TypeVar("T")
Work = Callable[[Write], Awaitable[T]]
Take = Callable[[Write, Sequence[Any]], Awaitable[Sequence[T | None]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share(Generic[T]):
    """
    How a work is done together with its like: ``take`` does it for the items of all of them.

    It gives a result for each, or None for one that it leaves alone, whose own work is run then.
    So ``take`` is for those with which all is well, and the work says what is wrong with others.
    Whatever it raises, all of them are left to their works, in a transaction begun anew.
    """

    take: Take[T]
    item: object


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """What one caller waits for: either records, or a work."""

    records: Sequence[RecordEntry] = ()
    work: Work[Any] | None = None
    share: Share[Any] | None = None
    done: "asyncio.Future[tuple[Any, Committed]]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    @property
    def weight(self) -> int:
        return len(self.records) or 1


@dataclass(slots=True, kw_only=True)
class Failed:
    error: Exception


class NotTogetherError(Exception):
    """What was to be done together cannot be; nothing of the transaction may stay."""


async def run_jobs(batch: Sequence[Job], write: Write) -> list[Any]:
    """Run the records in one go, then what is shared, then each work left in its own savepoint."""
    records = [entry for job in batch for entry in job.records]
    places = iter(await write.log_records(records)) if records else iter(())
    shared = await _run_shares(batch, write)
    alone = len(batch) == 1
    results: list[Any] = []
    for job in batch:
        if job.work is None:
            results.append([next(places) for _ in job.records])
        elif job in shared:
            results.append(shared[job])
        elif alone:
            results.append(await job.work(write))
        else:
            results.append(await _run_apart(job.work, write))
    return results


async def _run_shares(batch: Sequence[Job], write: Write) -> dict[Job, Any]:
    """The results of what could be done together, by whose it is."""
    groups: dict[Take[Any], list[Job]] = {}
    for job in batch:
        if job.share is not None:
            groups.setdefault(job.share.take, []).append(job)
    found: dict[Job, Any] = {}
    for take, jobs in groups.items():
        try:
            results = await take(write, [job.share.item for job in jobs if job.share is not None])
        except (StorageError, StaleCheckpointError):
            raise  # the transaction as a whole is in question
        except Exception as error:  # noqa: BLE001  # each work says by itself what is wrong
            events.warning("share_failed", error_type=type(error).__name__, count=len(jobs))
            raise NotTogetherError from None
        found.update((job, one) for job, one in zip(jobs, results, strict=True) if one is not None)
    return found


async def _run_apart(work: Work[Any], write: Write) -> object:
    """Run a work so that, if it raises, its own writes are undone and nobody else's."""
    mark = write.mark()
    try:
        async with savepoint(write.connection):
            return await work(write)
    except (StorageError, StaleCheckpointError):
        raise  # the transaction as a whole is in question
    except Exception as error:  # noqa: BLE001  # handed to the caller whose work it was
        write.undo_to(mark)
        return Failed(error=error)
