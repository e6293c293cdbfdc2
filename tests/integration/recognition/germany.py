"""Germany as a third country: it is in the directory by what it has signed, and runs no node."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from portability.consent.consent_json import write_withdrawal
from portability.consent.document import IdentityLevel, Method
from portability.consent.identifiers import UUID_RANDOM_BYTES, uuid7
from portability.consent.payload_types import SUBJECT_KEY_TYPE, WITHDRAWAL_TYPE
from portability.consent.scope import Party
from portability.consent.signature import SoftwareSigner
from portability.consent.statements import SubjectKey
from portability.consent.withdrawal import Withdrawal
from portability.core.periods import Branch, Duration, Period, PeriodType
from portability.ledger.checkpoint import Checkpoint, sign_checkpoint
from portability.ledger.directory import Directory, KeyPurpose, Member
from portability.ledger.envelope import Envelope, kind_of, sign_envelope, statement_id
from portability.ledger.keys import Ed25519Signer
from portability.ledger.merkle import leaf_hash, node_hash
from portability.node.records.release import released_digest
from portability.recognition.statements import Header, HistoryOutcome, HistoryResponse
from portability.v1 import federation_service_pb2 as federation_pb
from portability.wire.log_entry import LogEntry, log_entry_to_bytes
from portability.wire.proven import Proven, proven_to_pb
from portability.wire.record import (
    RECORD_TYPE,
    EntitlementRecord,
    record_to_payload,
    subject_commitment,
)
from portability.wire.statement import statement_to_payload, type_of
from portability.wire.subject_key import subject_key_to_payload
from tests.integration.recognition import world
from tests.integration.recognition.world import CallFrom, Node
from tests.unit.consent.world import entry, institution

DRV_KEY = Ed25519Signer(bytes([50]) * 32)
DE_LOG = Ed25519Signer(bytes([51]) * 32)
DE_NODE = Ed25519Signer(bytes([52]) * 32)
GERMAN_PERSON = Ed25519Signer(bytes([53]) * 32)
AT_DRV = Party(jurisdiction="DE", institution="drv")
ORIGIN = "de.node.portability.internal/log"


def with_germany() -> Directory:
    """The directory of these tests, and Germany in it."""
    return replace(
        world.FEDERATION,
        members=(
            *world.FEDERATION.members,
            Member(
                jurisdiction="DE",
                endpoint="127.0.0.1:5000",
                log_origin=ORIGIN,
                server_name="de.node.portability.internal",
            ),
        ),
        institutions=(
            *world.FEDERATION.institutions,
            institution("DE", "drv", Branch.OLD_AGE),
        ),
        entries=(
            *world.FEDERATION.entries,
            entry("DE", "drv", KeyPurpose.INSTITUTION, DRV_KEY),
            entry("DE", "", KeyPurpose.NODE, DE_NODE),
            entry("DE", "", KeyPurpose.LOG, DE_LOG),
        ),
    )


def german_record(node: Node) -> tuple[bytes, Proven]:
    """A true record of DRV's, in a log of one entry."""
    i, envelope = _signed_record(node)
    leaf = _leaf(node, envelope, DRV_KEY)
    note = sign_checkpoint(Checkpoint(origin=ORIGIN, size=1, root=leaf_hash(leaf)), DE_LOG)
    return i, Proven(envelope=envelope, log_entry=leaf, leaf_index=0, proof=(), checkpoint=note)


async def german_answer(node: Node, case: str, request: bytes) -> bytes:
    """Germany answers a request of this node with one record; the id of that."""
    record_id, record = _signed_record(node)
    salt = node.randomness(32)
    response = HistoryResponse(
        header=Header(
            salt=salt,
            case_id=case.removeprefix("cases/"),
            sender=Party(jurisdiction="DE"),
            created=node.clock().replace(microsecond=0),
            predecessors=(request,),
        ),
        outcome=HistoryOutcome.RECORDS,
        records=(record_id,),
        not_before=None,
        log_origin=ORIGIN,
        tree_size=1,
        granted_fields=("period_type", "start_date", "end_date", "declared", "communication"),
        payload_digest=released_digest(salt, [(record, ())]),
    )
    answer = sign_envelope(type_of(response), statement_to_payload(response), DE_NODE)
    logged = _in_one_log(
        [(record, _leaf(node, record, DRV_KEY)), (answer, _leaf(node, answer, DE_NODE))]
    )
    delivery = federation_pb.Delivery(
        position=1, statement=proven_to_pb(logged[1]), exhibits=[proven_to_pb(logged[0])]
    )
    taken = await node.cases.federation.DeliverStatements(
        federation_pb.DeliverStatementsRequest(
            request_id=node.request_id(),
            deliveries=[delivery],
            protocol_version=node.protocol_version,
        ),
        CallFrom("portability://DE/node"),  # type: ignore[arg-type]  # what a service asks of it
    )
    assert (taken.accepted_position, len(taken.refusals)) == (1, 0)
    return record_id


async def german_word(
    node: Node, first: Envelope, second: Envelope
) -> federation_pb.DeliverStatementsResponse:
    """Germany's node delivers the first two statements of its stream, each signed by itself."""
    logged = _in_one_log([(one, _leaf(node, one, DE_NODE)) for one in (first, second)])
    return await node.cases.federation.DeliverStatements(
        federation_pb.DeliverStatementsRequest(
            request_id=node.request_id(),
            deliveries=[
                federation_pb.Delivery(position=at, statement=proven_to_pb(one))
                for at, one in enumerate(logged, start=1)
            ],
            protocol_version=node.protocol_version,
        ),
        CallFrom("portability://DE/node"),  # type: ignore[arg-type]  # what a service asks of it
    )


async def german_withdrawal(node: Node, consent: bytes) -> federation_pb.DeliverStatementsResponse:
    """Germany's node tells of the end of a consent, under a key that it has enrolled itself."""
    now = node.clock().replace(microsecond=0)
    enrolled = SubjectKey(
        salt=node.randomness(32),
        subject_commitment=node.randomness(32),
        method=Method.SOFTWARE_KEY,
        public_key=GERMAN_PERSON.public,
        identity_level=IdentityLevel.SUBSTANTIAL,
        enrolled_by=Party(jurisdiction="DE"),
        valid_from=now,
    )
    said = Withdrawal(
        id=uuid7(now, node.randomness(UUID_RANDOM_BYTES)),
        nonce=node.randomness(32),
        consent=consent,
        created_at=now,
    )
    key = sign_envelope(SUBJECT_KEY_TYPE, subject_key_to_payload(enrolled), DE_NODE)
    act = SoftwareSigner(signer=GERMAN_PERSON).sign(WITHDRAWAL_TYPE, write_withdrawal(said))
    logged = _in_one_log([(key, _leaf(node, key, DE_NODE)), (act, _leaf(node, act, GERMAN_PERSON))])
    delivery = federation_pb.Delivery(
        position=1, statement=proven_to_pb(logged[1]), exhibits=[proven_to_pb(logged[0])]
    )
    return await node.cases.federation.DeliverStatements(
        federation_pb.DeliverStatementsRequest(
            request_id=node.request_id(),
            deliveries=[delivery],
            protocol_version=node.protocol_version,
        ),
        CallFrom("portability://DE/node"),  # type: ignore[arg-type]  # what a service asks of it
    )


def _signed_record(node: Node) -> tuple[bytes, Envelope]:
    salt = node.randomness(32)
    record = EntitlementRecord(
        salt=salt,
        subject_commitment=subject_commitment(salt, "persons/" + "0d" * 16),
        jurisdiction="DE",
        institution="drv",
        issue_date=node.clock().date(),
        supersedes=b"",
        content=Period(
            id="",
            jurisdiction="DE",
            institution="drv",
            type=PeriodType.COMPULSORY_EMPLOYED,
            start=date(1980, 1, 1),
            end=date(1980, 12, 31),
            declared=Duration(months=12),
        ),
    )
    envelope = sign_envelope(RECORD_TYPE, record_to_payload(record), DRV_KEY)
    return statement_id(RECORD_TYPE, envelope.payload), envelope


def _leaf(node: Node, envelope: Envelope, key: Ed25519Signer) -> bytes:
    return log_entry_to_bytes(
        LogEntry(
            kind=kind_of(envelope.payload_type),
            statement_id=statement_id(envelope.payload_type, envelope.payload),
            key_id=key.key_id,
            accepted_hour=int(node.clock().timestamp()) // 3600,
        )
    )


def _in_one_log(logged: Sequence[tuple[Envelope, bytes]]) -> list[Proven]:
    """Two entries, each with its proof under the checkpoint of both."""
    left, right = (leaf_hash(leaf) for _, leaf in logged)
    root = node_hash(left, right)
    note = sign_checkpoint(Checkpoint(origin=ORIGIN, size=2, root=root), DE_LOG)
    return [
        Proven(envelope=envelope, log_entry=leaf, leaf_index=at, proof=(other,), checkpoint=note)
        for at, ((envelope, leaf), other) in enumerate(zip(logged, (right, left), strict=True))
    ]
