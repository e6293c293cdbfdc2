"""
Strict reading of one object of a signed document, member by member.

Each member is taken by name and type; whatever was not taken is refused, so that a reader can
never overlook a field that its writer meant. Everything raises InvalidInputError naming the place
and never the value, which may be about a person. Source: formats.md, §2 and §6.
"""

import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from enum import StrEnum
from typing import Final, TypeVar

from portability.errors import InvalidInputError
from portability.ledger.documents import load_json_object
from portability.ledger.encoding import decode_base64url, decode_hex, parse_time

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

HASH_BYTES: Final = 32
MAX_TEXT: Final = 2_000
MAX_ITEMS: Final = 64

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_REFERENCE = re.compile(r"[0-9a-f]{64}")
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def parse_date(text: str, *, field: str) -> date:
    """``2025-01-31`` and no other spelling; InvalidInputError naming the field otherwise."""
    match = _DATE.fullmatch(text)
    try:
        if match is not None:
            year, month, day = map(int, match.groups())
            return date(year, month, day)
    except ValueError:
        pass  # the form is right, the day does not exist: the same refusal as a wrong form
    raise refuse(field, "is not a civil date like 2025-01-31")


def refuse(field: str, why: str) -> InvalidInputError:
    return InvalidInputError(f"{field} {why}", field=field)


def check_country(code: str, *, field: str) -> str:
    """A jurisdiction or country by its ISO 3166-1 alpha-2 code."""
    return _matching(code, _COUNTRY, field, "is not a code of two capital letters, such as FR")


def check_name(code: str, *, field: str) -> str:
    """A name of ours: letters, digits, dot, dash and underscore; in particular no wildcard."""
    return _matching(code, _CODE, field, "is not a plain name of letters, digits, . _ and -")


def check_reference(text: str, *, field: str) -> str:
    """A pairwise reference: 64 lower-case hex digits."""
    return _matching(text, _REFERENCE, field, "is not a pairwise reference of 64 hex digits")


def check_uuid7(text: str, *, field: str) -> str:
    """A UUID of version 7 in its one canonical spelling (RFC 9562 §5.7)."""
    return _matching(text, _UUID7, field, "is not a UUID of version 7 in lower case")


def check_hash(value: bytes, *, field: str) -> bytes:
    """32 bytes: a statement id, a digest, a salt or a nonce."""
    if len(value) != HASH_BYTES:
        raise refuse(field, "is not 32 bytes")
    return value


def check_text(text: str, *, field: str, most: int = MAX_TEXT) -> str:
    """A line of text without control characters; InvalidInputError if empty or too long."""
    if not text or len(text) > most or _CONTROL.search(text):
        raise refuse(field, f"is not one line of 1 to {most} characters")
    return text


def check_distinct(items: Collection[object], *, field: str, most: int = MAX_ITEMS) -> None:
    """At least one and at most ``most`` items, none of them twice."""
    if not 1 <= len(items) <= most:
        raise refuse(field, f"does not hold 1 to {most} items")
    if len(set(items)) != len(items):
        raise refuse(field, "holds an item twice")


class Members:
    """The members of one object, each to be taken once."""

    __slots__ = ("_left", "_path")

    def __init__(self, members: dict[str, object], path: str = "") -> None:
        self._left = dict(members)
        self._path = path

    def path(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def finish(self) -> None:
        """Refuse the object if it has a member that nobody took."""
        if self._left:
            # the name is the writer's and may hold anything, so only the place is told
            raise refuse(self._path or "document", "has a member that is not known here")

    def text(self, name: str) -> str:
        return check_text(self._take(name, str, "text"), field=self.path(name))

    def passage(self, name: str, *, most: int) -> str:
        """Text of one or more lines, which end in a line feed and hold no other control."""
        text = self._take(name, str, "text")
        if not text or len(text) > most or _CONTROL.search(text.replace("\n", "")):
            raise refuse(self.path(name), f"is not text of 1 to {most} characters")
        return text

    def whole_text(self, name: str) -> str:
        """Text as it is: a document within the document, with a form of its own."""
        return self._take(name, str, "text")

    def base64url(self, name: str, *, most: int) -> bytes:
        """Bytes in base64url without padding; at least one."""
        data = decode_base64url(self._take(name, str, "text"), what=self.path(name))
        if not 1 <= len(data) <= most:
            raise refuse(self.path(name), f"does not hold 1 to {most} bytes")
        return data

    def constant(self, name: str, expected: str) -> None:
        if self._take(name, str, "text") != expected:
            raise refuse(self.path(name), f'is not "{expected}"')

    def code(self, name: str) -> str:
        return check_name(self._take(name, str, "text"), field=self.path(name))

    def country(self, name: str) -> str:
        return check_country(self._take(name, str, "text"), field=self.path(name))

    def countries(self, name: str) -> tuple[str, ...]:
        return self._texts(name, check_country)

    def codes(self, name: str) -> tuple[str, ...]:
        return self._texts(name, check_name)

    def reference(self, name: str) -> str:
        return check_reference(self._take(name, str, "text"), field=self.path(name))

    def uuid7(self, name: str) -> str:
        return check_uuid7(self._take(name, str, "text"), field=self.path(name))

    def hash(self, name: str) -> bytes:
        text = self._take(name, str, "text")
        return decode_hex(text, what=self.path(name), length=HASH_BYTES)

    def nonce(self, name: str) -> bytes:
        data = decode_base64url(self._take(name, str, "text"), what=self.path(name))
        return check_hash(data, field=self.path(name))

    def time(self, name: str) -> datetime:
        return parse_time(self._take(name, str, "text"), what=self.path(name))

    def day(self, name: str) -> date:
        return parse_date(self._take(name, str, "text"), field=self.path(name))

    def toml_day(self, name: str) -> date:
        """A TOML date; a date-time is refused."""
        value = self._take(name, date, "a date")
        if isinstance(value, datetime):
            raise refuse(self.path(name), "is not a date")
        return value

    def integer(self, name: str, *, least: int, most: int) -> int:
        value = self._take(name, int, "an integer")
        if isinstance(value, bool) or not least <= value <= most:
            raise refuse(self.path(name), f"is not an integer from {least} to {most}")
        return value

    def one_of(self, name: str, values: type[E]) -> E:
        return _member(values, self._take(name, str, "text"), self.path(name))

    def some_of(self, name: str, values: type[E]) -> tuple[E, ...]:
        return self._texts(name, lambda text, *, field: _member(values, text, field))

    def object(self, name: str) -> "Members":
        return Members(self._take(name, dict, "an object"), self.path(name))

    def objects(self, name: str) -> "tuple[Members, ...]":
        """Zero or more objects; whether none will do is said by the value that they become."""
        items: list[object] = self._take(name, list, "a list")
        if len(items) > MAX_ITEMS:
            raise refuse(self.path(name), f"holds more than {MAX_ITEMS} items")
        found = []
        for place, item in enumerate(items):
            path = f"{self.path(name)}[{place}]"
            if not isinstance(item, dict):
                raise refuse(path, "is not an object")
            found.append(Members(item, path))
        return tuple(found)

    def names(self) -> tuple[str, ...]:
        """Names of the members left, for objects that are keyed by something checked later."""
        return tuple(self._left)

    def _texts(self, name: str, check: "Callable[..., T]") -> tuple[T, ...]:
        items: list[object] = self._take(name, list, "a list")
        found = []
        for place, item in enumerate(items):
            path = f"{self.path(name)}[{place}]"
            if not isinstance(item, str):
                raise refuse(path, "is not text")
            found.append(check(item, field=path))
        check_distinct(found, field=self.path(name))
        return tuple(found)

    def _take(self, name: str, kind: type[T], described: str) -> T:
        if name not in self._left:
            raise refuse(self.path(name), "is missing")
        value = self._left.pop(name)
        if not isinstance(value, kind):
            raise refuse(self.path(name), f"is not {described}")
        return value


def _matching(text: str, pattern: "re.Pattern[str]", field: str, why: str) -> str:
    if pattern.fullmatch(text) is None:
        raise refuse(field, why)
    return text


def _member(values: type[E], text: str, field: str) -> E:
    try:
        return values(text)
    except ValueError:
        known = ", ".join(values)
        raise refuse(field, f"is none of: {known}") from None


def open_document(data: bytes, schema: str, *, most: int, what: str = "") -> Members:
    """
    The members of a JSON document of that schema, of at most so many bytes.

    ``what`` names it in errors, else its schema does. Raises InvalidInputError.
    """
    if len(data) > most:
        raise refuse(what or schema, f"has more than {most} bytes")
    root = Members(load_json_object(data, what=what or schema))
    root.constant("schema", schema)
    return root
