"""
What leaves although its permission has ended. Found anew here, not by the rules of the parties.

Source: design.md, promise 3.
"""

from portability.recognition.facts import Facts
from portability.recognition.statements import Reconciliation


def leaves_late(facts: Facts, statement_id: bytes) -> bool:
    """
    Whether records that go with an answer do so although their permission has ended, as this party
    knows; or with a result whose lead has not said yet what the end makes of it. Once a decision
    rests on what was given under it, law lets the lead keep what it used, and so have it again.
    """
    if statement_id in facts.reconciliations:
        return _goes_unsettled(facts, facts.reconciliations[statement_id])
    response = facts.responses.get(statement_id)
    if response is None:
        return False
    permission = facts.requests[response.header.predecessors[0]].permission
    if permission not in {one.permission for one in facts.ends.values()}:
        return False
    used = {i: frozenset(one.header.predecessors) for i, one in facts.reconciliations.items()}
    decided = {
        answer
        for one in facts.determinations.values()
        for i in one.header.predecessors
        for answer in used.get(i, ())
    }
    given = {
        i
        for i, one in facts.responses.items()
        if facts.requests[one.header.predecessors[0]].permission == permission
    }
    return decided.isdisjoint(given) or not any(statement_id in one for one in used.values())


def _goes_unsettled(facts: Facts, result: Reconciliation) -> bool:
    settled = {
        i
        for one in facts.answers.values()
        if one.header.sender == result.header.sender
        for i in one.header.predecessors
    }
    open_ends = {one.permission for i, one in facts.ends.items() if i not in settled}
    answers = [facts.responses[i] for i in result.header.predecessors if i in facts.responses]
    return any(
        facts.requests[i].permission in open_ends
        for one in answers
        for i in one.header.predecessors
    )
