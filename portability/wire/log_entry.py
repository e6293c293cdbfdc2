"""The log leaf: its exact bytes and the strict reading of them (formats.md, The log leaf)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from portability.errors import InvalidInputError
from portability.v1 import envelope_pb2 as pb
from portability.wire.strict import exactly, parse_strictly

FORMAT: Final = 1
SECONDS_PER_HOUR: Final = 3600
LAST_HOUR: Final = 70_389_526
"""The last of the year 9999 whose end is a date, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """What a leaf says: which statement, signed by which key, accepted in which hour (UTC)."""

    kind: str
    statement_id: bytes
    key_id: bytes
    accepted_hour: int


def log_entry_to_bytes(entry: LogEntry) -> bytes:
    return pb.LogEntry(
        format=FORMAT,
        kind=entry.kind,
        statement_id=entry.statement_id,
        key_id=entry.key_id,
        accepted_hour=entry.accepted_hour,
    ).SerializeToString()


def log_entry_writer(kind: str, key_id: bytes, accepted_hour: int) -> Callable[[bytes], bytes]:
    """
    ``log_entry_to_bytes`` for many statements that differ in nothing but their ids.

    The encoding is made once, around a stand-in for the id, and cut there.
    """
    stand_in = bytes(31) + b"\x01"
    entry = LogEntry(kind=kind, statement_id=stand_in, key_id=key_id, accepted_hour=accepted_hour)
    head, _, tail = log_entry_to_bytes(entry).partition(stand_in)

    def write(statement_id: bytes) -> bytes:
        return head + statement_id + tail

    return write


def log_entry_from_bytes(data: bytes) -> LogEntry:
    """Raises InvalidInputError unless the bytes are exactly a leaf of format 1."""
    message = parse_strictly(pb.LogEntry, data, "log entry")
    if message.format != FORMAT or not message.kind:
        raise InvalidInputError(f"the log entry is not of format {FORMAT}", field="log entry")
    if message.accepted_hour > LAST_HOUR:
        raise InvalidInputError(
            "the log entry is of an hour that is no date", field="accepted_hour"
        )
    return LogEntry(
        kind=message.kind,
        statement_id=exactly(message.statement_id, 32, "statement_id"),
        key_id=exactly(message.key_id, 32, "key_id"),
        accepted_hour=message.accepted_hour,
    )
