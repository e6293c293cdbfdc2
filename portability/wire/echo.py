"""
Probes and echoes: signed payloads by which nodes try the way between them.

Source: echo.proto; formats.md, Signed envelope.
"""

from datetime import timedelta
from typing import Final

from portability.ledger.envelope import payload_type
from portability.recognition.echo import NONCE_BYTES, Echo, Pause, Probe
from portability.v1 import echo_pb2 as pb
from portability.wire.consent_parts import party_to_pb
from portability.wire.statement_parts import party_from_pb, refuse
from portability.wire.strict import exactly, instant, parse_strictly, timestamp

PROBE_TYPE: Final = payload_type("probe", "protobuf")
ECHO_TYPE: Final = payload_type("echo", "protobuf")

MAX_WORDS: Final = 1_000
MAX_SECONDS: Final = 30 * 24 * 60 * 60


def probe_to_payload(probe: Probe) -> bytes:
    """The bytes to sign."""
    return pb.Probe(
        nonce=probe.nonce,
        sender=party_to_pb(probe.sender),
        recipient=party_to_pb(probe.recipient),
        create_time=timestamp(probe.created),
        protocol_version=probe.protocol_version,
    ).SerializeToString()


def probe_from_payload(payload: bytes) -> Probe:
    """Raises InvalidInputError that names the field."""
    message = parse_strictly(pb.Probe, payload, "probe")
    return Probe(
        nonce=exactly(message.nonce, NONCE_BYTES, "nonce"),
        sender=party_from_pb(message.sender, "sender"),
        recipient=party_from_pb(message.recipient, "recipient"),
        created=instant(message.create_time, "create_time"),
        protocol_version=message.protocol_version,
    )


def echo_to_payload(echo: Echo) -> bytes:
    """The bytes to sign."""
    message = pb.Echo(
        nonce=echo.nonce,
        sender=party_to_pb(echo.sender),
        recipient=party_to_pb(echo.recipient),
        create_time=timestamp(echo.created),
        protocol_version=echo.protocol_version,
        directory_version=echo.directory_version,
        refusal=echo.refusal,
        refusal_message=echo.refusal_message,
    )
    if echo.pause is not None:
        message.in_maintenance = True
        message.maintenance_reason = echo.pause.reason
        message.retry_after_seconds = int(echo.pause.retry_after.total_seconds())
    return message.SerializeToString()


def echo_from_payload(payload: bytes) -> Echo:
    """Raises InvalidInputError that names the field."""
    message = parse_strictly(pb.Echo, payload, "echo")
    if max(len(message.refusal_message), len(message.maintenance_reason)) > MAX_WORDS:
        refuse("refusal_message", f"has more than {MAX_WORDS} characters")
    if message.retry_after_seconds > MAX_SECONDS:
        refuse("retry_after_seconds", "is more than 30 days")
    pause = Pause(
        reason=message.maintenance_reason,
        retry_after=timedelta(seconds=message.retry_after_seconds),
    )
    return Echo(
        nonce=exactly(message.nonce, NONCE_BYTES, "nonce"),
        sender=party_from_pb(message.sender, "sender"),
        recipient=party_from_pb(message.recipient, "recipient"),
        created=instant(message.create_time, "create_time"),
        protocol_version=message.protocol_version,
        directory_version=message.directory_version,
        refusal=message.refusal,
        refusal_message=message.refusal_message,
        pause=pause if message.in_maintenance else None,
    )
