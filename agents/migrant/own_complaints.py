"""Complaints and questions of a person, at their home node; each step verified."""

from dataclasses import dataclass
from datetime import datetime

from agents.complaint_steps import verified_steps
from agents.migrant.home import Admitted, Home
from portability.consent.scope import Party
from portability.recognition.complaint import ComplaintAct, ComplaintStep, ComplaintTopic
from portability.v1 import complaints_service_pb2 as pb
from portability.v1.complaints_service_pb2_grpc import ComplaintsServiceStub
from portability.wire.complaint import act_from_pb, topic_to_pb
from portability.wire.consent_parts import party_to_pb
from portability.wire.strict import instant

MAX_TEXT = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenComplaint:
    """
    A complaint with its steps, the first one first; ``id`` is random, 32 hex digits.

    ``delivered``: it is about an institution abroad, and the node there has signed for it.
    """

    id: str
    steps: tuple[ComplaintStep, ...]
    escalatable: bool
    delivered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A step without its content."""

    act: ComplaintAct
    at: datetime
    answer_by: datetime | None


def list_complaints(me: Admitted) -> tuple[SeenComplaint, ...]:
    """Oldest first. Raises ProofError, SignatureError for a step that is not in the log."""
    answer: pb.ListOwnComplaintsResponse = me.home.session.call(
        _stub(me.home).ListOwnComplaints, pb.ListOwnComplaintsRequest(session=me.token)
    )
    return tuple(seen_complaint(me.home, one) for one in answer.complaints)


def file_complaint(
    me: Admitted,
    *,
    request_id: str,
    against: Party,
    topic: ComplaintTopic,
    about: bytes,
    text: str,
) -> SeenComplaint:
    """Complain or ask. Raises InvalidInputError for a text that is empty or too long."""
    answer: pb.FileComplaintResponse = me.home.session.call(
        _stub(me.home).FileComplaint,
        pb.FileComplaintRequest(
            request_id=request_id,
            session=me.token,
            against=party_to_pb(against),
            topic=topic_to_pb(topic),
            about=about,
            text=text,
        ),
    )
    return seen_complaint(me.home, answer.complaint)


def escalate(me: Admitted, complaint: str, text: str) -> SeenComplaint:
    """Take it to the ombudsperson. Raises PreconditionError while it is too early."""
    answer: pb.EscalateComplaintResponse = me.home.session.call(
        _stub(me.home).EscalateComplaint,
        pb.EscalateComplaintRequest(name=f"complaints/{complaint}", session=me.token, text=text),
    )
    return seen_complaint(me.home, answer.complaint)


def follow(home: Home, complaint: str) -> tuple[Progress, ...]:
    """How far one is, for whoever knows its number. Raises NotFoundError, InvalidInputError."""
    answer: pb.GetComplaintProgressResponse = home.session.call(
        _stub(home).GetComplaintProgress,
        pb.GetComplaintProgressRequest(name=f"complaints/{complaint}"),
    )
    return tuple(
        Progress(
            act=act_from_pb(one.act),
            at=instant(one.create_time, "create_time"),
            answer_by=instant(one.answer_by, "answer_by") if one.HasField("answer_by") else None,
        )
        for one in answer.dates
    )


def seen_complaint(home: Home, message: pb.Complaint) -> SeenComplaint:
    """A complaint as the node shows it, each step verified. Raises ProofError, SignatureError."""
    return SeenComplaint(
        id=message.name.partition("/")[2],
        steps=verified_steps(message.steps, home.directory, home.jurisdiction),
        escalatable=message.escalatable,
        delivered=message.delivered,
    )


def _stub(home: Home) -> ComplaintsServiceStub:
    return ComplaintsServiceStub(home.session.channel)
