"""
The tree's errors out of ``google.rpc.Status``, for whoever called a node.

How an error becomes a status, and under which gRPC code, is known to the node's interceptor alone.
"""

from functools import cache
from typing import Final

from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from portability.errors import ConsentError, PortabilityError

ERROR_DOMAIN: Final = "portability.v1"
STATUS_METADATA_KEY: Final = "grpc-status-details-bin"

MAX_MESSAGE_CHARACTERS: Final = 1000
_RESERVED: Final = frozenset({"self", "message"})


def error_from_details(details: bytes) -> PortabilityError | None:
    """
    The error that a node answered with, from the bytes under ``grpc-status-details-bin``.

    None where they hold no ErrorInfo of our domain: then something else than a node's code spoke.
    A reason that is unknown here (a newer node's) becomes a plain PortabilityError.
    """
    status = status_pb2.Status()
    info = error_details_pb2.ErrorInfo()
    try:
        status.ParseFromString(details)
        found = [detail for detail in status.details if detail.Is(info.DESCRIPTOR)]
        if len(found) != 1 or not found[0].Unpack(info):
            return None
    except DecodeError:
        return None
    if info.domain != ERROR_DOMAIN:
        return None
    kind = errors_by_reason().get(info.reason, PortabilityError)
    if kind is ConsentError:
        return ConsentError()
    context = {key: value for key, value in info.metadata.items() if key not in _RESERVED}
    return kind(status.message[:MAX_MESSAGE_CHARACTERS], **context)


@cache
def errors_by_reason() -> dict[str, type[PortabilityError]]:
    """Every class of the tree by its reason."""
    found = {PortabilityError.reason: PortabilityError}
    pending = [PortabilityError]
    while pending:
        for kind in pending.pop().__subclasses__():
            found.setdefault(kind.reason, kind)
            pending.append(kind)
    return found
