"""Page sizes and page tokens of all lists (AIP-158)."""

from typing import Final

from portability.errors import InvalidInputError
from portability.ledger.encoding import decode_decimal

DEFAULT_PAGE: Final = 100
MAX_PAGE: Final = 1_000


def page_size(asked: int) -> int:
    """At most ``MAX_PAGE``; 0 leaves the choice to us. Raises InvalidInputError below 0."""
    if asked < 0:
        raise InvalidInputError("page_size is negative", field="page_size")
    return min(asked or DEFAULT_PAGE, MAX_PAGE)


def read_token(token: str) -> int | None:
    """The position after which a page starts. A token authorises nothing: it is only a place."""
    return decode_decimal(token, what="page_token") if token else None


def write_token(position: int) -> str:
    return str(position)
