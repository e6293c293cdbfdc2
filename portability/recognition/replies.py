"""
Who has to answer a correction or the end of a permission, and who has.

The answers are signed, so that nobody can say later that they were not told.
"""

from dataclasses import dataclass
from datetime import datetime

from portability.recognition.case import Case
from portability.recognition.facts import Facts
from portability.recognition.presence import told
from portability.recognition.statements import (
    Claim,
    Correction,
    NoticeAnswer,
    NoticeEffect,
    PermissionEnd,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a jurisdiction answered: the id of its statement, empty while there is none."""

    jurisdiction: str
    answer: bytes


def notices_of(facts: Facts) -> dict[bytes, Correction | PermissionEnd]:
    """Everything that others were told of in a case, oldest first; what has ceased is left out."""
    found: dict[bytes, Correction | PermissionEnd] = {**facts.corrections, **facts.ends}
    return dict(sorted(found.items(), key=lambda item: (item[1].header.created, item[0])))


def replies_to(case: Case, claim: Claim, facts: Facts, notice_id: bytes) -> tuple[Reply, ...]:
    """
    Everybody who has to answer a notice, in the order of the parties, as far as is known here.

    Whoever corrects has answered by that; of a permission that ends everybody says what they did,
    the lead once more of what came after its answer.
    """
    notice = notices_of(facts)[notice_id]
    asked = {*told(case, claim, facts, notice)}
    if isinstance(notice, Correction):
        asked.discard(notice.header.sender.jurisdiction)
    given = {
        one.header.sender.jurisdiction: i
        for i, one in sorted(facts.answers.items(), key=_by_weight)
        if notice_id in one.header.predecessors
    }
    return tuple(
        Reply(jurisdiction=one, answer=given.get(one, b""))
        for one in claim.jurisdictions
        if one in asked or one in given
    )


def _by_weight(item: tuple[bytes, NoticeAnswer]) -> tuple[bool, datetime, bytes]:
    """Of several answers to one notice the last counts, but for one by which something is kept."""
    i, answer = item
    return answer.effect is NoticeEffect.KEPT, answer.header.created, i
