"""An account is judged whole and read once, however many movements it has."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from portability.ledger.envelope import sign_envelope
from portability.node.log.write import Write
from portability.node.settlement import accounts
from portability.node.settlement.accounts import Accounts, load_account
from portability.node.settlement.book import SettlementBook
from portability.node.settlement.service import read_settlement
from portability.settlement.account import Account
from portability.settlement.advice import advice_digest
from portability.settlement.statements import ClaimAnswer, PaymentAdvice
from portability.wire.settlement import (
    settlement_statement_to_payload,
    settlement_statement_type,
)
from tests.integration.recognition.world import (
    AT_CNAV,
    FEDERATION,
    SIGNERS,
    Federation,
    Node,
    Rosa,
)
from tests.integration.settlement.desk import KEY, Desk, overpaid

pytestmark = pytest.mark.asyncio

PAYMENTS = 6


class UndoneError(Exception):
    """What ends a transaction."""


@dataclass
class Read:
    """The ids of all statements that were read for accounts."""

    ids: list[bytes] = field(default_factory=list)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    found = Read()
    really = accounts._read

    def reading(statement_id: bytes, held: Any, pending: Any) -> Any:
        found.ids.append(statement_id)
        return really(statement_id, held, pending)

    monkeypatch.setattr(accounts, "_read", reading)
    return found


@pytest_asyncio.fixture
async def netted(federation: Federation, rosa: Rosa) -> bytes:
    """A netting of 3200 EUR that both institutions have agreed to; of it 10 EUR are advised."""
    spain, france = (Desk(node) for node in federation.nodes)
    claim = await spain.say(await spain.prepare(await overpaid(federation, rosa)))
    await federation.settle()
    await france.say(ClaimAnswer(header=france.header(claim), disputes=()))
    await federation.settle()
    netting = await spain.net(claim)
    await federation.settle()
    await france.agree(netting)
    await france.advise(netting, 1_000)
    await federation.settle()
    return netting


async def load(reader: Accounts, node: Node) -> Account:
    async with node.database.read() as connection:
        return await reader.load(connection, node.database.vault, KEY)


async def as_it_is(node: Node) -> dict[bytes, object]:
    async with node.database.read() as connection:
        found = await load_account(connection, node.database.vault, KEY)
    return dict(found.accepted)


async def test_each_statement_is_read_once_for_all_movements_after_it(
    federation: Federation, netted: bytes, read: Read
) -> None:
    spain, france = (Desk(node) for node in federation.nodes)
    before = [len(await as_it_is(node)) for node in federation.nodes]
    assert before == [5, 5]
    read.ids.clear()
    for _ in range(PAYMENTS):
        advice = await france.advise(netted, 1_000)
        await federation.settle()
        await spain.confirm(advice, 1_000)
        await federation.settle()
    times = Counter(read.ids)
    assert len(times) > 2 * PAYMENTS
    assert set(times.values()) <= {1, len(federation.nodes)}


async def test_what_is_remembered_is_what_is_stored(
    federation: Federation, netted: bytes, read: Read
) -> None:
    spain, france = federation.nodes
    reader, small = Accounts(), Accounts(limit=4)
    assert dict((await load(reader, france)).accepted) == await as_it_is(france)
    await Desk(france).advise(netted, 1_000)
    await federation.settle()
    after = await load(reader, france)
    assert list(after.accepted.items()) == list((await as_it_is(france)).items())
    assert after.nettings[netted].to_advise == 4 * 80_000 - 2 * 1_000
    # where the last one is not in its place, as in an older copy, nothing of it is taken
    assert dict((await load(reader, spain)).accepted) == await as_it_is(spain)
    read.ids.clear()
    await load(small, spain)
    await load(small, spain)
    assert set(Counter(read.ids).values()) == {2}  # there is no room for six


async def test_what_a_transaction_logged_and_undid_is_not_remembered(
    federation: Federation, netted: bytes
) -> None:
    france = federation.france
    reader, day = Accounts(), date(2026, 12, 1)
    before = await load(reader, france)
    said = PaymentAdvice(
        header=Desk(france).header(netted),
        minor=1_000,
        value_date=day,
        file_digest=advice_digest(before, netted, 1_000, day),
    )
    kind, payload = settlement_statement_type(said), settlement_statement_to_payload(said)
    signed = sign_envelope(kind, payload, SIGNERS["FR"])
    heard = read_settlement(signed, AT_CNAV, FEDERATION, federation.clock.now)

    async def work(write: Write) -> None:
        book = SettlementBook(jurisdiction="FR", wake_outbox=lambda: None)
        await book.put_back(write, heard)
        within = await reader.load(write.connection, write.vault, KEY, pending=write.statements)
        assert within.accepted[heard.statement_id] == said
        raise UndoneError

    with pytest.raises(UndoneError):
        await france.sequencer.run(work)
    assert dict((await load(reader, france)).accepted) == dict(before.accepted)
