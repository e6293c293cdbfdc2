"""
Which statement of a case brought a record into it: whether, and on what, a correction is owed.

Whoever was sent a record is told when its issuer replaces it, however far the case is, unless what
brought it counts no longer (883/2004 Art 76(4): each informs the other of what changes a right).
"""

from collections.abc import Collection
from datetime import datetime

from portability.consent.scope import Party
from portability.recognition.facts import Facts
from portability.recognition.statements import (
    Claim,
    Correction,
    HistoryResponse,
    ShownFields,
)


def source_of(claim: Claim, facts: Facts, issuer: Party, record: bytes | None) -> bytes | None:
    """
    The statement by which a record of ours, or any of this issuer's (None), came into the case.

    Of several answers it is the last by the date that our own node gave it, and not by its id,
    which says nothing.

    None if it is not in the case, or no more: it was corrected already, its permission has ended,
    or the claim is withdrawn.
    """
    told = any(record in one.replaced for one in facts.corrections.values())
    if facts.withdrawn or told or issuer not in claim.parties:
        return None
    for i in sorted(facts.corrections):
        if record in facts.corrections[i].added:
            return i
    answers = [
        i
        for i in facts.usable
        if asked_for(facts, i) == issuer
        and (record is None or record in facts.responses[i].records)
    ]
    if answers or issuer.jurisdiction != claim.lead.jurisdiction:
        return max(answers, key=lambda i: _said(facts, i), default=None)
    current = facts.current
    is_used = current is not None and (record is None or record in current.inputs)
    return facts.in_force if is_used else None


def _said(facts: Facts, response_id: bytes) -> tuple[datetime, bytes]:
    return facts.responses[response_id].header.created, response_id


def asked_for(facts: Facts, response_id: bytes) -> Party | None:
    """Whose history a response gives."""
    request = facts.requests.get(facts.responses[response_id].header.predecessors[0])
    return None if request is None else request.recipient


def shown_of(facts: Facts, record: bytes) -> tuple[str, ...] | None:
    """
    Which fields were shown of a record with salted ones, in whichever statements; None: it was in
    clear, or not in the case.
    """
    said: list[HistoryResponse | Correction] = [*facts.responses.values()]
    said += facts.corrections.values()
    shown = [one for statement in said for one in statement.shown if one.record == record]
    if not shown:
        return None
    return tuple(dict.fromkeys(name for one in shown for name in one.fields))


def shown_by(facts: Facts, statements: Collection[bytes]) -> dict[bytes, set[str]]:
    """By record with salted fields the fields that these responses and corrections show of it."""
    found: dict[bytes, set[str]] = {}
    for i in statements:
        said = facts.responses.get(i) or facts.corrections.get(i)
        shown: tuple[ShownFields, ...] = () if said is None else said.shown
        for one in shown:
            found.setdefault(one.record, set()).update(one.fields)
    return found
