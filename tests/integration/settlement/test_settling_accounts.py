from dataclasses import replace
from datetime import date, timedelta

import pytest

from portability.errors import InvalidInputError, PreconditionError, SignatureError
from portability.federation.outbox import ASK_AGAIN
from portability.ledger.envelope import kind_of, sign_envelope, statement_id
from portability.node.log.write import NewStatement, Write
from portability.recognition.versions import LATEST, OLDEST
from portability.settlement.account import ClaimState
from portability.settlement.ledger import Book, ledger_of
from portability.settlement.statements import (
    ClaimAnswer,
    ClaimConcession,
    DisputeReason,
    LineDispute,
    RefundClaim,
)
from portability.store import delivery
from portability.store.set_aside import find_set_aside
from portability.store.undelivered import put_peer_version
from portability.v1 import settlement_service_pb2 as pb
from portability.wire.settlement import (
    settlement_statement_to_payload,
    settlement_statement_type,
)
from tests.integration.recognition.world import (
    AT_CNAV,
    AT_INSS,
    SIGNERS,
    CallFrom,
    Federation,
    Rosa,
)
from tests.integration.settlement.desk import AWARD, KEY, Desk, overpaid

pytestmark = pytest.mark.asyncio


async def test_an_overpaid_pension_is_claimed_disputed_netted_paid_and_settled(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = (Desk(node) for node in federation.nodes)
    case = await overpaid(federation, rosa)
    claim = await spain.prepare(case)
    assert claim.minor == 4 * 80_000
    i = await spain.say(claim)
    await federation.settle()
    assert (await france.account()).state(i) is ClaimState.CLAIMED
    answer = ClaimAnswer(
        header=france.header(i),
        disputes=(
            LineDispute(
                line=1, reason=DisputeReason.NO_ARREARS, accepted=300_000, detail="987/2009 Art 72"
            ),
        ),
    )
    disputed = await france.say(answer)
    await federation.settle()
    assert (await spain.account()).state(i) is ClaimState.DISPUTED
    await spain.say(ClaimConcession(header=spain.header(disputed)))
    netting = await spain.net(i)
    await federation.settle()
    await france.agree(netting)
    first = await france.advise(netting, 100_000)
    second = await france.advise(netting, 200_000)
    await federation.settle()
    await spain.confirm(first, 100_000)
    await federation.settle()
    assert (await france.account()).state(i) is ClaimState.PART_PAID
    await spain.confirm(second, 200_000)
    await federation.settle()
    at_spain, at_france = await spain.account(), await france.account()
    assert dict(at_spain.accepted) == dict(at_france.accepted)
    assert at_spain.state(i) is at_france.state(i) is ClaimState.SETTLED
    books = ledger_of(at_spain)
    assert books == ledger_of(at_france)
    assert books.balance(AT_INSS, Book.TRANSFERS) == 300_000
    assert books.balance(AT_CNAV, Book.REFUNDED) == 300_000


async def test_lies_are_refused_with_words_at_both_nodes(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = (Desk(node) for node in federation.nodes)
    case = await overpaid(federation, rosa)
    claim = await spain.prepare(case)
    line = claim.lines[0]
    dated = claim.header.created - timedelta(days=2)
    lies = {
        f"is dated {dated:%Y-%m-%d} and was handed in on": replace(
            claim, header=replace(claim.header, created=dated)
        ),
        "rests on no decision that this node holds signed": _with(
            claim, replace(line, decision=bytes(32))
        ),
        r"asks for 3200.01 EUR, and 987/2009 Art 72 and 73 allows 3200.00 EUR": _with(
            claim, replace(line, minor=line.minor + 1)
        ),
    }
    for words, lie in lies.items():
        with pytest.raises(InvalidInputError, match=words):
            await spain.say(lie)
    i = await spain.say(claim)
    again = _with(
        replace(claim, header=spain.header(*claim.header.predecessors)),
        replace(line, first_month=date(2026, 5, 1), months=1, minor=80_000),
    )
    lies[r"line 1 claims 2026-05 of a case again; each month is claimed once"] = again
    with pytest.raises(InvalidInputError, match="claims 2026-05 of a case again"):
        await spain.say(again)
    assert await spain.say(claim) == i
    await federation.settle()

    for words, lie in lies.items():  # a node of Spain that does not check its own institution
        position = await _smuggle(federation, lie)
        async with france.node.database.read() as connection:
            found = await find_set_aside(connection, peer="ES", positions=[position])
        assert words.replace("\\", "") in found[position].message
    assert list((await france.account()).claims) == [i]


async def test_a_claim_that_is_kept_back_from_a_node_behind_is_shown_in_its_account(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    name = await overpaid(federation, rosa)
    france.speak(OLDEST)
    async with spain.database.write() as connection:
        await put_peer_version(connection, peer="FR", version=OLDEST, now=federation.clock())
    spain.speak(LATEST)  # started anew: nothing is remembered of what France spoke
    desk = Desk(spain)
    claim = await desk.say(await desk.prepare(name))
    (lost,) = await desk.undelivered()
    assert (lost.peer, lost.kind, lost.state) == ("FR", "refund-claim", "withheld")
    assert lost.statement == claim
    assert "sent once the node that is behind is upgraded" in lost.message
    france.speak(LATEST)
    federation.clock.now += ASK_AGAIN
    await federation.settle()
    assert await desk.undelivered() == []
    assert len((await Desk(france).account()).claims) == 1


async def _smuggle(federation: Federation, lie: RefundClaim) -> int:
    """Log and send a claim that Spain's own checks would refuse; its position."""
    spain = federation.spain
    kind, payload = settlement_statement_type(lie), settlement_statement_to_payload(lie)
    envelope = sign_envelope(kind, payload, SIGNERS["ES"])

    async def work(write: Write) -> int:
        await write.log(
            NewStatement(
                envelope=envelope,
                statement_id=statement_id(kind, payload),
                kind=kind_of(kind),
                key_id=SIGNERS["ES"].key_id,
                person=None,
            )
        )
        return await delivery.enqueue(
            write.connection,
            peer="FR",
            statement_id=statement_id(kind, payload),
            exhibits=(),
            not_before=write.now,
            now=write.now,
        )

    position, _ = await spain.sequencer.run(work)
    await federation.settle()
    return position


def _with(claim: RefundClaim, line: object) -> RefundClaim:
    changed = replace(claim, lines=(line,))  # type: ignore[arg-type]
    named = {changed.lines[0].decision, changed.lines[0].counterpart}
    return replace(changed, header=replace(changed.header, predecessors=tuple(sorted(named))))


async def test_an_account_is_shown_to_its_institutions_and_spoken_for_by_nobody_else(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = (Desk(node) for node in federation.nodes)
    case = await overpaid(federation, rosa)
    claim = await spain.prepare(case)
    i = await spain.say(claim)
    stranger = CallFrom("portability://ES/agency/imserso")
    service = spain.node.cases.settlement
    for caller, expected in ((spain.node.agency, 1), (stranger, 0)):
        listed = await service.ListSettlementAccounts(pb.ListSettlementAccountsRequest(), caller)
        assert len(listed.accounts) == expected
    with pytest.raises(InvalidInputError, match="no such case here"):
        await service.PrepareClaim(
            pb.PrepareClaimRequest(
                debtor=pb.SettlementAccount(
                    counterparty={"jurisdiction": "FR", "institution": "cnav"}
                ).counterparty,
                lines=[pb.ClaimedMonths(case=case, kind=2, first_month="2026-02-01", months=1)],
            ),
            stranger,
        )
    forged = ClaimAnswer(header=replace(spain.header(i), sender=AT_CNAV), disputes=())
    with pytest.raises(SignatureError, match="names FR/cnav"):
        await spain.say(forged)
    with pytest.raises(InvalidInputError, match="answers one that this node does not hold"):
        await france.say(ClaimAnswer(header=france.header(i), disputes=()))
    await federation.settle()
    await france.say(ClaimAnswer(header=france.header(i), disputes=()))
    assert KEY.first == AT_INSS
    assert AWARD.day == 1


async def test_a_claim_of_a_case_without_a_decision_says_what_to_do_first(
    federation: Federation, rosa: Rosa
) -> None:
    spain = Desk(federation.spain)
    opened = await federation.spain.open_case(rosa.at_spain, AT_CNAV)
    with pytest.raises(PreconditionError, match="determine first, then claim on that"):
        await spain.prepare(opened.case.name)
    with pytest.raises(InvalidInputError, match="no such case"):
        await spain.prepare("cases/" + "0" * 32)
