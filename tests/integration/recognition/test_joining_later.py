"""A country that is asked after a new text of the agreement was signed joins under the old one."""

from datetime import timedelta

import pytest

from portability.agreements import pack_source
from portability.errors import PreconditionError
from portability.node.agreements import book
from portability.node.agreements.texts import text_of
from portability.recognition.case import CaseState
from portability.store import agreements
from portability.store.set_aside import list_set_aside
from portability.v1 import agreements_service_pb2 as agreements_pb
from portability.v1 import recognition_service_pb2 as pb
from tests.integration.recognition.bundles import bundle_of, judged
from tests.integration.recognition.world import AT_CNAV, Federation, Node, Rosa, consent

pytestmark = pytest.mark.asyncio

EU = "eu-883-2004"
BEFORE = text_of(EU, pack_source(EU).replace(b'value  = "months"', b'value  = "years"', 1))
"""As the text was before an upgrade of both nodes."""


async def sign(federation: Federation) -> None:
    for node in federation.nodes:
        await node.cases.agreements.SignAgreement(
            agreements_pb.SignAgreementRequest(agreement=EU), node.agency
        )
    await federation.settle()


async def under(node: Node, case: str) -> bytes:
    async with node.database.read() as connection:
        return await agreements.digest_of_case(connection, case.removeprefix("cases/"))


async def test_whoever_is_asked_later_computes_under_the_text_of_the_case(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, *range(1985, 2005))
    await spain.insure(rosa.at_spain, *range(2005, 2015))
    with monkeypatch.context() as before:
        before.setattr(book, "shipped_text", lambda _: BEFORE)
        await sign(federation)
        opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    given = await consent(federation, rosa)
    federation.clock.now += timedelta(minutes=1)
    await sign(federation)
    case = opened.case.name
    assert await under(spain, case) == BEFORE.digest
    with pytest.raises(PreconditionError, match="in agreement_digest"):
        await spain.ask(opened, given)
    shown = await spain.cases.recognition.GetCase(pb.GetCaseRequest(name=case), spain.agency)
    assert shown.case.agreement_digest == BEFORE.digest
    await spain.ask(opened, given, text=shown.case.agreement_digest)
    await federation.settle()
    async with france.database.read() as connection:
        assert await list_set_aside(connection, limit=10) == []
    assert await under(france, case) == BEFORE.digest
    for node in federation.nodes:
        assert await node.state(case) is CaseState.AGREED
        report = judged(await bundle_of(node, case), node)
        assert report.verified, report.causes

    again = await spain.open_case(rosa.at_spain, AT_CNAV)
    assert await under(spain, again.case.name) == text_of(EU, pack_source(EU)).digest
