"""Whoever had received data of a person hears of its erasure, and says what it did."""

import asyncio

import pytest
from sqlalchemy import select

from portability.errors import NotFoundError, UnauthenticatedError
from portability.ledger.envelope import Envelope
from portability.ledger.note import log_key
from portability.node.audit.fsck import LogTrust, check_database
from portability.node.cases.inputs import Received
from portability.node.cases.loading import LoadedCase
from portability.node.erasure.upkeep import ErasureUpkeep
from portability.recognition.case import CaseState
from portability.recognition.erasure import ErasureAcknowledgement, ErasureOutcome
from portability.store import delivery
from portability.store import exhibits as store_exhibits
from portability.store.schema import statements
from portability.store.set_aside import list_set_aside, read_set_aside
from portability.v1 import complaint_pb2, statement_pb2
from portability.v1 import complaints_service_pb2 as complaints_pb
from portability.v1 import erasure_pb2 as erasure_pb
from portability.v1 import erasures_service_pb2 as pb
from portability.wire.erasure import erasure_statement_from_payload
from tests.integration.erasure.conftest import Office
from tests.integration.recognition.world import (
    AT_CNAV,
    ES_LOG,
    FEDERATION,
    FR_LOG,
    Federation,
    Node,
    Rosa,
    consent,
)

pytestmark = pytest.mark.asyncio
"""Where the engine makes no difference."""


async def exchanged(federation: Federation, rosa: Rosa) -> str:
    """Both histories are with both, and both agree on the result; the name of the case."""
    spain, france = federation.nodes
    await france.insure(rosa.at_france, *range(1985, 2005))
    await spain.insure(rosa.at_spain, *range(2005, 2015))
    given = await consent(federation, rosa)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    await spain.ask(opened, given)
    await federation.settle()
    assert await spain.state(opened.case.name) is CaseState.AGREED
    return opened.case.name


async def erase(office: Office, person: str) -> pb.ErasureState:
    answer = await office.service.ErasePerson(
        pb.ErasePersonRequest(
            person=person, basis=erasure_pb.ERASURE_BASIS_NO_LONGER_NEEDED, citation=""
        ),
        office.node.agency,
    )
    return answer.erasure


async def show(office: Office, name: str) -> pb.ErasureState:
    answer = await office.service.GetErasure(pb.GetErasureRequest(name=name), office.node.portal)
    return answer.erasure


def is_in_memory(node: Node) -> bool:
    """Whether a node remembers anything of a case, or of what came with one."""
    kept = [one for one, *_ in node.database.vault.kept._values.values()]
    return any(isinstance(one, LoadedCase | Received) for one in kept)


async def difference(node: Node) -> tuple[str, int]:
    origin = FEDERATION.member(node.code).log_origin
    key = {"ES": ES_LOG, "FR": FR_LOG}[node.code]
    trust = LogTrust(
        jurisdiction=node.code,
        origin=origin,
        keys=(log_key(origin, key.public),),
        directory=FEDERATION,
    )
    found = await check_database(node.database, trust)
    return found.difference, found.erased


async def test_a_recipient_destroys_what_it_got_and_says_so(
    federation: Federation, rosa: Rosa, offices: dict[str, Office]
) -> None:
    spain, france = federation.nodes
    name = await exchanged(federation, rosa)
    assert is_in_memory(spain)
    state = await erase(offices["FR"], rosa.at_france)
    assert state.stage == pb.ERASURE_STAGE_PROVEN
    assert [one.recipient.jurisdiction for one in state.recipients] == ["ES"]
    assert state.recipients[0].notice
    assert not state.recipients[0].outcome
    await federation.settle()
    (told,) = (await show(offices["FR"], state.name)).recipients
    assert told.outcome == erasure_pb.ERASURE_OUTCOME_ERASED
    assert not told.overdue
    for node in federation.nodes:
        assert not is_in_memory(node)
        with pytest.raises(NotFoundError):
            await node.case(name)
        assert (await difference(node))[0] == ""
    async with spain.database.read() as connection:
        vault = spain.database.vault
        assert (
            await store_exhibits.list_exhibits(connection, vault, name.removeprefix("cases/")) == []
        )
    # the own records of Spain are not France's to erase
    records = await spain.prover.prove(await spain.insure(rosa.at_spain, 2016))
    assert len(records) == 1
    assert (await difference(spain))[1] < (await difference(france))[1]


async def test_a_complaint_that_went_abroad_is_destroyed_there_too(
    federation: Federation, rosa: Rosa, offices: dict[str, Office]
) -> None:
    spain, france = federation.nodes
    filing = complaints_pb.FileComplaintRequest(
        request_id=spain.request_id(),
        person=rosa.at_spain,
        against=statement_pb2.Party(jurisdiction="FR", institution="cnav"),
        topic=complaint_pb2.COMPLAINT_TOPIC_TREATMENT,
        text="They laughed at me.",
    )
    filed = (await spain.complaints.FileComplaint(filing, spain.agency)).complaint
    await federation.settle()
    listing = complaints_pb.ListComplaintsRequest()
    assert len((await france.complaints.ListComplaints(listing, france.agency)).complaints) == 1
    state = await erase(offices["ES"], rosa.at_spain)
    assert [one.recipient.institution for one in state.recipients] == ["cnav"]
    await federation.settle()
    (told,) = (await show(offices["ES"], state.name)).recipients
    assert told.outcome == erasure_pb.ERASURE_OUTCOME_ERASED
    assert not (await france.complaints.ListComplaints(listing, france.agency)).complaints
    for node in federation.nodes:
        with pytest.raises(NotFoundError):
            await node.complaints.GetComplaintProgress(
                complaints_pb.GetComplaintProgressRequest(name=filed.name), node.portal
            )
        assert (await difference(node))[0] == ""
    assert (await difference(france))[1] == 1, "the one step that had come"


async def test_a_recipient_keeps_what_a_decision_rests_on_and_cites_why(
    federation: Federation, rosa: Rosa, offices: dict[str, Office]
) -> None:
    spain, france = federation.nodes
    name = await exchanged(federation, rosa)
    await spain.determine(name, theoretical=120_000)
    await france.determine(name, theoretical=150_000)
    await federation.settle()
    state = await erase(offices["FR"], rosa.at_france)
    await federation.settle()
    (told,) = (await show(offices["FR"], f"erasures/{state.name.partition('/')[2]}")).recipients
    assert told.outcome == erasure_pb.ERASURE_OUTCOME_KEPT
    assert "eu-883-2004" in told.citation
    assert await spain.state(name) is CaseState.CLOSED
    assert (await difference(spain)) == ("", 0)
    assert (await difference(france))[0] == ""


async def test_an_acknowledgement_is_signed_and_in_both_logs(
    federation: Federation, rosa: Rosa, offices: dict[str, Office]
) -> None:
    await exchanged(federation, rosa)
    await erase(offices["FR"], rosa.at_france)
    await federation.settle()
    kind = "erasure-acknowledgement"
    for node in federation.nodes:
        found = await of_kind(node, kind)
        assert len(found) == 1
        said = erasure_statement_from_payload(found[0].payload_type, found[0].payload)
        assert isinstance(said, ErasureAcknowledgement)
        assert said.outcome is ErasureOutcome.ERASED
        assert said.header.sender.jurisdiction == "ES"


async def test_a_silent_recipient_becomes_an_alarm(
    federation: Federation, rosa: Rosa, offices: dict[str, Office]
) -> None:
    france = federation.france
    await exchanged(federation, rosa)
    france.wires["ES"].trouble = lambda: "lost"
    state = await erase(offices["FR"], rosa.at_france)
    upkeep = ErasureUpkeep(
        eraser=offices["FR"].eraser,
        database=france.database,
        clock=federation.clock,
        sleep=asyncio.sleep,
    )
    await upkeep.turn()
    assert upkeep.overdue == 0
    federation.clock.advance(days=31)
    await upkeep.turn()
    assert upkeep.overdue == 1
    (told,) = (await show(offices["FR"], state.name)).recipients
    assert told.overdue
    france.wires["ES"].trouble = lambda: ""
    await federation.settle()
    await upkeep.turn()
    assert upkeep.overdue == 0


async def test_what_cannot_be_sent_any_more_holds_nothing_up(
    federation: Federation, rosa: Rosa, offices: dict[str, Office]
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    given = await consent(federation, rosa)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    france.wires["ES"].trouble = lambda: "lost"
    await spain.ask(opened, given)
    for _ in range(5):  # France answers, and its answer does not get through
        await france.cases.driver.work_through()
        await spain.cases.outbox.turn("FR")
        federation.clock.advance(seconds=5)
    await erase(offices["FR"], rosa.at_france)
    france.wires["ES"].trouble = lambda: ""
    await federation.settle()
    async with france.database.read() as connection:
        assert await delivery.list_pending_peers(connection) == {}
    assert (await difference(spain))[0] == ""
    assert (await difference(france))[0] == ""


async def test_what_comes_for_an_erased_case_is_refused_and_not_kept(
    federation: Federation, rosa: Rosa, offices: dict[str, Office]
) -> None:
    spain, france = federation.nodes
    name = await exchanged(federation, rosa)
    france.wires["ES"].trouble = lambda: "lost"  # so that Spain does not know yet
    await erase(offices["FR"], rosa.at_france)
    await spain.determine(name, theoretical=120_000)
    await spain.cases.outbox.turn("FR")
    async with france.database.read() as connection:
        vault = france.database.vault
        (refused,) = await list_set_aside(connection, limit=5)
        assert refused.reason == "NOT_FOUND"
        found = await read_set_aside(
            connection,
            vault,
            peer="ES",
            position=refused.position,
            statement_id=refused.statement_id,
        )
        assert found == b""
    assert (await difference(france))[0] == ""


async def test_whoever_was_only_asked_is_told_too_and_destroys_what_came_with_it(
    federation: Federation, rosa: Rosa, offices: dict[str, Office]
) -> None:
    spain, france = federation.nodes
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    await spain.ask(opened)  # on no permission, so it is refused
    await federation.settle()
    assert await spain.state(opened.case.name) is CaseState.REFUSED
    state = await erase(offices["ES"], rosa.at_spain)
    await federation.settle()
    (told,) = (await show(offices["ES"], state.name)).recipients
    assert (told.recipient.jurisdiction, told.recipient.institution) == ("FR", "cnav")
    assert told.outcome == erasure_pb.ERASURE_OUTCOME_ERASED
    with pytest.raises(NotFoundError):
        await france.case(opened.case.name)
    for node in federation.nodes:
        assert (await difference(node))[0] == ""


async def test_a_person_asks_and_follows_it_by_one_name_to_the_end(
    federation: Federation, rosa: Rosa, offices: dict[str, Office]
) -> None:
    office, spain = offices["ES"], federation.spain
    asking = pb.RequestErasureRequest(
        session=rosa.session, basis=erasure_pb.ERASURE_BASIS_OBJECTION
    )
    asked = (await office.service.RequestErasure(asking, spain.portal)).erasure
    assert asked.stage == pb.ERASURE_STAGE_REQUESTED
    again = (await office.service.RequestErasure(asking, spain.portal)).erasure
    assert again.name == asked.name
    (waiting,) = (
        await office.service.ListErasureRequests(pb.ListErasureRequestsRequest(), spain.agency)
    ).requests
    assert (waiting.person, waiting.erasure.name) == (rosa.at_spain, asked.name)
    assert (await difference(spain)) == ("", 0)

    done = await erase(office, rosa.at_spain)
    assert (done.name, done.stage) == (asked.name, pb.ERASURE_STAGE_PROVEN)
    assert (await show(office, asked.name)).actor.institution == "inss"
    answer = await office.service.ListErasureRequests(pb.ListErasureRequestsRequest(), spain.agency)
    assert not answer.requests
    with pytest.raises(UnauthenticatedError):
        await office.service.RequestErasure(asking, spain.portal)


async def of_kind(node: Node, kind: str) -> list[Envelope]:
    async with node.database.read() as connection:
        ids = list(
            await connection.scalars(
                select(statements.c.statement_id).where(statements.c.kind == kind)
            )
        )
    return [one.envelope for one in await node.prover.prove(ids)]


async def test_whoever_told_nothing_in_a_case_does_not_end_it_by_erasing(
    federation: Federation, rosa: Rosa, offices: dict[str, Office]
) -> None:
    """It refused, so all that is in the case came from others: it is theirs, and goes on."""
    spain, france = federation.nodes
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    await spain.ask(opened)  # on no permission, so it is refused
    await federation.settle()
    name = opened.case.name
    before = await spain.case(name)
    state = await erase(offices["FR"], rosa.at_france)
    await federation.settle()
    (told,) = (await show(offices["FR"], state.name)).recipients
    assert told.outcome == erasure_pb.ERASURE_OUTCOME_STOPPED
    assert await spain.state(name) is CaseState.REFUSED
    assert await spain.case(name) == before
    with pytest.raises(NotFoundError):
        await france.case(name)
    assert (await difference(spain)) == ("", 0)
    assert (await difference(france))[0] == ""


async def test_the_name_of_a_request_that_a_hold_refused_leads_to_what_came_later(
    federation: Federation, rosa: Rosa, offices: dict[str, Office]
) -> None:
    office, spain = offices["ES"], federation.spain
    asking = pb.RequestErasureRequest(
        session=rosa.session, basis=erasure_pb.ERASURE_BASIS_OBJECTION
    )
    asked = (await office.service.RequestErasure(asking, spain.portal)).erasure
    placing = pb.PlaceLegalHoldRequest(person=rosa.at_spain, citation="987/2009 Art 5")
    hold = (await office.service.PlaceLegalHold(placing, spain.agency)).hold
    assert (await erase(office, rosa.at_spain)).name == asked.name
    assert (await show(office, asked.name)).stage == pb.ERASURE_STAGE_REFUSED

    lifting = pb.LiftLegalHoldRequest(name=hold.name, citation="987/2009 Art 5")
    await office.service.LiftLegalHold(lifting, spain.agency)
    done = await erase(office, rosa.at_spain)
    assert done.stage == pb.ERASURE_STAGE_PROVEN
    assert await show(office, asked.name) == done
