"""
What stands around every call: who is calling, may they, how much, for how long, and what is told.

There is one interceptor and it does everything inside the call, because what an interceptor raises
outside is sent to the caller as text. It replaces each handler by one that reads, runs and writes
under one ``try``; requests that do not decode and replies that do not encode end there too.
"""

import asyncio
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from contextlib import aclosing, asynccontextmanager
from inspect import isasyncgenfunction
from pathlib import PurePath
from typing import Any, Final, Protocol

import grpc
import structlog

from portability.errors import DeadlineError
from portability.node.calls.answers import (
    code_name,
    code_of_context,
    is_internal,
    reason_of,
    status_of,
    to_grpc,
)
from portability.node.calls.call_log import CallLog
from portability.node.calls.caller import CURRENT_CALL, Call, Context, read_caller
from portability.node.calls.deadlines import Deadlines
from portability.node.calls.limits import Gauge, Limits, RateLimiter
from portability.node.calls.requests import (
    Gate,
    RequestIds,
    Unreadable,
    as_it_is,
    heard_out,
    readable,
    reader,
    refusing_writer,
)
from portability.node.calls.roles import RULES, Rule, authorize

ENDLESS: Final = frozenset(
    {
        "/grpc.health.v1.Health/Watch",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    }
)
"""Streams that last as long as the caller wants."""

MAX_FRAMES: Final = 8

log = structlog.get_logger(__name__)

Behaviour = Callable[[Any, Context], Awaitable[Any]]


class CallDetails(Protocol):
    """What an interceptor is told of a call before it begins."""

    method: str


class Guard(grpc.aio.ServerInterceptor):
    """The interceptor of a node. ``members`` are the jurisdictions of the directory in force."""

    def __init__(
        self,
        *,
        jurisdiction: str,
        members: Callable[[], Collection[str]],
        limits: Limits,
        call_log: CallLog,
        monotonic: Callable[[], float],
        randomness: Callable[[int], bytes],
        gate: Gate,
        rules: Mapping[str, Rule] = RULES,
    ) -> None:
        self._jurisdiction = jurisdiction
        self._members = members
        self._rules = rules
        self._gate = gate
        self._call_log = call_log
        self._monotonic = monotonic
        self._message_bytes = limits.message_bytes
        self._request_ids = RequestIds(randomness)
        self._rates = RateLimiter(
            rate=limits.calls_per_second, burst=limits.burst, monotonic=monotonic
        )
        self._under_way = Gauge(limits.concurrent_calls)
        self._calls = Deadlines(limits.call_seconds, monotonic)
        self._streams = Deadlines(limits.stream_seconds, monotonic)
        self._handlers: dict[str, Any] = {}

    async def intercept_service(
        self, continuation: Callable[[Any], Awaitable[Any]], handler_call_details: CallDetails
    ) -> Any:
        """The guarded handler of a method; None, so UNIMPLEMENTED, where there is none."""
        method = handler_call_details.method
        guarded = self._handlers.get(method)
        if guarded is None:
            handler = await continuation(handler_call_details)
            if handler is None:
                return None
            guarded = self._handlers[method] = self._guard(method, handler)
        return guarded

    def _guard(self, method: str, handler: Any) -> Any:
        """The handler of the same kind that runs everything under one ``try``."""
        streams_in, streams_out = handler.request_streaming, handler.response_streaming
        make = _HANDLERS[streams_in, streams_out]
        read = reader(handler.request_deserializer, self._message_bytes)
        write = handler.response_serializer or as_it_is
        behaviour = (
            handler.unary_unary
            or handler.unary_stream
            or handler.stream_unary
            or handler.stream_stream
        )
        if isasyncgenfunction(behaviour):
            behaviour = _written_to_context(behaviour, write)
            run = self._run(method, behaviour, streams_in=streams_in, streams_out=True)
            return make(run, read, None)
        if streams_out:  # a coroutine that writes to its context by itself
            run = self._run(method, behaviour, streams_in=streams_in, streams_out=True)
            return make(run, read, refusing_writer(write))
        run = self._run(method, behaviour, write, streams_in=streams_in, streams_out=False)
        return make(run, read, None)

    def _run(
        self,
        method: str,
        behaviour: Behaviour,
        write: Callable[[Any], bytes] | None = None,
        *,
        streams_in: bool,
        streams_out: bool,
    ) -> Behaviour:
        deadlines: Deadlines | None = self._streams if streams_in or streams_out else self._calls
        if method in ENDLESS:
            deadlines = None

        async def run(request: Any, context: Context) -> Any:
            call = Call(method, self._monotonic())
            heard = not streams_in
            try:
                self._enter(call, request, context)
                heard = True
                if deadlines is not None:
                    call.deadline = deadlines.begin(call.begun)
                async with self._taken_in(request, method, is_stream=streams_in) as taken:
                    reply = await behaviour(taken, context)
                data = None if write is None else write(reply)
            except BaseException as error:
                self._leave(call, deadlines)
                if not heard:
                    await heard_out(request)
                await self._refuse(call, error, context)
                raise
            self._leave(call, deadlines)
            self._finished(call, "OK")
            return data

        return run

    @asynccontextmanager
    async def _taken_in(
        self, request: Any, method: str, *, is_stream: bool
    ) -> AsyncGenerator[Any, None]:
        """The request, or the stream of requests as far as they are taken in."""
        if not is_stream:
            yield request
            return
        async with aclosing(readable(request, method, self._gate)) as requests:
            yield requests

    @property
    def under_way(self) -> int:
        """How many calls have begun and not ended."""
        return self._under_way.value

    def _enter(self, call: Call, request: Any, context: Context) -> None:
        """Everything that may refuse a call before it runs: authorise first, then look at it."""
        CURRENT_CALL.set(call)
        asked = getattr(request, "request_id", "")
        call.request_id = self._request_ids.choose(asked, context)
        caller = call.caller = read_caller(context)
        authorize(
            caller,
            call.method,
            jurisdiction=self._jurisdiction,
            members=self._members,
            rules=self._rules,
        )
        self._gate.admit(call.method)
        self._under_way.enter()
        call.is_counted = True
        self._rates.take(caller.uri)
        if type(request) is Unreadable:
            raise request.error

    def _leave(self, call: Call, deadlines: Deadlines | None) -> None:
        if call.is_counted:
            self._under_way.leave()
        if deadlines is not None and call.deadline is not None:
            deadlines.end(call.deadline)

    async def _refuse(self, call: Call, error: BaseException, context: Context) -> None:
        """Tell the caller what is theirs to know. Returns only for what must simply go on."""
        if isinstance(error, grpc.aio.AbortError):  # somebody has already answered
            self._finished(call, code_of_context(context), "ABORTED")
            return
        if isinstance(error, asyncio.CancelledError) and call.deadline and call.deadline.is_over:
            task = asyncio.current_task()
            if task is not None:
                task.uncancel()
            error = DeadlineError(
                "the call took longer than this node allows; try again later, or ask for less "
                "in one call",
                method=call.method,
            )
        if not isinstance(error, Exception):  # the caller hung up, or the node stops
            self._finished(call, "CANCELLED", "CANCELLED")
            return
        if is_internal(error):
            log.error(
                "rpc_failed",
                method=call.method,
                error_type=type(error).__name__,
                frames=_frames(error),
            )
        status = status_of(error, call.request_id)
        self._finished(call, code_name(status), reason_of(error))
        await context.abort_with_status(to_grpc(status))

    def _finished(self, call: Call, code: str, reason: str = "") -> None:
        seconds = self._monotonic() - call.begun
        self._call_log.finished(call, code, reason, seconds)


_HANDLERS: Final[dict[tuple[bool, bool], Callable[..., Any]]] = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}
"""By whether requests and responses are streams."""


def _written_to_context(
    behaviour: Callable[[Any, Context], AsyncGenerator[Any, None]], write: Callable[[Any], bytes]
) -> Behaviour:
    """A generator of replies as a coroutine, so that nothing of it runs outside the ``try``."""

    async def run(request: Any, context: Context) -> None:
        async with aclosing(behaviour(request, context)) as replies:
            async for reply in replies:
                await context.write(write(reply))

    return run


def _frames(error: BaseException) -> list[str]:
    """Where it happened, without the words and values of the exception."""
    frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
    return [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
