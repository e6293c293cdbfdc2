"""
The case driver: does what cases make due, each duty in one transaction, surviving any crash.

What is due waits in the database (``pending_work``) and is asked of the case again inside the
transaction that does it, so nothing is done twice, whoever else does it at the same time. A peer
that cannot be reached postpones its work with exponential back-off and jitter.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import partial
from typing import Final, assert_never

import structlog

from portability.errors import PortabilityError, UnsupportedVersionError
from portability.federation.pacing import Backoff
from portability.node.calls.step_times import Measure
from portability.node.cases.answer import HistoryAnswerer, Word
from portability.node.cases.due_work import DueWork
from portability.node.cases.forgetting import Forgetting
from portability.node.cases.loading import LoadedCase, load_case
from portability.node.cases.notices import Noticer
from portability.node.cases.permission_ends import LOOK, WATCH, PermissionEnds
from portability.node.cases.result import ResultMaker
from portability.node.cases.terms import clock_of, made_due
from portability.node.cases.writing import ANSWER, BY_CASE, FORGET, RESOLVED, TICK, work_of
from portability.node.log.sequencer import Sequencer
from portability.node.log.write import Write
from portability.recognition.case import (
    AnswerHistory,
    AnswerNotice,
    Close,
    Countersign,
    Determine,
    Duty,
    GiveUp,
    Reconcile,
    Remind,
    Reopen,
    Summarise,
)
from portability.recognition.facts import read_facts
from portability.recognition.progress import progress
from portability.recognition.statements import HistoryOutcome, HistoryRequest
from portability.store import delivery
from portability.store.delivery import PendingWork
from portability.store.engine import Database

AT_ONCE: Final = 16
"""Duties that are worked on at the same time; the sequencer groups their commits."""

MAX_DUTIES_OF_TIME: Final = 128
"""Reminders to every party of the largest case, and the result without those who are silent."""

LONGEST_PAUSE: Final = 60.0
"""Seconds until the database is looked at again: the clock may be set, or the machine sleep."""

OF_TIME: Final = frozenset({TICK, LOOK})
"""Work that waits for its day; all other is due at once, or soon after it failed."""

STATUS: Final = "consent-status"
"""The step of asking the home node where a consent stands."""

NOTHING_SAID: Final = Word()

log = structlog.get_logger(__name__)


class CaseDriver:
    """Runs from ``start`` to ``close``."""

    def __init__(
        self,
        *,
        jurisdiction: str,
        database: Database,
        sequencer: Sequencer,
        answerer: HistoryAnswerer,
        result_maker: ResultMaker,
        noticer: Noticer,
        ends: PermissionEnds,
        forgetting: Forgetting,
        waker: DueWork,
        clock: Callable[[], datetime],
        randomness: Callable[[int], bytes],
        backoff: Backoff | None = None,
        is_paused: Callable[[], bool] = lambda: False,
        measure: Measure = lambda _: nullcontext(),
    ) -> None:
        self._jurisdiction = jurisdiction
        self._database = database
        self._sequencer = sequencer
        self._answerer = answerer
        self._result_maker = result_maker
        self._noticer = noticer
        self._ends = ends
        self._forgetting = forgetting
        self._waker = waker
        self._clock = clock
        self._randomness = randomness
        self._backoff = backoff or Backoff()
        self._is_paused = is_paused
        self._measure = measure
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="case-driver")

    def wake(self) -> None:
        """There may be something to do."""
        self._waker.wake()

    async def close(self) -> None:
        """Stop; what is half done is rolled back or finished, and what is left stays due."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def work_through(self) -> datetime | None:
        """
        Do everything that is due now; when the next work may be done, None if none waits.

        In a pause what is under way is finished and nothing else begun; its end wakes the driver.
        """
        while not self._is_paused():
            self._waker.look()
            async with self._database.read() as connection:
                waiting = await delivery.list_pending_work(connection, limit=AT_ONCE)
            due = [work for work in waiting if self._is_due(work)]
            if not due:
                self._waker.looks_at = waiting[0].not_before if waiting else None
                return self._waker.looks_at
            await asyncio.gather(*(self._do(work) for work in due))
        return None

    def _is_due(self, work: PendingWork) -> bool:
        """
        Whether its time has come. What waits for longer than any failure has work wait was put off
        before the clock was set back.
        """
        left = work.not_before - self._clock()
        was_set_back = work.kind not in OF_TIME and left > self._backoff.most
        return left <= timedelta() or was_set_back

    async def _go_on(self) -> datetime | None:
        """Do what this process has made due since the last look, or look; as ``work_through``."""
        while not self._is_paused():
            handed = self._waker.take(AT_ONCE)
            if handed is None:
                return await self.work_through()
            if not handed:
                return self._waker.looks_at
            await asyncio.gather(*(self._do(work) for work in handed))
        return None

    async def _run(self) -> None:
        failures = 0
        while True:
            try:
                upcoming = await self._go_on()
                failures = 0
                pause = None if upcoming is None else (upcoming - self._clock()).total_seconds()
            except PortabilityError as error:  # the database, or a sequencer that has stopped
                failures += 1
                self._waker.look_next()
                log.warning("case_work_stalled", reason=error.reason, failures=failures)
                pause = self._backoff.delay(failures, self._randomness).total_seconds()
            if not await self._waker.wait(None if pause is None else min(pause, LONGEST_PAUSE)):
                self._waker.look_next()

    async def _do(self, work: PendingWork) -> None:
        try:
            await self._perform(work)
        except PortabilityError as error:
            log.warning("case_work_postponed", kind=work.kind, reason=error.reason)
            await self._postpone(work)
        except Exception as error:  # noqa: BLE001  # one faulty case must not stop all others
            log.error(  # noqa: TRY400  # a traceback can carry personal data
                "case_work_failed", kind=work.kind, error_type=type(error).__name__
            )
            await self._postpone(work)

    async def _perform(self, work: PendingWork) -> None:
        by_time = {
            TICK: self._tick_of,
            LOOK: self._ends.step,
            WATCH: self._ends.catch_up,
            FORGET: self._forget,
        }
        if work.kind not in {*by_time, *BY_CASE}:
            raise UnsupportedVersionError("this is work of a later version, which does it")
        word = await self._fetch_word(work)

        async def step(write: Write) -> None:
            loaded = await load_case(
                write.connection,
                write.vault,
                own=self._jurisdiction,
                case_id=work.case_id,
                pending=write.statements,
            )
            duty = None if loaded is None else _still_due(loaded, work)
            await delivery.remove_pending_work(write.connection, work)
            if loaded is not None and duty is not None:
                await self._fulfil(write, loaded, duty, word)

        with self._measure(work.kind):
            await self._sequencer.run(by_time[work.kind](work) if work.kind in by_time else step)

    def _tick_of(self, work: PendingWork) -> Callable[[Write], Awaitable[None]]:
        """All that time has made due in a case since it was last looked at."""

        async def tick(write: Write) -> None:
            await delivery.remove_pending_work(write.connection, work)
            for _ in range(MAX_DUTIES_OF_TIME):
                loaded = await load_case(
                    write.connection,
                    write.vault,
                    own=self._jurisdiction,
                    case_id=work.case_id,
                    pending=write.statements,
                )
                clock = None if loaded is None else clock_of(loaded, write.now)
                if loaded is None or clock is None or not loaded.leads:
                    return
                duty = made_due(loaded.case, clock)
                if duty is None:
                    await self._noticer.look_again(write, loaded)
                    return
                await self._fulfil(write, loaded, duty, NOTHING_SAID)

        return tick

    def _forget(self, work: PendingWork) -> Callable[[Write], Awaitable[None]]:
        """Erase what this node has said it erased, and what came late."""
        return partial(self._forgetting.step, work=work)

    async def _fetch_word(self, work: PendingWork) -> Word:
        """Where the consent that a request names stands, asked outside of the transaction."""
        if work.kind not in {ANSWER, RESOLVED}:
            return NOTHING_SAID
        vault = self._database.vault
        async with self._database.read() as connection:
            loaded = await load_case(
                connection, vault, own=self._jurisdiction, case_id=work.case_id
            )
            duty = None if loaded is None else _still_due(loaded, work)
            if loaded is None or not isinstance(duty, AnswerHistory):
                return NOTHING_SAID
            request = loaded.case.accepted[duty.request_id]
            permission = request.permission if isinstance(request, HistoryRequest) else b""
            found = await self._answerer.find(connection, vault, work.case_id, permission)
        with self._measure(STATUS):
            status = await self._answerer.fetch_status(found, permission)
        return Word(found=found, status=status)

    async def _fulfil(self, write: Write, loaded: LoadedCase, duty: Duty, word: Word) -> None:
        match duty:
            case AnswerHistory():
                await self._answerer.answer(write, loaded, duty.request_id, word)
            case Reconcile():
                await self._result_maker.reconcile(write, loaded, duty)
            case Countersign():
                await self._result_maker.examine(write, loaded, duty.reconciliation_id)
            case Summarise() | Close() | Reopen():
                await self._result_maker.end(write, loaded, duty)
            case GiveUp():
                await self._result_maker.give_up(write, loaded, duty)
            case AnswerNotice() | Remind():
                await self._noticer.fulfil(write, loaded, duty)
            case Determine():
                return  # a determination is the institution's to make
            case _:
                assert_never(duty)

    async def _postpone(self, work: PendingWork) -> None:
        delay = self._backoff.delay(work.attempts + 1, self._randomness)
        not_before = self._clock() + delay

        async def later(write: Write) -> None:
            await delivery.postpone_pending_work(write.connection, work, not_before=not_before)

        await self._sequencer.run(later)
        self._waker.wake_for(not_before)


def _still_due(loaded: LoadedCase, work: PendingWork) -> Duty | None:
    """The duty that the work stands for, if the case still asks for it."""
    if work.kind == RESOLVED:
        return AnswerHistory(request_id=work.statement_id) if _is_unanswered(loaded, work) else None
    wanted = (work.kind, work.statement_id)
    return next((one for one in progress(loaded.case).duties if work_of(one) == wanted), None)


def _is_unanswered(loaded: LoadedCase, work: PendingWork) -> bool:
    """Whether a request has no answer yet but that it will come later."""
    facts = read_facts(loaded.case)
    answers = facts.answers_to(work.statement_id)
    return all(one.outcome is HistoryOutcome.NOT_BEFORE for one in answers)
