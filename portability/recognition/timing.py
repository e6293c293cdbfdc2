"""
What time makes due: reminders, escalation, and decisions without those that stay silent.

The law sets no fixed term for answering (987/2009 Art 2(2): without delay), so terms are values of
the agreement. Time counts from the statement that asks, by the clock of the lead who signed it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from portability.consent.scope import Party
from portability.recognition.case import Clock, Remind, Terms
from portability.recognition.facts import USABLE, Facts
from portability.recognition.presence import deciding, present_in
from portability.recognition.statements import Claim, Countersignature, HistoryOutcome, Step

DATED_WITHIN: Final = timedelta(hours=25)
"""How far a date may be from a log's: a day for clocks and time zones, an hour that a log tells."""

_LAST: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What a party owes on a statement since an instant."""

    party: Party
    step: Step
    subject: bytes
    since: datetime


def later(moment: datetime, span: timedelta) -> datetime:
    """So much later, or the last instant that there is: others write any date that they like."""
    return _LAST if moment > _LAST - span else moment + span


def owed(claim: Claim, facts: Facts) -> Iterator[Owed]:
    """Everything that somebody outside of the lead's jurisdiction has still to say."""
    for i in sorted(facts.requests):
        if not any(one.outcome is not HistoryOutcome.NOT_BEFORE for one in facts.answers_to(i)):
            request = facts.requests[i]
            since = max((request.header.created, *_announced(facts, i)))
            yield Owed(party=request.recipient, step=Step.HISTORY, subject=i, since=since)
    result = facts.current
    if result is None or facts.outdated:
        return
    unexamined = [one for one in present_in(claim, result)[1:] if not any(facts.examined_by(one))]
    since = result.header.created
    for one in unexamined:
        party = Party(jurisdiction=one)
        yield Owed(party=party, step=Step.COUNTERSIGNATURE, subject=facts.in_force, since=since)
    if not unexamined:
        for undecided in _undecided(claim, facts):
            if undecided.party.jurisdiction != claim.lead.jurisdiction:
                yield undecided


def _undecided(claim: Claim, facts: Facts) -> Iterator[Owed]:
    result = facts.reconciliations[facts.in_force]
    signed = (
        one.header.created
        for one in facts.examinations.values()
        if isinstance(one, Countersignature) and one.header.predecessors == (facts.in_force,)
    )
    since = max((result.header.created, *signed))
    for party in deciding(claim, result):
        if party not in facts.determined:
            yield Owed(party=party, step=Step.DETERMINATION, subject=facts.in_force, since=since)


def turns(claim: Claim, facts: Facts) -> Iterator[Owed]:
    """
    Everything that a party has still to say, whether it is reminded of it or not: also the lead's
    institutions, and whoever has to answer an objection. Nothing once the claim is withdrawn, and
    no decision while a result is disputed or a party has contradicted itself, since none can be.
    """
    if facts.withdrawn:
        return
    stands_still = bool(facts.contradictions) or facts.disputed
    for one in _turns(claim, facts):
        if one.step is not Step.DETERMINATION or not stands_still:
            yield one


def _turns(claim: Claim, facts: Facts) -> Iterator[Owed]:
    if not facts.settled:
        yield from owed(claim, facts)
        yield from _of_the_lead(claim, facts)
    for i in facts.objections:
        contested = facts.objected[i].header.predecessors[0]
        yield Owed(
            party=facts.determinations[contested].header.sender,
            step=Step.DETERMINATION,
            subject=i,
            since=facts.objected[i].header.created,
        )


def _of_the_lead(claim: Claim, facts: Facts) -> Iterator[Owed]:
    """The decisions of the lead's own institutions, once all have signed the result."""
    result = facts.current
    if result is None or facts.outdated:
        return
    if all(any(facts.examined_by(one)) for one in present_in(claim, result)[1:]):
        for one in _undecided(claim, facts):
            if one.party.jurisdiction == claim.lead.jurisdiction:
                yield one


def _announced(facts: Facts, request_id: bytes) -> Iterator[datetime]:
    """From when on an answer can be had, as the party itself said."""
    for one in facts.answers_to(request_id):
        if one.not_before is not None:
            yield datetime.combine(one.not_before, time(), UTC)


def reminders_due(claim: Claim, facts: Facts, clock: Clock) -> Iterator[Remind]:
    """The next reminder on each thing that is late; none after the escalation."""
    for one in owed(claim, facts):
        number = _reminded(facts, one) + 1
        at = _remind_at(one, number, clock.terms)
        if at is not None and at <= clock.now:
            yield Remind(
                recipient=one.party,
                step=one.step,
                subject=one.subject,
                number=number,
                due=later(one.since, clock.terms.answer).date(),
                escalated=number > clock.terms.reminders,
            )


def overdue(claim: Claim, facts: Facts, clock: Clock) -> tuple[Party, ...]:
    """Parties whose history is so late that the lead decides without it."""
    late = {
        one.party
        for one in owed(claim, facts)
        if one.step is Step.HISTORY
        and later(_began(facts, one), clock.terms.provisional) <= clock.now
    }
    return tuple(party for party in claim.parties if party in late)


def next_time(claim: Claim, facts: Facts, clock: Clock) -> datetime | None:
    """When time will make something due that it does not yet; None if it never will by itself."""
    moments = []
    for one in owed(claim, facts):
        at = _remind_at(one, _reminded(facts, one) + 1, clock.terms)
        moments += [] if at is None else [at]
        if one.step is Step.HISTORY:
            moments += [
                later(_began(facts, one), clock.terms.provisional),
                *_announced(facts, one.subject),
            ]
    return min((moment for moment in moments if moment > clock.now), default=None)


def _began(facts: Facts, one: Owed) -> datetime:
    """The lead decides without a party from the request on, whatever the party announces."""
    return facts.requests[one.subject].header.created


def _reminded(facts: Facts, one: Owed) -> int:
    numbers = (
        reminder.number
        for reminder in facts.reminders.values()
        if reminder.recipient == one.party
        and one.subject in reminder.header.predecessors
        and reminder.step is one.step
    )
    return max(numbers, default=0)


def _remind_at(one: Owed, number: int, terms: Terms) -> datetime | None:
    if number > terms.reminders + 1:
        return None
    return later(one.since, terms.answer + terms.interval * (number - 1))


def answer_due(facts: Facts, request_id: bytes, clock: Clock | None) -> bool:
    """Whether a request waits for our answer, now that the day which we announced is there."""
    given = list(facts.answers_to(request_id))
    if any(one.outcome in USABLE or one.outcome is HistoryOutcome.REFUSED for one in given):
        return False
    announced = list(_announced(facts, request_id))
    return not announced or (clock is not None and max(announced) <= clock.now)
