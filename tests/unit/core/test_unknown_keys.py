"""
A key that nobody knows is refused wherever it stands, so that a misspelt one is never ignored.

Every kind of table that a shipped case file or pack holds gets such a key once.
"""

import re
from collections.abc import Callable, Iterator

import pytest

from portability.agreements import pack_ids, pack_source
from portability.core.case import parse_case
from portability.core.legislation.reader import parse_legislation_case
from portability.core.pack_parser import parse_pack
from portability.errors import InvalidInputError
from portability.examples import example_names, example_source

HEADER = re.compile(r"^\[\[?(?P<name>[^\]]+)\]\]?")
INLINE = re.compile(r"^(?P<name>[A-Za-z_-]+)\s*=\s*\{ (?=\w)")
LAW = re.compile(r'^kind\s*=\s*"applicable-legislation"', re.MULTILINE)
FREE = (
    "expect",
    "choices",
    "articles",
    "exchange_rate",
    "settlement_deadlines_months.values.value",
)
"""Tables whose keys the author of the file chooses."""


def places(text: str) -> Iterator[tuple[str, str]]:
    """Each table of a file: what it is called, and the text with a strange key in it."""
    lines = text.splitlines()
    inside = "file"
    for number, line in enumerate(lines):
        if header := HEADER.match(line):
            inside = re.sub(r"\.[A-Z]{2}\b", ".XX", header["name"].strip())
            changed = [*lines[: number + 1], "surprise = 1", *lines[number + 1 :]]
            yield inside, "\n".join(changed)
        elif inline := INLINE.match(line):
            strange = line.replace("{ ", "{ surprise = 1, ", 1)
            changed = [*lines[:number], strange, *lines[number + 1 :]]
            yield f"{inside}: {inline['name']}", "\n".join(changed)


def once(sources: dict[str, bytes]) -> list[tuple[str, str, str]]:
    """(kind of table, file, its changed text): one of each kind."""
    found: dict[str, tuple[str, str, str]] = {}
    for name, source in sources.items():
        for place, changed in places(source.decode()):
            if not any(part in place for part in FREE):
                found.setdefault(place, (place, name, changed))
    return sorted(found.values())


CASES = once({name: example_source(name) for name in example_names()})
PACKS = once({name: pack_source(name) for name in pack_ids()})


def refused(parse: Callable[[bytes, str], object], changed: str, name: str) -> None:
    with pytest.raises(InvalidInputError, match=r"surprise|contradicts"):
        parse(changed.encode(), name)


@pytest.mark.parametrize(("place", "name", "changed"), CASES, ids=[item[0] for item in CASES])
def test_no_table_of_a_case_file_holds_a_strange_key(place: str, name: str, changed: str) -> None:
    assert place not in FREE
    refused(parse_legislation_case if LAW.search(changed) else parse_case, changed, name)


@pytest.mark.parametrize(("place", "name", "changed"), PACKS, ids=[item[0] for item in PACKS])
def test_no_table_of_a_pack_holds_a_strange_key(place: str, name: str, changed: str) -> None:
    assert place not in FREE
    refused(parse_pack, changed, name)


def test_many_kinds_of_tables_were_tried() -> None:
    assert len(CASES) > 25
    assert len(PACKS) > 60
