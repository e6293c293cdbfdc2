"""What statements share: how each opens, what a case is about, which fields of records it shows."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from portability.consent.reading import Members, refuse
from portability.consent.scope import Party
from portability.core.periods import Branch

PROTOCOL_VERSION: Final = 1

_CASE_DIGITS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """
    What every statement opens with.

    ``created`` is the sender's claim; ``predecessors`` are the ids of what it answers or builds on.
    """

    salt: bytes
    case_id: str
    sender: Party
    created: datetime
    predecessors: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a case is about; every request of a case says the same. The lead is the first party."""

    branch: Branch
    agreement: str
    agreement_version: str
    claim_date: date
    award_date: date
    parties: tuple[Party, ...]

    @property
    def lead(self) -> Party:
        return self.parties[0]

    @property
    def jurisdictions(self) -> tuple[str, ...]:
        """Each jurisdiction once, the lead's first."""
        return tuple(dict.fromkeys(party.jurisdiction for party in self.parties))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFields:
    """Which fields of a record with salted ones are shown: names, never a value."""

    record: bytes
    fields: tuple[str, ...]


def read_case_id(root: Members) -> str:
    """The member ``case`` of a document. Raises InvalidInputError if it is no id of a case."""
    text = root.code("case")
    if len(text) != _CASE_DIGITS or not set(text) <= set("0123456789abcdef"):
        raise refuse("case", "is not a case id of 32 hex digits")
    return text
