"""Between two nodes: the person contests a decision under their own signature."""

from dataclasses import replace

import pytest

from portability.errors import (
    InvalidInputError,
    NotFoundError,
    PreconditionError,
    SignatureError,
    UnauthenticatedError,
)
from portability.ledger.envelope import Envelope, sign_envelope, statement_id
from portability.ledger.keys import Ed25519Signer
from portability.node.cases.loading import load_case
from portability.node.cases.writing import Heard, Sending
from portability.node.log.write import Write
from portability.recognition.case import CaseState
from portability.recognition.objection_document import (
    OBJECTION_TYPE,
    read_objection_document,
    write_objection_document,
)
from portability.recognition.statements import (
    Correction,
    Determination,
    Objection,
    Reopening,
)
from portability.store import access
from portability.store.set_aside import list_set_aside
from portability.v1 import objections_service_pb2 as pb
from portability.wire.envelope import envelope_to_pb
from portability.wire.record import record_to_payload
from portability.wire.statement import case_statement_from_payload
from tests.integration.recognition.test_corrections import preview, record_of_france, shorter
from tests.integration.recognition.test_late_and_contested import closed, said
from tests.integration.recognition.world import Federation, Node, Rosa
from tests.integration.together import together
from tests.unit.consent.world import ROSA

STRANGER = Ed25519Signer(bytes([77]) * 32)


async def decision_of(node: Node, case: str, jurisdiction: str) -> bytes:
    """The latest decision of a country, as this node holds it."""
    found = [
        statement_id(one.envelope.payload_type, one.envelope.payload)
        for one in await node.statements(case)
        if isinstance(
            content := case_statement_from_payload(one.envelope.payload_type, one.envelope.payload),
            Determination,
        )
        and content.header.sender.jurisdiction == jurisdiction
    ]
    return found[-1]


async def prepare(
    node: Node, session: str, determination: bytes, grounds: str = "amount"
) -> pb.PrepareObjectionResponse:
    return await node.objections.PrepareObjection(
        pb.PrepareObjectionRequest(session=session, determination=determination, grounds=grounds),
        node.portal,
    )


async def record(node: Node, envelope: Envelope) -> pb.RecordObjectionResponse:
    return await node.objections.RecordObjection(
        pb.RecordObjectionRequest(envelope=envelope_to_pb(envelope)), node.portal
    )


@pytest.mark.asyncio
async def test_a_closed_case_goes_on_by_the_persons_own_signature_until_it_is_answered(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case = await closed(federation, rosa)
    contested = await decision_of(spain, case, "FR")
    prepared = await prepare(spain, rosa.session, contested, "missing-periods")
    envelope = sign_envelope(prepared.payload_type, prepared.document, ROSA)
    federation.clock.advance(seconds=60)
    done = await record(spain, envelope)
    assert done.case == case
    assert await record(spain, envelope) == done
    act = statement_id(OBJECTION_TYPE, prepared.document)
    assert list((await spain.case(case)).objections) == [act]

    await federation.settle()
    for node in federation.nodes:
        assert await node.state(case) is CaseState.AGREED
        assert list((await node.case(case)).objections) == [act]
        assert len(await said(node, case, Reopening)) == 1
        (objection,) = await said(node, case, Objection)
        assert isinstance(objection, Objection)
        assert (objection.by_person, objection.grounds) == (True, "missing-periods")
    old = await record_of_france(federation, case)
    record_in_place = record_to_payload(shorter(france, rosa.at_france, old, 1990))
    (seen,) = await preview(france, rosa.at_france, record_in_place)
    said_in_case = case_statement_from_payload(seen.payload_type, seen.payload)
    assert isinstance(said_in_case, Correction)
    assert said_in_case.added, "the lead is known by its own key, whoever spoke through it last"
    await france.determine(case, theoretical=160_000)
    await federation.settle()
    assert await spain.state(case) is await france.state(case) is CaseState.CLOSED
    assert list((await spain.case(case)).objections) == []
    with pytest.raises(PreconditionError, match="replaced meanwhile"):
        await prepare(spain, rosa.session, contested)


@pytest.mark.asyncio
async def test_an_objection_that_comes_twice_at_once_is_one(
    federation: Federation, rosa: Rosa
) -> None:
    spain, _ = federation.nodes
    case = await closed(federation, rosa)
    prepared = await prepare(spain, rosa.session, await decision_of(spain, case, "FR"))
    envelope = sign_envelope(prepared.payload_type, prepared.document, ROSA)
    one, same = await together(spain.sequencer, lambda: record(spain, envelope))
    assert (same.case, same.statement.leaf_index) == (one.case, one.statement.leaf_index)
    assert len((await spain.case(case)).objections) == 1


@pytest.mark.asyncio
async def test_only_who_is_decided_about_can_contest_and_only_as_prepared(
    federation: Federation, rosa: Rosa
) -> None:
    spain, _ = federation.nodes
    case = await closed(federation, rosa)
    contested = await decision_of(spain, case, "ES")
    with pytest.raises(UnauthenticatedError):
        await prepare(spain, "no session", contested)
    with pytest.raises(NotFoundError):
        await prepare(spain, rosa.session, bytes(32))
    with pytest.raises(InvalidInputError, match="grounds"):
        await prepare(spain, rosa.session, contested, "because")
    prepared = await prepare(spain, rosa.session, contested)
    document = prepared.document
    with pytest.raises(SignatureError, match="not signed by a key"):
        await record(spain, sign_envelope(OBJECTION_TYPE, document, STRANGER))
    other = replace(read_objection_document(document), grounds="other")
    with pytest.raises(PreconditionError, match="not prepared here"):
        await record(spain, sign_envelope(OBJECTION_TYPE, write_objection_document(other), ROSA))
    await record(spain, sign_envelope(OBJECTION_TYPE, document, ROSA))
    with pytest.raises(PreconditionError, match="contested already"):
        await prepare(spain, rosa.session, contested)


@pytest.mark.asyncio
async def test_a_node_cannot_object_in_the_name_of_a_person(
    federation: Federation, rosa: Rosa
) -> None:
    """Signed with a key that no record is of; the other side sees whose log it came from."""
    spain, france = federation.nodes
    case = await closed(federation, rosa)
    contested = await decision_of(spain, case, "FR")
    forged = Objection(
        header=replace(spain.header(case, contested), sender=spain.institution.node),
        grounds="amount",
        by_person=True,
    )
    envelope = sign_envelope(OBJECTION_TYPE, write_objection_document(forged), STRANGER)
    async with spain.database.read() as connection:
        key = await access.find_subject_key(connection, ROSA.key_id)
    assert key is not None

    async def work(write: Write) -> None:
        loaded = await load_case(
            write.connection,
            write.vault,
            own="ES",
            case_id=case.removeprefix("cases/"),
            pending=write.statements,
        )
        assert loaded is not None
        heard = Heard(
            envelope=envelope,
            statement_id=statement_id(OBJECTION_TYPE, envelope.payload),
            key_id=STRANGER.key_id,
            statement=forged,
            peer="",
        )
        sending = Sending(exhibits={"FR": (key.key_record,)})
        await spain.cases.writer.take(write, loaded, heard, sending)

    await spain.sequencer.run(work)
    await federation.settle()
    async with france.database.read() as connection:
        rows = await list_set_aside(connection, limit=9)
    assert statement_id(OBJECTION_TYPE, envelope.payload) in {row.statement_id for row in rows}
    assert await said(france, case, Objection) == []
