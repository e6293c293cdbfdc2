"""
What a node gives back to a peer that lost its newest data: what the two had exchanged.

It tells the peer nothing new. What the peer had said is the peer's own; what it had received was
released to it then, under a receipt. Whatever was erased since is named and not given, and records
whose permission has ended since do not leave once more, unless a decision rests on them.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from portability.errors import NotFoundError
from portability.federation.going_alone import EndedError
from portability.ledger.envelope import Envelope
from portability.node.peers.acknowledging import Acknowledger
from portability.recognition.statements import HistoryResponse, Reconciliation
from portability.recognition.versions import LATEST
from portability.store import delivery, log, set_aside, streams
from portability.store import exhibits as store_exhibits
from portability.store.cases import find_cases_of_statement
from portability.store.engine import Connection, Database
from portability.v1 import envelope_pb2
from portability.v1 import federation_service_pb2 as pb
from portability.wire.envelope import envelope_from_bytes, envelope_to_pb
from portability.wire.statement import STATEMENT_TYPES, case_statement_from_payload

AT_ONCE: Final = 64
"""Statements of each stream in one answer: as many as in one delivery."""

MAX_BYTES: Final = 4 * 1024 * 1024
"""Of one answer; a single statement may be larger than that and then comes alone."""

Prove = Callable[[Sequence[bytes]], Awaitable[Sequence[envelope_pb2.ProvenStatement]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """One place of a stream, with the leaf at which this node logged the statement."""

    leaf: int
    message: pb.RecalledStatement
    is_accepted: bool = False
    """It is the caller's, and was taken in here."""


class RecallDesk:
    """Answers for the streams between this node and each peer."""

    def __init__(
        self,
        *,
        database: Database,
        prove: Prove,
        acknowledger: Acknowledger,
        protocol_version: int = LATEST,
    ) -> None:
        self._database = database
        self._protocol_version = protocol_version
        self._prove = prove
        self._acknowledger = acknowledger

    async def standing(self, peer: str) -> pb.GetDeliveryPositionResponse:
        """How far both streams are, as this node has them."""
        async with self._database.read() as connection:
            position = await delivery.accepted_position(connection, peer)
            last = await streams.list_received(connection, peer=peer, after=position - 1, limit=1)
            return pb.GetDeliveryPositionResponse(
                accepted_position=position,
                accepted_statement=last[0].statement_id if last else b"",
                sent_position=await delivery.sent_position(connection, peer),
                protocol_version=self._protocol_version,
            )

    async def recall(self, peer: str, sent: int, received: int) -> pb.RecallStatementsResponse:
        """
        What the peer had sent beyond position ``sent`` and received beyond ``received``.

        In the order of this node's log, as far as the order of each stream allows. What the peer
        had sent and was not refused is signed for again: it lost the signatures as well.
        """
        async with self._database.read() as connection:
            theirs = await streams.list_received(
                connection, peer=peer, after=sent, limit=AT_ONCE + 1
            )
            ours = await streams.list_sent(connection, peer=peer, after=received, limit=AT_ONCE + 1)
            ids = [one.statement_id for one in (*theirs[:AT_ONCE], *ours[:AT_ONCE])]
            places = await log.find_statements(connection, ids)
            leaves = {name: at.leaf_index for name, at in places.items()}
            refused = await set_aside.find_set_aside(
                connection, peer=peer, positions=[one.position for one in theirs[:AT_ONCE]]
            )
            said = [
                await self._said(connection, peer, one, leaves, is_refused=one.position in refused)
                for one in theirs[:AT_ONCE]
            ]
        heard = [await self._heard(one, leaves) for one in ours[:AT_ONCE]]
        merged = _merged(said, heard)
        fitting = _within(merged)
        is_all = len(fitting) == len(merged) and max(len(theirs), len(ours)) <= AT_ONCE
        answer = pb.RecallStatementsResponse(
            statements=[one.message for one in fitting], is_complete=is_all
        )
        accepted = [one.message for one in fitting if one.is_accepted]
        if accepted:
            ids = [one.statement_id for one in accepted]
            signed = self._acknowledger.sign(ids, accepted[-1].delivery.position)
            answer.acknowledgement.CopyFrom(envelope_to_pb(signed))
        return answer

    async def _said(
        self,
        connection: Connection,
        peer: str,
        one: streams.Streamed,
        leaves: dict[bytes, int],
        *,
        is_refused: bool,
    ) -> _Place:
        """A statement of the peer, with what came from the peer's own log into the case."""
        found = pb.Delivery(position=one.position)
        kept = await set_aside.read_set_aside(
            connection,
            self._database.vault,
            peer=peer,
            position=one.position,
            statement_id=one.statement_id,
        )
        stored = await log.read_statements(connection, self._database.vault, [one.statement_id])
        if kept is not None:
            found.CopyFrom(pb.Delivery.FromString(kept))
        elif one.statement_id in stored:
            await self._fill(connection, peer, found, stored[one.statement_id])
        message = pb.RecalledStatement(
            statement_id=one.statement_id, is_callers=True, delivery=found
        )
        leaf = leaves.get(one.statement_id, 0)
        return _Place(leaf=leaf, message=message, is_accepted=not is_refused)

    async def _fill(
        self, connection: Connection, peer: str, found: pb.Delivery, row: log.StoredStatement
    ) -> None:
        if row.envelope is None:
            return
        envelope = envelope_from_bytes(row.envelope)
        found.statement.envelope.CopyFrom(envelope_to_pb(envelope))
        names = _records_named(envelope)
        held: dict[bytes, store_exhibits.Exhibit] = {}
        for case_id in await find_cases_of_statement(connection, row.statement_id):
            some = await store_exhibits.read_exhibits(
                connection, self._database.vault, case_id, names
            )
            held |= {one.statement_id: one for one in some}
        for exhibit in (held[name] for name in names if name in held):
            if exhibit.origin == peer and exhibit.proven is not None:
                found.exhibits.append(envelope_pb2.ProvenStatement.FromString(exhibit.proven))

    async def _heard(self, one: streams.Streamed, leaves: dict[bytes, int]) -> _Place:
        """A statement of ours, as it was delivered; without what may not leave any more."""
        found = pb.Delivery(position=one.position)
        try:
            statement, *exhibits = await self._proven(one)
        except NotFoundError:
            pass  # erased since: its place is told, and nothing else
        else:
            found.statement.CopyFrom(statement)
            found.exhibits.extend(exhibits)
        message = pb.RecalledStatement(
            statement_id=one.statement_id, is_callers=False, delivery=found
        )
        return _Place(leaf=leaves.get(one.statement_id, 0), message=message)

    async def _proven(self, one: streams.Streamed) -> Sequence[envelope_pb2.ProvenStatement]:
        try:
            return await self._prove([one.statement_id, *one.exhibits])
        except EndedError:
            return await self._prove([one.statement_id])


def _records_named(envelope: Envelope) -> tuple[bytes, ...]:
    """The records that came with a statement."""
    if envelope.payload_type not in STATEMENT_TYPES:
        return ()
    said = case_statement_from_payload(envelope.payload_type, envelope.payload)
    if isinstance(said, HistoryResponse):
        return said.records
    return said.inputs if isinstance(said, Reconciliation) else ()


def _within(places: Sequence[_Place]) -> list[_Place]:
    """As many as one answer may hold, at least one."""
    size = 0
    for count, one in enumerate(places):
        size += one.message.ByteSize()
        if count and size > MAX_BYTES:
            return list(places[:count])
    return list(places)


def _merged(first: Sequence[_Place], second: Sequence[_Place]) -> list[_Place]:
    """Both streams in one, each in its own order, the smaller leaf first."""
    merged: list[_Place] = []
    left, right = list(first), list(second)
    while left and right:
        merged.append((left if left[0].leaf <= right[0].leaf else right).pop(0))
    return [*merged, *left, *right]
