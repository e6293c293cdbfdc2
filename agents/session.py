"""One agent's connection to one node: mutual TLS, deadlines, bounded retries, readable errors."""

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Final, Self, TypeVar

import grpc
from google.protobuf.message import Message

from agents.failures import as_call, error_from_rpc
from agents.profile import Connection
from agents.surroundings import Surroundings
from agents.tls import check_in_time, read_credentials
from portability.errors import PortabilityError

CALL_SECONDS: Final = 15.0
STREAM_SECONDS: Final = 3600.0
ATTEMPTS: Final = 5
FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 2.0
MAX_MESSAGE_BYTES: Final = 16 * 1024 * 1024

R = TypeVar("R")


class Session:
    """
    Calls to one node. Every call has a deadline; UNAVAILABLE alone is tried again (AIP-194).

    Use it as a context manager, or call ``close``.
    """

    def __init__(
        self, channel: grpc.Channel, connection: Connection, outside: Surroundings
    ) -> None:
        self.channel: Final = channel
        self.connection: Final = connection
        self._outside = outside

    def call(
        self, method: Callable[..., R], request: Message, *, seconds: float = CALL_SECONDS
    ) -> R:
        """The node's answer. Raises an error of our tree, with one readable sentence."""
        attempt = 1
        while True:
            try:
                return method(request, timeout=seconds)
            except grpc.RpcError as error:
                if not is_unavailable(error) or attempt >= ATTEMPTS:
                    raise self.describe(error) from None
            self.pause(attempt)
            attempt += 1

    def stream(
        self,
        method: Callable[..., Iterator[R]],
        request: object,
        *,
        seconds: float = STREAM_SECONDS,
    ) -> Iterator[R]:
        """The answers of a streaming call, in order. Tries nothing again; raises as ``call``."""
        try:
            yield from method(request, timeout=seconds)
        except grpc.RpcError as error:
            raise self.describe(error) from None

    def describe(self, error: grpc.RpcError) -> PortabilityError:
        """A failed call as an error of our tree."""
        return error_from_rpc(error, self.connection.endpoint, self.connection.jurisdiction)

    def pause(self, attempt: int) -> None:
        """Wait before the next attempt: exponential, bounded, with jitter."""
        longest = min(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1), LONGEST_PAUSE_SECONDS)
        share = int.from_bytes(self._outside.randomness(2), "big") / 0xFFFF
        self._outside.sleep(longest * (0.5 + share / 2))

    def close(self) -> None:
        self.channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def is_unavailable(error: grpc.RpcError) -> bool:
    """Whether a client may try the same call again."""
    call = as_call(error)
    return call is not None and call.code() is grpc.StatusCode.UNAVAILABLE


def connect(connection: Connection, outside: Surroundings) -> Session:
    """
    A session over mutual TLS with the node that the profile names.

    The server's certificate must carry ``server_name``, so that another jurisdiction's node is
    refused by TLS itself. Raises ConfigurationError for files that are unusable, and for a
    certificate that is not valid now.
    """
    credentials = read_credentials(connection)
    check_in_time(connection, outside.now())
    options = [
        ("grpc.ssl_target_name_override", connection.server_name),
        ("grpc.enable_http_proxy", 0),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ]
    return Session(
        grpc.secure_channel(connection.endpoint, credentials, options), connection, outside
    )
