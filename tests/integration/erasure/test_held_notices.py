"""What a legal hold kept from being erased is erased once the hold is lifted."""

import pytest
from sqlalchemy import select

from portability.errors import NotFoundError
from portability.store.schema import held_notices
from portability.v1 import complaint_pb2, statement_pb2
from portability.v1 import complaints_service_pb2 as complaints_pb
from portability.v1 import erasure_pb2 as erasure_pb
from portability.v1 import erasures_service_pb2 as pb
from tests.integration.erasure.conftest import Office
from tests.integration.erasure.test_notices import difference, erase, exchanged, show
from tests.integration.recognition.world import Federation, Rosa

pytestmark = pytest.mark.asyncio

ORDER = "Audiencia Nacional, order 26/0099"
KEPT, ERASED = erasure_pb.ERASURE_OUTCOME_KEPT, erasure_pb.ERASURE_OUTCOME_ERASED


async def hold(office: Office, person: str, citation: str = ORDER) -> str:
    asked = pb.PlaceLegalHoldRequest(person=person, citation=citation)
    return (await office.service.PlaceLegalHold(asked, office.node.agency)).hold.name


async def lift(office: Office, name: str) -> None:
    asked = pb.LiftLegalHoldRequest(name=name, citation="the order has ended")
    await office.service.LiftLegalHold(asked, office.node.agency)


async def answers(federation: Federation, office: Office, name: str) -> list[tuple[int, str]]:
    await federation.settle()
    return [(one.outcome, one.citation) for one in (await show(office, name)).recipients]


async def waiting(office: Office) -> int:
    async with office.node.database.read() as connection:
        return len((await connection.execute(select(held_notices))).all())


async def test_a_case_goes_with_the_last_hold_on_its_person_and_the_eraser_is_told(
    federation: Federation, rosa: Rosa, offices: dict[str, Office]
) -> None:
    spain, france = offices["ES"], offices["FR"]
    name = await exchanged(federation, rosa)
    first = await hold(spain, rosa.at_spain)
    second = await hold(spain, rosa.at_spain, "another order")
    erasure = (await erase(france, rosa.at_france)).name
    assert await answers(federation, france, erasure) == [(KEPT, ORDER)]
    await lift(spain, first)
    assert await answers(federation, france, erasure) == [(KEPT, ORDER)]
    assert await spain.node.case(name)
    assert await waiting(spain) == 1

    await lift(spain, second)

    with pytest.raises(NotFoundError):
        await spain.node.case(name)
    assert await answers(federation, france, erasure) == [(ERASED, "")]
    assert await waiting(spain) == 0
    for node in federation.nodes:
        assert (await difference(node))[0] == ""


async def test_what_was_decided_under_the_hold_is_kept_by_the_decision_from_then_on(
    federation: Federation, rosa: Rosa, offices: dict[str, Office]
) -> None:
    spain, france = offices["ES"], offices["FR"]
    name = await exchanged(federation, rosa)
    placed = await hold(spain, rosa.at_spain)
    erasure = (await erase(france, rosa.at_france)).name
    assert await answers(federation, france, erasure) == [(KEPT, ORDER)]
    await spain.node.determine(name, theoretical=120_000)

    await lift(spain, placed)

    assert await spain.node.case(name)
    ((outcome, citation),) = await answers(federation, france, erasure)
    assert outcome == KEPT
    assert citation.startswith("GDPR Art 17(3)(b): a decision under")
    assert await waiting(spain) == 0
    assert (await difference(france.node))[0] == ""


async def test_a_complaint_goes_with_the_hold_on_its_person(
    federation: Federation, rosa: Rosa, offices: dict[str, Office]
) -> None:
    spain, france = offices["ES"], offices["FR"]
    filing = complaints_pb.FileComplaintRequest(
        request_id=spain.node.request_id(),
        person=rosa.at_spain,
        against=statement_pb2.Party(jurisdiction="FR", institution="cnav"),
        topic=complaint_pb2.COMPLAINT_TOPIC_TREATMENT,
        text="They laughed at me.",
    )
    await spain.node.complaints.FileComplaint(filing, spain.node.agency)
    await federation.settle()
    placed = await hold(france, rosa.at_france)
    erasure = (await erase(spain, rosa.at_spain)).name
    assert await answers(federation, spain, erasure) == [(KEPT, ORDER)]

    await lift(france, placed)

    listing = complaints_pb.ListComplaintsRequest()
    found = await france.node.complaints.ListComplaints(listing, france.node.agency)
    assert list(found.complaints) == []
    assert await answers(federation, spain, erasure) == [(ERASED, "")]
