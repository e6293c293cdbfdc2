"""Between two nodes: permissions that end in every state of a case, and what each side answers."""

from collections.abc import Hashable
from dataclasses import replace
from datetime import timedelta

import pytest

from portability.consent.scope import Party
from portability.errors import PeerUnavailableError, PreconditionError
from portability.ledger.envelope import kind_of, sign_envelope
from portability.node.cases.inputs import Received, _name_of
from portability.node.cases.loading import load_case
from portability.node.cases.permission_ends import LOOK, WATCH, PermissionEnds
from portability.recognition.case import CaseState
from portability.recognition.statements import (
    HistoryRequest,
    HistoryResponse,
    NoticeAnswer,
    PermissionEnd,
    PermissionEnding,
    Reconciliation,
)
from portability.simulation.nodes import judging
from portability.simulation.nodes.looking import Look, Stock
from portability.simulation.promises import BrokenPromiseError
from portability.store import delivery, log, streams
from portability.store import exhibits as store_exhibits
from portability.store.case_tables import erased_steps, pending_work
from portability.store.engine import migrate
from portability.store.set_aside import list_set_aside
from portability.v1 import consents_service_pb2 as consents_pb
from portability.v1 import federation_service_pb2 as federation_pb
from portability.v1 import notices_service_pb2 as notices_pb
from portability.v1 import recognition_service_pb2 as pb
from portability.wire.envelope import envelope_to_pb
from portability.wire.record import RECORD_TYPE
from portability.wire.statement import (
    case_statement_from_payload,
    statement_to_payload,
    type_of,
)
from tests.integration.recognition.test_corrections import notices
from tests.integration.recognition.test_late_and_contested import closed, said
from tests.integration.recognition.world import (
    AT_CNAV,
    SIGNERS,
    Federation,
    Node,
    Rosa,
    consent,
    sign_in,
    withdraw,
)
from tests.unit.consent.world import ROSA

TERM = timedelta(days=61)
"""One day more than the consents of these tests last."""


async def answers(node: Node, case: str) -> dict[str, tuple[str, str]]:
    """What each jurisdiction has said that it did, and by which law it keeps what it keeps."""
    (notice,) = await notices(node, case)
    assert all(one.answered for one in notice.replies)
    return {one.jurisdiction: (one.effect, one.citation) for one in notice.replies}


async def records_held(node: Node, case: str) -> int:
    """How many records of others the node still has of a case."""
    async with node.database.read() as connection:
        found = await store_exhibits.list_exhibits(
            connection, node.database.vault, case.removeprefix("cases/")
        )
    return sum(RECORD_TYPE.encode() in (one.proven or b"") for one in found)


async def in_memory(node: Node, case: str) -> list[Hashable]:
    """Under which names records of others are in the memory of a node."""
    case_id = case.removeprefix("cases/")
    async with node.database.read() as connection:
        places = await store_exhibits.list_exhibit_places(connection, case_id)
    names = [_name_of(case_id, one.statement_id, one.nonce) for one in places]
    kept = node.database.vault.kept
    return [name for name in names if (one := kept.find(name, Received)) and one.record]


async def asked(federation: Federation, rosa: Rosa) -> tuple[str, bytes]:
    """A case in which CNAV was asked under Rosa's consent, and nothing has happened yet."""
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    await spain.insure(rosa.at_spain, 2005)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    given = await consent(federation, rosa)
    await spain.ask(opened, given)
    return opened.case.name, given


@pytest.mark.asyncio
async def test_before_the_answer_nothing_comes_and_both_sides_say_that_they_stopped(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    case, given = await asked(federation, rosa)
    await withdraw(federation, rosa, given)
    await federation.settle()
    for node in federation.nodes:
        assert await answers(node, case) == {"ES": ("stopped", ""), "FR": ("stopped", "")}
    assert await spain.state(case) is CaseState.REFUSED
    assert await records_held(spain, case) == 0


@pytest.mark.asyncio
async def test_before_a_decision_what_came_is_erased_on_both_sides(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case, given = await asked(federation, rosa)
    await federation.settle()
    assert await spain.state(case) is CaseState.AGREED
    assert (await records_held(spain, case), await records_held(france, case)) == (1, 1)
    before = [await in_memory(node, case) for node in federation.nodes]
    await withdraw(federation, rosa, given)
    await federation.settle()
    for node, names in zip(federation.nodes, before, strict=True):
        assert await answers(node, case) == {"ES": ("erased", ""), "FR": ("erased", "")}
        assert await records_held(node, case) == 0
        assert names, "it had been read"
        assert not any(node.database.vault.kept.find(one, Received) for one in names)
    assert await spain.state(case) is CaseState.REFUSED


async def looked_at(node: Node, case: str) -> Look:
    """The case as the judge of simulations finds it at a node."""
    async with node.database.read() as connection:
        loaded = await load_case(
            connection, node.database.vault, own=node.code, case_id=case.removeprefix("cases/")
        )
    assert loaded is not None
    return Look(node.code, loaded)


@pytest.mark.asyncio
async def test_whoever_says_erased_and_keeps_what_came_with_a_result_breaks_a_promise(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case, given = await asked(federation, rosa)
    await federation.settle()
    (result,) = await said(france, case, Reconciliation)
    await withdraw(federation, rosa, given)
    await federation.settle()
    shown = frozenset(result.inputs)  # type: ignore[attr-defined]
    lead, other = await looked_at(spain, case), await looked_at(france, case)
    judging.check_end(other, Stock(own={}, records=frozenset()), lead)
    with pytest.raises(BrokenPromiseError, match="FR still holds what it says is erased"):
        judging.check_end(other, Stock(own={}, records=shown), lead)


@pytest.mark.asyncio
async def test_what_was_erased_does_not_come_back_with_an_answer_that_is_sent_again(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case, given = await asked(federation, rosa)
    await federation.settle()
    await withdraw(federation, rosa, given)
    await federation.settle()
    assert await records_held(spain, case) == 0
    async with france.database.write() as connection:
        every = await streams.list_sent(connection, peer="ES", after=0, limit=100)
        ids = [one.statement_id for one in every]
        whole = await log.read_statements(connection, france.database.vault, ids)
        sent = [one for one in every if whole[one.statement_id].envelope is not None]
        for one in sent:
            await delivery.enqueue(
                connection,
                peer="ES",
                statement_id=one.statement_id,
                exhibits=one.exhibits,
                not_before=france.clock(),
                now=france.clock(),
            )
    assert any(one.exhibits for one in sent)
    await federation.settle()
    async with spain.database.read() as connection:
        came = await streams.list_received(connection, peer="FR", after=0, limit=100)
        assert await list_set_aside(connection, limit=10) == []
    assert [one.statement_id for one in came] == [one.statement_id for one in (*every, *sent)]
    assert await records_held(spain, case) == 0


@pytest.mark.asyncio
async def test_after_the_decision_it_is_kept_under_the_citation_of_the_agreement(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case = await closed(federation, rosa)
    (request,) = await said(spain, case, HistoryRequest)
    given = request.permission  # type: ignore[attr-defined]
    await withdraw(federation, rosa, given)
    (unanswered,) = await notices(spain, case)
    assert unanswered.kind == notices_pb.NOTICE_KIND_WITHDRAWAL
    assert not any(one.answered for one in unanswered.replies)
    await federation.settle()
    found = await answers(spain, case)
    assert {effect for effect, _ in found.values()} == {"kept"}
    assert all(citation for _, citation in found.values())
    assert await records_held(spain, case) == 1
    assert await spain.state(case) is await france.state(case) is CaseState.CLOSED
    own = await spain.notices.ListOwnNotices(
        notices_pb.ListOwnNoticesRequest(session=rosa.session), spain.portal
    )
    assert {one.jurisdiction: one.effect for one in own.notices[0].replies} == {
        "ES": "kept",
        "FR": "kept",
    }


@pytest.mark.asyncio
async def test_time_ends_a_permission_like_a_withdrawal(federation: Federation, rosa: Rosa) -> None:
    spain, _ = federation.nodes
    case, given = await asked(federation, rosa)
    await federation.settle()
    federation.clock.now += TERM
    await federation.settle()
    (end,) = await said(spain, case, PermissionEnd)
    assert isinstance(end, PermissionEnd)
    assert (end.how, end.permission, end.act) == (PermissionEnding.EXPIRED, given, b"")
    (notice,) = await notices(spain, case)
    assert notice.kind == notices_pb.NOTICE_KIND_EXPIRY
    assert await answers(spain, case) == {"ES": ("erased", ""), "FR": ("erased", "")}


@pytest.mark.asyncio
async def test_an_answer_that_comes_after_the_withdrawal_is_erased_and_used_for_nothing(
    federation: Federation, rosa: Rosa
) -> None:
    """France gave it while it might; it was still on its way when Rosa withdrew."""
    spain, france = federation.nodes
    case, given = await asked(federation, rosa)
    france.wires["ES"].alter = _lose
    await _work(federation)
    assert len(await said(france, case, HistoryResponse)) == 1
    await withdraw(federation, rosa, given)
    await _work(federation)
    (notice,) = await notices(spain, case)
    assert [one.effect for one in notice.replies if one.jurisdiction == "ES"] == ["stopped"]
    france.wires["ES"].alter = lambda deliveries: deliveries
    await federation.settle()
    assert await records_held(spain, case) == 0
    assert await said(spain, case, Reconciliation) == []
    assert await spain.state(case) is CaseState.REFUSED
    assert (await answers(spain, case))["ES"] == ("erased", "")


def _lose(_: list[federation_pb.Delivery]) -> list[federation_pb.Delivery]:
    """No delivery arrives; questions about consents are answered all the same."""
    raise PeerUnavailableError("the call was lost", jurisdiction="ES")


async def _work(federation: Federation) -> None:
    """What both nodes can do within a minute."""
    for _ in range(6):
        for node in federation.nodes:
            await node.cases.driver.work_through()
            for peer in node.wires:
                await node.cases.outbox.turn(peer)
        federation.clock.now += timedelta(seconds=10)


@pytest.mark.asyncio
async def test_a_pause_holds_answers_back_and_ends_nothing(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    given = await consent(federation, rosa)
    until = federation.clock() + timedelta(days=3)
    request = consents_pb.PrepareConsentActRequest(
        session=rosa.session, kind=consents_pb.CONSENT_ACT_KIND_PAUSE, subject=given
    )
    request.until.FromDatetime(until.replace(tzinfo=None, microsecond=0))
    prepared = await spain.consents.PrepareConsentAct(request, spain.portal)
    envelope = sign_envelope(prepared.payload_type, prepared.document, ROSA)
    await spain.consents.RecordConsentAct(
        consents_pb.RecordConsentActRequest(envelope=envelope_to_pb(envelope)), spain.portal
    )
    await spain.ask(opened, given)
    await federation.settle()
    case = opened.case.name
    assert await spain.state(case) is CaseState.REFUSED
    assert await notices(spain, case) == []
    federation.clock.now += timedelta(days=4)
    await spain.ask(opened, given)
    await federation.settle()
    assert await spain.state(case) is CaseState.AGREED


@pytest.mark.asyncio
async def test_a_withdrawal_that_comes_again_changes_nothing(
    federation: Federation, rosa: Rosa
) -> None:
    """Not where it was made, nor on the wire: neither itself nor what was said because of it."""
    spain, france = federation.nodes
    case, given = await asked(federation, rosa)
    await federation.settle()
    wire = spain.wires["FR"]
    sent: list[federation_pb.Delivery] = []

    def listen(deliveries: list[federation_pb.Delivery]) -> list[federation_pb.Delivery]:
        sent.extend(deliveries)
        return deliveries

    wire.alter = listen
    await withdraw(federation, rosa, given)
    with pytest.raises(PreconditionError, match="withdrawn"):
        await withdraw(federation, rosa, given)
    await federation.settle()
    wire.alter = lambda deliveries: deliveries
    assert {"consent-withdrawal", "permission-end", "notice-answer"} <= {
        kind_of(one.statement.envelope.payload_type) for one in sent
    }
    await wire.deliver(sent, request_id=spain.request_id())
    await federation.settle()
    assert len(await said(france, case, PermissionEnd)) == 1
    assert len(await said(france, case, NoticeAnswer)) == 2
    fresh = await consent(federation, await sign_in(federation, rosa))
    opened = await spain.case(case)
    await _ask_again(spain, opened, rosa, fresh)
    await federation.settle()
    assert await spain.state(case) is CaseState.AGREED  # under the new permission
    assert len(await said(spain, case, PermissionEnd)) == 1


async def _ask_again(node: Node, case: pb.Case, rosa: Rosa, permission: bytes) -> None:
    request = next(
        one for one in await said(node, case.name, object) if type(one).__name__ == "HistoryRequest"
    )
    again = replace(request, header=node.header(case.name), permission=permission)  # type: ignore[type-var]
    await node.submit(type_of(again), statement_to_payload(again))  # type: ignore[arg-type]


@pytest.mark.asyncio
async def test_nobody_answers_for_another_or_ends_what_is_not_theirs(
    federation: Federation, rosa: Rosa
) -> None:
    """France answers in Spain's name, then signs an end of a permission that nobody gave."""
    spain, france = federation.nodes
    case, given = await asked(federation, rosa)
    await federation.settle()
    await withdraw(federation, rosa, given)
    wire = france.wires["ES"]

    def forge(deliveries: list[federation_pb.Delivery]) -> list[federation_pb.Delivery]:
        for one in deliveries:
            envelope = one.statement.envelope
            if "notice-answer" in envelope.payload_type:
                read = case_statement_from_payload(envelope.payload_type, envelope.payload)
                lie = replace(read, header=replace(read.header, sender=Party(jurisdiction="ES")))
                made = sign_envelope(type_of(lie), statement_to_payload(lie), SIGNERS["FR"])
                envelope.CopyFrom(envelope_to_pb(made))
        return deliveries

    wire.alter = forge
    await federation.settle()
    async with spain.database.read() as connection:
        rows = await list_set_aside(connection, limit=9)
    assert [row.peer for row in rows] == ["FR"]
    (notice,) = await notices(spain, case)
    assert {one.jurisdiction: one.answered for one in notice.replies} == {"ES": True, "FR": False}


# --- what was asked before ends were watched ------------------------------------------------------


LATER = (
    "ix_assisted_acts_person",
    "ix_consent_refusals_person",
    "ix_erasure_recipients_unanswered",
    "ix_identity_questions_case_id",
    "ix_outbox_statement_id",
    "ix_settlement_months_case_id_kind",
    "ix_subject_keys_key_record",
    "ix_subject_keys_revoke_record",
    "ix_undelivered_statement_id",
)


async def upgrade(federation: Federation, url: str) -> None:
    """Spain's database once more as software left it that watched no permission; then upgraded."""
    async with federation.spain.database.write() as connection:
        await connection.execute(pending_work.delete().where(pending_work.c.kind == LOOK))
        left = [dict(row) for row in (await connection.execute(erased_steps.select())).mappings()]
        await connection.exec_driver_sql("DROP TABLE erased_steps")
        await connection.exec_driver_sql("DROP TABLE unmet_notices")
        await connection.exec_driver_sql("DROP TABLE held_notices")
        await connection.exec_driver_sql("DROP TABLE came_bare")
        for index in LATER:
            await connection.exec_driver_sql(f"DROP INDEX {index}")
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0013'")
    await migrate(url)
    async with federation.spain.database.write() as connection:
        for row in left:
            await connection.execute(erased_steps.insert(), row)


@pytest.mark.asyncio
async def test_a_permission_of_before_the_upgrade_is_watched_from_then_on(
    federation: Federation, rosa: Rosa, urls: dict[str, str]
) -> None:
    spain = federation.spain
    case, given = await asked(federation, rosa)
    await federation.settle()
    await upgrade(federation, urls["ES"])
    await federation.settle()
    assert await said(spain, case, PermissionEnd) == []
    federation.clock.now += TERM
    await federation.settle()
    (end,) = await said(spain, case, PermissionEnd)
    assert isinstance(end, PermissionEnd)
    assert (end.how, end.permission) == (PermissionEnding.EXPIRED, given)
    assert await answers(spain, case) == {"ES": ("erased", ""), "FR": ("erased", "")}


@pytest.mark.asyncio
@pytest.mark.parametrize("how", [PermissionEnding.WITHDRAWN, PermissionEnding.EXPIRED])
async def test_a_permission_that_had_ended_before_the_upgrade_is_told_after_it(
    federation: Federation,
    rosa: Rosa,
    urls: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    how: PermissionEnding,
) -> None:
    spain = federation.spain
    case, given = await asked(federation, rosa)
    await federation.settle()
    with monkeypatch.context() as before:
        before.setattr(PermissionEnds, "_say", nothing)
        if how is PermissionEnding.WITHDRAWN:
            await withdraw(federation, rosa, given)
        else:
            federation.clock.now += TERM
        await federation.settle()
    assert await said(spain, case, PermissionEnd) == []
    await upgrade(federation, urls["ES"])
    await federation.settle()
    (end,) = await said(spain, case, PermissionEnd)
    assert isinstance(end, PermissionEnd)
    assert (end.how, bool(end.act)) == (how, how is PermissionEnding.WITHDRAWN)
    assert await answers(spain, case) == {"ES": ("erased", ""), "FR": ("erased", "")}
    await upgrade(federation, urls["ES"])
    async with spain.database.read() as connection:
        left = await delivery.list_pending_work(connection, limit=99)
    assert WATCH not in {one.kind for one in left}, "what was told is not looked at again"


async def nothing(*_: object) -> None: ...
