"""A node that post-dates what it signs for: told with its name, and not counted."""

from datetime import UTC, timedelta

import pytest

from portability.node.audit.fsck_links import _check_acknowledgements
from portability.v1 import recognition_service_pb2 as pb
from tests.integration.recognition.test_delivery import start
from tests.integration.recognition.world import FEDERATION, Federation, Node, Rosa

AHEAD = timedelta(days=9)


async def held(node: Node, case: str) -> dict[tuple[str, str], pb.HeldTime]:
    answer = await node.cases.recognition.GetCase(pb.GetCaseRequest(name=case), node.agency)
    return {(one.jurisdiction, one.step): one for one in answer.held}


@pytest.mark.asyncio
@pytest.mark.parametrize("ahead", [AHEAD, -AHEAD])
async def test_a_time_of_receipt_that_cannot_be_is_told_and_moves_nothing_to_the_sender(
    federation: Federation, rosa: Rosa, ahead: timedelta
) -> None:
    spain, france = federation.nodes
    france.cases.federation._acknowledger._clock = lambda: federation.clock() + ahead
    case = (await start(federation, rosa)).case.name
    await federation.settle()
    times = await held(spain, case)
    assert times["ES", "delivery"].seconds < AHEAD.total_seconds() / 2
    disputed = [*times["ES", "delivery"].disputed]
    assert disputed
    for one in disputed:
        gap = one.signed_time.ToDatetime(UTC) - one.counted_time.ToDatetime(UTC)
        assert abs(gap - ahead) < timedelta(days=1)
        assert one.jurisdiction == "FR"
    assert not any(one.disputed for place, one in times.items() if place != ("ES", "delivery"))
    assert not any(one.disputed for one in (await held(france, case)).values())
    async with spain.database.read() as connection:
        await _check_acknowledgements(connection, FEDERATION)
