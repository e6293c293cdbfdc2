"""A provisional decision on family benefits says between what it lies, and asks for no periods."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portability.core.periods import Branch
from portability.recognition.case import CaseState
from portability.recognition.statements import Determination
from portability.v1 import recognition_service_pb2 as pb
from portability.wire.statement import case_statement_from_payload
from tests.integration.recognition import world
from tests.integration.recognition.world import AT_CNAV, Federation, Rosa

FACTS = b"""
[[child]]
name = "Ana"
residence = "FR"

[[right]]
jurisdiction = "ES"
basis = "activity"
amount = "90.00 EUR"
"""


@pytest.mark.asyncio
async def test_a_silent_state_may_come_first_or_grant_nothing(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    families = tuple(
        replace(one, branches=(*one.branches, Branch.FAMILY))
        for one in world.FEDERATION.institutions
    )
    monkeypatch.setattr(world, "FEDERATION", replace(world.FEDERATION, institutions=families))
    spain = federation.spain
    opened = await spain.open_case(rosa.at_spain, AT_CNAV, branch=Branch.FAMILY)
    case = opened.case.name
    spain.wires["FR"].trouble = lambda: "lost"
    await spain.ask(opened)
    await spain.cases.driver.work_through()
    federation.clock.now += timedelta(days=151)
    await spain.cases.driver.work_through()
    assert await spain.state(case) is CaseState.PROVISIONAL

    prepared = await spain.cases.recognition.PrepareDetermination(
        pb.PrepareDeterminationRequest(case=case, facts=FACTS), spain.agency
    )
    decided = case_statement_from_payload(prepared.payload_type, prepared.payload)
    assert isinstance(decided, Determination)
    assert decided.provisional
    assert (str(decided.lower_bound), str(decided.upper_bound)) == ("0.00 EUR", "90.00 EUR")
    assert str(decided.payable) == "90.00 EUR"
    assert "987/2009 Art 60(3)" in decided.basis
    told = "provisional, without all that FR/cnav has to say: between 0.00 EUR and 90.00 EUR"
    assert f"{told} (987/2009 Art 60(3))" in prepared.explanation
    await spain.submit(prepared.payload_type, prepared.payload)
