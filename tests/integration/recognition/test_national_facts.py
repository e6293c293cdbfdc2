"""What an institution knows beside the history: a scheme pack, facts of the claim, and grounds."""

import pytest

from portability.errors import InvalidInputError
from portability.ledger.envelope import statement_id
from portability.recognition.case import CaseState
from portability.recognition.statements import Countersignature, Determination
from portability.v1 import recognition_service_pb2 as pb
from portability.v1 import record_pb2
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


@pytest.mark.parametrize("minimum", [0, 15])
async def test_an_independent_amount_that_own_periods_do_not_open_is_said_to_be_left_out(
    federation: Federation, rosa: Rosa, minimum: int
) -> None:
    case = (await start(federation, rosa)).case.name
    await federation.settle()
    scheme = pb.SchemeFacts(unit="months")
    scheme.independent.CopyFrom(record_pb2.Money(minor_units=80_000, currency="EUR"))
    scheme.theoretical.CopyFrom(record_pb2.Money(minor_units=150_000, currency="EUR"))
    if minimum:
        scheme.minimum.years = str(minimum)
    answer = await prepared(federation.france, case, scheme=scheme)
    decision = case_statement_from_payload(answer.payload_type, answer.payload)
    assert isinstance(decision, Determination)
    told = [line for line in answer.explanation if "800.00 EUR, is not due" in line]
    assert (decision.independent is None) == bool(told) == bool(minimum)
    assert all(line.endswith("(883/2004 Art 52(1)(a))") for line in told)
