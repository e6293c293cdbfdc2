"""The promises about what the person allows and ends, of real nodes that keep to the protocol."""

from collections import Counter
from collections.abc import Mapping

from portability.recognition.case import CaseState
from portability.recognition.statements import (
    CaseStatement,
    ClaimWithdrawal,
    Closure,
    ClosureReason,
    Determination,
    HistoryOutcome,
    HistoryResponse,
)
from portability.simulation.nodes.looking import Look
from portability.simulation.permission import Given
from portability.simulation.promises import BrokenPromiseError


def check_uses(found: Look, given: Mapping[bytes, Given]) -> None:
    """Permitted: no node releases records under a consent more often than the person allowed."""
    requests = found.facts.requests
    uses = Counter(
        requests[answer.header.predecessors[0]].permission for answer in found.releases().values()
    )
    for permission, count in uses.items():
        if permission in given and count > given[permission].max_uses:
            raise BrokenPromiseError(
                f"{found.own} used a consent {count} times, which is too often"
            )


def check_after_given_up(found: Look) -> None:
    """Once a node knows that the claim was given up, it neither decides nor releases anything."""
    is_over = False
    for said in found.said:
        one = said.statement
        is_over = is_over or _gives_up(one)
        if not is_over or one.header.sender.jurisdiction != found.own:
            continue
        if isinstance(one, Determination):
            raise BrokenPromiseError(f"{found.own} decided on a claim that was given up")
        if isinstance(one, HistoryResponse) and one.outcome is HistoryOutcome.RECORDS:
            raise BrokenPromiseError(f"{found.own} released records for a claim that was given up")


def _gives_up(one: CaseStatement) -> bool:
    return isinstance(one, ClaimWithdrawal) or (
        isinstance(one, Closure) and one.reason is ClosureReason.WITHDRAWN
    )


def check_given_up(found: Look, *, gives_up: bool, has_given_up: bool) -> None:
    """
    When faults stop: a claim is given up by what the person signed, and by nobody else's word.

    What the person was told has ended is closed wherever it is known, on that document.
    """
    facts = found.facts
    if facts.withdrawn and not facts.given_up:
        raise BrokenPromiseError(f"{found.own} closed a claim that the person has not given up")
    if facts.given_up and not gives_up:
        raise BrokenPromiseError(f"{found.own} holds the end of a claim that nobody gave up")
    if has_given_up and not (facts.given_up and found.view.state is CaseState.CLOSED):
        raise BrokenPromiseError(f"{found.own} goes on with a claim that was given up")
