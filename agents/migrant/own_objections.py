"""A person's objection to a decision: prepared at the home node, signed by their own key."""

from agents.migrant.acts import ToSign, check_prepared, signed_envelope
from agents.migrant.home import Admitted
from portability.consent.passkey import Assertion
from portability.errors import ProofError
from portability.ledger.envelope import statement_id
from portability.recognition.objection_document import OBJECTION_TYPE, read_objection_document
from portability.v1 import objections_service_pb2 as pb
from portability.v1.objections_service_pb2_grpc import ObjectionsServiceStub
from portability.wire.envelope import envelope_to_pb
from portability.wire.proven import proven_from_pb, verify_logged


def prepare_objection(me: Admitted, determination: bytes, grounds: str) -> ToSign:
    """
    The document that contests a decision, checked to contest that one, on these grounds.

    Raises PreconditionError for one that was replaced or is contested already, ProofError.
    """
    answer: pb.PrepareObjectionResponse = me.home.session.call(
        _stub(me).PrepareObjection,
        pb.PrepareObjectionRequest(session=me.token, determination=determination, grounds=grounds),
    )
    prepared = check_prepared(answer, OBJECTION_TYPE)
    said = read_objection_document(prepared.document)
    if said.header.predecessors != (determination,) or str(said.grounds) != grounds:
        raise ProofError("the node prepared another objection than the chosen one; do not sign it")
    return prepared


def record_objection(
    me: Admitted, prepared: ToSign, assertion: Assertion, user_handle: bytes
) -> str:
    """
    Hand in what the person signed; the name of the case.

    Raises SignatureError, PreconditionError, and ProofError unless this very document was logged.
    """
    answer: pb.RecordObjectionResponse = me.home.session.call(
        _stub(me).RecordObjection,
        pb.RecordObjectionRequest(
            envelope=envelope_to_pb(signed_envelope(prepared, assertion)), user_handle=user_handle
        ),
    )
    logged = proven_from_pb(answer.statement)
    verify_logged(logged, me.home.directory, me.home.jurisdiction)
    if statement_id(logged.envelope.payload_type, logged.envelope.payload) != prepared.id:
        raise ProofError("the node logged another objection than the one that was signed")
    return answer.case


def _stub(me: Admitted) -> ObjectionsServiceStub:
    return ObjectionsServiceStub(me.home.session.channel)
