"""Streams that have grown long, and statements that were refused at first."""

import tracemalloc
from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import update

from portability.errors import NotFoundError, PeerUnavailableError, PreconditionError
from portability.ledger.directory import KeyPurpose
from portability.node.peers.refused import COUNTED_FOR, SetAsideMetrics
from portability.node.peers.replaying import Replayer
from portability.recognition.case import CaseState
from portability.store import delivery
from portability.store.schema import outbox, set_aside
from portability.store.set_aside import SetAsideRow, list_set_aside, size_set_aside
from portability.v1 import federation_service_pb2 as pb
from tests.integration.recognition.test_delivery import deliveries, start
from tests.integration.recognition.world import FEDERATION, Federation, Node, Rosa
from tests.integration.store.samples import due_deliveries

FEW = 200
MANY = 12_000
AT_MOST = 1.5
"""Times the memory of a short stream that a long one may take."""


async def grow(node: Node, peer: str, count: int) -> None:
    """As a week without the peer leaves the outbox: so many rows, each with its exhibits."""
    async with node.database.read() as connection:
        (first, *others) = await due_deliveries(connection, peer=peer, now=node.clock(), limit=MANY)
    position = (first, *others)[-1].position + 1
    row = {
        "peer": peer,
        "statement_id": first.statement_id,
        "exhibit_ids": b"".join(first.exhibits),
        "not_before": node.clock(),
        "create_time": node.clock(),
        "attempts": 0,
    }
    async with node.database.write() as connection:
        await connection.execute(
            outbox.insert(), [{**row, "position": position + number} for number in range(count)]
        )


async def peak_of_a_turn(node: Node, peer: str) -> tuple[int, int]:
    """Bytes at most, and statements sent, while one page leaves and then the peer is away again."""
    sent: list[int] = []

    def take_one_page(page: list[pb.Delivery]) -> list[pb.Delivery]:
        if sent:
            raise PeerUnavailableError("the call was lost", jurisdiction=peer)
        sent.append(len(page))
        return page

    node.wires[peer].alter = take_one_page
    tracemalloc.start()
    try:
        seconds = await node.cases.outbox.turn(peer)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert seconds is not None
    node.clock.advance(seconds=seconds + 1)
    return peak, sum(sent)


@pytest.mark.asyncio
async def test_a_peer_that_was_away_for_a_week_costs_no_more_memory_than_one_page(
    federation: Federation, rosa: Rosa
) -> None:
    await start(federation, rosa)
    spain, france = federation.nodes
    await grow(spain, "FR", FEW)
    await peak_of_a_turn(spain, "FR")  # what is made once is made now
    short = await peak_of_a_turn(spain, "FR")
    await grow(spain, "FR", MANY)
    long = await peak_of_a_turn(spain, "FR")
    assert short[1] == long[1] == 64
    assert long[0] < short[0] * AT_MOST, f"{short} for {FEW} rows, {long} for {MANY}"
    async with france.database.read() as connection:
        assert await delivery.accepted_position(connection, "ES") == 3 * 64
    async with spain.database.read() as connection:
        assert await delivery.sent_position(connection, "FR") == 3 * 64
        assert (await delivery.list_pending_peers(connection))["FR"] == FEW + MANY + 1 - 3 * 64


@pytest.mark.asyncio
async def test_what_is_put_into_the_outbox_meanwhile_does_not_cut_a_back_off_short(
    federation: Federation, rosa: Rosa
) -> None:
    await start(federation, rosa)
    outbox_of_spain = federation.spain.cases.outbox
    tried: list[str] = []

    def always_lost() -> str:
        tried.append("lost")
        return tried[-1]

    federation.spain.wires["FR"].trouble = always_lost
    first = await outbox_of_spain.turn("FR")
    assert first is not None
    assert len(tried) == 1
    await grow(federation.spain, "FR", 3)
    outbox_of_spain.wake()
    again = await outbox_of_spain.turn("FR")
    assert again is not None
    assert 0 < again <= first
    assert len(tried) == 1, "the peer is left in peace"
    federation.clock.advance(seconds=first)
    assert await outbox_of_spain.turn("FR") is not None
    assert len(tried) == 2
    assert outbox_of_spain.failing("FR")[:2] == (2, PeerUnavailableError.reason)


async def rows_of(node: Node) -> Sequence[SetAsideRow]:
    async with node.database.read() as connection:
        return await list_set_aside(connection, limit=10)


@pytest.mark.asyncio
async def test_a_statement_that_was_set_aside_is_accepted_once_its_key_is_in_the_directory(
    federation: Federation, rosa: Rosa
) -> None:
    opened = await start(federation, rosa)
    spain, france = federation.nodes
    without = [
        one
        for one in FEDERATION.entries
        if (one.jurisdiction, one.purpose) != ("ES", KeyPurpose.INSTITUTION)
    ]
    older = replace(FEDERATION, entries=tuple(without))
    france.cases.federation._directory = lambda: older
    request = (await deliveries(spain, "FR"))[0]
    await federation.settle()
    (refused,) = await rows_of(france)
    assert (refused.reason, refused.position) == ("SIGNATURE_INVALID", 1)
    assert await spain.state(opened.case.name) is CaseState.COLLECTING

    replayer = Replayer(
        database=france.database,
        sequencer=france.sequencer,
        directory=lambda: older,
        inbox=france.cases.federation.inbox,
        fetch_again=france.cases.recaller.fetch_again,
    )
    still = await replayer.replay("ES", 1)
    assert still.replay_time is None
    assert still.reason == "SIGNATURE_INVALID"
    france.cases.federation._directory = lambda: FEDERATION
    replayer._directory = lambda: FEDERATION
    accepted = await replayer.replay("ES", 1)
    assert accepted.replay_time == federation.clock()
    assert await replayer.replay("ES", 1) == accepted, "a second time changes nothing"
    await federation.settle()
    assert await spain.state(opened.case.name) is CaseState.AGREED
    async with spain.database.read() as connection:
        signed_for = await delivery.list_acknowledgements(
            connection, opened.case.name.removeprefix("cases/")
        )
    assert request.statement.envelope.payload
    by_france = {one.statement_id for one in signed_for if one.peer == "FR"}
    assert refused.statement_id in by_france, "told with the next answer"


@pytest.mark.asyncio
async def test_a_peer_is_asked_again_for_what_was_refused_and_not_kept(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portability.node.peers.refused.MAX_KEPT_BYTES", 100)
    opened = await start(federation, rosa)
    spain, france = federation.nodes
    france.cases.federation._directory = lambda: replace(FEDERATION, entries=())
    await federation.settle()
    (refused,) = await rows_of(france)
    assert (refused.reason, refused.position) == ("FAILED_PRECONDITION", 1)
    assert "not kept" in refused.message
    async with france.database.read() as connection:
        assert await size_set_aside(connection, "ES") == 0

    replayer = Replayer(
        database=france.database,
        sequencer=france.sequencer,
        directory=lambda: FEDERATION,
        inbox=france.cases.federation.inbox,
        fetch_again=france.cases.recaller.fetch_again,
    )
    monkeypatch.setattr(france.cases.recaller, "_directory", france.cases.federation._directory)
    still = await replayer.replay("ES", 1)
    assert (still.replay_time, still.message) == (None, refused.message)
    monkeypatch.undo()
    france.cases.federation._directory = lambda: FEDERATION
    assert (await replayer.replay("ES", 1)).replay_time is not None
    await federation.settle()
    assert await spain.state(opened.case.name) is CaseState.AGREED
    with pytest.raises(NotFoundError, match="does not give the statement at position 1 again"):
        await france.cases.recaller.fetch_again("ES", 1, bytes(32))


@pytest.mark.asyncio
async def test_what_a_peer_is_refused_fills_no_disk_and_its_stream_goes_on(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    await start(federation, rosa)
    spain, france = federation.nodes
    size = (await deliveries(spain, "FR"))[0].ByteSize()
    monkeypatch.setattr("portability.node.peers.refused.MAX_KEPT_BYTES", 3 * size + 100)
    france.cases.federation._directory = lambda: replace(FEDERATION, entries=())
    await grow(spain, "FR", 9)
    await federation.settle()
    rows = await rows_of(france)
    assert sorted(one.position for one in rows) == list(range(1, 11))
    assert sorted(one.position for one in rows if "not kept" in one.message) == list(range(4, 11))
    metrics = SetAsideMetrics(france.database)
    await metrics.look()
    count, kept = ({one.labels["peer"]: one.value for one in f.samples} for f in metrics.collect())
    assert count == {"ES": 10}
    assert 2 * size < kept["ES"] < 4 * size

    room = france.cases.federation.inbox._room

    async def has_room() -> bool:
        found, _ = await france.sequencer.run(lambda write: room.take(write, "ES", 2 * size))
        return found

    async with france.database.write() as connection:  # as when all of them were accepted
        await connection.execute(update(set_aside).values(delivery_ciphertext=b""))
    assert not await has_room(), "it was counted a moment ago"
    federation.clock.advance(seconds=COUNTED_FOR.total_seconds())
    assert await has_room()
    assert not await has_room()


@pytest.mark.asyncio
async def test_what_cannot_be_replayed_says_why(federation: Federation, rosa: Rosa) -> None:
    assert rosa
    france = federation.france
    replayer = Replayer(
        database=france.database,
        sequencer=france.sequencer,
        directory=lambda: FEDERATION,
        inbox=france.cases.federation.inbox,
        fetch_again=france.cases.recaller.fetch_again,
    )
    with pytest.raises(NotFoundError, match="nothing of ES was set aside at position 3"):
        await replayer.replay("ES", 3)
    with pytest.raises(PreconditionError, match="judged again with every statement"):
        await replayer.replay("ES", 0)
