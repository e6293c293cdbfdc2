"""Two nodes of which one is behind: what both know goes on, and the rest is told, not lost."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from portability.federation.outbox import ASK_AGAIN
from portability.ledger.envelope import statement_id
from portability.node.peers.replaying import Replayer
from portability.recognition.case import CaseState
from portability.recognition.stated_facts import FACTS_TYPE, read_stated_facts
from portability.recognition.statements import Determination
from portability.recognition.versions import LATEST, OLDEST
from portability.store import delivery
from portability.store.set_aside import list_set_aside
from portability.v1 import recognition_service_pb2 as pb
from portability.wire.statement import case_statement_from_payload
from tests.conftest import FixedClock
from tests.integration.recognition.bundles import bundle_of
from tests.integration.recognition.stating import hand_in, prepare
from tests.integration.recognition.test_delivery import finish, set_aside, start
from tests.integration.recognition.world import (
    FEDERATION,
    Federation,
    Node,
    enrol_rosa,
    open_federation,
)

pytestmark = pytest.mark.asyncio

BEFORE_UPGRADE = 7
AFTER_UPGRADE = 8


@pytest_asyncio.fixture
async def behind(
    urls: dict[str, str], clock: FixedClock, randomness: Callable[[int], bytes]
) -> AsyncIterator[Federation]:
    """France has not been upgraded yet."""
    async with open_federation(urls, clock, randomness, {"FR": OLDEST}) as opened:
        yield opened


async def undelivered(node: Node, case: str) -> list[pb.UndeliveredStatement]:
    answer = await node.cases.recognition.GetCase(pb.GetCaseRequest(name=case), node.agency)
    return list(answer.undelivered)


async def test_a_case_with_a_node_that_is_behind_ends_and_says_what_was_left_out(
    behind: Federation,
) -> None:
    opened = await start(behind, await enrol_rosa(behind))
    await finish(behind, opened.case.name)
    spain, france = behind.nodes
    for node in behind.nodes:
        assert await node.state(opened.case.name) is CaseState.CLOSED
        assert await set_aside(node) == []
    assert len(await spain.statements(opened.case.name)) == AFTER_UPGRADE
    assert len(await france.statements(opened.case.name)) == BEFORE_UPGRADE
    (told,) = await undelivered(spain, opened.case.name)
    assert (told.peer, told.kind, told.state) == ("FR", "summary", "withheld")
    assert told.reason == "UNSUPPORTED_VERSION"
    assert told.message == (
        "the exchange with FR is in version 1 of the protocol and a summary of this content needs "
        "version 2; it is sent once the node that is behind is upgraded"
    )

    france.speak(LATEST)
    behind.clock.now += ASK_AGAIN
    await behind.settle()
    assert len(await france.statements(opened.case.name)) == AFTER_UPGRADE
    assert await undelivered(spain, opened.case.name) == []
    assert await set_aside(france) == []


async def test_a_lead_that_is_behind_works_with_a_later_peer(
    urls: dict[str, str], clock: FixedClock, randomness: Callable[[int], bytes]
) -> None:
    async with open_federation(urls, clock, randomness, {"ES": OLDEST}) as federation:
        opened = await start(federation, await enrol_rosa(federation))
        await finish(federation, opened.case.name)
        for node in federation.nodes:
            assert await node.state(opened.case.name) is CaseState.CLOSED
            assert await set_aside(node) == []
        assert len(await federation.france.statements(opened.case.name)) == BEFORE_UPGRADE


async def test_work_of_a_kind_that_a_later_version_knows_waits_for_it(
    federation: Federation,
) -> None:
    """While processes of two versions run on one database, as during an upgrade."""
    opened = await start(federation, await enrol_rosa(federation))
    spain = federation.spain
    work = delivery.PendingWork(
        kind="of-a-later-version",
        case_id=opened.case.name.removeprefix("cases/"),
        statement_id=bytes(32),
        not_before=federation.clock(),
    )
    async with spain.database.write() as connection:
        await delivery.add_pending_work(connection, work)
    await spain.cases.driver.work_through()
    async with spain.database.read() as connection:
        waiting = await delivery.list_pending_work(connection, limit=99)
    (kept,) = [one for one in waiting if one.kind == work.kind]
    assert kept.attempts == 1
    assert kept.not_before > work.not_before


async def test_what_is_sent_to_a_node_that_was_set_back_is_refused_told_and_replayed(
    federation: Federation,
) -> None:
    spain, france = federation.nodes
    opened = await start(federation, await enrol_rosa(federation))
    await federation.settle()  # Spain knows France as a node of the latest version
    france.speak(OLDEST)
    spain.cases.outbox._versions._heard.clear()
    france.wires["ES"].speaks = LATEST  # it does not say so: a node that was set back by hand
    france.cases.federation._protocol_version = LATEST
    await spain.determine(opened.case.name, theoretical=120_000)
    await france.determine(opened.case.name, theoretical=150_000)
    await federation.settle()
    assert await france.state(opened.case.name) is CaseState.AGREED, "it waits for a decision"
    told = await undelivered(spain, opened.case.name)
    assert sorted(one.kind for one in told) == ["determination", "summary"], "both at one time"
    for one in told:
        assert (one.state, one.reason) == ("refused", "UNSUPPORTED_VERSION")
        assert "upgrade it and replay the statement" in one.message

    france.speak(LATEST)
    async with france.database.read() as connection:
        rows = await list_set_aside(connection, limit=10)
    replayer = Replayer(
        database=france.database,
        sequencer=france.sequencer,
        directory=lambda: FEDERATION,
        inbox=france.cases.federation.inbox,
        fetch_again=france.cases.recaller.fetch_again,
    )
    assert len(rows) == len(told)
    for row in rows:
        assert (await replayer.replay("ES", row.position)).replay_time is not None
    assert await france.state(opened.case.name) is CaseState.CLOSED
    assert len(await france.statements(opened.case.name)) == AFTER_UPGRADE
    again = await spain.open_case((await spain.case(opened.case.name)).person, france.institution)
    await spain.ask(again)  # the next answer of France tells
    await federation.settle()
    assert await undelivered(spain, opened.case.name) == []


async def test_a_decision_names_no_facts_to_who_could_not_read_it_and_they_name_it_all_the_same(
    behind: Federation,
) -> None:
    spain, france = behind.nodes
    case = (await start(behind, await enrol_rosa(behind))).case.name
    await behind.settle()
    scheme = pb.SchemeFacts(unit="months")
    scheme.theoretical.minor_units, scheme.theoretical.currency = 120_000, "EUR"
    prepared = await prepare(spain, case, scheme=scheme)
    said = case_statement_from_payload(prepared.payload_type, prepared.payload)
    assert isinstance(said, Determination)
    assert (said.facts, len(said.header.predecessors)) == (b"", 1)
    assert read_stated_facts(prepared.facts_payload).is_behind(said.header)
    await hand_in(spain, prepared)
    await france.determine(case, theoretical=150_000)
    await behind.settle()
    assert await france.state(case) is await spain.state(case) is CaseState.CLOSED
    kept = statement_id(FACTS_TYPE, prepared.facts_payload).hex()
    assert f"statements/{kept}.json" in await bundle_of(spain, case)
