"""Streams between nodes under trouble: lost, doubled, out of order, forged, and dying nodes."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from portability.errors import InvalidInputError
from portability.federation import outbox
from portability.ledger.envelope import sign_envelope
from portability.node.peers.inbox_checks import delivered_id
from portability.recognition.case import CaseState
from portability.store.delivery import list_acknowledgements
from portability.store.set_aside import list_set_aside, read_set_aside
from portability.v1 import envelope_pb2, recognition_service_pb2
from portability.v1 import federation_service_pb2 as pb
from portability.wire.envelope import envelope_from_pb, envelope_to_pb
from portability.wire.proven import proven_to_pb
from portability.wire.statement import statement_from_payload
from tests.integration.recognition.world import (
    AT_CNAV,
    CallFrom,
    Federation,
    Node,
    Rosa,
    consent,
)
from tests.integration.store.samples import due_deliveries
from tests.unit.consent.world import MALLORY

SPAIN = "portability://ES/node"


class DiedError(Exception):
    pass


async def start(federation: Federation, rosa: Rosa) -> recognition_service_pb2.OpenCaseResponse:
    """A case that has been asked for and is not delivered yet."""
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990, 1991)
    await spain.insure(rosa.at_spain, 2005)
    given = await consent(federation, rosa)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    await spain.ask(opened, given)
    return opened


async def finish(federation: Federation, case: str) -> None:
    """Determine and close, as soon as both agree."""
    await federation.settle()
    await federation.spain.determine(case, theoretical=120_000)
    await federation.france.determine(case, theoretical=150_000)
    await federation.settle()


async def deliveries(node: Node, peer: str) -> list[pb.Delivery]:
    """What the outbox holds for a peer, as it would be sent."""
    async with node.database.read() as connection:
        rows = await due_deliveries(connection, peer=peer, now=node.clock(), limit=100)
    built = []
    for row in rows:
        statements = [row.statement_id, *row.exhibits]
        proven = [proven_to_pb(one) for one in await node.prover.prove(statements)]
        built.append(pb.Delivery(position=row.position, statement=proven[0], exhibits=proven[1:]))
    return built


async def deliver(
    node: Node, sent: list[pb.Delivery], uri: str = SPAIN
) -> pb.DeliverStatementsResponse:
    return await node.cases.federation.DeliverStatements(
        pb.DeliverStatementsRequest(request_id=node.request_id(), deliveries=sent), CallFrom(uri)
    )


async def set_aside(node: Node) -> list[tuple[str, int]]:
    async with node.database.read() as connection:
        return [(one.reason, one.position) for one in await list_set_aside(connection, limit=10)]


@pytest.mark.asyncio
@pytest.mark.parametrize("seed", range(3))
async def test_a_case_ends_although_calls_and_answers_get_lost(
    federation: Federation, rosa: Rosa, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # seeded on purpose
    for node in federation.nodes:
        for wire in node.wires.values():
            wire.trouble = lambda: chance.choice(["", "", "lost", "unanswered"])
    opened = await start(federation, rosa)
    await finish(federation, opened.case.name)
    for node in federation.nodes:
        assert await node.state(opened.case.name) is CaseState.CLOSED
        assert len(await node.statements(opened.case.name)) == 8
        assert await set_aside(node) == []


@pytest.mark.asyncio
async def test_the_same_delivery_again_is_acknowledged_again_and_changes_nothing(
    federation: Federation, rosa: Rosa
) -> None:
    opened = await start(federation, rosa)
    spain, france = federation.nodes
    sent = await deliveries(spain, "FR")
    first = await deliver(france, sent)
    held = len(await france.statements(opened.case.name))
    again = await deliver(france, sent)
    assert first.accepted_position == again.accepted_position == 1
    said = [
        statement_from_payload(one.payload_type, one.payload)
        for one in map(envelope_from_pb, (first.acknowledgement, again.acknowledgement))
    ]
    assert [one.position for one in said] == [1, 1]
    assert said[0].header.predecessors == said[1].header.predecessors
    assert len(await france.statements(opened.case.name)) == held


async def signed_for(node: Node, case: str, peer: str) -> set[bytes]:
    """The statements of a case for which a node holds the signature of a peer."""
    async with node.database.read() as connection:
        rows = await list_acknowledgements(connection, case.removeprefix("cases/"))
    return {row.statement_id for row in rows if row.peer == peer}


@pytest.mark.asyncio
async def test_what_arrived_is_signed_for_although_every_answer_to_it_was_lost(
    federation: Federation, rosa: Rosa
) -> None:
    """The word of the peer that it has it is nothing that could be shown to anybody later."""
    opened = await start(federation, rosa)
    spain, france = federation.nodes
    (request,) = map(delivered_id, await deliveries(spain, "FR"))
    delivered: list[bytes] = []

    def note(sent: list[pb.Delivery]) -> list[pb.Delivery]:
        delivered.extend(map(delivered_id, sent))
        return sent

    spain.wires["FR"].alter = note
    spain.wires["FR"].trouble = lambda: "unanswered" if delivered.count(request) < 2 else ""
    await federation.settle()
    assert len(await france.statements(opened.case.name)) > 1
    assert delivered.count(request) == 3
    assert request in await signed_for(spain, opened.case.name, "FR")


@pytest.mark.asyncio
async def test_what_another_process_on_the_database_sent_meanwhile_is_no_false_answer(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both send; the answer to the call that comes later is of all that the peer has by then."""
    await start(federation, rosa)
    spain, france = federation.nodes
    given = await consent(federation, rosa)
    wire, turns = spain.wires["FR"], iter(["behind"])
    alone = wire.deliver

    async def meanwhile(
        sent: Sequence[pb.Delivery], *, request_id: str
    ) -> pb.DeliverStatementsResponse:
        if next(turns, ""):
            await spain.ask(await spain.open_case(rosa.at_spain, AT_CNAV), given)
            other = await deliver(france, await deliveries(spain, "FR"))
            assert other.accepted_position > sent[-1].position
        return await alone(sent, request_id=request_id)

    monkeypatch.setattr(wire, "deliver", meanwhile)
    await spain.cases.outbox.turn("FR")
    assert spain.cases.outbox.failing("FR") == (0, "", None)
    async with spain.database.read() as connection:
        assert await due_deliveries(connection, peer="FR", now=spain.clock(), limit=9) == []


@pytest.mark.asyncio
@pytest.mark.parametrize(("most", "calls"), [(8, [4, 4]), (7, [4])])
async def test_statements_with_exhibits_share_a_call_as_far_as_they_fit(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch, most: int, calls: list[int]
) -> None:
    monkeypatch.setattr(outbox, "MAX_EXHIBITS", most)
    spain = federation.spain
    given = await consent(federation, rosa)
    for _ in range(2):
        await spain.ask(await spain.open_case(rosa.at_spain, AT_CNAV), given)
    first: list[int] = []

    def note(sent: list[pb.Delivery]) -> list[pb.Delivery]:
        first.extend(() if first else [len(one.exhibits) for one in sent])
        return sent

    spain.wires["FR"].alter = note
    await spain.cases.outbox.turn("FR")
    assert first == calls


@pytest.mark.asyncio
async def test_nobody_signs_for_what_comes_at_a_place_that_is_taken(
    federation: Federation, rosa: Rosa
) -> None:
    """Or a sender could have a signature for a statement that never got there."""
    opened = await start(federation, rosa)
    spain, france = federation.nodes
    sent = await deliveries(spain, "FR")
    assert (await deliver(france, sent)).accepted_position == 1
    held = await france.statements(opened.case.name)
    other = pb.Delivery.FromString(sent[0].SerializeToString())
    other.statement.envelope.payload += b"1"
    answer = await deliver(france, [other])
    envelope = envelope_from_pb(answer.acknowledgement)
    said = statement_from_payload(envelope.payload_type, envelope.payload)
    assert (answer.accepted_position, said.header.predecessors) == (1, ())
    assert await france.statements(opened.case.name) == held


@pytest.mark.asyncio
async def test_a_gap_is_answered_with_the_position_to_go_on_from(
    federation: Federation, rosa: Rosa
) -> None:
    await start(federation, rosa)
    spain, france = federation.nodes
    sent = await deliveries(spain, "FR")
    later = pb.Delivery(position=5)
    later.statement.CopyFrom(sent[0].statement)
    answer = await deliver(france, [later])
    assert answer.accepted_position == 0
    out_of_order = [later, sent[0]]
    with pytest.raises(InvalidInputError, match="without gaps"):
        await deliver(france, out_of_order)
    assert (await deliver(france, sent)).accepted_position == 1


@pytest.mark.asyncio
async def test_a_proof_for_another_leaf_is_refused_and_the_stream_goes_on(
    federation: Federation, rosa: Rosa
) -> None:
    opened = await start(federation, rosa)
    spain, france = federation.nodes

    def swap_proof(sent: list[pb.Delivery]) -> list[pb.Delivery]:
        other = sent[0].exhibits[0]
        statement = envelope_pb2.ProvenStatement()
        statement.CopyFrom(other)
        statement.envelope.CopyFrom(sent[0].statement.envelope)
        sent[0].statement.CopyFrom(statement)
        return sent

    spain.wires["FR"].alter = swap_proof
    await spain.cases.outbox.turn("FR")
    assert await set_aside(france) == [("PROOF_INVALID", 1)]
    spain.wires["FR"].alter = lambda sent: sent
    other = await spain.open_case(rosa.at_spain, AT_CNAV)
    await spain.ask(other)
    await federation.settle()
    assert await spain.state(other.case.name) is CaseState.REFUSED
    assert await spain.state(opened.case.name) is CaseState.COLLECTING


@pytest.mark.asyncio
async def test_a_statement_of_another_jurisdiction_than_the_certificate_is_refused(
    federation: Federation, rosa: Rosa
) -> None:
    await start(federation, rosa)
    spain, france = federation.nodes
    sent = await deliveries(spain, "FR")
    answer = await deliver(france, sent, uri="portability://PL/node")
    assert [one.reason for one in answer.refusals] == ["SIGNATURE_INVALID"]
    assert "certificate is of PL" in answer.refusals[0].message


def _flipped(one: envelope_pb2.ProvenStatement, field: str) -> None:
    value = bytearray(getattr(one, field))
    value[-1] ^= 1
    setattr(one, field, bytes(value))


def _forgeries(sent: pb.Delivery) -> Iterator[tuple[str, pb.Delivery, set[str]]]:
    """One forged delivery after the other, with the reasons for which it may be refused."""

    def copy() -> pb.Delivery:
        made = pb.Delivery()
        made.CopyFrom(sent)
        return made

    changed = copy()
    changed.statement.envelope.payload += b"\x00"
    yield "payload changed", changed, {"PROOF_INVALID"}

    resigned = copy()
    envelope = envelope_from_pb(sent.statement.envelope)
    forged = sign_envelope(envelope.payload_type, envelope.payload, MALLORY)
    resigned.statement.envelope.CopyFrom(envelope_to_pb(forged))
    yield "signed by a stranger", resigned, {"SIGNATURE_INVALID"}

    leaf = copy()
    _flipped(leaf.statement, "log_entry")
    yield "leaf changed", leaf, {"PROOF_INVALID", "INVALID_INPUT"}

    head = copy()
    _flipped(head.statement, "checkpoint")
    yield "checkpoint changed", head, {"PROOF_INVALID", "INVALID_INPUT"}

    exhibit = copy()
    _flipped(exhibit.exhibits[0], "inclusion_proof")
    yield "exhibit's proof changed", exhibit, {"PROOF_INVALID"}

    extra = copy()
    extra.exhibits.append(sent.statement)
    yield "exhibit of a wrong kind", extra, {"INVALID_INPUT"}


@pytest.mark.asyncio
async def test_every_forgery_is_set_aside_with_its_reason_and_can_be_looked_at(
    federation: Federation, rosa: Rosa
) -> None:
    await start(federation, rosa)
    spain, france = federation.nodes
    genuine = (await deliveries(spain, "FR"))[0]
    for position, (name, forged, reasons) in enumerate(_forgeries(genuine), start=1):
        forged.position = position
        answer = await deliver(france, [forged])
        assert answer.accepted_position == position, name
        refusal = {one.reason for one in answer.refusals}
        assert refusal <= reasons, name
        assert len(refusal) == 1, name
    async with france.database.read() as connection:
        rows = await list_set_aside(connection, limit=10)
        kept = await read_set_aside(
            connection,
            france.database.vault,
            peer="ES",
            position=rows[0].position,
            statement_id=rows[0].statement_id,
        )
    assert kept is not None
    assert pb.Delivery.FromString(kept).statement.log_entry


@pytest.mark.asyncio
async def test_records_that_the_answer_does_not_name_are_refused(
    federation: Federation, rosa: Rosa
) -> None:
    opened = await start(federation, rosa)
    spain, france = federation.nodes

    def leave_one_out(sent: list[pb.Delivery]) -> list[pb.Delivery]:
        for one in sent:
            if len(one.exhibits) == 2:
                del one.exhibits[1]
        return sent

    france.wires["ES"].alter = leave_one_out
    await federation.settle()
    reasons = await set_aside(spain)
    assert [reason for reason, _ in reasons] == ["INVALID_INPUT"]
    assert await spain.state(opened.case.name) is CaseState.COLLECTING


POINTS = [
    "inbox.verified",
    "inbox.committed",
    "outbox.sent",
    "outbox.marked",
    "gate.decided",
]


def dies_once_at(point: str, after: int) -> Callable[[str], None]:
    left = [after]

    def fault(reached: str) -> None:
        if reached == point:
            left[0] -= 1
            if left[0] == 0:
                raise DiedError

    return fault


@pytest.mark.asyncio
@pytest.mark.parametrize("point", POINTS)
async def test_whatever_breaks_off_at_a_named_point_is_finished_afterwards(
    federation: Federation, rosa: Rosa, point: str
) -> None:
    for node in federation.nodes:
        node.fault = dies_once_at(point, 1)
    opened = await start(federation, rosa)
    await finish(federation, opened.case.name)
    for node in federation.nodes:
        assert await node.state(opened.case.name) is CaseState.CLOSED
        assert len(await node.statements(opened.case.name)) == 8


@pytest.mark.asyncio
@pytest.mark.parametrize("days", [-2, 2])
async def test_a_request_of_another_day_is_not_taken_since_terms_run_from_its_date(
    federation: Federation, rosa: Rosa, days: int
) -> None:
    spain, _ = federation.nodes
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    header = spain.header(opened.case.name)
    dated = replace(header, created=header.created + timedelta(days=days))
    with pytest.raises(InvalidInputError, match="more than a day from now; set the clock right"):
        await spain.ask(opened, header=dated)
    await spain.ask(opened, header=replace(header, created=header.created - timedelta(hours=20)))
