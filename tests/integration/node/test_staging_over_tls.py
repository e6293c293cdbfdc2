"""Pages of exhibits between whole nodes, over mutual TLS."""

import pytest

from portability.errors import NotFoundError
from portability.federation.peer import PeerClient
from portability.node.config import load_config, load_tls
from portability.node.development.federation import FederationLayout
from portability.v1 import envelope_pb2
from tests.integration.node.whole import QUICK, node

pytestmark = pytest.mark.asyncio


async def test_a_peer_is_asked_how_far_its_pages_are_and_strangers_to_a_case_bring_none(
    layout: FederationLayout,
) -> None:
    async with node(layout, "FR") as (parts, _):
        tls = load_tls(load_config(layout.nodes["ES"]))
        spain = PeerClient(parts.directory().member("FR"), tls, QUICK)
        try:
            assert await spain.stage_exhibits(bytes(32), "0c" * 16, 0, []) == 0
            page = [envelope_pb2.ProvenStatement(leaf_index=1)]
            with pytest.raises(NotFoundError, match="no such case"):
                await spain.stage_exhibits(bytes(32), "0c" * 16, 0, page)
        finally:
            await spain.close()
