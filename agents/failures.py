"""What a node answered instead of a result, in the words of this project's error tree."""

import re
from collections.abc import Iterator
from typing import Final, TypeVar

import grpc
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo
from grpc_status import rpc_status

from portability.errors import (
    ConsentError,
    ForbiddenError,
    HaltedError,
    InvalidInputError,
    NotFoundError,
    OverloadedError,
    PeerUnavailableError,
    PortabilityError,
    PreconditionError,
    ProofError,
    UnauthenticatedError,
    UnsupportedVersionError,
)

M = TypeVar("M", bound=Message)

DOMAIN: Final = "portability.v1"
MAX_MESSAGE: Final = 600

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_BY_CODE: Final[dict[grpc.StatusCode, tuple[type[PortabilityError], str]]] = {
    grpc.StatusCode.INVALID_ARGUMENT: (InvalidInputError, "the node refused the request"),
    grpc.StatusCode.UNAUTHENTICATED: (
        UnauthenticatedError,
        "the node did not accept who this is; check the profile's certificate, or sign in again",
    ),
    grpc.StatusCode.PERMISSION_DENIED: (
        ForbiddenError,
        "the node does not let this role make this call; use the profile of the right agent",
    ),
    grpc.StatusCode.NOT_FOUND: (NotFoundError, "the node knows of no such thing"),
    grpc.StatusCode.FAILED_PRECONDITION: (
        PreconditionError,
        "the node cannot do that in the state that things are in",
    ),
    grpc.StatusCode.RESOURCE_EXHAUSTED: (
        OverloadedError,
        "the node is busy, or the message is too large; send less, or try again later",
    ),
    grpc.StatusCode.UNIMPLEMENTED: (
        UnsupportedVersionError,
        "the node does not serve this call; it may be of an older version",
    ),
    grpc.StatusCode.DATA_LOSS: (ProofError, "the node reports a proof that does not hold"),
    grpc.StatusCode.INTERNAL: (HaltedError, "the node failed in a way that it did not foresee"),
    grpc.StatusCode.UNKNOWN: (HaltedError, "the node failed in a way that it did not foresee"),
}


def error_from_rpc(error: grpc.RpcError, endpoint: str, node: str) -> PortabilityError:
    """
    A refused or failed call as an error of the tree, with one readable sentence.

    ``endpoint`` and ``node`` (a jurisdiction) name whom we spoke to. Only text that our own nodes
    wrote as an answer is passed on, without control characters; text of the transport is not.
    """
    call = as_call(error)
    if call is None:
        return PeerUnavailableError(f"the call to {node}'s node at {endpoint} failed", peer=node)
    answered = _answer(call)
    if answered is not None:
        return answered
    code = call.code()
    if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
        return _unreachable(call, endpoint, node)
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return PeerUnavailableError(
            f"{node}'s node at {endpoint} did not answer in time; try again, nothing is lost by it",
            peer=node,
        )
    kind, sentence = _BY_CODE.get(code, (HaltedError, f"the node ended the call with {code.name}"))
    reference = _request_id(call)
    return kind(f"{sentence}{f' (request {reference})' if reference else ''}")


def as_call(error: object) -> grpc.Call | None:
    """The finished call that grpc raises as its own exception; None for any other."""
    return error if isinstance(error, grpc.Call) else None


def _answer(error: grpc.Call) -> PortabilityError | None:
    """The error that a node of ours described in its details; None where there is none."""
    info = next(_details(error, ErrorInfo), None)
    if info is None or info.domain != DOMAIN:
        return None
    kind = _reasons().get(info.reason)
    if kind is ConsentError:
        return ConsentError()
    message = printable(error.details() or "") or "the node refused the request"
    fields = [
        printable(violation.field)
        for detail in _details(error, BadRequest)
        for violation in detail.field_violations
    ]
    context = {printable(key): printable(value) for key, value in info.metadata.items()}
    if fields and "field" not in context:
        context["field"] = fields[0]
    context.pop("message", None)  # the name of the error's own first argument
    return (kind or PortabilityError)(message, **context)


def _unreachable(error: grpc.Call, endpoint: str, node: str) -> PeerUnavailableError:
    text = (error.details() or "").lower()  # read to tell two causes apart, never shown
    if any(word in text for word in ("handshake", "certificate", "peer name", "tls", "ssl")):
        return PeerUnavailableError(
            f"what answers at {endpoint} did not prove to be {node}'s node, or did not accept this "
            "agent's certificate; check endpoint, server_name and ca in the profile",
            peer=node,
        )
    return PeerUnavailableError(
        f"{node}'s node at {endpoint} cannot be reached; check that it runs, and the endpoint in "
        "the profile",
        peer=node,
    )


def _details(error: grpc.Call, kind: type[M]) -> Iterator[M]:
    try:
        status = rpc_status.from_call(error)
    except ValueError:  # code and details contradict each other: believe the code alone
        return
    for detail in status.details if status is not None else ():
        if detail.Is(kind.DESCRIPTOR):
            message = kind()
            detail.Unpack(message)
            yield message


def _request_id(error: grpc.Call) -> str:
    info = next(_details(error, RequestInfo), None)
    return printable(info.request_id) if info is not None else ""


def _reasons() -> dict[str, type[PortabilityError]]:
    found: dict[str, type[PortabilityError]] = {}
    waiting = [PortabilityError]
    while waiting:
        kind = waiting.pop()
        found[kind.reason] = kind
        waiting.extend(kind.__subclasses__())
    return found


def printable(text: str) -> str:
    """Text from elsewhere without anything that could steer a terminal, and not endless."""
    return _CONTROL.sub(" ", text)[:MAX_MESSAGE].strip()
