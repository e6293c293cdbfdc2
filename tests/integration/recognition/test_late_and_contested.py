"""Between two nodes: a silent country, its late answer, objections, and who held the file."""

from datetime import timedelta

import pytest

from portability.core.periods import Duration
from portability.errors import InvalidInputError, PortabilityError
from portability.ledger.envelope import statement_id
from portability.recognition.case import CaseState
from portability.recognition.statements import (
    Correction,
    CorrectionReason,
    Determination,
    Objection,
    Reconciliation,
    Reminder,
    Reopening,
)
from portability.v1 import recognition_service_pb2 as pb
from portability.v1 import record_pb2
from portability.wire.record import declared_to_pb
from portability.wire.statement import (
    case_statement_from_payload,
    statement_to_payload,
    type_of,
)
from tests.integration.recognition.world import (
    AT_CNAV,
    Federation,
    Node,
    Rosa,
    consent,
    sign_in,
)


async def said(node: Node, case: str, kind: type) -> list[object]:
    found = [
        case_statement_from_payload(one.envelope.payload_type, one.envelope.payload)
        for one in await node.statements(case)
    ]
    return [one for one in found if isinstance(one, kind)]


async def wait(federation: Federation, days: int) -> None:
    federation.clock.now += timedelta(days=days)
    await federation.settle()


async def prepare(node: Node, case: str, **more: object) -> pb.PrepareDeterminationResponse:
    scheme = pb.SchemeFacts(
        unit="months", theoretical=record_pb2.Money(minor_units=120_000, currency="EUR")
    )
    return await node.cases.recognition.PrepareDetermination(
        pb.PrepareDeterminationRequest(case=case, scheme=scheme, **more), node.agency
    )


@pytest.mark.asyncio
async def test_a_silent_country_is_reminded_then_decided_without_then_joins_late(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, *range(1985, 2005))
    await spain.insure(rosa.at_spain, *range(2005, 2015))
    given = await consent(federation, rosa)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    name = opened.case.name
    to_france, to_spain = spain.wires["FR"], france.wires["ES"]
    to_france.trouble = to_spain.trouble = lambda: "lost"
    await spain.ask(opened, given)
    await spain.cases.driver.work_through()
    for days in (61, 30, 30, 30):
        federation.clock.now += timedelta(days=days)
        await spain.cases.driver.work_through()
    reminders = await said(spain, name, Reminder)
    assert [(one.number, one.escalated) for one in reminders] == [  # type: ignore[attr-defined]
        (1, False),
        (2, False),
        (3, True),
    ]
    assert await spain.state(name) is CaseState.PROVISIONAL
    assert [one.institution for one in (await spain.case(name)).missing] == ["cnav"]

    with pytest.raises(
        InvalidInputError, match="missing_at_most, an officer by --missing-at-most-years"
    ):
        await prepare(spain, name)
    prepared = await prepare(spain, name, missing_at_most=declared_to_pb(Duration(years=30)))
    assert any(
        line.startswith("provisional, without all that FR/cnav has")
        for line in prepared.explanation
    )
    await spain.submit(prepared.payload_type, prepared.payload)
    (provisional,) = await said(spain, name, Determination)
    assert isinstance(provisional, Determination)
    assert (provisional.provisional, provisional.missing) == (True, (AT_CNAV,))
    assert provisional.lower_bound is not None

    to_france.trouble = to_spain.trouble = lambda: ""
    await federation.settle()
    assert await france.state(name) is CaseState.REFUSED  # the consent has run out meanwhile
    assert len(await said(france, name, Reconciliation)) == 0
    fresh = await consent(federation, await sign_in(federation, rosa))
    await spain.ask(opened, fresh)
    await federation.settle()
    assert await spain.state(name) is CaseState.AGREED
    results = await said(france, name, Reconciliation)
    assert len(results) == len(["the provisional one", "the one that replaces it"])
    final = await prepare(spain, name)
    (told,) = [line for line in final.explanation if line.startswith("recalculated: ")]
    assert told.endswith((" EUR less", " EUR more")), told
    await spain.submit(final.payload_type, final.payload)
    await france.determine(name, theoretical=150_000)
    await federation.settle()
    assert await spain.state(name) is await france.state(name) is CaseState.CLOSED


async def closed(federation: Federation, rosa: Rosa) -> str:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    await spain.insure(rosa.at_spain, 2005)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    await spain.ask(opened, await consent(federation, rosa))
    await federation.settle()
    await spain.determine(opened.case.name, theoretical=120_000)
    await france.determine(opened.case.name, theoretical=150_000)
    await federation.settle()
    assert await spain.state(opened.case.name) is CaseState.CLOSED
    return opened.case.name


@pytest.mark.asyncio
async def test_an_objection_reopens_the_case_until_the_institution_has_decided_again(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    name = await closed(federation, rosa)
    contested = next(
        one
        for one in await spain.statements(name)
        if one.envelope.payload_type.endswith("determination.v1+protobuf")
    )
    decided = case_statement_from_payload(
        contested.envelope.payload_type, contested.envelope.payload
    )
    view = await spain.cases.recognition.GetCase(pb.GetCaseRequest(name=name), spain.agency)
    assert list(view.case.objections) == []
    i = statement_id(contested.envelope.payload_type, contested.envelope.payload)
    objection = Objection(header=spain.header(name, i), grounds="amount")
    await spain.submit(type_of(objection), statement_to_payload(objection))
    await federation.settle()
    assert len(await said(france, name, Reopening)) == 1
    assert await france.state(name) is CaseState.AGREED
    node = {"ES": spain, "FR": france}[decided.header.sender.jurisdiction]
    await node.determine(name, theoretical=130_000)
    await federation.settle()
    assert await spain.state(name) is await france.state(name) is CaseState.CLOSED


@pytest.mark.asyncio
async def test_the_case_shows_who_held_the_file_by_what_both_sides_signed(
    federation: Federation, rosa: Rosa
) -> None:
    spain, _ = federation.nodes
    name = await closed(federation, rosa)
    view = await spain.cases.recognition.GetCase(pb.GetCaseRequest(name=name), spain.agency)
    steps = {(one.jurisdiction, one.step) for one in view.held}
    assert {("FR", "history"), ("FR", "countersignature"), ("ES", "delivery")} <= steps
    assert all(one.seconds >= 0 and not one.running for one in view.held)


@pytest.mark.asyncio
async def test_a_correction_by_itself_is_not_taken_in(federation: Federation, rosa: Rosa) -> None:
    spain, _ = federation.nodes
    name = await closed(federation, rosa)
    result = (await said(spain, name, Reconciliation))[0]
    assert isinstance(result, Reconciliation)
    correction = Correction(
        header=spain.header(name, result.inputs[0]),
        replaced=result.inputs[:1],
        added=(),
        reason=CorrectionReason.INVALIDATED,
    )
    with pytest.raises(PortabilityError, match="payload type"):
        await spain.submit(type_of(correction), statement_to_payload(correction))
    assert await spain.state(name) is CaseState.CLOSED
