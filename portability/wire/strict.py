"""What every parser of signed protobuf bytes does first: refuse what it would not understand."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Final, TypeVar

from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from portability.errors import InvalidInputError

M = TypeVar("M", bound=Message)
V = TypeVar("V")

ISO_DATE_LENGTH: Final = len("2025-01-31")


def parse_strictly(kind: type[M], payload: bytes, what: str) -> M:
    """
    The message in ``payload``, if every byte of it means something here.

    Raises InvalidInputError for bytes that are no such message, for a field that this version does
    not know (it was signed, so it may not be ignored), for a singular field sent twice (readers
    differ on which one counts) and for padding: all of these make the bytes longer than what the
    known content needs.
    """
    try:
        message = kind.FromString(payload)
    except DecodeError:
        raise InvalidInputError(f"the {what} is not a protobuf {what}", field=what) from None
    message.DiscardUnknownFields()
    if message.ByteSize() != len(payload):
        raise InvalidInputError(
            f"the {what} has a field that is unknown here, repeated or padded; "
            "send it to a newer node, or encode it again and sign that",
            field=what,
        )
    return message


def civil_date(text: str, field: str) -> date:
    """An ISO 8601 civil date in its extended form; raises InvalidInputError naming the field."""
    try:
        if len(text) == ISO_DATE_LENGTH and text[4] == text[7] == "-":
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidInputError(
        f"{field} is not an existing civil date like 2025-01-31; correct it and send it again",
        field=field,
    )


def optional_date(text: str, field: str) -> date | None:
    """As ``civil_date``; empty text is no date."""
    return civil_date(text, field) if text else None


def exactly(value: bytes, length: int, field: str) -> bytes:
    """``value`` if it has ``length`` bytes; raises InvalidInputError naming the field otherwise."""
    if len(value) != length:
        raise InvalidInputError(f"{field} is not {length} bytes", field=field)
    return value


def hash_or_empty(value: bytes, field: str) -> bytes:
    """A statement id, or nothing."""
    return exactly(value, 32, field) if value else value


def instant(stamp: Timestamp, field: str) -> datetime:
    """A whole-second UTC instant; raises InvalidInputError naming the field."""
    if stamp.nanos:
        raise InvalidInputError(f"{field} is not in whole seconds", field=field)
    try:
        return datetime.fromtimestamp(stamp.seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise InvalidInputError(f"{field} is out of range", field=field) from None


def timestamp(moment: datetime) -> Timestamp:
    """An aware instant as a protobuf timestamp in whole seconds."""
    return Timestamp(seconds=int(moment.timestamp()))


def read_by_type(
    readers: Mapping[str, Callable[[bytes], V]],
    signed_type: str,
    payload: bytes,
    *,
    what: str,
    most: int,
    advice: str = "",
) -> V:
    """
    What the reader of that payload type makes of a payload of at most so many bytes.

    Raises InvalidInputError for another type, which is not that of ``what``, or a longer payload.
    """
    reader = readers.get(signed_type)
    if reader is None:
        raise InvalidInputError(f"the payload type is not that of {what}", field="payload_type")
    if len(payload) > most:
        raise InvalidInputError(
            f"the statement has {len(payload)} bytes, {most} are allowed{advice}",
            field="payload",
            limit=str(most),
        )
    return reader(payload)
