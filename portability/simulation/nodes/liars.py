"""
Real nodes that do not keep to the protocol, each in one way; the others know nothing of it.

Here are those that a lead has asked; ``lying_lead`` has the lead.

All of such a node is the real one but for what writes its statements: that changes one of them
before it is signed, logged and sent, or says something besides. A lie is told with the transaction
that tells it: once it stands in the liar's own log, the node is honest for the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from portability.consent.scope import Party
from portability.ledger.envelope import Envelope, kind_of, sign_envelope
from portability.ledger.keys import Ed25519Signer
from portability.node.cases.loading import LoadedCase
from portability.node.cases.writing import NOTHING_WITH_IT, CaseWriter, Heard, Sending
from portability.node.log.write import LoggedRow, NewStatement, Write
from portability.node.records.release import Released, own_records
from portability.recognition.statements import (
    CaseStatement,
    Countersignature,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
)
from portability.simulation.permission import directory
from portability.simulation.plan import (
    ANOTHER_DIGEST,
    CONTRADICTION,
    FORGES,
    OMITS,
    REPLAYS,
    UNPERMITTED,
)
from portability.store import delivery, log, streams
from portability.store.engine import Connection
from portability.wire.statement import statement_to_payload, type_of

_FORGED: Final = Ed25519Signer(bytes([66]) * 32)
_ALL: Final = 10_000
"""A page that holds whatever one node sends another in a simulated case."""


@dataclass(slots=True, kw_only=True)
class Lies:
    """
    What the node of ``liar`` lies about, over all its lives.

    ``tried`` are statements that carry the lie, or stand beside it, each with the record that it
    hides: as many as a crash or an old backup has undone, and the one that was told.
    """

    liar: str
    lie: str
    is_withdrawn: Callable[[bytes], bool]
    tried: dict[bytes, bytes] = field(default_factory=dict)

    async def told(self, connection: Connection) -> list[bytes]:
        """The lies in the liar's own log."""
        found = await log.find_statements(connection, self.tried) if self.tried else {}
        return [one for one in self.tried if one in found]


class LyingWriter(CaseWriter):
    """What writes the statements of a node that lies."""

    def __init__(self, lies: Lies, **parts: Any) -> None:
        super().__init__(**parts)
        self._lies = lies

    async def take(
        self,
        write: Write,
        loaded: LoadedCase,
        heard: Heard,
        sending: Sending = NOTHING_WITH_IT,
    ) -> tuple[LoadedCase, LoggedRow]:
        said, lie = heard.statement, self._lies.lie
        is_own = not heard.peer and said.header.sender == Party(jurisdiction=self.jurisdiction)
        if not is_own or await self._lies.told(write.connection):
            return await super().take(write, loaded, heard, sending)
        if isinstance(said, HistoryResponse):
            return await self._answer(write, loaded, (heard, said), sending)
        if isinstance(said, Countersignature):
            result = loaded.case.accepted[said.header.predecessors[0]]
            if lie == ANOTHER_DIGEST:
                await self._countersign(write, loaded, replace(said, digest=bytes(32)))
            elif lie == FORGES and isinstance(result, Reconciliation):
                await self._countersign(write, loaded, said, _FORGED)
        after = await super().take(write, loaded, heard, sending)
        if lie == REPLAYS:
            await self._replay(write, loaded, heard.statement_id)
        return after

    # --- answers ---------------------------------------------------------------------------------

    async def _answer(
        self,
        write: Write,
        loaded: LoadedCase,
        honest: tuple[Heard, HistoryResponse],
        sending: Sending,
    ) -> tuple[LoadedCase, LoggedRow]:
        heard, said = honest
        lie = self._lies.lie
        if lie == UNPERMITTED and self._is_refused_as_withdrawn(loaded, said):
            whole = await self._released(write, loaded, said)
            if whole.records:
                return await self._say(write, loaded, whole, sending)
        if lie == OMITS and said.records:
            shorter = await self._released(write, loaded, said, said.records[1:])
            return await self._say(write, loaded, shorter, sending, hidden=said.records[0])
        after = await super().take(write, loaded, heard, sending)
        if lie == CONTRADICTION and said.records:
            shorter = await self._released(write, loaded, said, said.records[1:])
            after = await self._say(write, after[0], shorter, sending, hidden=said.records[0])
        return after

    def _is_refused_as_withdrawn(self, loaded: LoadedCase, said: HistoryResponse) -> bool:
        request = _request(loaded, said)
        return said.outcome is HistoryOutcome.REFUSED and self._lies.is_withdrawn(
            request.permission
        )

    async def _released(
        self,
        write: Write,
        loaded: LoadedCase,
        said: HistoryResponse,
        ids: tuple[bytes, ...] | None = None,
    ) -> HistoryResponse:
        """The answer with these records, or with all that there are."""
        held = await own_records(
            write.connection,
            write.vault,
            person=loaded.row.person or 0,
            institutions=(_request(loaded, said).recipient,),
        )
        chosen = Released(
            records=tuple(one for one in held if ids is None or one.statement_id in ids)
        )
        header = replace(said.header, salt=self._randomness(len(said.header.salt)))
        return replace(
            said,
            header=header,
            outcome=HistoryOutcome.RECORDS if chosen.ids else HistoryOutcome.NONE,
            records=chosen.ids,
            log_origin=directory().member(self.jurisdiction).log_origin,
            tree_size=write.size,
            payload_digest=chosen.digest(header.salt) if chosen.ids else b"",
        )

    async def _say(
        self,
        write: Write,
        loaded: LoadedCase,
        lie: HistoryResponse,
        sending: Sending,
        hidden: bytes = b"",
    ) -> tuple[LoadedCase, LoggedRow]:
        heard = self.sign(lie)
        self._lies.tried[heard.statement_id] = hidden
        to = loaded.claim.lead.jurisdiction
        return await super().take(
            write, loaded, heard, replace(sending, exhibits={to: lie.records})
        )

    # --- countersignatures and streams -----------------------------------------------------------

    async def _countersign(
        self,
        write: Write,
        loaded: LoadedCase,
        said: Countersignature,
        signer: Ed25519Signer | None = None,
    ) -> None:
        """Send the lead one that never becomes part of the own case."""
        header = replace(said.header, salt=self._randomness(len(said.header.salt)))
        heard = self.sign(replace(said, header=header))
        envelope = heard.envelope if signer is None else _signed(heard.statement, signer)
        self._lies.tried[heard.statement_id] = b""
        await write.log(
            NewStatement(
                envelope=envelope,
                statement_id=heard.statement_id,
                kind=kind_of(envelope.payload_type),
                key_id=heard.key_id,
                person=loaded.row.person,
            )
        )
        await self.enqueue(
            write, loaded.claim.lead.jurisdiction, heard.statement_id, NOTHING_WITH_IT
        )

    async def _replay(self, write: Write, loaded: LoadedCase, beside: bytes) -> None:
        """Everything that the lead has once more, at later places."""
        lead = loaded.claim.lead.jurisdiction
        sent = await streams.list_sent(write.connection, peer=lead, after=0, limit=_ALL)
        if sent:
            self._lies.tried[beside] = b""
        for one in sent:
            await delivery.enqueue(
                write.connection,
                peer=lead,
                statement_id=one.statement_id,
                exhibits=one.exhibits,
                not_before=write.now,
                now=write.now,
            )


def _request(loaded: LoadedCase, said: HistoryResponse) -> HistoryRequest:
    found = loaded.case.accepted[said.header.predecessors[0]]
    if not isinstance(found, HistoryRequest):
        raise TypeError("only a history request is answered by a history")
    return found


def _signed(statement: CaseStatement, signer: Ed25519Signer) -> Envelope:
    return sign_envelope(type_of(statement), statement_to_payload(statement), signer)
