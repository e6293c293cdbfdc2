"""
What one node asks of another, as calls that raise the tree's errors.

A peer that answers with an error of ours raises that error here. Whatever else goes wrong between
the two (no route, a handshake refused, a deadline, a reply that does not decode) is
PeerUnavailableError: try again later.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import grpc

from portability.errors import PeerUnavailableError, PortabilityError
from portability.federation.channel import CallPolicy, TlsIdentity, open_channel
from portability.ledger.directory import Directory, Member
from portability.recognition.versions import LATEST
from portability.v1 import audit_service_pb2, audit_service_pb2_grpc, envelope_pb2
from portability.v1 import federation_service_pb2 as pb
from portability.v1 import federation_service_pb2_grpc as rpc
from portability.wire.status import STATUS_METADATA_KEY, error_from_details

Reply = TypeVar("Reply")


class PeerClient:
    """The FederationService of one member. Close it when the node stops."""

    def __init__(
        self,
        member: Member,
        tls: TlsIdentity,
        policy: CallPolicy | None = None,
        *,
        protocol_version: int = LATEST,
    ) -> None:
        self.jurisdiction = member.jurisdiction
        self._protocol_version = protocol_version
        self._channel = open_channel(member.endpoint, member.server_name, tls, policy)
        self._stub = rpc.FederationServiceStub(self._channel)
        self._audit = audit_service_pb2_grpc.AuditServiceStub(self._channel)

    async def deliver(
        self, deliveries: Sequence[pb.Delivery], *, request_id: str
    ) -> pb.DeliverStatementsResponse:
        """
        Deliver statements in the order of the stream; ``request_id`` is a UUID for the logs.

        What comes back is unverified: the acknowledgement in it is the peer's signed statement.
        """
        request = pb.DeliverStatementsRequest(
            request_id=request_id,
            deliveries=deliveries,
            protocol_version=self._protocol_version,
        )
        return await self._answer(self._stub.DeliverStatements(request))

    async def stage_exhibits(
        self,
        statement_id: bytes,
        case_id: str,
        first: int,
        exhibits: Sequence[envelope_pb2.ProvenStatement],
    ) -> int:
        """Bring a page of exhibits before their statement; how many of all the peer has now."""
        request = pb.StageExhibitsRequest(
            statement=statement_id, case_id=case_id, first=first, exhibits=exhibits
        )
        reply: pb.StageExhibitsResponse = await self._answer(self._stub.StageExhibits(request))
        return reply.staged

    async def fetch_consent_status(self, consent: bytes) -> envelope_pb2.Envelope:
        """The home node's signed status of a consent (statement id), unverified."""
        request = pb.FetchConsentStatusRequest(consent=consent)
        reply: pb.FetchConsentStatusResponse = await self._answer(
            self._stub.FetchConsentStatus(request)
        )
        return reply.status

    async def standing(self) -> pb.GetDeliveryPositionResponse:
        """How far the streams in both directions are, as the peer has them."""
        request = pb.GetDeliveryPositionRequest(protocol_version=self._protocol_version)
        return await self._answer(self._stub.GetDeliveryPosition(request))

    async def recall(self, *, sent: int, received: int) -> pb.RecallStatementsResponse:
        """What the peer has of both streams behind these positions; unverified."""
        request = pb.RecallStatementsRequest(sent_position=sent, received_position=received)
        return await self._answer(self._stub.RecallStatements(request))

    async def cosign_checkpoint(self, body: bytes) -> pb.CosignCheckpointResponse:
        """The peer's answer, as a witness, to the body of ``add-checkpoint``; unverified."""
        return await self._answer(
            self._stub.CosignCheckpoint(pb.CosignCheckpointRequest(body=body))
        )

    async def witnessed_checkpoint(self, origin: str) -> bytes:
        """What the peer, as a witness, last cosigned for a log; NotFoundError for nothing."""
        request = audit_service_pb2.GetWitnessedCheckpointRequest(origin=origin)
        reply: audit_service_pb2.GetWitnessedCheckpointResponse = await self._answer(
            self._audit.GetWitnessedCheckpoint(request)
        )
        return reply.checkpoint

    async def close(self) -> None:
        await self._channel.close()

    async def _answer(self, call: Awaitable[Reply]) -> Reply:
        try:
            return await call
        except grpc.RpcError as error:
            raise error_from_rpc(error, self.jurisdiction) from None


class Peers:
    """A client for each member, opened when it is first asked for."""

    def __init__(
        self,
        directory: Callable[[], Directory],
        tls: TlsIdentity,
        policy: CallPolicy | None = None,
        *,
        protocol_version: int = LATEST,
    ) -> None:
        self._directory = directory
        self._tls = tls
        self._policy = policy
        self._protocol_version = protocol_version
        self._clients: dict[Member, PeerClient] = {}

    def __call__(self, jurisdiction: str) -> PeerClient:
        """
        The client for a member, at the address that the directory gives now.

        Raises PreconditionError for a jurisdiction that is no member.
        """
        member = self._directory().member(jurisdiction)
        client = self._clients.get(member)
        if client is None:
            client = self._clients[member] = PeerClient(
                member, self._tls, self._policy, protocol_version=self._protocol_version
            )
        return client

    async def close(self) -> None:
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.close()


def error_from_rpc(error: grpc.RpcError, jurisdiction: str) -> PortabilityError:
    """The tree's error for a failed call to the node of a jurisdiction."""
    told = told_by_peer(error)
    if told is not None:
        return told
    return PeerUnavailableError(
        f"the node of {jurisdiction} could not be reached or did not answer in time; "
        "the call is tried again later",
        jurisdiction=jurisdiction,
    )


def told_by_peer(error: grpc.RpcError) -> PortabilityError | None:
    """What a node itself answered with; None where something else went wrong on the way."""
    trailers = error.trailing_metadata() if isinstance(error, grpc.aio.AioRpcError) else None
    for key, value in trailers or ():
        if key == STATUS_METADATA_KEY and isinstance(value, bytes):
            told = error_from_details(value)
            if told is not None:
                return told
    return None
