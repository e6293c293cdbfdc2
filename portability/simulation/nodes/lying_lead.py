"""
A real node that leads a case and does not keep to the protocol, in one way.

As in ``liars``, only what writes its statements is not the real one. Of a result that is none, or
is two, nobody can go on but the lead: such a case stops, and all can see why.
"""

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from portability.ledger.envelope import kind_of
from portability.node.cases.inputs import as_answered, compute, own_inputs, received_records
from portability.node.cases.loading import LoadedCase
from portability.node.cases.writing import NOTHING_WITH_IT, CaseWriter, Heard, Sending
from portability.node.log.write import LoggedRow, NewStatement, Write
from portability.node.records.of_person import HeldRecord
from portability.recognition.presence import present_in
from portability.recognition.statements import (
    Closure,
    ClosureReason,
    HistoryRequest,
    PermissionEnd,
    Reconciliation,
)
from portability.simulation.nodes.liars import Lies
from portability.simulation.plan import LEAVES_OUT, Plan

ANOTHER_RESULT: Final = "signs-another-digest"
TWO_RESULTS: Final = "signs-two-results"
CLOSES_ALONE: Final = "closes-before-all-signed"
ASKS_AGAIN: Final = "asks-under-a-withdrawn-consent"
LEAD_LIES: Final = (LEAVES_OUT, ANOTHER_RESULT, CLOSES_ALONE, ASKS_AGAIN, TWO_RESULTS)
STOPPING: Final = (LEAVES_OUT, ANOTHER_RESULT, TWO_RESULTS)
"""Lies after which a case may never end."""

_TO_BE_TWO: Final = 3
"""Countries, for two of them to be told two things."""


def with_lie_of_lead(plan: Plan, seed: int) -> Plan:
    """In whichever case the lead of a model lies, that of real nodes tells one of its lies."""
    if plan.lie != LEAVES_OUT:
        return plan
    is_many = len(plan.claim.jurisdictions) >= _TO_BE_TWO
    lies = LEAD_LIES if is_many else tuple(one for one in LEAD_LIES if one != TWO_RESULTS)
    return replace(plan, lie=random.Random(f"lead {seed}").choice(lies))


class LyingLead(CaseWriter):
    """What writes the statements of a lead that lies."""

    def __init__(self, lies: Lies, **parts: Any) -> None:
        super().__init__(**parts)
        self._lies = lies
        self._kept_from: tuple[bytes, str] = b"", ""

    async def take(
        self,
        write: Write,
        loaded: LoadedCase,
        heard: Heard,
        sending: Sending = NOTHING_WITH_IT,
    ) -> tuple[LoadedCase, LoggedRow]:
        said = heard.statement
        if heard.peer or await self._lies.told(write.connection):
            return await super().take(write, loaded, heard, sending)
        if isinstance(said, Reconciliation) and present_in(loaded.claim, said)[1:]:
            return await self._say_result(write, loaded, (heard, said), sending)
        if isinstance(said, HistoryRequest) and self._is_over(loaded, said):
            self._lies.tried[heard.statement_id] = b""
        return await super().take(write, loaded, heard, sending)

    async def enqueue(self, write: Write, peer: str, sent: bytes, sending: Sending) -> None:
        if (sent, peer) != self._kept_from:
            await super().enqueue(write, peer, sent, sending)

    def _is_over(self, loaded: LoadedCase, request: HistoryRequest) -> bool:
        """Whether the recipient was asked under this permission, and told that it was withdrawn."""
        known = loaded.case.accepted.values()
        return (
            self._lies.lie == ASKS_AGAIN
            and self._lies.is_withdrawn(request.permission)
            and any(
                isinstance(one, PermissionEnd) and one.permission == request.permission
                for one in known
            )
            and any(
                isinstance(one, HistoryRequest)
                and (one.permission, one.recipient) == (request.permission, request.recipient)
                for one in known
            )
        )

    # --- results ---------------------------------------------------------------------------------

    async def _say_result(
        self,
        write: Write,
        loaded: LoadedCase,
        honest: tuple[Heard, Reconciliation],
        sending: Sending,
    ) -> tuple[LoadedCase, LoggedRow]:
        """A result into the own case as the lie has it, or as it is with the lie beside it."""
        heard, said = honest
        lie = self._lies.lie
        if lie == ANOTHER_RESULT:
            heard = self._lie(replace(said, digest=bytes(len(said.digest))))
        elif lie == LEAVES_OUT:
            heard, sending = await self._leave_out(write, loaded, honest, sending)
        elif lie == TWO_RESULTS:
            await self._tell_another(write, loaded, honest, sending)
        after = await super().take(write, loaded, heard, sending)
        if lie == CLOSES_ALONE:
            await self._close(write, after[0], said)
        return after

    def _lie(self, statement: Reconciliation | Closure, hidden: bytes = b"") -> Heard:
        heard = self.sign(statement)
        self._lies.tried[heard.statement_id] = hidden
        return heard

    async def _leave_out(
        self,
        write: Write,
        loaded: LoadedCase,
        honest: tuple[Heard, Reconciliation],
        sending: Sending,
    ) -> tuple[Heard, Sending]:
        """The result without a record that another party brought; as it is if none did."""
        heard, said = honest
        records = await _inputs(write, loaded, said)
        hidden = _issued_outside(records, self.jurisdiction)
        if not hidden:
            return heard, sending
        lie = self._lie(_without(loaded, said, records, hidden), hidden)
        shown = {
            to: tuple(one for one in ids if one != hidden) for to, ids in sending.exhibits.items()
        }
        return lie, replace(sending, exhibits=shown)

    async def _tell_another(
        self,
        write: Write,
        loaded: LoadedCase,
        honest: tuple[Heard, Reconciliation],
        sending: Sending,
    ) -> None:
        """To one party a result without a record of which it knows nothing, in place of this."""
        heard, said = honest
        to, *others = present_in(loaded.claim, said)[1:]
        records = await _inputs(write, loaded, said)
        hidden = _issued_outside(records, to)
        if not others or not hidden:
            return
        shown = tuple(one for one in sending.exhibits.get(to, ()) if one != hidden)
        lie = self._lie(_without(loaded, said, records, hidden), hidden)
        await self._say_beside(write, loaded, lie, (to,), replace(sending, exhibits={to: shown}))
        self._kept_from = heard.statement_id, to

    async def _close(self, write: Write, loaded: LoadedCase, result: Reconciliation) -> None:
        """End the case of others as soon as they have the result."""
        header = self.header(loaded.case_id, write.now, ())
        lie = self._lie(Closure(header=header, reason=ClosureReason.SETTLED))
        others = present_in(loaded.claim, result)[1:]
        await self._say_beside(write, loaded, lie, others, NOTHING_WITH_IT)

    async def _say_beside(
        self,
        write: Write,
        loaded: LoadedCase,
        heard: Heard,
        others: tuple[str, ...],
        sending: Sending,
    ) -> None:
        """Send what never becomes part of the own case."""
        await write.log(
            NewStatement(
                envelope=heard.envelope,
                statement_id=heard.statement_id,
                kind=kind_of(heard.envelope.payload_type),
                key_id=heard.key_id,
                person=loaded.row.person,
            )
        )
        for to in others:
            await self.enqueue(write, to, heard.statement_id, sending)


async def _inputs(
    write: Write, loaded: LoadedCase, said: Reconciliation
) -> Mapping[bytes, HeldRecord]:
    """The records that an honest result rests on, as they were shown."""
    held = await received_records(write.connection, write.vault, loaded)
    own = await own_inputs(write.connection, write.vault, loaded)
    held.update({one.statement_id: one for one in own})
    shown = as_answered(loaded, said.header.predecessors, held)
    return {i: shown[i] for i in said.inputs}


def _issued_outside(records: Mapping[bytes, HeldRecord], code: str) -> bytes:
    """A record of several that no institution of this jurisdiction issued; empty if all are its."""
    outside = (i for i, one in records.items() if one.issuer.jurisdiction != code)
    return next(outside, b"") if len(records) > 1 else b""


def _without(
    loaded: LoadedCase, said: Reconciliation, records: Mapping[bytes, HeldRecord], hidden: bytes
) -> Reconciliation:
    """The result of all inputs but one, rightly computed."""
    left = {i: one for i, one in records.items() if i != hidden}
    computed = compute(loaded.claim, left.values(), loaded.pack, said.held_back)
    return replace(
        said,
        inputs=tuple(sorted(left)),
        result=computed.signed_text.encode(),
        digest=bytes.fromhex(computed.digest),
    )
