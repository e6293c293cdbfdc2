"""Complaints as this node holds them: their steps in the log, and whom each waits for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from portability.errors import ErasedError, NotFoundError
from portability.recognition.complaint import ComplaintAct, ComplaintStep, ombudsperson_of
from portability.store import complaints as stored
from portability.store import log
from portability.wire.complaint import step_from_payload
from portability.wire.envelope import envelope_from_bytes

if TYPE_CHECKING:
    from portability.node.log.write import Write
    from portability.store.complaints import ComplaintRow
    from portability.store.engine import Connection
    from portability.store.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldComplaint:
    """A complaint with its steps, the first one first."""

    row: ComplaintRow
    ids: tuple[bytes, ...]
    steps: tuple[ComplaintStep, ...]

    @property
    def home(self) -> str:
        """The jurisdiction where it was filed."""
        return self.steps[0].home


async def load_complaint(
    connection: Connection, vault: Vault, name: str, write: Write | None = None
) -> HeldComplaint | None:
    """By name, with what the transaction under way has added; None for none."""
    row = await stored.find_complaint(connection, name)
    return None if row is None else await with_steps(connection, vault, row, write)


async def with_steps(
    connection: Connection, vault: Vault, row: ComplaintRow, write: Write | None = None
) -> HeldComplaint:
    """A complaint with the content of its steps. Raises ErasedError."""
    ids = await stored.list_steps(connection, row.name)
    pending = {} if write is None else write.statements
    rows = await log.read_statements(connection, vault, [i for i in ids if i not in pending])
    steps = []
    for i in ids:
        if i in pending:
            envelope = pending[i][2]
        else:
            held = rows[i].envelope
            if held is None:
                raise ErasedError
            envelope = envelope_from_bytes(held)
        steps.append(step_from_payload(envelope.payload))
    return HeldComplaint(row=row, ids=tuple(ids), steps=tuple(steps))


async def add_step(
    write: Write, held: HeldComplaint, said: bytes, step: ComplaintStep
) -> HeldComplaint:
    """Note a step that is in the log, and whom the complaint waits for from then on."""
    await stored.add_step(write.connection, held.row.name, len(held.ids), said)
    steps = (*held.steps, step)
    row = replace(
        held.row,
        awaits=_awaited(steps),
        answer_by=step.answer_by,
        escalated=held.row.escalated or step.act is ComplaintAct.ESCALATED,
    )
    await stored.note_step(
        write.connection,
        row.name,
        awaits=row.awaits,
        answer_by=row.answer_by,
        escalated=row.escalated,
    )
    return HeldComplaint(row=row, ids=(*held.ids, said), steps=steps)


def no_such_complaint() -> NotFoundError:
    """One answer for "not there" and "not yours"."""
    return NotFoundError("there is no such complaint here")


def _awaited(steps: tuple[ComplaintStep, ...]) -> str:
    step = steps[-1]
    if step.act is ComplaintAct.FILED:
        return str(step.desk)
    if step.act is ComplaintAct.ESCALATED:
        return str(ombudsperson_of(steps[0].home))
    return ""
