"""What an institution may not claim or acknowledge, by what its own node alone knows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portability.consent.payload_types import TEMPLATE_TYPE
from portability.consent.scope import Party
from portability.core.periods import Branch
from portability.errors import InvalidInputError
from portability.ledger.envelope import kind_of, sign_envelope, statement_id
from portability.node.log.write import NewStatement, Write
from portability.node.settlement.accounts import place_of
from portability.node.settlement.book import month_rows
from portability.recognition.case import CaseState
from portability.settlement.account import ClaimState, account_key
from portability.settlement.statements import (
    ClaimAnswer,
    DisputeReason,
    LineDispute,
    RefundClaim,
    SettlementStatement,
)
from portability.store import delivery
from portability.store import settlement as stored
from portability.v1 import settlement_pb2
from portability.wire.settlement import (
    settlement_statement_to_payload,
    settlement_statement_type,
)
from tests.integration.recognition import stating, world
from tests.integration.recognition.world import AT_CNAV, SIGNERS, Federation, Node, Rosa, consent
from tests.integration.settlement.desk import Desk, overpaid
from tests.unit.consent.world import TEMPLATE_BYTES, grant

pytestmark = [
    pytest.mark.asyncio,
]

CHILDREN = b"""
[[child]]
name = "Ann"
residence = "PL"
[[child]]
name = "Bob"
residence = "ES"
[[right]]
jurisdiction = "ES"
basis = "activity"
amounts = { Ann = "100.00 EUR", Bob = "60.00 EUR" }
[[right]]
jurisdiction = "FR"
basis = "activity"
amounts = { Ann = "80.00 EUR", Bob = "40.00 EUR" }
"""
"""France refunds half for Ann, who lives in neither state; for Bob, at home in Spain, nothing."""
HALF = settlement_pb2.REFUND_KIND_FAMILY
SECOND = Party(jurisdiction="ES", institution="imserso")


async def two_children(federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch) -> str:
    """A settled case on family benefits, in which both states state the facts; its name."""
    families = tuple(
        replace(one, branches=(*one.branches, Branch.FAMILY))
        for one in world.FEDERATION.institutions
    )
    monkeypatch.setattr(world, "FEDERATION", replace(world.FEDERATION, institutions=families))
    template = TEMPLATE_BYTES.replace(b'"old-age"', b'"old-age", "family"')
    monkeypatch.setattr(world, "TEMPLATE_BYTES", template)
    monkeypatch.setattr(world, "TEMPLATE_ID", statement_id(TEMPLATE_TYPE, template))
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    await spain.insure(rosa.at_spain, 2005)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV, branch=Branch.FAMILY)
    fields = ("period_type", "start_date", "end_date", "declared", "communication")
    grants = (grant(branches=(Branch.FAMILY,), fields=fields),)
    await spain.ask(opened, await consent(federation, rosa, grants=grants))
    await federation.settle()
    for node in federation.nodes:
        prepared = await stating.prepare(node, opened.case.name, facts=CHILDREN)
        await stating.hand_in(node, prepared)
    await federation.settle()
    assert await spain.state(opened.case.name) is CaseState.CLOSED
    federation.clock.now += timedelta(days=60)
    return opened.case.name


async def smuggle(federation: Federation, said: SettlementStatement) -> bytes:
    """Sent by a node of Spain that does not check what its own institution says; its id."""
    kind, payload = settlement_statement_type(said), settlement_statement_to_payload(said)
    i, envelope = statement_id(kind, payload), sign_envelope(kind, payload, SIGNERS["ES"])

    async def work(write: Write) -> None:
        await write.log(
            NewStatement(
                envelope=envelope,
                statement_id=i,
                kind=kind_of(kind),
                key_id=SIGNERS["ES"].key_id,
                person=None,
            )
        )
        await delivery.enqueue(
            write.connection,
            peer="FR",
            statement_id=i,
            exhibits=(),
            not_before=write.now,
            now=write.now,
        )

    await federation.spain.sequencer.run(work)
    await federation.settle()
    return i


async def test_half_is_claimed_and_acknowledged_for_the_children_concerned_alone(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await two_children(federation, rosa, monkeypatch)
    spain, france = (Desk(node) for node in federation.nodes)
    claim = await spain.prepare(case, kind=HALF, months=2)
    assert claim.minor == 2 * 5_000, "half of 100.00, and not of the 160.00 that are paid"
    more = replace(claim, lines=(replace(claim.lines[0], minor=2 * 8_000),))
    words = "100.00 EUR are owed for the family members concerned"
    with pytest.raises(InvalidInputError, match=f"comes to 160.00 EUR.*{words}.*claim no more"):
        await spain.say(more)

    i = await smuggle(federation, more)
    with pytest.raises(InvalidInputError, match=f"comes to 160.00 EUR.*{words}.*accept no more"):
        await france.say(ClaimAnswer(header=france.header(i), disputes=()))
    dispute = LineDispute(
        line=1, reason=DisputeReason.ABOVE_OWN_LAW, accepted=10_000, detail="987/2009 Art 58"
    )
    await france.say(ClaimAnswer(header=france.header(i), disputes=(dispute,)))
    assert (await france.account()).state(i) is ClaimState.DISPUTED


async def acknowledged_before(france: Node, claim: RefundClaim, minor: int) -> None:
    """As if another Spanish institution had claimed of the same arrears, and had got so much."""
    other = replace(
        claim,
        header=replace(claim.header, sender=SECOND, salt=france.randomness(32)),
        lines=(replace(claim.lines[0], minor=minor),),
    )
    claim_type, payload = settlement_statement_type(other), settlement_statement_to_payload(other)
    other_id = statement_id(claim_type, payload)
    answer = ClaimAnswer(
        header=replace(france.header("", other_id), case_id="", sender=AT_CNAV), disputes=()
    )
    place = place_of(account_key(SECOND, AT_CNAV, "EUR"))

    async def work(write: Write) -> None:
        for said in (other, answer):
            kind, signed = settlement_statement_type(said), settlement_statement_to_payload(said)
            i = statement_id(kind, signed)
            row = await write.log(
                NewStatement(
                    envelope=sign_envelope(kind, signed, SIGNERS["FR"]),
                    statement_id=i,
                    kind=kind_of(kind),
                    key_id=SIGNERS["FR"].key_id,
                    person=None,
                )
            )
            await stored.add_statement(
                write.connection,
                stored.SettlementRow(
                    statement_id=i,
                    leaf_index=row.leaf_index,
                    first=place.first,
                    second=place.second,
                    currency=place.currency,
                    peer="",
                    create_time=write.now,
                ),
            )
        await stored.add_months(write.connection, month_rows(other_id, other))

    await france.sequencer.run(work)


async def test_what_is_acknowledged_to_several_creditors_stays_within_the_arrears(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = (Desk(node) for node in federation.nodes)
    claim = await spain.prepare(await overpaid(federation, rosa))
    assert claim.minor == 4 * 80_000
    await acknowledged_before(france.node, claim, minor=4 * 70_000)
    i = await spain.say(claim)
    await federation.settle()
    left = "1200.00 EUR of the arrears are left"
    with pytest.raises(InvalidInputError, match=f"with 3200.00 EUR.*{left}.*dispute the line"):
        await france.say(ClaimAnswer(header=france.header(i), disputes=()))
    dispute = LineDispute(
        line=1, reason=DisputeReason.NO_ARREARS, accepted=120_000, detail="987/2009 Art 72"
    )
    too_much = replace(dispute, accepted=120_001)
    with pytest.raises(InvalidInputError, match=left):
        await france.say(ClaimAnswer(header=france.header(i), disputes=(too_much,)))
    answer = await france.say(ClaimAnswer(header=france.header(i), disputes=(dispute,)))
    await federation.settle()
    assert (await spain.account()).claims[i].answer_id == answer
