"""
What is said about the destruction of data, as values: to the log, and between nodes.

None of these names a person. Source: formats.md, The log leaf, and erasure; GDPR Art 17 and 19.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portability.consent.scope import Party
from portability.recognition.statements import Header


class ErasureBasis(StrEnum):
    """On which ground data is destroyed (GDPR Art 17(1)); ``NOTICE``: it was at its source."""

    NO_LONGER_NEEDED = "no-longer-needed"
    CONSENT_WITHDRAWN = "consent-withdrawn"
    OBJECTION = "objection"
    UNLAWFUL = "unlawful"
    LEGAL_OBLIGATION = "legal-obligation"
    NOTICE = "notice"


class RefusalReason(StrEnum):
    """Why data is kept although its erasure was asked for (GDPR Art 17(3))."""

    LEGAL_HOLD = "legal-hold"
    STATUTORY_RETENTION = "statutory-retention"


class HoldAct(StrEnum):
    """Whether a legal hold begins or ends."""

    PLACED = "placed"
    LIFTED = "lifted"


class ErasureOutcome(StrEnum):
    """What a recipient did on a notice."""

    STOPPED = "stopped"
    ERASED = "erased"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Which leaves of the node's log lost their payload; ``erasures`` is how many this proves."""

    header: Header
    actor: Party
    basis: ErasureBasis
    citation: str
    leaf_indexes: tuple[int, ...]
    erasures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRefusal:
    """An erasure was asked for and refused; ``citation`` is the provision that keeps the data."""

    header: Header
    actor: Party
    basis: ErasureBasis
    reason: RefusalReason
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """Data must not be destroyed, or may be again; a lifting has the placing as predecessor."""

    header: Header
    actor: Party
    act: HoldAct
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureNotice:
    """To whoever received data of a person in these cases, that it was erased at its source."""

    header: Header
    recipient: Party
    cases: tuple[str, ...]
    answer_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureAcknowledgement:
    """A recipient's answer; its predecessor is the notice. ``citation`` if something is kept."""

    header: Header
    outcome: ErasureOutcome
    citation: str
    kept_cases: tuple[str, ...]


ErasureStatement = Erasure | ErasureRefusal | LegalHold | ErasureNotice | ErasureAcknowledgement

DELIVERED = (Erasure, ErasureNotice, ErasureAcknowledgement)
"""What nodes say to each other; the rest stays in the log of whoever said it."""
