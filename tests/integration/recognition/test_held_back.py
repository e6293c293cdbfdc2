"""Two nodes, one of which may show some of its periods and not others: told, and not yet final."""

import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, TypeVar

import pytest

from agents.auditor.replay import replay
from agents.auditor.verification import examine_bundle
from agents.migrant.words import describe_receipt
from portability.consent.receipt import DisclosureReceipt, Outcome
from portability.core.periods import Duration
from portability.errors import InvalidInputError
from portability.recognition.case import CaseState
from portability.recognition.statements import (
    Determination,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
)
from portability.recognition.versions import SECOND
from portability.store import receipts
from portability.v1 import recognition_service_pb2 as pb
from portability.v1 import record_pb2
from portability.wire.receipt import receipt_from_payload
from portability.wire.record import declared_to_pb
from portability.wire.statement import case_statement_from_payload
from tests.conftest import FixedClock
from tests.integration.recognition.bundles import TRUST, bundle_of
from tests.integration.recognition.test_withheld import ALL, attest, period, released
from tests.integration.recognition.world import (
    AT_CNAV,
    AT_INSS,
    Federation,
    Node,
    Rosa,
    consent,
    enrol_rosa,
    open_federation,
    sign_in,
)
from tests.unit.consent.world import grant

pytestmark = pytest.mark.asyncio

T = TypeVar("T")
FIELDS = ("period_type", "start_date", "end_date", "declared", "communication")
FROM_JULY = (grant(fields=FIELDS, from_date=date(1990, 7, 1)),)
"""Half of the year 1990, and all that follows."""


async def said(node: Node, case: str, kind: type[T]) -> list[T]:
    """The statements of this kind in a case, in log order."""
    found = [
        case_statement_from_payload(one.envelope.payload_type, one.envelope.payload)
        for one in await node.statements(case)
    ]
    return [one for one in found if isinstance(one, kind)]


async def receipt_of(node: Node, case: str) -> DisclosureReceipt:
    """The receipt of what France gave last under the consent, as it is at a node."""
    async with node.database.read() as connection:
        rows = await receipts.list_receipts(
            connection, case_id=case.removeprefix("cases/"), after=None, limit=10
        )
    found = [
        receipt_from_payload(one.envelope.payload)
        for one in await node.prover.prove([row.statement_id for row in rows if row.permission])
    ]
    return [one for one in found if one.provider == AT_CNAV][-1]


def findings(result: Reconciliation) -> list[Mapping[str, Any]]:
    shown: Any = json.loads(result.result)
    return [one for one in shown["discrepancies"] if one["kind"] == "held-back"]


async def decide(node: Node, case: str, *, at_most: Duration | None = None) -> None:
    scheme = pb.SchemeFacts(
        unit="months", theoretical=record_pb2.Money(minor_units=150_000, currency="EUR")
    )
    asked = pb.PrepareDeterminationRequest(case=case, scheme=scheme)
    if at_most is not None:
        asked.missing_at_most.CopyFrom(declared_to_pb(at_most))
    prepared = await node.cases.recognition.PrepareDetermination(asked, node.agency)
    await node.submit(prepared.payload_type, prepared.payload)


async def check(node: Node, case: str) -> None:
    """As an auditor does: everything computed again, and the case told step by step."""
    files = await bundle_of(node, case)
    examined = examine_bundle(files, TRUST, node.clock())
    assert examined.report.verified, examined.report.causes
    told = replay(examined.found, case.removeprefix("cases/"), {})
    assert told.holds, told.first


async def test_a_history_shown_in_part_is_told_and_final_only_once_it_is_whole(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990, 1991)
    await spain.insure(rosa.at_spain, *range(2005, 2020))
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    case = opened.case.name
    await spain.ask(opened, await consent(federation, rosa, grants=FROM_JULY))
    await federation.settle()

    (answer,) = await said(spain, case, HistoryResponse)
    assert (answer.outcome, len(answer.records), answer.held_back) == (
        HistoryOutcome.RECORDS,
        1,
        True,
    )
    for node in federation.nodes:
        receipt = await receipt_of(node, case)
        assert (receipt.outcome, receipt.record_count) == (Outcome.PARTIAL, 1)
        assert receipt.held_back
        assert describe_receipt(receipt).endswith(
            "; there is more, which reaches beyond what was allowed"
        )
        (result,) = await said(node, case, Reconciliation)
        (finding,) = findings(result)
        assert finding["jurisdiction"] == "FR"
        assert finding["records"] == []
        assert "cnav in FR" in finding["detail"]
        assert finding["action"].startswith("Ask the person for a permission")
        assert await node.state(case) is CaseState.PROVISIONAL
    assert [one.institution for one in (await spain.case(case)).missing] == ["cnav"]

    with pytest.raises(InvalidInputError, match="missing_at_most"):
        await decide(spain, case)
    for node in federation.nodes:
        await decide(node, case, at_most=Duration(years=1))
    await federation.settle()
    for one in await said(spain, case, Determination):
        assert (one.provisional, one.missing) == (True, (AT_CNAV,))
        assert one.lower_bound != one.upper_bound
    assert await spain.state(case) is CaseState.PROVISIONAL
    assert [one.institution for one in (await spain.case(case)).awaiting] == [AT_INSS.institution]
    for node in federation.nodes:
        await check(node, case)

    federation.clock.now += timedelta(hours=1)
    await spain.ask(opened, await consent(federation, await sign_in(federation, rosa)))
    await federation.settle()
    assert [one.held_back for one in await said(spain, case, HistoryResponse)] == [True, False]
    last = (await said(france, case, Reconciliation))[-1]
    assert (last.held_back, findings(last), len(last.inputs)) == ((), [], 17)
    for node in federation.nodes:
        assert await node.state(case) is CaseState.AGREED
        await decide(node, case)
    await federation.settle()
    for node in federation.nodes:
        assert await node.state(case) is CaseState.CLOSED
        assert not (await receipt_of(node, case)).held_back
        await check(node, case)


@pytest.mark.parametrize("asked", [{}, {"from_date": date(1990, 7, 1)}], ids=["allowed", "asked"])
async def test_what_lies_wholly_outside_is_not_told(
    federation: Federation, rosa: Rosa, asked: dict[str, Any]
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1985, 1991)
    await spain.insure(rosa.at_spain, 2005)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    given = await consent(federation, rosa, **({} if asked else {"grants": FROM_JULY}))
    await spain.ask(opened, given, **asked)
    await federation.settle()
    (answer,) = await said(spain, opened.case.name, HistoryResponse)
    assert (len(answer.records), answer.held_back) == (1, False)
    assert await spain.state(opened.case.name) is CaseState.AGREED


async def test_a_lead_that_could_not_be_told_gets_nothing_rather_than_a_part(
    urls: dict[str, str], clock: FixedClock, randomness: Callable[[int], bytes]
) -> None:
    async with open_federation(urls, clock, randomness, {"ES": SECOND}) as federation:
        spain, france = federation.nodes
        rosa = await enrol_rosa(federation)
        await france.insure(rosa.at_france, 1990, 1991)
        await spain.insure(rosa.at_spain, 2005)
        opened = await spain.open_case(rosa.at_spain, AT_CNAV)
        await spain.ask(opened, await consent(federation, rosa, grants=FROM_JULY))
        await federation.settle()
        (answer,) = await said(spain, opened.case.name, HistoryResponse)
        assert (answer.outcome, answer.held_back) == (HistoryOutcome.REFUSED, False)
        receipt = await receipt_of(france, opened.case.name)
        assert (receipt.outcome, str(receipt.cause)) == (Outcome.REFUSED, "period-outside")
        assert await spain.state(opened.case.name) is CaseState.REFUSED
        (request,) = await said(spain, opened.case.name, HistoryRequest)
        assert request.from_date == date(1980, 1, 1)


WHOLE_1990 = {"fields": FIELDS, "from_date": date(1990, 1, 1)}


@pytest.mark.parametrize(
    ("salted", "allowed", "expected"),
    [
        (False, {**WHOLE_1990, "fields": ALL}, (1, False)),
        (False, WHOLE_1990, (0, True)),
        (True, WHOLE_1990, (1, False)),
        (True, {**WHOLE_1990, "from_date": date(1990, 7, 1)}, (0, True)),
        (True, {**WHOLE_1990, "from_date": date(1991, 1, 1)}, (0, False)),
        (False, {**WHOLE_1990, "datatypes": ("awarded-entitlement",)}, (0, False)),
    ],
    ids=[
        "all of it",
        "states more",
        "shown in part",
        "salted, half a year",
        "salted, outside",
        "of another kind",
    ],
)
async def test_what_is_held_back_is_a_period_that_the_grant_reaches_but_does_not_cover(
    federation: Federation,
    rosa: Rosa,
    salted: bool,  # noqa: FBT001  # a column of the table
    allowed: dict[str, Any],
    expected: tuple[int, bool],
) -> None:
    france = federation.france
    await attest(france, rosa.at_france, period(france, 1990), salted=salted)
    found = await released(france, rosa.at_france, grant(**allowed))
    assert (len(found.records), found.held_back) == expected
