"""
When a statement arrived, by a receiver whose word alone would say how long the sender had the file.

An acknowledgement is signed by the receiver, and its time moves time held from one to the other. So
it is held to what the sender knows itself: nothing arrives before it is signed, and whoever hears
that it has arrived hears it afterwards. Beyond the skew that clocks are granted the bound counts in
place of what was signed, and the difference is told with the name of whoever signed it: both times
are signed, so anyone can see which two clocks, or which word, do not go together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from portability.recognition.echo import MAX_SKEW
from portability.recognition.statements import CaseStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """``said``: when a receiver signed that it has a statement; ``heard``: the latest it can be."""

    said: datetime
    heard: datetime


Receipts = Mapping[tuple[bytes, str], Receipt]
"""By statement id and the jurisdiction that signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputedTime:
    """``jurisdiction`` signed a time of receipt that cannot be; ``counted`` stands in its place."""

    jurisdiction: str
    statement_id: bytes
    said: datetime
    counted: datetime


def heard_of(said: datetime, now: datetime) -> datetime:
    """The latest that something can have arrived of which one hears now that it has."""
    return now if said - now > MAX_SKEW else said


def arrivals(
    statements: Mapping[bytes, CaseStatement], receipts: Receipts
) -> dict[tuple[bytes, str], datetime]:
    """When each statement counts as arrived, by its id and the jurisdiction that has it."""
    return {
        (i, to): _counted(statements[i].header.created, receipt)
        for (i, to), receipt in receipts.items()
        if i in statements
    }


def disputed_times(
    statements: Mapping[bytes, CaseStatement], receipts: Receipts
) -> Iterator[DisputedTime]:
    """The signed times that do not count, in the order of the receipts."""
    for (i, to), counted in arrivals(statements, receipts).items():
        said = receipts[i, to].said
        if counted != said:
            yield DisputedTime(jurisdiction=to, statement_id=i, said=said, counted=counted)


def _counted(created: datetime, receipt: Receipt) -> datetime:
    if receipt.said - receipt.heard > MAX_SKEW:
        return max(receipt.heard, created)
    return created if created - receipt.said > MAX_SKEW else receipt.said
