"""What became of the parts of a period."""

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """The fate of a piece; flagged pieces are counted, but someone should look."""

    COUNTED = "counted"
    DISPLACED = "displaced"
    EXCLUDED = "excluded"
    FLAGGED = "flagged"


class Piece(NamedTuple):
    """
    Part of a record with one fate; days are ordinals, None where the record has no dates.

    ``by`` is the id of the record that prevails; ``rule`` the key of the article that decided.
    A named tuple, since histories of many rows make many of these.
    """

    first: int | None
    last: int | None
    state: State
    by: str | None = None
    rule: str | None = None

    @property
    def counts(self) -> bool:
        return self.state is State.COUNTED or self.state is State.FLAGGED

    @property
    def days(self) -> int:
        """Calendar days; 0 without dates."""
        return 0 if self.first is None or self.last is None else self.last - self.first + 1


# For loops over long histories, in which looking up a member of an enumeration takes time.
COUNTED, FLAGGED, DISPLACED = State.COUNTED, State.FLAGGED, State.DISPLACED
