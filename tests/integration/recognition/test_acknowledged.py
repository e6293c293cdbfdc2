"""
What peers signed for stays when a person is erased, since it says nothing about anybody.

It names statements by ids, each the digest of a payload with 32 random bytes, which the leaves of
the log name for ever, too; and a case, a reference or a person by nothing.
"""

import pytest

from portability.store import log, log_tree, scan_tables
from portability.wire.envelope import envelope_from_bytes
from portability.wire.log_entry import log_entry_from_bytes
from portability.wire.statement import statement_from_payload
from tests.integration.recognition.test_delivery import finish, start
from tests.integration.recognition.world import Federation, Node, Rosa


async def logged(node: Node) -> set[bytes]:
    async with node.database.read() as connection:
        size = (await log_tree.read_head(connection)).size
        entries = await log.read_log_entries(connection, 0, size)
    return {log_entry_from_bytes(one).statement_id for one in entries}


@pytest.mark.asyncio
async def test_what_peers_signed_for_names_nothing_but_leaves_of_the_log(
    federation: Federation, rosa: Rosa
) -> None:
    opened = await start(federation, rosa)
    await finish(federation, opened.case.name)
    case = opened.case.name.removeprefix("cases/")
    told = [case, rosa.reference, rosa.at_spain, rosa.at_france, "cnav", "inss"]
    needles = [one.encode() for one in told]
    needles += [bytes.fromhex(one.removeprefix("persons/")) for one in told[:4]]
    for node in federation.nodes:
        known = await logged(node)
        async with node.database.read() as connection:
            rows = [row async for row in scan_tables.scan_table(connection, "acknowledgements")]
        assert rows
        for row in rows:
            envelope = envelope_from_bytes(row["envelope"])
            said = statement_from_payload(envelope.payload_type, envelope.payload)
            assert set(said.header.predecessors) <= known
            assert row["statement_id"] in said.header.predecessors
            assert said.header.case_id == ""
            assert [one for one in needles if one in row["envelope"]] == []
