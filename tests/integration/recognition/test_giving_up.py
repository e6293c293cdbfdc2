"""Between two nodes: the person gives a claim up under their own signature."""

from collections.abc import Callable

import pytest

from portability.errors import (
    NotFoundError,
    PreconditionError,
    SignatureError,
    UnauthenticatedError,
)
from portability.federation.outbox import ASK_AGAIN
from portability.ledger.envelope import Envelope, sign_envelope, statement_id
from portability.ledger.keys import Ed25519Signer
from portability.node.cases.loading import load_case
from portability.node.cases.writing import Heard, Sending
from portability.node.log.write import Write
from portability.recognition.case import CaseState
from portability.recognition.claim_withdrawal import CLAIM_WITHDRAWAL_TYPE, read_claim_withdrawal
from portability.recognition.statements import ClaimWithdrawal, Closure, ClosureReason
from portability.recognition.versions import GIVEN_UP, LATEST
from portability.store import access
from portability.v1 import objections_service_pb2 as pb
from portability.v1 import recognition_service_pb2 as recognition_pb
from portability.wire.envelope import envelope_to_pb
from portability.wire.person_signed import is_by_person
from portability.wire.proven import proven_from_pb
from tests.conftest import FixedClock
from tests.integration.recognition.bundles import bundle_of, judged
from tests.integration.recognition.test_delivery import set_aside, start
from tests.integration.recognition.test_late_and_contested import closed, said
from tests.integration.recognition.test_versions import undelivered
from tests.integration.recognition.world import (
    FEDERATION,
    Federation,
    Node,
    Rosa,
    enrol_rosa,
    open_federation,
)
from tests.integration.together import together
from tests.unit.consent.world import MALLORY, ROSA

pytestmark = pytest.mark.asyncio


async def prepare(node: Node, session: str, case: str) -> pb.PrepareClaimWithdrawalResponse:
    return await node.objections.PrepareClaimWithdrawal(
        pb.PrepareClaimWithdrawalRequest(session=session, case=case), node.portal
    )


async def record(node: Node, envelope: Envelope) -> pb.RecordClaimWithdrawalResponse:
    return await node.objections.RecordClaimWithdrawal(
        pb.RecordClaimWithdrawalRequest(envelope=envelope_to_pb(envelope)), node.portal
    )


async def signed(node: Node, rosa: Rosa, case: str) -> Envelope:
    prepared = await prepare(node, rosa.session, case)
    return sign_envelope(prepared.payload_type, prepared.document, rosa.key)


async def test_a_claim_that_is_given_up_ends_everywhere_by_the_persons_own_signature(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case = (await start(federation, rosa)).case.name
    await federation.settle()
    assert await spain.state(case) is CaseState.AGREED
    envelope = await signed(spain, rosa, case)
    federation.clock.advance(seconds=60)
    done = await record(spain, envelope)
    assert done.case == case
    assert await spain.state(case) is CaseState.CLOSED
    await federation.settle()
    again = await record(spain, envelope)
    assert (again.closure.leaf_index, again.statement.leaf_index) == (
        done.closure.leaf_index,
        done.statement.leaf_index,
    )
    act = statement_id(CLAIM_WITHDRAWAL_TYPE, envelope.payload)
    for node in federation.nodes:
        assert await node.state(case) is CaseState.CLOSED
        assert await set_aside(node) == []
        (given_up,) = await said(node, case, ClaimWithdrawal)
        assert isinstance(given_up, ClaimWithdrawal)
        assert given_up.parties == (spain.institution, france.institution)
        (closure,) = await said(node, case, Closure)
        assert isinstance(closure, Closure)
        assert (closure.reason, closure.header.predecessors) == (ClosureReason.WITHDRAWN, (act,))
        report = judged(await bundle_of(node, case), node)
        assert report.verified, report.causes
        assert await shows_who_signed(node, case)
    with pytest.raises(PreconditionError, match="given up already"):
        await prepare(spain, rosa.session, case)


async def shows_who_signed(node: Node, case: str) -> bool:
    """Whether what a node gives its officers proves that a key of the person gave the claim up."""
    page = await node.cases.recognition.ListCaseStatements(
        recognition_pb.ListCaseStatementsRequest(parent=case), node.agency
    )
    (signed,) = [
        proven_from_pb(one)
        for one in page.statements
        if one.envelope.payload_type == CLAIM_WITHDRAWAL_TYPE
    ]
    keys = map(proven_from_pb, page.key_records)
    return is_by_person(signed, keys, FEDERATION, log_jurisdiction=node.code, home="ES")


async def test_a_claim_can_be_given_up_before_anybody_has_answered(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case = (await start(federation, rosa)).case.name
    await record(spain, await signed(spain, rosa, case))
    await federation.settle()
    for node in federation.nodes:
        assert await node.state(case) is CaseState.CLOSED
    kinds = [one.envelope.payload_type for one in await france.statements(case)]
    assert len(kinds) == len(["the request", "the person's document", "the closure"])
    report = judged(await bundle_of(france, case), france)
    assert report.verified, report.causes


async def test_it_comes_twice_at_once_and_is_one(federation: Federation, rosa: Rosa) -> None:
    spain, _ = federation.nodes
    case = (await start(federation, rosa)).case.name
    envelope = await signed(spain, rosa, case)
    one, same = await together(spain.sequencer, lambda: record(spain, envelope))
    assert one.closure.leaf_index == same.closure.leaf_index
    assert len(await said(spain, case, Closure)) == 1


async def test_only_the_person_gives_it_up_and_only_as_prepared(
    federation: Federation, rosa: Rosa
) -> None:
    spain, _ = federation.nodes
    case = (await start(federation, rosa)).case.name
    other = await enrol_rosa(federation, 1, MALLORY)
    with pytest.raises(UnauthenticatedError):
        await prepare(spain, "no session", case)
    for session, name in ((other.session, case), (rosa.session, f"cases/{'0b' * 16}")):
        with pytest.raises(NotFoundError, match="no such claim of yours"):
            await prepare(spain, session, name)
    document = (await prepare(spain, rosa.session, case)).document
    with pytest.raises(SignatureError, match="not signed by a key"):
        await record(spain, sign_envelope(CLAIM_WITHDRAWAL_TYPE, document, MALLORY))
    changed = document.replace(b'"claim_date": "2026-01-15"', b'"claim_date": "2026-01-16"')
    with pytest.raises(PreconditionError, match="not prepared here"):
        await record(spain, sign_envelope(CLAIM_WITHDRAWAL_TYPE, changed, ROSA))
    federation.clock.advance(seconds=660)
    with pytest.raises(PreconditionError, match="its time is over"):
        await record(spain, sign_envelope(CLAIM_WITHDRAWAL_TYPE, document, ROSA))
    assert await spain.state(case) is CaseState.COLLECTING


async def test_what_is_settled_is_not_given_up_also_if_it_was_prepared_before(
    federation: Federation, rosa: Rosa
) -> None:
    spain, _ = federation.nodes
    case = await closed(federation, rosa)
    with pytest.raises(PreconditionError, match="decided in all countries"):
        await prepare(spain, rosa.session, case)


async def put(spain: Node, envelope: Envelope, key_id: bytes) -> None:
    """Into the case as the node itself would, whoever has signed it, and nothing else."""
    statement = read_claim_withdrawal(envelope.payload)
    async with spain.database.read() as connection:
        key = await access.find_subject_key(connection, ROSA.key_id)
    assert key is not None

    async def work(write: Write) -> None:
        loaded = await load_case(
            write.connection,
            write.vault,
            own="ES",
            case_id=statement.header.case_id,
            pending=write.statements,
        )
        assert loaded is not None
        heard = Heard(
            envelope=envelope,
            statement_id=statement_id(CLAIM_WITHDRAWAL_TYPE, envelope.payload),
            key_id=key_id,
            statement=statement,
            peer="",
        )
        sending = Sending(exhibits={"FR": (key.key_record,)})
        await spain.cases.writer.take(write, loaded, heard, sending)

    await spain.sequencer.run(work)


async def test_a_node_that_has_only_the_persons_word_back_closes_the_case_by_itself(
    federation: Federation, rosa: Rosa
) -> None:
    """As after a restore, when peers have given back what they had heard of it."""
    spain, france = federation.nodes
    case = (await start(federation, rosa)).case.name
    envelope = await signed(spain, rosa, case)
    await put(spain, envelope, ROSA.key_id)
    assert await spain.state(case) is CaseState.COLLECTING
    await federation.settle()
    for node in (spain, france):
        assert await node.state(case) is CaseState.CLOSED
        assert len(await said(node, case, Closure)) == 1
    done = await record(spain, envelope)
    assert done.case == case


async def test_the_person_hands_it_in_again_before_the_node_has_closed_the_case(
    federation: Federation, rosa: Rosa
) -> None:
    spain, _ = federation.nodes
    case = (await start(federation, rosa)).case.name
    envelope = await signed(spain, rosa, case)
    await put(spain, envelope, ROSA.key_id)
    await record(spain, envelope)
    assert await spain.state(case) is CaseState.CLOSED
    await federation.settle()
    assert len(await said(spain, case, Closure)) == 1


@pytest.mark.parametrize("key", [MALLORY, ROSA], ids=["her key", "its leaf"])
async def test_a_node_cannot_give_a_claim_up_in_the_name_of_a_person(
    federation: Federation, rosa: Rosa, key: Ed25519Signer
) -> None:
    """Nor under a leaf that names a key other than hers: who logged it here would not verify."""
    spain, france = federation.nodes
    case = (await start(federation, rosa)).case.name
    await federation.settle()
    document = (await prepare(spain, rosa.session, case)).document
    await put(spain, sign_envelope(CLAIM_WITHDRAWAL_TYPE, document, key), MALLORY.key_id)
    await federation.settle()
    assert [reason for reason, _ in await set_aside(france)] == ["SIGNATURE_INVALID"]
    assert await said(france, case, ClaimWithdrawal) == []
    assert await france.state(case) is CaseState.AGREED, "the closure waits for what it names"


async def test_a_node_that_is_behind_closes_the_case_and_learns_later_who_said_so(
    urls: dict[str, str], clock: FixedClock, randomness: Callable[[int], bytes]
) -> None:
    versions = {"FR": GIVEN_UP - 1}
    async with open_federation(urls, clock, randomness, versions) as behind:
        spain, france = behind.nodes
        rosa = await enrol_rosa(behind)
        case = (await start(behind, rosa)).case.name
        await behind.settle()
        await record(spain, await signed(spain, rosa, case))
        await behind.settle()
        for node in behind.nodes:
            assert await node.state(case) is CaseState.CLOSED
            assert await set_aside(node) == []
            (closure,) = await said(node, case, Closure)
            assert isinstance(closure, Closure)
            assert closure.header.predecessors == ()
        assert await said(france, case, ClaimWithdrawal) == []
        (told,) = await undelivered(spain, case)
        assert (told.peer, told.kind, told.state) == ("FR", "claim-withdrawal", "withheld")
        france.speak(LATEST)
        behind.clock.now += ASK_AGAIN
        await behind.settle()
        assert len(await said(france, case, ClaimWithdrawal)) == 1
        assert await undelivered(spain, case) == []
