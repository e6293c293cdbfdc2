"""Envelopes between protobuf and the ledger's values."""

from collections.abc import Sequence
from typing import Any, cast

from google.protobuf.message import DecodeError

from portability.core.opened import opened
from portability.errors import InvalidInputError
from portability.ledger.envelope import MAX_SIGNATURES, Envelope, Signature
from portability.v1 import envelope_pb2 as pb
from portability.wire.shapes import (
    EnvelopeCut,
    EnvelopeShape,
    cut_envelope,
    envelope_shape,
    is_plain,
)


def envelope_from_pb(message: pb.Envelope) -> Envelope:
    """
    The envelope as it came. Nothing in it is verified, and its payload is not parsed.

    Raises InvalidInputError for more signatures than are ever looked at: a message has room for
    millions.
    """
    if len(message.signatures) > MAX_SIGNATURES:
        raise InvalidInputError(
            f"the envelope has more than {MAX_SIGNATURES} signatures", field="signatures"
        )
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
    shape = _shape_of(envelope)
    if shape is None:
        return envelope_to_pb(envelope).SerializeToString()
    (one,) = envelope.signatures
    return b"".join((shape.head, envelope.payload, shape.middle, one.sig, shape.end))


def _shape_of(envelope: Envelope) -> EnvelopeShape | None:
    """What is around payload and signature; None for one without, or with more than one."""
    if len(envelope.signatures) != 1:
        return None
    (one,) = envelope.signatures
    if not is_plain(envelope.payload_type, envelope.payload, one.sig, one.key_id_hint):
        return None
    return envelope_shape(
        envelope.payload_type, len(envelope.payload), len(one.sig), one.key_id_hint
    )


def envelope_from_bytes(data: bytes) -> Envelope:
    """Read what ``envelope_to_bytes`` wrote. Raises InvalidInputError."""
    try:
        return envelope_from_pb(pb.Envelope.FromString(data))
    except DecodeError:
        raise InvalidInputError(
            "the envelope is not a protobuf Envelope", field="envelope"
        ) from None


class EnvelopeReader:
    """Reads envelopes as the store keeps them; hundreds that are alike faster than each alone."""

    def __init__(self) -> None:
        self._cuts: dict[int, EnvelopeCut] = {}

    def is_bare(self, data: bytes) -> bool:
        """Whether ``read`` gives the envelope."""
        cut = self._cuts.get(len(data))
        return (cut is not None and cut.fits(data)) or self.read(data) is not None

    def read(self, data: bytes) -> Envelope | None:
        """The envelope, if there is nothing behind it; else None: it may be a record's fields."""
        cut = self._cuts.get(len(data))
        if cut is not None and cut.fits(data):
            return signed_once(cut.payload_type, data[cut.payload], data[cut.sig], cut.hint)
        envelope = envelope_from_bytes(data)
        if envelope_to_bytes(envelope) != data:
            return None
        if _shape_of(envelope) is not None:
            (one,) = envelope.signatures
            self._cuts[len(data)] = cut_envelope(
                envelope.payload_type, len(envelope.payload), len(one.sig), one.key_id_hint
            )
        return envelope


def signed_once(payload_type: str, payload: bytes, sig: bytes, hint: str) -> Envelope:
    """An envelope with one signature."""
    signature = _new(_OpenSignature)
    signature.sig = sig
    signature.key_id_hint = hint
    signature.__class__ = Signature
    made = _new(_OpenEnvelope)
    made.payload_type = payload_type
    made.payload = payload
    made.signatures = (signature,)
    made.__class__ = Envelope
    return cast("Envelope", made)


_OpenSignature: Any = opened(Signature)
_OpenEnvelope: Any = opened(Envelope)
_new = object.__new__


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
