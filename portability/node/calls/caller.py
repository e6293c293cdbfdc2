"""
The call under way and who makes it, out of the client certificate that TLS has verified.

Only the typed URI name of the certificate counts; its subject and its DNS names say nothing.
"""

from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, TypeAlias

from portability.errors import InvalidInputError, UnauthenticatedError
from portability.federation.identity import Identity, parse_identity

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import Any

    import grpc

    from portability.node.calls.deadlines import Deadline

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
"""What gRPC gives to each call. Its class takes no subscript at run time."""

PEER_URI: Final = "peer_uri"


class Call:
    """One call, from its first instruction to its one line in the log. Times in seconds."""

    __slots__ = ("begun", "caller", "deadline", "is_counted", "method", "request_id")

    def __init__(self, method: str, begun: float) -> None:
        self.method = method
        self.begun = begun
        self.request_id = ""
        self.caller: Identity | None = None
        self.deadline: Deadline | None = None
        self.is_counted = False


CURRENT_CALL: ContextVar[Call] = ContextVar("current_call")
"""Set by the guard in the task of each call."""


def caller_of(context: Context) -> Identity:
    """The caller of this call. Raises UnauthenticatedError where no certificate says who it is."""
    call = CURRENT_CALL.get(None)
    if call is not None and call.caller is not None:
        return call.caller
    return read_caller(context)


def read_caller(context: Context) -> Identity:
    """As ``caller_of``, straight from the connection."""
    names = list(context.auth_context().get(PEER_URI, ()))
    if len(names) != 1:
        raise UnauthenticatedError(
            "the call carries no certificate with exactly one URI name; "
            "use the certificate that this federation issued to you"
        )
    try:
        return parse_identity(names[0].decode("ascii"))
    except (UnicodeDecodeError, InvalidInputError):
        raise UnauthenticatedError(
            "the URI name of the certificate is none of this federation's; "
            "expected portability://XX/ROLE"
        ) from None


def merge_current_call(
    _: object, __: str, event: "MutableMapping[str, Any]"
) -> "MutableMapping[str, Any]":
    """A structlog processor: request id and peer in everything that is logged during a call."""
    call = CURRENT_CALL.get(None)
    if call is not None:
        event.setdefault("request_id", call.request_id)
        event.setdefault("peer", call.caller.uri if call.caller else "")
    return event
