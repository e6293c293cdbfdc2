"""
A case as one party sees it, what can happen to it, and what then has to be done.

A case is the set of the statements that were accepted, and nothing else: whatever else is said
about it is computed from them (``progress``), so order and repetition of delivery cannot matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from portability.consent.scope import Party
from portability.recognition.statements import (
    CaseStatement,
    Claim,
    NoticeEffect,
    ReopeningCause,
    Said,
    Step,
)


class CaseState(StrEnum):
    """How far a case is; CaseState in recognition_service.proto."""

    COLLECTING = "collecting"
    RECONCILING = "reconciling"
    AGREED = "agreed"
    DISPUTED = "disputed"
    CLOSED = "closed"
    REFUSED = "refused"
    PROVISIONAL = "provisional"
    NOT_INSURED = "not-insured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """
    What the jurisdiction ``own`` knows of one case.

    ``accepted`` maps statement ids to statements all of whose ancestors are here; ``waiting`` holds
    those that came before something they build on.
    """

    own: str
    case_id: str = ""
    claim: Claim | None = None
    accepted: Mapping[bytes, CaseStatement] = field(default_factory=dict)
    waiting: Mapping[bytes, CaseStatement] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """
    How long the parties of a case may take, by their agreement.

    ``answer``: after it the first of ``reminders`` reminders, then one every ``interval``, then the
    escalation. ``provisional``: after it the lead decides without those that are silent.
    """

    answer: timedelta
    interval: timedelta
    reminders: int
    provisional: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The present instant, and the terms that it is held against."""

    now: datetime
    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The lead's institution opened the case. Elsewhere the first request opens it."""

    case_id: str
    claim: Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time has passed: what is still due is due again; with a clock, also what time makes due."""

    clock: Clock | None = None


Event = Opened | Said | Tick


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerHistory:
    """Put the request to the gate and answer it."""

    request_id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """
    Compute the result from these statements; it replaces ``supersedes`` unless that is empty.

    ``basis`` holds responses and corrections, and the requests to those who are ``missing``; the
    histories of those in ``held_back`` are not here whole.
    """

    basis: tuple[bytes, ...]
    supersedes: bytes
    missing: tuple[Party, ...] = ()
    not_insured: tuple[Party, ...] = ()
    held_back: tuple[Party, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersign:
    """Compute the result again, then countersign the reconciliation or dispute it."""

    reconciliation_id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Determine:
    """
    Ask this institution of ours for its determination, to replace ``supersedes`` if there is one.

    It is provisional where histories are ``missing``, or not whole; ``objections`` are those it has
    to answer.
    """

    institution: Party
    reconciliation_id: bytes
    supersedes: bytes = b""
    missing: tuple[Party, ...] = ()
    objections: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summarise:
    """Put these determinations together for the person."""

    determinations: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """Close the case on these determinations."""

    determinations: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """Close the case, since the person has given the claim up by these statements."""

    withdrawals: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    """Take these closures back, because of these statements."""

    closures: tuple[bytes, ...]
    causes: tuple[bytes, ...]
    cause: ReopeningCause


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerNotice:
    """
    Do what a correction or the end of a permission asks for, and say so.

    ``effect`` KEPT holds only where the agreement cites a law for it; without one the data go, as
    with ERASED, and the responses in ``ceased`` no longer count.
    """

    notice_id: bytes
    effect: NoticeEffect
    ceased: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind:
    """Tell a party that it is late with what it owes on a statement."""

    recipient: Party
    step: Step
    subject: bytes
    number: int
    due: date
    escalated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Send our own statement to the node of another jurisdiction."""

    statement_id: bytes
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A statement that had waited turned out not to be acceptable; it changes nothing."""

    statement_id: bytes
    cause: str


Duty = (
    AnswerHistory
    | Reconcile
    | Countersign
    | Determine
    | Summarise
    | Close
    | GiveUp
    | Reopen
    | AnswerNotice
    | Remind
)
"""What stays due until the statement that does it is part of the case."""

Effect = Duty | Send | SetAside
