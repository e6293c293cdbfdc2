"""A receipt is its node's own word: it uses up nothing in which that node has no part."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from portability.consent.causes import RefusalCause
from portability.consent.payload_types import RECEIPT_TYPE, WITHDRAWAL_TYPE
from portability.consent.receipt import DisclosureReceipt, Outcome
from portability.consent.statements import ConsentState
from portability.ledger.envelope import kind_of, sign_envelope, statement_id
from portability.node.log.write import NewStatement, Write
from portability.recognition.statements import HistoryRequest
from portability.store import delivery, log, set_aside
from portability.v1 import consents_service_pb2 as consents_pb
from portability.v1 import persons_service_pb2 as persons_pb
from portability.wire.consent_parts import state_from_pb
from portability.wire.log_entry import log_entry_from_bytes
from portability.wire.receipt import receipt_from_payload, receipt_to_payload
from tests.integration.recognition import world
from tests.integration.recognition.germany import (
    AT_DRV,
    DE_NODE,
    german_withdrawal,
    german_word,
    with_germany,
)
from tests.integration.recognition.test_delivery import start
from tests.integration.recognition.test_poison import only
from tests.integration.recognition.world import (
    AT_CNAV,
    AT_INSS,
    NODE_KEYS,
    Federation,
    Node,
    Rosa,
    consent,
    withdraw,
)

pytestmark = pytest.mark.asyncio


@pytest.fixture
def germany(monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory lists Germany as well."""
    monkeypatch.setattr(world, "FEDERATION", with_germany())


def release(node: Node, permission: bytes, request: bytes) -> DisclosureReceipt:
    """What an institution of France says that it gave away."""
    now = node.clock().replace(microsecond=0)
    return DisclosureReceipt(
        id="01920000-0000-7000-8000-000000000001",
        salt=node.randomness(32),
        permission=permission,
        status_version=2,
        provider=AT_CNAV,
        requester=AT_INSS,
        request=request,
        reason_code="claim-old-age",
        reason_text_key="purpose.claim-old-age",
        case_digest=node.randomness(32),
        requested_at=now,
        released_at=now,
        outcome=Outcome.RELEASED,
        cause=None,
        datatypes=("contribution-period",),
        fields=("start_date",),
        from_date=date(1980, 1, 1),
        to_date=date(2025, 12, 31),
        record_count=1,
        payload_digest=node.randomness(32),
        erase_by=date(2030, 1, 1),
        previous=b"",
    )


async def tell(node: Node, said: Sequence[DisclosureReceipt]) -> None:
    """Sign, log and send receipts to Spain."""

    async def work(write: Write) -> None:
        for one in said:
            payload = receipt_to_payload(one)
            i = statement_id(RECEIPT_TYPE, payload)
            await write.log(
                NewStatement(
                    envelope=sign_envelope(RECEIPT_TYPE, payload, NODE_KEYS[node.code]),
                    statement_id=i,
                    kind=kind_of(RECEIPT_TYPE),
                    key_id=NODE_KEYS[node.code].key_id,
                    person=None,
                )
            )
            await delivery.enqueue(
                write.connection,
                peer="ES",
                statement_id=i,
                exhibits=(),
                not_before=write.now,
                now=write.now,
            )

    await node.sequencer.run(work)


async def own_receipts(spain: Node, rosa: Rosa) -> list[DisclosureReceipt]:
    answer = await spain.persons.ListOwnReceipts(
        persons_pb.ListOwnReceiptsRequest(session=rosa.session), spain.portal
    )
    return [receipt_from_payload(one.statement.envelope.payload) for one in answer.receipts]


async def refused(spain: Node) -> list[str]:
    async with spain.database.read() as connection:
        rows = await set_aside.list_set_aside(connection, limit=10)
    return [one.message for one in rows]


async def test_a_node_that_a_consent_does_not_name_cannot_use_it_up(
    federation: Federation, rosa: Rosa
) -> None:
    """Ids of consents are in the public log, so that any peer has them."""
    spain, france = federation.nodes
    given = await consent(federation, rosa, providers=(AT_INSS,))
    said = [release(france, given, france.randomness(32)) for _ in range(3)]
    await tell(france, said)
    await federation.settle()
    told = await spain.consents.GetConsentState(
        consents_pb.GetConsentStateRequest(consent=given), spain.agency
    )
    assert state_from_pb(told.state) is ConsentState.GRANTED
    assert await own_receipts(spain, rosa) == []
    assert ["does not name both" in one for one in await refused(spain)] == [True] * 3


async def test_a_node_cannot_say_that_another_asked_it_than_whom_the_person_allowed(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    given = await consent(federation, rosa)
    honest = release(france, given, france.randomness(32))
    await tell(france, [replace(honest, requester=AT_CNAV), honest])
    await federation.settle()
    assert await own_receipts(spain, rosa) == [honest]
    assert len(await refused(spain)) == 1


async def test_a_receipt_of_a_request_in_a_case_is_of_a_party_of_that_case(
    germany: None, federation: Federation, rosa: Rosa
) -> None:
    """Germany has no part in it. That it refused something, the person learns all the same."""
    spain = federation.spain
    case = (await start(federation, rosa)).case.name
    asked, said = await only(spain, case, HistoryRequest)
    assert isinstance(said, HistoryRequest)
    false = replace(release(spain, b"", asked), provider=AT_DRV)
    refusal = replace(
        release(spain, said.permission, spain.randomness(32)),
        provider=AT_DRV,
        outcome=Outcome.REFUSED,
        cause=RefusalCause.OTHER_PROVIDER,
        released_at=None,
        record_count=0,
        payload_digest=b"",
    )
    signed = [
        sign_envelope(RECEIPT_TYPE, receipt_to_payload(one), DE_NODE) for one in (false, refusal)
    ]
    taken = await german_word(spain, *signed)
    assert (taken.accepted_position, len(taken.refusals)) == (2, 1)
    assert ["takes no part" in one for one in await refused(spain)] == [True]
    assert await own_receipts(spain, rosa) == [refusal]


async def withdrawals(node: Node) -> int:
    """How many are in the node's log."""
    async with node.database.read() as connection:
        entries = await log.read_log_entries(connection, 0, 1000)
    kinds = [log_entry_from_bytes(one).kind for one in entries]
    return kinds.count(kind_of(WITHDRAWAL_TYPE))


async def test_a_consent_is_withdrawn_at_its_home_and_by_no_other_node(
    germany: None, federation: Federation, rosa: Rosa
) -> None:
    """Logged for Rosa it would show in her bundles that France gave data after she had said no."""
    spain, france = federation.nodes
    case = (await start(federation, rosa)).case.name
    await federation.settle()
    _, asked = await only(spain, case, HistoryRequest)
    assert isinstance(asked, HistoryRequest)
    for node in federation.nodes:
        taken = await german_withdrawal(node, asked.permission)
        assert (taken.accepted_position, len(taken.refusals)) == (1, 1)
        assert await withdrawals(node) == 0
    await withdraw(federation, rosa, asked.permission)
    await federation.settle()
    assert await withdrawals(france) == 1
