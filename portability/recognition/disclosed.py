"""
What a party of a case has told of the person there, as far as somebody who erases it is concerned.

Whoever leads has told all that a case begins with; another party what it answered, and at a third
what came with a result. Source: design.md, promise 6; GDPR Art 17(1) and 19.
"""

from collections.abc import Collection
from typing import Final

from portability.recognition.case import Case
from portability.recognition.statements import (
    CaseStatement,
    Claim,
    HistoryOutcome,
    HistoryResponse,
    Reconciliation,
)

_TOLD: Final = frozenset({HistoryOutcome.RECORDS, HistoryOutcome.NONE})
"""Answers that say something of a person; that there is none is also said of them."""


def may_hold_of(case: Case, claim: Claim, peer: str, held: Collection[bytes]) -> bool:
    """
    Whether this party may hold in a case what ``peer``, a jurisdiction, has told of the person.

    ``held`` are the ids of all that is here. What cannot be read yet may tell something.
    """
    said = {**case.accepted, **case.waiting}
    if claim.lead.jurisdiction == peer or not said.keys() >= set(held):
        return True
    theirs = {party for party in claim.parties if party.jurisdiction == peer}
    if claim.lead.jurisdiction != case.own and any(
        isinstance(one, Reconciliation) and not theirs <= one.absent for one in said.values()
    ):
        return True
    return any(_tells(one, peer) for one in said.values())


def _tells(one: CaseStatement, peer: str) -> bool:
    if one.header.sender.jurisdiction != peer:
        return False
    return not isinstance(one, HistoryResponse) or one.outcome in _TOLD
