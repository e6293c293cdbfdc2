"""What a peer refused of our stream, kept for whoever looks at the case to see."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog

from portability.ledger.envelope import kind_of, statement_id
from portability.store import cases, undelivered
from portability.store.engine import Database
from portability.v1 import federation_service_pb2 as pb

MAX_TOLD: Final = 1_000
"""Characters of a peer's reason or sentence."""

_REASON: Final = re.compile(r"[A-Z][A-Z0-9_]{0,62}")

log = structlog.get_logger(__name__)


async def keep_refusals(
    database: Database,
    peer: str,
    deliveries: Sequence[pb.Delivery],
    refusals: Sequence[pb.RefusedDelivery],
    now: datetime,
) -> None:
    """
    Note which of these deliveries a peer has set aside, and why; what it names else is not.

    Each once, however often the peer says it. What is no reason by its form stays out of logs.
    """
    sent = {one.position: one.statement.envelope for one in deliveries}
    told = {one.position: one for one in refusals if one.position in sent}.values()
    if not told:
        return
    async with database.write() as connection:
        for one in told:
            envelope = sent[one.position]
            ident = statement_id(envelope.payload_type, envelope.payload)
            found = await cases.find_cases_of_statement(connection, ident)
            row = undelivered.UndeliveredRow(
                peer=peer,
                statement_id=ident,
                case_id=found[0] if found else "",
                kind=kind_of(envelope.payload_type),
                state=undelivered.REFUSED,
                reason=one.reason[:MAX_TOLD],
                message=one.message[:MAX_TOLD],
                not_before=now,
                create_time=now,
            )
            await undelivered.add_undelivered(connection, row)
    for one in told:
        log.warning(
            "statement_refused_by_peer",
            peer=peer,
            reason=one.reason if _REASON.fullmatch(one.reason) else "",
            position=one.position,
        )
