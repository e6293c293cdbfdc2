import pytest
from sqlalchemy import text

from portability.errors import ProofError
from portability.node.audit.fsck_settlement import check_settlement
from portability.settlement.statements import ClaimAnswer
from portability.v1 import agreements_service_pb2 as pb
from tests.integration.recognition.world import FEDERATION, CallFrom, Federation, Node, Rosa
from tests.integration.settlement.desk import Desk, overpaid

pytestmark = pytest.mark.asyncio

DAMAGES = {
    "settlement_statements: row": "DELETE FROM settlement_statements",
    "do not hold it alike": "UPDATE settlement_statements SET leaf_index = leaf_index + 1000",
    "it is of another account": "UPDATE settlement_statements SET currency = 'PLN'",
    "peer is not its sender's": "UPDATE settlement_statements SET peer = 'IT'",
    "settlement_months: they are not": "UPDATE settlement_months SET month = '2020-01' "
    "WHERE month = '2026-02'",
    "the months of the claims": "DELETE FROM settlement_months",
    "its node did not sign it": "UPDATE agreement_adoptions SET envelope = digest",
    "it is not what was signed": "UPDATE agreement_adoptions SET agreement_version = 'another'",
    "the text has another digest": "UPDATE agreement_texts SET source = digest",
    "case_agreements: the case": "UPDATE case_agreements SET case_id = '0'",
}


async def test_what_is_in_the_tables_of_settlement_follows_from_what_was_signed(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = (Desk(node) for node in federation.nodes)
    case = await overpaid(federation, rosa)
    i = await spain.say(await spain.prepare(case))
    await sign(federation.spain)
    await federation.settle()
    await france.say(ClaimAnswer(header=france.header(i), disputes=()))
    await federation.settle()
    for node in federation.nodes:
        await check(node)
    for words, statement in DAMAGES.items():
        with pytest.raises(ProofError, match=words):
            await damaged(federation.spain, statement)
        await check(federation.spain)


async def check(node: Node) -> None:
    async with node.database.read() as connection:
        await check_settlement(connection, node.database.vault, FEDERATION, node.code)


async def damaged(node: Node, statement: str) -> None:
    """Check in a transaction that is undone whatever comes of it."""
    async with node.database.write() as connection:
        done = await connection.execute(text(statement))
        assert done.rowcount, "the damage changed nothing"
        await check_settlement(connection, node.database.vault, FEDERATION, node.code)


async def sign(node: Node) -> None:
    """The node signs the agreement, as its operator asks it to."""
    answer = await node.cases.agreements.SignAgreement(
        pb.SignAgreementRequest(agreement="eu-883-2004"),
        CallFrom(f"portability://{node.code}/operator"),
    )
    assert [one.jurisdiction for one in answer.agreement.signatures] == [node.code]
