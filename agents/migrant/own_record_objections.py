"""A person's word that a record is wrong: prepared at the home node, signed by their own key."""

from agents.migrant.acts import ToSign, check_prepared, signed_envelope
from agents.migrant.home import Admitted
from agents.migrant.own_complaints import SeenComplaint, seen_complaint
from portability.consent.passkey import Assertion
from portability.errors import ProofError
from portability.ledger.envelope import Envelope, statement_id
from portability.recognition.record_objection import (
    RECORD_OBJECTION_TYPE,
    RecordGrounds,
    read_record_objection,
)
from portability.v1 import objections_service_pb2 as pb
from portability.v1.objections_service_pb2_grpc import ObjectionsServiceStub
from portability.wire.envelope import envelope_to_pb
from portability.wire.proven import proven_from_pb, verify_logged


def prepare_record_objection(
    me: Admitted, record: bytes, grounds: RecordGrounds, text: str
) -> ToSign:
    """
    The document that says what is wrong, checked to be about that record and to say just this.

    Raises NotFoundError for a record that is not about the person, InvalidInputError, ProofError.
    """
    answer: pb.PrepareRecordObjectionResponse = me.home.session.call(
        _stub(me).PrepareRecordObjection,
        pb.PrepareRecordObjectionRequest(
            session=me.token, record=record, grounds=str(grounds), text=text
        ),
    )
    prepared = check_prepared(answer, RECORD_OBJECTION_TYPE)
    said = read_record_objection(prepared.document)
    if (said.record, said.grounds, said.text) != (record, grounds, text.strip()):
        raise ProofError("the node prepared another objection than the chosen one; do not sign it")
    return prepared


def submit_record_objection(
    me: Admitted, prepared: ToSign, assertion: Assertion, user_handle: bytes
) -> SeenComplaint:
    """Hand in what the person signed with a passkey; the complaint that it goes on as."""
    return hand_in_record_objection(me, signed_envelope(prepared, assertion), user_handle)


def hand_in_record_objection(
    me: Admitted, signed: Envelope, user_handle: bytes = b""
) -> SeenComplaint:
    """
    Hand in what the person signed, with whichever key of theirs; the complaint that it goes on as.

    Raises SignatureError, PreconditionError, and ProofError unless this very document was logged.
    """
    answer: pb.SubmitRecordObjectionResponse = me.home.session.call(
        _stub(me).SubmitRecordObjection,
        pb.SubmitRecordObjectionRequest(envelope=envelope_to_pb(signed), user_handle=user_handle),
    )
    logged = proven_from_pb(answer.statement)
    verify_logged(logged, me.home.directory, me.home.jurisdiction)
    own = statement_id(signed.payload_type, signed.payload)
    if statement_id(logged.envelope.payload_type, logged.envelope.payload) != own:
        raise ProofError("the node logged another objection than the one that was signed")
    return seen_complaint(me.home, answer.complaint)


def _stub(me: Admitted) -> ObjectionsServiceStub:
    return ObjectionsServiceStub(me.home.session.channel)
