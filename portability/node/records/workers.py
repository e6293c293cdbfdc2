"""
One verifying process per core, fed in batches.

Verification is most of what accepting a record costs and the interpreter runs it on one core only,
so it is handed out. Callers that arrive while a batch is under way share the next one: the busier
the node, the larger its batches, and the less each record pays for being handed over. Of what peers
deliver and of what persons sign, only the signatures are handed out.

The processes are forked from one that has loaded what they run by and does nothing else: loading
takes longer than all else about them, and what is loaded is in memory once.
"""

import asyncio
import multiprocessing
import multiprocessing.forkserver
import os
import pickle
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.context import ForkServerContext, ForkServerProcess
from operator import is_
from time import sleep  # noqa: TID251  # a pause, not what time it is
from typing import Any, Final

from portability.errors import ConfigurationError, OverloadedError
from portability.node.records.socket_folder import socket_folder
from portability.node.records.verifying import work
from portability.wire.intake import Accepted, Issuer, Refused, check_submissions
from portability.wire.proven_run import Signed, verify_signatures
from portability.wire.signed_act import Handed, SignedAct, check_signed_acts

MAX_JOB: Final = 256
"""Submissions in one job: long enough that handing over costs little, short enough to share."""

TRIES: Final = 100
TRY_SECONDS: Final = 0.01
"""How often a process is asked for that cannot be had, because what forks them just ends."""

Verdict = Accepted | Refused


def load_verifying() -> None:
    """
    Start what the processes are forked from; it loads while its caller goes on.

    Raises ConfigurationError where there is no folder for the socket by which it is reached, or one
    with a path that is too long for a socket (107 bytes, 103 on macOS).
    """
    _context()
    try:
        with socket_folder():
            multiprocessing.forkserver.ensure_running()
    except OSError:
        raise ConfigurationError(
            "a node reaches its verifying processes by a socket in the temporary folder, and there "
            "is none that it may write to, or its path is too long; give it one, such as a tmpfs "
            "on /tmp, or set TMPDIR"
        ) from None


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([work.__module__])
    return context


def _start(process: ForkServerProcess) -> None:
    """Raises OSError or EOFError if what it is forked from ends again and again."""
    for _ in range(TRIES - 1):
        try:
            process.start()
        except (EOFError, OSError):  # somebody ended it: it is started again once it is gone
            sleep(TRY_SECONDS)
        else:
            return
    process.start()


@dataclass(slots=True, kw_only=True, eq=False)
class _Job:
    """
    A function of a module, and what it is called with: a list, whose items it judges in order.

    ``None`` as verdicts means that two workers died over it.
    """

    judge: Callable[..., list[Any]]
    arguments: tuple[Any, ...]
    is_second_try: bool = False
    verdicts: "asyncio.Future[list[Any] | None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


@dataclass(slots=True, kw_only=True, eq=False)
class _Caller:
    """One item, and what its judge is told besides."""

    judge: Callable[..., list[Any]]
    item: object
    besides: tuple[Any, ...] = ()
    verdict: "asyncio.Future[Any]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def is_like(self, other: "_Caller") -> bool:
        """Whether both can be judged in one go; what they are told is compared as objects."""
        return self.judge is other.judge and all(map(is_, self.besides, other.besides))


class _Worker:
    """
    One process and the pipes to it. It has one job at a time.

    The loop watches ``bell``, on which the process sends a byte before each answer: watching a pipe
    makes it non-blocking, and the answers themselves are read and written blocking, which is brief
    because the other side is doing nothing else.
    """

    def __init__(self) -> None:
        context = _context()
        self._pipe, far_end = context.Pipe()
        self.bell, far_bell = context.Pipe(duplex=False)
        self._process = context.Process(target=work, args=(far_end, far_bell), daemon=True)
        _start(self._process)
        far_end.close()
        far_bell.close()
        self.job: _Job | None = None

    def give(self, job: _Job) -> None:
        self.job = job
        with suppress(OSError):  # it died: the end of its bell says so next
            self._pipe.send_bytes(pickle.dumps((job.judge, job.arguments)))

    def take(self) -> tuple[_Job | None, list[Any] | None]:
        """
        The job that was finished with its verdicts; None in their place if the process died.

        BlockingIOError if the bell did not ring after all.
        """
        rung = os.read(self.bell.fileno(), 1)
        job, self.job = self.job, None
        try:
            if not rung:
                return job, None
            # what comes through this pipe is written by our own process at this moment
            return job, pickle.loads(self._pipe.recv_bytes())  # noqa: S301
        except (EOFError, OSError):
            return job, None

    def stop(self) -> None:
        self._pipe.close()
        self.bell.close()
        self._process.join(timeout=5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()


class Verifiers:
    """
    Checks submissions on all cores. Start it inside the loop and close it in the end.

    ``linger`` in seconds is how long a single caller waits for company.
    """

    def __init__(self, processes: int, *, linger: float = 0.001) -> None:
        self._processes = processes
        self._linger = linger
        self._workers: list[_Worker] = []
        self._idle: list[_Worker] = []
        self._jobs: deque[_Job] = deque()
        self._callers: deque[_Caller] = deque()
        self._gathering: asyncio.Task[None] | None = None
        self._freed = asyncio.Event()

    def start(self) -> None:
        """Start the processes, so that the first record does not wait for them."""
        for _ in range(self._processes):
            self._hire()

    async def check(self, submission: bytes, issuer: Issuer) -> Verdict:
        """Check one submission, together with its like that are waiting."""
        verdict: Verdict = await self._judged(
            _Caller(judge=check_submissions, item=submission, besides=(issuer,))
        )
        return verdict

    async def check_act(self, handed: Handed) -> SignedAct | None:
        """What a person signed, None if they did not; together with its like that are waiting."""
        found: SignedAct | None = await self._judged(_Caller(judge=check_signed_acts, item=handed))
        return found

    async def check_batch(self, submissions: Sequence[bytes], issuer: Issuer) -> list[Verdict]:
        """Check many submissions of one issuer, in order, spread over the processes."""
        jobs = [
            _Job(
                judge=check_submissions,
                arguments=(list(submissions[at : at + MAX_JOB]), issuer),
            )
            for at in range(0, len(submissions), MAX_JOB)
        ]
        for job in jobs:
            self._put(job)
        return [verdict for job in jobs for verdict in await _verdicts(job)]

    async def check_signatures(self, batch: Sequence[Signed]) -> list[bool]:
        """
        Which of these signatures are good, in order, looked at in one process.

        Raises OverloadedError if the processes ended over it.
        """
        if not batch:
            return []
        job = _Job(judge=verify_signatures, arguments=(batch,))
        self._put(job)
        return await _verdicts(job)

    def close(self) -> None:
        loop = asyncio.get_running_loop()
        for worker in self._workers:
            loop.remove_reader(worker.bell.fileno())
            worker.stop()
        self._workers.clear()
        self._idle.clear()

    async def _judged(self, caller: _Caller) -> Any:
        self._callers.append(caller)
        if self._gathering is None:
            self._gathering = asyncio.get_running_loop().create_task(self._serve_callers())
        return await caller.verdict

    async def _serve_callers(self) -> None:
        """
        Gather single callers into jobs until none is left.

        While all processes are at work, callers only queue up: that is what makes jobs grow.
        """
        try:
            while self._callers:
                await asyncio.sleep(self._linger)
                while not self._idle:
                    self._freed.clear()
                    await self._freed.wait()
                job, callers = self._gather()
                job.verdicts.add_done_callback(partial(_tell, callers))
                self._put(job)
        finally:
            self._gathering = None

    def _gather(self) -> tuple[_Job, list[_Caller]]:
        """Those who wait for the same as the first of them; the others wait on, in order."""
        first = self._callers[0]
        callers: list[_Caller] = []
        others: list[_Caller] = []
        while self._callers and len(callers) < MAX_JOB:
            caller = self._callers.popleft()
            (callers if caller.is_like(first) else others).append(caller)
        self._callers.extendleft(reversed(others))
        arguments = ([one.item for one in callers], *first.besides)
        return _Job(judge=first.judge, arguments=arguments), callers

    def _put(self, job: _Job) -> None:
        if self._idle:
            self._idle.pop().give(job)
        else:
            self._jobs.append(job)

    def _hire(self) -> None:
        worker = _Worker()
        self._workers.append(worker)
        self._idle.append(worker)
        asyncio.get_running_loop().add_reader(worker.bell.fileno(), self._finished, worker)

    def _finished(self, worker: _Worker) -> None:
        try:
            job, verdicts = worker.take()
        except BlockingIOError:
            return
        if verdicts is None:
            if job is not None and not job.is_second_try:
                job.is_second_try = True
                self._jobs.appendleft(job)
                job = None
            self._replace(worker)
        elif self._jobs:
            worker.give(self._jobs.popleft())
        else:
            self._idle.append(worker)
            self._freed.set()
        if job is not None and not job.verdicts.done():
            job.verdicts.set_result(verdicts)

    def _replace(self, dead: _Worker) -> None:
        """
        Somebody killed a process, or its work did: another one takes its place.

        Its work is tried once more; if that kills too, whoever waits is told so.
        """
        asyncio.get_running_loop().remove_reader(dead.bell.fileno())
        self._workers.remove(dead)
        if dead in self._idle:
            self._idle.remove(dead)
        dead.stop()
        self._hire()
        if self._jobs:
            self._idle.pop().give(self._jobs.popleft())
        else:
            self._freed.set()


async def _verdicts(job: _Job) -> list[Any]:
    verdicts = await job.verdicts
    if verdicts is None:
        raise _ended()
    return verdicts


def _ended() -> OverloadedError:
    return OverloadedError("a verifying process of this node ended; send this again")


def _tell(callers: list[_Caller], finished: "asyncio.Future[list[Any] | None]") -> None:
    """Give each caller of a shared job its own verdict."""
    verdicts = finished.result()
    for position, caller in enumerate(callers):
        if caller.verdict.done():
            continue  # it hung up
        if verdicts is None:
            caller.verdict.set_exception(_ended())
        else:
            caller.verdict.set_result(verdicts[position])
