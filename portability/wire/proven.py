"""A statement with the proof that a log holds it, and how one is checked before it is believed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from portability.errors import InvalidInputError, ProofError, SignatureError
from portability.ledger.checkpoint import Checkpoint
from portability.ledger.directory import Directory, KeyEntry
from portability.ledger.envelope import Envelope, kind_of, statement_id, verify_envelope
from portability.ledger.logs import open_log_checkpoint
from portability.ledger.merkle import leaf_hash, verify_inclusion
from portability.v1 import envelope_pb2 as pb
from portability.wire.envelope import envelope_from_pb, envelope_to_pb
from portability.wire.log_entry import SECONDS_PER_HOUR, LogEntry, log_entry_from_bytes

HASH_BYTES: Final = 32
HOUR: Final = timedelta(seconds=SECONDS_PER_HOUR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """
    Bytes from a node. Nothing in it is verified.

    ``disclosures`` are the fields shown of a record with salted ones.
    """

    envelope: Envelope
    log_entry: bytes
    leaf_index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    disclosures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedStatement:
    """What was signed, by whom, and where and when a log took it in (to the hour)."""

    statement_id: bytes
    kind: str
    payload: bytes
    key_id: bytes
    leaf_index: int
    accepted: datetime
    checkpoint: Checkpoint


def proven_from_pb(message: pb.ProvenStatement) -> Proven:
    return Proven(
        envelope=envelope_from_pb(message.envelope),
        log_entry=message.log_entry,
        leaf_index=message.leaf_index,
        proof=split_hashes(message.inclusion_proof),
        checkpoint=message.checkpoint,
        disclosures=tuple(message.disclosures),
    )


def proven_to_pb(proven: Proven) -> pb.ProvenStatement:
    return pb.ProvenStatement(
        envelope=envelope_to_pb(proven.envelope),
        log_entry=proven.log_entry,
        leaf_index=proven.leaf_index,
        inclusion_proof=b"".join(proven.proof),
        checkpoint=proven.checkpoint,
        disclosures=proven.disclosures,
    )


def split_hashes(joined: bytes) -> tuple[bytes, ...]:
    """Hashes of 32 bytes that were sent joined. Raises InvalidInputError for a broken length."""
    if len(joined) % HASH_BYTES:
        raise InvalidInputError(
            "the proof is not a whole number of 32-byte hashes", field="inclusion_proof"
        )
    return tuple(joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES))


def verify_logged(proven: Proven, directory: Directory, log_jurisdiction: str) -> LogEntry:
    """
    Check that the log of a jurisdiction holds the statement, and return the leaf.

    Steps 4, 6 and 7 of formats.md, Offline bundle: log signature, inclusion, and that the leaf is
    this statement's. Raises ProofError.
    """
    leaf = _leaf_of(proven)
    _open(proven, directory, log_jurisdiction, accepted_at(leaf))
    return leaf


def verify_proven(
    proven: Proven,
    directory: Directory,
    *,
    log_jurisdiction: str,
    expected_types: Collection[str],
    signer: tuple[str, str, str],
) -> VerifiedStatement:
    """
    Everything that must hold before a statement from elsewhere is believed.

    The statement is in the log of ``log_jurisdiction`` and is signed by a key that the directory
    names for ``signer`` (jurisdiction, institution or "", purpose) at the hour in which that log
    took it in. Raises ProofError, SignatureError or InvalidInputError (an unexpected type).
    """
    leaf = _leaf_of(proven)
    accepted = accepted_at(leaf)
    checkpoint = _open(proven, directory, log_jurisdiction, accepted)
    jurisdiction, institution, purpose = signer
    keys = directory.keys(jurisdiction, institution, purpose, accepted)
    verified = verify_envelope(proven.envelope, expected_types, keys)
    if leaf.key_id not in verified.key_ids:
        raise SignatureError("the log entry names another key than the one that signed")
    entry = directory.key(leaf.key_id)
    if entry is not None and is_cut_off(entry, accepted):
        raise SignatureError(
            "the key that signed it was cut off as compromised in the hour in which its log took "
            "it in; have it signed again with another key"
        )
    return VerifiedStatement(
        statement_id=verified.statement_id,
        kind=leaf.kind,
        payload=verified.payload,
        key_id=leaf.key_id,
        leaf_index=proven.leaf_index,
        accepted=accepted,
        checkpoint=checkpoint,
    )


def accepted_at(leaf: LogEntry) -> datetime:
    """The beginning of the hour in which the log took it in."""
    return datetime.fromtimestamp(leaf.accepted_hour * SECONDS_PER_HOUR, UTC)


def is_cut_off(entry: KeyEntry, accepted: datetime) -> bool:
    """Whether the key was cut off as compromised before the end of that hour."""
    return not entry.is_valid_until(accepted + HOUR)


def _open(
    proven: Proven, directory: Directory, jurisdiction: str, accepted: datetime
) -> Checkpoint:
    checkpoint = open_log_checkpoint(proven.checkpoint, directory, jurisdiction, accepted)
    verify_inclusion(
        leaf_hash(proven.log_entry),
        proven.leaf_index,
        checkpoint.size,
        proven.proof,
        checkpoint.root,
    )
    return checkpoint


def _leaf_of(proven: Proven) -> LogEntry:
    """The leaf, if it is of this very statement."""
    leaf = log_entry_from_bytes(proven.log_entry)
    envelope = proven.envelope
    if leaf.statement_id != statement_id(envelope.payload_type, envelope.payload):
        raise ProofError("the proof is for another statement than the one that came with it")
    if leaf.kind != kind_of(envelope.payload_type):
        raise ProofError("the log entry is of another kind than the statement")
    return leaf
