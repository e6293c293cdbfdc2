"""
What the lead says and does at its time: that somebody owes, is late, or gives cause to go on.

The lead's own log shows in which order it had everything. So what its node said is held against the
facts that it had by then, by the very rules of the protocol by which a node knows what is due. What
is dated after the statement in question excuses nobody and accuses nobody: a node that was restored
logs again what it had said. Of another party's bundle none of this can be said.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from agents.auditor.contents import short
from agents.auditor.dated import as_counted
from agents.auditor.report import NotHeldError, Step
from agents.auditor.steps import Checked
from portability.core.agreement import Pack
from portability.errors import PortabilityError
from portability.recognition.case import Case, Clock, Terms
from portability.recognition.facts import Facts, read_facts
from portability.recognition.histories import ANSWERED, read_histories
from portability.recognition.machine import advance
from portability.recognition.statements import (
    CaseStatement,
    Claim,
    Closure,
    ClosureReason,
    HistoryRequest,
    Reconciliation,
    Reminder,
    Reopening,
    Said,
    Summary,
)
from portability.recognition.timing import overdue, owed
from portability.recognition.versions import GROUNDS, version_needed

TERMS: Final = "exchange_terms_days"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Then:
    """What the lead had when it said something; ``terms`` are None if the agreement sets none."""

    case: Case
    claim: Claim
    facts: Facts
    terms: Terms | None


def check_timely(
    statements: Mapping[bytes, Checked], case_id: str, packs: Mapping[str, Pack]
) -> Iterator[tuple[bytes, NotHeldError]]:
    """
    Each statement of the lead's node for which there was no time or cause, by its own log.

    ``statements`` are of the lead's own bundle, of which nothing was erased: what that said nobody
    can tell.
    """
    said = _in_order_of_log(statements, case_id)
    claim = next((c.claim for _, c in said if isinstance(c, HistoryRequest)), None)
    if claim is None:
        return
    terms = terms_of(packs.get(claim.agreement), claim)
    for number, (one, content) in enumerate(said):
        if content.header.sender != claim.lead.node or not isinstance(content, _JUDGED):
            continue
        case = _case_before(claim, said[:number], one, content)
        if not {*content.header.predecessors} <= case.accepted.keys():
            continue
        then = _Then(case=case, claim=claim, facts=read_facts(case), terms=terms)
        cause = _fault(content, then)
        if cause:
            yield one.id, NotHeldError(Step.RESULT, cause)
    yield from _without_summary(said, claim)


def terms_of(pack: Pack | None, claim: Claim) -> Terms | None:
    """How long the parties may take; None where the agreement does not say."""
    try:
        value = None if pack is None else pack.value(TERMS, claim.award_date)
    except PortabilityError:
        return None
    if not isinstance(value, Mapping):
        return None
    return Terms(
        answer=timedelta(days=value["answer"]),
        interval=timedelta(days=value["interval"]),
        reminders=value["reminders"],
        provisional=timedelta(days=value["provisional"]),
    )


_Order = list[tuple[Checked, CaseStatement]]
_JUDGED: Final = (Reminder, Reconciliation, Closure, Reopening)


def _in_order_of_log(statements: Mapping[bytes, Checked], case_id: str) -> _Order:
    """What one log took in; where a case goes through two logs of a lead the order is not known."""
    said = [
        (one, as_counted(one, one.content))
        for one in statements.values()
        if isinstance(one.content, CaseStatement) and one.content.header.case_id == case_id
    ]
    if len({(one.log, one.checkpoint.origin) for one, _ in said}) != 1:
        return []
    return sorted(said, key=lambda item: item[0].index)


def _case_before(claim: Claim, earlier: _Order, one: Checked, said: CaseStatement) -> Case:
    """All that was logged before, and was not signed after it or is what it names."""
    case = Case(own=claim.lead.jurisdiction)
    named = said.header.predecessors
    for other, content in earlier:
        if content.header.created <= said.header.created or other.id in named:
            try:
                case, _ = advance(case, Said(statement_id=other.id, statement=content))
            except PortabilityError:
                continue  # it does not hold, which is told of itself
    return case


def _fault(said: CaseStatement, then: _Then) -> str:
    match said:
        case Reminder():
            return _of_reminder(said, then)
        case Reconciliation():
            return _of_result(said, then)
        case Closure() if said.reason is ClosureReason.SETTLED:
            return _of_closure(said, then)
        case Reopening():
            return _of_reopening(said, then)
        case _:
            return ""


def _of_reminder(reminder: Reminder, then: _Then) -> str:
    """Of something that is owed still, and each after the one before it."""
    to, step, about = reminder.recipient, reminder.step, reminder.header.predecessors
    if not any(
        (one.party, one.step, (one.subject,)) == (to, step, about)
        for one in owed(then.claim, then.facts)
    ):
        return f"{to} owed no {step} on what it names by then, as the lead's own log shows"
    sent = {
        one.number
        for one in then.facts.reminders.values()
        if (one.recipient, one.step, one.header.predecessors) == (to, step, about)
    }
    if sent != set(range(1, reminder.number)):
        return f"it is reminder {reminder.number}, and {len(sent)} came before it"
    return ""


def _of_result(result: Reconciliation, then: _Then) -> str:
    """Without a party only after its term, and while it has not answered."""
    before = then.facts.current
    left_out = result.missing
    if result.supersedes and (before is None or then.facts.in_force != result.supersedes):
        return ""  # what it had left out before is not known here
    histories = read_histories(then.case, then.claim, then.facts)
    for party in left_out:
        if histories.get(party) in ANSWERED:
            return f"it does without {party}, whose answer the lead's own log had by then"
    if then.terms is None:
        return ""
    clock = Clock(now=result.header.created, terms=then.terms)
    late = {*overdue(then.claim, then.facts, clock), *(before.missing if before else ())}
    for party in left_out:
        if party not in late:
            days = then.terms.provisional.days
            return f"it does without {party} before the term of the agreement ({days} days) is over"
    return ""


def _of_closure(closure: Closure, then: _Then) -> str:
    """Not while an objection to one of the decisions waits for its answer."""
    for i in then.facts.objections:
        contested = then.facts.objected[i].header.predecessors
        if {*contested}.intersection(closure.header.predecessors):
            return f"it closes the case while the objection {short(i)} is not answered"
    return ""


def _of_reopening(reopening: Reopening, then: _Then) -> str:
    """Not for what the result in force has counted, nor for what was answered."""
    counted = then.facts.current.header.predecessors if then.facts.current else ()
    replaced = {one.supersedes for one in then.facts.determinations.values()}
    for i in reopening.causes:
        if i in counted:
            return f"it is reopened for {short(i)}, which the result in force had counted"
        if i in then.facts.objected and not replaced.isdisjoint(
            then.facts.objected[i].header.predecessors
        ):
            return f"it is reopened for the objection {short(i)}, which was answered"
    return ""


def _without_summary(said: _Order, claim: Claim) -> Iterator[tuple[bytes, NotHeldError]]:
    """A lead that speaks a version with summaries tells the person before it closes (Art 48)."""
    lead = claim.lead.jurisdiction
    ours = [content for _, content in said if content.header.sender.jurisdiction == lead]
    if not any(version_needed(one) >= GROUNDS for one in ours):
        return
    told = {frozenset(one.header.predecessors) for one in ours if isinstance(one, Summary)}
    for one, content in said:
        if not isinstance(content, Closure) or content.reason is not ClosureReason.SETTLED:
            continue
        if frozenset(content.header.predecessors) not in told:
            yield (
                one.id,
                NotHeldError(
                    Step.RESULT,
                    "it closes the case, and no summary of these decisions is in the lead's bundle "
                    "(987/2009 Art 48(1))",
                ),
            )
