"""The steps of a complaint, each verified: logged where it was read, signed by whose step it is."""

from collections.abc import Iterable

from portability.errors import ProofError
from portability.ledger.directory import NODE_LEVEL, Directory, KeyPurpose
from portability.recognition.complaint import ComplaintAct, ComplaintStep
from portability.v1 import envelope_pb2
from portability.wire.complaint import COMPLAINT_TYPE, step_from_payload
from portability.wire.proven import proven_from_pb, verify_proven


def verified_steps(
    messages: Iterable[envelope_pb2.ProvenStatement], directory: Directory, log_jurisdiction: str
) -> tuple[ComplaintStep, ...]:
    """
    The first one first. Raises ProofError, SignatureError.

    The node where the complaint was filed signs its steps, and that of an institution abroad its
    answer, which no other node can give for it.
    """
    steps: list[ComplaintStep] = []
    for message in messages:
        proven = proven_from_pb(message)
        said = step_from_payload(proven.envelope.payload)  # whose step it is; verified next
        signer = said.header.sender.jurisdiction
        verified = verify_proven(
            proven,
            directory,
            log_jurisdiction=log_jurisdiction,
            expected_types={COMPLAINT_TYPE},
            signer=(signer, NODE_LEVEL, KeyPurpose.NODE),
        )
        step = step_from_payload(verified.payload)
        steps.append(step)
        is_answer = step.act is ComplaintAct.ANSWERED
        if signer != (steps[0].desk.jurisdiction if is_answer else steps[0].home):
            raise ProofError("a step of the complaint is signed by a node that it is not due from")
    return tuple(steps)
