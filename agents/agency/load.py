"""Many submissions at once, for benches: prepared bytes out, raw answers back, nothing parsed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import grpc

from agents.tls import read_credentials

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from agents.profile import Connection

    Clock = Callable[[], float]

SUBMIT_RECORD: Final = "/portability.v1.RecordsService/SubmitRecord"
SUBMIT_RECORDS: Final = "/portability.v1.RecordsService/SubmitRecords"
MAX_MESSAGE_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run took, in seconds, and the answers in the order of the requests."""

    seconds: float
    answers: list[bytes]


async def open_load_channel(connection: Connection, endpoint: str = "") -> grpc.aio.Channel:
    """A channel over the profile's mutual TLS, to another endpoint of the same node if given."""
    credentials = read_credentials(connection)
    options: list[tuple[str, str | int]] = [
        ("grpc.ssl_target_name_override", connection.server_name),
        ("grpc.enable_http_proxy", 0),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ]
    channel = grpc.aio.secure_channel(endpoint or connection.endpoint, credentials, options=options)
    await channel.channel_ready()
    return channel


async def call_concurrently(
    channel: grpc.aio.Channel,
    method: str,
    requests: Sequence[bytes],
    concurrency: int,
    clock: Clock,
) -> Run:
    """Call once per request, ``concurrency`` callers at a time, each waiting for its answer."""
    call: Any = channel.unary_unary(method)
    answers = [b""] * len(requests)
    waiting = iter(enumerate(requests))

    async def caller() -> None:
        for position, request in waiting:
            answers[position] = await call(request, timeout=60.0)

    begun = clock()
    await asyncio.gather(*(caller() for _ in range(concurrency)))
    return Run(seconds=clock() - begun, answers=answers)


async def stream_batches(
    channel: grpc.aio.Channel, batches: Sequence[bytes], in_flight: int, clock: Clock
) -> Run:
    """Send batches on one stream, at most ``in_flight`` unanswered, until all are answered."""
    room = asyncio.Semaphore(in_flight)
    call: Any = channel.stream_stream(SUBMIT_RECORDS)

    async def send() -> AsyncIterator[bytes]:
        for batch in batches:
            await room.acquire()
            yield batch

    answers: list[bytes] = []
    begun = clock()
    async for answer in call(send(), timeout=3600.0):
        answers.append(answer)
        room.release()
    return Run(seconds=clock() - begun, answers=answers)
