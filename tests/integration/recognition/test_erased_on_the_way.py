"""
Three countries, and a permission that ends after the lead has passed a third country's records on:
what was erased is neither sent any more nor looked for, and the stream to the peer goes on.
"""

from typing import Any

import pytest

from portability.consent.payload_types import TEMPLATE_TYPE
from portability.federation import outbox
from portability.federation.exhibit_pages import CARRIED
from portability.federation.outbox import ASK_AGAIN
from portability.ledger.envelope import statement_id
from portability.ledger.note import log_key
from portability.node.audit.fsck import LogTrust, check_database
from portability.recognition import versions
from portability.recognition.case import CaseState
from portability.recognition.statements import (
    Dispute,
    NoticeAnswer,
    NoticeEffect,
    PermissionEnd,
    Reconciliation,
)
from portability.recognition.versions import LATEST, OLDEST
from portability.store import exhibits as store_exhibits
from portability.store import schema, streams
from portability.store.engine import Connection
from portability.store.peer_tables import undelivered
from portability.store.undelivered import list_undelivered
from portability.v1 import federation_service_pb2 as federation_pb
from portability.v1 import persons_service_pb2 as persons_pb
from portability.wire.record import RECORD_TYPE
from tests.integration.recognition import world
from tests.integration.recognition.germany import AT_DRV, german_answer, with_germany
from tests.integration.recognition.test_delivery import set_aside
from tests.integration.recognition.test_late_and_contested import said
from tests.integration.recognition.test_pages import staged
from tests.integration.recognition.test_permission_ends import records_held
from tests.integration.recognition.world import (
    AT_CNAV,
    AT_INSS,
    ES_LOG,
    FR_LOG,
    Federation,
    Node,
    Rosa,
    consent,
    withdraw,
)
from tests.integration.store.samples import due_deliveries
from tests.unit.consent.world import TEMPLATE_BYTES

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def germany(monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory lists Germany as well, and so does the template of what INSS asks for."""
    monkeypatch.setattr(world, "FEDERATION", with_germany())
    more = b'[[provider]]\nnode = "DE"\ninstitution = "drv"\n\n[caps]'
    template = TEMPLATE_BYTES.replace(b"[caps]", more, 1)
    monkeypatch.setattr(world, "TEMPLATE_BYTES", template)
    monkeypatch.setattr(world, "TEMPLATE_ID", statement_id(TEMPLATE_TYPE, template))


async def asked_of_both(
    federation: Federation, rosa: Rosa, records: int = 1
) -> tuple[str, bytes, bytes]:
    """France has answered and Germany not yet: the case, the consent, the request to Germany."""
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    await spain.insure(rosa.at_spain, *(1990 + number % 30 for number in range(records)))
    await spain.persons.CreatePairwiseReference(
        persons_pb.CreatePairwiseReferenceRequest(person=rosa.at_spain, peer="DE"), spain.agency
    )
    opened = await spain.open_case(rosa.at_spain, AT_CNAV, AT_DRV)
    given = await consent(federation, rosa, providers=(AT_CNAV, AT_DRV, AT_INSS))
    await spain.ask(opened, given)
    request = await spain.ask(
        opened, given, recipient=AT_DRV, person_reference=opened.person_references[1]
    )
    await federation.settle()
    return opened.case.name, given, request


def cut_off(node: Node, *, lost: bool) -> None:
    """Nothing that the node sends to France arrives, or everything again."""
    node.wires["FR"].trouble = lambda: "lost" if lost else ""


async def difference(node: Node) -> str:
    """What fsck finds first; empty where all is as it must be."""
    key = {"ES": ES_LOG, "FR": FR_LOG}[node.code]
    origin = world.FEDERATION.member(node.code).log_origin
    trust = LogTrust(
        jurisdiction=node.code,
        origin=origin,
        keys=(log_key(origin, key.public),),
        directory=world.FEDERATION,
    )
    return (await check_database(node.database, trust)).difference


async def holds(node: Node, case: str, record: bytes) -> bool:
    async with node.database.read() as connection:
        found = await store_exhibits.list_exhibit_places(connection, case.removeprefix("cases/"))
    return record in {one.statement_id for one in found}


async def stream_is_through(federation: Federation) -> None:
    """Spain's stream to France does not fail, and both nodes are in order."""
    assert federation.spain.cases.outbox.failing("FR") == (0, "", None)
    assert await set_aside(federation.france) == []
    assert [await difference(node) for node in federation.nodes] == ["", ""]


def listen(node: Node) -> list[str]:
    """Of what types all that goes with statements to France is, from now on."""
    sent: list[str] = []

    def hear(deliveries: list[federation_pb.Delivery]) -> list[federation_pb.Delivery]:
        sent.extend(i.envelope.payload_type for one in deliveries for i in one.exhibits)
        return deliveries

    node.wires["FR"].alter = hear
    return sent


async def all_was_told_and_nothing_is_kept(federation: Federation, case: str) -> None:
    """Both know all of the case, have erased what they had, and compute nothing from it."""
    spain, france = federation.nodes
    assert len(await said(france, case, Reconciliation)) == 1
    assert len(await said(france, case, PermissionEnd)) == 1
    assert await said(france, case, Dispute) == []
    for node in federation.nodes:
        answers = await said(node, case, NoticeAnswer)
        assert {one.effect for one in answers if isinstance(one, NoticeAnswer)} == {
            NoticeEffect.ERASED
        }
        assert await records_held(node, case) == 0
    assert await spain.state(case) is CaseState.REFUSED
    await stream_is_through(federation)


async def test_what_was_erased_before_it_left_holds_up_nothing(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    case, given, request = await asked_of_both(federation, rosa)
    cut_off(spain, lost=True)
    record = await german_answer(spain, case, request)
    await spain.cases.driver.work_through()
    (result,) = await said(spain, case, Reconciliation)
    assert isinstance(result, Reconciliation)
    assert record in result.inputs
    assert await holds(spain, case, record)
    await withdraw(federation, rosa, given)
    await spain.cases.driver.work_through()
    assert not await holds(spain, case, record)

    sent = listen(spain)
    cut_off(spain, lost=False)
    await federation.settle()
    assert RECORD_TYPE not in sent, "records of a result that has fallen are for nobody to have"
    await all_was_told_and_nothing_is_kept(federation, case)


async def test_what_was_erased_after_it_arrived_is_looked_for_no_more(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case, given, request = await asked_of_both(federation, rosa)
    record = await german_answer(spain, case, request)
    await federation.settle()
    assert await holds(france, case, record)
    await stream_is_through(federation)
    await withdraw(federation, rosa, given)
    await federation.settle()
    assert not await holds(spain, case, record)
    assert not await holds(france, case, record)
    await stream_is_through(federation)


async def test_a_long_result_of_which_pages_have_left_is_followed_by_nothing_of_it(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case, given, request = await asked_of_both(federation, rosa, CARRIED)
    await german_answer(spain, case, request)
    wire = spain.wires["FR"]
    wire.trouble = lambda: (
        "lost" if len([one for one in wire.pages if one[1]]) >= 2 else ""
    )  # pages
    await spain.cases.driver.work_through()
    await spain.cases.outbox.turn("FR")
    before = await staged(france)
    assert 0 < before < CARRIED
    await withdraw(federation, rosa, given)
    await spain.cases.driver.work_through()
    wire.pages.clear()
    cut_off(spain, lost=False)
    await federation.settle()
    assert wire.pages == []
    assert await staged(france) == 0
    await all_was_told_and_nothing_is_kept(federation, case)


async def test_what_was_erased_while_it_was_withheld_does_not_go_with_it_later(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "AT_ONCE", 1)  # what more records than that rest on is new
    spain, france = federation.nodes
    france.speak(OLDEST)
    case, given, request = await asked_of_both(federation, rosa)
    record = await german_answer(spain, case, request)
    await spain.cases.driver.work_through()
    async with spain.database.read() as connection:
        rows = await list_undelivered(connection, case.removeprefix("cases/"))
    (row,) = (one for one in rows if one.peer == "FR")
    assert record in row.exhibits
    await withdraw(federation, rosa, given)
    await federation.settle()
    sent = listen(spain)
    france.speak(LATEST)
    federation.clock.now += ASK_AGAIN
    await federation.settle()
    assert RECORD_TYPE not in sent
    await all_was_told_and_nothing_is_kept(federation, case)


# --- what software before has left behind --------------------------------------------------------


@pytest.fixture
def of_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes that erase as they did before: rows for France still name what is gone."""
    forget = streams.forget_exhibits

    async def but_for_france(connection: Connection, *what: Any) -> None:
        rows = [
            (table, (await connection.execute(table.select().where(table.c.peer == "FR"))).all())
            for table in (schema.outbox, undelivered)
        ]
        await forget(connection, *what)
        for table, before in rows:
            for row in before:
                await connection.execute(
                    table.update()
                    .where(table.c.peer == "FR", table.c.statement_id == row.statement_id)
                    .values(exhibit_ids=row.exhibit_ids)
                )

    monkeypatch.setattr(streams, "forget_exhibits", but_for_france)


async def kept_apart(node: Node, case: str) -> list[tuple[str, str]]:
    async with node.database.read() as connection:
        rows = await list_undelivered(connection, case.removeprefix("cases/"))
    return [(one.kind, one.state) for one in rows]


@pytest.mark.usefixtures("of_before")
@pytest.mark.parametrize("carried", [CARRIED, 1], ids=["in one message", "by pages"])
async def test_a_row_that_names_what_is_gone_goes_alone_and_the_stream_goes_on(
    federation: Federation, rosa: Rosa, carried: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    spain = federation.spain
    case, given, request = await asked_of_both(federation, rosa)
    cut_off(spain, lost=True)
    await german_answer(spain, case, request)
    await spain.cases.driver.work_through()
    await withdraw(federation, rosa, given)
    await spain.cases.driver.work_through()
    assert "outbox: position" in await difference(spain)
    assert "it goes alone once the node runs" in await difference(spain)

    monkeypatch.setattr(outbox, "CARRIED", carried)
    sent = listen(spain)
    cut_off(spain, lost=False)
    await federation.settle()
    assert RECORD_TYPE not in sent
    await all_was_told_and_nothing_is_kept(federation, case)
    assert await kept_apart(spain, case) == [("reconciliation", "alone")]


@pytest.mark.usefixtures("of_before")
async def test_a_row_that_went_with_what_is_gone_since_is_no_damage(
    federation: Federation, rosa: Rosa
) -> None:
    case, given, request = await asked_of_both(federation, rosa)
    await german_answer(federation.spain, case, request)
    await federation.settle()
    await withdraw(federation, rosa, given)
    await federation.settle()
    await stream_is_through(federation)


@pytest.mark.usefixtures("of_before")
async def test_what_is_withheld_and_names_what_is_gone_is_found_and_goes_alone(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "AT_ONCE", 1)
    spain, france = federation.nodes
    france.speak(OLDEST)
    case, given, request = await asked_of_both(federation, rosa)
    await german_answer(spain, case, request)
    await spain.cases.driver.work_through()
    await withdraw(federation, rosa, given)
    await federation.settle()
    assert (await difference(spain)).startswith("undelivered: ")
    sent = listen(spain)
    france.speak(LATEST)
    federation.clock.now += ASK_AGAIN
    await federation.settle()
    assert RECORD_TYPE not in sent
    await all_was_told_and_nothing_is_kept(federation, case)


async def test_what_came_under_the_permission_of_another_case_does_not_travel_on_with_this_one(
    federation: Federation, rosa: Rosa
) -> None:
    """A lead that names, beside a request, a record that another case of the person has."""
    spain, france = federation.nodes
    case, _, request = await asked_of_both(federation, rosa)
    record = await german_answer(spain, case, request)
    await federation.settle()
    assert await holds(spain, case, record)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    other = opened.case.name
    await spain.ask(opened, await consent(federation, rosa))
    async with spain.database.write() as connection:
        (row,) = await due_deliveries(connection, peer="FR", now=spain.clock(), limit=9)
        ids = (*row.exhibits, record)
        await streams.note_exhibits(connection, peer="FR", position=row.position, ids=ids)
    assert "names an exhibit that is not here" in await difference(spain)
    sent = listen(spain)
    await federation.settle()
    assert RECORD_TYPE not in sent
    assert not await holds(france, other, record)
    assert spain.cases.outbox.failing("FR") == (0, "", None)
    assert ("history-request", "alone") in await kept_apart(spain, other)
