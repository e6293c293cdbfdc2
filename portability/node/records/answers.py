"""What RecordsService makes of a batch: entries for the log, acknowledgements, refusals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from portability.node.log.write import Committed, RecordEntry, RecordPlace
from portability.v1 import records_service_pb2 as pb
from portability.wire.envelope import held_bytes
from portability.wire.intake import Accepted, Refused


@dataclass(slots=True, kw_only=True)
class CheckedBatch:
    """
    A batch whose signatures were verified: what may be logged, with the positions in the batch.

    ``replaces`` says that some of it corrects or withdraws other records.
    """

    keep_good: bool
    entries: list[RecordEntry] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    refusals: list[pb.RefusedRecord] = field(default_factory=list)
    replaces: bool = False

    def take(self, position: int, verdict: Accepted, entry: RecordEntry) -> None:
        self.entries.append(entry)
        self.positions.append(position)
        self.replaces = self.replaces or bool(verdict.supersedes)

    def refuse(self, refused: Mapping[int, Refused]) -> None:
        """Leave out entries, by their place among the entries."""
        if not refused:
            return
        self.refusals += [refused_pb(one, self.positions[at]) for at, one in refused.items()]
        self.refusals.sort(key=lambda one: one.position)
        self.entries = [one for at, one in enumerate(self.entries) if at not in refused]


def entry_of(verdict: Accepted, person: int, submission: pb.RecordSubmission) -> RecordEntry:
    """A verified record as the log takes it: what is unknown in it would be read as its fields."""
    submission.envelope.DiscardUnknownFields()
    envelope = submission.envelope.SerializeToString()
    if submission.disclosures:
        envelope = held_bytes(envelope, submission.disclosures)
    return RecordEntry(
        statement_id=verdict.statement_id,
        key_id=verdict.key_id,
        person=person,
        envelope=envelope,
    )


def refused_pb(refused: Refused, position: int) -> pb.RefusedRecord:
    return pb.RefusedRecord(position=position, reason=refused.reason, message=refused.message)


def acknowledge_fresh(
    entries: Sequence[RecordEntry], places: Sequence[RecordPlace], committed: Committed
) -> list[pb.RecordAcknowledgement]:
    """Records that this very transaction logged."""
    proofs = committed.proofs([place.leaf_index for place in places])
    return [
        acknowledgement(entry.statement_id, place.leaf_index, place.log_entry, proof)
        for entry, place, proof in zip(entries, places, proofs, strict=True)
    ]


def acknowledgement(
    statement_id: bytes, leaf_index: int, log_entry: bytes, proof: tuple[bytes, ...]
) -> pb.RecordAcknowledgement:
    return pb.RecordAcknowledgement(
        record=record_name(statement_id),
        leaf_index=leaf_index,
        log_entry=log_entry,
        inclusion_proof=b"".join(proof),
    )


def record_name(statement_id: bytes) -> str:
    return f"records/{statement_id.hex()}"
