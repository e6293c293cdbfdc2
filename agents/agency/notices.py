"""Notices of corrections and ended permissions, and what each node has answered: verified."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from agents.agency.office import Office
from portability.consent.scope import Party
from portability.errors import ProofError
from portability.ledger.directory import NODE_LEVEL, KeyPurpose
from portability.recognition.statements import (
    CaseStatement,
    Correction,
    NoticeAnswer,
    PermissionEnd,
)
from portability.v1 import envelope_pb2
from portability.v1 import notices_service_pb2 as pb
from portability.v1.notices_service_pb2_grpc import NoticesServiceStub
from portability.wire.proven import proven_from_pb, verify_proven
from portability.wire.statement import BY_INSTITUTIONS, case_statement_from_payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a node did, under its signature; no ``effect``: it has not answered yet."""

    jurisdiction: str
    effect: str
    citation: str
    at: datetime | None

    def to_json(self) -> dict[str, object]:
        return {
            "jurisdiction": self.jurisdiction,
            "answered": self.at is not None,
            "effect": self.effect,
            "citation": self.citation,
            "answer_time": None if self.at is None else self.at.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A notice with everybody who has to answer it."""

    id: bytes
    case: str
    kind: str
    content: Correction | PermissionEnd
    answers: tuple[Answered, ...]

    @property
    def subject(self) -> bytes:
        """The record that was replaced or added, or the consent that has ended."""
        if isinstance(self.content, PermissionEnd):
            return self.content.permission
        return (*self.content.replaced, *self.content.added)[0]

    def to_json(self) -> dict[str, object]:
        return {
            "notice": self.id.hex(),
            "case": self.case,
            "kind": self.kind,
            "by": str(self.content.header.sender),
            "subject": self.subject.hex(),
            "answers": [one.to_json() for one in self.answers],
        }


def list_notices(office: Office, parent: str) -> Iterator[Told]:
    """
    The notices in a case, or about a record of this institution's in all cases, oldest first.

    Raises ProofError or SignatureError for a notice or an answer that is not what it says.
    """
    answer: pb.ListNoticesResponse = office.session.call(
        NoticesServiceStub(office.session.channel).ListNotices,
        pb.ListNoticesRequest(parent=parent),
    )
    for one in answer.notices:
        content = _verified(office, one.statement)
        if not isinstance(content, Correction | PermissionEnd):
            raise ProofError("the node shows as a notice what is none")
        yield Told(
            id=one.notice,
            case=one.case,
            kind=pb.NoticeKind.Name(one.kind).removeprefix("NOTICE_KIND_").lower(),
            content=content,
            answers=tuple(_answered(office, one.notice, reply) for reply in one.replies),
        )


def _answered(office: Office, notice: bytes, reply: pb.NoticeReply) -> Answered:
    if not reply.answered:
        return Answered(jurisdiction=reply.jurisdiction, effect="", citation="", at=None)
    content = _verified(office, reply.statement)
    node = Party(jurisdiction=reply.jurisdiction)
    if (
        not isinstance(content, NoticeAnswer)
        or content.header.sender != node
        or content.header.predecessors != (notice,)
    ):
        raise ProofError("the node shows an answer that another one gave, or to something else")
    return Answered(
        jurisdiction=reply.jurisdiction,
        effect=content.effect.value,
        citation=content.citation,
        at=content.header.created,
    )


def _verified(office: Office, message: envelope_pb2.ProvenStatement) -> CaseStatement:
    """A statement of a case in this node's log, signed by who says it."""
    proven = proven_from_pb(message)
    kind = proven.envelope.payload_type
    said = case_statement_from_payload(
        kind, proven.envelope.payload
    )  # who must sign; verified next
    sender = said.header.sender
    purpose = KeyPurpose.INSTITUTION if kind in BY_INSTITUTIONS else KeyPurpose.NODE
    verified = verify_proven(
        proven,
        office.directory,
        log_jurisdiction=office.jurisdiction,
        expected_types={kind},
        signer=(sender.jurisdiction, sender.institution or NODE_LEVEL, purpose),
    )
    return case_statement_from_payload(kind, verified.payload)
