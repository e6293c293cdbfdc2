"""
The steps of a case from the first request to its end: histories, results, decisions, closures.

Each class is one kind of protocol statement. Source: design.md, Mutual recognition;
proto/portability/v1/statement.proto.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portability.consent.scope import Party
from portability.core.money import Money
from portability.core.periods import Branch
from portability.recognition.header import Claim, Header, ShownFields


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
    """
    What a response holds.

    ``NOT_BEFORE`` announces a later one, by the day that it names: an officer has to say first whom
    the request means.
    """

    RECORDS = "records"
    NONE = "none"
    NOT_BEFORE = "not-before"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryResponse:
    """
    Answers a request, complete within what was permitted as of a size of the sender's log.

    ``payload_digest`` is SHA-256 of the header's salt followed by the released envelopes, each with
    the disclosures shown of it. ``shown`` says which, of the records with salted fields.
    ``held_back``: there are more periods in the days granted, which may not be shown as they are.
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
    held_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """
    The lead's computation over all histories; ``inputs`` are record ids, sorted.

    It builds on history responses and corrections, and, where it is provisional, on the requests to
    the parties that are ``missing``. Those in ``not_insured`` have no history in the case and no
    further part in it; of those in ``held_back`` a part of it is not here.

    One that ``is_erased`` is what a node keeps of it once its result and digest are gone, since
    they say when somebody was insured. Nothing that is read from outside is such a one.
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
    held_back: tuple[Party, ...] = ()
    is_erased: bool = False

    @property
    def lacking(self) -> tuple[Party, ...]:
        """Parties whose histories are not here, or not whole: what is decided is provisional."""
        return (*self.missing, *self.held_back)

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
        """Id of the reconciliation that it decides on; empty where it names none."""
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

    ``causes`` are the statements for which it does so; other parties may know only their ids.
    """

    header: Header
    cause: ReopeningCause
    causes: tuple[bytes, ...]
