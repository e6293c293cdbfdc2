"""Statements that another node could not be given, or not whole, as the own node tells."""

from dataclasses import dataclass
from datetime import datetime

from agents.agency.office import Office
from portability.v1 import recognition_service_pb2 as pb
from portability.v1.recognition_service_pb2_grpc import RecognitionServiceStub
from portability.wire.strict import instant

_STATES = {"withheld": "kept back from", "refused": "refused by", "alone": "gone alone to"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """
    ``state`` is ``withheld`` by the own node, ``refused`` by the other, or ``alone``: without what
    it rests on; ``message`` says why.
    """

    peer: str
    id: bytes
    kind: str
    state: str
    reason: str
    message: str
    since: datetime

    @property
    def words(self) -> str:
        """One line on it."""
        return f"{self.kind} {_STATES.get(self.state, self.state)} {self.peer}: {self.message}"

    def to_json(self) -> dict[str, object]:
        return {
            "peer": self.peer,
            "id": self.id.hex(),
            "kind": self.kind,
            "state": self.state,
            "reason": self.reason,
            "message": self.message,
            "since": self.since.isoformat(),
        }


def list_undelivered(office: Office, name: str) -> list[Undelivered]:
    """Of one case, ``cases/{case id}``, oldest first."""
    stub = RecognitionServiceStub(office.session.channel)
    answer: pb.GetCaseResponse = office.session.call(stub.GetCase, pb.GetCaseRequest(name=name))
    return [undelivered_from_pb(one) for one in answer.undelivered]


def undelivered_from_pb(message: pb.UndeliveredStatement) -> Undelivered:
    return Undelivered(
        peer=message.peer,
        id=message.statement,
        kind=message.kind,
        state=message.state,
        reason=message.reason,
        message=message.message,
        since=instant(message.create_time, "create_time"),
    )
