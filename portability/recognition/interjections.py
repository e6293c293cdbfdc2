"""
What may be said at any time of a case: reminders, corrections, objections, what comes to an end.

Each class is one kind of protocol statement. Source: design.md, Mutual recognition;
proto/portability/v1/statement.proto.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from portability.consent.scope import Party
from portability.recognition.header import Header, ShownFields


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
    which fields are shown, of the added records with salted fields. ``held_back``: a period takes
    the place of what is replaced, which may not be shown as it is, so that nothing is added.
    """

    header: Header
    replaced: tuple[bytes, ...]
    added: tuple[bytes, ...]
    reason: CorrectionReason
    shown: tuple[ShownFields, ...] = ()
    held_back: bool = False


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
class ClaimWithdrawal:
    """
    The person gives the claim up before all of its ``parties``, signed with the person's own key.

    The sender is the lead's node, which took it in and closes the case on it.
    """

    header: Header
    claim_date: date
    parties: tuple[Party, ...]
