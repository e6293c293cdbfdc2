"""What persons see of their claims, and how they complain: to the institution, then further."""

from datetime import timedelta
from typing import Any

import pytest

from portability.errors import (
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    PreconditionError,
    UnauthenticatedError,
)
from portability.ledger.directory import NODE_LEVEL, KeyPurpose
from portability.node.cases.own_cases import OwnCasesService
from portability.node.persons.complaints_service import ComplaintsService
from portability.recognition.complaint import ComplaintAct, ComplaintStep
from portability.v1 import complaint_pb2, statement_pb2
from portability.v1 import complaints_service_pb2 as pb
from portability.v1 import own_cases_service_pb2 as own_pb
from portability.v1 import persons_service_pb2 as persons_pb
from portability.wire.complaint import COMPLAINT_TYPE, step_from_payload
from portability.wire.proven import proven_from_pb, verify_proven
from portability.wire.record import RECORD_TYPE
from tests.integration.recognition.world import (
    AT_CNAV,
    FEDERATION,
    CallFrom,
    Federation,
    Node,
    Rosa,
    consent,
    sign_in,
)

pytestmark = pytest.mark.asyncio

OMBUDSPERSON: Any = CallFrom("portability://ES/ombudsperson")
OTHER_AGENCY: Any = CallFrom("portability://ES/agency/sepe")
INSTITUTION = statement_pb2.Party(jurisdiction="ES", institution="inss")
TEXT = "Why did the office in Cádiz look at my file?\nNobody told me."


def complaints_of(node: Node) -> ComplaintsService:
    return node.complaints


def filing(node: Node, **changes: Any) -> pb.FileComplaintRequest:
    values: dict[str, Any] = {
        "request_id": node.request_id(),
        "against": INSTITUTION,
        "topic": complaint_pb2.COMPLAINT_TOPIC_QUESTION,
        "about": bytes(32),
        "text": TEXT,
    }
    return pb.FileComplaintRequest(**{**values, **changes})


def steps(complaint: pb.Complaint) -> list[ComplaintStep]:
    """Each verified: signed by the node and in its log."""
    return [
        step_from_payload(
            verify_proven(
                proven_from_pb(one),
                FEDERATION,
                log_jurisdiction="ES",
                expected_types={COMPLAINT_TYPE},
                signer=("ES", NODE_LEVEL, KeyPurpose.NODE),
            ).payload
        )
        for one in complaint.steps
    ]


async def test_a_complaint_goes_to_the_institution_and_then_to_the_ombudsperson(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    service = complaints_of(spain)
    filed = (
        await service.FileComplaint(filing(spain, session=rosa.session), spain.portal)
    ).complaint
    (first,) = steps(filed)
    assert (first.act, first.text) == (ComplaintAct.FILED, TEXT)
    assert first.answer_by == first.header.created + timedelta(days=30)
    seen = (await service.ListComplaints(pb.ListComplaintsRequest(), spain.agency)).complaints
    assert [(one.name, one.person) for one in seen] == [(filed.name, rosa.at_spain)]
    escalating = pb.EscalateComplaintRequest(name=filed.name, session=rosa.session)
    with pytest.raises(PreconditionError, match="still has time to answer"):
        await service.EscalateComplaint(escalating, spain.portal)
    answer = pb.AnswerComplaintRequest(name=filed.name, text="For your claim of March.")
    unknown = pb.AnswerComplaintRequest(name="complaints/" + "00" * 16, text="We will see.")
    for stranger in (OTHER_AGENCY, OMBUDSPERSON):
        with pytest.raises(NotFoundError) as of_others:
            await service.AnswerComplaint(answer, stranger)
        with pytest.raises(NotFoundError) as of_nobody:
            await service.AnswerComplaint(unknown, stranger)
        assert of_others.value.message == of_nobody.value.message
    answered = (await service.AnswerComplaint(answer, spain.agency)).complaint
    assert answered.escalatable
    with pytest.raises(NotFoundError):
        await service.AnswerComplaint(answer, OTHER_AGENCY)
    with pytest.raises(PreconditionError, match="waits for no answer"):
        await service.AnswerComplaint(answer, spain.agency)
    for name in (filed.name, unknown.name):
        with pytest.raises(UnauthenticatedError):
            await service.EscalateComplaint(
                pb.EscalateComplaintRequest(name=name, session="none"), spain.portal
            )
    await service.EscalateComplaint(escalating, spain.portal)
    with pytest.raises(ForbiddenError):
        await service.AnswerComplaint(answer, spain.agency)
    theirs = (await service.ListComplaints(pb.ListComplaintsRequest(), OMBUDSPERSON)).complaints
    assert [one.name for one in theirs] == [filed.name]
    ended = (await service.AnswerComplaint(answer, OMBUDSPERSON)).complaint
    assert [one.act for one in steps(ended)] == list(ComplaintAct)
    own = await service.ListOwnComplaints(
        pb.ListOwnComplaintsRequest(session=rosa.session), spain.portal
    )
    assert [one.name for one in own.complaints] == [filed.name]
    assert own.complaints[0].person == ""


async def test_after_the_term_a_silent_institution_is_passed_over(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    service = complaints_of(spain)
    filed = (
        await service.FileComplaint(filing(spain, session=rosa.session), spain.portal)
    ).complaint
    federation.clock.now += timedelta(days=30)
    again = await sign_in(federation, rosa)
    passed = await service.EscalateComplaint(
        pb.EscalateComplaintRequest(name=filed.name, session=again.session, text="No answer."),
        spain.portal,
    )
    assert steps(passed.complaint)[-1].answer_by == federation.clock.now.replace(
        microsecond=0
    ) + timedelta(days=90)


async def test_an_office_complains_for_somebody_who_cannot_sign_in_and_anyone_can_follow_it(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    service = complaints_of(spain)
    request = filing(
        spain,
        person=rosa.at_spain,
        against=statement_pb2.Party(jurisdiction="FR", institution="cnav"),
    )
    filed = (await service.FileComplaint(request, OMBUDSPERSON)).complaint
    repeated = (await service.FileComplaint(request, OMBUDSPERSON)).complaint
    assert filed == repeated
    (first,) = steps(filed)
    assert str(first.actor) == "ES/ombudsperson"
    assert (str(first.against), str(first.desk)) == ("FR/cnav", "FR/cnav"), "it goes there"
    stranger = await spain.enrol("28/99999999-40")
    about = pb.FileComplaintRequest(
        request_id=spain.request_id(),
        against=statement_pb2.Party(jurisdiction="FR", institution="cnav"),
        person=stranger,
        topic=complaint_pb2.COMPLAINT_TOPIC_DELAY,
        text=TEXT,
    )
    (other,) = steps((await service.FileComplaint(about, OMBUDSPERSON)).complaint)
    assert str(other.desk) == "ES/inss", "nobody there knows the person (883/2004 Art 81)"
    progress = await service.GetComplaintProgress(
        pb.GetComplaintProgressRequest(name=filed.name), spain.portal
    )
    assert [one.act for one in progress.dates] == [complaint_pb2.COMPLAINT_ACT_FILED]
    with pytest.raises(NotFoundError):
        await service.GetComplaintProgress(
            pb.GetComplaintProgressRequest(name="complaints/" + "0" * 32), spain.portal
        )


async def test_what_says_nothing_or_is_of_nobody_is_refused(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    service = complaints_of(spain)
    with pytest.raises(InvalidInputError, match="in a few words"):
        await service.FileComplaint(filing(spain, session=rosa.session, text=" "), spain.portal)
    with pytest.raises(InvalidInputError, match="cannot be shown"):
        await service.FileComplaint(filing(spain, session=rosa.session, text="\x1b["), spain.portal)
    with pytest.raises(UnauthenticatedError):
        await service.FileComplaint(filing(spain, session="stranger"), spain.portal)
    nobody = statement_pb2.Party(jurisdiction="ES", institution="nobody")
    unknown = filing(spain, session=rosa.session, against=nobody)
    with pytest.raises(PreconditionError):
        await service.FileComplaint(unknown, spain.portal)
    with pytest.raises(InvalidInputError, match="by session"):
        await service.FileComplaint(filing(spain, person=rosa.at_spain), spain.portal)


async def test_a_person_sees_a_claim_with_all_that_countries_said_in_it(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    sent = await france.insure(rosa.at_france, 2001, 2002)
    await spain.insure(rosa.at_spain, 2005)
    given = await consent(federation, rosa)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    await spain.ask(opened, given)
    await federation.settle()
    service = OwnCasesService(
        database=spain.database, prover=spain.prover, clock=spain.clock, jurisdiction="ES"
    )
    again = await sign_in(federation, rosa)
    seen = await service.ListOwnCases(
        own_pb.ListOwnCasesRequest(session=again.session), spain.portal
    )
    (case,) = seen.cases
    assert case.case.name == opened.case.name
    assert case.case.person == ""
    assert len(case.statements) >= 4
    assert case.held
    found = {
        verify_proven(
            proven_from_pb(one.statement),
            FEDERATION,
            log_jurisdiction=one.log_jurisdiction,
            expected_types={RECORD_TYPE},
            signer=("FR", "cnav", KeyPurpose.INSTITUTION),
        ).statement_id
        for one in seen.foreign_records
    }
    assert found == set(sent)
    with pytest.raises(UnauthenticatedError):
        await service.ListOwnCases(own_pb.ListOwnCasesRequest(session="x"), spain.portal)


async def test_what_leaves_under_a_law_is_told_to_the_person_with_its_article(
    federation: Federation, rosa: Rosa
) -> None:
    """The lead shows the other party its own records: by no consent, so the person reads why."""
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 2001)
    await spain.insure(rosa.at_spain, 2005)
    given = await consent(federation, rosa)
    await spain.ask(await spain.open_case(rosa.at_spain, AT_CNAV), given)
    await federation.settle()
    answer = await spain.persons.ListOwnReceipts(
        persons_pb.ListOwnReceiptsRequest(session=rosa.session), spain.portal
    )
    grounds = {one.content.legal_basis: one.content for one in answer.receipts}
    assert set(grounds) == {"treaty_authorisation", "legal_obligation_notice"}
    mandated = grounds["legal_obligation_notice"]
    assert (mandated.provider.jurisdiction, mandated.requester.jurisdiction) == ("ES", "FR")
    assert "883/2004" in mandated.citation
    assert mandated.permission == b"", "no consent is named where none was asked for"
