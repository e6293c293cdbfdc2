"""
Taking back what this node has lost, and a peer still has, of the streams between them.

That is so after a database was restored and the log goes on under a directory that says what is
lost. Both directions come back in the order in which the peer logged them, in one transaction, so
that nothing is answered that had been answered already. What cannot be put back is set aside with
the reason; nothing that this node has enqueued meanwhile is left out.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from portability.errors import (
    NotFoundError,
    PortabilityError,
    ProofError,
    StaleCheckpointError,
    StorageError,
)
from portability.federation.acknowledged import check_signed, keep_signed
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.envelope import statement_id
from portability.ledger.trust import Directory
from portability.node.cases.writing import CaseWriter, Sending
from portability.node.log.sequencer import Sequencer
from portability.node.log.write import Write
from portability.node.peers.delivery_checks import CheckedDelivery, check_delivery
from portability.node.peers.inbox import Inbox
from portability.node.peers.recall_own import OwnStatements
from portability.store import delivery, streams
from portability.store import log as stored_log
from portability.store.engine import Database, savepoint
from portability.store.set_aside import SetAsideRow, add_set_aside, note_replay, read_set_aside
from portability.v1 import envelope_pb2
from portability.v1 import federation_service_pb2 as pb
from portability.wire.strict import exactly

MAX_AT_ONCE: Final = 20_000
"""Statements taken back in one transaction; bounds memory."""

MAX_STRANDED: Final = 1_000
"""So many of what was set aside are tried again; others wait for the operator."""

PATIENCE_SECONDS: Final = 60.0
"""How long a node that starts after a loss gives a peer that answers to give everything back."""

_ERASED: Final = "it may hold what was erased, so nothing of it is kept"

log = structlog.get_logger(__name__)


class RecallLink(Protocol):
    """A peer as whoever lost data sees it."""

    async def standing(self) -> pb.GetDeliveryPositionResponse:
        """How far both streams are, as the peer has them. PeerUnavailableError, or its refusal."""

    async def recall(self, *, sent: int, received: int) -> pb.RecallStatementsResponse:
        """What follows on these positions, unverified. Raises as ``standing``."""


class RecallingWriter(CaseWriter):
    """Adds statements to cases, and sends nothing again that is in the stream already."""

    async def enqueue(self, write: Write, peer: str, sent: bytes, sending: Sending) -> None:
        if not await streams.is_enqueued(write.connection, peer=peer, statement_id=sent):
            await super().enqueue(write, peer, sent, sending)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stranded:
    """What a peer gave back and was set aside; ``is_own`` where this jurisdiction had said it."""

    peer: str
    is_own: bool
    row: SetAsideRow


class Recaller:
    """Compares streams with peers, and takes back what is missing here."""

    def __init__(
        self,
        *,
        jurisdiction: str,
        database: Database,
        sequencer: Sequencer,
        directory: Callable[[], Directory],
        link: Callable[[str], RecallLink],
        inbox: Inbox,
        own: OwnStatements,
    ) -> None:
        self._jurisdiction = jurisdiction
        self._database = database
        self._sequencer = sequencer
        self._directory = directory
        self._link = link
        self._inbox = inbox
        self._own = own
        self._stranded: dict[bytes, _Stranded] = {}

    async def compare(self, peer: str) -> None:
        """
        Take back what the peer has of the streams and this node has not.

        Raises ProofError if it gives nothing back of what it says that it has, and what the link
        raises: nothing is sent to the peer before this held once.
        """
        said = await self._link(peer).standing()
        while not await self._fits(peer, said):
            log.warning("streams_recalled", peer=peer)
            if not await self._take_back(peer):
                raise ProofError(
                    f"the node of {peer} says that it has more of the streams, and gives nothing "
                    "back; ask its operator",
                    jurisdiction=peer,
                )
        await self._take_again()

    async def fetch_again(self, peer: str, position: int, sent: bytes) -> CheckedDelivery:
        """
        A statement that a peer had delivered at a position, asked for once more and verified.

        Raises NotFoundError if the peer has another one there, and what the link raises.
        """
        async with self._database.read() as connection:
            place = await delivery.sent_position(connection, peer)
        answer = await self._link(peer).recall(sent=place, received=position - 1)
        for one in answer.statements:
            found = (one.is_callers, one.delivery.position, one.statement_id)
            if found == (False, position, sent):
                return await asyncio.to_thread(_checked, one, self._directory(), peer)
        raise NotFoundError(
            f"the node of {peer} does not give the statement at position {position} again; ask "
            "its operator"
        )

    async def compare_all(self, peers: Collection[str]) -> None:
        """Compare with all that can be reached; whatever keeps one from it is logged."""

        async def one(peer: str) -> None:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self.compare(peer)
            except (PortabilityError, TimeoutError) as error:
                reason = getattr(error, "reason", "TIMEOUT")
                log.warning("streams_not_compared", peer=peer, reason=reason)

        await asyncio.gather(*map(one, peers))

    async def _fits(self, peer: str, said: pb.GetDeliveryPositionResponse) -> bool:
        """Whether nothing is missing here; a peer of the version before does not tell."""
        if not said.accepted_statement and not said.sent_position:
            return True
        async with self._database.read() as connection:
            ours = await streams.find_sent(connection, peer=peer, position=said.accepted_position)
            received = await delivery.accepted_position(connection, peer)
        has_sent = not said.accepted_position or ours == said.accepted_statement
        return has_sent and received >= said.sent_position

    async def _take_back(self, peer: str) -> bool:
        """One transaction of it; whether there was anything."""
        async with self._database.read() as connection:
            sent = await delivery.sent_position(connection, peer)
            received = await delivery.accepted_position(connection, peer)
        came, acknowledgements = await self._fetch(peer, sent, received)
        checked = await asyncio.to_thread(self._check, came, peer)

        async def work(write: Write) -> list[_Stranded]:
            stranded = []
            known = [one.statement_id for one in came if one.is_callers]
            await streams.replace_tail(
                write.connection, peer=peer, after=sent, known=known, now=write.now
            )
            place = await delivery.accepted_position(write.connection, peer)
            for one, delivered in zip(came, checked, strict=True):
                if delivered is None:
                    row = await self._take_own(write, peer, one)
                else:
                    place, refused = await self._inbox.take(write, peer, [delivered], place)
                    row = refused.get(delivered.position)
                if row is not None:
                    stranded.append(_Stranded(peer=peer, is_own=delivered is None, row=row))
            await _note_exhibits(write, peer, came)
            await self._keep_signed(write, peer, known, acknowledgements)
            return stranded

        if came:
            stranded, _ = await self._sequencer.run(work)
            room = MAX_STRANDED - len(self._stranded)
            self._stranded.update({one.row.statement_id: one for one in stranded[:room]})
        return bool(came)

    async def _take_again(self) -> None:
        """What was set aside once more: it may rest on what only this peer gave back."""
        for name, one in list(self._stranded.items()):
            if await self._try_again(one):
                self._stranded.pop(name, None)

    async def _try_again(self, one: _Stranded) -> bool:
        """Whether nothing is left to be tried: it is accepted, or not kept any more."""
        row = one.row
        async with self._database.read() as connection:
            raw = await read_set_aside(
                connection,
                self._database.vault,
                peer=row.peer,
                position=row.position,
                statement_id=row.statement_id,
            )
        if raw is None:
            return True
        came = pb.Delivery.FromString(raw)
        own = pb.RecalledStatement(delivery=came, statement_id=row.statement_id, is_callers=True)
        checked = (
            None
            if one.is_own
            else await asyncio.to_thread(check_delivery, came, self._directory(), one.peer)
        )

        async def work(write: Write) -> bool:
            error = (
                await self._try_own(write, one.peer, own)
                if checked is None
                else await self._inbox.take_again(write, one.peer, checked.verified)
            )
            if error is None:
                await note_replay(
                    write.connection, row, reason=row.reason, message=row.message, at=write.now
                )
            return error is None

        is_taken, _ = await self._sequencer.run(work)
        return is_taken

    async def _keep_signed(
        self,
        write: Write,
        peer: str,
        known: Collection[bytes],
        acknowledgements: Sequence[envelope_pb2.Envelope],
    ) -> None:
        """
        Keep what the peer has signed for again of what we had sent it.

        What it has not, or not rightly, is back all the same: it was verified for itself.
        """
        for one in acknowledgements:
            try:
                signed = check_signed(one, peer, self._directory(), write.now)
            except PortabilityError as error:
                log.warning("recall_not_signed_for", peer=peer, reason=error.reason)
                continue
            if set(signed.said.header.predecessors) <= set(known):
                await keep_signed(write.connection, peer, signed, write.now)

    async def _fetch(
        self, peer: str, sent: int, received: int
    ) -> tuple[list[pb.RecalledStatement], list[envelope_pb2.Envelope]]:
        """
        What the peer has behind these positions, each stream in order and without a gap, and its
        acknowledgements of what was ours.
        """
        found: list[pb.RecalledStatement] = []
        signed: list[envelope_pb2.Envelope] = []
        while len(found) < MAX_AT_ONCE:
            answer = await self._link(peer).recall(sent=sent, received=received)
            for one in answer.statements:
                exactly(one.statement_id, HASH_BYTES, "statement_id")
                expected = (sent if one.is_callers else received) + 1
                if one.delivery.position != expected:
                    raise ProofError(
                        f"the node of {peer} gives back a stream with a gap", jurisdiction=peer
                    )
                sent, received = (expected, received) if one.is_callers else (sent, expected)
            found += answer.statements
            if answer.HasField("acknowledgement"):
                signed.append(answer.acknowledgement)
            if answer.is_complete or not answer.statements:
                break
        return found, signed

    def _check(
        self, came: Sequence[pb.RecalledStatement], peer: str
    ) -> list[CheckedDelivery | None]:
        """Deliveries of the peer, verified; None in the place of what was our own."""
        directory = self._directory()
        return [None if one.is_callers else _checked(one, directory, peer) for one in came]

    async def _take_own(
        self, write: Write, peer: str, one: pb.RecalledStatement
    ) -> SetAsideRow | None:
        """A statement of ours; set aside with the reason where it has no place here any more."""
        error = await self._try_own(write, peer, one)
        if error is None:
            return None
        log.warning("own_statement_set_aside", peer=peer, reason=error.reason)
        raw = one.delivery.SerializeToString()
        may_keep = await self._inbox.may_keep(write, peer, raw)  # a peer may keep what was erased
        row = SetAsideRow(
            peer=self._jurisdiction,
            statement_id=one.statement_id,
            position=0,
            reason=error.reason,
            message=error.message if may_keep else f"{error.message} ({_ERASED})",
            create_time=write.now,
        )
        kept = raw if may_keep else None
        await add_set_aside(write.connection, write.vault, row, delivery=kept)
        return row

    async def _try_own(
        self, write: Write, peer: str, one: pb.RecalledStatement
    ) -> PortabilityError | None:
        """Take a statement of ours; the error if it has no place, and then nothing is written."""
        mark = write.mark()
        try:
            async with savepoint(write.connection):
                await self._own.take(write, peer, one)
        except (StorageError, StaleCheckpointError):
            raise  # the transaction as a whole is in question
        except PortabilityError as error:
            write.undo_to(mark)
            return error
        return None


async def _note_exhibits(write: Write, peer: str, came: Sequence[pb.RecalledStatement]) -> None:
    """What had gone with our statements, where all of it is in the log again."""
    here = {row.statement_id for row in write.rows}
    for one in came:
        ids = [
            statement_id(exhibit.envelope.payload_type, exhibit.envelope.payload)
            for exhibit in one.delivery.exhibits
        ]
        if not one.is_callers or not ids:
            continue
        missing = set(ids) - here
        if missing <= set(await stored_log.find_statements(write.connection, missing)):
            position = one.delivery.position
            await streams.note_exhibits(write.connection, peer=peer, position=position, ids=ids)


def _checked(one: pb.RecalledStatement, directory: Directory, peer: str) -> CheckedDelivery:
    """A statement of the peer, verified; of one that is not there any more nothing can be kept."""
    if one.delivery.HasField("statement"):
        found = check_delivery(one.delivery, directory, peer)
        if found.statement_id == one.statement_id:
            return found
    return CheckedDelivery(
        position=one.delivery.position,
        statement_id=one.statement_id,
        raw=bytes,  # which makes none
        verified=NotFoundError("its content was erased at the node that had sent it"),
    )
