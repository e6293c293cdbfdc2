"""What a peer signs rightly and no software was made for: its own stream and all others go on."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from portability.ledger.checkpoint import unverified_checkpoint
from portability.ledger.envelope import kind_of, sign_envelope, statement_id
from portability.node.log.write import NewStatement, Write
from portability.node.peers.exhibit_checks import check_exhibits
from portability.node.peers.inbox_checks import VerifiedDelivery, verify_delivery
from portability.node.peers.replaying import Replayer
from portability.recognition.case import CaseState
from portability.recognition.statements import (
    CaseStatement,
    Countersignature,
    Header,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
)
from portability.store import delivery
from portability.store.set_aside import list_set_aside
from portability.wire.statement import statement_to_payload, type_of
from tests.integration.recognition.test_delivery import finish, start
from tests.integration.recognition.test_late_and_contested import said
from tests.integration.recognition.world import (
    AT_CNAV,
    FEDERATION,
    NODE_KEYS,
    Federation,
    Node,
    Rosa,
)

pytestmark = pytest.mark.asyncio

LAST_DAY = datetime(9999, 12, 31, 23, tzinfo=UTC)


async def say(node: Node, peer: str, statement: CaseStatement, *, place: int | None = None) -> None:
    """
    A node signs, logs and sends what its own software would never say.

    An answer is complete up to itself, unless it is to name another ``place``.
    """

    async def work(write: Write) -> None:
        said = statement
        if isinstance(said, HistoryResponse):
            said = replace(said, tree_size=write.size if place is None else place)
        kind, payload = type_of(said), statement_to_payload(said)
        i = statement_id(kind, payload)
        entry = NewStatement(
            envelope=sign_envelope(kind, payload, NODE_KEYS[node.code]),
            statement_id=i,
            kind=kind_of(kind),
            key_id=NODE_KEYS[node.code].key_id,
            person=None,
        )
        await write.log(entry)
        await delivery.enqueue(
            write.connection,
            peer=peer,
            statement_id=i,
            exhibits=(),
            not_before=write.now,
            now=write.now,
        )

    await node.sequencer.run(work)


def header(node: Node, case: str, *predecessors: bytes) -> Header:
    return replace(node.header(case.removeprefix("cases/"), *predecessors), sender=AT_CNAV.node)


async def only(node: Node, case: str, kind: type[CaseStatement]) -> tuple[bytes, CaseStatement]:
    """The one statement of a kind in a case, with its id."""
    (one,) = [found for found in await said(node, case, kind) if isinstance(found, kind)]
    return statement_id(type_of(one), statement_to_payload(one)), one


async def test_an_answer_that_is_announced_for_the_last_day_of_all_stops_nothing(
    federation: Federation, rosa: Rosa
) -> None:
    """Terms are counted from that day, and no calendar has a day so much later."""
    spain, france = federation.nodes
    case = (await start(federation, rosa)).case.name
    asked, _ = await only(spain, case, HistoryRequest)
    announced = HistoryResponse(
        header=header(france, case, asked),
        outcome=HistoryOutcome.NOT_BEFORE,
        records=(),
        not_before=date.max,
        log_origin=FEDERATION.member("FR").log_origin,
        tree_size=0,
        granted_fields=(),
        payload_digest=b"",
    )
    await say(france, "ES", announced)
    await finish(federation, case)
    assert await spain.state(case) is CaseState.CLOSED


async def test_an_answer_of_another_log_or_of_before_itself_is_not_taken(
    federation: Federation, rosa: Rosa
) -> None:
    """By the place that it names it is shown later that a record was left out, or never."""
    spain, france = federation.nodes
    await france.insure(rosa.at_france, *range(1970, 1980))
    case = (await start(federation, rosa)).case.name
    asked, _ = await only(spain, case, HistoryRequest)
    own = FEDERATION.member("FR").log_origin
    size = unverified_checkpoint(await france.prover.checkpoint()).size
    places = [
        (FEDERATION.member("ES").log_origin, size),
        ("nobody.example/log", size + 1),
        (own, 2**64 - 1),
        (own, 0),
        (own, size + 4 - 2),
        (own, size + 5 - 1),
        (own, size + 6),
        (own, size + 7 + 1),
    ]
    for origin, place in places:
        answer = HistoryResponse(
            header=header(france, case, asked),
            outcome=HistoryOutcome.NONE,
            records=(),
            not_before=None,
            log_origin=origin,
            tree_size=0,
            granted_fields=(),
            payload_digest=b"",
        )
        await say(france, "ES", answer, place=place)
    await federation.settle()
    async with spain.database.read() as connection:
        rows = await list_set_aside(connection, limit=10)
    assert sorted(one.position for one in rows) == [1, 2, 3, 4, 5, 8], "6 and 7 are in their place"
    assert all("as it stood when it answered" in one.message for one in rows)


@pytest.mark.parametrize("whose", ["somebody else's", "hers"])
async def test_an_answer_is_complete_up_to_itself_whatever_comes_with_it(
    federation: Federation, rosa: Rosa, whose: str
) -> None:
    """Records that came before it in its transaction are no query's to see yet."""
    spain, france = federation.nodes
    other = await france.enrol("1 70 01 75 116 001 50")
    case = (await start(federation, rosa)).case.name
    await spain.cases.outbox.turn("FR")
    size = unverified_checkpoint(await france.prover.checkpoint()).size
    go_on = asyncio.Event()

    async def hold(_: Write) -> None:
        await go_on.wait()

    before = asyncio.create_task(france.sequencer.run(hold))
    answering = asyncio.create_task(france.cases.driver.work_through())
    person = rosa.at_france if whose == "hers" else other
    records = asyncio.create_task(france.insure(person, *range(1995, 2005)))
    while len(france.sequencer._queue) < 2:  # noqa: ASYNC110  # both wait for one transaction
        await asyncio.sleep(0.001)
    go_on.set()
    await asyncio.gather(before, answering, records)
    await federation.settle()
    i, answer = await only(spain, case, HistoryResponse)
    assert isinstance(answer, HistoryResponse)
    (proven,) = await france.prover.prove([i])
    assert answer.tree_size == proven.leaf_index - 1, "its receipt stands between"
    if whose == "hers":
        assert len(answer.records) == 12
    else:
        assert (len(answer.records), answer.tree_size) == (2, size + 10)


async def test_a_countersignature_dated_on_the_last_day_of_all_stops_nothing(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case = (await start(federation, rosa)).case.name
    await federation.settle()
    i, result = await only(spain, case, Reconciliation)
    assert isinstance(result, Reconciliation)
    signed = Countersignature(
        header=replace(header(france, case, i), created=LAST_DAY), digest=result.digest
    )
    await say(france, "ES", signed)
    await finish(federation, case)
    assert await spain.state(case) is CaseState.CLOSED


def _verifying(*given: Any) -> VerifiedDelivery:
    verified = verify_delivery(*given)
    _stumble(verified.content)
    return verified


def _taking(*given: Any) -> None:
    check_exhibits(*given)
    _stumble(given[2])


def _stumble(statement: object) -> None:
    if isinstance(statement, HistoryResponse):
        raise IndexError("number 1234567890 of a person")


@pytest.mark.parametrize(
    ("place", "fault"),
    [("delivery_checks.verify_delivery", _verifying), ("inbox.check_exhibits", _taking)],
    ids=["verifying", "taking"],
)
async def test_what_the_software_stumbles_over_is_set_aside_and_taken_once_it_is_mended(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch, place: str, fault: object
) -> None:
    """A fault in handling one statement, as an index out of range, does not end its stream."""
    spain = federation.spain
    case = (await start(federation, rosa)).case.name
    monkeypatch.setattr(f"portability.node.peers.{place}", fault)
    await federation.settle()
    async with spain.database.read() as connection:
        rows = await list_set_aside(connection, limit=10)
    assert [(one.reason, one.peer) for one in rows] == [("INTERNAL", "FR")]
    assert "IndexError" in rows[0].message
    assert "1234567890" not in rows[0].message
    monkeypatch.undo()
    replayer = Replayer(
        database=spain.database,
        sequencer=spain.sequencer,
        directory=lambda: FEDERATION,
        inbox=spain.cases.federation.inbox,
        fetch_again=spain.cases.recaller.fetch_again,
    )
    assert (await replayer.replay("FR", rows[0].position)).replay_time is not None
    await finish(federation, case)
    assert await spain.state(case) is CaseState.CLOSED
