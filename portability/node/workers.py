"""
One verifying process per core, fed in batches.

Verification is most of what accepting a record costs and the interpreter runs it on one core only,
so it is handed out. Callers that arrive while a batch is under way share the next one.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from portability.wire.intake import Accepted, Issuer, Refused, check_submissions

MAX_JOB: Final = 256
"""Submissions in one job: long enough that handing over costs little, short enough to share."""

INLINE_BELOW: Final = 3
"""So few are checked where they are: a hand-over costs about as much as two signatures."""

Verdict = Accepted | Refused


@dataclass(slots=True, kw_only=True, eq=False)
class _Waiting:
    submission: bytes
    issuer: Issuer
    verdict: "asyncio.Future[Verdict]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Verifiers:
    """Checks submissions on all cores. Close it, or its processes end when this one does."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._pool = ProcessPoolExecutor(
            max_workers=processes,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_follow_parent,
        )
        self._queue: deque[_Waiting] = deque()
        self._busy = 0
        self._jobs: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Start the processes now, so that the first record does not wait for them."""
        for _ in range(self._processes):
            self._pool.submit(os.getpid)

    async def check(self, submission: bytes, issuer: Issuer) -> Verdict:
        """Check one submission, together with whatever else is waiting."""
        waiting = _Waiting(submission=submission, issuer=issuer)
        self._queue.append(waiting)
        if self._busy < self._processes:
            self._start_job()
        return await waiting.verdict

    async def check_batch(self, submissions: Sequence[bytes], issuer: Issuer) -> list[Verdict]:
        """Check many submissions of one issuer, in order, spread over the processes."""
        loop = asyncio.get_running_loop()
        jobs = [
            loop.run_in_executor(
                self._pool, check_submissions, submissions[at : at + MAX_JOB], issuer
            )
            for at in range(0, len(submissions), MAX_JOB)
        ]
        return [verdict for job in await asyncio.gather(*jobs) for verdict in job]

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _start_job(self) -> None:
        self._busy += 1
        job = asyncio.get_running_loop().create_task(self._run_jobs())
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)

    async def _run_jobs(self) -> None:
        """Take what is waiting, again and again, until nothing is."""
        await asyncio.sleep(0)  # let callers that are ready now join this job
        try:
            while self._queue:
                await self._run_job(self._take())
        finally:
            self._busy -= 1

    def _take(self) -> list[_Waiting]:
        """The next submissions that share an issuer; a fair share if other processes idle."""
        issuer = self._queue[0].issuer
        job: list[_Waiting] = []
        while self._queue and len(job) < MAX_JOB and self._queue[0].issuer is issuer:
            job.append(self._queue.popleft())
        return job

    async def _run_job(self, job: list[_Waiting]) -> None:
        submissions = [waiting.submission for waiting in job]
        try:
            if len(job) < INLINE_BELOW:
                verdicts = check_submissions(submissions, job[0].issuer)
            else:
                loop = asyncio.get_running_loop()
                verdicts = await loop.run_in_executor(
                    self._pool, check_submissions, submissions, job[0].issuer
                )
        except Exception as error:  # noqa: BLE001  # whoever waits must hear of it, whatever it is
            for waiting in job:
                if not waiting.verdict.done():
                    waiting.verdict.set_exception(error)
            return
        for waiting, verdict in zip(job, verdicts, strict=True):
            if not waiting.verdict.done():  # the caller may have hung up
                waiting.verdict.set_result(verdict)


def _follow_parent() -> None:
    """Leave when the node does, also when it is killed, and let it handle Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def wait() -> None:
            parent.join()
            os._exit(0)

        threading.Thread(target=wait, daemon=True).start()
