"""Histories too large for one message: by pages, resumed where they broke off, counted as one."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import func, select

from portability.errors import (
    InvalidInputError,
    NotFoundError,
    OverloadedError,
    PeerUnavailableError,
)
from portability.federation.exhibit_pages import CARRIED, PAGE
from portability.ledger.encoding import HASH_BYTES
from portability.node.log.write import Write
from portability.recognition.case import CaseState
from portability.store.schema import metadata
from portability.v1 import envelope_pb2
from portability.v1 import federation_service_pb2 as pb
from tests.integration.recognition.test_delivery import set_aside
from tests.integration.recognition.world import AT_CNAV, Federation, Node, Rosa, consent

pytestmark = pytest.mark.asyncio

RECORDS = 1_050
PAGES = [(start, min(PAGE, RECORDS - start)) for start in range(0, RECORDS, PAGE)]


async def ask(federation: Federation, rosa: Rosa, records: int = RECORDS) -> str:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, *(1985 + number % 40 for number in range(records)))
    await spain.insure(rosa.at_spain, 2025)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    await spain.ask(opened, await consent(federation, rosa))
    return opened.case.name


async def staged(node: Node) -> int:
    table = metadata.tables["staged_exhibits"]
    async with node.database.read() as connection:
        return await connection.scalar(select(func.count()).select_from(table)) or 0


async def test_a_history_of_a_thousand_records_crosses_in_pages_also_when_it_breaks_off(
    federation: Federation, rosa: Rosa
) -> None:
    case = await ask(federation, rosa)
    spain, france = federation.nodes
    wire = france.wires["ES"]
    sent: list[int] = []

    def count(deliveries: list[pb.Delivery]) -> list[pb.Delivery]:
        sent.extend(len(one.exhibits) for one in deliveries)
        return deliveries

    def breaks_off_twice() -> str:
        return {3: "lost", 5: "unanswered"}.get(len(wire.pages), "")

    broken: list[str] = []

    def trouble() -> str:
        now = breaks_off_twice()
        if now and now not in broken:
            broken.append(now)
            return now
        return ""

    wire.alter, wire.trouble = count, trouble
    await federation.settle()
    assert await spain.state(case) is CaseState.AGREED
    assert broken == ["lost", "unanswered"]
    assert max(sent) <= PAGE, "no message holds more than a page"
    pages = [page for page in wire.pages if page[1]]
    assert sorted(set(pages)) == PAGES
    assert len(pages) == len(PAGES), "what was there is not sent again"
    assert await staged(spain) == 0
    assert await set_aside(spain) == []


async def test_a_page_that_was_changed_makes_the_whole_answer_count_for_nothing(
    federation: Federation, rosa: Rosa
) -> None:
    case = await ask(federation, rosa, CARRIED + 5)
    spain, france = federation.nodes
    wire = france.wires["ES"]
    honest = wire.stage_exhibits

    async def swaps_two(
        statement_id: bytes,
        case_id: str,
        first: int,
        exhibits: Sequence[envelope_pb2.ProvenStatement],
    ) -> int:
        swapped = list(exhibits)
        swapped[:2] = reversed(swapped[:2])
        return await honest(statement_id, case_id, first, swapped)

    wire.stage_exhibits = swaps_two  # type: ignore[method-assign]
    await federation.settle()
    ((reason, _),) = await set_aside(spain)
    assert reason == "INVALID_INPUT"
    assert await spain.state(case) is CaseState.COLLECTING
    assert await staged(spain) == 0


async def test_what_a_peer_stages_fits_into_memory_when_its_statement_comes(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portability.node.peers.staging_desk.MAX_STAGED_BYTES", 5_000)
    spain, france = federation.nodes
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    case_id = opened.case.name.removeprefix("cases/")
    wire, ident = france.wires["ES"], bytes(HASH_BYTES)
    one = envelope_pb2.ProvenStatement(checkpoint=bytes(2_000))
    assert await wire.stage_exhibits(ident, case_id, 0, [one]) == 1
    assert await wire.stage_exhibits(ident, case_id, 1, [one]) == 2
    with pytest.raises(InvalidInputError, match="more than 5000 bytes"):
        await wire.stage_exhibits(ident, case_id, 2, [one])
    assert await staged(spain) == 2

    twice = [pb.Delivery(position=place, staged_exhibits=2) for place in (1, 2)]
    with pytest.raises(InvalidInputError, match="a call of its own"):
        await wire.deliver(twice, request_id="3f2c7e0a-9d5b-4c1e-8f6a-0b1c2d3e4f50")


async def test_pages_are_taken_of_parties_of_the_case_alone_and_in_order(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    case_id = opened.case.name.removeprefix("cases/")
    wire, ident = france.wires["ES"], bytes(HASH_BYTES)
    one = envelope_pb2.ProvenStatement(leaf_index=1)
    assert await wire.stage_exhibits(ident, case_id, 1, [one]) == 0, "the first is missing"
    assert await wire.stage_exhibits(ident, case_id, 0, [one, one]) == 2
    assert await wire.stage_exhibits(ident, case_id, 0, [one]) == 2, "again changes nothing"
    assert await wire.stage_exhibits(ident, case_id, 0, []) == 2
    with pytest.raises(NotFoundError):
        await wire.stage_exhibits(bytes(31) + b"\x01", "0c" * 16, 0, [one])
    with pytest.raises(InvalidInputError, match="at most 500"):
        await wire.stage_exhibits(ident, case_id, 2, [one] * 501)
    with pytest.raises(InvalidInputError):
        await wire.stage_exhibits(b"short", case_id, 0, [])
    assert await wire.stage_exhibits(bytes(31) + b"\x02", case_id, 0, [one]) == 1
    assert await staged(spain) == 1, "a peer stages one statement at a time"


async def test_a_page_that_is_overtaken_by_another_statement_leaves_no_gap(
    federation: Federation, rosa: Rosa
) -> None:
    """A sender that was cut off goes on; what it had under way arrives late."""
    spain, france = federation.nodes
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    case_id = opened.case.name.removeprefix("cases/")
    wire, first, second = france.wires["ES"], bytes(HASH_BYTES), bytes(31) + b"\x01"
    one = envelope_pb2.ProvenStatement(leaf_index=1)
    assert await wire.stage_exhibits(first, case_id, 0, [one]) == 1
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def hold(_: Write) -> None:
        begun.set()
        await go_on.wait()

    before = asyncio.create_task(spain.sequencer.run(hold))
    await begun.wait()
    other = asyncio.create_task(wire.stage_exhibits(second, case_id, 0, [one]))
    late = asyncio.create_task(wire.stage_exhibits(first, case_id, 1, [one]))
    while len(spain.sequencer._queue) < 2:  # noqa: ASYNC110  # both wait for one transaction
        await asyncio.sleep(0.001)
    go_on.set()
    await before
    assert (await other, await late) == (1, 0), "what it followed on is gone"
    assert await wire.stage_exhibits(second, case_id, 1, [one]) == 2, "the other goes on"
    assert await staged(spain) == 2


async def test_a_statement_with_pages_is_in_memory_once_however_often_its_peer_brings_it(
    federation: Federation, rosa: Rosa
) -> None:
    case = await ask(federation, rosa, CARRIED + 5)
    spain, france = federation.nodes
    wire = france.wires["ES"]
    honest = wire.deliver
    refused: list[str] = []

    async def brings_it_three_times(
        deliveries: Sequence[pb.Delivery], *, request_id: str
    ) -> pb.DeliverStatementsResponse:
        calls = (honest(deliveries, request_id=request_id) for _ in range(3))
        found = await asyncio.gather(*calls, return_exceptions=True)
        refused.extend(str(one) for one in found if isinstance(one, OverloadedError))
        return next(one for one in found if isinstance(one, pb.DeliverStatementsResponse))

    wire.deliver = brings_it_three_times  # type: ignore[method-assign]
    await federation.settle()
    assert len(refused) == 2
    assert all("deliver again in a moment" in one for one in refused)
    assert await spain.state(case) is CaseState.AGREED
    assert (await staged(spain), await set_aside(spain)) == (0, [])


async def test_a_sender_whose_call_was_cut_off_is_not_kept_waiting_by_it(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await ask(federation, rosa, CARRIED + 5)
    spain, france = federation.nodes
    service = spain.cases.federation
    arrived = asyncio.Event()
    honest = service._take

    async def hangs(*_: object) -> object:
        arrived.set()
        return await asyncio.Event().wait()

    wire = france.wires["ES"]
    deliver = wire.deliver

    async def is_killed(
        deliveries: Sequence[pb.Delivery], *, request_id: str
    ) -> pb.DeliverStatementsResponse:
        if not deliveries[0].staged_exhibits or arrived.is_set():
            return await deliver(deliveries, request_id=request_id)
        monkeypatch.setattr(service, "_take", hangs)
        call = asyncio.create_task(deliver(deliveries, request_id=request_id))
        await arrived.wait()
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        monkeypatch.setattr(service, "_take", honest)
        raise PeerUnavailableError("the sender was killed", jurisdiction="ES")

    wire.deliver = is_killed  # type: ignore[method-assign]
    await federation.settle()
    assert arrived.is_set()
    assert await spain.state(case) is CaseState.AGREED
