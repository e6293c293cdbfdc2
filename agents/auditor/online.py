"""
What an auditor asks a node, believing nothing: checkpoints, consistency, receipts.

A checkpoint that was seen is worth keeping: whoever holds an old one can show that a log was
rewritten.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from agents.auditor.exporting import collect_files
from agents.bundle_files import Scope, list_files
from agents.session import Session
from agents.surroundings import Surroundings
from portability.consent.payload_types import RECEIPT_TYPE
from portability.consent.receipt import DisclosureReceipt
from portability.errors import ConfigurationError, ForkError, ProofError
from portability.ledger.checkpoint import Checkpoint, open_checkpoint
from portability.ledger.directory import NODE_LEVEL, Directory, KeyPurpose
from portability.ledger.envelope import statement_id
from portability.ledger.merkle import verify_consistency
from portability.v1 import audit_service_pb2 as pb
from portability.v1.audit_service_pb2_grpc import AuditServiceStub
from portability.wire.proven import proven_from_pb, split_hashes, verify_proven
from portability.wire.receipt import receipt_from_payload

PAGE_SIZE: Final = 200
EXPORT_SECONDS: Final = 600.0
CASES: Final = "cases/"
PERSONS: Final = "persons/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """A node under audit: the connection to it and the verified directory."""

    session: Session
    jurisdiction: str
    directory: Directory
    outside: Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A checkpoint that the log's key has signed: the note as it came, and what it says."""

    note: bytes
    head: Checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenReceipt:
    """A receipt, verified: signed by the provider's node and in the log of the node under audit."""

    id: bytes
    content: DisclosureReceipt

    def to_json(self) -> dict[str, object]:
        one = self.content
        return {
            "receipt": self.id.hex(),
            "provider": str(one.provider),
            "requester": str(one.requester),
            "outcome": str(one.outcome),
            "cause": None if one.cause is None else str(one.cause),
            "reason": one.reason_code,
            "requested": one.requested_at.isoformat(),
            "released": None if one.released_at is None else one.released_at.isoformat(),
            "permission": one.permission.hex(),
            "datatypes": list(one.datatypes),
            "fields": list(one.fields),
            "records": one.record_count,
        }


def read_checkpoint(audited: Audited, note: bytes) -> Seen:
    """A checkpoint of the node's log. Raises ProofError, InvalidInputError for anything else."""
    member = audited.directory.member(audited.jurisdiction)
    key = audited.directory.log_vkey(audited.jurisdiction, audited.outside.now())
    return Seen(note=note, head=open_checkpoint(note, key, member.log_origin))


def fetch_checkpoint(audited: Audited) -> Seen:
    """The node's latest checkpoint, verified."""
    answer: pb.GetCheckpointResponse = audited.session.call(
        _stub(audited).GetCheckpoint, pb.GetCheckpointRequest()
    )
    return read_checkpoint(audited, answer.checkpoint)


def check_consistency(audited: Audited, old: Seen, new: Seen) -> None:
    """
    Show that the log only grew from ``old`` to ``new``.

    Raises ForkError where it did not: keep both checkpoints, together they are the evidence.
    """
    first, second = sorted((old, new), key=lambda seen: seen.head.size)
    request = pb.GetConsistencyProofRequest(old_size=first.head.size, new_size=second.head.size)
    answer: pb.GetConsistencyProofResponse = audited.session.call(
        _stub(audited).GetConsistencyProof, request
    )
    try:
        verify_consistency(
            first.head.size,
            first.head.root,
            second.head.size,
            second.head.root,
            split_hashes(answer.consistency_proof),
        )
    except ProofError:
        raise ForkError(
            f"{second.head.origin} cannot show that its tree of {second.head.size} grew from its "
            f"tree of {first.head.size}: keep both signed checkpoints, they are the evidence",
            origin=second.head.origin,
        ) from None


def list_receipts(audited: Audited, case: str = "") -> Iterator[SeenReceipt]:
    """
    The receipts at a node, of one case or of all, each verified.

    Raises ProofError or SignatureError for one that is not what it says.
    """
    token = ""
    while True:
        request = pb.ListReceiptsRequest(case=case, page_size=PAGE_SIZE, page_token=token)
        page: pb.ListReceiptsResponse = audited.session.call(_stub(audited).ListReceipts, request)
        for one in page.receipts:
            yield _receipt(audited, one)
        token = page.next_page_token
        if not token:
            return


def fetch_bundle(audited: Audited, name: str) -> tuple[dict[str, bytes], Scope]:
    """
    The files of a case's or a person's bundle, with their list; reading a person leaves a receipt.

    Raises ConfigurationError for a name that is of neither, InvalidInputError for more than any
    bundle holds.
    """
    stub = _stub(audited)
    if name.startswith(CASES):
        case = pb.ExportCaseRequest(name=name)
        scope = Scope.CASE
        pieces = audited.session.stream(stub.ExportCase, case, seconds=EXPORT_SECONDS)
    elif name.startswith(PERSONS):
        person = pb.ExportPersonRequest(name=name)
        scope = Scope.PERSON
        pieces = audited.session.stream(stub.ExportPerson, person, seconds=EXPORT_SECONDS)
    else:
        raise ConfigurationError(
            "name what to export as cases/… or persons/…, with its 32 hex digits", field="name"
        )
    files = collect_files((one.path, one.content) for one in pieces)
    return list_files(files, scope), scope


def _receipt(audited: Audited, one: pb.AuditedReceipt) -> SeenReceipt:
    proven = proven_from_pb(one.statement)
    said = receipt_from_payload(proven.envelope.payload)  # who must have signed; verified next
    verified = verify_proven(
        proven,
        audited.directory,
        log_jurisdiction=audited.jurisdiction,
        expected_types={RECEIPT_TYPE},
        signer=(said.provider.jurisdiction, NODE_LEVEL, KeyPurpose.NODE),
    )
    return SeenReceipt(
        id=statement_id(RECEIPT_TYPE, verified.payload),
        content=receipt_from_payload(verified.payload),
    )


def _stub(audited: Audited) -> AuditServiceStub:
    return AuditServiceStub(audited.session.channel)
