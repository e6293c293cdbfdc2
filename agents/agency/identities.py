"""Whom requests of other countries mean: what waits, and the signed word of an officer."""

from dataclasses import dataclass
from datetime import datetime

from agents.agency.office import Office
from portability.consent.scope import Party
from portability.errors import ProofError
from portability.ledger.directory import KeyPurpose
from portability.recognition.identity import IdentityOutcome, IdentityResolution
from portability.v1 import identities_service_pb2 as pb
from portability.v1.identities_service_pb2_grpc import IdentitiesServiceStub
from portability.wire.envelope import envelope_to_pb
from portability.wire.identity import RESOLUTION_TYPE, resolution_to_payload
from portability.wire.proven import proven_from_pb, verify_proven
from portability.wire.record import subject_commitment
from portability.wire.statement_parts import party_from_pb
from portability.wire.strict import instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """``candidates`` are all whom the request could mean; none of them where it matches nobody."""

    request: bytes
    case: str
    requester: Party
    reference: str
    candidates: tuple[str, ...]
    since: datetime

    def to_json(self) -> dict[str, object]:
        return {
            "request": self.request.hex(),
            "case": self.case,
            "requester": str(self.requester),
            "reference": self.reference,
            "candidates": list(self.candidates),
            "since": self.since.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The receipt: what was signed, and its proven place in the log."""

    id: bytes
    index: int
    outcome: IdentityOutcome

    def to_json(self) -> dict[str, object]:
        return {
            "resolution": self.id.hex(),
            "leaf_index": self.index,
            "outcome": self.outcome.value,
        }


def list_questions(office: Office) -> list[Question]:
    """What waits for an officer of this institution, oldest first."""
    answer: pb.ListIdentityQuestionsResponse = office.session.call(
        IdentitiesServiceStub(office.session.channel).ListIdentityQuestions,
        pb.ListIdentityQuestionsRequest(),
    )
    return [
        Question(
            request=one.request,
            case=one.case,
            requester=party_from_pb(one.requester, "requester"),
            reference=one.person_reference,
            candidates=tuple(one.candidates),
            since=instant(one.create_time, "create_time"),
        )
        for one in answer.questions
    ]


def resolve_identity(office: Office, request: bytes, person: str, basis: str) -> Resolved:
    """
    Sign whom a request means, a ``person`` or nobody where it is empty; the receipt once proven.

    Raises ProofError or SignatureError for a receipt that proves nothing.
    """
    salt = office.new_salt()
    outcome = IdentityOutcome.MATCHED if person else IdentityOutcome.NONE
    resolution = IdentityResolution(
        salt=salt,
        institution=office.party,
        request=request,
        outcome=outcome,
        subject_commitment=subject_commitment(salt, person) if person else b"",
        basis=basis,
        created=office.outside.now().replace(microsecond=0),
    )
    envelope = office.sign(RESOLUTION_TYPE, resolution_to_payload(resolution))
    answer: pb.ResolveIdentityResponse = office.session.call(
        IdentitiesServiceStub(office.session.channel).ResolveIdentity,
        pb.ResolveIdentityRequest(resolution=envelope_to_pb(envelope), person=person),
    )
    verified = verify_proven(
        proven_from_pb(answer.statement),
        office.directory,
        log_jurisdiction=office.jurisdiction,
        expected_types={RESOLUTION_TYPE},
        signer=(office.party.jurisdiction, office.party.institution, KeyPurpose.INSTITUTION),
    )
    if verified.payload != envelope.payload:
        raise ProofError("the node's receipt is for another statement than the one that was sent")
    return Resolved(id=verified.statement_id, index=verified.leaf_index, outcome=outcome)
