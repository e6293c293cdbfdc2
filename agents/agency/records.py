"""
Records: signed here, submitted in batches, and not believed to be in the log before it is proven.

The node's word is not taken for anything: of each acknowledgement the checkpoint's signature, the
inclusion proof, and that the leaf is this very record's are checked here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import Final

import grpc

from agents.agency.imported import ImportedRow
from agents.agency.office import Office
from agents.session import ATTEMPTS, STREAM_SECONDS, is_unavailable
from portability.core.periods import Period
from portability.core.supersession import in_force, superseded_by
from portability.errors import PeerUnavailableError, ProofError
from portability.ledger.checkpoint import Checkpoint, open_checkpoint
from portability.ledger.directory import KeyPurpose
from portability.ledger.envelope import Envelope, statement_id
from portability.ledger.merkle import leaf_hash, verify_inclusion
from portability.v1 import records_service_pb2 as pb
from portability.v1.records_service_pb2_grpc import RecordsServiceStub
from portability.wire.envelope import envelope_to_pb
from portability.wire.log_entry import log_entry_from_bytes
from portability.wire.proven import proven_from_pb, split_hashes, verify_proven
from portability.wire.record import (
    KIND,
    RECORD_TYPE,
    Content,
    EntitlementRecord,
    record_from_payload,
    record_to_payload,
    subject_commitment,
)

BATCH_RECORDS: Final = 500
IN_FLIGHT: Final = 4
PAGE_SIZE: Final = 500

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRow:
    """A signed record and where it was read; ``disclosures`` are the fields of a salted one."""

    place: str
    envelope: Envelope
    disclosures: tuple[str, ...] = ()

    @property
    def id(self) -> bytes:
        return statement_id(self.envelope.payload_type, self.envelope.payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedRow:
    """A record that was shown to be in the log; ``index`` is its leaf, ``tree_size`` the tree's."""

    place: str
    id: bytes
    index: int
    tree_size: int

    def to_json(self) -> dict[str, object]:
        return {
            "place": self.place,
            "record": f"records/{self.id.hex()}",
            "leaf_index": self.index,
            "tree_size": self.tree_size,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A record that the node did not take, and why."""

    place: str
    reason: str
    message: str

    def to_json(self) -> dict[str, str]:
        return {"place": self.place, "reason": self.reason, "message": self.message}


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What became of the rows, in their order."""

    accepted: tuple[AcceptedRow, ...]
    refused: tuple[RefusedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRecord:
    """
    A record in the node's log, verified: what it says and where it is.

    ``person`` is the name that the node gives the person.
    """

    id: bytes
    index: int
    content: EntitlementRecord
    person: str


def sign_rows(office: Office, person: str, rows: Iterable[ImportedRow]) -> list[SignedRow]:
    """Each row as a record of this institution about this person, signed."""
    return [
        SignedRow(place=row.place, envelope=sign_record(office, person, row.period)) for row in rows
    ]


def sign_record(office: Office, person: str, period: Period, supersedes: bytes = b"") -> Envelope:
    """One record of today. Raises InvalidInputError for a sum that a record cannot hold."""
    record = new_record(office, person, office.new_salt(), period, supersedes)
    return office.sign(RECORD_TYPE, record_to_payload(record))


def new_record(
    office: Office, person: str, salt: bytes, content: Content, supersedes: bytes = b""
) -> EntitlementRecord:
    """A record of today, of this institution, about this person."""
    return EntitlementRecord(
        salt=salt,
        subject_commitment=subject_commitment(salt, person),
        jurisdiction=office.party.jurisdiction,
        institution=office.party.institution,
        issue_date=office.outside.now().date(),
        supersedes=supersedes,
        content=content,
    )


def submit_rows(
    office: Office,
    person: str,
    rows: Sequence[SignedRow],
    *,
    keep_good: bool = False,
    progress: Progress = lambda _done, _all: None,
) -> Submitted:
    """
    Send rows in batches; each acknowledgement is verified before it counts.

    A stream that breaks is taken up again after the last answer. Without ``keep_good`` a bad row
    refuses its batch. Raises ProofError for an acknowledgement that does not prove anything.
    """
    batches = [rows[at : at + BATCH_RECORDS] for at in range(0, len(rows), BATCH_RECORDS)]
    accepted: list[AcceptedRow] = []
    refused: list[RefusedRow] = []
    done = 0
    attempt = 1
    while done < len(batches):
        try:
            for answer in _stream(office, person, batches[done:], keep_good=keep_good):
                good, bad = _check_answer(office, batches[done], answer, keep_good=keep_good)
                accepted += good
                refused += bad
                done += 1
                attempt = 1
                progress(len(accepted) + len(refused), len(rows))
        except grpc.RpcError as error:
            if not is_unavailable(error) or attempt >= ATTEMPTS:
                raise office.session.describe(error) from None
            office.session.pause(attempt)
            attempt += 1
            continue
        if done < len(batches):
            raise PeerUnavailableError(
                "the node ended the stream before it had answered every batch; import again, "
                "what was taken is not taken twice",
                peer=office.jurisdiction,
            )
    return Submitted(accepted=tuple(accepted), refused=tuple(refused))


def submit_row(
    office: Office, person: str, row: SignedRow, corrections: Sequence[Envelope] = ()
) -> AcceptedRow:
    """
    Send one record; its acknowledgement is verified before it counts.

    One that replaces another goes with the signed ``corrections`` for the cases that used that.
    Raises what the node says of a record that it refuses, and ProofError for an acknowledgement
    that does not prove anything.
    """
    request = pb.SubmitRecordRequest(
        request_id=office.new_request_id(),
        submission=_submission(person, row),
        corrections=[envelope_to_pb(one) for one in corrections],
    )
    stub = RecordsServiceStub(office.session.channel)
    answer: pb.SubmitRecordResponse = office.session.call(stub.SubmitRecord, request)
    head = _open_head(office, answer.checkpoint)
    return _check_acknowledgement(office, row, answer.acknowledgement, head)


def list_records(office: Office, person: str) -> Iterator[HeldRecord]:
    """
    What the node holds of this institution about a person, in log order, each proven.

    Raises ProofError or SignatureError for one that is not what it says.
    """
    stub = RecordsServiceStub(office.session.channel)
    token = ""
    while True:
        request = pb.ListRecordsRequest(parent=person, page_size=PAGE_SIZE, page_token=token)
        page: pb.ListRecordsResponse = office.session.call(stub.ListRecords, request)
        for record in page.records:
            yield _verified(office, record)
        token = page.next_page_token
        if not token:
            return


def get_record(office: Office, record_id: bytes) -> HeldRecord:
    """One record of this institution, proven. Raises NotFoundError, and as ``list_records``."""
    stub = RecordsServiceStub(office.session.channel)
    request = pb.GetRecordRequest(name=f"records/{record_id.hex()}")
    answer: pb.GetRecordResponse = office.session.call(stub.GetRecord, request)
    found = _verified(office, answer.record)
    if found.id != record_id:
        raise ProofError("the node answered with another record than the one asked for")
    return found


def without_known(
    rows: Iterable[ImportedRow], held: Iterable[HeldRecord]
) -> tuple[list[ImportedRow], list[ImportedRow]]:
    """Rows that are new, and rows of which a record in force says the very same already."""
    in_force_now = in_force(one.content for one in held)
    known = {_same(one.content) for one in in_force_now if isinstance(one.content, Period)}
    new: list[ImportedRow] = []
    repeated: list[ImportedRow] = []
    for row in rows:
        (repeated if _same(row.period) in known else new).append(row)
    return new, repeated


def _same(period: Period) -> Period:
    """A period without what says where it was read and who issued it."""
    return replace(period, id="", institution=None)


def _stream(
    office: Office, person: str, batches: Sequence[Sequence[SignedRow]], *, keep_good: bool
) -> Iterator[pb.SubmitRecordsResponse]:
    """The answers to batches, at most ``IN_FLIGHT`` of them unanswered. Raises grpc.RpcError."""
    room: SimpleQueue[bool] = SimpleQueue()
    for _ in range(IN_FLIGHT):
        room.put(True)  # noqa: FBT003  # go on

    def requests() -> Iterator[pb.SubmitRecordsRequest]:
        for batch in batches:
            if not room.get():
                return
            yield _request(office, person, batch, keep_good=keep_good)

    call = RecordsServiceStub(office.session.channel).SubmitRecords
    try:
        for answer in call(requests(), timeout=STREAM_SECONDS):
            yield answer
            room.put(True)  # noqa: FBT003
    finally:
        room.put(False)  # noqa: FBT003  # lets the sending thread end


def _request(
    office: Office, person: str, batch: Sequence[SignedRow], *, keep_good: bool
) -> pb.SubmitRecordsRequest:
    return pb.SubmitRecordsRequest(
        request_id=office.new_request_id(),
        submissions=[_submission(person, row) for row in batch],
        keep_good=keep_good,
    )


def _submission(person: str, row: SignedRow) -> pb.RecordSubmission:
    return pb.RecordSubmission(
        person=person, envelope=envelope_to_pb(row.envelope), disclosures=row.disclosures
    )


def _check_answer(
    office: Office,
    batch: Sequence[SignedRow],
    answer: pb.SubmitRecordsResponse,
    *,
    keep_good: bool,
) -> tuple[list[AcceptedRow], list[RefusedRow]]:
    """Match an answer with its batch and verify every proof in it."""
    refused = [_refusal(batch, refusal) for refusal in answer.refusals]
    bad = {refusal.position for refusal in answer.refusals}
    expected = [row for position, row in enumerate(batch) if position not in bad]
    if bad and not keep_good:
        expected = []  # one bad row refuses its batch
    if len(answer.acknowledgements) != len(expected):
        raise ProofError(
            f"the node acknowledged {len(answer.acknowledgements)} records of a batch, "
            f"{len(expected)} were to be acknowledged"
        )
    if not expected:
        return [], refused
    head = _open_head(office, answer.checkpoint)
    pairs = zip(expected, answer.acknowledgements, strict=True)
    return [_check_acknowledgement(office, row, one, head) for row, one in pairs], refused


def _refusal(batch: Sequence[SignedRow], refusal: pb.RefusedRecord) -> RefusedRow:
    if refusal.position >= len(batch):
        raise ProofError("the node refused a record that was not sent")
    return RefusedRow(
        place=batch[refusal.position].place, reason=refusal.reason, message=refusal.message
    )


def _open_head(office: Office, checkpoint: bytes) -> Checkpoint:
    member = office.directory.member(office.jurisdiction)
    key = office.directory.log_vkey(office.jurisdiction, office.outside.now())
    return open_checkpoint(checkpoint, key, member.log_origin)


def _check_acknowledgement(
    office: Office, row: SignedRow, one: pb.RecordAcknowledgement, head: Checkpoint
) -> AcceptedRow:
    """Raise ProofError unless the leaf is this record's and the log at ``head`` holds it."""
    leaf = log_entry_from_bytes(one.log_entry)
    if (leaf.kind, leaf.statement_id, leaf.key_id) != (KIND, row.id, office.signer.key_id):
        raise ProofError(f"the node's proof for {row.place} is for another leaf")
    verify_inclusion(
        leaf_hash(one.log_entry),
        one.leaf_index,
        head.size,
        split_hashes(one.inclusion_proof),
        head.root,
    )
    return AcceptedRow(place=row.place, id=row.id, index=one.leaf_index, tree_size=head.size)


def _verified(office: Office, record: pb.Record) -> HeldRecord:
    proven = proven_from_pb(record.statement)
    verified = verify_proven(
        proven,
        office.directory,
        log_jurisdiction=office.jurisdiction,
        expected_types={RECORD_TYPE},
        signer=(office.party.jurisdiction, office.party.institution, KeyPurpose.INSTITUTION),
    )
    content = record_from_payload(verified.payload, verified.statement_id.hex(), proven.disclosures)
    return HeldRecord(
        id=verified.statement_id,
        index=verified.leaf_index,
        content=content,
        person=record.person,
    )


def supersession(records: Iterable[HeldRecord]) -> Mapping[bytes, EntitlementRecord]:
    """By the id of each record that no longer counts, the one that replaced it."""
    return superseded_by(one.content for one in records)
