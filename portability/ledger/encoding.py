"""
The text forms of bytes, numbers and times, read strictly: one value has one spelling.

Everything here raises InvalidInputError and nothing else, with ``field`` naming what was read and
never with the text itself, which may be about a person. Source: formats.md, Conventions and
Python traps; RFC 4648 §4 and §5.
"""

import base64
import binascii
import re
from datetime import UTC, datetime

from portability.errors import InvalidInputError

MAX_NUMBER = 2**63 - 1
"""Sizes and indexes are 0 … 2^63−1."""

HASH_BYTES = 32

_DECIMAL = re.compile(rb"0|[1-9][0-9]{0,18}")
_HEX = re.compile(r"(?:[0-9a-f]{2})*")
_TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z")


def encode_base64(data: bytes) -> str:
    """RFC 4648 §4, with padding."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def decode_base64(text: str | bytes, *, what: str = "value") -> bytes:
    """RFC 4648 §4 with padding; refused unless encoding again gives back the same text."""
    raw = _ascii(text, what)
    try:
        data = binascii.a2b_base64(raw)
    except binascii.Error:
        raise _refuse(what, "is not base64 (RFC 4648 §4, with padding)") from None
    if binascii.b2a_base64(data, newline=False) != raw:
        raise _refuse(what, "is not base64 in its one canonical form (RFC 4648 §4, with padding)")
    return data


def encode_base64url(data: bytes) -> str:
    """RFC 4648 §5, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64url(text: str | bytes, *, what: str = "value") -> bytes:
    """RFC 4648 §5 without padding; refused unless encoding again gives back the same text."""
    raw = _ascii(text, what)
    try:
        data = base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
    except binascii.Error:
        raise _refuse(what, "is not base64url (RFC 4648 §5, without padding)") from None
    if base64.urlsafe_b64encode(data).rstrip(b"=") != raw:
        raise _refuse(what, "is not base64url in its one canonical form (without padding)")
    return data


def decode_either_base64(text: str, *, what: str = "value") -> bytes:
    """Either alphabet, the URL-safe one with or without padding (DSSE protocol.md, Decoding)."""
    if "-" in text or "_" in text or len(text) % 4:
        if text.endswith("=") and len(text) % 4 == 0:
            text = text.removesuffix("=").removesuffix("=")
        return decode_base64url(text, what=what)
    return decode_base64(text, what=what)


def decode_decimal(text: str | bytes, *, what: str = "number") -> int:
    """``0``, or digits without a leading zero, up to 2^63−1. No sign, space or underscore."""
    raw = _ascii(text, what)
    number = int(raw) if _DECIMAL.fullmatch(raw) else -1
    if not 0 <= number <= MAX_NUMBER:
        raise _refuse(what, "is not a decimal number from 0 to 2^63-1 without leading zeros")
    return number


def decode_hex(text: str, *, what: str = "value", length: int | None = None) -> bytes:
    """Lower-case hex of whole bytes, of ``length`` bytes where that is given."""
    if not _HEX.fullmatch(text):
        raise _refuse(what, "is not lower-case hex")
    if length is not None and len(text) != 2 * length:
        raise _refuse(what, f"is not {length} bytes in hex")
    return bytes.fromhex(text)


def decode_hash(text: str | bytes, *, what: str = "hash") -> bytes:
    """A SHA-256 in base64."""
    value = decode_base64(text, what=what)
    if len(value) != HASH_BYTES:
        raise _refuse(what, "is not a hash of 32 bytes")
    return value


def decode_utf8(data: bytes, *, what: str = "text") -> str:
    """UTF-8 without a byte order mark."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _refuse(what, "is not UTF-8") from None
    if text.startswith("\ufeff"):
        raise _refuse(what, "starts with a byte order mark; write it without one")
    return text


def format_time(instant: datetime, *, what: str = "time") -> str:
    """An aware instant in whole seconds as ``2025-01-31T09:00:00Z``."""
    if instant.tzinfo is None or instant.microsecond:
        raise _refuse(what, "is not an instant in whole seconds with a time zone")
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)


def parse_time(text: str, *, what: str = "time") -> datetime:
    """``2025-01-31T09:00:00Z`` as an aware UTC instant; no other spelling."""
    match = _TIME.fullmatch(text)
    try:
        if match is not None:
            year, month, day, hour, minute, second = map(int, match.groups())
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        pass  # the form is right, the date does not exist: the same refusal as a wrong form
    raise _refuse(what, "is not a UTC time like 2025-01-31T09:00:00Z")


def _ascii(text: str | bytes, what: str) -> bytes:
    if isinstance(text, bytes):
        return text
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        raise _refuse(what, "has a character outside ASCII") from None


def _refuse(what: str, why: str) -> InvalidInputError:
    return InvalidInputError(f"the {what} {why}", field=what)
