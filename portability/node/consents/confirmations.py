"""
The other side's signature for each disclosure, and what it means that it is missing.

What left here is signed for by the node of the requester, when it acknowledges the statement that
carried it. What a requester here received is signed for by this node's log, which took in the
receipt on arrival: its checkpoint can no more be denied than any other signature. Where a
permission ends before the records leave, they stay, and nobody signs for what did not come.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from portability.consent.receipt import Outcome
from portability.federation.going_alone import STAYS
from portability.node.cases.loading import load_case
from portability.recognition.not_sent import names_records
from portability.store import delivery, undelivered
from portability.store.came_bare import list_came_bare
from portability.v1 import consent_pb2 as pb
from portability.wire.envelope import envelope_from_bytes, envelope_to_pb
from portability.wire.strict import timestamp

if TYPE_CHECKING:
    from datetime import datetime

    from portability.store.engine import Connection
    from portability.store.receipts import ReceiptRow
    from portability.store.vault import Vault

TERM: Final = timedelta(hours=24)
"""How long the other side may take before its silence is shown as a fault."""


async def confirmation_of(
    connection: Connection, vault: Vault, receipt: ReceiptRow, *, own: str, now: datetime
) -> pb.ReceiptConfirmation:
    """Whether the requester's node has signed for a disclosure."""
    requester = receipt.requester.partition("/")[0]
    provider = receipt.provider.partition("/")[0]
    if requester == provider:
        return pb.ReceiptConfirmation(state=pb.CONFIRMATION_STATE_NOT_NEEDED)
    if receipt.outcome != Outcome.REFUSED and await _stayed(connection, vault, receipt, own=own):
        return pb.ReceiptConfirmation(state=pb.CONFIRMATION_STATE_STAYED)
    due = receipt.create_time + TERM
    if requester == own:
        return pb.ReceiptConfirmation(
            state=pb.CONFIRMATION_STATE_CONFIRMED,
            confirm_time=timestamp(receipt.create_time),
            due_time=timestamp(due),
        )
    found = await delivery.find_confirmation(
        connection,
        peer=requester,
        statement_id=receipt.statement_id,
        case_id=receipt.case_id,
        since=receipt.create_time.replace(microsecond=0),
    )
    if found is not None:
        return pb.ReceiptConfirmation(
            state=pb.CONFIRMATION_STATE_CONFIRMED,
            acknowledgement=envelope_to_pb(envelope_from_bytes(found.envelope)),
            confirm_time=timestamp(found.acknowledge_time),
            due_time=timestamp(due),
        )
    is_late = due <= now
    return pb.ReceiptConfirmation(
        state=pb.CONFIRMATION_STATE_MISSING if is_late else pb.CONFIRMATION_STATE_WAITING,
        due_time=timestamp(due),
    )


async def _stayed(connection: Connection, vault: Vault, receipt: ReceiptRow, *, own: str) -> bool:
    """
    Whether what was released has never left, as far as whoever gave or got it at this node knows.

    A receipt names what was answered or corrected: all that was said to that went without records.
    """
    case_id = receipt.case_id
    if case_id is None:
        return False
    if receipt.requester.partition("/")[0] == own:
        bare = await list_came_bare(connection, case_id)
    else:
        rows = await undelivered.list_undelivered(connection, case_id)
        bare = {one.statement_id for one in rows if one.message == STAYS}
    loaded = await load_case(connection, vault, own=own, case_id=case_id) if bare else None
    if loaded is None:
        return False
    said = {
        i
        for i, one in loaded.case.accepted.items()
        if names_records(one) and one.header.predecessors == (receipt.request,)
    }
    return bool(said) and said <= bare
