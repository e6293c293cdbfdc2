"""Three nodes, one a version behind: it cannot be told that a history is held back in part."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from portability.consent.payload_types import TEMPLATE_TYPE
from portability.federation.outbox import ASK_AGAIN
from portability.ledger.envelope import statement_id
from portability.node.log.prover import Prover
from portability.node.log.sequencer import Sequencer
from portability.recognition.case import CaseState
from portability.recognition.statements import Countersignature, Reconciliation
from portability.recognition.versions import LATEST, SECOND
from portability.store.engine import open_database
from portability.v1 import persons_service_pb2 as persons_pb
from portability.wire.statement import statement_to_payload, type_of
from tests.conftest import FixedClock
from tests.databases import sqlite_file
from tests.integration.recognition import world
from tests.integration.recognition.germany import (
    AT_DRV,
    DE_LOG,
    DE_NODE,
    DRV_KEY,
    ORIGIN,
    with_germany,
)
from tests.integration.recognition.test_delivery import set_aside
from tests.integration.recognition.test_held_back import FROM_JULY, said
from tests.integration.recognition.test_versions import undelivered
from tests.integration.recognition.world import (
    AT_CNAV,
    AT_INSS,
    Federation,
    Node,
    Rosa,
    Wire,
    consent,
    enrol_rosa,
    open_federation,
    sign_in,
)
from tests.unit.consent.world import TEMPLATE_BYTES

PROVIDERS = (AT_CNAV, AT_INSS, AT_DRV)


@dataclass
class WithGermany(Federation):
    """Spain leads, France and Germany are asked."""

    more: list[Node] = field(default_factory=list)

    @property
    def nodes(self) -> tuple[Node, ...]:  # type: ignore[override]  # one more
        return (self.spain, self.france, *self.more)


@pytest_asyncio.fixture
async def federation(
    urls: dict[str, str],
    tmp_path: Path,
    clock: FixedClock,
    randomness: Callable[[int], bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[WithGermany]:
    monkeypatch.setattr(world, "FEDERATION", with_germany())
    monkeypatch.setitem(world.SIGNERS, "DE", DRV_KEY)
    monkeypatch.setitem(world.NODE_KEYS, "DE", DE_NODE)
    more = b'[[provider]]\nnode = "DE"\ninstitution = "drv"\n\n[caps]'
    template = TEMPLATE_BYTES.replace(b"[caps]", more, 1)
    monkeypatch.setattr(world, "TEMPLATE_BYTES", template)
    monkeypatch.setattr(world, "TEMPLATE_ID", statement_id(TEMPLATE_TYPE, template))
    database = await open_database(
        sqlite_file(tmp_path / "DE.db"),
        wrapping_key=bytes(32),
        index_key=bytes(range(32)),
        randomness=randomness,
    )
    sequencer = Sequencer(
        database=database, origin=ORIGIN, log_key=DE_LOG, clock=clock, fault=lambda _: None
    )
    await sequencer.start()
    germany = Node(
        code="DE",
        institution=AT_DRV,
        database=database,
        sequencer=sequencer,
        prover=Prover(database),
        clock=clock,
        randomness=randomness,
    )
    async with open_federation(urls, clock, randomness) as two:
        germany.wires["ES"] = Wire(sender="DE", recipient=two.spain)
        germany.wires["FR"] = Wire(sender="DE", recipient=two.france)
        for node in two.nodes:
            node.wires["DE"] = Wire(sender=node.code, recipient=germany)
        germany.speak(SECOND)
        yield WithGermany(spain=two.spain, france=two.france, clock=clock, more=[germany])
    await germany.cases.close()
    await sequencer.close()
    await database.close()


async def enrol(federation: WithGermany) -> tuple[Rosa, str]:
    """Rosa in all three countries; her name in Germany."""
    two = Federation(spain=federation.spain, france=federation.france, clock=federation.clock)
    rosa = await enrol_rosa(two)
    spain, (germany,) = federation.spain, federation.more
    there = await germany.enrol("15 070649 C 103")
    made = await spain.persons.CreatePairwiseReference(
        persons_pb.CreatePairwiseReferenceRequest(person=rosa.at_spain, peer="DE"), spain.agency
    )
    await germany.persons.AcceptPairwiseReference(
        persons_pb.AcceptPairwiseReferenceRequest(
            person=there, peer="ES", reference=made.reference
        ),
        germany.agency,
    )
    return rosa, there


@pytest.mark.asyncio
@pytest.mark.parametrize("upgraded", [False, True], ids=["a wider permission", "an upgrade"])
async def test_a_third_country_that_is_behind_waits_for_a_result_that_it_can_read(
    federation: WithGermany,
    upgraded: bool,  # noqa: FBT001  # what its node waits for
) -> None:
    spain, france, germany = federation.nodes
    rosa, in_germany = await enrol(federation)
    await france.insure(rosa.at_france, 1990, 1991)
    await germany.insure(in_germany, 2000)
    await spain.insure(rosa.at_spain, *range(2005, 2020))
    given = await consent(federation, rosa, providers=PROVIDERS, grants=FROM_JULY)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV, AT_DRV)
    case = opened.case.name
    await spain.ask(opened, given)
    request = spain.history_request(
        opened, given, recipient=AT_DRV, person_reference=opened.person_references[1]
    )
    await spain.submit(type_of(request), statement_to_payload(request))
    await federation.settle()

    (result,) = await said(spain, case, Reconciliation)
    assert result.held_back == (AT_CNAV,)
    assert await said(germany, case, Reconciliation) == []
    assert [one.header.sender.jurisdiction for one in await said(spain, case, Countersignature)]
    (told,) = [one for one in await undelivered(spain, case) if one.kind == "reconciliation"]
    assert (told.peer, told.state, told.reason) == ("DE", "withheld", "UNSUPPORTED_VERSION")
    assert "the exchange with DE is in version 2" in told.message
    assert "needs version 3; it is sent once the node that is behind is upgraded" in told.message
    assert await spain.state(case) is CaseState.RECONCILING
    assert [one.jurisdiction for one in (await spain.case(case)).awaiting] == ["DE"]

    if upgraded:
        germany.speak(LATEST)
        federation.clock.now += ASK_AGAIN
        await federation.settle()
        for node in federation.nodes:
            assert await node.state(case) is CaseState.PROVISIONAL
        assert [one for one in await undelivered(spain, case) if one.peer == "DE"] == []
        return
    federation.clock.now += timedelta(hours=1)
    wider = await consent(federation, await sign_in(federation, rosa), providers=PROVIDERS)
    await spain.ask(opened, wider)
    await federation.settle()
    for node in federation.nodes:
        last = (await said(node, case, Reconciliation))[-1]
        assert (last.held_back, len(last.inputs)) == ((), 18)
        assert await node.state(case) is CaseState.AGREED
        await node.determine(case, theoretical=120_000)
    await federation.settle()
    for node in federation.nodes:
        assert await node.state(case) is CaseState.CLOSED
        assert await set_aside(node) == []
    assert germany.protocol_version < LATEST
