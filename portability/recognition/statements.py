"""
What the parties of a case say to each other, as values: all kinds of statements in one place.

``steps`` lead a case to its end, ``interjections`` may be said at any time of it; the module
``wire.statement`` reads them from signed bytes. A statement is known by the 32-byte id of its
envelope, which is no part of it: ``Said`` has both. Source: design.md, Mutual recognition;
proto/portability/v1/statement.proto.
"""

from dataclasses import dataclass
from typing import Final

from portability.recognition.header import PROTOCOL_VERSION, Claim, Header, ShownFields
from portability.recognition.interjections import (
    ClaimWithdrawal,
    Correction,
    CorrectionReason,
    Grounds,
    NoticeAnswer,
    NoticeEffect,
    Objection,
    PermissionEnd,
    PermissionEnding,
    Reminder,
    Step,
)
from portability.recognition.steps import (
    Closure,
    ClosureReason,
    Countersignature,
    Determination,
    Dispute,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
    Reopening,
    ReopeningCause,
    Summary,
)

__all__ = [
    "BY_INSTITUTIONS",
    "PROTOCOL_VERSION",
    "Acknowledgement",
    "CaseStatement",
    "Claim",
    "ClaimWithdrawal",
    "Closure",
    "ClosureReason",
    "Correction",
    "CorrectionReason",
    "Countersignature",
    "Determination",
    "Dispute",
    "Grounds",
    "Header",
    "HistoryOutcome",
    "HistoryRequest",
    "HistoryResponse",
    "NoticeAnswer",
    "NoticeEffect",
    "Objection",
    "PermissionEnd",
    "PermissionEnding",
    "Reconciliation",
    "Reminder",
    "Reopening",
    "ReopeningCause",
    "Said",
    "ShownFields",
    "Statement",
    "Step",
    "Summary",
]


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
    | ClaimWithdrawal
    | Summary
    | Reopening
)
"""What may be said within a case."""

BY_INSTITUTIONS: Final = (HistoryRequest, Determination, Correction, Objection)
"""What institutions sign; all else is a node's, but for what a person signs."""

Statement = CaseStatement | Acknowledgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A statement whose signature by its sender has been verified, with its 32-byte id."""

    statement_id: bytes
    statement: CaseStatement
