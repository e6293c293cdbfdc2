"""
How each error is told over gRPC: code, fixed words, and google.rpc details.

This is the only module that knows the table. What is not of our tree becomes INTERNAL with a fixed
text, whatever it says: its words may be about a person. Source: google.aip.dev/193;
google/rpc/error_details.proto.
"""

from collections.abc import Callable, Mapping
from typing import Final

import grpc
from google.protobuf import any_pb2
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from portability.errors import (
    ConfigurationError,
    ConsentError,
    DeadlineError,
    ForbiddenError,
    HaltedError,
    InvalidInputError,
    MaintenanceError,
    NotFoundError,
    OverloadedError,
    PeerUnavailableError,
    PortabilityError,
    PreconditionError,
    ProofError,
    RequestIdReusedError,
    SignatureError,
    StaleCheckpointError,
    StorageError,
    UnauthenticatedError,
)
from portability.node.calls.caller import Context
from portability.wire.status import ERROR_DOMAIN

INTERNAL_TEXT: Final = "internal error"
INTERNAL_REASON: Final = "INTERNAL"

RETRY_SECONDS: Final = 1
"""What RetryInfo suggests; clients add back-off and jitter of their own."""

_Details = Callable[[PortabilityError], list[Message]]


def _no_more(_: PortabilityError) -> list[Message]:
    return []


def _bad_request(error: PortabilityError) -> list[Message]:
    violation = error_details_pb2.BadRequest.FieldViolation(
        field=error.context.get("field", ""), description=error.message, reason=error.reason
    )
    return [error_details_pb2.BadRequest(field_violations=[violation])]


def _precondition(error: PortabilityError) -> list[Message]:
    violation = error_details_pb2.PreconditionFailure.Violation(
        type=error.reason, subject=error.context.get("subject", ""), description=error.message
    )
    return [error_details_pb2.PreconditionFailure(violations=[violation])]


def _retry(_: PortabilityError) -> list[Message]:
    return [error_details_pb2.RetryInfo(retry_delay=Duration(seconds=RETRY_SECONDS))]


def _retry_when_told(error: PortabilityError) -> list[Message]:
    seconds = int(error.context.get("retry_after_seconds", RETRY_SECONDS))
    return [error_details_pb2.RetryInfo(retry_delay=Duration(seconds=seconds))]


_TABLE: Final[Mapping[type[PortabilityError], tuple[int, _Details]]] = {
    InvalidInputError: (code_pb2.INVALID_ARGUMENT, _bad_request),
    SignatureError: (code_pb2.INVALID_ARGUMENT, _bad_request),
    UnauthenticatedError: (code_pb2.UNAUTHENTICATED, _no_more),
    ForbiddenError: (code_pb2.PERMISSION_DENIED, _no_more),
    ConsentError: (code_pb2.PERMISSION_DENIED, _no_more),
    NotFoundError: (code_pb2.NOT_FOUND, _no_more),
    RequestIdReusedError: (code_pb2.ALREADY_EXISTS, _no_more),
    PreconditionError: (code_pb2.FAILED_PRECONDITION, _precondition),
    StaleCheckpointError: (code_pb2.ABORTED, _no_more),
    OverloadedError: (code_pb2.RESOURCE_EXHAUSTED, _retry),
    DeadlineError: (code_pb2.DEADLINE_EXCEEDED, _no_more),
    MaintenanceError: (code_pb2.UNAVAILABLE, _retry_when_told),
    PeerUnavailableError: (code_pb2.UNAVAILABLE, _retry),
    HaltedError: (code_pb2.UNAVAILABLE, _retry),
    StorageError: (code_pb2.UNAVAILABLE, _retry),
    ProofError: (code_pb2.DATA_LOSS, _no_more),
}

_INTERNAL: Final = {ConfigurationError, PortabilityError}
"""Errors of ours whose words are for the operator, not for a caller."""


def status_of(error: Exception, request_id: str) -> status_pb2.Status:
    """What the caller is told: exactly one ErrorInfo, and the details of the error's kind."""
    kind = table_row(type(error))
    if kind is None or not isinstance(error, PortabilityError):
        return _internal(request_id)
    code, details = _TABLE[kind]
    info = error_details_pb2.ErrorInfo(
        reason=error.reason,
        domain=ERROR_DOMAIN,
        metadata={key: str(value) for key, value in error.context.items()},
    )
    return status_pb2.Status(
        code=code, message=error.message, details=_packed([info, *details(error)])
    )


def reason_of(error: Exception) -> str:
    """The reason for logs: that of our tree, or INTERNAL."""
    kind = table_row(type(error))
    return error.reason if kind and isinstance(error, PortabilityError) else INTERNAL_REASON


def is_internal(error: Exception) -> bool:
    """Whether the caller is told nothing but INTERNAL, so that the log must say more."""
    return table_row(type(error)) is None


def code_name(status: status_pb2.Status) -> str:
    """``INVALID_ARGUMENT``."""
    name: str = code_pb2.Code.Name(status.code)
    return name


def to_grpc(status: status_pb2.Status) -> grpc.Status:
    """In the form that ``abort_with_status`` takes."""
    told: grpc.Status = rpc_status.to_status(status)
    return told


def code_of_context(context: Context) -> str:
    """The code that somebody has already answered with."""
    code = context.code()
    return str(getattr(code, "name", code))


def table_row(kind: type[Exception]) -> type[PortabilityError] | None:
    """The class in the table under which this one is told; None for INTERNAL."""
    for base in kind.__mro__:
        if base in _INTERNAL:
            return None
        if base in _TABLE:
            found: type[PortabilityError] = base
            return found
    return None


def _internal(request_id: str) -> status_pb2.Status:
    info = error_details_pb2.ErrorInfo(reason=INTERNAL_REASON, domain=ERROR_DOMAIN)
    request = error_details_pb2.RequestInfo(request_id=request_id)
    return status_pb2.Status(
        code=code_pb2.INTERNAL, message=INTERNAL_TEXT, details=_packed([info, request])
    )


def _packed(details: list[Message]) -> list[any_pb2.Any]:
    packed = []
    for detail in details:
        holder = any_pb2.Any()
        holder.Pack(detail)
        packed.append(holder)
    return packed
