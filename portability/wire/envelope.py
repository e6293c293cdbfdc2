"""Envelopes between protobuf and the ledger's values."""

from collections.abc import Sequence

from google.protobuf.message import DecodeError

from portability.errors import InvalidInputError
from portability.ledger.envelope import Envelope, Signature
from portability.v1 import envelope_pb2 as pb


def envelope_from_pb(message: pb.Envelope) -> Envelope:
    """The envelope as it came. Nothing in it is verified, and its payload is not parsed."""
    return Envelope(
        payload_type=message.payload_type,
        payload=message.payload,
        signatures=tuple(
            [
                Signature(sig=signature.sig, key_id_hint=signature.keyid)
                for signature in message.signatures
            ]
        ),
    )


def envelope_to_pb(envelope: Envelope) -> pb.Envelope:
    return pb.Envelope(
        payload=envelope.payload,
        payload_type=envelope.payload_type,
        signatures=[
            pb.Signature(sig=signature.sig, keyid=signature.key_id_hint)
            for signature in envelope.signatures
        ],
    )


def envelope_to_bytes(envelope: Envelope) -> bytes:
    """The form in which the store keeps an envelope. Signatures never cover these bytes."""
    return envelope_to_pb(envelope).SerializeToString()


def envelope_from_bytes(data: bytes) -> Envelope:
    """Read what ``envelope_to_bytes`` wrote. Raises InvalidInputError."""
    try:
        return envelope_from_pb(pb.Envelope.FromString(data))
    except DecodeError:
        raise InvalidInputError(
            "the envelope is not a protobuf Envelope", field="envelope"
        ) from None


def held_bytes(envelope: bytes, disclosures: Sequence[str]) -> bytes:
    """
    How the store keeps a record with salted fields: its envelope and all disclosures as one.

    ``envelope`` is what ``envelope_to_bytes`` writes, and ``envelope_from_bytes`` still reads it
    from the result. They are encrypted, and erased, together.
    """
    return envelope + pb.HeldEnvelope(disclosures=disclosures).SerializeToString()


def held_disclosures(data: bytes) -> tuple[str, ...]:
    """The disclosures in what ``held_bytes`` wrote; none for a record in clear."""
    try:
        return tuple(pb.HeldEnvelope.FromString(data).disclosures)
    except DecodeError:
        raise InvalidInputError(
            "the envelope is not a protobuf Envelope", field="envelope"
        ) from None
