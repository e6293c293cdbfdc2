"""
A notice of an erasure does not come after all that it is about: the lead of a case hears of the
erasure at another time than the other parties do. In every order a third country ends with nothing.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from portability.errors import NotFoundError, PeerUnavailableError, SignatureError
from portability.ledger.note import log_key
from portability.node.audit.fsck import LogTrust, check_database
from portability.node.log.write import Write
from portability.node.peers.delivery_checks import CheckedDelivery, check_delivery
from portability.recognition.case import CaseState
from portability.store.peer_tables import staged_exhibits
from portability.store.schema import (
    case_statements,
    exhibits,
    statements,
    unmet_notices,
)
from portability.store.set_aside import list_set_aside, read_set_aside
from portability.v1 import envelope_pb2
from portability.v1 import erasure_pb2 as erasure_pb
from portability.v1 import federation_service_pb2 as federation_pb
from portability.wire.statement import statement_to_payload, type_of
from tests.integration.erasure.conftest import Office, open_office
from tests.integration.erasure.test_notices import erase, show
from tests.integration.recognition import world
from tests.integration.recognition.germany import AT_DRV
from tests.integration.recognition.test_third_behind import (
    PROVIDERS,
    WithGermany,
    enrol,
    federation,
)
from tests.integration.recognition.world import AT_CNAV, FR_LOG, Node, consent

__all__ = ["federation"]
pytestmark = pytest.mark.asyncio


@dataclass
class Story:
    """Germany has answered Spain and then erased. France knows of nothing, Spain not of that."""

    federation: WithGermany
    germany: Office
    erasure: str
    case: str
    notice: list[CheckedDelivery]
    result: list[CheckedDelivery] = field(default_factory=list)

    @property
    def france(self) -> Node:
        return self.federation.france

    async def ask(self) -> None:
        """France is asked and answers, and there is a result, which does not get through."""
        spain, france = self.federation.spain, self.france
        held = _hold(spain, b"reconciliation")
        for _ in range(6):
            await spain.cases.driver.work_through()
            await spain.cases.outbox.turn("FR")
            await france.cases.driver.work_through()
            await france.cases.outbox.turn("ES")
            self.federation.clock.advance(seconds=5)
        self.result = checked("ES", held)

    async def bring(self, *come: list[CheckedDelivery]) -> None:
        """All of these in one transaction, as they come."""
        inbox = self.france.cases.federation._inbox

        async def work(write: Write) -> None:
            for some in come:
                peer = "DE" if some is self.notice else "ES"
                await inbox.take(write, peer, some, some[0].position - 1)

        await self.france.sequencer.run(work)

    async def stage(self, statement: bytes, page: Sequence[envelope_pb2.ProvenStatement]) -> int:
        """Spain sends exhibits of its result ahead; how many are here."""
        wire = self.federation.spain.wires["FR"]
        return await wire.stage_exhibits(statement, self.case.removeprefix("cases/"), 0, page)

    async def replay(self) -> None:
        """What was set aside of the result, once it can be read."""
        inbox = self.france.cases.federation._inbox

        async def work(write: Write) -> None:
            for one in self.result:
                await inbox.take_again(write, "ES", one.verified)

        await self.france.sequencer.run(work)

    @property
    def unreadable(self) -> list[CheckedDelivery]:
        """The result, signed by a key that France does not know yet."""
        unknown = SignatureError("there is no such key in the directory")
        return [replace(one, verified=unknown) for one in self.result]

    async def outcome(self) -> int:
        """What Germany is told in the end of what France did."""
        for _ in range(2):  # the first one asks what Germany speaks
            await self.france.cases.outbox.turn("DE")
            self.federation.clock.advance(seconds=5)
        told = (await show(self.germany, self.erasure)).recipients
        return next(one.outcome for one in told if one.recipient.jurisdiction == "FR")


@pytest_asyncio.fixture
async def story(federation: WithGermany, tmp_path: Path) -> Story:
    spain, france, germany = federation.nodes
    germany.speak(spain.protocol_version)
    rosa, there = await enrol(federation)
    office, *_ = [await open_office(node, tmp_path / node.code) for node in (germany, france)]
    await germany.insure(there, 2000, 2001)
    await france.insure(rosa.at_france, 1990)
    await spain.insure(rosa.at_spain, 2005)
    given = await consent(federation, rosa, providers=PROVIDERS)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV, AT_DRV)
    await spain.ask(opened, given)
    request = spain.history_request(
        opened, given, recipient=AT_DRV, person_reference=opened.person_references[1]
    )
    await spain.submit(type_of(request), statement_to_payload(request))
    for _ in range(3):
        await spain.cases.outbox.turn("DE")
        await germany.cases.driver.work_through()
        await germany.cases.outbox.turn("ES")
        federation.clock.advance(seconds=5)
    germany.wires["ES"].trouble = lambda: "lost"
    held = _hold(germany, b"erasure-notice")
    state = await erase(office, there)
    for _ in range(2):  # the first one asks what France speaks
        await germany.cases.outbox.turn("FR")
        federation.clock.advance(seconds=5)
    notice = checked("DE", held)
    return Story(
        federation=federation,
        germany=office,
        erasure=state.name,
        case=opened.case.name,
        notice=notice,
    )


def _hold(sender: Node, kind: bytes) -> list[federation_pb.Delivery]:
    """Have no call to France get through that brings this; what it would bring, once it is made."""
    held: list[federation_pb.Delivery] = []

    def lose(sent: list[federation_pb.Delivery]) -> list[federation_pb.Delivery]:
        if not any(kind in one.SerializeToString() for one in sent):
            return sent
        held[:] = sent
        raise PeerUnavailableError("the call was lost", jurisdiction="FR")

    sender.wires["FR"].alter = lose
    return held


def checked(sender: str, sent: list[federation_pb.Delivery]) -> list[CheckedDelivery]:
    """What was to come to France, verified."""
    assert sent
    return [check_delivery(one, world.FEDERATION, sender) for one in sent]


async def result_first(story: Story) -> None:
    await story.ask()
    await story.bring(story.result)
    await story.bring(story.notice)


async def notice_first(story: Story) -> None:
    await story.ask()
    await story.bring(story.notice)
    assert await story.outcome() == erasure_pb.ERASURE_OUTCOME_STOPPED
    await story.bring(story.result)


async def notice_before_the_case(story: Story) -> None:
    await story.bring(story.notice)
    await story.ask()
    await story.bring(story.result)


async def both_in_one_transaction(story: Story) -> None:
    await story.ask()
    await story.bring(story.result, story.notice)


async def both_the_other_way_round(story: Story) -> None:
    await story.ask()
    await story.bring(story.notice, story.result)


async def a_page_of_the_result_after_all_is_erased(story: Story) -> None:
    await result_first(story)
    with pytest.raises(NotFoundError):
        await story.stage(story.result[-1].statement_id, first_page(story))


def first_page(story: Story) -> Sequence[envelope_pb2.ProvenStatement]:
    return federation_pb.Delivery.FromString(story.result[-1].raw()).exhibits[:1]


async def a_page_of_the_result_and_then_the_notice(story: Story) -> None:
    await story.ask()
    page = first_page(story)
    came = await story.stage(story.result[-1].statement_id, page)
    assert came == 1
    assert await left(story.france) == {"staged": 1}
    await story.bring(story.notice)
    assert await left(story.france) == {}
    assert await story.stage(story.result[-1].statement_id, page) == 1, "from the first page on"
    await story.bring(story.result)


async def result_refused_and_then_the_notice(story: Story) -> None:
    await story.ask()
    await story.bring(story.unreadable)
    await story.bring(story.notice)
    assert await left(story.france) == {}, "what was refused is not kept either"
    await story.replay()


async def result_refused_after_the_notice(story: Story) -> None:
    await story.ask()
    await story.bring(story.notice)
    await story.bring(story.unreadable)
    assert await left(story.france) == {}
    await story.replay()


async def result_refused_once_more_after_all_is_erased(story: Story) -> None:
    await result_first(story)
    await story.bring(later(story.unreadable))


async def result_once_more(story: Story) -> None:
    await notice_first(story)
    await story.bring(later(story.result))


def later(sent: list[CheckedDelivery]) -> list[CheckedDelivery]:
    """The same once more, further on in the stream."""
    return [replace(one, position=one.position + len(sent)) for one in sent]


ORDERS: tuple[Callable[[Story], Awaitable[None]], ...] = (
    result_first,
    notice_first,
    notice_before_the_case,
    both_in_one_transaction,
    both_the_other_way_round,
    a_page_of_the_result_and_then_the_notice,
    a_page_of_the_result_after_all_is_erased,
    result_refused_and_then_the_notice,
    result_refused_after_the_notice,
    result_refused_once_more_after_all_is_erased,
    result_once_more,
)


@pytest.mark.parametrize("order", ORDERS, ids=lambda one: one.__name__.replace("_", " "))
async def test_in_every_order_nothing_stays_of_what_was_erased(
    story: Story, order: Callable[[Story], Awaitable[None]]
) -> None:
    france = story.france
    await order(story)
    with pytest.raises(NotFoundError):
        await france.case(story.case)
    assert await left(france) == {}
    async with france.database.read() as connection:
        of_case = select(case_statements.c.leaf_index)
        whole = select(statements.c.kind).where(
            statements.c.leaf_index.in_(of_case), statements.c.envelope_ciphertext != b""
        )
        assert list(await connection.scalars(whole)) == []
        assert (await connection.execute(unmet_notices.select())).all() == []
    trust = LogTrust(
        jurisdiction="FR",
        origin=world.FEDERATION.member("FR").log_origin,
        keys=(log_key(world.FEDERATION.member("FR").log_origin, FR_LOG.public),),
        directory=world.FEDERATION,
    )
    found = await check_database(france.database, trust)
    assert found.difference == ""
    assert found.erased
    assert await story.outcome() == erasure_pb.ERASURE_OUTCOME_ERASED


async def test_a_case_into_which_nothing_of_it_comes_goes_on(story: Story) -> None:
    await story.bring(story.notice)
    await story.ask()
    assert await story.france.state(story.case) is not CaseState.REFUSED
    assert await left(story.france) == {}
    assert await story.outcome() == erasure_pb.ERASURE_OUTCOME_STOPPED


async def left(node: Node) -> dict[str, int]:
    """How many records of Germany are in cases or came ahead, and refused deliveries are kept."""
    async with node.database.read() as connection:
        records = select(exhibits.c.statement_id).where(exhibits.c.origin == "DE")
        staged = select(staged_exhibits.c.ordinal)
        found = {
            "records": len(list(await connection.scalars(records))),
            "staged": len(list(await connection.scalars(staged))),
        }
        for row in await list_set_aside(connection, limit=10):
            raw = await read_set_aside(
                connection,
                node.database.vault,
                peer=row.peer,
                position=row.position,
                statement_id=row.statement_id,
            )
            found["refused"] = found.get("refused", 0) + bool(raw)
    return {name: count for name, count in found.items() if count}
