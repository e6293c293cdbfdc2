"""
Envelopes and proven statements whose bytes differ in little, written and read by joining and
cutting.

A history is hundreds of statements of one type by one key in one log: the same bytes around
payloads and signatures of the same length. What comes before a part says, as protobuf is encoded,
how long the part is and where the next one begins. So bytes of the same length that are alike
around the parts can be read in one way only: the way in which the first of them was read.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from portability.v1 import envelope_pb2 as pb

_PAYLOAD: Final = b"\x0a"  # fields by number and wire type, as in envelope.proto
_TYPE: Final = b"\x12"
_SIGNATURE: Final = b"\x1a"
_SIG: Final = b"\x0a"
_KEYID: Final = b"\x12"
_ENVELOPE: Final = b"\x0a"
_LOG_ENTRY: Final = b"\x12"
_LEAF_INDEX: Final = b"\x18"
_PROOF: Final = b"\x22"
_CHECKPOINT: Final = b"\x2a"

_MORE: Final = 0x80
_BITS: Final = 7

KEPT_CHARACTERS: Final = 256
"""
Of type and hint of a shape that is remembered: ours have half of it. Nobody signs a hint, so that a
peer can write megabytes there.
"""


class EnvelopeShape(NamedTuple):
    """What is around the payload and the one signature of an envelope without empty fields."""

    head: bytes
    middle: bytes
    end: bytes


def is_plain(payload_type: str, payload: bytes, signature: bytes, hint: str) -> bool:
    """Whether an envelope of these has a shape: nothing is empty, and type and hint are short."""
    return bool(payload and signature and payload_type and hint) and (
        len(payload_type) + len(hint) <= KEPT_CHARACTERS
    )


@lru_cache(maxsize=4096)
def envelope_shape(payload_type: str, payload: int, signature: int, hint: str) -> EnvelopeShape:
    """
    The shape for a payload and a signature of so many bytes; ``is_plain`` of what it is made of.
    """
    end = _field(_KEYID, hint.encode())
    sig = _SIG + varint(signature)
    signed = len(sig) + signature + len(end)
    return EnvelopeShape(
        head=_PAYLOAD + varint(payload),
        middle=_field(_TYPE, payload_type.encode()) + _SIGNATURE + varint(signed) + sig,
        end=end,
    )


class EnvelopeCut(NamedTuple):
    """Where the parts of an envelope of one shape begin and end."""

    shape: EnvelopeShape
    payload_type: str
    hint: str
    payload: slice
    middle: slice
    sig: slice

    def fits(self, data: bytes) -> bool:
        """Whether bytes of the same length are an envelope of this shape, and nothing else."""
        head, middle, end = self.shape
        return data.startswith(head) and data.endswith(end) and data[self.middle] == middle


def cut_envelope(payload_type: str, payload: int, signature: int, hint: str) -> EnvelopeCut:
    """How to read envelopes with a payload and one signature of so many bytes."""
    shape = envelope_shape(payload_type, payload, signature, hint)
    begin = len(shape.head)
    end = begin + payload
    sig = end + len(shape.middle)
    return EnvelopeCut(
        shape=shape,
        payload_type=payload_type,
        hint=hint,
        payload=slice(begin, end),
        middle=slice(end, sig),
        sig=slice(sig, sig + signature),
    )


def proven_bytes(
    envelope: bytes, log_entry: bytes, leaf_index: int, proof: bytes, checkpoint: bytes
) -> bytes:
    """A ProvenStatement of these parts, as protobuf writes it; ``envelope`` is one as bytes."""
    index = _LEAF_INDEX + varint(leaf_index) if leaf_index else b""
    return b"".join(
        (
            _ENVELOPE,
            varint(len(envelope)),
            envelope,
            _given(_LOG_ENTRY, log_entry),
            index,
            _given(_PROOF, proof),
            _given(_CHECKPOINT, checkpoint),
        )
    )


class ProvenParts(NamedTuple):
    """What differs between proven statements of one shape. Nothing in it is verified."""

    payload: bytes
    sig: bytes
    statement_id: bytes
    log_entry: bytes
    leaf_index: int
    proof: bytes


class ProvenShape:
    """Where the parts are in proven statements that look like one that was read."""

    def __init__(self, same: tuple[tuple[slice, bytes], ...], parts: tuple[slice, ...]) -> None:
        self._same = same
        self._payload, self._sig, self._id, self._entry, self._index, self._proof = parts

    def parts_of(self, data: bytes) -> ProvenParts | None:
        """The parts of bytes of the same length, None if they have another shape."""
        for place, same in self._same:
            if data[place] != same:
                return None
        index = read_varint(data[self._index])
        if index < 0:
            return None
        return ProvenParts(
            data[self._payload],
            data[self._sig],
            data[self._id],
            data[self._entry],
            index,
            data[self._proof],
        )


def shape_of(message: pb.ProvenStatement, data: bytes, statement_id: bytes) -> ProvenShape | None:
    """
    The shape of a message that ``data`` are the bytes of; its log entry is about the statement.

    None where it has more, or less, than one signature and one of each other part, or a hint that
    is none.
    """
    envelope, entry = message.envelope, message.log_entry
    before, found, after = entry.partition(statement_id)
    if len(envelope.signatures) != 1 or not found or not message.leaf_index:
        return None
    one = envelope.signatures[0]
    if not is_plain(envelope.payload_type, envelope.payload, one.sig, one.keyid):
        return None
    head, middle, end = envelope_shape(
        envelope.payload_type, len(envelope.payload), len(one.sig), one.keyid
    )
    inner = len(head) + len(envelope.payload) + len(middle) + len(one.sig) + len(end)
    entry_head = _LOG_ENTRY + varint(len(entry))
    # in turn what is the same in all, and what differs
    pieces = (
        _ENVELOPE + varint(inner) + head,
        envelope.payload,
        middle,
        one.sig,
        end + entry_head + before,
        statement_id,
        after + _LEAF_INDEX,
        varint(message.leaf_index),
        _PROOF + varint(len(message.inclusion_proof)),
        message.inclusion_proof,
        _field(_CHECKPOINT, message.checkpoint),
    )
    if b"".join(pieces) != data:
        return None
    places = _places(pieces)
    payload, sig, name, index, proof = places[1::2]
    whole_entry = slice(name.start - len(before), name.stop + len(after))
    return ProvenShape(
        tuple(zip(places[::2], pieces[::2], strict=True)),
        (payload, sig, name, whole_entry, index, proof),
    )


@lru_cache(maxsize=16_384)
def varint(number: int) -> bytes:
    """A number of 0 or more as protobuf writes it."""
    made = bytearray()
    while number >= _MORE:
        made.append(number & (_MORE - 1) | _MORE)
        number >>= _BITS
    made.append(number)
    return bytes(made)


def read_varint(data: bytes) -> int:
    """The number that exactly these bytes are; -1 if they are none, or one written otherwise."""
    number = 0
    for place, byte in enumerate(data):
        number |= (byte & (_MORE - 1)) << _BITS * place
    return number if varint(number) == data else -1


def _field(tag: bytes, content: bytes) -> bytes:
    return tag + varint(len(content)) + content


def _given(tag: bytes, content: bytes) -> bytes:
    """A field that is left out where it is empty."""
    return tag + varint(len(content)) + content if content else b""


def _places(pieces: tuple[bytes, ...]) -> list[slice]:
    places, at = [], 0
    for piece in pieces:
        places.append(slice(at, at + len(piece)))
        at += len(piece)
    return places
