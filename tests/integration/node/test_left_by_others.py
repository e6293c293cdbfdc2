"""What another process on the same database made due before it ended is done all the same."""

from datetime import UTC, datetime

import pytest

from portability.node import lookout
from portability.node.cases.writing import TICK, TICK_ID
from portability.node.development.federation import FederationLayout
from portability.store import delivery
from tests.integration.node.test_maintenance import leave_in_outbox, until
from tests.integration.node.whole import node


@pytest.mark.asyncio
async def test_what_a_process_left_that_ended_is_sent_and_done_by_another(
    layout: FederationLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody wakes this one, and nothing else happens here."""
    monkeypatch.setattr(lookout, "LOOK_SECONDS", 0.01)
    async with node(layout, "FR") as (france, _), node(layout, "ES") as (spain, _):
        database = spain.foundation.database
        await leave_in_outbox(spain, "FR")
        left = delivery.PendingWork(
            kind=TICK, case_id="0" * 32, statement_id=TICK_ID, not_before=datetime.now(UTC)
        )
        async with database.write() as connection:
            await delivery.add_pending_work(connection, left)

        async def is_there() -> bool:
            async with france.foundation.database.read() as connection:
                return await delivery.accepted_position(connection, "ES") == 1

        async def is_done() -> bool:
            async with database.read() as connection:
                return not await delivery.list_pending_work(connection, limit=9)

        await until(is_there)
        await until(is_done)
