"""Asking a home node to erase what may be erased, and following how far it is."""

from agents.migrant.home import Admitted, Home
from portability.recognition.erasure import ErasureBasis
from portability.v1 import erasures_service_pb2
from portability.v1.erasures_service_pb2_grpc import ErasuresServiceStub
from portability.wire.erasure import basis_to_pb


def ask_erasure(me: Admitted, basis: ErasureBasis) -> erasures_service_pb2.ErasureState:
    """Ask to be erased at the home node; an institution decides. Again gives the same."""
    answer: erasures_service_pb2.RequestErasureResponse = me.home.session.call(
        ErasuresServiceStub(me.home.session.channel).RequestErasure,
        erasures_service_pb2.RequestErasureRequest(session=me.token, basis=basis_to_pb(basis)),
    )
    return answer.erasure


def show_erasure(home: Home, name: str) -> erasures_service_pb2.ErasureState:
    """
    How far an erasure is; whoever holds its random name may ask. Raises NotFoundError.

    There is no signing in: the key that would sign is erased with everything else.
    """
    answer: erasures_service_pb2.GetErasureResponse = home.session.call(
        ErasuresServiceStub(home.session.channel).GetErasure,
        erasures_service_pb2.GetErasureRequest(name=name),
    )
    return answer.erasure
