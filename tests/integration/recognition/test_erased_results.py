"""
Results that fell with a permission: what they say of days is erased at every party, and the case,
its proofs and whoever replays it go on.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from agents.auditor.report import Verdict
from agents.bundle_files import Scope, list_files
from portability.errors import NotFoundError
from portability.ledger.directory import DIRECTORY_TYPE, build_directory
from portability.ledger.envelope import sign_envelope
from portability.node.audit.parts import build_person_exporter
from portability.node.cases import forgetting, loading
from portability.recognition import presence
from portability.recognition.case import Case, CaseState
from portability.recognition.fallen import fallen
from portability.recognition.machine import advance
from portability.recognition.progress import progress
from portability.recognition.statements import (
    Countersignature,
    NoticeAnswer,
    PermissionEnd,
    Reconciliation,
    Said,
)
from portability.simulation.nodes import judging
from portability.simulation.nodes.looking import Stock
from portability.simulation.promises import BrokenPromiseError
from portability.store import exhibits as store_exhibits
from portability.store import scan, streams
from portability.store.case_tables import erased_steps
from portability.store.engine import Database, open_database
from portability.store.erasure import destroy_person, find_target
from portability.store.schema import metadata
from portability.store.set_aside import list_set_aside, read_set_aside
from portability.v1 import federation_service_pb2 as federation_pb
from tests.conftest import FixedClock
from tests.integration.conftest import INDEX_KEY, WRAPPING_KEY
from tests.integration.recognition.bundles import bundle_of, judged
from tests.integration.recognition.test_delivery import set_aside
from tests.integration.recognition.test_erased_on_the_way import difference
from tests.integration.recognition.test_late_and_contested import closed, said
from tests.integration.recognition.test_permission_ends import (
    _ask_again,
    answers,
    asked,
    looked_at,
    upgrade,
)
from tests.integration.recognition.test_recall import Past, past
from tests.integration.recognition.world import (
    FEDERATION,
    Federation,
    Node,
    Rosa,
    consent,
    enrol_rosa,
    open_federation,
    sign_in,
    withdraw,
)
from tests.unit.consent.world import ROOT

__all__ = ["past"]

pytestmark = pytest.mark.asyncio

OF_FRANCE, OF_SPAIN = 1990, 2005
"""The years that Rosa was insured in each country."""


def days(year: int) -> tuple[bytes, ...]:
    """How the first and the last day of a period are written in records and in results."""
    both = date(year, 1, 1), date(year, 12, 31)
    return tuple(text.encode() for one in both for text in (one.isoformat(), str(one.toordinal())))


async def everything(database: Database, case: str) -> list[bytes]:
    """All that a database holds: what is in clear, and what is encrypted, opened."""
    found: list[bytes] = []
    async with database.read() as connection:
        async for page in scan.scan_statements(connection, database.vault):
            found += [one.envelope for one in page if isinstance(one.envelope, bytes)]
        case_id = case.removeprefix("cases/")
        held = await store_exhibits.list_exhibits(connection, database.vault, case_id)
        found += [one.proven or b"" for one in held]
        for row in await list_set_aside(connection, limit=100):
            place = {"peer": row.peer, "position": row.position, "statement_id": row.statement_id}
            found.append(await read_set_aside(connection, database.vault, **place) or b"")  # type: ignore[arg-type]
        for table in metadata.tables.values():
            rows = (await connection.execute(table.select())).all()
            found += [part for row in rows for part in _bytes(row)]
    return found


def _bytes(row: Any) -> Iterator[bytes]:
    for value in row:
        yield value if isinstance(value, bytes) else str(value).encode()


async def days_held(node: Node, case: str, year: int) -> int:
    held = await everything(node.database, case)
    return sum(day in one for one in held for day in days(year))


async def test_before_a_decision_no_day_of_a_period_of_another_country_is_left(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case, given = await asked(federation, rosa)
    await federation.settle()
    assert await spain.state(case) is CaseState.AGREED
    before = {node.code: len(await said(node, case, object)) for node in federation.nodes}
    assert await days_held(spain, case, OF_FRANCE)
    assert await days_held(france, case, OF_SPAIN)
    await withdraw(federation, rosa, given)
    await federation.settle()
    assert await answers(spain, case) == {"ES": ("erased", ""), "FR": ("erased", "")}
    assert await days_held(spain, case, OF_FRANCE) == 0
    assert await days_held(france, case, OF_SPAIN) == 0
    for node in federation.nodes:
        assert await said(node, case, Reconciliation | Countersignature) == []
        assert await difference(node) == ""
        told = await said(node, case, PermissionEnd | NoticeAnswer)
        gone = 2  # the result and what France said of it
        assert len(await said(node, case, object)) == before[node.code] + len(told) - gone
        report = judged(await bundle_of(node, case), node)
        assert report.verified, [str(one) for one in report.causes]
        erased = [one for one in report.statements if one.verdict is Verdict.ERASED]
        assert sorted(one.kind for one in erased) == ["countersignature", "reconciliation"]


async def test_after_a_decision_the_result_is_kept_under_the_citation(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case = await closed(federation, rosa)
    (request,) = [
        one for one in await said(spain, case, object) if type(one).__name__ == "HistoryRequest"
    ]
    await withdraw(federation, rosa, request.permission)  # type: ignore[attr-defined]
    await federation.settle()
    assert {effect for effect, _ in (await answers(spain, case)).values()} == {"kept"}
    for node in federation.nodes:
        (result,) = await said(node, case, Reconciliation)
        assert result.result  # type: ignore[attr-defined]
        assert await difference(node) == ""
    assert await days_held(france, case, OF_SPAIN)


async def test_a_case_goes_on_to_its_end_under_another_permission(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case, given = await asked(federation, rosa)
    await federation.settle()
    await withdraw(federation, rosa, given)
    await federation.settle()
    fresh = await consent(federation, await sign_in(federation, rosa))
    await _ask_again(spain, await spain.case(case), rosa, fresh)
    await federation.settle()
    assert await spain.state(case) is CaseState.AGREED
    for node in federation.nodes:
        await node.determine(case, theoretical=120_000)
        await federation.settle()
    assert await spain.state(case) is await france.state(case) is CaseState.CLOSED
    for node in federation.nodes:
        assert len(await said(node, case, Reconciliation)) == 1
        assert await difference(node) == ""
        report = judged(await bundle_of(node, case), node)
        assert report.verified, [str(one) for one in report.causes]


async def withdrawn(federation: Federation, rosa: Rosa) -> str:
    """A case of which all that came under the permission is erased."""
    case, given = await asked(federation, rosa)
    await federation.settle()
    await withdraw(federation, rosa, given)
    await federation.settle()
    return case


async def test_a_countersignature_that_comes_after_the_erasure_is_erased_as_well(
    federation: Federation, rosa: Rosa
) -> None:
    """Its digest would confirm a guess at the days. Until France has answered it might decide."""
    spain, france = federation.nodes
    case, given = await asked(federation, rosa)
    await work(federation)
    france.wires["ES"].trouble = lambda: "lost"
    await work(federation)
    (signed,) = await said(france, case, Countersignature)
    spain.wires["FR"].trouble = lambda: "lost"
    await withdraw(federation, rosa, given)
    await work(federation)
    digest = signed.digest  # type: ignore[attr-defined]
    assert any(digest in one for one in await everything(spain.database, case))
    france.wires["ES"].trouble = lambda: ""
    federation.clock.now += timedelta(hours=2)
    await work(federation)
    spain.wires["FR"].trouble = lambda: ""
    federation.clock.now += timedelta(hours=2)
    await federation.settle()
    for node in federation.nodes:
        assert not any(digest in one for one in await everything(node.database, case))
        assert await difference(node) == ""
    report = judged(await bundle_of(spain, case), spain)
    erased = [one.kind for one in report.statements if one.verdict is Verdict.ERASED]
    assert sorted(erased) == ["countersignature", "reconciliation"]


async def work(federation: Federation) -> None:
    """What both nodes can do within some minutes."""
    for _ in range(30):
        for node in federation.nodes:
            await node.cases.driver.work_through()
            for peer in node.wires:
                await node.cases.outbox.turn(peer)
        federation.clock.now += timedelta(seconds=10)


async def test_another_process_has_nothing_of_it_in_memory_either(
    federation: Federation, rosa: Rosa, urls: dict[str, str]
) -> None:
    spain = federation.spain
    case, given = await asked(federation, rosa)
    await federation.settle()
    other = await open_database(
        urls["ES"],
        wrapping_key=WRAPPING_KEY,
        index_key=INDEX_KEY,
        randomness=spain.randomness,
    )
    try:
        there = replace(spain, database=other)
        (result,) = (await looked_at(there, case)).facts.reconciliations.values()
        assert result.result
        await withdraw(federation, rosa, given)
        await federation.settle()
        (result,) = (await looked_at(there, case)).facts.reconciliations.values()
        assert (result.result, result.is_erased) == (b"", True)
        assert [one for one in await everything(other, case) if b'"pieces"' in one] == []
    finally:
        await other.close()


@pytest.mark.parametrize("had_the_result", [True, False], ids=["had the result", "had no case"])
async def test_neither_a_backup_nor_a_peer_brings_it_back(
    *,
    had_the_result: bool,
    urls: dict[str, str],
    past: Past,
    clock: FixedClock,
    randomness: Callable[[int], bytes],
) -> None:
    async with open_federation(urls, clock, randomness) as federation:
        rosa = await enrol_rosa(federation)
        if had_the_result:
            case, given = await asked(federation, rosa)
            await federation.settle()
    past.keep()
    async with open_federation(urls, clock, randomness) as federation:
        if not had_the_result:
            case, given = await asked(federation, rosa)
            await federation.settle()
        await withdraw(federation, rosa, given)
        await federation.settle()
        assert await days_held(federation.france, case, OF_SPAIN) == 0
    past.bring_back()
    clock.now += timedelta(minutes=1)
    async with open_federation(urls, clock, randomness) as federation:
        france = federation.france
        await france.cases.recaller.compare("ES")
        await federation.settle()
        assert await days_held(france, case, OF_SPAIN) == 0
        assert await said(france, case, Reconciliation | Countersignature) == []
        assert len(await said(france, case, NoticeAnswer)) == 2
        assert await difference(france) == ""


async def test_whoever_lost_the_erased_result_goes_on_without_it(
    federation: Federation, rosa: Rosa
) -> None:
    """To a lead that has it back from nowhere a result that replaces it is none that waits."""
    case = await withdrawn(federation, rosa)
    spain = federation.spain
    fresh = await consent(federation, await sign_in(federation, rosa))
    await _ask_again(spain, await spain.case(case), rosa, fresh)
    await federation.settle()
    whole = (await looked_at(spain, case)).case
    (gone,) = (i for i, one in fallen(whole).items() if isinstance(one, Reconciliation))
    left = Case(own="ES")
    for i, one in whole.accepted.items():
        if i not in fallen(whole):
            left, _ = advance(left, Said(statement_id=i, statement=one))
    assert gone not in left.accepted
    assert left.waiting == {}
    assert progress(left).state is progress(whole).state is CaseState.AGREED


async def test_the_check_of_a_database_names_a_case_of_which_what_is_left_is_gone(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    await withdrawn(federation, rosa)
    async with spain.database.write() as connection:
        await connection.execute(erased_steps.delete())
    spain.database.vault.kept.forget(rosa.at_spain)  # a check opens the database anew
    assert "what is left of a statement that was erased is gone" in await difference(spain)


async def test_an_erasure_of_the_person_takes_along_what_was_left(
    federation: Federation, rosa: Rosa
) -> None:
    spain = federation.spain
    case = await withdrawn(federation, rosa)
    async with spain.database.write() as connection:
        assert (await connection.execute(erased_steps.select())).all()
        target = await find_target(connection, rosa.at_spain)
        assert target is not None
        await destroy_person(connection, target.id, spain.clock())
        assert (await connection.execute(erased_steps.select())).all() == []
    with pytest.raises(NotFoundError):
        await spain.state(case)


async def test_a_result_that_had_been_set_aside_is_erased_there(
    federation: Federation, rosa: Rosa
) -> None:
    """It came in a form that France could not take, and waited for somebody to look at it."""
    spain, france = federation.nodes
    case, given = await asked(federation, rosa)

    def spoil(deliveries: list[federation_pb.Delivery]) -> list[federation_pb.Delivery]:
        for one in deliveries:
            if "reconciliation" in one.statement.envelope.payload_type:
                one.statement.leaf_index += 1
        return deliveries

    spain.wires["FR"].alter = spoil
    await federation.settle()
    assert await set_aside(france) == [("PROOF_INVALID", 2)]
    assert await days_held(france, case, OF_SPAIN)
    await withdraw(federation, rosa, given)
    await federation.settle()
    assert await days_held(france, case, OF_SPAIN) == 0
    assert await set_aside(france) == [("PROOF_INVALID", 2)]
    assert await difference(france) == ""


async def test_results_of_before_the_upgrade_are_erased_after_it(
    federation: Federation, rosa: Rosa, urls: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spain = federation.spain
    with monkeypatch.context() as before:
        for module in (loading, presence, forgetting):
            before.setattr(module, "fallen", lambda _: {})
        case = await withdrawn(federation, rosa)
    assert await days_held(spain, case, OF_FRANCE)
    found = await looked_at(spain, case)
    with pytest.raises(BrokenPromiseError, match="ES still holds a result that it says is erased"):
        judging.check_end(found, Stock(own={}, records=frozenset()), found)
    await upgrade(federation, urls["ES"])
    await federation.settle()
    assert await days_held(spain, case, OF_FRANCE) == 0
    assert await difference(spain) == ""


async def test_what_a_person_takes_away_shows_that_a_result_was_erased(
    federation: Federation, rosa: Rosa
) -> None:
    directory = sign_envelope(DIRECTORY_TYPE, build_directory(FEDERATION), ROOT)
    for node, person in zip(federation.nodes, (rosa.at_spain, rosa.at_france), strict=True):
        if node is federation.spain:
            await withdrawn(federation, rosa)
        async with node.database.read() as connection:
            target = await find_target(connection, person)
        assert target is not None
        exporter = build_person_exporter(node.foundation, lambda: [directory])
        files = list_files(await exporter.export_own(target.id), Scope.PERSON)
        report = judged(files, node)
        assert report.verified, [str(one) for one in report.causes]
        erased = [one.kind for one in report.statements if one.verdict is Verdict.ERASED]
        assert sorted(erased) == ["countersignature", "reconciliation"]


async def test_a_result_that_arrived_unheard_of_stays_what_the_stream_had_there(
    federation: Federation, rosa: Rosa
) -> None:
    """France has it and its answer was lost: an erasure in its place would be another stream."""
    spain, france = federation.nodes
    case, given = await asked(federation, rosa)
    await spain.cases.outbox.turn("FR")  # the request, of which Spain hears that it came
    spain.wires["FR"].trouble = lambda: "unanswered"
    await work(federation)
    assert len(await said(france, case, Reconciliation)) == 1
    await withdraw(federation, rosa, given)
    await work(federation)
    spain.wires["FR"].trouble = lambda: ""
    federation.clock.now += timedelta(hours=2)
    await federation.settle()
    async with spain.database.read() as connection:
        sent = await streams.list_sent(connection, peer="FR", after=0, limit=100)
    async with france.database.read() as connection:
        came = await streams.list_received(connection, peer="ES", after=0, limit=100)
    assert [one.statement_id for one in sent] == [one.statement_id for one in came]
    assert await set_aside(france) == []
    assert await days_held(france, case, OF_SPAIN) == 0
