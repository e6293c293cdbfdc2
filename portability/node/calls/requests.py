"""
What comes in and goes out of a call, without a word of anybody's exception.

gRPC sends the text of whatever a deserializer or serializer raises to the caller. So neither
raises here: a request that cannot be read becomes a value that says so, and is told once the caller
was authorised.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

from portability.errors import InvalidInputError, PortabilityError
from portability.node.calls.caller import Context

REQUEST_ID_METADATA: Final = "x-request-id"
FIXED_TEXT: Final = "internal error"
HEARD_MESSAGES: Final = 16
HEARD_SECONDS: Final = 0.1
"""How much of its stream a refused caller may still send, and how long we wait for each."""

_END: Final = object()
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_UUID_BYTES: Final = 16
_DRAWN_AT_ONCE: Final = 256


@dataclass(frozen=True, slots=True)
class Unreadable:
    """In place of a request."""

    error: PortabilityError


def reader(deserialize: Callable[[bytes], Any] | None, limit: int) -> Callable[[bytes], Any]:
    """A deserializer that never raises. ``limit`` is in bytes per message."""
    decode = deserialize or as_it_is

    def read(data: bytes) -> Any:
        if len(data) > limit:
            return Unreadable(_too_large(len(data), limit))
        try:
            return decode(data)
        except Exception:  # noqa: BLE001  # whatever a decoder raises, its words stay here
            return Unreadable(
                InvalidInputError(
                    "the message is not the protobuf message that this call takes; "
                    "generate the client from this version of the protocol",
                    field="message",
                )
            )

    return read


class Gate(Protocol):
    """Whether a node takes new work."""

    def admit(self, method: str) -> None:
        """Raises MaintenanceError for a call that would be new work."""

    async def closed(self) -> None:
        """Wait until no new work is taken."""


async def readable(
    requests: AsyncIterator[Any], method: str, gate: Gate
) -> AsyncGenerator[Any, None]:
    """
    The requests of a stream up to the first that cannot be read, which raises its error.

    Each further request is new work: once the gate is closed, MaintenanceError takes its place.
    """
    stream = aiter(requests)
    closing = asyncio.ensure_future(gate.closed())
    coming: asyncio.Future[Any] | None = None
    try:
        while True:
            if closing.done():
                gate.admit(method)
                closing = asyncio.ensure_future(gate.closed())
            coming = coming or asyncio.ensure_future(anext(stream, _END))
            await asyncio.wait({coming, closing}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                continue
            request, coming = coming.result(), None
            if request is _END:
                return
            if type(request) is Unreadable:
                raise request.error
            yield request
    finally:
        waits = [closing] if coming is None else [closing, coming]
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


async def heard_out(requests: AsyncIterator[Any]) -> None:
    """
    Read and forget what a refused caller still sends, for a moment and in bounds.

    A client of gRPC for asyncio that is in the middle of a write when the refusal arrives tells
    its user "internal error" in place of it (grpc/grpc issue 36066).
    """
    with suppress(Exception):  # the caller is refused, whatever becomes of the rest
        stream = aiter(requests)
        for _ in range(HEARD_MESSAGES):
            await asyncio.wait_for(anext(stream), HEARD_SECONDS)


def refusing_writer(write: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    """For calls that write to their context: what does not encode fails with fixed words."""

    def encode(reply: Any) -> bytes:
        try:
            return write(reply)
        except Exception:  # noqa: BLE001  # whatever an encoder raises, its words stay here
            raise RuntimeError(FIXED_TEXT) from None

    return encode


def as_it_is(data: bytes) -> bytes:
    return data


class RequestIds:
    """Ids for the log: the caller's own where it is a UUID, a new one (version 4) otherwise."""

    def __init__(self, randomness: Callable[[int], bytes]) -> None:
        self._randomness = randomness
        self._drawn: list[str] = []

    def choose(self, asked: object, context: Context) -> str:
        """
        The request's ``request_id``, or that in the metadata, or a new one.

        Only the usual form of a UUID is taken: anything else could carry a name into the log.
        """
        if asked and isinstance(asked, str) and _UUID.fullmatch(asked):
            return asked
        for key, value in context.invocation_metadata() or ():
            if key == REQUEST_ID_METADATA and isinstance(value, str) and _UUID.fullmatch(value):
                return value
        return self._drawn.pop() if self._drawn else self._draw()

    def _draw(self) -> str:
        """Many at once: each would cost a system call otherwise."""
        data = self._randomness(_UUID_BYTES * _DRAWN_AT_ONCE).hex()
        width = 2 * _UUID_BYTES
        texts = (data[at : at + width] for at in range(0, len(data), width))
        self._drawn = [
            f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}" for text in texts
        ]
        return self._drawn.pop()


def _too_large(size: int, limit: int) -> InvalidInputError:
    return InvalidInputError(
        f"the message has {size} bytes, this node takes at most {limit}; send it in smaller parts",
        field="message",
        size=str(size),
        limit=str(limit),
    )
