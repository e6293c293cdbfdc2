"""What a node answered instead of a result, in the words of this project's error tree."""

from typing import Final

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from agents.plain_text import printable
from portability.errors import (
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
from portability.wire.status import STATUS_METADATA_KEY, error_from_details

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
    details = _details(error)
    return None if details is None else error_from_details(details)


def _unreachable(error: grpc.Call, endpoint: str, node: str) -> PeerUnavailableError:
    text = (error.details() or "").lower()  # read to tell two causes apart, never shown
    if any(word in text for word in ("handshake", "certificate", "verification", "tls", "ssl")):
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


def _details(error: grpc.Call) -> bytes | None:
    for key, value in error.trailing_metadata() or ():
        if key == STATUS_METADATA_KEY and isinstance(value, bytes):
            return value
    return None


def _request_id(error: grpc.Call) -> str:
    """The id under which the node wrote down a failure that it does not describe."""
    status, info = status_pb2.Status(), error_details_pb2.RequestInfo()
    try:
        status.ParseFromString(_details(error) or b"")
        found = any(detail.Unpack(info) for detail in status.details)
    except DecodeError:
        return ""
    return printable(info.request_id) if found else ""
