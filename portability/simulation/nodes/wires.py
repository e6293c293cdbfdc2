"""
A peer as the parts of a node see it, in a simulation: every call goes out, and comes in, as bytes.

It is handed to the other node's service under the caller's certificate name.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from portability.errors import PeerUnavailableError
from portability.recognition.versions import LATEST
from portability.v1 import envelope_pb2
from portability.v1 import federation_service_pb2 as pb


class Net(Protocol):
    """What lies between all nodes."""

    async def call(self, sender: str, recipient: str, method: str, request: bytes) -> bytes:
        """The answer. Raises PeerUnavailableError, or what the recipient says."""


Leaves = Callable[[str, Sequence[pb.Delivery]], Awaitable[None]]
"""Told what a node has begun to send, whatever becomes of it on the way."""


class Wire:
    """The way from one node to one other; each call raises what ``Net.call`` does."""

    def __init__(self, net: Net, sender: str, recipient: str, leaves: Leaves) -> None:
        self._net = net
        self._leaves = leaves
        self._sender = sender
        self._recipient = recipient

    async def deliver(
        self, deliveries: Sequence[pb.Delivery], *, request_id: str
    ) -> pb.DeliverStatementsResponse:
        await self._leaves(self._sender, deliveries)
        request = pb.DeliverStatementsRequest(
            request_id=request_id, deliveries=deliveries, protocol_version=LATEST
        )
        answer = await self._call("DeliverStatements", request.SerializeToString())
        return pb.DeliverStatementsResponse.FromString(answer)

    async def stage_exhibits(
        self,
        statement_id: bytes,
        case_id: str,
        first: int,
        exhibits: Sequence[envelope_pb2.ProvenStatement],
    ) -> int:
        request = pb.StageExhibitsRequest(
            statement=statement_id, case_id=case_id, first=first, exhibits=exhibits
        )
        answer = await self._call("StageExhibits", request.SerializeToString())
        return pb.StageExhibitsResponse.FromString(answer).staged

    async def standing(self) -> pb.GetDeliveryPositionResponse:
        request = pb.GetDeliveryPositionRequest(protocol_version=LATEST)
        answer = await self._call("GetDeliveryPosition", request.SerializeToString())
        return pb.GetDeliveryPositionResponse.FromString(answer)

    async def recall(self, *, sent: int, received: int) -> pb.RecallStatementsResponse:
        request = pb.RecallStatementsRequest(sent_position=sent, received_position=received)
        answer = await self._call("RecallStatements", request.SerializeToString())
        return pb.RecallStatementsResponse.FromString(answer)

    async def fetch_consent_status(self, consent: bytes) -> envelope_pb2.Envelope:
        request = pb.FetchConsentStatusRequest(consent=consent)
        answer = await self._call("FetchConsentStatus", request.SerializeToString())
        return pb.FetchConsentStatusResponse.FromString(answer).status

    async def _call(self, method: str, request: bytes) -> bytes:
        return await self._net.call(self._sender, self._recipient, method, request)


def unreachable(recipient: str) -> PeerUnavailableError:
    """What a caller gets where nothing comes through; nodes try again by themselves."""
    return PeerUnavailableError(
        f"the node of {recipient} cannot be reached; it is asked again", jurisdiction=recipient
    )
