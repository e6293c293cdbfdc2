"""What an institution knows beside the history: a scheme pack, facts of the claim, and grounds."""

import pytest

from portability.errors import InvalidInputError
from portability.ledger.envelope import statement_id
from portability.recognition.case import CaseState
from portability.recognition.statements import Countersignature, Determination
from portability.v1 import recognition_service_pb2 as pb
from portability.wire.statement import case_statement_from_payload
from tests.integration.recognition.bundles import bundle_of, judged
from tests.integration.recognition.test_delivery import start
from tests.integration.recognition.world import Federation, Node, Rosa

pytestmark = pytest.mark.asyncio

SCHEME_PACK = b"""
title = "a scheme made up, for everybody"
[scheme.FR]
unit = "months"
formula = "proportional"
full_career = { years = 1 }
full_amount = "1200.00 EUR"
"""


async def prepared(node: Node, case: str, **given: object) -> pb.PrepareDeterminationResponse:
    request = pb.PrepareDeterminationRequest(case=case, **given)  # type: ignore[arg-type]
    return await node.cases.recognition.PrepareDetermination(request, node.agency)


async def test_a_scheme_pack_decides_and_the_decision_names_that_all_agreed(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case = (await start(federation, rosa)).case.name
    await federation.settle()
    assert await france.state(case) is CaseState.AGREED
    answer = await prepared(france, case, scheme_pack=SCHEME_PACK, facts=b'residence = "FR"')
    decision = case_statement_from_payload(answer.payload_type, answer.payload)
    assert isinstance(decision, Determination)
    assert decision.payable is not None
    assert decision.payable.currency == "EUR"
    assert any("proportional" in line or "1200.00 EUR" in line for line in answer.explanation)
    said = {
        statement_id(one.envelope.payload_type, one.envelope.payload): case_statement_from_payload(
            one.envelope.payload_type, one.envelope.payload
        )
        for one in await france.statements(case)
    }
    named = [said[i] for i in decision.header.predecessors]
    assert [type(one) for one in named[1:]] == [Countersignature]
    await france.submit(answer.payload_type, answer.payload)
    await spain.determine(case, theoretical=120_000)
    await federation.settle()
    for node in federation.nodes:
        assert await node.state(case) is CaseState.CLOSED
        report = judged(await bundle_of(node, case), node)
        assert report.verified, report.causes


async def test_a_scheme_in_two_places_and_one_that_cannot_be_read_are_refused(
    federation: Federation, rosa: Rosa
) -> None:
    france = federation.france
    case = (await start(federation, rosa)).case.name
    await federation.settle()
    with pytest.raises(InvalidInputError, match="given twice"):
        await prepared(france, case, scheme_pack=SCHEME_PACK, scheme=pb.SchemeFacts(unit="months"))
    with pytest.raises(InvalidInputError, match=r"scheme_pack, line 2: scheme\.FR\.rate"):
        await prepared(france, case, scheme_pack=b'[scheme.FR]\nrate = 3\nunit = "months"')
    with pytest.raises(InvalidInputError, match="the law that FR applies"):
        await prepared(france, case, facts=b'residence = "FR"')
