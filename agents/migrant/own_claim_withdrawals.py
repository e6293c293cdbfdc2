"""A person's claim given up: prepared at the node that leads it, signed by their own key."""

from agents.migrant.acts import ToSign, check_prepared, signed_envelope
from agents.migrant.home import Admitted
from agents.migrant.own_claims import SeenClaim
from portability.consent.passkey import Assertion
from portability.errors import InvalidInputError, ProofError
from portability.ledger.directory import NODE_LEVEL, KeyPurpose
from portability.ledger.envelope import Envelope, payload_type, statement_id
from portability.recognition.claim_withdrawal import CLAIM_WITHDRAWAL_TYPE, read_claim_withdrawal
from portability.recognition.statements import Closure, ClosureReason
from portability.v1 import objections_service_pb2 as pb
from portability.v1.objections_service_pb2_grpc import ObjectionsServiceStub
from portability.wire.envelope import envelope_to_pb
from portability.wire.proven import proven_from_pb, verify_logged, verify_proven
from portability.wire.statement import case_statement_from_payload

_CLOSURE_TYPE = payload_type("closure", "protobuf")


def prepare_claim_withdrawal(me: Admitted, claim: SeenClaim) -> ToSign:
    """
    The document that gives a claim up, checked to be of that claim and before just its parties.

    Raises PreconditionError for a claim that is led elsewhere or over already, ProofError.
    """
    answer: pb.PrepareClaimWithdrawalResponse = me.home.session.call(
        _stub(me).PrepareClaimWithdrawal,
        pb.PrepareClaimWithdrawalRequest(session=me.token, case=claim.name),
    )
    prepared = check_prepared(answer, CLAIM_WITHDRAWAL_TYPE)
    said = read_claim_withdrawal(prepared.document)
    if (said.header.case_id, said.claim_date, said.parties) != (
        claim.id,
        claim.claim_date,
        claim.parties,
    ):
        raise ProofError("the node prepared the end of another claim than the chosen one")
    return prepared


def record_claim_withdrawal(
    me: Admitted, prepared: ToSign, assertion: Assertion, user_handle: bytes
) -> bytes:
    """Hand in what the person signed with a passkey; the statement id of the closure."""
    return hand_in_claim_withdrawal(me, signed_envelope(prepared, assertion), user_handle)


def hand_in_claim_withdrawal(me: Admitted, signed: Envelope, user_handle: bytes = b"") -> bytes:
    """
    Hand in what the person signed, with whichever key of theirs; the statement id of the closure.

    Raises SignatureError, PreconditionError, and ProofError unless this very document was logged
    and the node has closed the very case of it as given up.
    """
    answer: pb.RecordClaimWithdrawalResponse = me.home.session.call(
        _stub(me).RecordClaimWithdrawal,
        pb.RecordClaimWithdrawalRequest(envelope=envelope_to_pb(signed), user_handle=user_handle),
    )
    logged = proven_from_pb(answer.statement)
    verify_logged(logged, me.home.directory, me.home.jurisdiction)
    own = statement_id(signed.payload_type, signed.payload)
    if statement_id(logged.envelope.payload_type, logged.envelope.payload) != own:
        raise ProofError("the node logged another document than the one that was signed")
    verified = verify_proven(
        proven_from_pb(answer.closure),
        me.home.directory,
        log_jurisdiction=me.home.jurisdiction,
        expected_types={_CLOSURE_TYPE},
        signer=(me.home.jurisdiction, NODE_LEVEL, KeyPurpose.NODE),
    )
    closure = case_statement_from_payload(_CLOSURE_TYPE, verified.payload)
    case_id = read_claim_withdrawal(signed.payload).header.case_id
    if not isinstance(closure, Closure) or (closure.reason, closure.header.case_id) != (
        ClosureReason.WITHDRAWN,
        case_id,
    ):
        raise ProofError("the node has not closed the claim that was given up")
    return verified.statement_id


def find_claim(claims: tuple[SeenClaim, ...], named: str) -> SeenClaim:
    """The one claim of this name, id or beginning of an id. Raises InvalidInputError."""
    beginning = named.removeprefix("cases/")
    found = [one for one in claims if beginning and one.id.startswith(beginning)]
    if len(found) != 1:
        how = "several of your claims begin" if found else "no claim of yours begins"
        raise InvalidInputError(
            f"{how} with that; `portability-migrant claims` shows them", field="CASE"
        )
    return found[0]


def _stub(me: Admitted) -> ObjectionsServiceStub:
    return ObjectionsServiceStub(me.home.session.channel)
