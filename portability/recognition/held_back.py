"""
Whose histories are here in part only, because more may not be shown as it is.

An answer says so, or a correction that takes a period out and may not show what is in its place.
A later answer without the mark lifts one with it, if it was asked for all that the other was:
asked for fewer days, whoever answers may have nothing to hold back.
"""

from collections.abc import Iterable, Iterator, Mapping

from portability.consent.scope import Party
from portability.core.withheld import HeldBack
from portability.recognition.statements import (
    CaseStatement,
    Claim,
    Correction,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
)

Answered = tuple[HistoryRequest, HistoryResponse | Correction]
"""A request, and an answer to it or a correction of what was answered."""


def held_back(claim: Claim, answered: Iterable[Answered]) -> tuple[Party, ...]:
    """The parties that have said that they hold more, and not otherwise since."""
    known = list(answered)
    behind = {
        asked.recipient
        for asked, said in known
        if said.held_back and not any(_lifts(one, (asked, said)) for one in known)
    }
    return tuple(party for party in claim.parties if party in behind)


def answered_in(
    statements: Mapping[bytes, CaseStatement], basis: Iterable[bytes]
) -> Iterator[Answered]:
    """
    Of the statements that a result rests on, the answers and the corrections of such that are here,
    with their requests.
    """
    for i in basis:
        said = statements.get(i)
        if isinstance(said, HistoryResponse | Correction):
            asked = _asked(statements, said)
            if asked is not None:
                yield asked, said


def is_said_otherwise(statements: Mapping[bytes, CaseStatement], result: Reconciliation) -> bool:
    """Whether a result says another thing than those answers do that it rests on and are here."""
    known = list(answered_in(statements, result.header.predecessors))
    if not known:
        return False
    claim = known[0][0].claim
    heard = {asked.recipient for asked, _ in known}
    return {*held_back(claim, known)} != heard.intersection(result.held_back)


def as_findings(parties: Iterable[Party]) -> tuple[HeldBack, ...]:
    """As the computation of the result takes them."""
    return tuple(
        HeldBack(jurisdiction=one.jurisdiction, institution=one.institution) for one in parties
    )


def _asked(
    statements: Mapping[bytes, CaseStatement], said: HistoryResponse | Correction
) -> HistoryRequest | None:
    """What was asked, also where one correction builds on another."""
    before: CaseStatement | None = said
    while isinstance(before, HistoryResponse | Correction):
        before = statements.get(next(iter(before.header.predecessors), b""))
    return before if isinstance(before, HistoryRequest) else None


def _lifts(later: Answered, earlier: Answered) -> bool:
    (asked_again, now), (asked, before) = later, earlier
    return (
        isinstance(now, HistoryResponse)
        and not now.held_back
        and _is_after(now, before)
        and asked_again.recipient == asked.recipient
        and asked_again.from_date <= asked.from_date
        and asked.to_date <= asked_again.to_date
        and {*asked.datatypes} <= {*asked_again.datatypes}
    )


def _is_after(now: HistoryResponse, before: HistoryResponse | Correction) -> bool:
    """What was taken out is in no answer after it, whenever the correction was made ready."""
    if isinstance(before, HistoryResponse):
        return now.header.created >= before.header.created
    is_earlier = now.header.created <= before.header.created
    return not is_earlier and not {*before.replaced} & {*now.records}
