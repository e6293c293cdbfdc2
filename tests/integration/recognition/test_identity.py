"""Requests that match nobody, or more than one: asked of an officer, answered by their word."""

from datetime import timedelta
from typing import Any

import pytest

from portability.errors import (
    InvalidInputError,
    NotFoundError,
    PreconditionError,
    SignatureError,
)
from portability.ledger.envelope import sign_envelope
from portability.node.cases.identities import TERM
from portability.node.cases.identities_service import IdentitiesService
from portability.node.cases.services import build_identities_service
from portability.recognition.case import CaseState
from portability.recognition.identity import IdentityOutcome, IdentityResolution
from portability.recognition.statements import HistoryOutcome, HistoryResponse
from portability.store import cases, persons
from portability.v1 import identities_service_pb2 as pb
from portability.v1 import persons_service_pb2 as persons_pb
from portability.v1 import recognition_service_pb2 as recognition_pb
from portability.wire.envelope import envelope_to_pb
from portability.wire.identity import RESOLUTION_TYPE, resolution_to_payload
from portability.wire.record import subject_commitment
from portability.wire.statement import STATEMENT_TYPES, case_statement_from_payload
from tests.integration.recognition import world
from tests.integration.recognition.bundles import bundle_of, judged
from tests.integration.recognition.world import (
    AT_CNAV,
    AT_INSS,
    Federation,
    Node,
    Rosa,
    consent,
)
from tests.unit.consent.world import MALLORY

pytestmark = pytest.mark.asyncio

OTHER_NUMBER = "2 99 05 78 006 084"


def desk(node: Node) -> IdentitiesService:
    return build_identities_service(node.foundation, node.cases.driver.wake)


async def questions(node: Node) -> list[pb.IdentityQuestion]:
    request = pb.ListIdentityQuestionsRequest()
    return list((await desk(node).ListIdentityQuestions(request, node.agency)).questions)


async def resolve(
    node: Node, request: bytes, person: str = "", signer: Any = None, **changes: Any
) -> pb.ResolveIdentityResponse:
    salt = node.randomness(32)
    fields: dict[str, Any] = {
        "salt": salt,
        "institution": node.institution,
        "request": request,
        "outcome": IdentityOutcome.MATCHED if person else IdentityOutcome.NONE,
        "subject_commitment": subject_commitment(salt, person) if person else b"",
        "basis": "document",
        "created": node.clock().replace(microsecond=0),
    }
    payload = resolution_to_payload(IdentityResolution(**{**fields, **changes}))
    envelope = sign_envelope(RESOLUTION_TYPE, payload, signer or world.SIGNERS[node.code])
    return await desk(node).ResolveIdentity(
        pb.ResolveIdentityRequest(resolution=envelope_to_pb(envelope), person=person), node.agency
    )


async def forget_reference(node: Node, reference: str) -> None:
    """As if France's officer had never enrolled what Spain made."""
    from portability.store.identities import settle_reference  # noqa: PLC0415  # of this helper

    async with node.database.write() as connection:
        await settle_reference(
            connection, peer="ES", reference=reference, person=None, now=node.clock()
        )


async def reference_of(federation: Federation, rosa: Rosa) -> str:
    made = await federation.spain.persons.CreatePairwiseReference(
        persons_pb.CreatePairwiseReferenceRequest(person=rosa.at_spain, peer="FR"),
        federation.spain.agency,
    )
    return made.reference


async def ask(federation: Federation, rosa: Rosa) -> recognition_pb.OpenCaseResponse:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990, 1991)
    await spain.insure(rosa.at_spain, 2005)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    await spain.ask(opened, await consent(federation, rosa))
    await federation.settle()
    return opened


async def answers(node: Node, case: str) -> list[HistoryResponse]:
    found = []
    for one in await node.statements(case):
        if one.envelope.payload_type in STATEMENT_TYPES:
            said = case_statement_from_payload(one.envelope.payload_type, one.envelope.payload)
            if isinstance(said, HistoryResponse):
                found.append(said)
    return found


async def test_a_request_that_matches_nobody_waits_for_an_officer_and_then_goes_on(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    reference = await reference_of(federation, rosa)
    await forget_reference(france, reference)
    opened = await ask(federation, rosa)
    case = opened.case.name
    (first,) = await answers(spain, case)
    assert first.outcome is HistoryOutcome.NOT_BEFORE
    assert first.not_before == (federation.clock() + TERM).date()
    assert await spain.state(case) is CaseState.COLLECTING
    (question,) = await questions(france)
    assert question.person_reference == reference
    assert question.case == case
    assert list(question.candidates) == []
    assert question.requester.institution == AT_INSS.institution
    async with france.database.read() as connection:
        stranger = await cases.find_case(
            connection, france.database.vault, case.removeprefix("cases/")
        )
    assert stranger is not None
    france.database.vault.kept.put("of a stranger", question.case, owner=stranger.owner)

    receipt = await resolve(france, question.request, rosa.at_france)
    assert receipt.statement.inclusion_proof or receipt.statement.leaf_index >= 0
    assert france.database.vault.kept.find("of a stranger", str) is None, "it is of Rosa now"
    await federation.settle()
    assert await spain.state(case) is CaseState.AGREED
    assert [one.outcome for one in await answers(spain, case)] == [
        HistoryOutcome.NOT_BEFORE,
        HistoryOutcome.RECORDS,
    ]
    assert await questions(france) == []
    async with france.database.read() as connection:
        row = await cases.find_case(connection, france.database.vault, case.removeprefix("cases/"))
        person = await persons.find_person(connection, rosa.at_france)
    assert row is not None
    assert person is not None
    assert row.person == person.id
    assert row.content is not None, "it is under her key now, and can be read"
    async with france.database.read() as connection:
        assert (
            await persons.find_pairwise_reference(connection, person=person.id, peer="ES")
            == reference
        )


async def test_an_auditor_sees_which_officer_said_whom_a_request_means(
    federation: Federation, rosa: Rosa
) -> None:
    france = federation.france
    await forget_reference(france, await reference_of(federation, rosa))
    opened = await ask(federation, rosa)
    (question,) = await questions(france)
    await resolve(france, question.request, rosa.at_france)
    await federation.settle()
    for role in ("auditor/tcu", "agency/cnav"):
        report = judged(await bundle_of(france, opened.case.name, role), france)
        assert report.verified, report.causes
        (word,) = [one for one in report.statements if one.kind == "identity-resolution"]
        assert word.signer == "FR/cnav"
        assert "matched" in word.says
    for node in federation.nodes:
        report = judged(await bundle_of(node, opened.case.name), node)
        assert report.verified, report.causes


async def test_a_request_that_means_nobody_ends_as_not_insured_here(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    await forget_reference(france, await reference_of(federation, rosa))
    opened = await ask(federation, rosa)
    (question,) = await questions(france)
    await resolve(france, question.request)
    await federation.settle()
    assert await france.state(opened.case.name) is CaseState.NOT_INSURED
    last = (await answers(spain, opened.case.name))[-1]
    assert last.outcome is HistoryOutcome.NONE
    assert last.records == ()


async def test_a_reference_that_two_persons_claim_waits_for_an_officer_who_chooses(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    twin = await france.enrol(OTHER_NUMBER)
    await france.insure(twin, 1999)
    reference = await reference_of(federation, rosa)
    with pytest.raises(PreconditionError, match="waits for an officer"):
        await france.persons.AcceptPairwiseReference(
            persons_pb.AcceptPairwiseReferenceRequest(person=twin, peer="ES", reference=reference),
            france.agency,
        )
    opened = await ask(federation, rosa)
    (question,) = await questions(france)
    assert set(question.candidates) == {rosa.at_france, twin}
    assert [one.outcome for one in await answers(spain, opened.case.name)] == [
        HistoryOutcome.NOT_BEFORE
    ], "nobody's records leave while it is not known whose they are"
    await resolve(france, question.request, twin)
    await federation.settle()
    assert await spain.state(opened.case.name) is CaseState.AGREED
    last = (await answers(spain, opened.case.name))[-1]
    assert len(last.records) == 1, "the year of the one who was chosen"


async def test_a_request_that_would_be_refused_anyway_is_put_to_nobody(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    await forget_reference(france, await reference_of(federation, rosa))
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    await spain.ask(opened)  # no permission
    await federation.settle()
    assert [one.outcome for one in await answers(spain, opened.case.name)] == [
        HistoryOutcome.REFUSED
    ]
    assert await questions(france) == []


async def test_a_word_that_does_not_hold_changes_nothing(
    federation: Federation, rosa: Rosa
) -> None:
    france = federation.france
    await forget_reference(france, await reference_of(federation, rosa))
    await ask(federation, rosa)
    (question,) = await questions(france)
    with pytest.raises(SignatureError):
        await resolve(france, question.request, rosa.at_france, signer=MALLORY)
    with pytest.raises(SignatureError, match="names ES/inss"):
        await resolve(france, question.request, rosa.at_france, institution=AT_INSS)
    with pytest.raises(InvalidInputError, match="commits to another person"):
        await resolve(france, question.request, rosa.at_france, subject_commitment=bytes(32))
    with pytest.raises(NotFoundError):
        await resolve(france, question.request, "persons/" + "0" * 32)
    with pytest.raises(NotFoundError, match="no such question"):
        await resolve(france, bytes(32), rosa.at_france)
    assert len(await questions(france)) == 1
    await resolve(france, question.request, rosa.at_france)
    with pytest.raises(PreconditionError, match="resolved already, as matched"):
        await resolve(france, question.request)
    assert timedelta() < TERM
