"""
Complaints and questions of persons, as values: first to an institution, then to the ombudsperson.

What may be done next follows from the steps alone. The terms are those that people can rely on in
the Union: one month for an answer about one's data (GDPR Art 12(3)), three months for word from a
supervisory body on how a complaint goes on (GDPR Art 78(2)).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from portability.consent.scope import Party
from portability.errors import ForbiddenError, PreconditionError
from portability.ledger.envelope import Envelope
from portability.recognition.statements import Header

ANSWER_TERM: Final = timedelta(days=30)
CONCLUSION_TERM: Final = timedelta(days=90)

OMBUDSPERSON: Final = "ombudsperson"
"""Stands for the institution in the name of the party, as in an ombudsperson's receipts."""


class ComplaintAct(StrEnum):
    """What a step does."""

    FILED = "filed"
    ANSWERED = "answered"
    ESCALATED = "escalated"
    CONCLUDED = "concluded"


class ComplaintTopic(StrEnum):
    """What a complaint is about."""

    QUESTION = "question"
    ACCESS = "access"
    DELAY = "delay"
    DECISION = "decision"
    TREATMENT = "treatment"
    OTHER = "other"
    RECORD = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintStep:
    """
    One step, as the node signs it.

    ``desk`` is the institution that answers: the one that it is about, also abroad, or one at home
    for one that cannot be reached about this person (883/2004 Art 81). ``about`` is the id of a
    receipt, record or decision, or empty; ``answer_by`` is None where nothing is awaited.

    ``objection`` is the id of what the person signed about a record, and both envelopes come with
    it. ``person_reference`` and ``complaint``, its name, are there where another node answers.
    """

    header: Header
    act: ComplaintAct
    actor: Party
    against: Party
    desk: Party
    topic: ComplaintTopic
    about: bytes
    text: str
    answer_by: datetime | None
    objection: bytes = b""
    signed_objection: Envelope | None = None
    key_record: Envelope | None = None
    person_reference: str = ""
    complaint: str = ""

    @property
    def home(self) -> str:
        """The jurisdiction of the node that took the complaint in, for the first step of one."""
        return self.header.sender.jurisdiction


def may_escalate(steps: Sequence[ComplaintStep], now: datetime) -> bool:
    """Once it was answered, or the term for the answer is over; and once only."""
    last = steps[-1]
    if last.act is ComplaintAct.ANSWERED:
        return True
    return last.act is ComplaintAct.FILED and last.answer_by is not None and last.answer_by <= now


def check_escalation(steps: Sequence[ComplaintStep], now: datetime) -> None:
    """Raises PreconditionError while the institution may still answer, and after escalating."""
    if may_escalate(steps, now):
        return
    if steps[-1].act is ComplaintAct.FILED:
        raise PreconditionError(
            "the institution still has time to answer; after its term the complaint can be taken "
            "to the ombudsperson",
            subject="complaint",
        )
    raise PreconditionError(
        "the complaint was taken to the ombudsperson already", subject="complaint"
    )


def answering_act(steps: Sequence[ComplaintStep], actor: Party) -> ComplaintAct:
    """
    What an answer by ``actor`` would be.

    Raises PreconditionError for a complaint that waits for no answer, ForbiddenError for one that
    waits for somebody else.
    """
    last = steps[-1]
    if last.act is ComplaintAct.FILED:
        awaited, act = last.desk, ComplaintAct.ANSWERED
    elif last.act is ComplaintAct.ESCALATED:
        awaited, act = ombudsperson_of(steps[0].home), ComplaintAct.CONCLUDED
    else:
        raise PreconditionError("the complaint waits for no answer", subject="complaint")
    if actor != awaited:
        raise ForbiddenError("the complaint waits for an answer of somebody else")
    return act


def ombudsperson_of(jurisdiction: str) -> Party:
    """The party by which the ombudsperson of a jurisdiction is named in steps."""
    return Party(jurisdiction=jurisdiction, institution=OMBUDSPERSON)
