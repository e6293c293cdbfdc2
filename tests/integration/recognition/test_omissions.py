"""
An answer that was not complete is noticed by the node that received it, as soon as a record of
before comes to light; and nobody is accused of what they rightly left out.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from agents.agency.omissions import verified_answer
from portability.errors import ProofError, SignatureError
from portability.ledger.envelope import kind_of, sign_envelope, statement_id
from portability.ledger.note import log_key
from portability.ledger.trust import EndedLog
from portability.node.audit.fsck import LogTrust, check_database
from portability.node.cases import answer
from portability.node.cases.omissions import OF_A_REQUEST, OmissionMetrics
from portability.node.cases.writing import Heard, Sending
from portability.node.log.write import Write
from portability.node.records.release import Released, release
from portability.recognition.statements import (
    Correction,
    CorrectionReason,
    HistoryOutcome,
    HistoryResponse,
)
from portability.store.peer_tables import omissions
from portability.v1 import envelope_pb2
from portability.v1 import recognition_service_pb2 as pb
from portability.wire.record import record_to_payload
from portability.wire.statement import case_statement_from_payload, statement_to_payload, type_of
from portability.wire.surfaced import verify_place
from tests.integration.recognition import world
from tests.integration.recognition.test_corrections import (
    preview,
    shorter,
    signed,
    submit,
    withdrawal,
)
from tests.integration.recognition.test_late_and_contested import said
from tests.integration.recognition.test_onward import loaded_in
from tests.integration.recognition.test_poison import say
from tests.integration.recognition.world import (
    AT_CNAV,
    ES_LOG,
    SIGNERS,
    Federation,
    Node,
    Rosa,
    consent,
    withdraw,
)
from tests.unit.consent.world import grant

pytestmark = pytest.mark.asyncio

FIELDS = ("period_type", "start_date", "end_date", "declared", "communication")

Hide = Callable[[bytes], bool]


class Silence:
    """France's node was altered: it releases all records but those that it hides."""

    def __init__(self) -> None:
        self.hides: Hide = lambda _: False

    async def release(self, *where: Any, **whose: Any) -> Released:
        found = await release(*where, **whose)
        return Released(records=tuple(r for r in found.records if not self.hides(r.statement_id)))


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Silence:
    found = Silence()
    monkeypatch.setattr(answer, "release", found.release)
    return found


async def asked(
    federation: Federation, rosa: Rosa, *years: int
) -> tuple[pb.OpenCaseResponse, list[bytes], bytes]:
    """Rosa was insured in France in these years; a case, what France has, and a consent."""
    records = await federation.france.insure(rosa.at_france, *years)
    await federation.spain.insure(rosa.at_spain, 2005)
    given = await consent(federation, rosa)
    return await federation.spain.open_case(rosa.at_spain, AT_CNAV), records, given


async def ask(
    federation: Federation, opened: pb.OpenCaseResponse, given: bytes, **changes: Any
) -> None:
    await federation.spain.ask(opened, given, **changes)
    await federation.settle()


async def left_out_once(
    federation: Federation, rosa: Rosa, silence: Silence
) -> tuple[pb.OpenCaseResponse, list[bytes], bytes]:
    """Asked twice on a consent, France answers without the first of two records, then with both."""
    opened, records, given = await asked(federation, rosa, 1990, 1991)
    silence.hides = lambda i: i == records[0]
    await ask(federation, opened, given)
    silence.hides = lambda _: False
    await ask(federation, opened, given)
    return opened, records, given


async def found(node: Node, case: str) -> list[pb.IncompleteAnswer]:
    shown = await node.cases.recognition.GetCase(pb.GetCaseRequest(name=case), node.agency)
    return list(shown.incomplete_answers)


async def answers(node: Node, case: str) -> list[bytes]:
    """Ids of the answers in a case, in the order in which they came."""
    return [
        statement_id(one.envelope.payload_type, one.envelope.payload)
        for one in await node.statements(case)
        if kind_of(one.envelope.payload_type) == "history-response"
    ]


async def counted(node: Node) -> dict[str, float]:
    """What the operator sees."""
    metrics = OmissionMetrics(node.database)
    await metrics.look()
    (family,) = metrics.collect()
    return {one.labels["jurisdiction"]: one.value for one in family.samples}


async def difference(node: Node) -> str:
    trust = LogTrust(
        jurisdiction="ES",
        origin=world.FEDERATION.member("ES").log_origin,
        keys=(log_key(world.FEDERATION.member("ES").log_origin, ES_LOG.public),),
        directory=world.FEDERATION,
    )
    return (await check_database(node.database, trust)).difference


async def correct(
    node: Node,
    case: str,
    *,
    added: tuple[bytes, ...] = (),
    replaced: tuple[bytes, ...] = (),
    earlier: timedelta = timedelta(0),
) -> None:
    """France's institution brings records that it forgot, or says which were never valid."""

    async def work(write: Write) -> None:
        loaded = await loaded_in(node, write, case)
        answered = loaded.case.accepted.items()
        source = next(i for i, one in answered if isinstance(one, HistoryResponse))
        header = node.header(case, source)
        correction = Correction(
            header=replace(header, created=header.created - earlier),
            replaced=replaced,
            added=added,
            reason=CorrectionReason.LATE_RECORD if added else CorrectionReason.INVALIDATED,
        )
        payload = statement_to_payload(correction)
        envelope = sign_envelope(type_of(correction), payload, SIGNERS[node.code])
        heard = Heard(
            envelope=envelope,
            statement_id=statement_id(envelope.payload_type, payload),
            key_id=SIGNERS[node.code].key_id,
            statement=correction,
            peer="",
        )
        await node.cases.writer.take(write, loaded, heard, Sending(exhibits={"ES": added}))

    await node.sequencer.run(work)


async def test_a_record_of_before_that_a_later_answer_holds_shows_who_left_it_out(
    federation: Federation, rosa: Rosa, silence: Silence
) -> None:
    spain = federation.spain
    opened, records, given = await asked(federation, rosa, 1990, 1991, 1992)
    case = opened.case.name
    hidden = records[1]
    silence.hides = lambda i: i == hidden
    await ask(federation, opened, given)
    assert await found(spain, case) == []
    silence.hides = lambda _: False
    await ask(federation, opened, given)

    (one,) = await found(spain, case)
    first, _ = await answers(spain, case)
    assert (one.institution.jurisdiction, one.institution.institution) == ("FR", "cnav")
    assert one.statement == first
    response = case_statement_from_payload(
        one.answer.envelope.payload_type, one.answer.envelope.payload
    )
    assert isinstance(response, HistoryResponse)
    assert hidden not in response.records
    ((record, place),) = ((left.record, left.place) for left in one.records)
    assert record == hidden
    assert verify_place(place, world.FEDERATION, AT_CNAV).statement_id == hidden
    assert place.leaf_index < response.tree_size == one.tree_size
    assert not place.HasField("envelope"), "a place tells nothing of the person"
    assert await counted(spain) == {"FR": 1}
    assert await found(federation.france, case) == []
    assert await difference(spain) == ""


async def test_a_record_of_before_that_comes_with_a_correction_shows_who_left_it_out(
    federation: Federation, rosa: Rosa, silence: Silence
) -> None:
    spain = federation.spain
    opened, (_, *records), given = await asked(federation, rosa, 1989, 1990, 1991)
    silence.hides = lambda i: i in records
    await ask(federation, opened, given)
    await correct(federation.france, opened.case.name, added=tuple(records))
    await federation.settle()
    (one,) = await found(spain, opened.case.name)
    assert {left.record for left in one.records} == set(records)
    assert await counted(spain) == {"FR": 1}


async def test_an_answer_without_what_an_earlier_one_held_is_found_when_it_comes(
    federation: Federation, rosa: Rosa, silence: Silence
) -> None:
    spain = federation.spain
    opened, records, given = await asked(federation, rosa, 1990, 1991)
    await ask(federation, opened, given)
    silence.hides = lambda i: i == records[0]
    await ask(federation, opened, given)
    (one,) = await found(spain, opened.case.name)
    assert one.statement == (await answers(spain, opened.case.name))[1]
    assert [left.record for left in one.records] == [records[0]]


async def test_a_peer_that_answers_again_and_again_fills_nobodys_database(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of its answers that lacks all, a thousand times over, was a row for each record."""
    monkeypatch.setattr("portability.node.cases.omissions.MOST_NOTED", 2)
    spain, france = federation.nodes
    opened, records, given = await asked(federation, rosa, 1990, 1991, 1992)
    case = opened.case.name
    await ask(federation, opened, given)
    (answer,) = await said(spain, case, HistoryResponse)
    assert isinstance(answer, HistoryResponse)
    assert set(answer.records) == set(records)
    for number in range(OF_A_REQUEST + 3):
        again = replace(answer.header, salt=bytes([number]) * 32)
        nothing = replace(answer, header=again, outcome=HistoryOutcome.NONE, records=())
        await say(france, "ES", replace(nothing, payload_digest=b""))
    await federation.settle()
    assert len(await answers(spain, case)) == OF_A_REQUEST + 4
    assert [len(one.records) for one in await found(spain, case)] == [2] * (OF_A_REQUEST - 1)


async def test_an_answer_in_the_log_before_lacks_what_the_log_that_goes_on_holds_at_its_place(
    federation: Federation, rosa: Rosa, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = EndedLog(
        jurisdiction="FR", origin="fr/before", public=bytes(32), size=10_000, root=bytes(32)
    )
    monkeypatch.setattr(world, "FEDERATION", replace(world.FEDERATION, ended_logs=(end,)))
    spain, france = federation.nodes
    opened, records, given = await asked(federation, rosa, 1990, 1991)
    case = opened.case.name
    await ask(federation, opened, given)
    (answer,) = await said(spain, case, HistoryResponse)
    assert isinstance(answer, HistoryResponse)
    nothing = replace(answer, outcome=HistoryOutcome.NONE, records=(), payload_digest=b"")
    again = replace(answer.header, salt=bytes(32))
    await say(france, "ES", replace(nothing, header=again, log_origin=end.origin))
    await federation.settle()

    (one,) = await found(spain, case)
    assert (one.log_origin, {left.record for left in one.records}) == (end.origin, set(records))
    assert verified_answer(one, world.FEDERATION, "ES").log_origin == end.origin
    assert await difference(spain) == ""
    monkeypatch.undo()
    assert not holds(one), "without the end of the log it cannot be known"


async def test_the_evidence_outlasts_what_it_is_about(
    federation: Federation, rosa: Rosa, silence: Silence
) -> None:
    spain = federation.spain
    opened, records, given = await left_out_once(federation, rosa, silence)
    await withdraw(federation, rosa, given)
    await federation.settle()
    (one,) = await found(spain, opened.case.name)
    assert verify_place(one.records[0].place, world.FEDERATION, AT_CNAV).statement_id == records[0]
    assert await difference(spain) == ""


async def test_nobody_is_accused_of_what_was_not_asked_for_or_not_allowed(
    federation: Federation, rosa: Rosa
) -> None:
    """Each answer but the last lacks a record that its log had, and rightly so."""
    spain = federation.spain
    await federation.france.insure(rosa.at_france, 1985, 1995)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    nineties = grant(fields=FIELDS, from_date=date(1990, 1, 1), to_date=date(1999, 12, 31))
    await ask(federation, opened, await consent(federation, rosa, grants=(nineties,)))
    given = await consent(federation, rosa, max_uses=9)
    await ask(federation, opened, given, from_date=date(1986, 1, 1))
    await ask(federation, opened, given, to_date=date(1995, 6, 30))
    await ask(federation, opened, given, fields=FIELDS[:3])
    await ask(federation, opened, given)
    answered = await said(spain, opened.case.name, HistoryResponse)
    counts = sorted(len(one.records) for one in answered if isinstance(one, HistoryResponse))
    assert counts == [0, 1, 1, 1, 2]
    assert await found(spain, opened.case.name) == []


async def test_nobody_is_accused_of_what_came_later_nor_of_what_was_corrected(
    federation: Federation, rosa: Rosa
) -> None:
    """A record made after an answer; one that the next lacks, since it was replaced or invalid."""
    spain, france = federation.nodes
    opened, (old, wrong), given = await asked(federation, rosa, 1990, 1992)
    case = opened.case.name
    await ask(federation, opened, given)
    (new,) = await france.insure(rosa.at_france, 1991)
    await correct(france, case, added=(new,))
    await federation.settle()
    for record in (
        shorter(france, rosa.at_france, old, 1990),
        withdrawal(france, rosa.at_france, wrong),
    ):
        payload = record_to_payload(record)
        told = signed(france, await preview(france, rosa.at_france, payload))
        await submit(france, rosa.at_france, payload, told)
        federation.clock.now += timedelta(minutes=1)
    await federation.settle()
    await ask(federation, opened, given)
    first, last = (set(one.records) for one in await said(spain, case, HistoryResponse))  # type: ignore[attr-defined]
    assert first == {old, wrong}
    assert new in last
    assert not first & last
    assert await found(spain, case) == []


async def test_what_a_correction_explains_that_comes_after_the_answer_is_held_against_nobody(
    federation: Federation, rosa: Rosa, silence: Silence
) -> None:
    """The correction was said before the answer; it was kept back until this node was upgraded."""
    spain = federation.spain
    opened, (_, *records, late), given = await asked(federation, rosa, 1989, 1990, 1991, 1992)
    silence.hides = lambda i: i == late
    await ask(federation, opened, given)
    silence.hides = lambda i: i in {*records, late}
    await ask(federation, opened, given)
    assert await counted(spain) == {"FR": 1}
    federation.clock.now += timedelta(minutes=1)
    await correct(federation.france, opened.case.name, replaced=(records[1],))
    await federation.settle()
    assert len((await found(spain, opened.case.name))[0].records) == 2, "it was said too late"
    early = timedelta(days=1)
    await correct(federation.france, opened.case.name, replaced=(records[0],), earlier=early)
    await federation.settle()
    (one,) = await found(spain, opened.case.name)
    assert [left.record for left in one.records] == [records[1]]
    await correct(federation.france, opened.case.name, added=(late,))
    await federation.settle()
    left = [{i.record for i in one.records} for one in await found(spain, opened.case.name)]
    assert sorted(left, key=len) == [{late}, {records[1], late}], "both answers lacked it"


async def test_fsck_finds_what_was_altered_in_the_evidence(
    federation: Federation, rosa: Rosa, silence: Silence
) -> None:
    spain = federation.spain
    await left_out_once(federation, rosa, silence)
    other: dict[str, Any] = {
        "record": bytes(32),
        "response": bytes(32),
        "case_id": "0" * 32,
        "jurisdiction": "ES",
        "institution": "inss",
        "log_origin": "elsewhere/log",
        "tree_size": 999,
        "leaf_index": 999,
        "proven": b"",
    }
    for name, value in other.items():
        async with spain.database.write() as connection:
            row = (await connection.execute(omissions.select())).mappings().one()
            await connection.execute(omissions.update().values({name: value}))
        assert (await difference(spain)).startswith("omissions:"), name
        async with spain.database.write() as connection:
            await connection.execute(omissions.update().values({name: row[name]}))
    assert await difference(spain) == ""


async def test_an_office_believes_of_its_node_only_what_the_proofs_show(
    federation: Federation, rosa: Rosa, silence: Silence
) -> None:
    spain = federation.spain
    opened, records, _ = await left_out_once(federation, rosa, silence)
    (true,) = await found(spain, opened.case.name)
    told = verified_answer(true, world.FEDERATION, "ES")
    assert (told.institution, told.is_proven) == (AT_CNAV, True)
    assert f"of FR/cnav said that it was complete at {true.tree_size} entries" in told.words
    assert f"left out entry {true.records[0].place.leaf_index}" in told.words

    _, whole = await answers(spain, opened.case.name)
    other = next(one for one in await spain.statements(opened.case.name) if whole == _id_of(one))
    lies: dict[str, Callable[[pb.IncompleteAnswer], object]] = {
        "a record that came later": lambda one: setattr(one, "tree_size", 1),
        "another record": lambda one: setattr(one.records[0], "record", records[1]),
        "another answer": lambda one: one.answer.CopyFrom(other),
        "of another institution": lambda one: setattr(one.institution, "institution", "agirc"),
        "another place": lambda one: setattr(one.records[0].place, "leaf_index", 1),
    }
    for lie, tell in lies.items():
        false = pb.IncompleteAnswer.FromString(true.SerializeToString())
        tell(false)
        assert not holds(false), lie


def holds(message: pb.IncompleteAnswer) -> bool:
    """Whether INSS believes its node."""
    try:
        verified_answer(message, world.FEDERATION, "ES")
    except (ProofError, SignatureError):
        return False
    return True


def _id_of(one: envelope_pb2.ProvenStatement) -> bytes:
    return statement_id(one.envelope.payload_type, one.envelope.payload)
