"""The bundle of a party whose answer nobody has made a result of yet."""

import pytest

from portability.recognition.case import CaseState
from tests.integration.recognition.bundles import bundle_of, judged
from tests.integration.recognition.test_delivery import start
from tests.integration.recognition.world import Federation, Rosa

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("role", ["auditor/tcu", "agency/cnav"])
async def test_an_answer_on_its_way_verifies_with_the_records_that_it_names(
    federation: Federation, rosa: Rosa, role: str
) -> None:
    spain, france = federation.nodes
    case = (await start(federation, rosa)).case.name
    await spain.cases.outbox.turn("FR")
    await france.cases.driver.work_through()
    assert await spain.state(case) is CaseState.COLLECTING
    report = judged(await bundle_of(france, case, role), france)
    assert report.verified, report.causes
    kinds = [one.kind for one in report.statements]
    assert kinds.count("history-response") == 1
    assert kinds.count("entitlement") > 0
