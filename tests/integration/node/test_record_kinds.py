"""Records of every kind over mutual TLS on both databases: logged, proven, listed, replaced."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio

from agents.agency.record_files import read_record_file
from portability.core.attestations import Invalidation, InvalidationReason, LifeCertificate
from portability.core.record_kinds import FIELDS, RecordKind
from portability.errors import InvalidInputError
from portability.ledger.envelope import Envelope, sign_envelope, statement_id
from portability.node.development.federation import FederationLayout
from portability.node.keys import Mode, load_signer
from portability.store import persons
from portability.v1 import records_service_pb2 as pb
from portability.wire.envelope import envelope_to_pb
from portability.wire.proven import Proven, proven_from_pb, verify_proven
from portability.wire.record import (
    RECORD_TYPE,
    Content,
    EntitlementRecord,
    record_from_payload,
    record_to_payload,
    salt_record,
    subject_commitment,
)
from tests.integration.node.test_records_service import (
    CARSAT,
    CARSAT_ENTRY,
    France,
    iter_async,
    more_keys,
)
from tests.integration.node.whole import (
    connected,
    enter_in_directory,
    node,
    refusal,
    use_database,
)

pytestmark = pytest.mark.asyncio

EXAMPLES = Path(__file__).resolve().parents[3] / "portability" / "examples" / "records"
KINDS = {
    RecordKind.CONTRIBUTION_PERIOD: "period.json",
    RecordKind.AWARDED_ENTITLEMENT: "award.toml",
    RecordKind.APPLICABLE_LEGISLATION: "legislation.toml",
    RecordKind.LIFE_CERTIFICATE: "life.toml",
    RecordKind.QUALIFICATION: "qualification.toml",
}
WITHDRAWAL = Invalidation(reason=InvalidationReason.WRONG_FACTS, article="987/2009 Art 5(1)")


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A record as it is submitted."""

    record: EntitlementRecord
    envelope: Envelope
    disclosures: tuple[str, ...] = ()

    @property
    def id(self) -> bytes:
        return statement_id(RECORD_TYPE, self.envelope.payload)

    @property
    def name(self) -> str:
        return f"records/{self.id.hex()}"


@pytest_asyncio.fixture
async def office(layout: FederationLayout, database_url: str) -> AsyncIterator[France]:
    use_database(layout, "FR", database_url)
    now = datetime.now(UTC).replace(microsecond=0)
    enter_in_directory(layout, institutions=(CARSAT_ENTRY,), entries=more_keys(now))
    key = layout.root / "profiles" / "fr-agency-cnav" / "signing-key.pem"
    async with (
        node(layout, "FR") as (parts, _),
        connected(layout, "fr-agency-cnav", "FR") as channel,
    ):
        made = France(
            layout=layout,
            parts=parts,
            signer=load_signer(key, Mode.DEVELOPMENT),
            channel=channel,
        )
        made.person = await made.enrol()
        yield made
        for one in made.channels:
            await one.close()


def example(kind: RecordKind, salt: bytes) -> Content:
    return read_record_file(EXAMPLES / KINDS[kind]).content(salt, "FR", "cnav")


def sign(
    office: France,
    content: Content | RecordKind,
    *,
    supersedes: bytes = b"",
    salted: bool = False,
    institution: str = "cnav",
) -> Signed:
    salt = os.urandom(32)
    record = EntitlementRecord(
        salt=salt,
        subject_commitment=subject_commitment(salt, office.person),
        jurisdiction="FR",
        institution=institution,
        issue_date=date(2025, 1, 15),
        supersedes=supersedes,
        content=example(content, salt) if isinstance(content, RecordKind) else content,
    )
    signer = office.signer if institution == "cnav" else CARSAT
    if not salted:
        envelope = sign_envelope(RECORD_TYPE, record_to_payload(record), signer)
        return Signed(record=record, envelope=envelope)
    made = salt_record(record, os.urandom)
    envelope = sign_envelope(RECORD_TYPE, made.payload, signer)
    return Signed(record=record, envelope=envelope, disclosures=made.disclosures)


def submission(office: France, one: Signed) -> pb.RecordSubmission:
    return pb.RecordSubmission(
        person=office.person,
        envelope=envelope_to_pb(one.envelope),
        disclosures=one.disclosures,
    )


def submit(office: France, one: Signed) -> Any:
    request = pb.SubmitRecordRequest(submission=submission(office, one))
    return office.records.SubmitRecord(request)


async def listed(office: France) -> dict[str, pb.Record]:
    answer = await office.records.ListRecords(pb.ListRecordsRequest(parent=office.person))
    return {one.name: one for one in answer.records}


def verified(office: France, shown: pb.Record) -> EntitlementRecord:
    """The record that a node shows, proven from its log and signed by CNAV."""
    proven: Proven = proven_from_pb(shown.statement)
    found = verify_proven(
        proven,
        office.parts.directory(),
        log_jurisdiction="FR",
        expected_types={RECORD_TYPE},
        signer=("FR", "cnav", "institution"),
    )
    return record_from_payload(found.payload, found.statement_id.hex(), proven.disclosures)


@pytest.mark.parametrize("salted", [False, True], ids=["in clear", "salted"])
async def test_each_kind_is_logged_listed_corrected_and_withdrawn(
    office: France,
    salted: bool,  # noqa: FBT001  # given by pytest, by name
) -> None:
    for kind in KINDS:
        await _live_through(office, kind, salted=salted)
    assert len(await listed(office)) == 3 * len(KINDS)


async def _live_through(office: France, kind: RecordKind, *, salted: bool) -> None:
    """One record from issuing to withdrawal; what is shown of it is verified at each step."""
    first = sign(office, kind, salted=salted)
    answer = await submit(office, first)
    office.check(answer.acknowledgement, answer.checkpoint, first.envelope)

    shown = (await listed(office))[first.name]
    assert shown.state == pb.RECORD_STATE_IN_FORCE
    said = verified(office, shown)
    assert said.is_salted is salted
    assert replace(_bare(said), is_salted=False) == _bare(first.record)

    correction = sign(office, kind, supersedes=first.id, salted=salted)
    await submit(office, correction)
    shown = (await listed(office))[first.name]
    assert (shown.state, shown.superseded_by) == (pb.RECORD_STATE_CORRECTED, correction.name)

    withdrawal = sign(office, WITHDRAWAL, supersedes=correction.id)
    await submit(office, withdrawal)
    found = await listed(office)
    assert found[correction.name].state == pb.RECORD_STATE_INVALIDATED
    assert found[correction.name].superseded_by == withdrawal.name
    assert found[withdrawal.name].state == pb.RECORD_STATE_IN_FORCE
    one = await office.records.GetRecord(pb.GetRecordRequest(name=correction.name))
    assert one.record.state == pb.RECORD_STATE_INVALIDATED
    again = await submit(office, correction)
    assert again.acknowledgement.record == correction.name, "repeating gets the first answer"


def _bare(record: EntitlementRecord) -> EntitlementRecord:
    """Without the id, which a record does not know before it is signed."""
    content = record.content
    if record.kind is RecordKind.CONTRIBUTION_PERIOD:
        content = replace(record.period, id="")
    return replace(record, statement_id=b"", content=content)


async def test_only_the_issuer_replaces_a_record_and_only_once(office: France) -> None:
    first = sign(office, RecordKind.LIFE_CERTIFICATE)
    await submit(office, first)
    carsat = office.as_somebody("portability://FR/agency/carsat")
    foreign = sign(office, WITHDRAWAL, supersedes=first.id, institution="carsat")
    code, error = await refusal(
        carsat.SubmitRecord(pb.SubmitRecordRequest(submission=submission(office, foreign)))
    )
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert isinstance(error, InvalidInputError)
    assert error.context["field"] == "supersedes"
    assert "only the issuer" in error.message

    unknown = sign(office, WITHDRAWAL, supersedes=bytes(32))
    other_kind = sign(office, RecordKind.QUALIFICATION, supersedes=first.id)
    for wrong, field in ((unknown, "supersedes"), (other_kind, "kind")):
        _, error = await refusal(submit(office, wrong))
        assert error.context["field"] == field

    withdrawal = sign(office, WITHDRAWAL, supersedes=first.id)
    await submit(office, withdrawal)
    late = sign(office, RecordKind.LIFE_CERTIFICATE, supersedes=first.id)
    undone = sign(office, WITHDRAWAL, supersedes=withdrawal.id)
    for wrong, words in ((late, "replaced before"), (undone, "cannot be undone")):
        _, error = await refusal(submit(office, wrong))
        assert words in error.message
    assert (await listed(office)).keys() == {first.name, withdrawal.name}


async def test_in_a_batch_the_first_correction_counts_and_the_second_is_named(
    office: France,
) -> None:
    first = sign(office, RecordKind.LIFE_CERTIFICATE)
    good = sign(office, RecordKind.LIFE_CERTIFICATE, supersedes=first.id)
    bad = sign(office, WITHDRAWAL, supersedes=first.id)
    after = sign(office, RecordKind.QUALIFICATION)
    batch = [submission(office, one) for one in (first, good, bad, after)]

    strict = pb.SubmitRecordsRequest(submissions=batch)
    with pytest.raises(grpc.aio.AioRpcError, match="record 2 of the batch"):
        async for _ in office.records.SubmitRecords(iter_async([strict])):
            pass
    assert not await listed(office), "one bad record refuses its batch"

    lenient = pb.SubmitRecordsRequest(submissions=batch, keep_good=True)
    answers = [one async for one in office.records.SubmitRecords(iter_async([lenient]))]
    assert [one.position for one in answers[0].refusals] == [2]
    names = [one.record for one in answers[0].acknowledgements]
    assert names == [first.name, good.name, after.name]


async def test_disclosures_that_do_not_fit_the_record_are_refused_by_field(
    office: France,
) -> None:
    one = sign(office, RecordKind.AWARDED_ENTITLEMENT, salted=True)
    other = sign(office, RecordKind.AWARDED_ENTITLEMENT, salted=True)
    plain = sign(office, RecordKind.AWARDED_ENTITLEMENT)
    altered = (other.disclosures[0], *one.disclosures[1:])
    wrong = {
        "missing": replace(one, disclosures=one.disclosures[1:]),
        "of another record": replace(one, disclosures=altered),
        "twice": replace(one, disclosures=(*one.disclosures, one.disclosures[0])),
        "of a record in clear": replace(plain, disclosures=one.disclosures),
        "no base64url": replace(one, disclosures=("=", *one.disclosures[1:])),
    }
    for name, record in wrong.items():
        code, error = await refusal(submit(office, record))
        assert code is grpc.StatusCode.INVALID_ARGUMENT, name
        assert isinstance(error, InvalidInputError), name
        assert error.context["field"] in ("disclosures", "disclosure"), name
    assert not await listed(office)


async def test_what_the_database_holds_says_nothing_of_a_salted_record(office: France) -> None:
    """Payload and disclosures lie in one ciphertext under the key of the person."""
    one = sign(office, RecordKind.AWARDED_ENTITLEMENT, salted=True)
    await submit(office, one)
    async with office.parts.foundation.database.read() as connection:
        person = await persons.find_person(connection, office.person)
        assert person is not None
        rows = await connection.exec_driver_sql(
            "SELECT envelope_ciphertext FROM statements WHERE kind = 'entitlement'"
        )
        (sealed,) = [bytes(row[0]) for row in rows]
    for text in one.disclosures:
        assert text.encode() not in sealed
    shown = (await listed(office))[one.name].statement
    assert set(shown.disclosures) == set(one.disclosures)
    assert len(shown.disclosures) == len(FIELDS[RecordKind.AWARDED_ENTITLEMENT])


async def test_a_wrong_field_of_any_kind_is_named(office: France) -> None:
    life = example(RecordKind.LIFE_CERTIFICATE, bytes(32))
    assert isinstance(life, LifeCertificate)
    good = sign(office, life)
    message = good.envelope.payload.replace(b"substantial", b"substantiaL")
    bad = replace(good, envelope=sign_envelope(RECORD_TYPE, message, office.signer))
    _, error = await refusal(submit(office, bad))
    assert isinstance(error, InvalidInputError)
    assert error.context["field"] == "evidence_level"
    batch = pb.SubmitRecordsRequest(submissions=[submission(office, bad)])
    with pytest.raises(grpc.aio.AioRpcError, match="evidence_level") as raised:
        async for _ in office.records.SubmitRecords(iter_async([batch])):
            pass
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
