"""FederationService: what other nodes say to this one."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from portability.consent.scope import Party
from portability.errors import InvalidInputError, PreconditionError
from portability.ledger.encoding import HASH_BYTES
from portability.node.calls.caller import caller_of
from portability.node.peers.inbox_checks import delivered_id
from portability.recognition.versions import LATEST
from portability.store import delivery
from portability.store.set_aside import find_set_aside, list_replayed
from portability.store.staging import clear_staged
from portability.store.streams import find_received, look_at_taken
from portability.v1 import federation_service_pb2 as pb
from portability.v1 import federation_service_pb2_grpc as services
from portability.wire.consent_parts import state_to_pb
from portability.wire.envelope import envelope_from_pb, envelope_to_pb
from portability.wire.strict import exactly

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from portability.federation.versions import PeerVersions
    from portability.ledger.trust import Directory
    from portability.node.calls.caller import Context
    from portability.node.calls.step_times import Measure
    from portability.node.consents.standing import ConsentStatuses
    from portability.node.log.sequencer import Sequencer
    from portability.node.log.witness import Witness
    from portability.node.log.write import Write
    from portability.node.peers.acknowledging import Acknowledger
    from portability.node.peers.delivery_checks import CheckedDelivery, DeliveryChecks
    from portability.node.peers.inbox import Inbox
    from portability.node.peers.ping_answer import PingDesk
    from portability.node.peers.recall_desk import RecallDesk
    from portability.node.peers.staging_desk import StagingDesk
    from portability.store.engine import Connection, Database
    from portability.store.set_aside import SetAsideRow
    from portability.store.streams import Taken

MAX_DELIVERIES: Final = 256
"""In one call; a sender splits its stream anywhere."""

REPLAYS_TOLD: Final = timedelta(days=30)
"""How long each answer to a peer also acknowledges what was refused first and then accepted."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Here:
    """
    A peer's stream as it is here: up to which position, and what of a call was refused.

    ``late`` was refused first and accepted after all. At the positions ``misplaced`` something else
    had come before.
    """

    position: int
    refused: Mapping[int, SetAsideRow]
    late: Sequence[bytes]
    misplaced: frozenset[int] = frozenset()


class FederationService(services.FederationServiceServicer):
    """
    Takes in statements in the order of each peer's stream, at least once, and answers for consents.

    The peer is whoever the certificate says; that it is a node is checked before (``calls.roles``).
    """

    def __init__(
        self,
        *,
        database: Database,
        sequencer: Sequencer,
        directory: Callable[[], Directory],
        checks: DeliveryChecks,
        inbox: Inbox,
        statuses: ConsentStatuses,
        acknowledger: Acknowledger,
        clock: Callable[[], datetime],
        fault: Callable[[str], None],
        pings: PingDesk,
        recalls: RecallDesk,
        staging: StagingDesk,
        versions: PeerVersions,
        protocol_version: int = LATEST,
        witness: Witness | None = None,
        measure: Measure = lambda _: nullcontext(),
    ) -> None:
        self._database = database
        self._sequencer = sequencer
        self._directory = directory
        self._checks = checks
        self._inbox = inbox
        self._statuses = statuses
        self._acknowledger = acknowledger
        self._clock = clock
        self._fault = fault
        self._pings = pings
        self._recalls = recalls
        self._staging = staging
        self._versions = versions
        self._accepted: dict[str, int] = {}
        self._protocol_version = protocol_version
        self._witness = witness
        self._measure = measure

    @property
    def inbox(self) -> Inbox:
        """Where what peers deliver is taken in."""
        return self._inbox

    async def DeliverStatements(  # noqa: N802  # the name in the contract
        self, request: pb.DeliverStatementsRequest, context: Context
    ) -> pb.DeliverStatementsResponse:
        peer = caller_of(context).jurisdiction
        _check_order(request.deliveries)
        await self._versions.note(peer, request.protocol_version)
        with self._staging.taking(peer, request.deliveries):
            here = await self._take_in(peer, request.deliveries)
        self._accepted[peer] = here.position
        return self._acknowledge(peer, request.deliveries, here)

    async def StageExhibits(  # noqa: N802
        self, request: pb.StageExhibitsRequest, context: Context
    ) -> pb.StageExhibitsResponse:
        exactly(request.statement, HASH_BYTES, "statement")
        staged = await self._staging.stage(caller_of(context).jurisdiction, request)
        return pb.StageExhibitsResponse(staged=staged)

    async def FetchConsentStatus(  # noqa: N802
        self, request: pb.FetchConsentStatusRequest, context: Context
    ) -> pb.FetchConsentStatusResponse:
        consent = exactly(request.consent, HASH_BYTES, "consent")
        recipient = Party(jurisdiction=caller_of(context).jurisdiction)
        issued = await self._statuses.issue(consent, recipient)
        return pb.FetchConsentStatusResponse(
            status=envelope_to_pb(issued.envelope), state=state_to_pb(issued.state)
        )

    async def GetDeliveryPosition(  # noqa: N802
        self, request: pb.GetDeliveryPositionRequest, context: Context
    ) -> pb.GetDeliveryPositionResponse:
        peer = caller_of(context).jurisdiction
        await self._versions.note(peer, request.protocol_version)
        return await self._recalls.standing(peer)

    async def RecallStatements(  # noqa: N802
        self, request: pb.RecallStatementsRequest, context: Context
    ) -> pb.RecallStatementsResponse:
        peer = caller_of(context).jurisdiction
        log.warning("statements_recalled_by_peer", peer=peer)
        return await self._recalls.recall(peer, request.sent_position, request.received_position)

    async def CosignCheckpoint(  # noqa: N802
        self, request: pb.CosignCheckpointRequest, _context: Context
    ) -> pb.CosignCheckpointResponse:
        if self._witness is None:
            raise PreconditionError("this node cosigns the logs of others for nobody")
        answer = await self._witness.add_checkpoint(request.body)
        return pb.CosignCheckpointResponse(
            status=answer.status, content_type=answer.content_type, body=answer.body
        )

    async def Ping(  # noqa: N802
        self, request: pb.PingRequest, context: Context
    ) -> pb.PingResponse:
        echo = self._pings.answer(envelope_from_pb(request.probe), caller_of(context))
        return pb.PingResponse(echo=envelope_to_pb(echo))

    async def _accepted_before(self, peer: str, first: int) -> int:
        """
        How far the peer's stream is here, so that nothing is verified twice.

        Known without a look where the call goes on from the last one: it is asked again under the
        lock before anything is taken in.
        """
        if first == self._accepted.get(peer, -1) + 1:
            return first - 1
        async with self._database.read() as connection:
            return await delivery.accepted_position(connection, peer)

    async def _take_in(self, peer: str, deliveries: Sequence[pb.Delivery]) -> _Here:
        """Verify what follows on what is here of the peer's stream, and take it in."""
        before = await self._accepted_before(peer, deliveries[0].position)
        whole: list[pb.Delivery] = []
        for one in _following(deliveries, before):
            if not await self._staging.assemble(peer, delivered_id(one), one):
                break  # some of its exhibits are still to come
            whole.append(one)
        with self._measure("verify"):
            checked = await self._checks.check_all(whole, self._directory(), peer)
        self._fault("inbox.verified")
        here = await self._take(peer, checked, deliveries)
        self._fault("inbox.committed")
        return here

    async def _take(
        self, peer: str, checked: Sequence[CheckedDelivery], deliveries: Sequence[pb.Delivery]
    ) -> _Here:
        """Take in what was verified; how the peer's stream stands then."""

        async def work(write: Write) -> _Here:
            ids = [one.statement_id for one in checked]
            before = await self._taken(write.connection, peer, ids)
            if not before.has_logged:
                write.note_absent(ids)
            position, refused = await self._inbox.take(write, peer, checked, before.position)
            if before.has_staged:
                await clear_staged(write.connection, peer)
            here = await self._look(write.connection, peer, deliveries, before)
            return replace(here, position=position, refused={**here.refused, **refused})

        if checked:
            with self._measure("take"):
                here, _ = await self._sequencer.run(work)
            return here
        async with self._database.read() as connection:
            taken = await self._taken(connection, peer, ())
            return await self._look(connection, peer, deliveries, taken)

    async def _taken(
        self, connection: Connection, peer: str, statement_ids: Sequence[bytes]
    ) -> Taken:
        since = self._clock() - REPLAYS_TOLD
        return await look_at_taken(connection, peer=peer, since=since, statement_ids=statement_ids)

    async def _look(
        self,
        connection: Connection,
        peer: str,
        deliveries: Sequence[pb.Delivery],
        taken: Taken,
    ) -> _Here:
        """How it stood when ``taken`` was read; what is known to be empty is not asked for."""
        again = {
            one.position: delivered_id(one) for one in deliveries if one.position <= taken.position
        }
        known: Mapping[int, bytes] = {}
        refused: Mapping[int, SetAsideRow] = {}
        if again:
            known = await find_received(connection, peer=peer, positions=again)
        if again and taken.has_set_aside:
            refused = await find_set_aside(connection, peer=peer, positions=list(again))
        late: Sequence[bytes] = ()
        if taken.has_replayed:
            since = self._clock() - REPLAYS_TOLD
            late = await list_replayed(connection, peer=peer, since=since, limit=MAX_DELIVERIES)
        return _Here(
            position=taken.position,
            refused=refused,
            late=late,
            misplaced=frozenset(at for at, i in again.items() if known.get(at) != i),
        )

    def _acknowledge(
        self, peer: str, deliveries: Sequence[pb.Delivery], here: _Here
    ) -> pb.DeliverStatementsResponse:
        """
        What of these is durable here, under this node's signature, and what was refused.

        What differs from what had come at its position was not taken in, so nobody signs for it.
        """
        received = [
            one
            for one in deliveries
            if one.position <= here.position and one.position not in here.misplaced
        ]
        refused = here.refused
        for row in refused.values():
            log.warning("delivery_set_aside", peer=peer, reason=row.reason)
        for position in sorted(here.misplaced):
            log.warning("delivery_misplaced", peer=peer, position=position)
        accepted = [delivered_id(one) for one in received if one.position not in refused]
        told = list(dict.fromkeys([*accepted, *here.late]))
        signed = self._acknowledger.sign(told, here.position)
        return pb.DeliverStatementsResponse(
            accepted_position=here.position,
            acknowledgement=envelope_to_pb(signed),
            refusals=[
                pb.RefusedDelivery(position=row.position, reason=row.reason, message=row.message)
                for _, row in sorted(refused.items())
            ],
            protocol_version=self._protocol_version,
        )


def _check_order(deliveries: Sequence[pb.Delivery]) -> None:
    if not 1 <= len(deliveries) <= MAX_DELIVERIES:
        raise InvalidInputError(
            f"a call delivers 1 to {MAX_DELIVERIES} statements", field="deliveries"
        )
    positions = [one.position for one in deliveries]
    if positions != list(range(positions[0], positions[0] + len(positions))) or not positions[0]:
        raise InvalidInputError(
            "positions count from 1 without gaps; send the stream from the accepted position on",
            field="position",
        )
    if len(deliveries) > 1 and any(one.staged_exhibits for one in deliveries):
        raise InvalidInputError(
            "a statement whose exhibits came in pages is delivered in a call of its own",
            field="staged_exhibits",
        )


def _following(deliveries: Sequence[pb.Delivery], position: int) -> list[pb.Delivery]:
    """Those that follow on the position without a gap; empty if the first of them is missing."""
    if deliveries[0].position > position + 1:
        return []
    return [one for one in deliveries if one.position > position]
