"""A claim settled between two nodes, from the request to the closure."""

import pytest

from portability.recognition.case import CaseState
from tests.integration.recognition.world import AT_CNAV, Federation, Rosa, consent


@pytest.mark.asyncio
async def test_two_countries_settle_a_claim_and_hold_the_same_digest(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, *range(1985, 2005))
    await spain.insure(rosa.at_spain, *range(2005, 2015))
    given = await consent(federation, rosa)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    name = opened.case.name
    await spain.ask(opened, given)
    await federation.settle()
    assert await spain.state(name) is CaseState.AGREED
    assert await france.state(name) is CaseState.AGREED
    await france.determine(name, theoretical=150_000, independent=80_000)
    await spain.determine(name, theoretical=120_000)
    await federation.settle()
    assert await spain.state(name) is CaseState.CLOSED
    assert await france.state(name) is CaseState.CLOSED
    assert (await spain.case(name)).digest == (await france.case(name)).digest
