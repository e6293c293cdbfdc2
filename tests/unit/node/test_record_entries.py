"""What the log takes of a record: what was signed, and the fields that came with it."""

from portability.node.records.answers import entry_of
from portability.v1 import envelope_pb2
from portability.v1 import records_service_pb2 as pb
from portability.wire.envelope import EnvelopeReader, held_disclosures
from portability.wire.intake import Accepted
from tests.unit.node.test_exhibit_batch import logged

ACCEPTED = Accepted(statement_id=b"s" * 32, key_id=b"k" * 32, supersedes=b"")


def submitted(unknown: bytes, *disclosures: str) -> pb.RecordSubmission:
    submission = pb.RecordSubmission(envelope=logged()[0].envelope, disclosures=disclosures)
    submission.envelope.MergeFromString(unknown)
    return submission


def test_what_is_unknown_in_an_envelope_is_no_field_of_its_record() -> None:
    """A record in clear with fields is refused when it is read, with all others of its person."""
    unknown = envelope_pb2.HeldEnvelope(disclosures=["W10"]).SerializeToString()
    assert unknown in submitted(unknown).envelope.SerializeToString()

    plain = entry_of(ACCEPTED, 1, submitted(unknown))
    assert EnvelopeReader().is_bare(plain.envelope)
    assert held_disclosures(plain.envelope) == ()
    assert plain == entry_of(ACCEPTED, 1, submitted(b""))

    salted = entry_of(ACCEPTED, 1, submitted(unknown, "W20"))
    assert held_disclosures(salted.envelope) == ("W20",)
