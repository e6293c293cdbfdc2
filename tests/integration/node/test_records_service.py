"""RecordsService of a whole node over mutual TLS, on both databases."""

import asyncio
import gc
import os
import signal
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import grpc
import pytest
import pytest_asyncio

from portability.core.periods import Branch, Period, PeriodType
from portability.errors import (
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    OverloadedError,
    RecordRefusedError,
    SignatureError,
)
from portability.ledger.checkpoint import Checkpoint, open_checkpoint
from portability.ledger.directory import Institution, KeyEntry, KeyPurpose
from portability.ledger.envelope import Envelope, payload_type, sign_envelope, statement_id
from portability.ledger.keys import Ed25519Signer, Signer
from portability.ledger.merkle import leaf_hash, verify_inclusion
from portability.node.development.federation import FederationLayout
from portability.node.keys import Mode, load_signer
from portability.node.parts import Parts
from portability.v1 import audit_service_pb2 as audit_pb
from portability.v1 import audit_service_pb2_grpc as audit_rpc
from portability.v1 import persons_service_pb2 as persons_pb
from portability.v1 import persons_service_pb2_grpc as persons_rpc
from portability.v1 import record_pb2
from portability.v1 import records_service_pb2 as pb
from portability.v1 import records_service_pb2_grpc as rpc
from portability.wire.envelope import envelope_to_pb
from portability.wire.log_entry import log_entry_from_bytes
from portability.wire.proven import proven_from_pb, split_hashes, verify_proven
from portability.wire.record import (
    MAX_PAYLOAD_BYTES,
    RECORD_TYPE,
    EntitlementRecord,
    record_to_payload,
    subject_commitment,
)
from tests.integration.node.whole import (
    channel_to,
    connected,
    enter_in_directory,
    issue,
    node,
    refusal,
    use_database,
)

pytestmark = pytest.mark.asyncio

EXPIRED: Final = Ed25519Signer(bytes([61]) * 32)
FUTURE: Final = Ed25519Signer(bytes([62]) * 32)
STRANGER: Final = Ed25519Signer(bytes([63]) * 32)
CARSAT: Final = Ed25519Signer(bytes([64]) * 32)
NUMBER: Final = "255088412345678"


def more_keys(now: datetime) -> tuple[KeyEntry, ...]:
    """Old and future keys of CNAV, and one of another institution of France."""

    def entry(institution: str, signer: Signer, begins: timedelta, ends: timedelta) -> KeyEntry:
        return KeyEntry(
            jurisdiction="FR",
            institution=institution,
            purpose=KeyPurpose.INSTITUTION,
            public=signer.public,
            valid_from=now + begins,
            valid_to=now + ends,
        )

    day = timedelta(days=1)
    return (
        entry("cnav", EXPIRED, -400 * day, -day),
        entry("cnav", FUTURE, day, 400 * day),
        entry("carsat", CARSAT, -day, 400 * day),
    )


CARSAT_ENTRY: Final = Institution(
    jurisdiction="FR",
    id="carsat",
    name="Another French institution",
    branches=(Branch.OLD_AGE,),
    country="FR",
    contact="https://carsat.example",
    supervisory_authority="Commission nationale de l'informatique et des libertés",
)


@dataclass(kw_only=True)
class France:
    """A running node, CNAV's connection to it, and one person whom it knows."""

    layout: FederationLayout
    parts: Parts
    signer: Signer
    channel: grpc.aio.Channel
    person: str = ""
    channels: list[grpc.aio.Channel] = field(default_factory=list)

    @property
    def records(self) -> rpc.RecordsServiceStub:
        return rpc.RecordsServiceStub(self.channel)

    def as_somebody(self, uri: str) -> rpc.RecordsServiceStub:
        """The same service for somebody else, by the URI name of their certificate."""
        self.channels.append(channel_to(self.layout, "FR", issue(self.layout, uri)))
        return rpc.RecordsServiceStub(self.channels[-1])

    async def enrol(self, number: str = NUMBER) -> str:
        stub = persons_rpc.PersonsServiceStub(self.channel)
        answer = await stub.CreatePerson(
            persons_pb.CreatePersonRequest(
                request_id=str(uuid.uuid4()),
                identifier=persons_pb.NationalIdentifier(jurisdiction="FR", value=number),
                identity_level="substantial",
            )
        )
        return str(answer.person)

    def record(self, year: int = 1990, *, institution: str = "cnav") -> EntitlementRecord:
        salt = os.urandom(32)
        return EntitlementRecord(
            salt=salt,
            subject_commitment=subject_commitment(salt, self.person),
            jurisdiction="FR",
            institution=institution,
            issue_date=date(2025, 1, 15),
            supersedes=b"",
            content=Period(
                id="",
                jurisdiction="FR",
                institution=institution,
                type=PeriodType.COMPULSORY_EMPLOYED,
                start=date(year, 1, 1),
                end=date(year, 12, 31),
            ),
        )

    def signed(self, year: int = 1990) -> Envelope:
        return sign_envelope(RECORD_TYPE, record_to_payload(self.record(year)), self.signer)

    def altered(self, change: Callable[[record_pb2.EntitlementRecord], None]) -> Envelope:
        """A record that says something else, properly signed."""
        message = record_pb2.EntitlementRecord.FromString(record_to_payload(self.record()))
        change(message)
        return sign_envelope(RECORD_TYPE, message.SerializeToString(), self.signer)

    def submission(self, envelope: Envelope, person: str = "") -> pb.RecordSubmission:
        return pb.RecordSubmission(person=person or self.person, envelope=envelope_to_pb(envelope))

    def submit(self, envelope: Envelope, person: str = "") -> Any:
        return self.records.SubmitRecord(
            pb.SubmitRecordRequest(submission=self.submission(envelope, person))
        )

    def batch(self, envelopes: Iterable[Envelope], *, keep_good: bool) -> pb.SubmitRecordsRequest:
        return pb.SubmitRecordsRequest(
            submissions=[self.submission(one) for one in envelopes], keep_good=keep_good
        )

    def stream(self, *batches: pb.SubmitRecordsRequest) -> Any:
        return self.records.SubmitRecords(iter_async(batches))

    async def head(self) -> Checkpoint:
        stub = audit_rpc.AuditServiceStub(self.channel)
        answer = await stub.GetCheckpoint(audit_pb.GetCheckpointRequest())
        return self.open(answer.checkpoint)

    def open(self, note: bytes) -> Checkpoint:
        key = self.parts.directory().log_vkey("FR", datetime.now(UTC))
        return open_checkpoint(note, key, key.name)

    def check(self, one: pb.RecordAcknowledgement, note: bytes, envelope: Envelope) -> int:
        """The acknowledgement proves that this record is in the log; its index."""
        expected = statement_id(envelope.payload_type, envelope.payload)
        assert one.record == f"records/{expected.hex()}"
        assert log_entry_from_bytes(one.log_entry).statement_id == expected
        head = self.open(note)
        proof = split_hashes(one.inclusion_proof)
        verify_inclusion(leaf_hash(one.log_entry), one.leaf_index, head.size, proof, head.root)
        return int(one.leaf_index)


async def iter_async(
    batches: Sequence[pb.SubmitRecordsRequest],
) -> AsyncIterator[pb.SubmitRecordsRequest]:
    for batch in batches:
        yield batch


@pytest_asyncio.fixture
async def france(layout: FederationLayout, database_url: str) -> AsyncIterator[France]:
    use_database(layout, "FR", database_url)
    enter_in_directory(
        layout,
        institutions=(CARSAT_ENTRY,),
        entries=more_keys(datetime.now(UTC).replace(microsecond=0)),
    )
    key = layout.root / "profiles" / "fr-agency-cnav" / "signing-key.pem"
    async with (
        node(layout, "FR") as (parts, _),
        connected(layout, "fr-agency-cnav", "FR") as channel,
    ):
        made = France(
            layout=layout,
            parts=parts,
            signer=load_signer(Path(key), Mode.DEVELOPMENT),
            channel=channel,
        )
        made.person = await made.enrol()
        yield made
        for one in made.channels:
            await one.close()


def flipped(envelope: Envelope) -> Envelope:
    payload = bytearray(envelope.payload)
    payload[40] ^= 1
    return replace(envelope, payload=bytes(payload))


def bad_records(france: France) -> dict[str, tuple[Envelope, type[Exception], str, str]]:
    """Name → (record, error, field, words of the message)."""
    good = france.signed()

    def period(**values: str) -> Envelope:
        def change(message: record_pb2.EntitlementRecord) -> None:
            for name, value in values.items():
                setattr(message.contribution_period, name, value)

        return france.altered(change)

    def signed_by(signer: Signer) -> Envelope:
        return sign_envelope(RECORD_TYPE, good.payload, signer)

    other = record_to_payload(france.record(institution="carsat"))
    too_long = sign_envelope(RECORD_TYPE, bytes(MAX_PAYLOAD_BYTES + 1), france.signer)
    wrong_type = sign_envelope(
        payload_type("determination", "protobuf"), good.payload, france.signer
    )
    return {
        "changed after signing": (flipped(good), SignatureError, "envelope", "does not fit"),
        "no signature": (replace(good, signatures=()), SignatureError, "envelope", ""),
        "unknown key": (signed_by(STRANGER), SignatureError, "envelope", "does not list"),
        "other institution's key": (signed_by(CARSAT), SignatureError, "envelope", "not list"),
        "expired key": (signed_by(EXPIRED), SignatureError, "envelope", "expired"),
        "key of tomorrow": (signed_by(FUTURE), SignatureError, "envelope", "not yet valid"),
        "end before start": (
            period(start_date="1990-12-31", end_date="1990-01-01"),
            InvalidInputError,
            "end",
            "before",
        ),
        "31 February": (
            period(start_date="1990-02-31"),
            InvalidInputError,
            "start_date",
            "",
        ),
        "unknown type code": (period(period_type="99"), InvalidInputError, "type", "P5000 code"),
        "payload over the limit": (
            too_long,
            InvalidInputError,
            "payload",
            str(MAX_PAYLOAD_BYTES),
        ),
        "not a record": (wrong_type, InvalidInputError, "payload_type", ""),
        "other institution's record": (
            sign_envelope(RECORD_TYPE, other, france.signer),
            InvalidInputError,
            "institution",
            "another institution",
        ),
    }


async def test_each_bad_record_is_refused_in_one_sentence_and_nothing_of_it_is_stored(
    france: France,
) -> None:
    before = await france.head()
    for name, (envelope, kind, field_name, words) in bad_records(france).items():
        code, error = await refusal(france.submit(envelope))
        assert code is grpc.StatusCode.INVALID_ARGUMENT, name
        assert type(error) is kind, name
        assert error.context["field"] == field_name, (name, error.context)
        assert words in error.message, (name, error.message)
        assert france.person not in error.message, name
        assert "\n" not in error.message, name
    assert await france.head() == before
    listed = await france.records.ListRecords(pb.ListRecordsRequest(parent=france.person))
    assert list(listed.records) == []
    envelope = france.signed()
    answer = await france.submit(envelope)
    assert france.check(answer.acknowledgement, answer.checkpoint, envelope) == before.size


async def test_a_record_about_nobody_or_about_somebody_else_is_refused(france: France) -> None:
    envelope = france.signed()
    nobody = "persons/" + "ab" * 16
    somebody = await france.enrol("255088412345679")
    for person in (nobody, somebody):
        code, error = await refusal(france.submit(envelope, person))
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert error.context["field"] in {"person", "subject_commitment"}
        assert person not in error.message
    salt = os.urandom(32)
    bound = replace(france.record(), salt=salt, subject_commitment=subject_commitment(salt, nobody))
    signed = sign_envelope(RECORD_TYPE, record_to_payload(bound), france.signer)
    code, error = await refusal(france.submit(signed, nobody))
    assert (code, error.context["field"]) == (grpc.StatusCode.INVALID_ARGUMENT, "person")
    assert (await france.head()).size == 0


async def test_the_same_record_again_gets_the_same_answer_and_no_second_leaf(
    france: France,
) -> None:
    envelope = france.signed()
    first = await france.submit(envelope)
    for year in range(1991, 1996):
        await france.submit(france.signed(year))
    again = await france.submit(envelope)
    assert again.SerializeToString() == first.SerializeToString()
    assert (await france.head()).size == 6
    (answer,) = [one async for one in france.stream(france.batch([envelope], keep_good=False))]
    assert answer.acknowledgements[0].leaf_index == first.acknowledgement.leaf_index
    assert answer.acknowledgements[0].log_entry == first.acknowledgement.log_entry
    france.check(answer.acknowledgements[0], answer.checkpoint, envelope)
    assert (await france.head()).size == 6


async def test_the_same_record_from_many_callers_at_once_is_one_leaf(france: France) -> None:
    envelope = france.signed()
    answers = await asyncio.gather(*(france.submit(envelope) for _ in range(40)))
    assert {
        france.check(answer.acknowledgement, answer.checkpoint, envelope) for answer in answers
    } == {0}
    assert (await france.head()).size == 1


async def test_new_known_and_repeated_records_of_one_batch_are_each_acknowledged_in_their_place(
    france: France,
) -> None:
    known = [france.signed(year) for year in (1980, 1981)]
    for envelope in known:
        await france.submit(envelope)
    new = [france.signed(year) for year in (1990, 1991)]
    sent = [new[0], known[1], new[0], new[1], known[0], known[1]]
    (answer,) = [one async for one in france.stream(france.batch(sent, keep_good=False))]
    indexes = [
        france.check(one, answer.checkpoint, envelope)
        for one, envelope in zip(answer.acknowledgements, sent, strict=True)
    ]
    assert indexes == [2, 1, 2, 3, 0, 1]
    assert (await france.head()).size == 4


async def test_the_good_records_of_a_batch_are_kept_where_the_officer_chose_so(
    france: France,
) -> None:
    good = [france.signed(year) for year in range(1980, 1990)]
    sent = [*good[:3], flipped(good[3]), *good[4:7], france.altered(_ends_early), *good[8:]]
    batches = [
        france.batch(sent, keep_good=True),
        france.batch([flipped(one) for one in good], keep_good=True),
        france.batch([good[3]], keep_good=True),
    ]
    answers = [one async for one in france.stream(*batches)]
    assert [one.position for one in answers[0].refusals] == [3, 7]
    assert [one.reason for one in answers[0].refusals] == ["SIGNATURE_INVALID", "INVALID_INPUT"]
    assert all(one.message.count("\n") == 0 and one.message for one in answers[0].refusals)
    kept = [one for position, one in enumerate(sent) if position not in {3, 7}]
    for one, envelope in zip(answers[0].acknowledgements, kept, strict=True):
        france.check(one, answers[0].checkpoint, envelope)
    assert [one.position for one in answers[1].refusals] == list(range(10))
    assert not answers[1].acknowledgements
    assert answers[1].checkpoint == b""
    assert france.check(answers[2].acknowledgements[0], answers[2].checkpoint, good[3]) == 8
    assert (await france.head()).size == 9


def _ends_early(message: record_pb2.EntitlementRecord) -> None:
    message.contribution_period.end_date = "1900-01-01"


async def test_one_bad_record_refuses_its_batch_and_those_before_stay(france: France) -> None:
    loose: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: loose.append(told))
    good = [france.signed(year) for year in range(1980, 1990)]
    bad = [*good[5:7], flipped(good[7]), good[8]]
    batches = [france.batch(good[:5], keep_good=False)]
    batches += [france.batch(bad, keep_good=False)] * 4
    answers = []

    async def all_answers() -> None:
        async for answer in france.stream(*batches):
            answers.append(answer)  # those before the refusal count

    code, error = await refusal(all_answers())
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert isinstance(error, RecordRefusedError)
    assert error.context["row"] == "2"
    assert error.context["field"] == "submissions[2].envelope"
    assert "record 2 of the batch" in error.message
    assert len(answers) == 1
    assert (await france.head()).size == 5
    gc.collect()
    await asyncio.sleep(0)
    assert loose == []


async def test_a_batch_has_its_limits(france: France) -> None:
    empty = pb.SubmitRecordsRequest()
    over = pb.SubmitRecordsRequest(submissions=[pb.RecordSubmission()] * 5_001)
    for batch in (empty, over):
        code, error = await refusal(france.stream(batch).read())
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert error.context["field"] == "submissions"
        assert "1 to 5000" in error.message
    assert (await france.head()).size == 0


async def test_records_are_listed_in_pages_each_with_a_proof(france: France) -> None:
    envelopes = [france.signed(year) for year in range(1980, 1985)]
    async for _ in france.stream(france.batch(envelopes, keep_good=False)):
        pass
    other = await france.enrol("255088412345679")
    names, token, pages = [], "", 0
    while True:
        request = pb.ListRecordsRequest(parent=france.person, page_size=2, page_token=token)
        page = await france.records.ListRecords(request)
        for record in page.records:
            verified = verify_proven(
                proven_from_pb(record.statement),
                france.parts.directory(),
                log_jurisdiction="FR",
                expected_types={RECORD_TYPE},
                signer=("FR", "cnav", KeyPurpose.INSTITUTION),
            )
            assert record.name == f"records/{verified.statement_id.hex()}"
            assert record.person == france.person
            names.append(record.name)
        pages += 1
        token = page.next_page_token
        if not token:
            break
    assert pages == 3
    ids = [statement_id(one.payload_type, one.payload) for one in envelopes]
    assert names == [f"records/{one.hex()}" for one in ids]
    one = await france.records.GetRecord(pb.GetRecordRequest(name=names[3]))
    assert one.record.name == names[3]
    empty = await france.records.ListRecords(pb.ListRecordsRequest(parent=other))
    assert (list(empty.records), empty.next_page_token) == ([], "")


async def test_pages_say_nothing_of_what_another_institution_holds_of_a_person(
    france: France,
) -> None:
    """A token is a place in the log, whose leaf names a key: so it would name the institution."""
    async for _ in france.stream(france.batch([france.signed(1980)], keep_good=False)):
        pass
    carsat = france.as_somebody("portability://FR/agency/carsat")
    for year in (2001, 2002, 2003):
        payload = record_to_payload(france.record(year, institution="carsat"))
        theirs = sign_envelope(RECORD_TYPE, payload, CARSAT)
        await carsat.SubmitRecord(pb.SubmitRecordRequest(submission=france.submission(theirs)))
    async for _ in france.stream(france.batch([france.signed(1981)], keep_good=False)):
        pass
    names, token, pages = [], "", 0
    while token or not pages:
        page = await france.records.ListRecords(
            pb.ListRecordsRequest(parent=france.person, page_size=1, page_token=token)
        )
        names += [one.name for one in page.records]
        token, pages = page.next_page_token, pages + 1
    assert (len(names), pages) == (2, 2)


async def test_what_is_asked_for_wrongly_or_is_not_there_is_said(france: France) -> None:
    await france.submit(france.signed())
    for request in (
        pb.ListRecordsRequest(parent=france.person, page_size=-1),
        pb.ListRecordsRequest(parent=france.person, page_token="-1"),
        pb.ListRecordsRequest(parent=france.person, page_token="١"),
        pb.ListRecordsRequest(parent=france.person, page_token="9" * 40),
    ):
        code, error = await refusal(france.records.ListRecords(request))
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert error.context["field"] in {"page_size", "page_token"}
    for parent in ("persons/" + "00" * 16, "", NUMBER):
        code, error = await refusal(
            france.records.ListRecords(pb.ListRecordsRequest(parent=parent))
        )
        assert (code, type(error)) == (grpc.StatusCode.NOT_FOUND, NotFoundError)
        assert NUMBER not in error.message
    for name, expected in (
        ("records/" + "ab" * 32, grpc.StatusCode.NOT_FOUND),
        ("records/" + "ab" * 31, grpc.StatusCode.INVALID_ARGUMENT),
        ("records/" + "AB" * 32, grpc.StatusCode.INVALID_ARGUMENT),
        ("persons/" + "ab" * 32, grpc.StatusCode.INVALID_ARGUMENT),
        ("", grpc.StatusCode.INVALID_ARGUMENT),
    ):
        code, _ = await refusal(france.records.GetRecord(pb.GetRecordRequest(name=name)))
        assert code is expected, name


async def test_another_institution_neither_sends_nor_sees_the_records_of_this_one(
    france: France,
) -> None:
    carsat = france.as_somebody("portability://FR/agency/carsat")
    mine = france.signed()
    answer = await france.submit(mine)
    code, error = await refusal(
        carsat.SubmitRecord(
            pb.SubmitRecordRequest(submission=france.submission(france.signed(1991)))
        )
    )
    assert (code, type(error)) == (grpc.StatusCode.INVALID_ARGUMENT, SignatureError)
    theirs = sign_envelope(
        RECORD_TYPE, record_to_payload(france.record(2001, institution="carsat")), CARSAT
    )
    second = await carsat.SubmitRecord(pb.SubmitRecordRequest(submission=france.submission(theirs)))
    for stub, expected in (
        (france.records, answer.acknowledgement.record),
        (carsat, second.acknowledgement.record),
    ):
        listed = await stub.ListRecords(pb.ListRecordsRequest(parent=france.person))
        assert [record.name for record in listed.records] == [expected]
    not_theirs = await refusal(
        carsat.GetRecord(pb.GetRecordRequest(name=answer.acknowledgement.record))
    )
    not_there = await refusal(carsat.GetRecord(pb.GetRecordRequest(name="records/" + "ab" * 32)))
    assert not_theirs[0] is not_there[0] is grpc.StatusCode.NOT_FOUND
    assert not_theirs[1].message == not_there[1].message


@pytest.mark.parametrize(
    "uri",
    [
        "portability://FR/portal",
        "portability://FR/auditor/cdc",
        "portability://FR/operator",
        "portability://FR/node",
        "portability://ES/agency/inss",
        "portability://ES/node",
        "portability://PL/agency/cnav",
    ],
)
async def test_nobody_but_an_institution_of_this_jurisdiction_is_heard(
    france: France, uri: str
) -> None:
    stub = france.as_somebody(uri)
    calls = (
        stub.SubmitRecord(pb.SubmitRecordRequest(submission=france.submission(france.signed()))),
        stub.SubmitRecords(iter_async([france.batch([france.signed()], keep_good=True)])).read(),
        stub.GetRecord(pb.GetRecordRequest(name="records/" + "ab" * 32)),
        stub.ListRecords(pb.ListRecordsRequest(parent=france.person)),
    )
    for call in calls:
        code, error = await refusal(call)
        assert (code, type(error)) == (grpc.StatusCode.PERMISSION_DENIED, ForbiddenError)
    assert (await france.head()).size == 0


async def test_an_institution_without_a_key_in_the_directory_submits_nothing(
    france: France,
) -> None:
    unlisted = france.as_somebody("portability://FR/agency/agirc")
    record = record_to_payload(france.record(institution="agirc"))
    code, error = await refusal(
        unlisted.SubmitRecord(
            pb.SubmitRecordRequest(
                submission=france.submission(sign_envelope(RECORD_TYPE, record, france.signer))
            )
        )
    )
    assert (code, type(error)) == (grpc.StatusCode.INVALID_ARGUMENT, SignatureError)
    assert "does not list" in error.message


async def test_killing_the_verifying_processes_loses_and_doubles_nothing(france: France) -> None:
    batches = _four_batches(france)
    workers = _verifying(france)
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)  # so that each surely dies with work in its hands
    answers = []

    async def all_answers() -> None:
        async for answer in france.stream(*batches):
            answers.append(answer)

    streaming = asyncio.create_task(all_answers())
    await _all_at_work(france)
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    await streaming
    taken = [one for answer in answers for one in answer.acknowledgements]
    assert [one.leaf_index for one in taken] == list(range(1_200))
    assert (await france.head()).size == 1_200
    assert len(_verifying(france)) == len(workers)
    assert not _verifying(france) & workers


async def test_work_that_ends_two_processes_is_refused_and_can_be_sent_again(
    france: France,
) -> None:
    batches = _four_batches(france)

    async def all_answers() -> None:
        async for _ in france.stream(*batches):
            pass

    first = _verifying(france)
    for pid in first:
        os.kill(pid, signal.SIGSTOP)
    streaming = asyncio.create_task(refusal(all_answers()))
    await _all_at_work(france)
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    while not streaming.done():  # those that come after them have the same work before them
        for pid in _verifying(france):
            with suppress(ProcessLookupError):  # it is dead, and was not replaced yet
                os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.001)
    code, error = await streaming
    assert (code, type(error)) == (grpc.StatusCode.RESOURCE_EXHAUSTED, OverloadedError)
    assert "send this again" in error.message
    answers = [answer async for answer in france.stream(*batches)]
    taken = [one.leaf_index for answer in answers for one in answer.acknowledgements]
    assert sorted(taken) == list(range(1_200))


def _four_batches(france: France) -> list[pb.SubmitRecordsRequest]:
    envelopes = [france.signed(1950 + number % 70) for number in range(1_200)]
    return [france.batch(envelopes[at : at + 300], keep_good=False) for at in range(0, 1200, 300)]


def _verifying(france: France) -> set[int]:
    """The processes that verify records now."""
    pids = {worker._process.pid for worker in france.parts.verifiers._workers}
    assert pids
    return {pid for pid in pids if pid is not None}


async def _all_at_work(france: France) -> None:
    while not all(worker.job for worker in france.parts.verifiers._workers):  # noqa: ASYNC110  # theirs
        await asyncio.sleep(0.01)


async def test_a_caller_who_hangs_up_within_a_stream_harms_nobody(france: France) -> None:
    envelopes = [france.signed(1950 + number % 70) for number in range(600)]
    batches = [france.batch(envelopes[at : at + 100], keep_good=False) for at in range(0, 600, 100)]
    call = france.stream(*batches)
    await call.read()
    call.cancel()
    answers = [answer async for answer in france.stream(*batches)]
    taken = [one.leaf_index for answer in answers for one in answer.acknowledgements]
    assert sorted(taken) == list(range(600))
    assert (await france.head()).size == 600
