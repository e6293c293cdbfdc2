"""What is checked and made when a person or a key is enrolled."""

import re
from collections.abc import Callable
from typing import Final

from portability.consent.document import IdentityLevel
from portability.consent.reading import check_country
from portability.consent.reading import check_reference as check_reference_text
from portability.errors import InvalidInputError
from portability.store.persons import Identifier
from portability.v1 import persons_service_pb2 as pb

_NAME_BYTES: Final = 16
_REQUEST_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SEPARATORS = str.maketrans("", "", " .-/")
_NUMBER = re.compile(r"[0-9A-Z]{1,64}")


def new_person_name(randomness: Callable[[int], bytes]) -> str:
    """A name that says nothing about the person."""
    return f"persons/{randomness(_NAME_BYTES).hex()}"


def check_request_id(text: str) -> None:
    """Raises InvalidInputError unless it is a UUID in its usual form."""
    if _REQUEST_ID.fullmatch(text) is None:
        raise InvalidInputError(
            "request_id is not a UUID in lower case; make one per request and keep it for repeats",
            field="request_id",
        )


def check_reference(text: str) -> None:
    """Raises InvalidInputError unless it is a pairwise reference."""
    check_reference_text(text, field="reference")


def read_identifier(message: pb.NationalIdentifier, *, own: str | None = None) -> Identifier:
    """
    A number in the one spelling that we keep: capitals and digits, without separators.

    ``own``: the only jurisdiction whose numbers are taken. Raises InvalidInputError, which never
    holds the number.
    """
    jurisdiction = check_country(message.jurisdiction, field="identifier.jurisdiction")
    if own is not None and jurisdiction != own:
        raise InvalidInputError(
            f"identifier is not of {own}; enrol the person under their number in {own}",
            field="identifier.jurisdiction",
        )
    value = message.value.translate(_SEPARATORS).upper()
    if _NUMBER.fullmatch(value) is None:
        raise InvalidInputError(
            "identifier.value is not 1 to 64 letters and digits; spaces, dots, dashes and slashes "
            "between them do not matter",
            field="identifier.value",
        )
    return Identifier(jurisdiction=jurisdiction, value=value)


def identity_level(text: str) -> str:
    """Raises InvalidInputError unless it is low, substantial or high."""
    try:
        return str(IdentityLevel(text))
    except ValueError:
        raise InvalidInputError(
            "identity_level is not low, substantial or high", field="identity_level"
        ) from None
