"""OperatorService: what whoever runs this node asks of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from portability.errors import InvalidInputError
from portability.store import delivery
from portability.store.set_aside import SetAsideRow, list_set_aside
from portability.store.undelivered import count_undelivered, count_withheld
from portability.v1 import operator_service_pb2 as pb
from portability.v1 import operator_service_pb2_grpc as services
from portability.wire.strict import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portability.ledger.trust import Directory
    from portability.node.calls.caller import Context
    from portability.node.operating.maintenance import Maintenance
    from portability.node.peers.replaying import Replayer
    from portability.store.engine import Connection, Database

DEFAULT_PAGE: Final = 100
MAX_PAGE: Final = 500


class OperatorService(services.OperatorServiceServicer):
    """
    Serves operators of this jurisdiction, and whoever has the node's own certificate.

    ``failing`` tells of a peer how often in a row it could not be reached, why, and until when it
    is left in peace; ``under_way`` counts the calls that have begun.
    """

    def __init__(
        self,
        *,
        jurisdiction: str,
        database: Database,
        directory: Callable[[], Directory],
        maintenance: Maintenance,
        failing: Callable[[str], tuple[int, str, datetime | None]],
        under_way: Callable[[], int],
        replayer: Replayer,
    ) -> None:
        self._jurisdiction = jurisdiction
        self._database = database
        self._directory = directory
        self._maintenance = maintenance
        self._failing = failing
        self._under_way = under_way
        self._replayer = replayer

    async def GetNodeState(  # noqa: N802  # the name in the contract
        self, _request: pb.GetNodeStateRequest, _context: Context
    ) -> pb.GetNodeStateResponse:
        peers = [one.jurisdiction for one in self._directory().members]
        async with self._database.read() as connection:
            waiting = await delivery.list_pending_peers(connection)
            streams = [
                await self._stream(connection, peer, waiting.get(peer, 0))
                for peer in sorted(peers)
                if peer != self._jurisdiction
            ]
        return pb.GetNodeStateResponse(
            pause=self._pause(),
            calls_under_way=max(self._under_way() - 1, 0),
            streams=streams,
        )

    async def BeginMaintenance(  # noqa: N802
        self, request: pb.BeginMaintenanceRequest, _context: Context
    ) -> pb.BeginMaintenanceResponse:
        await self._maintenance.begin(
            request.reason, timedelta(seconds=request.retry_after_seconds)
        )
        return pb.BeginMaintenanceResponse()

    async def EndMaintenance(  # noqa: N802
        self, _request: pb.EndMaintenanceRequest, _context: Context
    ) -> pb.EndMaintenanceResponse:
        await self._maintenance.end()
        return pb.EndMaintenanceResponse()

    async def ListSetAside(  # noqa: N802
        self, request: pb.ListSetAsideRequest, _context: Context
    ) -> pb.ListSetAsideResponse:
        size = request.page_size or DEFAULT_PAGE
        if not 1 <= size <= MAX_PAGE:
            raise InvalidInputError(f"page_size is not 1 to {MAX_PAGE}", field="page_size")
        async with self._database.read() as connection:
            rows = await list_set_aside(connection, limit=size, with_replayed=request.with_replayed)
        return pb.ListSetAsideResponse(deliveries=[_set_aside_to_pb(row) for row in rows])

    async def ReplaySetAside(  # noqa: N802
        self, request: pb.ReplaySetAsideRequest, _context: Context
    ) -> pb.ReplaySetAsideResponse:
        row = await self._replayer.replay(request.peer, request.position)
        return pb.ReplaySetAsideResponse(delivery=_set_aside_to_pb(row))

    def _pause(self) -> pb.NodePause | None:
        pause, since = self._maintenance.pause, self._maintenance.since
        if pause is None:
            return None
        return pb.NodePause(
            reason=pause.reason,
            retry_after_seconds=int(pause.retry_after.total_seconds()),
            begin_time=None if since is None else timestamp(since),
        )

    async def _stream(self, connection: Connection, peer: str, waiting: int) -> pb.PeerStream:
        failures, reason, until = self._failing(peer)
        return pb.PeerStream(
            peer=peer,
            waiting=waiting,
            accepted_position=await delivery.sent_position(connection, peer),
            received_position=await delivery.accepted_position(connection, peer),
            failures=failures,
            reason=reason,
            retry_time=None if until is None else timestamp(until),
            withheld=await count_withheld(connection, peer),
            undelivered=[
                pb.UndeliveredKind(
                    kind=one.kind,
                    state=one.state,
                    count=one.count,
                    create_time=timestamp(one.create_time),
                )
                for one in await count_undelivered(connection, peer)
            ],
        )


def _set_aside_to_pb(row: SetAsideRow) -> pb.SetAsideDelivery:
    return pb.SetAsideDelivery(
        peer=row.peer,
        position=row.position,
        statement=row.statement_id,
        reason=row.reason,
        message=row.message,
        create_time=timestamp(row.create_time),
        replay_time=None if row.replay_time is None else timestamp(row.replay_time),
    )
