"""Statements of a case that a party's node could not be given, as the institution's node tells."""

from dataclasses import dataclass
from datetime import datetime

from agents.agency.office import Office
from portability.v1 import recognition_service_pb2 as pb
from portability.v1.recognition_service_pb2_grpc import RecognitionServiceStub
from portability.wire.strict import instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """``state`` is ``withheld`` by the own node or ``refused`` by the other; ``message`` why."""

    peer: str
    id: bytes
    kind: str
    state: str
    reason: str
    message: str
    since: datetime

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
    return [
        Undelivered(
            peer=one.peer,
            id=one.statement,
            kind=one.kind,
            state=one.state,
            reason=one.reason,
            message=one.message,
            since=instant(one.create_time, "create_time"),
        )
        for one in answer.undelivered
    ]
