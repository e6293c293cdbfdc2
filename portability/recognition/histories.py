"""How far the history of each party is, as far as it can be seen from here."""

from collections.abc import Mapping
from enum import StrEnum

from portability.consent.scope import Party
from portability.recognition.case import Case
from portability.recognition.facts import Facts
from portability.recognition.statements import Claim, HistoryOutcome


class History(StrEnum):
    """Of one party: still to come, here with records, here without any, or refused."""

    AWAITED = "awaited"
    RECORDS = "records"
    NONE = "none"
    REFUSED = "refused"


ANSWERED = frozenset((History.RECORDS, History.NONE))


def read_histories(case: Case, claim: Claim, facts: Facts) -> dict[Party, History]:
    """All of them at the lead, elsewhere our own."""
    leads = case.own == claim.lead.jurisdiction
    asked: dict[Party, list[bytes]] = {}
    for i, request in facts.requests.items():
        asked.setdefault(request.recipient, []).append(i)
    return {
        party: _history(party, asked.get(party, []), facts)
        for party in claim.parties
        if party.jurisdiction != claim.lead.jurisdiction
        and (leads or party.jurisdiction == case.own)
    }


def not_insured(histories: Mapping[Party, History]) -> tuple[Party, ...]:
    """Parties that hold no record of the person."""
    return tuple(party for party, how in histories.items() if how is History.NONE)


def _history(party: Party, asked: list[bytes], facts: Facts) -> History:
    """Answered by any usable response; refused if each request was, or its answer has ceased."""
    if any(facts.counts(i) for i in asked):
        return History.RECORDS if _has_records(party, asked, facts) else History.NONE
    if asked and all(_is_over(i, facts) for i in asked):
        return History.REFUSED
    return History.AWAITED


def _is_over(request_id: bytes, facts: Facts) -> bool:
    """Refused, or answered by something that counts no longer."""
    return any(one.outcome is not HistoryOutcome.NOT_BEFORE for one in facts.answers_to(request_id))


def _has_records(party: Party, asked: list[bytes], facts: Facts) -> bool:
    answered = any(
        facts.responses[i].outcome is HistoryOutcome.RECORDS
        for i in facts.usable
        if set(asked).intersection(facts.responses[i].header.predecessors)
    )
    added = any(one.added for one in facts.corrections.values() if one.header.sender == party)
    return answered or added
