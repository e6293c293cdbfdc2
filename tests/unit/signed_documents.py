"""
What holds of every JSON document that somebody signs: one spelling, nothing overlooked, no part
unchecked. Each check fails on the first place where it does not hold.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import pytest

from portability.errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """``optional`` are the members that a document may lack."""

    example: Any
    write: Callable[[Any], bytes]
    read: Callable[[bytes], object]
    optional: frozenset[str] = frozenset()


def check_reads_back(kind: Kind) -> None:
    assert kind.read(kind.write(kind.example)) == kind.example


def check_is_made_for_readers(kind: Kind) -> None:
    """Two blanks to a level, letters as they are and a line feed at the end."""
    written = kind.write(kind.example)
    text = json.dumps(json.loads(written), indent=2, ensure_ascii=False)
    assert written == text.encode() + b"\n"


def check_refuses_unknown_members(kind: Kind) -> None:
    written = kind.write(kind.example)
    for path in places(json.loads(written)):
        document = json.loads(written)
        at(document, path)["surprise"] = "1"
        with pytest.raises(InvalidInputError) as refused:
            kind.read(json.dumps(document).encode())
        assert "surprise" not in refused.value.message


def check_refuses_missing_members(kind: Kind) -> None:
    written = kind.write(kind.example)
    for path in places(json.loads(written)):
        for name in at(json.loads(written), path):
            document = json.loads(written)
            del at(document, path)[name]
            if name in kind.optional and not path:
                assert kind.read(json.dumps(document).encode()) != kind.example
            else:
                with pytest.raises(InvalidInputError):
                    kind.read(json.dumps(document).encode())


def check_refuses_another_schema(kind: Kind) -> None:
    document = json.loads(kind.write(kind.example))
    document["schema"] = document["schema"].replace("/1", "/2")
    with pytest.raises(InvalidInputError):
        kind.read(json.dumps(document).encode())


def check_every_part_is_checked(kind: Kind, *, but: frozenset[str] = frozenset()) -> None:
    """As the value is made, so that nothing is signed that nobody could read."""
    tried = 0
    for part in fields(kind.example):
        value = getattr(kind.example, part.name)
        # words from a list are of their own type, and a version is a number
        if type(value) not in {str, bytes, datetime} or part.name in but:
            continue
        with pytest.raises(InvalidInputError):
            replace(kind.example, **{part.name: spoilt(value)})
        tried += 1
    assert tried >= 3


def spoilt(value: object) -> object:
    """Something of the same type that no field of these documents may hold."""
    if isinstance(value, str):
        return "two\nlines"
    if isinstance(value, bytes):
        return bytes(65)  # longer than any hash, key or handle
    assert isinstance(value, datetime)
    return value.replace(microsecond=5)


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of each object in a document, the document itself among them."""
    if isinstance(value, dict):
        yield path
        for name, inner in value.items():
            yield from places(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


def at(document: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        document = document[step]
    return document
