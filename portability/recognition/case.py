"""
A case as one party sees it, what can happen to it, and what then has to be done.

A case is the set of the statements that were accepted, and nothing else: whatever else is said
about it is computed from them (``progress``), so order and repetition of delivery cannot matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portability.consent.scope import Party
from portability.recognition.statements import CaseStatement, Claim, Said


class CaseState(StrEnum):
    """How far a case is; CaseState in recognition_service.proto."""

    COLLECTING = "collecting"
    RECONCILING = "reconciling"
    AGREED = "agreed"
    DISPUTED = "disputed"
    CLOSED = "closed"
    REFUSED = "refused"


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
class Opened:
    """The lead's institution opened the case. Elsewhere the first request opens it."""

    case_id: str
    claim: Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time has passed: what is still due is due again."""


Event = Opened | Said | Tick


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerHistory:
    """Put the request to the gate and answer it."""

    request_id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """Compute the result from these responses; it replaces ``supersedes`` unless that is empty."""

    responses: tuple[bytes, ...]
    supersedes: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersign:
    """Compute the result again, then countersign the reconciliation or dispute it."""

    reconciliation_id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Determine:
    """Ask this institution of ours for its determination."""

    institution: Party
    reconciliation_id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """Close the case on these determinations."""

    determinations: tuple[bytes, ...]


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


Duty = AnswerHistory | Reconcile | Countersign | Determine | Close
"""What stays due until the statement that does it is part of the case."""

Effect = Duty | Send | SetAside
