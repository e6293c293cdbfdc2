"""A country that joins a case late: under the text of that case, and whole by what it is told."""

from datetime import timedelta
from hashlib import sha256

import pytest

from portability.agreements import pack_source
from portability.errors import PreconditionError
from portability.node.agreements import book
from portability.node.agreements.texts import text_of
from portability.recognition.case import CaseState
from portability.store import agreements
from portability.store.set_aside import list_set_aside
from portability.store.settlement_tables import agreement_adoptions
from portability.v1 import agreements_service_pb2 as agreements_pb
from portability.v1 import recognition_service_pb2 as pb
from portability.wire.record import record_to_payload
from tests.integration.recognition.bundles import bundle_of, judged
from tests.integration.recognition.test_corrections import (
    preview,
    results,
    shorter,
    signed,
    submit,
)
from tests.integration.recognition.test_erased_on_the_way import difference
from tests.integration.recognition.world import (
    AT_CNAV,
    Federation,
    Node,
    Rosa,
    consent,
    sign_in,
)

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
        source = await agreements.source_of_case(connection, case.removeprefix("cases/"))
    return sha256(source).digest()


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
    with pytest.raises(PreconditionError, match="its `agreement_digest`"):
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


@pytest.mark.parametrize("has_it", [True, False], ids=["there, too", "only here"])
async def test_where_nobody_signs_a_text_of_before_an_upgrade_is_gone_on_with_if_it_is_there(
    federation: Federation,
    rosa: Rosa,
    monkeypatch: pytest.MonkeyPatch,
    has_it: bool,  # noqa: FBT001  # a case of the table
) -> None:
    """Both nodes were upgraded; the case is older. Elsewhere its text may be known, or not."""
    spain, france = federation.nodes
    await france.insure(rosa.at_france, *range(1985, 2005))
    await spain.insure(rosa.at_spain, *range(2005, 2015))
    given = await consent(federation, rosa)
    with monkeypatch.context() as before:
        before.setattr(book, "shipped_text", lambda _: BEFORE)
        opened = await spain.open_case(rosa.at_spain, AT_CNAV)
        if has_it:
            earlier = await spain.open_case(rosa.at_spain, AT_CNAV)
            await spain.ask(earlier, given)
            await federation.settle()
            assert await under(france, earlier.case.name) == BEFORE.digest
    if not has_it:
        await sign(federation)  # so that the nodes have spoken
        await forget_signatures(federation)
    case = opened.case.name
    shown = await spain.case(case)
    assert shown.agreement_digest == BEFORE.digest
    await spain.ask(opened, given, text=shown.agreement_digest)
    await federation.settle()
    async with france.database.read() as connection:
        assert await list_set_aside(connection, limit=10) == []
    now = text_of(EU, pack_source(EU)).digest
    assert await under(france, case) == (BEFORE.digest if has_it else now)
    states = {await node.state(case) for node in federation.nodes}
    assert states == {CaseState.AGREED if has_it else CaseState.DISPUTED}


async def forget_signatures(federation: Federation) -> None:
    for node in federation.nodes:
        async with node.database.write() as connection:
            await connection.execute(agreement_adoptions.delete())


async def test_a_result_of_before_somebody_joined_need_not_bring_what_was_corrected_since(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    corrected, *_ = await spain.insure(rosa.at_spain, 2005, 2006)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    case = opened.case.name
    france.wires["ES"].trouble = spain.wires["FR"].trouble = lambda: "lost"
    await spain.ask(opened, await consent(federation, rosa))
    for days in (0, 61, 30, 30, 30):
        federation.clock.now += timedelta(days=days)
        await spain.cases.driver.work_through()
    assert await spain.state(case) is CaseState.PROVISIONAL
    payload = record_to_payload(shorter(spain, rosa.at_spain, corrected, 2005))
    told = await preview(spain, rosa.at_spain, payload)
    await submit(spain, rosa.at_spain, payload, signed(spain, told))

    france.wires["ES"].trouble = spain.wires["FR"].trouble = lambda: ""
    await federation.settle()
    await spain.ask(opened, await consent(federation, await sign_in(federation, rosa)))
    await federation.settle()
    first, *_, current = await results(france, case)
    assert corrected in set(first.inputs) - set(current.inputs)
    assert await france.state(case) is CaseState.AGREED
    assert await difference(france) == await difference(spain) == ""
