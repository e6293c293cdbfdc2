"""
Strict reading of TOML documents: every refusal names the file, the key and the line.

Values are read by type; a key that nobody asked for is refused, so that a misspelt key is never
silently ignored.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NoReturn, TypeVar

from portability.core.jurisdictions import JURISDICTION_FORM, is_jurisdiction
from portability.core.money import Money, parse_money
from portability.core.units import Exact
from portability.errors import InvalidInputError

Path = tuple[str | int, ...]
T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
MAX_BYTES = 4_000_000
_MAX_DIGITS = 60
_LINE = re.compile(r"at line (\d+)")
_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[A-Za-z0-9_"'-]+)*)\s*=""")
_DATE = re.compile(r"\s*\d{4}-\d{2}-\d{2}\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a TOML file and the name under which refusals speak of it."""

    name: str
    text: str

    def refuse(self, path: Path, reason: str) -> NoReturn:
        """Raise InvalidInputError naming file, key and, where it can be found, the line."""
        line = self.line_of(path)
        place = f"{self.name}, line {line}" if line else self.name
        key = key_text(path)
        context = {"file": self.name, "field": key} | ({"line": str(line)} if line else {})
        raise InvalidInputError(f"{place}: {key + ' ' if key else ''}{reason}", **context)

    def lines(self) -> dict[str, int]:
        """The line of every key as ``key_text`` writes it, for refusals after reading."""
        return {key_text(path): line for path, line in _lines(self.text)}

    def line_of(self, path: Path) -> int | None:
        """The line that sets the longest known part of ``path``; None if none does."""
        lines = dict(_lines(self.text))
        for length in range(len(path), 0, -1):
            if path[:length] in lines:
                return lines[path[:length]]
        inside = (line for found, line in lines.items() if path and found[: len(path)] == path)
        return next(inside, None)  # an array of tables has no line of its own


def place_of(name: str, lines: Mapping[str, int], key: str | None) -> str:
    """``case.toml, line 3`` for a key whose line is known, else the name of the file."""
    line = None if key is None else lines.get(key)
    return name if line is None else f"{name}, line {line}"


def key_text(path: Path) -> str:
    """``("period", 1, "end")`` as people write it: ``period[2].end``; they count from 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text


def _lines(text: str) -> Iterator[tuple[Path, int]]:
    """Each key path with the line that sets it; nested values are found by their outer key."""
    prefix: Path = ()
    counts: dict[Path, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            prefix = _resolve(_split(header[2]), counts, is_array=header[1] == "[[")
            yield prefix, number
        elif key := _KEY.match(line):
            parts = _split(key[1])
            for length in range(1, len(parts) + 1):
                yield prefix + tuple(parts[:length]), number


def _split(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]


def _resolve(parts: list[str], counts: dict[Path, int], *, is_array: bool) -> Path:
    """The path of a header, with the index of the latest element of each array of tables."""
    path: Path = ()
    for position, part in enumerate(parts):
        path = (*path, part)
        if is_array and position == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def read_document(source: bytes, name: str) -> "Table":
    """The outermost table of a TOML file. Raises InvalidInputError if it does not parse."""
    if len(source) > MAX_BYTES:
        raise InvalidInputError(f"{name}: the file is larger than {MAX_BYTES} bytes", file=name)
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source[: error.start].count(b"\n") + 1
        raise InvalidInputError(
            f"{name}, line {line}: the file is not UTF-8 text", file=name, line=str(line)
        ) from None
    document = Document(name, text)
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError, ArithmeticError) as error:
        _refuse_syntax(document, str(error))
    return Table(data, document, ())


def _refuse_syntax(document: Document, report: str) -> NoReturn:
    """Only the line is taken from the parser's report; its words are another library's."""
    found = _LINE.search(report)
    line = int(found[1]) if found else len(document.text.splitlines())
    lines = document.text.splitlines()
    key = _KEY.match(lines[line - 1]) if 0 < line <= len(lines) else None
    what = _mistake(lines[line - 1], key) if key else "this is not valid TOML"
    context = {"file": document.name, "line": str(line)} | ({"field": key[1]} if key else {})
    raise InvalidInputError(f"{document.name}, line {line}: {what}", **context)


def _mistake(line: str, key: re.Match[str]) -> str:
    """What is wrong with a line that sets a key: the parser tells impossible dates from nothing."""
    name = key[1].strip()
    if _DATE.match(line, key.end()):
        return f"{name} is not a day of the calendar; give one such as 2004-12-31"
    return f"{name} is not a valid TOML value, or is set twice"


@dataclass(slots=True)
class Table:
    """One TOML table, read key by key."""

    data: dict[str, object]
    document: Document
    path: Path
    _asked: set[str] = field(default_factory=set)

    def refuse(self, key: str | None, reason: str) -> NoReturn:
        """Raise InvalidInputError about ``key`` of this table, or about the table itself."""
        self.document.refuse(self.path if key is None else (*self.path, key), reason)

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def keys(self) -> list[str]:
        return list(self.data)

    def raw(self, key: str) -> object:
        """The value as TOML has it; None if the key is missing."""
        self._asked.add(key)
        return self.data.get(key)

    def finish(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self.data:
            if key not in self._asked:
                self.refuse(key, "is not a key that is known here; check its spelling")

    def text(self, key: str) -> str:
        found = self.optional_text(key)
        return self.missing(key) if found is None else found

    def optional_text(self, key: str) -> str | None:
        found = self.raw(key)
        if found is None:
            return None
        return found if isinstance(found, str) else self.refuse(key, "must be text in quotes")

    def missing(self, key: str) -> NoReturn:
        self.refuse(key, "is missing: add it")

    def day(self, key: str) -> date:
        found = self.optional_day(key)
        return self.missing(key) if found is None else found

    def optional_day(self, key: str) -> date | None:
        found = self.raw(key)
        if found is None:
            return None
        if isinstance(found, date) and not isinstance(found, datetime):
            return found
        return self.refuse(key, "must be a date such as 2004-12-31, without quotes")

    def integer(self, key: str) -> int:
        found = self.optional_integer(key)
        return self.missing(key) if found is None else found

    def optional_integer(self, key: str) -> int | None:
        found = self.raw(key)
        if found is None:
            return None
        if isinstance(found, int) and not isinstance(found, bool):
            return found
        return self.refuse(key, "must be a whole number")

    def flag(self, key: str, *, default: bool = False) -> bool:
        found = self.raw(key)
        if found is None:
            return default
        return found if isinstance(found, bool) else self.refuse(key, "must be true or false")

    def exact(self, key: str) -> Exact:
        """A number without loss; decimals become fractions."""
        found = self.raw(key)
        if isinstance(found, int) and not isinstance(found, bool):
            return found
        if isinstance(found, Decimal) and found.is_finite() and abs(found.adjusted()) < _MAX_DIGITS:
            value = Fraction(found)
            return value.numerator if value.denominator == 1 else value
        return self.missing(key) if found is None else self.refuse(key, "must be a number")

    def money(self, key: str) -> Money:
        found = self.optional_money(key)
        return self.missing(key) if found is None else found

    def optional_money(self, key: str) -> Money | None:
        """An amount that is not negative."""
        text = self.optional_text(key)
        if text is None:
            return None
        value = self.parse(key, parse_money, text)
        return value if value.minor >= 0 else self.refuse(key, "must not be negative")

    def parse(self, key: str, parser: Callable[[str], T], text: str) -> T:
        """What ``parser`` makes of a text; its refusal is told with file, key and line."""
        try:
            return parser(text)
        except InvalidInputError as error:
            return self.refuse(key, f"is wrong: {error.message}")

    def choice(self, key: str, choices: type[E], *, default: E | None = None) -> E:
        """A text that is one of the values of an enumeration."""
        text = self.optional_text(key)
        if text is None:
            return self.missing(key) if default is None else default
        return self.parse(key, lambda found: _member(choices, found), text)

    def build(self, key: str | None, make: Callable[[], T]) -> T:
        """What ``make`` returns; its refusal is told with the field that it names."""
        try:
            return make()
        except InvalidInputError as error:
            if "file" in error.context:  # a key read inside already told its place
                raise
            place = error.context.get("field")
            path = self.path if key is None else (*self.path, key)
            self.document.refuse((*path, place) if place else path, f"is wrong: {error.message}")

    def table(self, key: str) -> "Table":
        found = self.optional_table(key)
        return self.missing(key) if found is None else found

    def optional_table(self, key: str) -> "Table | None":
        found = self.raw(key)
        if found is None:
            return None
        if isinstance(found, dict):
            return Table(found, self.document, (*self.path, key))
        return self.refuse(key, "must be a table")

    def tables(self, key: str) -> list["Table"]:
        """An array of tables; empty if the key is missing."""
        found = self.raw(key)
        if found is None:
            return []
        if isinstance(found, list) and all(isinstance(item, dict) for item in found):
            return [
                Table(item, self.document, (*self.path, key, index))
                for index, item in enumerate(found)
            ]
        return self.refuse(key, "must be an array of tables")

    def texts(self, key: str) -> tuple[str, ...]:
        """An array of texts; empty if the key is missing."""
        found = self.raw(key)
        if found is None:
            return ()
        if isinstance(found, list) and all(isinstance(item, str) for item in found):
            return tuple(found)
        return self.refuse(key, "must be an array of texts in quotes")

    def jurisdiction(self, key: str) -> str:
        """A code such as FR; whether it is that of a party is for the agreement to say."""
        found = self.optional_jurisdiction(key)
        return self.missing(key) if found is None else found

    def optional_jurisdiction(self, key: str) -> str | None:
        found = self.optional_text(key)
        if found is not None and not is_jurisdiction(found):
            self.refuse(key, JURISDICTION_FORM)
        return found

    def jurisdictions(self, key: str) -> tuple[str, ...]:
        """An array of codes; empty if the key is missing."""
        found = self.texts(key)
        if not all(is_jurisdiction(code) for code in found):
            self.refuse(key, f"is an array of which each {JURISDICTION_FORM}")
        return found


def _member(choices: type[E], text: str) -> E:
    for member in choices:
        if member.value == text:
            return member
    known = ", ".join(member.value for member in choices)
    raise InvalidInputError(f"it must be one of {known}")
