"""
The little of CBOR that authenticators write: enough to take a registration apart, and no more.

Every value is read in its shortest form and to a small depth; tags, floats and lengths that are
left open are refused, as CTAP2 forbids them. Source: RFC 8949 §3; FIDO CTAP 2.1 §8.
"""

from typing import Final

from portability.errors import InvalidInputError

MAX_DEPTH: Final = 4
"""CTAP2 allows four levels of nesting."""

Value = int | bytes | str | bool | list["Value"] | dict["int | str", "Value"] | None

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _SIMPLE = 0, 1, 2, 3, 4, 5, 7
_SIMPLE_VALUES: Final[dict[int, bool | None]] = {20: False, 21: True, 22: None}
_SIZES: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_IN_FIRST_BYTE: Final = 24


def read_cbor(data: bytes) -> Value:
    """The one value in these bytes, with nothing behind it. Raises InvalidInputError."""
    value, at = read_item(data, 0)
    if at != len(data):
        raise _malformed()
    return value


def read_item(data: bytes, at: int, depth: int = 0) -> tuple[Value, int]:
    """The value that begins there, and the place behind it. Raises InvalidInputError."""
    kind, argument, at = _head(data, at)
    if kind == _UNSIGNED:
        return argument, at
    if kind == _NEGATIVE:
        return -1 - argument, at
    if kind in {_BYTES, _TEXT}:
        return _string(data, at, argument, is_text=kind == _TEXT)
    if kind in {_ARRAY, _MAP} and depth < MAX_DEPTH:
        read = _array if kind == _ARRAY else _map
        return read(data, at, argument, depth + 1)
    if kind == _SIMPLE and argument in _SIMPLE_VALUES:
        return _SIMPLE_VALUES[argument], at
    raise _malformed()


def _string(data: bytes, at: int, length: int, *, is_text: bool) -> tuple[Value, int]:
    end = at + length
    if end > len(data):
        raise _malformed()
    try:
        return (data[at:end].decode("utf-8") if is_text else data[at:end]), end
    except UnicodeDecodeError:
        raise _malformed() from None


def _array(data: bytes, at: int, count: int, depth: int) -> tuple[Value, int]:
    found: list[Value] = []
    for _ in range(_possible(data, at, count)):
        item, at = read_item(data, at, depth)
        found.append(item)
    return found, at


def _map(data: bytes, at: int, count: int, depth: int) -> tuple[Value, int]:
    found: dict[int | str, Value] = {}
    for _ in range(_possible(data, at, count)):
        name, at = read_item(data, at, depth)
        if not isinstance(name, int | str) or isinstance(name, bool) or name in found:
            raise _malformed()
        found[name], at = read_item(data, at, depth)
    return found, at


def _possible(data: bytes, at: int, count: int) -> int:
    """Each item takes a byte at least, so a larger count is a lie."""
    if count > len(data) - at:
        raise _malformed()
    return count


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """Major type, argument in its shortest form, and the place behind it."""
    if at >= len(data):
        raise _malformed()
    kind, short = data[at] >> 5, data[at] & 31
    if short < _IN_FIRST_BYTE:
        return kind, short, at + 1
    size = _SIZES.get(short, 0)
    end = at + 1 + size
    argument = int.from_bytes(data[at + 1 : end], "big")
    least = _IN_FIRST_BYTE if size == 1 else 1 << (8 * (size // 2))
    if not size or end > len(data) or argument < least or kind == _SIMPLE:
        raise _malformed()
    return kind, argument, end


def _malformed() -> InvalidInputError:
    return InvalidInputError(
        "the registration is not written as authenticators write it", field="attestation_object"
    )
