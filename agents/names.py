"""The form of names and ids in a command, told with the option before anything is sent."""

import re
from collections.abc import Callable
from typing import Final

import typer

from portability.core.jurisdictions import JURISDICTION_FORM, is_jurisdiction
from portability.errors import InvalidInputError
from portability.ledger.encoding import HASH_BYTES, decode_hex

_DIGITS: Final = 32
_REFERENCE: Final = re.compile("[0-9a-f]{64}")
_CASE_OR_RECORD: Final = re.compile("cases/[0-9a-f]{32}|records/[0-9a-f]{64}")


def named(*kinds: str) -> Callable[[str | None], str | None]:
    """
    A check, for an argument or option, that a name is one of ``kinds`` (such as ``cases``).

    What was left out passes. Raises BadParameter, which says what such a name looks like.
    """
    form = re.compile(rf"(?:{'|'.join(kinds)})/[0-9a-f]{{{_DIGITS}}}")
    looks = " or ".join(f"{kind}/" for kind in kinds)

    def check(name: str | None) -> str | None:
        if name and not form.fullmatch(name):
            raise typer.BadParameter(
                f"must be {looks} and {_DIGITS} lower-case hex digits, as it was printed before"
            )
        return name

    return check


def case_or_record(name: str) -> str:
    """A check that a name is that of a case or of a record. Raises BadParameter."""
    if not _CASE_OR_RECORD.fullmatch(name):
        raise typer.BadParameter(
            "must be cases/ and 32, or records/ and 64 lower-case hex digits, as it was printed "
            "before"
        )
    return name


def pairwise(reference: str | None) -> str | None:
    """A check that a reference between two nodes looks like one. What was left out passes."""
    if reference and not _REFERENCE.fullmatch(reference):
        raise typer.BadParameter(
            "must be 64 lower-case hex digits, as create-reference or open-case printed it"
        )
    return reference


def country_code(code: str | None) -> str | None:
    """A check, for an option, that it is a country's code. What was left out passes."""
    if code and not is_jurisdiction(code):
        raise typer.BadParameter(JURISDICTION_FORM)
    return code


def statement_id_of(text: str, option: str, *, prefix: str = "") -> bytes:
    """A whole statement id, with ``prefix`` or without. Raises InvalidInputError, by the option."""
    try:
        return decode_hex(text.removeprefix(prefix), what=option, length=HASH_BYTES)
    except InvalidInputError:
        looks = f"{2 * HASH_BYTES} lower-case hex digits, as it was printed before"
        before = f"{prefix} and " if prefix else ""
        raise InvalidInputError(f"{option} must be {before}{looks}", field=option) from None
