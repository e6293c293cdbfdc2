"""What an office does about erasures and legal holds at its node."""

from agents.agency.office import Office
from portability.recognition.erasure import ErasureBasis
from portability.v1 import erasures_service_pb2 as pb
from portability.v1.erasures_service_pb2_grpc import ErasuresServiceStub
from portability.wire.erasure import basis_to_pb

ERASE_SECONDS = 300.0
"""A large embedded database may have to be written anew."""


def erase_person(
    office: Office, person: str, basis: ErasureBasis, citation: str
) -> pb.ErasureState:
    """
    Erase, or go on with an erasure, or be refused: all three are answers, and raise nothing.

    Raises NotFoundError for nobody, InvalidInputError, StorageError: a step is done later then.
    """
    request = pb.ErasePersonRequest(person=person, basis=basis_to_pb(basis), citation=citation)
    answer: pb.ErasePersonResponse = office.session.call(
        _stub(office).ErasePerson, request, seconds=ERASE_SECONDS
    )
    return answer.erasure


def show_erasure(office: Office, name: str) -> pb.ErasureState:
    """By ``erasures/...`` or ``persons/...``. Raises NotFoundError."""
    answer: pb.GetErasureResponse = office.session.call(
        _stub(office).GetErasure, pb.GetErasureRequest(name=name)
    )
    return answer.erasure


def list_requests(office: Office) -> list[pb.ErasureRequest]:
    """What persons asked for and nobody has decided."""
    answer: pb.ListErasureRequestsResponse = office.session.call(
        _stub(office).ListErasureRequests, pb.ListErasureRequestsRequest()
    )
    return list(answer.requests)


def place_hold(office: Office, person: str, citation: str) -> pb.PersonHold:
    """
    Keep a person's data from being erased; ``citation`` is the provision or order for it.

    Raises NotFoundError for nobody, ErasedError where it is too late, InvalidInputError without it.
    """
    request = pb.PlaceLegalHoldRequest(person=person, citation=citation)
    answer: pb.PlaceLegalHoldResponse = office.session.call(_stub(office).PlaceLegalHold, request)
    return answer.hold


def lift_hold(office: Office, name: str, citation: str) -> pb.PersonHold:
    """
    End a hold of this institution; again changes nothing.

    Raises NotFoundError, alike for a hold of another institution.
    """
    request = pb.LiftLegalHoldRequest(name=name, citation=citation)
    answer: pb.LiftLegalHoldResponse = office.session.call(_stub(office).LiftLegalHold, request)
    return answer.hold


def list_holds(office: Office, person: str) -> list[pb.PersonHold]:
    """All holds on a person, lifted ones too. Raises NotFoundError for nobody."""
    request = pb.ListLegalHoldsRequest(person=person)
    answer: pb.ListLegalHoldsResponse = office.session.call(_stub(office).ListLegalHolds, request)
    return list(answer.holds)


def _stub(office: Office) -> ErasuresServiceStub:
    return ErasuresServiceStub(office.session.channel)
