"""A case runs under the text of the agreement that was in force when it was opened."""

import json

import pytest

from portability.agreements import pack_source
from portability.node.agreements.texts import text_of
from portability.recognition.case import CaseState
from portability.recognition.statements import Reconciliation
from portability.store import agreements
from portability.store.cases import find_case
from portability.wire.statement import case_statement_from_payload
from tests.integration.recognition.world import AT_CNAV, Federation, Node, Rosa, consent

EU = "eu-883-2004"
BEFORE = text_of(EU, pack_source(EU).replace(b'value  = "months"', b'value  = "years"', 1))
"""As it might have been before an upgrade brought the text of this software."""


@pytest.mark.asyncio
async def test_a_case_keeps_the_text_it_was_opened_under_when_the_software_brings_another(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, *range(1985, 2005))
    await spain.insure(rosa.at_spain, *range(2005, 2015))
    units = []
    for text in (BEFORE, text_of(EU, pack_source(EU))):
        given = await consent(federation, rosa)
        opened = await spain.open_case(rosa.at_spain, AT_CNAV)
        request = spain.history_request(opened, given)
        for node in federation.nodes:
            await under(node, request.header.case_id, text.digest, text.source)
        await spain.ask(opened, given)
        await federation.settle()
        assert await spain.state(opened.case.name) is CaseState.AGREED
        assert await france.state(opened.case.name) is CaseState.AGREED
        units.append(await unit(spain, opened.case.name))
    assert units == ["years", "months"]


async def under(node: Node, case_id: str, digest: bytes, source: bytes) -> None:
    """The node noted this text when the case was opened."""
    async with node.database.write() as connection:
        await agreements.add_text(connection, digest=digest, agreement=EU, source=source)
        await connection.exec_driver_sql(
            f"DELETE FROM case_agreements WHERE case_id = '{case_id}'"  # noqa: S608  # a random id
        )
        await agreements.put_case_under(connection, case_id, digest)
    async with node.database.read() as connection:
        row = await find_case(connection, node.database.vault, case_id)
    if row is not None:  # a case keeps its text for ever, so nodes do not read it again
        node.database.vault.kept.forget(row.owner)


async def unit(node: Node, case: str) -> str:
    """In what the agreed result counts."""
    found = [
        case_statement_from_payload(one.envelope.payload_type, one.envelope.payload)
        for one in await node.statements(case)
    ]
    result = next(one for one in found if isinstance(one, Reconciliation))
    return str(json.loads(result.result)["totals"]["FR"]["unit"])
