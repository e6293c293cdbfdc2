"""What is typed in, and stands in no history of commands and in no list of processes."""

import sys
from getpass import getpass

from portability.errors import InvalidInputError


def type_in(what: str) -> str:
    """A line without its ends: not shown on a terminal, or from standard input; may be empty."""
    if sys.stdin.isatty():
        return getpass(f"{what}: ").strip()
    return sys.stdin.readline().strip()


def type_in_code() -> str:
    """A code that somebody says or has on paper. Raises InvalidInputError where none comes."""
    code = type_in("The code")
    if not code:
        raise InvalidInputError(
            "no code was given; type it in, or send it to standard input", field="code"
        )
    return code
