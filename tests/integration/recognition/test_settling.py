"""A claim settled between two nodes, from the request to the closure."""

from dataclasses import replace

import pytest

from portability.consent.scope import Party
from portability.core.periods import Branch
from portability.errors import NotFoundError, PreconditionError, SignatureError
from portability.recognition.case import CaseState
from portability.recognition.statements import Determination, HistoryOutcome, HistoryResponse
from portability.store import receipts
from portability.v1 import recognition_service_pb2 as pb
from portability.wire.proven import proven_from_pb, verify_proven
from portability.wire.receipt import receipt_from_payload
from portability.wire.statement import (
    case_statement_from_payload,
    statement_to_payload,
    type_of,
)
from tests.integration.recognition.world import (
    AT_CNAV,
    FEDERATION,
    CallFrom,
    Federation,
    Node,
    Rosa,
    consent,
)


async def contents(node: Node, case: str) -> list[object]:
    return [
        case_statement_from_payload(one.envelope.payload_type, one.envelope.payload)
        for one in await node.statements(case)
    ]


@pytest.mark.asyncio
async def test_two_countries_settle_a_claim_and_hold_the_same_digest(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    sent = await france.insure(rosa.at_france, *range(1985, 2005))
    await spain.insure(rosa.at_spain, *range(2005, 2015))
    given = await consent(federation, rosa)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    name = opened.case.name
    await spain.ask(opened, given)
    await federation.settle()
    assert await spain.state(name) is CaseState.AGREED
    assert await france.state(name) is CaseState.AGREED
    answers = [one for one in await contents(spain, name) if isinstance(one, HistoryResponse)]
    assert [one.outcome for one in answers] == [HistoryOutcome.RECORDS]
    assert list(answers[0].records) == sent
    prepared = await france.determine(name, theoretical=150_000, independent=80_000)
    assert any("1000.00 EUR" in line for line in prepared.explanation)
    await spain.determine(name, theoretical=120_000)
    await federation.settle()
    assert await spain.state(name) is CaseState.CLOSED
    assert await france.state(name) is CaseState.CLOSED
    assert (await spain.case(name)).digest == (await france.case(name)).digest != b""
    for node in federation.nodes:
        found = {
            one.header.sender.jurisdiction: one
            for one in await contents(node, name)
            if isinstance(one, Determination)
        }
        assert str(found["FR"].payable) == "1000.00 EUR"
        assert (found["FR"].own, found["FR"].total, found["FR"].paid_as) == (240, 360, "pro-rata")
        assert str(found["ES"].payable) == "400.00 EUR"


@pytest.mark.asyncio
async def test_every_statement_is_in_the_log_of_each_party_with_its_proof(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    given = await consent(federation, rosa)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    await spain.ask(opened, given)
    await federation.settle()
    for node in federation.nodes:
        statements = await node.statements(opened.case.name)
        assert len(statements) == 4
        for one in statements:
            content = case_statement_from_payload(one.envelope.payload_type, one.envelope.payload)
            sender = content.header.sender
            purpose = "institution" if sender.institution else "node"
            verify_proven(
                proven_from_pb(one),
                FEDERATION,
                log_jurisdiction=node.code,
                expected_types={one.envelope.payload_type},
                signer=(sender.jurisdiction, sender.institution, purpose),
            )


@pytest.mark.asyncio
async def test_each_disclosure_leaves_a_receipt_that_the_person_can_read(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    sent = await france.insure(rosa.at_france, 1990, 1991)
    await spain.insure(rosa.at_spain, 2005)
    given = await consent(federation, rosa)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    asked = await spain.ask(opened, given)
    await federation.settle()
    async with france.database.read() as connection:
        at_france = await receipts.list_receipts(connection, after=None, limit=10)
    async with spain.database.read() as connection:
        at_spain = await receipts.list_receipts(connection, after=None, limit=10)
    assert [(one.request, one.outcome, one.is_local) for one in at_france] == [
        (asked, "released", True)
    ]
    assert [(one.provider, one.outcome, one.is_local) for one in at_spain] == [
        ("FR/cnav", "released", False),
        ("ES/inss", "released", True),
    ]
    assert all(one.person is not None for one in (*at_france, *at_spain))
    assert at_france[0].permission == given
    proven = await spain.prover.prove([at_spain[0].statement_id])
    receipt = receipt_from_payload(proven[0].envelope.payload)
    assert receipt.record_count == len(sent)
    answer = next(
        one for one in await contents(spain, opened.case.name) if isinstance(one, HistoryResponse)
    )
    assert receipt.payload_digest == answer.payload_digest


@pytest.mark.asyncio
async def test_a_person_without_records_there_is_settled_on_one_history(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    await spain.insure(rosa.at_spain, 2005)
    given = await consent(federation, rosa)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    await spain.ask(opened, given)
    await federation.settle()
    answers = [
        one for one in await contents(france, opened.case.name) if isinstance(one, HistoryResponse)
    ]
    assert [one.outcome for one in answers] == [HistoryOutcome.NONE]
    name = opened.case.name
    assert await france.state(name) is CaseState.NOT_INSURED
    with pytest.raises(PreconditionError, match="no record of the person and has no part"):
        await france.determine(name, theoretical=120_000)
    assert await spain.state(name) is CaseState.AGREED
    await spain.determine(name, theoretical=120_000)
    await federation.settle()
    assert await spain.state(name) is CaseState.CLOSED
    assert len(await france.statements(name)) == len(["request", "answer"])


@pytest.mark.asyncio
async def test_a_case_is_shown_to_its_institutions_and_to_nobody_else(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    stranger = CallFrom("portability://ES/agency/imserso")
    service = spain.cases.recognition
    for name in (opened.case.name, "cases/" + "0" * 32):
        with pytest.raises(NotFoundError, match="no such case here"):
            await service.GetCase(pb.GetCaseRequest(name=name), stranger)
        with pytest.raises(NotFoundError, match="no such case here"):
            await service.ListCaseStatements(pb.ListCaseStatementsRequest(parent=name), stranger)
    listed = await service.ListCases(pb.ListCasesRequest(), stranger)
    assert list(listed.cases) == []
    own = await service.ListCases(pb.ListCasesRequest(), spain.agency)
    assert [one.name for one in own.cases] == [opened.case.name]
    assert own.cases[0].person == rosa.at_spain


@pytest.mark.asyncio
async def test_opening_again_with_the_same_id_gives_the_first_case(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    first = await spain.open_case(rosa.at_spain, AT_CNAV)
    request = pb.OpenCaseRequest(
        request_id=spain.request_id(),
        person=rosa.at_spain,
        branch="BRANCH_OLD_AGE",
        agreement="eu-883-2004",
        claim_date="2026-01-15",
        award_date="2026-02-01",
        participants=first.case.parties[1:],
    )
    service = spain.cases.recognition
    one = await service.OpenCase(request, spain.agency)
    again = await service.OpenCase(request, spain.agency)
    assert one == again
    assert one.case.name != first.case.name
    assert list(one.person_references) == list(first.person_references)


@pytest.mark.asyncio
async def test_handing_in_a_statement_again_gives_the_first_answer(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    request = spain.history_request(opened)
    payload = statement_to_payload(request)
    first = await spain.submit(type_of(request), payload)
    assert await spain.submit(type_of(request), payload) == first
    assert len(await spain.statements(opened.case.name)) == 1


@pytest.mark.asyncio
async def test_what_does_not_fit_the_case_is_refused_with_the_next_step(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    given = await consent(federation, rosa)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    name = opened.case.name
    with pytest.raises(PreconditionError, match="once all parties have countersigned"):
        await spain.determine(name, theoretical=1)
    await spain.ask(opened, given)
    with pytest.raises(PreconditionError, match="waits for its answer"):
        await spain.ask(opened, given)
    await federation.settle()
    await spain.determine(name, theoretical=120_000)
    await france.determine(name, theoretical=150_000)
    await federation.settle()
    with pytest.raises(PreconditionError, match="the case is closed"):
        await spain.ask(opened, given)
    with pytest.raises(PreconditionError, match="competent"):
        await spain.open_case(rosa.at_spain, AT_CNAV, branch=Branch.FAMILY)


@pytest.mark.asyncio
async def test_a_statement_in_the_name_of_another_institution_is_refused(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    request = spain.history_request(opened)
    other = replace(request, header=replace(request.header, sender=AT_CNAV))
    with pytest.raises(SignatureError, match="names FR/cnav"):
        await spain.submit(type_of(other), statement_to_payload(other))


@pytest.mark.asyncio
async def test_a_request_to_a_country_that_is_no_member_says_so(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    given = await consent(federation, rosa)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    stranger = Party(jurisdiction="SE", institution="pensionsmyndigheten")
    with pytest.raises(PreconditionError, match="SE is no member in version"):
        await spain.ask(opened, given, recipient=stranger)
