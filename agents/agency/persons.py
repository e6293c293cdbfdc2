"""What an office does about persons: enrol, find, refer, hand out codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agents.agency.imported import PersonIdentifier
from agents.agency.office import Office
from portability.consent.identity_evidence import Piece, read_assessment
from portability.consent.payload_types import IDENTITY_ASSESSMENT_TYPE
from portability.errors import InvalidInputError, ProofError
from portability.ledger.directory import NODE_LEVEL, KeyPurpose
from portability.v1 import persons_service_pb2 as pb
from portability.v1.persons_service_pb2_grpc import PersonsServiceStub
from portability.wire.proven import proven_from_pb, verify_proven
from portability.wire.strict import instant


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentCode:
    """A code that is handed or posted to the person; it works once, until ``expires``."""

    code: str
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """How sure it is who somebody is, and what would make it surer."""

    level: str
    missing: str


def enrol_person(office: Office, identifier: PersonIdentifier, identity_level: str) -> str:
    """
    The person's name at the node, new or the one that the number already has.

    ``identity_level`` is ``low``, ``substantial`` or ``high``.
    """
    request = pb.CreatePersonRequest(
        request_id=office.new_request_id(),
        identifier=_identifier(identifier),
        identity_level=identity_level,
    )
    answer: pb.CreatePersonResponse = office.session.call(_stub(office).CreatePerson, request)
    return answer.person


def find_person(office: Office, identifier: PersonIdentifier) -> str:
    """The person who is enrolled under a number. Raises NotFoundError."""
    request = pb.LookupPersonRequest(identifier=_identifier(identifier))
    answer: pb.LookupPersonResponse = office.session.call(_stub(office).LookupPerson, request)
    return answer.person


def find_person_in(office: Office, identifiers: tuple[PersonIdentifier, ...]) -> str:
    """
    The person whom a form is about, by the number that this jurisdiction gave.

    Raises InvalidInputError for a form without such a number, or with several.
    """
    own = {one.value: one for one in identifiers if one.jurisdiction == office.jurisdiction}
    if len(own) != 1:
        raise InvalidInputError(
            f"the file holds {len(own)} numbers of the person in {office.jurisdiction}, one is "
            "needed; name the person with --person",
            field="pin",
        )
    return find_person(office, next(iter(own.values())))


def create_reference(office: Office, person: str, peer: str) -> str:
    """The reference under which this node and a peer speak of the person; hand it to the peer."""
    request = pb.CreatePairwiseReferenceRequest(person=person, peer=peer)
    answer: pb.CreatePairwiseReferenceResponse = office.session.call(
        _stub(office).CreatePairwiseReference, request
    )
    return answer.reference


def accept_reference(office: Office, person: str, peer: str, reference: str) -> None:
    """Enrol a reference that a peer's institution made and handed over."""
    request = pb.AcceptPairwiseReferenceRequest(person=person, peer=peer, reference=reference)
    office.session.call(_stub(office).AcceptPairwiseReference, request)


def create_enrolment_code(office: Office, person: str) -> EnrolmentCode:
    """A code with which the person can enrol a key of their own."""
    request = pb.CreateEnrolmentCodeRequest(person=person)
    answer: pb.CreateEnrolmentCodeResponse = office.session.call(
        _stub(office).CreateEnrolmentCode, request
    )
    return EnrolmentCode(code=answer.code, expires=instant(answer.expire_time, "expire_time"))


def assess_identity(office: Office, person: str, evidence: Sequence[Piece]) -> Assessed:
    """Say what you went by; how sure that makes it. Raises ProofError unless it was logged so."""
    answer: pb.AssessIdentityResponse = office.session.call(
        _stub(office).AssessIdentity,
        pb.AssessIdentityRequest(
            person=person,
            evidence=[
                pb.IdentityEvidence(kind=str(one.kind), source=one.source) for one in evidence
            ],
        ),
    )
    verified = verify_proven(
        proven_from_pb(answer.statement),
        office.directory,
        log_jurisdiction=office.jurisdiction,
        expected_types={IDENTITY_ASSESSMENT_TYPE},
        signer=(office.jurisdiction, NODE_LEVEL, KeyPurpose.NODE),
    )
    said = read_assessment(verified.payload)
    if said.evidence != tuple(evidence) or said.assessed_by != office.party:
        raise ProofError("the node noted other evidence than was given")
    return Assessed(level=answer.identity_level, missing=answer.missing)


def _identifier(identifier: PersonIdentifier) -> pb.NationalIdentifier:
    return pb.NationalIdentifier(jurisdiction=identifier.jurisdiction, value=identifier.value)


def _stub(office: Office) -> PersonsServiceStub:
    return PersonsServiceStub(office.session.channel)
