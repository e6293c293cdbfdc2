"""What belongs to no case is kept back from a node that cannot read it, and told."""

from collections.abc import Callable

import pytest

from portability.federation.outbox import ASK_AGAIN
from portability.recognition.versions import LATEST, OLDEST
from portability.store.set_aside import list_set_aside
from portability.store.undelivered import count_undelivered, count_withheld, find_peer_version
from portability.v1 import agreements_service_pb2 as agreements_pb
from tests.conftest import FixedClock
from tests.integration.recognition.world import Federation, Node, open_federation

pytestmark = pytest.mark.asyncio

AGREEMENT = "eu-883-2004"


async def kept_back(node: Node, peer: str) -> int:
    async with node.database.read() as connection:
        return await count_withheld(connection, peer)


async def sign(federation: Federation) -> None:
    await federation.spain.cases.agreements.SignAgreement(
        agreements_pb.SignAgreementRequest(agreement=AGREEMENT), federation.spain.agency
    )
    await federation.settle()


async def told(node: Node) -> list[tuple[str, str, str]]:
    """What the node says of its signatures that a peer has not got."""
    answer = await node.cases.agreements.ListAgreements(
        agreements_pb.ListAgreementsRequest(), node.agency
    )
    return [(one.peer, one.kind, one.state) for one in answer.undelivered]


async def signers(node: Node) -> set[str]:
    answer = await node.cases.agreements.ListAgreements(
        agreements_pb.ListAgreementsRequest(), node.agency
    )
    (found,) = (one for one in answer.agreements if one.agreement == AGREEMENT)
    return {one.jurisdiction for one in found.signatures}


async def test_an_adoption_waits_for_the_upgrade_of_a_node_that_is_behind(
    urls: dict[str, str], clock: FixedClock, randomness: Callable[[int], bytes]
) -> None:
    async with open_federation(urls, clock, randomness, {"FR": OLDEST}) as federation:
        spain, france = federation.nodes
        await sign(federation)
        async with spain.database.read() as connection:
            assert await find_peer_version(connection, "FR") == OLDEST, "it was asked"
        assert await kept_back(spain, "FR") == 1
        assert await told(spain) == [("FR", "agreement-adoption", "withheld")]
        async with spain.database.read() as connection:
            (kind,) = await count_undelivered(connection, "FR")
        assert (kind.kind, kind.state, kind.count) == ("agreement-adoption", "withheld", 1)
        async with france.database.read() as connection:
            assert await list_set_aside(connection, limit=10) == []
        france.speak(LATEST)
        clock.now += ASK_AGAIN
        await federation.settle()
        assert await kept_back(spain, "FR") == 0
        assert await told(spain) == []
        assert "ES" in await signers(france)


async def test_nothing_waits_for_a_node_that_is_up_to_date(federation: Federation) -> None:
    await sign(federation)
    assert await kept_back(federation.spain, "FR") == 0
    assert "ES" in await signers(federation.france)
