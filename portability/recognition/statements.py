"""
What the parties of a case say to each other, as values.

Each class is one kind of protocol statement; ``wire.statement`` reads them from signed bytes. A
statement is known by the 32-byte id of its envelope, which is no part of it: ``Said`` has both.
Source: design.md, Mutual recognition; proto/portability/v1/statement.proto.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from portability.consent.scope import Party
from portability.core.money import Money
from portability.core.periods import Branch

PROTOCOL_VERSION: Final = 1


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
class HistoryRequest:
    """Asks one party for a person's history; ``permission`` is a consent's id, or empty."""

    header: Header
    recipient: Party
    person_reference: str
    claim: Claim
    permission: bytes
    purpose: str
    datatypes: tuple[str, ...]
    fields: tuple[str, ...]
    from_date: date
    to_date: date


class HistoryOutcome(StrEnum):
    """What a response holds."""

    RECORDS = "records"
    NONE = "none"
    NOT_BEFORE = "not-before"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFields:
    """Which fields of a record with salted ones are shown: names, never a value."""

    record: bytes
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryResponse:
    """
    Answers a request, complete within what was permitted as of a size of the sender's log.

    ``payload_digest`` is SHA-256 of the header's salt followed by the released envelopes, each with
    the disclosures shown of it. ``shown`` says which, of the records with salted fields.
    """

    header: Header
    outcome: HistoryOutcome
    records: tuple[bytes, ...]
    not_before: date | None
    log_origin: str
    tree_size: int
    granted_fields: tuple[str, ...]
    payload_digest: bytes
    shown: tuple[ShownFields, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """The lead's computation over all histories; ``inputs`` are record ids, sorted."""

    header: Header
    agreement: str
    agreement_version: str
    branch: Branch
    as_of: date
    inputs: tuple[bytes, ...]
    result: bytes
    digest: bytes
    supersedes: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersignature:
    """The sender computed the same digest from the same inputs."""

    header: Header
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """The sender computed another digest; ``first_difference`` holds no personal data."""

    header: Header
    digest: bytes
    first_difference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Determination:
    """
    An institution's own decision. ``own`` and ``total`` count in ``unit``; amounts are monthly.

    ``paid_as`` is ``independent``, ``pro-rata`` or ``none``; ``basis`` names the articles.
    """

    header: Header
    unit: str
    own: int
    total: int
    meets_minimum_alone: bool
    meets_minimum: bool
    independent: Money | None
    theoretical: Money | None
    pro_rata: Money | None
    payable: Money | None
    paid_as: str
    basis: tuple[str, ...]
    provisional: bool = False
    lower_bound: Money | None = None
    upper_bound: Money | None = None
    missing: tuple[Party, ...] = ()
    supersedes: bytes = b""


class ClosureReason(StrEnum):
    """Why a case ended."""

    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """The lead's node ends the case."""

    header: Header
    reason: ClosureReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """A node has stored statements; belongs to a stream, so its case id is empty."""

    header: Header
    position: int


CaseStatement = (
    HistoryRequest
    | HistoryResponse
    | Reconciliation
    | Countersignature
    | Dispute
    | Determination
    | Closure
)
"""What may be said within a case."""

Statement = CaseStatement | Acknowledgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A statement whose signature by its sender has been verified, with its 32-byte id."""

    statement_id: bytes
    statement: CaseStatement
