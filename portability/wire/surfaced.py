"""Records with their places in a log, as they prove or disprove that an answer was complete."""

from dataclasses import replace

from portability.consent.scope import Party
from portability.core.periods import Period
from portability.errors import SignatureError
from portability.ledger.directory import Directory, KeyPurpose
from portability.ledger.logs import open_log_checkpoint
from portability.ledger.merkle import leaf_hash, verify_inclusion
from portability.recognition.omission import Surfaced
from portability.v1 import envelope_pb2 as pb
from portability.wire.log_entry import LogEntry, log_entry_from_bytes
from portability.wire.proven import Proven, accepted_at, proven_to_pb, split_hashes
from portability.wire.record import KIND, EntitlementRecord, names_stated


def surfaced(
    record_id: bytes, record: EntitlementRecord, *, log_origin: str, leaf_index: int
) -> Surfaced:
    """A record whose proof was verified, with what it says of its scope."""
    period = record.content if isinstance(record.content, Period) else None
    return Surfaced(
        record_id=record_id,
        issuer=record.issuer,
        log_origin=log_origin,
        leaf_index=leaf_index,
        kind=record.kind.value,
        fields=names_stated(record),
        in_part=record.is_salted,
        start=None if period is None else period.start,
        end=None if period is None else period.end,
        supersedes=record.supersedes,
    )


def place_of(proven: Proven) -> pb.ProvenStatement:
    """Where a record stands in a log, and the proof of that, without what it says."""
    place = proven_to_pb(replace(proven, disclosures=()))
    place.ClearField("envelope")
    return place


def verify_place(place: pb.ProvenStatement, directory: Directory, issuer: Party) -> LogEntry:
    """
    Check that the log of its issuer holds a record of the issuer there; the leaf.

    Raises ProofError, SignatureError for somebody else's record, InvalidInputError.
    """
    leaf = log_entry_from_bytes(place.log_entry)
    accepted = accepted_at(leaf)
    head = open_log_checkpoint(place.checkpoint, directory, issuer.jurisdiction, accepted)
    verify_inclusion(
        leaf_hash(place.log_entry),
        place.leaf_index,
        head.size,
        split_hashes(place.inclusion_proof),
        head.root,
    )
    keys = directory.keys(issuer.jurisdiction, issuer.institution, KeyPurpose.INSTITUTION, accepted)
    if leaf.kind != KIND or leaf.key_id not in keys:
        raise SignatureError(f"the log entry is not that of a record of {issuer}")
    return leaf
