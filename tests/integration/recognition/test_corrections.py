"""Between two nodes: records replaced after they were used, and who has answered for it."""

import json
from dataclasses import replace
from datetime import date

import pytest

from portability.consent.scope import Party
from portability.core.attestations import Invalidation, InvalidationReason
from portability.core.periods import Branch, Duration, Period, PeriodType
from portability.errors import InvalidInputError, PortabilityError, PreconditionError
from portability.ledger.envelope import Envelope, sign_envelope, statement_id
from portability.node.cases.loading import load_case
from portability.node.cases.writing import Heard
from portability.node.log.write import Write
from portability.recognition.case import CaseState
from portability.recognition.statements import (
    Correction,
    CorrectionReason,
    Reconciliation,
    Reopening,
)
from portability.store.set_aside import list_set_aside
from portability.v1 import envelope_pb2, record_pb2
from portability.v1 import notices_service_pb2 as notices_pb
from portability.v1 import recognition_service_pb2 as cases_pb
from portability.v1 import records_service_pb2 as pb
from portability.wire.envelope import envelope_to_pb
from portability.wire.record import (
    RECORD_TYPE,
    EntitlementRecord,
    record_to_payload,
    salt_record,
    subject_commitment,
)
from portability.wire.statement import (
    case_statement_from_payload,
    statement_to_payload,
    type_of,
)
from tests.integration.recognition import world
from tests.integration.recognition.test_late_and_contested import closed, said
from tests.integration.recognition.world import (
    AT_CNAV,
    SIGNERS,
    Federation,
    Node,
    Rosa,
    consent,
)


def shorter(node: Node, person: str, old: bytes, year: int, months: int = 6) -> EntitlementRecord:
    """The year again, with fewer months."""
    salt = node.randomness(32)
    return EntitlementRecord(
        salt=salt,
        subject_commitment=subject_commitment(salt, person),
        jurisdiction=node.code,
        institution=node.institution.institution,
        issue_date=node.clock().date(),
        supersedes=old,
        content=Period(
            id="",
            jurisdiction=node.code,
            institution=node.institution.institution,
            type=PeriodType.COMPULSORY_EMPLOYED,
            start=date(year, 1, 1),
            end=date(year, months, 30),
            declared=Duration(months=months),
        ),
    )


def withdrawal(node: Node, person: str, old: bytes) -> EntitlementRecord:
    return replace(
        shorter(node, person, old, 1990),
        content=Invalidation(reason=InvalidationReason.WRONG_PERSON, article="987/2009 Art 5(1)"),
    )


async def preview(
    node: Node,
    person: str,
    payload: bytes,
    disclosures: tuple[str, ...] = (),
    theoretical: int = 0,
) -> list[pb.AffectedCase]:
    request = pb.PreviewCorrectionRequest(person=person, payload=payload, disclosures=disclosures)
    if theoretical:
        money = record_pb2.Money(minor_units=theoretical, currency="EUR")
        request.scheme.CopyFrom(cases_pb.SchemeFacts(unit="months", theoretical=money))
    answer = await node.records.PreviewCorrection(request, node.agency)
    return list(answer.cases)


def signed(node: Node, cases: list[pb.AffectedCase]) -> list[envelope_pb2.Envelope]:
    signer = SIGNERS[node.code]
    return [envelope_to_pb(sign_envelope(one.payload_type, one.payload, signer)) for one in cases]


async def submit(
    node: Node,
    person: str,
    payload: bytes,
    corrections: list[envelope_pb2.Envelope],
    disclosures: tuple[str, ...] = (),
) -> bytes:
    envelope = sign_envelope(RECORD_TYPE, payload, SIGNERS[node.code])
    await node.records.SubmitRecord(
        pb.SubmitRecordRequest(
            submission=pb.RecordSubmission(
                person=person, envelope=envelope_to_pb(envelope), disclosures=disclosures
            ),
            corrections=corrections,
        ),
        node.agency,
    )
    return statement_id(RECORD_TYPE, payload)


async def notices(node: Node, parent: str) -> list[notices_pb.Notice]:
    answer = await node.notices.ListNotices(
        notices_pb.ListNoticesRequest(parent=parent), node.agency
    )
    return list(answer.notices)


async def results(node: Node, case: str) -> list[Reconciliation]:
    return [
        one for one in await said(node, case, Reconciliation) if isinstance(one, Reconciliation)
    ]


async def record_of_france(federation: Federation, case: str) -> bytes:
    """The one record that CNAV has disclosed."""
    (result,) = await results(federation.spain, case)
    for i in result.inputs:
        try:
            await federation.france.records.GetRecord(
                pb.GetRecordRequest(name=f"records/{i.hex()}"), federation.france.agency
            )
        except PortabilityError:
            continue
        return i
    raise AssertionError("no input is a record of CNAV's")


@pytest.mark.asyncio
async def test_a_correction_is_looked_at_then_reopens_the_case_and_everybody_answers(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case = await closed(federation, rosa)
    old = await record_of_france(federation, case)
    record = shorter(france, rosa.at_france, old, 1990)
    payload = record_to_payload(record)

    (seen,) = await preview(france, rosa.at_france, payload)
    assert seen.case.name == case
    assert seen.reopens
    assert list(seen.told) == ["ES"]
    changes = {one.place: (one.before, one.after) for one in seen.changes}
    assert changes["FR.total"][0] == "12 months"
    assert changes["FR.total"][1].startswith(("5", "6"))
    assert {"FR/cnav.pro_rata", "ES/inss.pro_rata"} <= set(changes)
    assert seen.article == "883/2004 Art 59"
    assert await france.state(case) is CaseState.CLOSED  # nothing has happened yet
    assert await notices(france, case) == []

    with pytest.raises(PreconditionError, match="have not been told"):
        await submit(france, rosa.at_france, payload, [])
    new = await submit(france, rosa.at_france, payload, signed(france, [seen]))
    (before,) = await notices(france, f"records/{old.hex()}")
    assert [(one.jurisdiction, one.answered) for one in before.replies] == [("ES", False)]

    await federation.settle()
    (after,) = await notices(france, f"records/{old.hex()}")
    assert [(one.jurisdiction, one.effect) for one in after.replies] == [("ES", "reopened")]
    for node in federation.nodes:
        assert await node.state(case) is CaseState.AGREED
        result = (await results(node, case))[-1]
        assert new in result.inputs
        assert old not in result.inputs
        assert len(await said(node, case, Reopening)) == 1
    await spain.determine(case, theoretical=120_000)
    await france.determine(case, theoretical=150_000)
    await federation.settle()
    assert await spain.state(case) is await france.state(case) is CaseState.CLOSED
    assert await submit(france, rosa.at_france, payload, signed(france, [seen])) == new
    own = await spain.notices.ListOwnNotices(
        notices_pb.ListOwnNoticesRequest(session=rosa.session), spain.portal
    )
    assert [one.kind for one in own.notices] == [notices_pb.NOTICE_KIND_CORRECTION]


@pytest.mark.asyncio
async def test_a_withdrawn_record_of_the_lead_is_told_to_the_others(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case = await closed(federation, rosa)
    theirs = await record_of_france(federation, case)
    (result,) = await results(spain, case)
    (old,) = [i for i in result.inputs if i != theirs]
    payload = record_to_payload(withdrawal(spain, rosa.at_spain, old))
    (seen,) = await preview(spain, rosa.at_spain, payload)
    changes = {one.place: (one.before, one.after) for one in seen.changes}
    assert changes["ES.total"] == ("12 months", "")
    await submit(spain, rosa.at_spain, payload, signed(spain, [seen]))
    await federation.settle()
    (told,) = await notices(spain, case)
    assert told.kind == notices_pb.NOTICE_KIND_INVALIDATION
    assert [(one.jurisdiction, one.effect) for one in told.replies] == [("FR", "noted")]
    assert (await results(france, case))[-1].inputs == (theirs,)
    assert await spain.state(case) is await france.state(case) is CaseState.AGREED


@pytest.mark.asyncio
async def test_whoever_received_a_record_is_told_before_anything_rests_on_it(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    (old, _) = await france.insure(rosa.at_france, 1990, 1991)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    case = opened.case.name
    await spain.ask(opened, await consent(federation, rosa))
    await france.cases.driver.work_through()
    federation.spain.wires["FR"].trouble = lambda: ""
    await federation.settle()
    payload = record_to_payload(shorter(france, rosa.at_france, old, 1990))
    seen = await preview(france, rosa.at_france, payload)
    assert [one.reopens for one in seen] == [False]
    new = await submit(france, rosa.at_france, payload, signed(france, seen))
    await federation.settle()
    (told,) = await notices(france, case)
    assert [(one.jurisdiction, one.effect) for one in told.replies] == [("ES", "noted")]
    assert new in (await results(spain, case))[-1].inputs


@pytest.mark.asyncio
async def test_a_preview_at_the_lead_comes_to_the_totals_of_the_commit(
    federation: Federation, rosa: Rosa
) -> None:
    """Also where the lead has added records since, which the next result rests on anyway."""
    spain, _ = federation.nodes
    case = await closed(federation, rosa)
    theirs = await record_of_france(federation, case)
    (result,) = await results(spain, case)
    (old,) = [i for i in result.inputs if i != theirs]
    await spain.insure(rosa.at_spain, 2003, 2004)
    payload = record_to_payload(shorter(spain, rosa.at_spain, old, 2000))
    (seen,) = await preview(spain, rosa.at_spain, payload)
    changes = {one.place: (one.before, one.after) for one in seen.changes}
    assert seen.notes[0].endswith("added since the result begin to count, too: 2")
    await submit(spain, rosa.at_spain, payload, signed(spain, [seen]))
    await federation.settle()
    totals = json.loads((await results(spain, case))[-1].result)["totals"]
    assert changes["ES.total"] == ("12 months", f"{totals['ES']['amount']} months")
    assert "FR.total" not in changes
    assert totals["FR"]["amount"] == 12


@pytest.mark.asyncio
async def test_a_preview_counts_a_record_that_may_not_go_to_the_lead_no_more_than_the_commit(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INSS no longer runs the branch: the old record ceases, and the new one stays in France."""
    spain, france = federation.nodes
    case = await closed(federation, rosa)
    old = await record_of_france(federation, case)
    payload = record_to_payload(shorter(france, rosa.at_france, old, 1990))
    narrowed = replace(
        world.FEDERATION,
        institutions=tuple(
            replace(one, branches=(Branch.FAMILY,)) if one.jurisdiction == "ES" else one
            for one in world.FEDERATION.institutions
        ),
    )
    monkeypatch.setattr(world, "FEDERATION", narrowed)
    (seen,) = await preview(france, rosa.at_france, payload)
    changes = {one.place: (one.before, one.after) for one in seen.changes}
    assert changes["FR.total"] == ("12 months", "")
    assert "may not be shown to the lead of the case" in seen.notes[0]
    await submit(france, rosa.at_france, payload, signed(france, [seen]))
    await federation.settle()
    after = (await results(spain, case))[-1]
    assert not {old, statement_id(RECORD_TYPE, payload)} & {*after.inputs}


@pytest.mark.asyncio
async def test_a_corrected_record_shows_the_fields_that_the_old_one_showed_and_no_more(
    federation: Federation, rosa: Rosa
) -> None:
    spain, france = federation.nodes
    case = await closed(federation, rosa)
    old = await record_of_france(federation, case)
    made = salt_record(shorter(france, rosa.at_france, old, 1990), france.randomness)
    seen = await preview(france, rosa.at_france, made.payload, made.disclosures)
    new = await submit(france, rosa.at_france, made.payload, signed(france, seen), made.disclosures)
    await federation.settle()
    (correction,) = [
        one for one in await said(spain, case, Correction) if isinstance(one, Correction)
    ]
    assert correction.added == (new,)
    assert [one.record for one in correction.shown] == [new]
    assert {"start_date", "end_date", "period_type"} <= set(correction.shown[0].fields)
    assert await spain.state(case) is await france.state(case) is CaseState.AGREED
    assert new in (await results(france, case))[-1].inputs


async def forged(federation: Federation, case: str, **changes: object) -> Envelope:
    """What FR/other, or CNAV about a record that is not its own, would sign."""
    old = await record_of_france(federation, case)
    (result,) = await results(federation.spain, case)
    (theirs,) = [i for i in result.inputs if i != old]
    source = next(
        statement_id(one.envelope.payload_type, one.envelope.payload)
        for one in await federation.france.statements(case)
        if "history-response" in one.envelope.payload_type
    )
    correction = Correction(
        header=federation.france.header(case, source),
        replaced=(theirs,),
        added=(),
        reason=CorrectionReason.INVALIDATED,
    )
    correction = replace(correction, **changes)
    return sign_envelope(type_of(correction), statement_to_payload(correction), SIGNERS["FR"])


@pytest.mark.asyncio
async def test_nobody_corrects_what_another_institution_has_issued(
    federation: Federation, rosa: Rosa
) -> None:
    """Its own node refuses it; one that does not is found out by whoever holds the record."""
    spain, france = federation.nodes
    case = await closed(federation, rosa)
    envelope = await forged(federation, case)
    old = await record_of_france(federation, case)
    payload = record_to_payload(shorter(france, rosa.at_france, old, 1990))
    with pytest.raises(PreconditionError, match="preview"):
        await submit(france, rosa.at_france, payload, [envelope_to_pb(envelope)])

    content = case_statement_from_payload(envelope.payload_type, envelope.payload)
    await _say_all_the_same(france, case, envelope)
    await federation.settle()
    async with spain.database.read() as connection:
        (row,) = await list_set_aside(connection, limit=9)
    assert "only the issuer corrects" in row.message
    assert row.statement_id == statement_id(envelope.payload_type, envelope.payload)
    assert content.header.sender == AT_CNAV  # whose signature is in what was set aside
    assert await spain.state(case) is CaseState.CLOSED


async def _say_all_the_same(node: Node, case: str, envelope: Envelope) -> None:
    """A node that says in a case what it should have refused."""

    async def work(write: Write) -> None:
        loaded = await load_case(
            write.connection,
            write.vault,
            own=node.code,
            case_id=case.removeprefix("cases/"),
            pending=write.statements,
        )
        assert loaded is not None
        heard = Heard(
            envelope=envelope,
            statement_id=statement_id(envelope.payload_type, envelope.payload),
            key_id=SIGNERS[node.code].key_id,
            statement=case_statement_from_payload(envelope.payload_type, envelope.payload),
            peer="",
        )
        await node.cases.writer.take(write, loaded, heard)

    await node.sequencer.run(work)


@pytest.mark.asyncio
async def test_a_correction_says_what_was_prepared_and_comes_with_a_record(
    federation: Federation, rosa: Rosa
) -> None:
    _, france = federation.nodes
    case = await closed(federation, rosa)
    old = await record_of_france(federation, case)
    payload = record_to_payload(shorter(france, rosa.at_france, old, 1990))
    (seen,) = await preview(france, rosa.at_france, payload)
    prepared = case_statement_from_payload(seen.payload_type, seen.payload)
    assert isinstance(prepared, Correction)
    other = replace(prepared, added=(), reason=CorrectionReason.INVALIDATED)
    lie = envelope_to_pb(sign_envelope(type_of(other), statement_to_payload(other), SIGNERS["FR"]))
    with pytest.raises(PreconditionError, match="has to be said"):
        await submit(france, rosa.at_france, payload, [lie])
    twice = signed(france, [seen, seen])
    with pytest.raises(InvalidInputError, match="twice"):
        await submit(france, rosa.at_france, payload, twice)
    stranger = Party(jurisdiction="FR", institution="other")
    renamed = replace(prepared, header=replace(prepared.header, sender=stranger))
    wrong = envelope_to_pb(
        sign_envelope(type_of(renamed), statement_to_payload(renamed), SIGNERS["FR"])
    )
    with pytest.raises(PortabilityError, match="has signed it"):
        await submit(france, rosa.at_france, payload, [wrong])
    assert await notices(france, case) == []
