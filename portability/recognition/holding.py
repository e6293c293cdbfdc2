"""
Who held the file, and for how long: from the signed times of a case's statements and of their
acknowledgements, and from nothing else.

A step begins when the party that makes it has what it builds on: by its own signed acknowledgement
where that came from elsewhere. It ends with the statement that it signs. What lies between a
statement and its acknowledgement is delivery, and counts for whoever sends. What nobody waited for,
such as a correction, a reminder or a result without whom is silent, took no time: the file was with
whoever owed it. Everyone's clock counts as signed, but for a receipt that cannot be (``arrivals``);
a step that would end before it began took no time.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from portability.recognition.statements import (
    CaseStatement,
    ClaimWithdrawal,
    Closure,
    ClosureReason,
    Correction,
    Countersignature,
    Determination,
    Dispute,
    HistoryRequest,
    HistoryResponse,
    NoticeAnswer,
    Objection,
    PermissionEnd,
    Reconciliation,
    Reminder,
    Reopening,
    Step,
    Summary,
)
from portability.recognition.timing import Owed

DELIVERY: Final = "delivery"
STEPS: Final[Mapping[type[CaseStatement], str]] = {
    HistoryRequest: "request",
    HistoryResponse: "history",
    Reconciliation: "reconciliation",
    Countersignature: "countersignature",
    Dispute: "countersignature",
    Determination: "determination",
    Summary: "summary",
    Closure: "closure",
    Reopening: "reopening",
    Reminder: "reminder",
    Correction: "correction",
    PermissionEnd: "permission-end",
    NoticeAnswer: "notice-answer",
    Objection: "objection",
    ClaimWithdrawal: "claim-withdrawal",
}

Acknowledged = Mapping[tuple[bytes, str], datetime]
"""When a jurisdiction has a statement since, by statement id and jurisdiction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """
    ``jurisdiction`` had the file for one step; ``until`` is None while it still has it.

    ``statement_id`` is what the step made, or what was delivered, or what an open step waits on.
    """

    jurisdiction: str
    step: str
    statement_id: bytes
    since: datetime
    until: datetime | None


def holdings(
    statements: Mapping[bytes, CaseStatement], acknowledged: Acknowledged, owed: Iterable[Owed] = ()
) -> tuple[Holding, ...]:
    """Every step of a case that was made, delivered or is ``owed``, in the order of beginning."""
    found = [
        *_made(statements, acknowledged),
        *_delivered(statements, acknowledged),
        *_open(statements, acknowledged, owed),
    ]
    return tuple(sorted(found, key=lambda one: (one.since, one.jurisdiction, one.step)))


def time_held(found: Iterable[Holding], now: datetime) -> dict[tuple[str, str], timedelta]:
    """
    How long each country had the file for each kind of step, by country and step.

    A day on which two things waited, such as a request and a reminder of it, is one day.
    """
    spans: defaultdict[tuple[str, str], list[tuple[datetime, datetime]]] = defaultdict(list)
    for one in found:
        spans[one.jurisdiction, one.step].append((one.since, one.until or now))
    return {key: _covered(spans[key]) for key in sorted(spans)}


def _covered(spans: Iterable[tuple[datetime, datetime]]) -> timedelta:
    """The time that lies in any of these; one that ends before it begins is none."""
    total = timedelta()
    reached: datetime | None = None
    for since, until in sorted(spans):
        begun = since if reached is None else max(since, reached)
        total += max(until - begun, timedelta())
        reached = max(begun, until)
    return total


def _made(
    statements: Mapping[bytes, CaseStatement], acknowledged: Acknowledged
) -> Iterator[Holding]:
    for i, one in statements.items():
        holder = one.header.sender.jurisdiction
        begun = [_had(before, holder, statements, acknowledged) for before in _called_for(one)]
        known = [moment for moment in begun if moment is not None]
        until = one.header.created
        yield Holding(
            jurisdiction=holder,
            step=STEPS[type(one)],
            statement_id=i,
            since=min(max(known, default=until), until),
            until=until,
        )


def _called_for(one: CaseStatement) -> tuple[bytes, ...]:
    """What made a step due; empty for one that is nobody's turn."""
    match one:
        case Reminder() | Correction() | PermissionEnd() | Objection() | ClaimWithdrawal():
            return ()
        case Closure(reason=ClosureReason.WITHDRAWN):
            return ()
        case Reconciliation() if one.missing:
            return ()
        case Reopening():
            return one.causes
        case _:
            return one.header.predecessors


def _had(
    i: bytes, holder: str, statements: Mapping[bytes, CaseStatement], acknowledged: Acknowledged
) -> datetime | None:
    """When a jurisdiction had a statement; where no acknowledgement is held, when it was signed."""
    one = statements.get(i)
    if one is None or one.header.sender.jurisdiction == holder:
        return None if one is None else one.header.created
    return acknowledged.get((i, holder), one.header.created)


def _delivered(
    statements: Mapping[bytes, CaseStatement], acknowledged: Acknowledged
) -> Iterator[Holding]:
    for (i, _), moment in acknowledged.items():
        one = statements.get(i)
        if one is not None:
            yield Holding(
                jurisdiction=one.header.sender.jurisdiction,
                step=DELIVERY,
                statement_id=i,
                since=one.header.created,
                until=max(moment, one.header.created),
            )


def _open(
    statements: Mapping[bytes, CaseStatement], acknowledged: Acknowledged, owed: Iterable[Owed]
) -> Iterator[Holding]:
    """What is not made yet: with the party that owes it, or still on its way there."""
    for one in owed:
        holder = one.party.jurisdiction
        asked = statements[one.subject].header.sender.jurisdiction
        is_there = asked == holder
        since = _since(one, statements)
        moment = since if is_there else acknowledged.get((one.subject, holder))
        yield Holding(
            jurisdiction=holder if moment is not None else asked,
            step=one.step.value if moment is not None else DELIVERY,
            statement_id=one.subject,
            since=since if moment is None else max(moment, since),
            until=None,
        )


def _since(one: Owed, statements: Mapping[bytes, CaseStatement]) -> datetime:
    """Whoever announces a later day for its history has the file until then all the same."""
    return statements[one.subject].header.created if one.step is Step.HISTORY else one.since
