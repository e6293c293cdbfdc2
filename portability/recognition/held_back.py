"""
Whose histories are here in part only, because more may not be shown as it is.

A later answer without the mark lifts one with it, if it was asked for all that the other was:
asked for fewer days, whoever answers may have nothing to hold back.
"""

from collections.abc import Iterable, Iterator, Mapping

from portability.consent.scope import Party
from portability.core.withheld import HeldBack
from portability.recognition.statements import (
    CaseStatement,
    Claim,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
)

Answered = tuple[HistoryRequest, HistoryResponse]
"""A request, and an answer to it."""


def held_back(claim: Claim, answered: Iterable[Answered]) -> tuple[Party, ...]:
    """The parties that have said that they hold more, and not otherwise since."""
    known = list(answered)
    behind = {
        asked.recipient
        for asked, answer in known
        if answer.held_back and not any(_lifts(one, (asked, answer)) for one in known)
    }
    return tuple(party for party in claim.parties if party in behind)


def answered_in(
    statements: Mapping[bytes, CaseStatement], basis: Iterable[bytes]
) -> Iterator[Answered]:
    """Of the statements that a result rests on, the answers that are here, with their requests."""
    for i in basis:
        answer = statements.get(i)
        if isinstance(answer, HistoryResponse):
            asked = statements.get(next(iter(answer.header.predecessors), b""))
            if isinstance(asked, HistoryRequest):
                yield asked, answer


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


def _lifts(later: Answered, earlier: Answered) -> bool:
    (asked_again, now), (asked, before) = later, earlier
    return (
        not now.held_back
        and asked_again.recipient == asked.recipient
        and now.header.created >= before.header.created
        and asked_again.from_date <= asked.from_date
        and asked.to_date <= asked_again.to_date
        and {*asked.datatypes} <= {*asked_again.datatypes}
    )
