"""A decision handed in with the national facts that it names."""

from portability.ledger.envelope import sign_envelope
from portability.v1 import recognition_service_pb2 as pb
from portability.wire.envelope import envelope_to_pb
from tests.integration.recognition import world


async def prepare(node: world.Node, case: str, **given: object) -> pb.PrepareDeterminationResponse:
    """A decision that is to name its facts."""
    request = pb.PrepareDeterminationRequest(case=case, states_facts=True, **given)  # type: ignore[arg-type]
    return await node.cases.recognition.PrepareDetermination(request, node.agency)


async def hand_in(node: world.Node, prepared: pb.PrepareDeterminationResponse) -> None:
    """Both, signed by the institution of the node."""
    signer = world.SIGNERS[node.code]
    decision = sign_envelope(prepared.payload_type, prepared.payload, signer)
    facts = sign_envelope(prepared.facts_payload_type, prepared.facts_payload, signer)
    await node.cases.recognition.SubmitStatement(
        pb.SubmitStatementRequest(envelope=envelope_to_pb(decision), facts=envelope_to_pb(facts)),
        node.agency,
    )
