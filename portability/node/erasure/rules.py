"""What stands against an erasure, and how long its steps may take: `[erasure]` of a node."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from portability.core.document import Table
from portability.recognition.erasure import RefusalReason
from portability.store.engine import Connection
from portability.store.erasure import count_kinds
from portability.store.legal_holds import list_holds
from portability.wire.erasure import check_citation

MAX_YEARS: Final = 200
MAX_HOURS: Final = 24 * 30
MAX_DAYS: Final = 365
_KIND: Final = re.compile(r"[a-z-]{1,64}")

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
class ErasureSettings:
    """``folder`` holds the journal and the forgetting key, outside of the database's backups."""

    folder: Path
    rules: ErasureRules


def read_settings(table: Table, base: Path) -> ErasureSettings:
    """Raises InvalidInputError that names the key."""
    rules = ErasureRules(
        retentions=tuple(_retention(one) for one in table.tables("retention")),
        batch=timedelta(hours=_within(table, "batch_hours", 0, MAX_HOURS)),
        answer_within=timedelta(days=_within(table, "answer_days", ANSWER_WITHIN.days, MAX_DAYS)),
    )
    settings = ErasureSettings(folder=base / table.text("folder"), rules=rules)
    table.finish()
    return settings


def _retention(table: Table) -> Retention:
    kind, citation = table.text("kind"), table.text("citation")
    if not _KIND.fullmatch(kind):
        table.refuse("kind", "must be a kind of statement, such as determination")
    rule = Retention(
        kind=kind,
        years=_within(table, "years", 0, MAX_YEARS),
        citation=table.parse("citation", check_citation, citation),
    )
    if not rule.years:
        table.refuse("years", "must be given")
    table.finish()
    return rule


def _within(table: Table, key: str, default: int, most: int) -> int:
    number = table.optional_integer(key)
    if number is None:
        return default
    return number if 0 <= number <= most else table.refuse(key, f"must be from 0 to {most}")


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
