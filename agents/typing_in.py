"""What is typed in, and stands in no history of commands and in no list of processes."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass

from portability.errors import InvalidInputError


def type_in(what: str) -> str:
    """
    A line without its ends: not shown on a terminal, or from standard input; may be empty.

    Raises InvalidInputError for bytes that are no text.
    """
    with _as_text():
        line = getpass(f"{what}: ") if sys.stdin.isatty() else sys.stdin.readline()
        line.encode("utf-8")  # bytes that are no text stand in it where the locale is C
    return line.strip()


def type_in_code() -> str:
    """A code that somebody says or has on paper. Raises InvalidInputError where none comes."""
    code = type_in("The code")
    if not code:
        raise InvalidInputError(
            "no code was given; type it in, or send it to standard input", field="code"
        )
    return code


def read_in() -> str:
    """All of standard input. Raises InvalidInputError for bytes that are no text."""
    with _as_text():
        return sys.stdin.read()


@contextmanager
def _as_text() -> Iterator[None]:
    try:
        yield
    except UnicodeError:
        raise InvalidInputError(
            "what came from standard input is no text in this system's encoding; write it in UTF-8",
            field="input",
        ) from None
