"""What is asked of a person, as it is shown to them: the signed request and its signed template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portability.node.consents.standing import StoredRequest, load_request, request_standing
from portability.v1 import consents_service_pb2 as pb
from portability.wire.consent import consent_request_to_pb
from portability.wire.consent_parts import state_to_pb
from portability.wire.proven import proven_to_pb

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from portability.consent.statements import ConsentState
    from portability.node.log.prover import Prover
    from portability.store.consents import ConsentRequestRow
    from portability.store.engine import Database


async def list_pending(
    database: Database, prover: Prover, rows: Sequence[ConsentRequestRow], now: datetime
) -> list[pb.PendingConsentRequest]:
    """Each with its proof, where it stands, and the template's proof, in the order of ``rows``."""
    found: list[tuple[StoredRequest, ConsentState, bytes]] = []
    async with database.read() as connection:
        for row in rows:
            stored = await load_request(connection, database.vault, row.statement_id)
            if stored is not None:
                where, consent = await request_standing(connection, database.vault, stored, now)
                found.append((stored, where.state, consent))
    ids = [one for each, _, _ in found for one in (each.row.statement_id, each.row.template)]
    unique = list(dict.fromkeys(ids))
    proven = dict(zip(unique, map(proven_to_pb, await prover.prove(unique)), strict=True))
    return [
        pb.PendingConsentRequest(
            consent_request=stored.row.statement_id,
            statement=proven[stored.row.statement_id],
            content=consent_request_to_pb(stored.content),
            state=state_to_pb(state),
            consent=consent,
            template=proven[stored.row.template],
        )
        for stored, state, consent in found
    ]
