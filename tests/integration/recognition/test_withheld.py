"""Records with salted fields between two nodes: what is shown, what is withheld, what counts."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import pytest

from portability.consent.gate import Granted
from portability.consent.receipt import Outcome
from portability.consent.scope import Action, Grant
from portability.core.attestations import Invalidation, InvalidationReason
from portability.core.discrepancy import DiscrepancyKind
from portability.core.periods import Branch, Duration, Period, PeriodType
from portability.core.record_kinds import FIELDS, RecordKind
from portability.ledger.envelope import sign_envelope, statement_id
from portability.node.consents.evidence import read_exhibits
from portability.node.log.write import RecordEntry, Write
from portability.node.records.release import Released, release
from portability.node.records.superseding import log_replacing
from portability.recognition.case import CaseState
from portability.recognition.statements import HistoryResponse, Reconciliation
from portability.store import persons, receipts, set_aside
from portability.v1 import federation_service_pb2 as federation_pb
from portability.wire.envelope import envelope_to_bytes, held_bytes
from portability.wire.receipt import receipt_from_payload
from portability.wire.record import (
    RECORD_TYPE,
    Content,
    EntitlementRecord,
    ShownInPart,
    names_shown,
    record_from_payload,
    record_to_payload,
    salt_record,
    subject_commitment,
)
from portability.wire.statement import statement_from_payload
from tests.integration.recognition.world import (
    AT_CNAV,
    SIGNERS,
    Federation,
    Node,
    Rosa,
    consent,
)
from tests.unit.consent.world import grant
from tests.unit.wire.record_samples import AWARD, LIFE

pytestmark = pytest.mark.asyncio

ALL: Final = FIELDS[RecordKind.CONTRIBUTION_PERIOD]
WITHOUT_MASKS: Final = tuple(name for name in ALL if name not in ("relevance", "calculation"))
WITHOUT_SCHEME: Final = tuple(name for name in ALL if name != "scheme")


async def attest(
    node: Node,
    person: str,
    content: Content,
    *,
    supersedes: bytes = b"",
    salted: bool = True,
) -> bytes:
    """A record of the node's institution, logged as RecordsService does; its id."""
    async with node.database.read() as connection:
        found = await persons.find_person(connection, person)
    assert found is not None
    salt = node.randomness(32)
    record = EntitlementRecord(
        salt=salt,
        subject_commitment=subject_commitment(salt, person),
        jurisdiction=node.code,
        institution=node.institution.institution,
        issue_date=node.clock().date(),
        supersedes=supersedes,
        content=content,
    )
    disclosures: tuple[str, ...] = ()
    payload = record_to_payload(record)
    if salted:
        made = salt_record(record, node.randomness)
        payload, disclosures = made.payload, made.disclosures
    signer = SIGNERS[node.code]
    envelope = envelope_to_bytes(sign_envelope(RECORD_TYPE, payload, signer))
    entry = RecordEntry(
        statement_id=statement_id(RECORD_TYPE, payload),
        key_id=signer.key_id,
        person=found.id,
        envelope=held_bytes(envelope, disclosures) if disclosures else envelope,
    )

    async def work(write: Write) -> Any:
        return await log_replacing(write, [entry])

    logged, _ = await node.sequencer.run(work)
    assert not logged.refused
    return entry.statement_id


def period(node: Node, year: int) -> Period:
    return Period(
        id="",
        jurisdiction=node.code,
        institution=node.institution.institution,
        type=PeriodType.COMPULSORY_EMPLOYED,
        start=date(year, 1, 1),
        end=date(year, 12, 31),
        declared=Duration(months=12),
        scheme="01",
        relevance="111",
        calculation="111",
    )


async def ask(federation: Federation, rosa: Rosa, allowed: Sequence[str], **asked: Any) -> str:
    """Spain opens a case and asks France for all fields, of which Rosa allows some."""
    given = await consent(federation, rosa, grants=(grant(fields=tuple(allowed)),))
    opened = await federation.spain.open_case(rosa.at_spain, AT_CNAV)
    await federation.spain.ask(opened, given, **{"fields": ALL, **asked})
    return opened.case.name


async def content_of(node: Node, case: str, kind: type[Any]) -> Any:
    """The latest statement of this kind in a case."""
    found = [
        statement_from_payload(one.envelope.payload_type, one.envelope.payload)
        for one in await node.statements(case)
    ]
    return [one for one in found if isinstance(one, kind)][-1]


async def received(node: Node, case: str) -> dict[bytes, EntitlementRecord]:
    """What a node holds of records that came from elsewhere."""
    async with node.database.read() as connection:
        held = await read_exhibits(connection, node.database.vault, case.removeprefix("cases/"))
    return {
        i: record_from_payload(one.proven.envelope.payload, i.hex(), one.proven.disclosures)
        for i, one in held.items()
        if one.proven.envelope.payload_type == RECORD_TYPE
    }


async def test_granted_fields_are_shown_and_both_nodes_compute_from_them(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    salted = await attest(france, rosa.at_france, period(france, 2000))
    await attest(spain, rosa.at_spain, period(spain, 2005))
    await spain.insure(rosa.at_spain, 2006)
    sent: list[federation_pb.Delivery] = []

    def keep(deliveries: list[federation_pb.Delivery]) -> list[federation_pb.Delivery]:
        sent.extend(deliveries)
        return deliveries

    france.wires["ES"].alter = keep
    case = await ask(federation, rosa, WITHOUT_SCHEME)
    await federation.settle()

    assert await spain.state(case) is await france.state(case) is CaseState.AGREED
    exhibits = [exhibit for delivery in sent for exhibit in delivery.exhibits]
    assert [set(names_shown(one.disclosures)) for one in exhibits] == [set(WITHOUT_SCHEME)]
    response = await content_of(spain, case, HistoryResponse)
    assert response.granted_fields == WITHOUT_SCHEME
    assert [(one.record, one.fields) for one in response.shown] == [(salted, WITHOUT_SCHEME)]
    record = (await received(spain, case))[salted]
    assert isinstance(record.content, ShownInPart)
    assert record.content.names == WITHOUT_SCHEME
    assert '"01"' not in repr(record.content), "the scheme is nowhere in what Spain holds"

    result = await content_of(france, case, Reconciliation)
    shown = json.loads(result.result)
    assert shown["totals"]["FR"]["amount"] == 12
    assert shown["totals"]["ES"]["amount"] == 24
    whole = (await received(france, case)).values()
    assert [one.content for one in whole if one.is_salted] != []
    assert all(isinstance(one.content, Period) for one in whole), "the lead shows its own whole"
    await france.determine(case, theoretical=150_000)
    await spain.determine(case, theoretical=120_000)
    await federation.settle()
    assert await spain.state(case) is CaseState.CLOSED

    async with france.database.read() as connection:
        rows = await receipts.list_receipts(
            connection, case_id=case.removeprefix("cases/"), after=None, limit=10
        )
    (receipt,) = [
        receipt_from_payload(one.envelope.payload)
        for one in await france.prover.prove([row.statement_id for row in rows if row.permission])
    ]
    assert receipt.outcome is Outcome.PARTIAL
    assert receipt.fields == WITHOUT_SCHEME
    assert receipt.payload_digest == response.payload_digest


async def test_work_that_began_after_the_days_asked_about_and_goes_on_keeps_no_answer_back(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    await france.insure(rosa.at_france, 1990)
    still = replace(period(france, 1997), end=None, declared=None)
    await attest(france, rosa.at_france, still, salted=False)
    case = await ask(federation, rosa, ALL, to_date=date(1995, 12, 31))
    await federation.settle()

    response = await content_of(spain, case, HistoryResponse)
    assert (len(response.records), response.held_back) == (1, False)


async def test_a_period_without_a_field_that_the_branch_needs_is_a_discrepancy(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    salted = await attest(france, rosa.at_france, period(france, 2000))
    await france.insure(rosa.at_france, 2001)
    await spain.insure(rosa.at_spain, 2005)
    case = await ask(federation, rosa, WITHOUT_MASKS)
    await federation.settle()

    assert await spain.state(case) is await france.state(case) is CaseState.AGREED
    result = await content_of(spain, case, Reconciliation)
    shown: Any = json.loads(result.result)
    assert shown["totals"]["FR"]["amount"] == 12, "the other record counts"
    (found,) = [
        one
        for one in shown["discrepancies"]
        if one["kind"] == DiscrepancyKind.FIELDS_WITHHELD.value
    ]
    assert found["records"] == [salted.hex()]
    assert "relevance, calculation" in found["detail"]
    assert found["action"].startswith("Ask the person")


def altered(change: Callable[[Any], None]) -> Callable[[list[Any]], list[Any]]:
    """What somebody on the wire may do to the records that come with an answer."""

    def alter(deliveries: list[federation_pb.Delivery]) -> list[federation_pb.Delivery]:
        for delivery in deliveries:
            for exhibit in delivery.exhibits:
                if exhibit.disclosures:
                    change(exhibit.disclosures)
        return deliveries

    return alter


def _drop(disclosures: Any) -> None:
    del disclosures[0]


def _alter(disclosures: Any) -> None:
    first = disclosures[0]
    disclosures[0] = first[:60] + ("A" if first[60] != "A" else "B") + first[61:]


@pytest.mark.parametrize("change", [_drop, _alter])
async def test_an_altered_disclosure_is_refused_before_it_is_stored(
    federation: Federation, rosa: Rosa, change: Callable[[Any], None]
) -> None:
    spain, france = federation.nodes
    salted = await attest(france, rosa.at_france, period(france, 2000))
    case = await ask(federation, rosa, WITHOUT_SCHEME)
    france.wires["ES"].alter = altered(change)
    await federation.settle()

    assert await spain.state(case) is CaseState.COLLECTING
    assert salted not in await received(spain, case)
    async with spain.database.read() as connection:
        rows = await set_aside.list_set_aside(connection, limit=10)
    assert rows, "the answer was set aside with its reason"


async def test_a_later_answer_that_shows_more_lets_the_period_count(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    salted = await attest(france, rosa.at_france, period(france, 2000))
    await spain.insure(rosa.at_spain, 2005)
    given = await consent(federation, rosa, grants=(grant(fields=ALL),))
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    await spain.ask(opened, given, fields=WITHOUT_MASKS)
    await federation.settle()
    federation.clock.now += timedelta(hours=1)
    await spain.ask(opened, given, fields=ALL)
    await federation.settle()

    case = opened.case.name
    assert (await received(spain, case))[salted].content == replace(
        period(france, 2000), id=salted.hex()
    )
    result = await content_of(spain, case, Reconciliation)
    shown: Any = json.loads(result.result)
    assert shown["totals"]["FR"]["amount"] == 12
    assert await france.state(case) is CaseState.AGREED


async def test_a_record_that_its_issuer_withdrew_or_replaced_does_not_count(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    wrong = await attest(france, rosa.at_france, period(france, 2000), salted=False)
    right = replace(period(france, 2000), declared=Duration(months=11))
    correction = await attest(france, rosa.at_france, right, supersedes=wrong)
    false = await attest(france, rosa.at_france, period(france, 2001))
    withdrawal = Invalidation(
        reason=InvalidationReason.ISSUED_IN_ERROR, article="987/2009 Art 5(1)"
    )
    await attest(france, rosa.at_france, withdrawal, supersedes=false, salted=False)
    await spain.insure(rosa.at_spain, 2005)
    case = await ask(federation, rosa, ALL)
    await federation.settle()

    response = await content_of(spain, case, HistoryResponse)
    assert response.records == (correction,)
    result = await content_of(spain, case, Reconciliation)
    shown: Any = json.loads(result.result)
    assert shown["totals"]["FR"]["amount"] == 11
    assert wrong not in result.inputs
    assert false not in result.inputs


async def released(node: Node, name: str, scope: Grant) -> Released:
    """What CNAV's node releases of a person to whom this much was granted."""
    granted = Granted(
        scope=(scope,),
        partial=False,
        permission_id=bytes(32),
        status_version=1,
        reason_text_key="purpose.test",
        erase_by=None,
    )
    async with node.database.read() as connection:
        person = await persons.find_person(connection, name)
        assert person is not None
        return await release(
            connection, node.database.vault, granted, person=person.id, provider=AT_CNAV
        )


async def test_what_leaves_of_any_kind_is_what_was_granted_and_no_more(
    federation: Federation, rosa: Rosa
) -> None:
    """Asked for awards in one branch, nothing of another kind, branch or time leaves."""
    france = federation.france
    award = replace(AWARD, start_date=date(2024, 1, 1), end_date=date(2024, 12, 31))
    salted = await attest(france, rosa.at_france, award)
    later = replace(award, end_date=date(2030, 1, 1))
    elsewhere = replace(award, branch=Branch.UNEMPLOYMENT)
    for content in (later, elsewhere, LIFE, period(france, 2024)):
        await attest(france, rosa.at_france, content)
    await attest(france, rosa.at_france, award, salted=False)
    shown = ("branch", "start_date", "paid_as")
    scope = Grant(
        branches=(Branch.OLD_AGE,),
        datatypes=("awarded-entitlement",),
        actions=(Action.STORE,),
        fields=shown,
        from_date=date(2020, 1, 1),
        to_date=date(2025, 12, 31),
    )
    found = await released(france, rosa.at_france, scope)
    assert found.ids == (salted,), "the one in clear states more than was granted"
    (one,) = found.records
    assert isinstance(one.record.content, ShownInPart)
    assert one.record.content.names == shown
    assert names_shown(one.disclosures) == shown
    assert found.shown[0].fields == shown
