"""
Three countries in a case, and a consent that does not list all of them: what came from one goes on
only to whom the person has named. Germany is here by what it has signed; it runs no node.
"""

from hashlib import sha256

import pytest

from portability.consent.scope import Party
from portability.errors import PreconditionError
from portability.ledger.envelope import verify_envelope
from portability.node.cases import submission
from portability.node.cases.loading import LoadedCase, load_case
from portability.node.cases.onward import onward_to
from portability.node.cases.writing import Sending
from portability.node.log.write import Write
from portability.recognition.statements import HistoryResponse, Reconciliation
from portability.store import exhibits as store_exhibits
from portability.store.set_aside import list_set_aside, read_set_aside
from portability.v1 import federation_service_pb2 as federation_pb
from portability.v1 import persons_service_pb2 as persons_pb
from portability.wire.envelope import envelope_from_pb
from portability.wire.proven import Proven, proven_to_pb
from portability.wire.statement import case_statement_from_payload
from tests.integration.recognition import world
from tests.integration.recognition.germany import AT_DRV, german_record, with_germany
from tests.integration.recognition.test_late_and_contested import said
from tests.integration.recognition.world import AT_CNAV, Federation, Node, Rosa, consent
from tests.unit.consent.world import ES_NODE


@pytest.fixture(autouse=True)
def germany(monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory lists Germany as well."""
    monkeypatch.setattr(world, "FEDERATION", with_germany())


async def asked_all_the_same(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Spain's node was altered: it asks France although the consent does not list Germany."""
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    await spain.insure(rosa.at_spain, 2005)
    await spain.persons.CreatePairwiseReference(
        persons_pb.CreatePairwiseReferenceRequest(person=rosa.at_spain, peer="DE"), spain.agency
    )
    opened = await spain.open_case(rosa.at_spain, AT_CNAV, AT_DRV)
    given = await consent(federation, rosa)
    with pytest.raises(PreconditionError, match="does not list DE/drv"):
        await spain.ask(opened, given)
    monkeypatch.setattr(submission, "check_lists_all", lambda _consent, _request: None)
    await spain.ask(opened, given)
    await federation.settle()
    return opened.case.name


async def loaded_in(node: Node, write: Write, case: str) -> LoadedCase:
    found = await load_case(
        write.connection,
        write.vault,
        own=node.code,
        case_id=case.removeprefix("cases/"),
        pending=write.statements,
    )
    assert found is not None
    return found


async def pass_on(node: Node, case: str, i: bytes, record: Proven) -> None:
    """A lead that shows France a German record, with a result that rests on it."""

    async def work(write: Write) -> None:
        loaded = await loaded_in(node, write, case)
        ((answer, response),) = (
            (key, one)
            for key, one in loaded.case.accepted.items()
            if isinstance(one, HistoryResponse)
        )
        await store_exhibits.add_exhibits(
            write.connection,
            write.vault,
            case_id=loaded.case_id,
            person=loaded.row.person,
            origin="DE",
            proven={i: proven_to_pb(record).SerializeToString()},
        )
        claim = loaded.claim
        result = Reconciliation(
            header=node.cases.writer.header(loaded.case_id, write.now, [answer]),
            agreement=claim.agreement,
            agreement_version=claim.agreement_version,
            branch=claim.branch,
            as_of=claim.award_date,
            inputs=tuple(sorted((*response.records, i))),
            result=b"{}",
            digest=sha256(b"{}").digest(),
            missing=(AT_DRV,),
        )
        sending = Sending(exhibits={"FR": (i,)})
        await node.cases.writer.take(write, loaded, node.cases.writer.sign(result), sending)

    await node.sequencer.run(work)


@pytest.mark.asyncio
async def test_what_the_person_has_not_listed_is_refused_and_shows_who_passed_it_on(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    spain, france = federation.nodes
    case = await asked_all_the_same(federation, rosa, monkeypatch)
    i, record = german_record(spain)
    await pass_on(spain, case, i, record)
    await federation.settle()

    async with france.database.read() as connection:
        (row,) = await list_set_aside(connection, limit=9)
        raw = await read_set_aside(
            connection,
            france.database.vault,
            peer="ES",
            position=row.position,
            statement_id=row.statement_id,
        )
        held = await store_exhibits.list_exhibits(
            connection, france.database.vault, case.removeprefix("cases/")
        )
    assert raw is not None
    assert "no consent that came to this node lists both DE/drv" in row.message
    assert i not in {one.statement_id for one in held}  # nothing of it was kept
    assert await said(france, case, Reconciliation) == []
    envelope = envelope_from_pb(federation_pb.Delivery.FromString(raw).statement.envelope)
    by_spain = {ES_NODE.key_id: ES_NODE.public}
    verify_envelope(envelope, {envelope.payload_type}, by_spain)  # Spain cannot deny it
    result = case_statement_from_payload(envelope.payload_type, envelope.payload)
    assert isinstance(result, Reconciliation)
    assert i in result.inputs


@pytest.mark.asyncio
async def test_an_honest_lead_shows_a_history_to_those_alone_whom_its_consent_lists(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    spain = federation.spain
    case = await asked_all_the_same(federation, rosa, monkeypatch)

    async def work(write: Write) -> dict[Party, frozenset[Party]]:
        loaded = await loaded_in(spain, write, case)
        return await onward_to(write.connection, write.vault, loaded)

    shown, _ = await spain.sequencer.run(work)
    assert shown == {AT_CNAV: frozenset((AT_CNAV, spain.institution))}
