"""
A permission that ends after an answer was given and before it has left: the statement goes, since
the stream and the case rest on it, and what was released with it stays where it is.
"""

from datetime import timedelta

import pytest

from portability.consent.payload_types import TEMPLATE_TYPE
from portability.consent.receipt import Outcome
from portability.errors import InvalidInputError, PeerUnavailableError
from portability.federation import outbox, standstill
from portability.federation.going_alone import STAYS
from portability.ledger.envelope import statement_id
from portability.node.consents.confirmations import confirmation_of
from portability.node.peers import exhibit_checks, inbox
from portability.node.peers.replaying import Replayer
from portability.recognition.case import CaseState
from portability.recognition.statements import (
    Correction,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
    NoticeAnswer,
    PermissionEnd,
    PermissionEnding,
    Reconciliation,
)
from portability.store import receipts
from portability.store.undelivered import list_undelivered
from portability.v1 import consent_pb2
from portability.v1 import federation_service_pb2 as federation_pb
from portability.wire.record import RECORD_TYPE, record_to_payload
from tests.integration.recognition import world
from tests.integration.recognition.bundles import bundle_of, judged
from tests.integration.recognition.germany import german_answer, with_germany
from tests.integration.recognition.test_corrections import preview, shorter, signed, submit
from tests.integration.recognition.test_delivery import set_aside
from tests.integration.recognition.test_erased_on_the_way import (
    all_was_told_and_nothing_is_kept,
    asked_of_both,
    difference,
    holds,
)
from tests.integration.recognition.test_late_and_contested import closed, said
from tests.integration.recognition.test_pages import staged
from tests.integration.recognition.test_permission_ends import answers, asked, records_held
from tests.integration.recognition.world import (
    Federation,
    Node,
    Rosa,
    withdraw,
)
from tests.unit.consent.world import TEMPLATE_BYTES

pytestmark = pytest.mark.asyncio


def cut_off(node: Node, peer: str) -> None:
    """Nothing arrives that is said in a case; what the node asks about consents is answered."""

    def lose(every: list[federation_pb.Delivery]) -> list[federation_pb.Delivery]:
        if all("receipt" in one.statement.envelope.payload_type for one in every):
            return every
        raise PeerUnavailableError("the call was lost", jurisdiction=peer)

    node.wires[peer].alter = lose


def listen(node: Node, peer: str) -> list[str]:
    """The types of all that goes with statements to the peer, which is back."""
    sent: list[str] = []

    def hear(deliveries: list[federation_pb.Delivery]) -> list[federation_pb.Delivery]:
        sent.extend(i.envelope.payload_type for one in deliveries for i in one.exhibits)
        return deliveries

    node.wires[peer].alter = hear
    return sent


async def work(federation: Federation) -> None:
    """What both nodes can do within a minute."""
    for _ in range(6):
        for node in federation.nodes:
            await node.cases.driver.work_through()
            for peer in node.wires:
                await node.cases.outbox.turn(peer)
        federation.clock.now += timedelta(seconds=10)


async def answered_and_queued(federation: Federation, rosa: Rosa) -> tuple[str, bytes]:
    """France has released a record under Rosa's consent, and the answer has not left."""
    case, given = await asked(federation, rosa)
    cut_off(federation.france, "ES")
    await work(federation)
    (answer,) = await said(federation.france, case, HistoryResponse)
    assert isinstance(answer, HistoryResponse)
    assert answer.outcome is HistoryOutcome.RECORDS
    return case, given


async def nothing_left(
    federation: Federation,
    case: str,
    sent: list[str],
    told: int = consent_pb2.CONFIRMATION_STATE_STAYED,
) -> None:
    """Both sides know of the answer and of the end, nobody has a record, and both are in order."""
    spain, france = federation.nodes
    assert RECORD_TYPE not in sent
    assert len(await said(spain, case, HistoryResponse)) == 1
    assert len(await said(france, case, PermissionEnd)) == 1
    assert await set_aside(spain) == []
    assert await records_held(spain, case) == 0
    assert await said(spain, case, Reconciliation) == []
    assert await spain.state(case) is CaseState.REFUSED
    assert (await answers(spain, case))["ES"] == ("erased", "")
    assert await answers(france, case) == await answers(spain, case)
    assert [await difference(node) for node in federation.nodes] == ["", ""]
    assert france.cases.outbox.failing("ES") == (0, "", None)
    for node in federation.nodes:
        assert {*await signed_for(node, case)} == {told}


async def signed_for(node: Node, case: str) -> list[int]:
    """What a node tells the person of each time that France gave something."""
    case_id, own, now = case.removeprefix("cases/"), node.code, node.clock()
    async with node.database.read() as connection:
        rows = await receipts.list_receipts(connection, case_id=case_id, limit=9)
        found = [
            await confirmation_of(connection, node.database.vault, row, own=own, now=now)
            for row in rows
            if row.outcome != Outcome.REFUSED and row.provider == "FR/cnav"
        ]
    return [one.state for one in found]


async def verifies(federation: Federation, case: str) -> None:
    """An auditor finds fault with neither side, nor does a check of the databases."""
    for node in federation.nodes:
        report = judged(await bundle_of(node, case), node)
        assert report.verified, report.causes
    assert [await difference(node) for node in federation.nodes] == ["", ""]


def waits_here(node: Node, peer: str) -> bool:
    """Whether a stream waits for its own node: soon looked at again, and no fault of the peer."""
    failures, reason, until = node.cases.outbox.failing(peer)
    is_soon = until is not None and until <= node.clock() + standstill.OWN_PAUSE.most
    return (failures, reason, is_soon) == (0, standstill.WAITS_HERE, True)


async def kept_apart(node: Node, case: str) -> list[tuple[str, str, str]]:
    async with node.database.read() as connection:
        rows = await list_undelivered(connection, case.removeprefix("cases/"))
    return [(one.kind, one.state, one.message) for one in rows]


async def test_what_was_released_does_not_leave_once_the_withdrawal_is_in_the_log(
    federation: Federation, rosa: Rosa
) -> None:
    france = federation.france
    case, given = await answered_and_queued(federation, rosa)
    await withdraw(federation, rosa, given)
    await work(federation)
    assert len(await said(france, case, PermissionEnd)) == 1
    sent = listen(france, "ES")
    await federation.settle()
    await nothing_left(federation, case, sent)
    await verifies(federation, case)
    assert await kept_apart(france, case) == [("history-response", "alone", STAYS)]


async def test_what_had_left_before_the_withdrawal_was_signed_for_and_the_person_is_told_that(
    federation: Federation, rosa: Rosa
) -> None:
    case, given = await asked(federation, rosa)
    await federation.settle()
    await withdraw(federation, rosa, given)
    await federation.settle()
    for node in federation.nodes:
        assert await signed_for(node, case) == [consent_pb2.CONFIRMATION_STATE_CONFIRMED]


async def test_nobody_is_blamed_before_the_lead_has_said_what_becomes_of_it(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case, given = await answered_and_queued(federation, rosa)
    await withdraw(federation, rosa, given)
    await work(federation)
    federation.clock.now += timedelta(minutes=5)
    listen(france, "ES")
    await france.cases.outbox.turn("ES")
    assert len(await said(spain, case, HistoryResponse)) == 1
    assert len(await said(spain, case, NoticeAnswer)) == 2  # to the end, before the answer came
    await verifies(federation, case)


async def test_pages_that_had_left_before_are_not_followed_by_the_statement_that_completes_them(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    spain, france = federation.nodes
    case, given = await answered_and_queued(federation, rosa)
    monkeypatch.setattr(outbox, "CARRIED", 0)
    federation.clock.now += timedelta(minutes=5)
    await france.cases.outbox.turn("ES")
    assert await staged(spain) == 1
    before = len(france.wires["ES"].pages)
    monkeypatch.undo()
    await withdraw(federation, rosa, given)
    await spain.cases.outbox.turn("FR")
    monkeypatch.setattr(outbox, "CARRIED", 0)
    federation.clock.now += timedelta(minutes=5)
    sent = listen(france, "ES")
    await federation.settle()
    some_left = consent_pb2.CONFIRMATION_STATE_CONFIRMED  # so nobody says that nothing was given
    await nothing_left(federation, case, sent, told=some_left)
    assert await staged(spain) == 0
    asked_only = france.wires["ES"].pages[before:]
    assert all(count == 0 for _, count in asked_only)


async def test_a_withdrawal_stops_it_also_before_the_lead_has_told_the_case(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case, given = await answered_and_queued(federation, rosa)
    spain.wires["FR"].alter = lambda every: [
        one for one in every if "permission-end" not in one.statement.envelope.payload_type
    ]
    await withdraw(federation, rosa, given)
    await spain.cases.outbox.turn("FR")
    assert await said(france, case, PermissionEnd) == []
    sent = listen(france, "ES")
    federation.clock.now += timedelta(minutes=5)
    await france.cases.outbox.turn("ES")
    spain.wires["FR"].alter = lambda every: every
    await federation.settle()
    await nothing_left(federation, case, sent)


async def test_time_that_is_over_stops_it_and_a_lead_that_was_away_says_so_at_once(
    federation: Federation, rosa: Rosa
) -> None:
    """France is heard before the driver of Spain has looked at what ended meanwhile."""
    spain, france = federation.nodes
    given_at = federation.clock()
    case, _ = await answered_and_queued(federation, rosa)
    federation.clock.now = given_at + timedelta(days=60, seconds=29)
    sent = listen(france, "ES")
    await france.cases.outbox.turn("ES")
    assert waits_here(france, "ES")  # by another clock it may last
    assert await said(spain, case, HistoryResponse) == []
    federation.clock.now = given_at + timedelta(days=60, minutes=5)
    await france.cases.outbox.turn("ES")
    (end,) = await said(spain, case, PermissionEnd)
    assert isinstance(end, PermissionEnd)
    assert end.how is PermissionEnding.EXPIRED
    await federation.settle()
    await nothing_left(federation, case, sent)


async def test_a_lead_that_does_not_know_of_the_end_sets_it_aside_and_the_stream_goes_on(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So does one of the version before; once it knows better, it is taken in after all."""
    spain, france = federation.nodes
    case, given = await answered_and_queued(federation, rosa)
    await withdraw(federation, rosa, given)
    await work(federation)
    sent = listen(france, "ES")
    with monkeypatch.context() as patch:
        patch.setattr(exhibit_checks, "comes_for_nothing", lambda *_: False)
        await federation.settle()
    assert RECORD_TYPE not in sent
    ((_, position),) = await set_aside(spain)
    assert await spain.state(case) is CaseState.COLLECTING
    assert (await replayer_of(spain).replay("FR", position)).replay_time is not None
    await federation.settle()
    assert await spain.state(case) is CaseState.REFUSED
    assert await records_held(spain, case) == 0


def replayer_of(node: Node) -> Replayer:
    return Replayer(
        database=node.database,
        sequencer=node.sequencer,
        directory=lambda: world.FEDERATION,
        inbox=node.cases.federation._inbox,
        fetch_again=node.cases.recaller.fetch_again,
    )


async def test_records_that_came_and_were_refused_are_not_said_to_have_stayed(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lead had not kept them, asks once more when the permission has ended, and gets none."""
    spain, france = federation.nodes
    case, given = await answered_and_queued(federation, rosa)
    sent = listen(france, "ES")

    def refuse(*_: object) -> None:
        raise InvalidInputError("not understood here", field="exhibits")

    async def no_room(*_: object) -> bool:
        return False

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "check_exhibits", refuse)
        patch.setattr(inbox.RefusedRoom, "take", no_room)
        federation.clock.now += timedelta(minutes=5)
        await france.cases.outbox.turn("ES")
    assert RECORD_TYPE in sent
    ((_, position),) = await set_aside(spain)
    await withdraw(federation, rosa, given)
    await federation.settle()
    assert (await replayer_of(spain).replay("FR", position)).replay_time is not None
    await federation.settle()
    assert await signed_for(spain, case) == [consent_pb2.CONFIRMATION_STATE_CONFIRMED]
    assert consent_pb2.CONFIRMATION_STATE_STAYED not in await signed_for(france, case)


# --- what follows on an answer --------------------------------------------------------------------


async def corrected(federation: Federation, rosa: Rosa, old: bytes) -> None:
    """CNAV shortens its record, and tells the case."""
    france = federation.france
    payload = record_to_payload(shorter(france, rosa.at_france, old, 1990))
    seen = await preview(france, rosa.at_france, payload)
    assert len(seen) == 1
    await submit(france, rosa.at_france, payload, signed(france, seen))


async def test_a_correction_of_what_does_not_leave_does_not_bring_it_either(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case, given = await answered_and_queued(federation, rosa)
    (answer,) = await said(france, case, HistoryResponse)
    assert isinstance(answer, HistoryResponse)
    await corrected(federation, rosa, answer.records[0])
    await withdraw(federation, rosa, given)
    await work(federation)
    sent = listen(france, "ES")
    await federation.settle()
    await nothing_left(federation, case, sent)
    assert len(await said(spain, case, Correction)) == 1
    assert [kind for kind, _, _ in await kept_apart(france, case)] == [
        "history-response",
        "correction",
    ]


async def test_a_correction_behind_a_decision_goes_by_the_law_as_ever(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case = await closed(federation, rosa)
    (request,) = await said(spain, case, HistoryRequest)
    assert isinstance(request, HistoryRequest)
    (answer,) = await said(france, case, HistoryResponse)
    assert isinstance(answer, HistoryResponse)
    await withdraw(federation, rosa, request.permission)
    await federation.settle()
    sent = listen(france, "ES")
    await corrected(federation, rosa, answer.records[0])
    await federation.settle()
    assert RECORD_TYPE in sent
    assert await set_aside(spain) == []
    assert await kept_apart(france, case) == []


@pytest.fixture
def germany(monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory lists Germany as well, and so does the template of what INSS asks for."""
    monkeypatch.setattr(world, "FEDERATION", with_germany())
    more = b'[[provider]]\nnode = "DE"\ninstitution = "drv"\n\n[caps]'
    template = TEMPLATE_BYTES.replace(b"[caps]", more, 1)
    monkeypatch.setattr(world, "TEMPLATE_BYTES", template)
    monkeypatch.setattr(world, "TEMPLATE_ID", statement_id(TEMPLATE_TYPE, template))


@pytest.mark.usefixtures("germany")
async def test_a_lead_passes_nothing_on_between_the_withdrawal_and_its_own_answer_to_it(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case, given, request = await asked_of_both(federation, rosa)
    cut_off(spain, "FR")
    record = await german_answer(spain, case, request)
    await spain.cases.driver.work_through()
    assert await holds(spain, case, record)
    await withdraw(federation, rosa, given)
    sent = listen(spain, "FR")
    federation.clock.now += timedelta(minutes=5)
    await spain.cases.outbox.turn("FR")
    assert waits_here(spain, "FR")
    assert await holds(spain, case, record)  # it is not erased there yet
    assert RECORD_TYPE not in sent
    assert await said(france, case, Reconciliation) == []  # it waits for what becomes of it
    await federation.settle()
    assert RECORD_TYPE not in sent
    assert len(await said(france, case, Reconciliation)) == 1
    await all_was_told_and_nothing_is_kept(federation, case)


@pytest.mark.usefixtures("germany")
async def test_a_lead_that_was_away_says_first_that_time_ended_a_permission(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case, _, request = await asked_of_both(federation, rosa)
    cut_off(spain, "FR")
    record = await german_answer(spain, case, request)
    await spain.cases.driver.work_through()
    assert await holds(spain, case, record)
    federation.clock.now += timedelta(days=61)
    sent = listen(spain, "FR")
    await spain.cases.outbox.turn("FR")  # before the driver has looked at what ended meanwhile
    assert RECORD_TYPE not in sent
    assert waits_here(spain, "FR")
    assert await said(france, case, Reconciliation) == []
    await federation.settle()
    assert RECORD_TYPE not in sent
    await all_was_told_and_nothing_is_kept(federation, case)
