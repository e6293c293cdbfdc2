"""
Strict loaders for JSON and TOML documents.

A document is read only after its bytes were verified, and means the same to every reader: no
duplicate member, no float, no lone surrogate, no time without a zone. Everything here raises
InvalidInputError and nothing else. Source: formats.md, Signed envelope and Python traps.
"""

import json
import tomllib
from collections.abc import Iterator
from datetime import datetime
from typing import NoReturn

from portability.errors import InvalidInputError
from portability.ledger.encoding import decode_utf8

MAX_DEPTH = 64
"""Nesting that no document of ours needs, far below what exhausts an interpreter's stack."""

_ESCAPE = "\\u"
"""UTF-8 that decodes holds no surrogate, so that one can only come from an escape."""

_NULL = b"null"


def load_json(data: bytes, *, what: str = "document", allow_floats: bool = False) -> object:
    """
    Any JSON value in strict UTF-8, without duplicate members, NaN or lone surrogates.

    ``allow_floats`` is for documents of which unknown members are ignored, whatever they hold.
    """
    text = decode_utf8(data, what=what)

    def refuse_constant(_: str) -> NoReturn:
        raise _refuse(what, "holds NaN or an infinity, which JSON does not know")

    def refuse_float(_: str) -> NoReturn:
        raise _refuse(what, "holds a number with a fraction or exponent; write integers")

    def without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(pairs)
        if len(members) != len(pairs):
            raise _refuse(what, "has a member twice in one object")
        return members

    try:
        value: object = json.loads(
            text,
            object_pairs_hook=without_duplicates,
            parse_constant=refuse_constant,
            parse_float=None if allow_floats else refuse_float,
        )
    except (ValueError, RecursionError):
        # ValueError also stands for an integer of more digits than Python converts
        raise _refuse(what, "is not well-formed JSON") from None
    if _ESCAPE in text or _may_be_deep(text):
        _check_parts(value, what)
    return value


def load_json_object(data: bytes, *, what: str = "document") -> dict[str, object]:
    """A signed JSON document: one object of objects, arrays, strings, integers and booleans."""
    value = load_json(data, what=what)
    if not isinstance(value, dict):
        raise _refuse(what, "is not one JSON object")
    if _NULL in data and any(part is None for part in _parts(value, what)):
        raise _refuse(what, "holds null; leave the member out instead")
    return value


def load_toml(data: bytes, *, what: str = "document") -> dict[str, object]:
    """A signed TOML 1.0 document, without floats and without date-times that lack a zone."""
    text = decode_utf8(data, what=what)
    try:
        value: dict[str, object] = tomllib.loads(text)
    except (ValueError, RecursionError):
        raise _refuse(what, "is not well-formed TOML 1.0") from None
    for part in _parts(value, what):
        if isinstance(part, float):
            raise _refuse(what, "holds a float; write integers or text")
        if isinstance(part, datetime) and part.tzinfo is None:
            raise _refuse(what, "holds a date-time without a time zone; add Z")
    return value


def _check_parts(value: object, what: str) -> None:
    for part in _parts(value, what):
        if isinstance(part, str) and not _encodes(part):
            raise _refuse(what, "holds half of a surrogate pair, which is no character")


def _may_be_deep(text: str) -> bool:
    """Whether it begins more objects and arrays than may be nested, those in strings counted."""
    return text.count("{") + text.count("[") > MAX_DEPTH


def _parts(value: object, what: str) -> Iterator[object]:
    """The value, its keys and everything in it; refuses what is nested too deeply."""
    pending = [(value, 1)]
    while pending:
        part, depth = pending.pop()
        yield part
        if not isinstance(part, dict | list):
            continue
        if depth > MAX_DEPTH:
            raise _refuse(what, f"is nested more than {MAX_DEPTH} levels deep")
        if isinstance(part, dict):
            yield from part
            pending.extend((item, depth + 1) for item in part.values())
        else:
            pending.extend((item, depth + 1) for item in part)


def _encodes(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _refuse(what: str, why: str) -> InvalidInputError:
    return InvalidInputError(f"the {what} {why}", field=what)
