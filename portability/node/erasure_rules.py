"""What stands against an erasure, and how long its steps may take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from portability.recognition.erasure import RefusalReason
from portability.store.engine import Connection
from portability.store.erasure import count_kinds
from portability.store.legal_holds import list_holds

DAYS_PER_YEAR: Final = 365.25

ANSWER_WITHIN: Final = timedelta(days=30)
"""As long as a controller itself has to answer a person (GDPR Art 12(3))."""

AT_ONCE: Final = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Statements of a kind are kept for so many years after they were logged, by that provision."""

    kind: str
    years: int
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRules:
    """
    ``batch`` is how long a proof may wait for others, so that one list of leaves is not one life.

    Recipients are expected to answer within ``answer_within``.
    """

    retentions: tuple[Retention, ...] = ()
    batch: timedelta = AT_ONCE
    answer_within: timedelta = ANSWER_WITHIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """Why data has to be kept, and by which provision."""

    reason: RefusalReason
    citation: str


async def find_objection(
    connection: Connection, person: int, retentions: Sequence[Retention], now: datetime
) -> Objection | None:
    """The first thing that stands against erasing a person: a hold, then a retention."""
    for hold in await list_holds(connection, person):
        if hold.lift_time is None:
            return Objection(reason=RefusalReason.LEGAL_HOLD, citation=hold.citation)
    for rule in retentions:
        since = now - timedelta(days=rule.years * DAYS_PER_YEAR)
        if await count_kinds(connection, person, rule.kind, since):
            return Objection(reason=RefusalReason.STATUTORY_RETENTION, citation=rule.citation)
    return None
