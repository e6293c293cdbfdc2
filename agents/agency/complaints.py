"""Complaints at an institution or at the ombudsperson: read, answered, and taken in for persons."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agents.complaint_steps import verified_steps
from agents.profile import load_profile
from agents.session import Session, connect
from agents.surroundings import Surroundings, new_uuid
from portability.consent.scope import Party
from portability.ledger.directory import Directory
from portability.recognition.complaint import ComplaintStep, ComplaintTopic
from portability.v1 import complaints_service_pb2 as pb
from portability.v1.complaints_service_pb2_grpc import ComplaintsServiceStub
from portability.wire.complaint import topic_to_pb
from portability.wire.consent_parts import party_to_pb


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Whoever answers: an institution or the ombudsperson, who signs nothing; the node does."""

    session: Session
    jurisdiction: str
    directory: Directory
    outside: Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A complaint with its verified steps; ``person`` is its name at the node."""

    name: str
    person: str
    steps: tuple[ComplaintStep, ...]
    escalatable: bool

    @property
    def answer_by(self) -> datetime | None:
        return self.steps[-1].answer_by


@contextmanager
def open_desk(profile: Path, outside: Surroundings) -> Iterator[Desk]:
    """A connection by any profile. Raises as ``load_profile``."""
    found = load_profile(profile)
    directory = found.directory.open(outside.now())
    with connect(found.connection, outside) as session:
        yield Desk(
            session=session,
            jurisdiction=found.connection.jurisdiction,
            directory=directory,
            outside=outside,
        )


def list_complaints(desk: Desk) -> tuple[Taken, ...]:
    """Those that wait for this desk first, by their term. Raises ProofError, SignatureError."""
    answer: pb.ListComplaintsResponse = desk.session.call(
        _stub(desk).ListComplaints, pb.ListComplaintsRequest()
    )
    return tuple(_taken(desk, one) for one in answer.complaints)


def answer(desk: Desk, name: str, text: str) -> Taken:
    """Answer, or conclude as the ombudsperson. Raises ForbiddenError, PreconditionError."""
    done: pb.AnswerComplaintResponse = desk.session.call(
        _stub(desk).AnswerComplaint, pb.AnswerComplaintRequest(name=name, text=text)
    )
    return _taken(desk, done.complaint)


def take_in(desk: Desk, person: str, *, against: Party, topic: ComplaintTopic, text: str) -> Taken:
    """Write down what somebody says who cannot sign in; they get the name of it on paper."""
    done: pb.FileComplaintResponse = desk.session.call(
        _stub(desk).FileComplaint,
        pb.FileComplaintRequest(
            request_id=new_uuid(desk.outside.randomness),
            person=person,
            against=party_to_pb(against),
            topic=topic_to_pb(topic),
            text=text,
        ),
    )
    return _taken(desk, done.complaint)


def pass_on(desk: Desk, name: str, text: str) -> Taken:
    """To the ombudsperson, for somebody who cannot sign in. Raises PreconditionError."""
    done: pb.EscalateComplaintResponse = desk.session.call(
        _stub(desk).EscalateComplaint, pb.EscalateComplaintRequest(name=name, text=text)
    )
    return _taken(desk, done.complaint)


def _taken(desk: Desk, message: pb.Complaint) -> Taken:
    return Taken(
        name=message.name,
        person=message.person,
        steps=verified_steps(message.steps, desk.directory, desk.jurisdiction),
        escalatable=message.escalatable,
    )


def _stub(desk: Desk) -> ComplaintsServiceStub:
    return ComplaintsServiceStub(desk.session.channel)
