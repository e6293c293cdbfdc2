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
    """
    Asks one party for a person's history. ``permission`` is a consent's id, ``text`` the SHA-256 of
    the agreement's text where another one is in force by now; either may be empty.
    """

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
    text: bytes = b""


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
    """
    The lead's computation over all histories; ``inputs`` are record ids, sorted.

    It builds on history responses and corrections, and, where it is provisional, on the requests to
    the parties that are ``missing``. Those in ``not_insured`` have no history in the case and no
    further part in it.
    """

    header: Header
    agreement: str
    agreement_version: str
    branch: Branch
    as_of: date
    inputs: tuple[bytes, ...]
    result: bytes
    digest: bytes
    supersedes: bytes = b""
    missing: tuple[Party, ...] = ()
    not_insured: tuple[Party, ...] = ()

    @property
    def absent(self) -> frozenset[Party]:
        """Parties that neither countersign this result nor decide on it."""
        return frozenset((*self.missing, *self.not_insured))


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
    Predecessors: ``result``, then its countersignatures, then the objections answered. ``facts``
    is the id of what the institution knew beside the history, empty where it names none.
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
    facts: bytes = b""

    @property
    def result(self) -> bytes:
        """The reconciliation."""
        return next(iter(self.header.predecessors), b"")


class ClosureReason(StrEnum):
    """Why a case ended."""

    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """The lead's node ends the case."""

    header: Header
    reason: ClosureReason


class Step(StrEnum):
    """What a party can be late with."""

    HISTORY = "history"
    COUNTERSIGNATURE = "countersignature"
    DETERMINATION = "determination"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """
    The lead's node reminds ``recipient`` of what it owes; the predecessor is what waits for it.

    ``number`` counts from 1. An ``escalated`` one is the last: the agreement's way of settling
    differences between authorities is open from then on.
    """

    header: Header
    recipient: Party
    step: Step
    number: int
    due: date
    escalated: bool = False


class CorrectionReason(StrEnum):
    """Why records of a case are no longer what they were."""

    ERROR = "error"
    LATE_RECORD = "late-record"
    INVALIDATED = "invalidated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """
    An institution replaces records of its own in a case; either tuple may be empty, not both.

    The predecessor is the statement of the case by which the records came into it. ``shown`` says
    which fields are shown, of the added records with salted fields.
    """

    header: Header
    replaced: tuple[bytes, ...]
    added: tuple[bytes, ...]
    reason: CorrectionReason
    shown: tuple[ShownFields, ...] = ()


class PermissionEnding(StrEnum):
    """How a permission came to its end."""

    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    INVALIDATED = "invalidated"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionEnd:
    """
    A permission on which the case rests is no longer in force; predecessors are its requests.

    ``act`` is the id of the person's signed withdrawal, or of the home node's signed word that it
    is invalid or given up; empty where time ended it.
    """

    header: Header
    permission: bytes
    how: PermissionEnding
    at: datetime
    act: bytes = b""


class NoticeEffect(StrEnum):
    """What a node did on being told."""

    NOTED = "noted"
    REOPENED = "reopened"
    STOPPED = "stopped"
    ERASED = "erased"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAnswer:
    """
    A node's word on what it did about a correction or the end of a permission.

    ``citation`` is the law by which data are kept, and only then there. ``ceased`` are the history
    responses that count no longer; only the lead says so.
    """

    header: Header
    effect: NoticeEffect
    citation: str = ""
    ceased: tuple[bytes, ...] = ()


class Grounds(StrEnum):
    """Why persons contest a decision, where they say so themselves."""

    AMOUNT = "amount"
    PERIODS = "periods"
    MISSING_PERIODS = "missing-periods"
    DATES = "dates"
    REFUSAL = "refusal"
    PERSON = "person"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """
    The person contests a determination, the predecessor.

    ``by_person``: signed with the person's own key, and the sender is the node that took it in.
    Otherwise the institution that took it in has signed; ``act`` is then the id of what the person
    signed, empty where the objection was made in another way.
    """

    header: Header
    grounds: str
    act: bytes = b""
    by_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All decisions in one document for the person (987/2009 Art 48(1)); JSON text."""

    header: Header
    document: bytes


class ReopeningCause(StrEnum):
    """Why a closed case goes on."""

    CORRECTION = "correction"
    LATE_HISTORY = "late-history"
    OBJECTION = "objection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopening:
    """
    The lead's node takes closures back, its predecessors.

    ``causes`` are the statements because of which; other parties may know them by their ids only.
    """

    header: Header
    cause: ReopeningCause
    causes: tuple[bytes, ...]


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
    | Reminder
    | Correction
    | PermissionEnd
    | NoticeAnswer
    | Objection
    | Summary
    | Reopening
)
"""What may be said within a case."""

BY_INSTITUTIONS: Final = (HistoryRequest, Determination, Correction, Objection)
"""What institutions sign; all else is a node's, but for the objection that a person signs."""

Statement = CaseStatement | Acknowledgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A statement whose signature by its sender has been verified, with its 32-byte id."""

    statement_id: bytes
    statement: CaseStatement
