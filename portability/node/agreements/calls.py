"""An operator's calls about agreements to the running node, with the node's own certificate."""

from portability.node.config import NodeConfig
from portability.node.operating.own_calls import answer_of, own_channel
from portability.v1 import agreements_service_pb2 as pb
from portability.v1.agreements_service_pb2_grpc import AgreementsServiceStub


async def list_agreements(config: NodeConfig) -> pb.ListAgreementsResponse:
    """Raises PeerUnavailableError where no node answers."""
    async with own_channel(config) as channel:
        stub = AgreementsServiceStub(channel)
        return await answer_of(stub.ListAgreements(pb.ListAgreementsRequest()), config)


async def sign_agreement(config: NodeConfig, agreement: str) -> pb.Agreement:
    """Raises NoAgreementError for one that cannot be signed here, and as ``list_agreements``."""
    async with own_channel(config) as channel:
        request = pb.SignAgreementRequest(agreement=agreement)
        stub = AgreementsServiceStub(channel)
        answer: pb.SignAgreementResponse = await answer_of(stub.SignAgreement(request), config)
        return answer.agreement
