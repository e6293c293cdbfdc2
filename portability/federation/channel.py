"""
Client channels to other nodes: mutual TLS, the peer's own name, a deadline on every call.

The name that TLS checks is the member's ``server_name`` in the directory, never the address, so
that a node of another jurisdiction is refused by TLS itself wherever it listens.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import grpc

MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024
"""Replies larger than this are refused by the transport."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsIdentity:
    """Certificate chain and key of one side, and the authorities that it trusts; all PEM."""

    ca: bytes
    certificate: bytes
    key: bytes

    def __repr__(self) -> str:
        return "TlsIdentity(...)"  # a private key has no place in a log or traceback


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPolicy:
    """``deadline_seconds`` bounds a call with all its attempts."""

    deadline_seconds: float = 20.0
    attempts: int = 3
    first_backoff_seconds: float = 0.1
    max_backoff_seconds: float = 1.0


class _Deadline(grpc.aio.UnaryUnaryClientInterceptor):
    """
    Gives each call a deadline of its own; one that it has already is kept.

    In the service config it would hold only while the clock of the machine is never set: gRPC adds
    that ``timeout`` to the wall clock and compares with what it read at the start of the process.
    Set back by more than the deadline, every call would be over before it began; set ahead, a peer
    that hangs would be waited for that much longer.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.aio.ClientCallDetails, Any], Awaitable[Any]],
        client_call_details: grpc.aio.ClientCallDetails,
        request: Any,
    ) -> Any:
        asked = client_call_details
        timed = grpc.aio.ClientCallDetails(
            asked.method,
            self._seconds if asked.timeout is None else asked.timeout,
            asked.metadata,
            asked.credentials,
            asked.wait_for_ready,
        )
        return await continuation(timed, request)


def open_channel(
    endpoint: str, server_name: str, tls: TlsIdentity, policy: CallPolicy | None = None
) -> grpc.aio.Channel:
    """
    A channel to ``endpoint`` (host:port) that talks only to the holder of ``server_name``.

    The policy holds for calls with one answer, and nodes have no others of each other.
    """
    policy = policy or CallPolicy()
    credentials = grpc.ssl_channel_credentials(
        root_certificates=tls.ca, private_key=tls.key, certificate_chain=tls.certificate
    )
    options: list[tuple[str, str | int]] = [
        ("grpc.ssl_target_name_override", server_name),
        ("grpc.service_config", service_config(policy)),
        ("grpc.enable_retries", 1),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.initial_reconnect_backoff_ms", 200),
        ("grpc.min_reconnect_backoff_ms", 200),
        ("grpc.max_reconnect_backoff_ms", 5_000),
        # subchannels with other credentials or policies must never be shared
        ("grpc.use_local_subchannel_pool", 1),
    ]
    deadline = _Deadline(policy.deadline_seconds)
    return grpc.aio.secure_channel(endpoint, credentials, options, interceptors=[deadline])


def service_config(policy: CallPolicy) -> str:
    """
    Retries, by gRPC itself, for every method of the channel; within the deadline of the call.

    UNAVAILABLE alone is retried (AIP-194): anything else may have changed something, or will be
    refused again.
    """
    method: dict[str, object] = {"name": [{}]}
    if policy.attempts > 1:
        method["retryPolicy"] = {
            "maxAttempts": policy.attempts,
            "initialBackoff": f"{policy.first_backoff_seconds:.3f}s",
            "maxBackoff": f"{policy.max_backoff_seconds:.3f}s",
            "backoffMultiplier": 2,
            "retryableStatusCodes": ["UNAVAILABLE"],
        }
    return json.dumps({"methodConfig": [method]})
