"""A permission that ends between the word of its home node and the answer that rests on it."""

import pytest
from sqlalchemy import select

from portability.consent.causes import RefusalCause
from portability.consent.consent_json import write_withdrawal
from portability.consent.identifiers import UUID_RANDOM_BYTES, uuid7
from portability.consent.payload_types import WITHDRAWAL_TYPE
from portability.consent.withdrawal import Withdrawal
from portability.ledger.envelope import Envelope, kind_of, sign_envelope, statement_id
from portability.node.cases.answer import HistoryAnswerer
from portability.node.consents.ended import known_end
from portability.node.consents.evidence import FoundPermission
from portability.node.log.write import NewStatement, Write
from portability.recognition.statements import HistoryOutcome, HistoryResponse
from portability.store.log_tables import statements
from tests.integration.recognition.test_late_and_contested import said
from tests.integration.recognition.test_onward import loaded_in
from tests.integration.recognition.test_permission_ends import asked
from tests.integration.recognition.world import Federation, Rosa, withdraw
from tests.unit.consent.world import ROSA

KINDS_LOGGED = select(statements.c.kind).order_by(statements.c.leaf_index)


@pytest.mark.asyncio
@pytest.mark.parametrize("told", ["withdrawal and notice", "withdrawal"])
async def test_nothing_is_released_on_word_of_a_consent_whose_end_came_meanwhile(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    """Its home is asked outside of the transaction; by our own log we knew the end when we gave."""
    spain, france = federation.nodes
    case, given = await asked(federation, rosa)
    await spain.cases.outbox.turn("FR")
    fetch = HistoryAnswerer.fetch_status
    if told == "withdrawal":  # the lead, which may be another node than the home, tells later
        spain.wires["FR"].alter = lambda sent: [
            one for one in sent if "permission-end" not in one.statement.envelope.payload_type
        ]

    async def withdrawn_meanwhile(
        self: HistoryAnswerer, found: FoundPermission | None, permission: bytes
    ) -> Envelope | None:
        word = await fetch(self, found, permission)
        monkeypatch.setattr(HistoryAnswerer, "fetch_status", fetch)
        await withdraw(federation, rosa, given)
        await spain.cases.outbox.turn("FR")
        return word

    monkeypatch.setattr(HistoryAnswerer, "fetch_status", withdrawn_meanwhile)
    await france.cases.driver.work_through()
    async with france.database.read() as connection:
        logged = list(await connection.scalars(KINDS_LOGGED))
    assert logged.index("consent-withdrawal") < logged.index("history-response")
    assert ("permission-end" in logged) is (told == "withdrawal and notice")
    (response,) = await said(france, case, HistoryResponse)
    assert isinstance(response, HistoryResponse)
    assert (response.outcome, response.records) == (HistoryOutcome.REFUSED, ())


@pytest.mark.asyncio
async def test_what_came_in_the_transaction_that_answers_is_known_in_it(
    federation: Federation, rosa: Rosa
) -> None:
    """Its rows are written at the end, so that no query finds it."""
    spain, france = federation.nodes
    case, given = await asked(federation, rosa)
    await spain.cases.outbox.turn("FR")
    said_now = Withdrawal(
        id=uuid7(france.clock(), france.randomness(UUID_RANDOM_BYTES)),
        nonce=france.randomness(32),
        consent=given,
        created_at=france.clock().replace(microsecond=0),
    )
    payload = write_withdrawal(said_now)

    async def work(write: Write) -> list[RefusalCause | None]:
        loaded = await loaded_in(france, write, case)
        (request,) = loaded.held
        before = await known_end(write, loaded, given, asked=request)
        await write.log(
            NewStatement(
                envelope=sign_envelope(WITHDRAWAL_TYPE, payload, ROSA),
                statement_id=statement_id(WITHDRAWAL_TYPE, payload),
                kind=kind_of(WITHDRAWAL_TYPE),
                key_id=ROSA.key_id,
                person=loaded.row.person,
            )
        )
        return [before, await known_end(write, loaded, given, asked=request)]

    found, _ = await france.sequencer.run(work)
    assert found == [None, RefusalCause.WITHDRAWN]
