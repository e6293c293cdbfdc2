"""
What does not leave any more with a statement, because a permission ended before it left.

The statement itself goes: order is part of the promise, and the case rests on it. Its records stay
where they are, unless a decision rests on them already (``notices``). What corrects an answer goes
by the law and not under its permission, and stays behind only where all that it corrects never
counted, or counts no more. A result waits at its lead until that has said what the end makes of it
(``waits``), and goes with what is left then: whoever got it bare while a decision keeps its records
would compute another, and an honest dispute would keep the case open for good. Source: design.md,
promise 3 and The gate.
"""

from collections.abc import Collection
from dataclasses import replace

from portability.recognition.case import Case
from portability.recognition.facts import Facts, read_facts
from portability.recognition.notices import (
    came_late,
    given_under,
    going_with,
    has_records,
    is_decided_on,
    unsettled_ends,
)
from portability.recognition.statements import (
    CaseStatement,
    Claim,
    Correction,
    HistoryResponse,
)


def permissions_behind(facts: Facts, statement_id: bytes) -> set[bytes]:
    """The permissions under which that was given with which a statement of a case goes."""
    if statement_id in facts.responses:
        return _permission_of(facts, statement_id)
    if statement_id in facts.corrections or statement_id in facts.ceased:
        return {one for i in facts.responses for one in _permission_of(facts, i)}
    return set()


def stays_behind(facts: Facts, statement_id: bytes, ended: Collection[bytes]) -> bool:
    """Whether the records that a statement names stay, now that these permissions have ended."""
    under = given_under(facts, ended)
    given = {i for i in under if i in facts.responses and has_records(facts, i)}
    used = {i for one in facts.reconciliations.values() for i in one.header.predecessors}
    unused = {i for i in given if i in facts.ceased or i not in used}
    if statement_id in facts.responses:
        return statement_id in (unused if is_decided_on(facts, given) else given)
    return statement_id in {*facts.ceased, *unused, *going_with(facts, unused, under)}


def waits(claim: Claim, facts: Facts, statement_id: bytes) -> bool:
    """
    Whether a result does not leave its lead yet.

    A permission has ended under which something was given that it rests on, and the lead has still
    to answer whether a decision keeps that. It does so by itself and needs nobody for it.
    """
    result = facts.reconciliations.get(statement_id)
    if result is None:
        return False
    ended = {one.permission for one in unsettled_ends(claim, facts).values()}
    return bool(ended) and not {*given_under(facts, ended)}.isdisjoint(result.header.predecessors)


def names_records(statement: CaseStatement) -> bool:
    """Whether it is an answer or a correction with which records go to the lead."""
    if isinstance(statement, HistoryResponse):
        return bool(statement.records)
    return isinstance(statement, Correction) and bool(statement.added)


def comes_for_nothing(case: Case, statement_id: bytes, statement: CaseStatement) -> bool:
    """
    Whether an answer or a correction that comes to the lead without its records is whole as it is:
    by what was said in the case it counts for nothing, and the lead says so next.
    """
    if not isinstance(statement, HistoryResponse | Correction):
        return False
    facts = read_facts(replace(case, accepted={**case.accepted, statement_id: statement}))
    return statement_id in facts.ceased | late_of(facts)


def late_of(facts: Facts) -> set[bytes]:
    """What came after the permission had ended under which it was given, and counts for nothing."""
    return {i for end in facts.ends for i in came_late(facts, end)}


def _permission_of(facts: Facts, response_id: bytes) -> set[bytes]:
    """Empty for an answer on a legal mandate, which no person ends."""
    asked = facts.responses[response_id].header.predecessors
    return {facts.requests[i].permission for i in asked if i in facts.requests} - {b""}
