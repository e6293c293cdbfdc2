"""A node that was put back to an earlier state takes back from its peer what it has lost."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from portability.errors import ProofError
from portability.federation.acknowledged import check_signed
from portability.node.settlement.grounds import CaseGrounds
from portability.recognition.case import CaseState
from portability.settlement.account import ClaimState
from portability.settlement.limits import Ground
from portability.settlement.statements import ClaimAnswer
from portability.store import agreements, delivery, log, log_tree
from portability.store import erasure as stored_erasure
from portability.store.set_aside import list_set_aside, read_set_aside
from portability.v1 import agreements_service_pb2 as agreements_pb
from portability.v1 import complaint_pb2, envelope_pb2, statement_pb2
from portability.v1 import complaints_service_pb2 as complaints_pb
from portability.v1 import federation_service_pb2 as pb
from portability.wire.envelope import envelope_to_pb
from portability.wire.log_entry import log_entry_from_bytes
from tests.conftest import FixedClock, PostgresServer
from tests.integration.recognition.test_delivery import finish, start
from tests.integration.recognition.world import (
    Node,
    Rosa,
    enrol_rosa,
    open_federation,
)
from tests.integration.settlement.desk import Desk, overpaid

pytestmark = pytest.mark.asyncio


class Past:
    """Copies of France's database, taken and put back while nobody has it open."""

    def __init__(self, urls: dict[str, str], folder: Path, server: PostgresServer | None) -> None:
        self._url = urls["FR"]
        self._copy = folder / "past.db"
        self._server = server

    def keep(self) -> None:
        self._move(self._copy, take=True)

    def bring_back(self) -> None:
        self._move(self._copy, take=False)

    def _move(self, copy: Path, *, take: bool) -> None:
        if self._server is not None:
            name = self._url.rpartition("@/")[2].partition("?")[0]
            new, old = (f"{name}_past", name) if take else (name, f"{name}_past")
            self._server.run(f"DROP DATABASE IF EXISTS {new}")
            self._server.run(f"CREATE DATABASE {new} TEMPLATE {old}")
            return
        here = Path(self._url.removeprefix("sqlite+aiosqlite:///"))
        source, target = (here, copy) if take else (copy, here)
        for path in target.parent.glob(f"{target.name}-*"):
            path.unlink()
        shutil.copy(source, target)


@pytest.fixture
def past(urls: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest) -> Past:
    is_server = urls["FR"].startswith("postgresql")
    server = request.getfixturevalue("postgres_server") if is_server else None
    return Past(urls, tmp_path, server)


@dataclass
class Lost:
    """A case that France has closed and, put back to before it, knows nothing of."""

    case: str
    rosa: Rosa
    kinds: dict[str, list[str]]
    positions: dict[str, tuple[int, int]]
    records: list[str]
    signed_for: set[bytes]


async def lose(
    urls: dict[str, str], past: Past, clock: FixedClock, randomness: Callable[[int], bytes]
) -> Lost:
    async with open_federation(urls, clock, randomness) as federation:
        rosa = await enrol_rosa(federation)
    past.keep()
    async with open_federation(urls, clock, randomness) as federation:
        opened = await start(federation, rosa)
        await finish(federation, opened.case.name)
        lost = Lost(
            case=opened.case.name,
            rosa=rosa,
            kinds={node.code: await kinds(node, opened.case.name) for node in federation.nodes},
            positions={"ES": await positions(federation.spain, "FR"), "FR": (0, 0)},
            records=await records(federation.france),
            signed_for=await signed_for(federation.france, opened.case.name),
        )
        lost.positions["FR"] = await positions(federation.france, "ES")
    past.bring_back()
    clock.now += timedelta(minutes=1)
    return lost


async def records(node: Node) -> list[str]:
    """Ids of the records in a node's log, with those of the receipts of its own."""
    async with node.database.read() as connection:
        size = (await log_tree.read_head(connection)).size
        entries = [
            log_entry_from_bytes(one) for one in await log.read_log_entries(connection, 0, size)
        ]
    wanted = {"entitlement", "disclosure-receipt"}
    return sorted(one.statement_id.hex() for one in entries if one.kind in wanted)


async def signed_for(node: Node, case: str) -> set[bytes]:
    """The statements of a case that Spain's node has signed for, by the signatures kept here."""
    async with node.database.read() as connection:
        kept = await delivery.list_acknowledgements(connection, case.partition("/")[2])
    for one in kept:
        message = envelope_pb2.Envelope.FromString(one.envelope)
        signed = check_signed(message, "ES", node.foundation.directory(), node.clock())
        assert one.statement_id in signed.said.header.predecessors
    return {one.statement_id for one in kept}


async def kinds(node: Node, case: str) -> list[str]:
    return sorted(one.envelope.payload_type for one in await node.statements(case))


async def positions(node: Node, peer: str) -> tuple[int, int]:
    async with node.database.read() as connection:
        return (
            await delivery.sent_position(connection, peer),
            await delivery.accepted_position(connection, peer),
        )


async def set_aside(node: Node) -> list[tuple[str, str]]:
    async with node.database.read() as connection:
        return [(one.peer, one.reason) for one in await list_set_aside(connection, limit=10)]


async def test_what_two_nodes_had_exchanged_comes_back_and_nothing_is_answered_twice(
    urls: dict[str, str], past: Past, clock: FixedClock, randomness: Callable[[int], bytes]
) -> None:
    lost = await lose(urls, past, clock, randomness)
    async with open_federation(urls, clock, randomness) as federation:
        spain, france = federation.nodes
        assert await positions(france, "ES") == (0, 0)
        await france.cases.recaller.compare("ES")
        assert await positions(france, "ES") == lost.positions["FR"]
        assert await kinds(france, lost.case) == lost.kinds["FR"]
        assert await records(france) == lost.records
        assert await set_aside(france) == []
        assert await signed_for(france, lost.case) == lost.signed_for

        size = {node.code: len(await records(node)) for node in federation.nodes}
        await federation.settle()  # nothing is due that had been done
        assert {node.code: len(await records(node)) for node in federation.nodes} == size
        for node in federation.nodes:
            assert await node.state(lost.case) is CaseState.CLOSED
            assert await kinds(node, lost.case) == lost.kinds[node.code]
            assert await set_aside(node) == []
        await france.cases.recaller.compare("ES")  # again changes nothing
        assert await positions(spain, "FR") == lost.positions["ES"]

        again = await start(federation, lost.rosa)  # and both streams go on
        await finish(federation, again.case.name)
        assert await france.state(again.case.name) is CaseState.CLOSED


async def test_what_was_enqueued_since_goes_behind_what_the_peer_has(
    urls: dict[str, str], past: Past, clock: FixedClock, randomness: Callable[[int], bytes]
) -> None:
    lost = await lose(urls, past, clock, randomness)
    async with open_federation(urls, clock, randomness) as federation:
        spain, france = federation.nodes
        spain.wires["FR"].trouble = lambda: "lost"
        france.wires["ES"].trouble = lambda: "lost"
        await france.insure(lost.rosa.at_france, 1995)
        (own,) = await france.insure(lost.rosa.at_france, 1996)
        async with france.database.write() as connection:
            position = await delivery.enqueue(
                connection,
                peer="ES",
                statement_id=own,
                exhibits=(),
                not_before=clock(),
                now=clock(),
            )
        assert position == 1  # where Spain has something else
        assert await france.cases.outbox.turn("ES") is not None
        france.wires["ES"].trouble = lambda: ""
        clock.now += timedelta(hours=1)
        await france.cases.outbox.turn("ES")
        sent, _ = await positions(france, "ES")
        assert sent == lost.positions["FR"][0] + 1  # delivered, and not taken for accepted
        assert ("FR", "INVALID_INPUT") in await set_aside(spain)  # a record by itself


async def test_a_peer_cannot_give_back_what_nobody_here_has_signed(
    urls: dict[str, str], past: Past, clock: FixedClock, randomness: Callable[[int], bytes]
) -> None:
    lost = await lose(urls, past, clock, randomness)
    async with open_federation(urls, clock, randomness) as federation:
        spain, france = federation.nodes
        honest = spain.cases.federation.RecallStatements

        async def forged(
            request: pb.RecallStatementsRequest, context: object
        ) -> pb.RecallStatementsResponse:
            answer = await honest(request, context)
            for one in answer.statements:
                for signature in one.delivery.statement.envelope.signatures:
                    signature.sig = signature.sig[::-1]
            return answer

        spain.cases.federation.RecallStatements = forged  # type: ignore[method-assign]
        await france.cases.recaller.compare("ES")
        refused = {reason for _, reason in await set_aside(france)}
        assert refused <= {"INVALID_INPUT", "SIGNATURE_INVALID", "PROOF_INVALID"}
        assert await records(france) == []
        assert lost.positions["FR"] == await positions(france, "ES")  # the streams go on


async def test_what_was_erased_here_does_not_come_back_from_a_peer_that_keeps_it(
    urls: dict[str, str], past: Past, clock: FixedClock, randomness: Callable[[int], bytes]
) -> None:
    """Spain had decided, so it keeps what France had told; France erased it before it was lost."""
    async with open_federation(urls, clock, randomness) as federation:
        rosa = await enrol_rosa(federation)
        opened = await start(federation, rosa)
        await federation.settle()
    case_id = opened.case.name.removeprefix("cases/")
    past.keep()
    async with open_federation(urls, clock, randomness) as federation:
        await finish(federation, opened.case.name)
    past.bring_back()
    clock.now += timedelta(minutes=1)
    async with open_federation(urls, clock, randomness) as federation:
        _, france = federation.nodes
        async with france.database.write() as connection:
            await stored_erasure.destroy_cases(connection, [case_id])
        await france.cases.recaller.compare("ES")
        async with france.database.read() as connection:
            rows = await list_set_aside(connection, limit=100)
            whole = [
                one
                for one in rows
                if await read_set_aside(
                    connection,
                    france.database.vault,
                    peer=one.peer,
                    position=one.position,
                    statement_id=one.statement_id,
                )
            ]
        own = [one.message for one in rows if one.peer == "FR"]  # what it had said itself
        assert own
        assert all("nothing of it is kept" in message for message in own)
        assert whole == []


@pytest.mark.parametrize("spoil", ["signature", "others"])
async def test_a_receipt_that_does_not_hold_is_not_kept_and_keeps_nothing_from_coming_back(
    spoil: str,
    urls: dict[str, str],
    past: Past,
    clock: FixedClock,
    randomness: Callable[[int], bytes],
) -> None:
    lost = await lose(urls, past, clock, randomness)
    async with open_federation(urls, clock, randomness) as federation:
        spain, france = federation.nodes
        honest = spain.cases.federation.RecallStatements

        async def spoilt(
            request: pb.RecallStatementsRequest, context: object
        ) -> pb.RecallStatementsResponse:
            answer = await honest(request, context)
            if spoil == "signature":
                (one,) = answer.acknowledgement.signatures
                one.sig = one.sig[::-1]
            else:  # it names a statement that was not among those
                acknowledger = spain.cases.federation._acknowledger
                named = [*(one.statement_id for one in answer.statements), bytes(32)]
                answer.acknowledgement.CopyFrom(envelope_to_pb(acknowledger.sign(named, 1)))
            return answer

        spain.cases.federation.RecallStatements = spoilt  # type: ignore[method-assign]
        await france.cases.recaller.compare("ES")
        assert await positions(france, "ES") == lost.positions["FR"]
        assert await kinds(france, lost.case) == lost.kinds["FR"]
        assert await signed_for(france, lost.case) == set()


async def test_what_a_peer_had_refused_it_does_not_sign_for_later(
    urls: dict[str, str], clock: FixedClock, randomness: Callable[[int], bytes]
) -> None:
    async with open_federation(urls, clock, randomness) as federation:
        rosa = await enrol_rosa(federation)
        spain, france = federation.nodes
        (own,) = await france.insure(rosa.at_france, 1996)
        async with france.database.write() as connection:
            await delivery.enqueue(
                connection,
                peer="ES",
                statement_id=own,
                exhibits=(),
                not_before=clock(),
                now=clock(),
            )
        await france.cases.outbox.turn("ES")
        assert await set_aside(spain) == [("FR", "INVALID_INPUT")]  # a record by itself
        answer = await spain.cases.federation.RecallStatements(
            pb.RecallStatementsRequest(), france.wires["ES"].context
        )
    assert [one.statement_id for one in answer.statements] == [own]
    assert not answer.HasField("acknowledgement")


async def test_a_stream_that_comes_back_with_a_gap_is_not_taken(
    urls: dict[str, str], past: Past, clock: FixedClock, randomness: Callable[[int], bytes]
) -> None:
    await lose(urls, past, clock, randomness)
    async with open_federation(urls, clock, randomness) as federation:
        spain, france = federation.nodes
        honest = spain.cases.federation.RecallStatements

        async def holed(
            request: pb.RecallStatementsRequest, context: object
        ) -> pb.RecallStatementsResponse:
            answer = await honest(request, context)
            del answer.statements[0]
            return answer

        spain.cases.federation.RecallStatements = holed  # type: ignore[method-assign]
        with pytest.raises(ProofError, match="a gap"):
            await france.cases.recaller.compare("ES")
        assert await positions(france, "ES") == (0, 0)


async def signed(node: Node) -> None:
    """The node signs the agreement of its software."""
    await node.cases.agreements.SignAgreement(
        agreements_pb.SignAgreementRequest(agreement="eu-883-2004"), node.agency
    )


async def signers(node: Node) -> set[tuple[str, bytes]]:
    async with node.database.read() as connection:
        rows = await agreements.list_adoptions(connection, "eu-883-2004")
    return {(row.jurisdiction, row.statement_id) for row in rows}


async def test_accounts_and_signed_agreements_come_back_too(
    urls: dict[str, str], past: Past, clock: FixedClock, randomness: Callable[[int], bytes]
) -> None:
    async with open_federation(urls, clock, randomness) as federation:
        rosa = await enrol_rosa(federation)
    past.keep()
    async with open_federation(urls, clock, randomness) as federation:
        spain, france = (Desk(node) for node in federation.nodes)
        claim = await spain.say(await spain.prepare(await overpaid(federation, rosa)))
        await federation.settle()
        await france.say(ClaimAnswer(header=france.header(claim), disputes=()))
        for node in federation.nodes:
            await signed(node)
        await federation.settle()
        account, adopted = await france.account(), await signers(france.node)
        assert (account.state(claim), len(adopted)) == (ClaimState.ACKNOWLEDGED, 2)
        sent = await positions(france.node, "ES")
    past.bring_back()
    clock.now += timedelta(minutes=1)
    async with open_federation(urls, clock, randomness) as federation:
        france = Desk(federation.france)
        assert (await signers(france.node), (await france.account()).accepted) == (set(), {})
        await france.node.cases.recaller.compare("ES")
        assert (await france.account()).accepted == account.accepted
        assert await signers(france.node) == adopted
        assert await set_aside(france.node) == []
        await federation.settle()
        assert await positions(france.node, "ES") == sent, "nothing is sent a second time"


async def test_what_rests_on_what_a_third_peer_gives_back_is_tried_again(
    urls: dict[str, str],
    past: Past,
    clock: FixedClock,
    randomness: Callable[[int], bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A claim came before the case that it rests on; the own answer to it was lost for good."""
    async with open_federation(urls, clock, randomness) as federation:
        rosa = await enrol_rosa(federation)
    past.keep()
    async with open_federation(urls, clock, randomness) as federation:
        spain, france = (Desk(node) for node in federation.nodes)
        claim = await spain.say(await spain.prepare(await overpaid(federation, rosa)))
        await federation.settle()
        await france.say(ClaimAnswer(header=france.header(claim), disputes=()))
        await federation.settle()
        account = await france.account()
    past.bring_back()
    clock.now += timedelta(minutes=1)
    judge = CaseGrounds.of_claim

    async def not_yet(*_: object, **__: object) -> dict[int, Ground]:
        monkeypatch.setattr(CaseGrounds, "of_claim", judge)
        return {}

    async with open_federation(urls, clock, randomness) as federation:
        france = Desk(federation.france)
        monkeypatch.setattr(CaseGrounds, "of_claim", not_yet)
        await france.node.cases.recaller.compare_all(["ES"])
        assert (await france.account()).accepted == account.accepted
        async with france.node.database.read() as connection:
            assert len(await list_set_aside(connection, limit=10)) == 2
            assert await list_set_aside(connection, limit=10, with_replayed=False) == []


async def test_complaints_of_both_sides_come_back_with_their_answers(
    urls: dict[str, str], past: Past, clock: FixedClock, randomness: Callable[[int], bytes]
) -> None:
    async with open_federation(urls, clock, randomness) as federation:
        rosa = await enrol_rosa(federation)
    past.keep()
    async with open_federation(urls, clock, randomness) as federation:
        names = []
        for here, there, about, person in (
            (federation.spain, federation.france, "FR/cnav", rosa.at_spain),
            (federation.france, federation.spain, "ES/inss", rosa.at_france),
        ):
            jurisdiction, _, institution = about.partition("/")
            filing = complaints_pb.FileComplaintRequest(
                request_id=here.request_id(),
                person=person,
                against=statement_pb2.Party(jurisdiction=jurisdiction, institution=institution),
                topic=complaint_pb2.COMPLAINT_TOPIC_DELAY,
                text="Nobody answers.",
            )
            filed = (await here.complaints.FileComplaint(filing, here.agency)).complaint
            await federation.settle()
            answer = complaints_pb.AnswerComplaintRequest(name=filed.name, text="We do.")
            await there.complaints.AnswerComplaint(answer, there.agency)
            await federation.settle()
            names.append(filed.name)
        before = [await progress(federation.france, name) for name in names]
        assert [len(one.dates) for one in before] == [2, 2]
    past.bring_back()
    clock.now += timedelta(minutes=1)
    async with open_federation(urls, clock, randomness) as federation:
        france = federation.france
        await france.cases.recaller.compare("ES")
        assert [await progress(france, name) for name in names] == before
        assert await set_aside(france) == []


async def progress(node: Node, name: str) -> complaints_pb.GetComplaintProgressResponse:
    return await node.complaints.GetComplaintProgress(
        complaints_pb.GetComplaintProgressRequest(name=name), node.portal
    )
