"""Two nodes, one of which corrects a period and may not show the new one: told, not yet final."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from portability.consent.receipt import Outcome
from portability.core.periods import Period
from portability.recognition.case import CaseState
from portability.recognition.statements import Correction, Determination, Reconciliation
from portability.recognition.versions import SECOND
from portability.store import receipts
from portability.v1 import recognition_service_pb2 as pb
from portability.wire.receipt import receipt_from_payload
from portability.wire.record import record_to_payload
from tests.conftest import FixedClock
from tests.integration.recognition.test_corrections import (
    preview,
    record_of_france,
    shorter,
    signed,
    submit,
)
from tests.integration.recognition.test_held_back import check, decide, findings, said
from tests.integration.recognition.test_withheld import (
    ALL,
    WITHOUT_SCHEME,
    attest,
    period,
)
from tests.integration.recognition.world import (
    AT_CNAV,
    Federation,
    Node,
    Rosa,
    consent,
    enrol_rosa,
    open_federation,
    sign_in,
)
from tests.unit.consent.world import grant

pytestmark = [
    pytest.mark.asyncio,
]


async def shown_without_scheme(federation: Federation, rosa: Rosa) -> pb.OpenCaseResponse:
    """A closed case that rests on a year of which CNAV has shown all but the scheme."""
    await attest(federation.france, rosa.at_france, period(federation.france, 1990))
    await federation.spain.insure(rosa.at_spain, 2005)
    given = await consent(federation, rosa, grants=(grant(fields=WITHOUT_SCHEME),))
    opened = await federation.spain.open_case(rosa.at_spain, AT_CNAV)
    await federation.spain.ask(opened, given, fields=ALL)
    await federation.settle()
    case = opened.case.name
    for node in federation.nodes:
        await decide(node, case)
    await federation.settle()
    assert await federation.spain.state(case) is CaseState.CLOSED
    return opened


async def correct_in_clear(federation: Federation, rosa: Rosa, case: str) -> list[str]:
    """Half a year in place of the year, in one piece with its scheme; the notes of the preview."""
    france = federation.france
    old = await record_of_france(federation, case)
    record = shorter(france, rosa.at_france, old, 1990)
    assert isinstance(record.content, Period)
    record = replace(record, content=replace(record.content, scheme="01"))
    payload = record_to_payload(record)
    seen = await preview(france, rosa.at_france, payload)
    await submit(france, rosa.at_france, payload, signed(france, seen))
    await federation.settle()
    return list(seen[0].notes)


async def told_to_the_lead(node: Node, case: str) -> tuple[Outcome, int, bool]:
    """The receipt of the correction, as the node that leads the case has it for the person."""
    async with node.database.read() as connection:
        rows = await receipts.list_receipts(
            connection, case_id=case.removeprefix("cases/"), after=None, limit=20
        )
    proven = await node.prover.prove([row.statement_id for row in rows if not row.permission])
    found = [receipt_from_payload(one.envelope.payload) for one in proven]
    last = [one for one in found if one.provider.jurisdiction == "FR"][-1]
    return last.outcome, last.record_count, last.held_back


async def test_a_correction_that_may_not_be_shown_leaves_the_case_provisional_until_it_may(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    opened = await shown_without_scheme(federation, rosa)
    case = opened.case.name
    federation.clock.now += timedelta(hours=1)
    notes = await correct_in_clear(federation, rosa, case)
    assert "the case says that the history is incomplete" in notes[0]
    (correction,) = await said(spain, case, Correction)
    assert (correction.added, correction.held_back) == ((), True)
    for node in federation.nodes:
        outcome, count, held_back = await told_to_the_lead(node, case)
        assert (count, held_back) == (0, True)
        assert outcome is not Outcome.REFUSED
        result = (await said(node, case, Reconciliation))[-1]
        (finding,) = findings(result)
        assert finding["jurisdiction"] == "FR"
        assert await node.state(case) is CaseState.PROVISIONAL
        await check(node, case)
    assert [one.institution for one in (await spain.case(case)).missing] == ["cnav"]

    federation.clock.now += timedelta(hours=1)
    again = await sign_in(federation, rosa)
    wider = await consent(federation, again, grants=(grant(fields=ALL),))
    await spain.ask(opened, wider, fields=ALL)
    await federation.settle()
    last = (await said(france, case, Reconciliation))[-1]
    assert (last.held_back, findings(last), len(last.inputs)) == ((), [], 2)
    for node in federation.nodes:
        assert await node.state(case) is CaseState.AGREED
        await decide(node, case)
    await federation.settle()
    for node in federation.nodes:
        assert await node.state(case) is CaseState.CLOSED
        assert not (await said(node, case, Determination))[-1].provisional
        await check(node, case)


async def test_whoever_corrects_is_told_that_the_lead_is_behind_and_cannot_be_told(
    urls: dict[str, str], clock: FixedClock, randomness: Callable[[int], bytes]
) -> None:
    async with open_federation(urls, clock, randomness, {"ES": SECOND}) as federation:
        rosa = await enrol_rosa(federation)
        case = (await shown_without_scheme(federation, rosa)).case.name
        federation.clock.now += timedelta(hours=1)
        notes = await correct_in_clear(federation, rosa, case)
        assert "cannot be told that" in notes[0]
        for node in federation.nodes:
            (correction,) = await said(node, case, Correction)
            assert (correction.added, correction.held_back) == ((), False)
            assert await told_to_the_lead(node, case) == (Outcome.RELEASED, 0, False)
            assert await node.state(case) is CaseState.AGREED
