"""Claims whose decisions are replaced on their way, and claims that are none."""

from dataclasses import replace
from typing import Any

import pytest

from portability.errors import InvalidInputError
from portability.recognition.case import CaseState
from portability.recognition.statements import Objection
from portability.settlement.account import ClaimState
from portability.settlement.statements import ClaimAnswer, DisputeReason, LineDispute
from portability.wire.statement import statement_to_payload, type_of
from tests.integration.recognition.test_own_objections import decision_of
from tests.integration.recognition.world import Federation, Rosa, sign_in
from tests.integration.settlement.desk import Desk, determine, overpaid
from tests.integration.settlement.test_own_side import HALF, two_children

pytestmark = [
    pytest.mark.asyncio,
]


async def test_a_claim_is_held_by_both_whose_debtor_decided_again_before_it_came(
    federation: Federation, rosa: Rosa
) -> None:
    """Its months are taken at the creditor's: refused there, they could not be claimed again."""
    spain, france = (Desk(node) for node in federation.nodes)
    case = await overpaid(federation, rosa)
    contested = await decision_of(spain.node, case, "FR")
    objection = Objection(header=spain.node.header(case, contested), grounds="amount")
    await spain.node.submit(type_of(objection), statement_to_payload(objection))
    await federation.settle()
    assert await france.node.state(case) is CaseState.AGREED
    wires = (spain.node.wires["FR"], france.node.wires["ES"])
    for wire in wires:
        wire.trouble = lambda: "lost"
    i = await spain.say(await spain.prepare(case, months=2))
    unsaid = await spain.prepare(case, first_month="2026-04-01", months=2)
    await determine(france.node, case, 30_000)  # of which it owes 200 a month, and no more 1000
    for wire in wires:
        wire.trouble = lambda: ""
    federation.clock.advance(seconds=3600)
    await federation.settle()
    assert (await france.account()).state(i) is ClaimState.CLAIMED
    with pytest.raises(InvalidInputError, match=r"1600\.00 EUR, .* 400\.00 EUR of the arrears"):
        await france.say(ClaimAnswer(header=france.header(i), disputes=()))
    dispute = LineDispute(
        line=1, reason=DisputeReason.DECISION_REPLACED, accepted=40_000, detail="987/2009 Art 72"
    )
    await france.say(ClaimAnswer(header=france.header(i), disputes=(dispute,)))
    await federation.settle()
    assert (await spain.account()).state(i) is ClaimState.DISPUTED

    with pytest.raises(InvalidInputError, match="of the debtor that another one has replaced"):
        await spain.say(unsaid)
    await spain.say(await spain.prepare(case, first_month="2026-04-01", months=2))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"months": 0}, "line 1 is of 0 months; name 1 to 120 in a line"),
        ({"months": 121}, "line 1 is of 121 months"),
        ({"minor_units": -1}, "line 1 is of -1 minor units"),
        ({"minor_units": 10**15 + 1}, "line 1 is of 1000000000000001 minor units"),
    ],
)
async def test_what_is_asked_for_is_bounded_before_anything_is_computed_with_it(
    federation: Federation, changes: dict[str, Any], words: str
) -> None:
    """Months are told one by one: four thousand million of them took a node's memory."""
    with pytest.raises(InvalidInputError, match=words):
        await Desk(federation.spain).prepare("cases/" + "0" * 32, **changes)


async def test_a_month_is_claimed_once_of_one_person_also_by_two_cases_in_one_claim(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    spain = Desk(federation.spain)
    one = await two_children(federation, rosa, monkeypatch)
    first = await spain.prepare(one, kind=HALF, months=2)
    rosa = await sign_in(federation, rosa)
    other = await two_children(federation, rosa, monkeypatch)
    second = await spain.prepare(other, kind=HALF, months=2)
    lines = (first.lines[0], replace(second.lines[0], number=2))
    named = {i for line in lines for i in (line.decision, line.counterpart)}
    both = replace(first, header=spain.header(*sorted(named)), lines=lines)
    with pytest.raises(InvalidInputError, match="line 2 claims 2026-02 of a case again"):
        await spain.say(both)
