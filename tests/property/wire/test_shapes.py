"""What is written by joining and read by cutting is what protobuf writes and reads."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from portability.errors import InvalidInputError
from portability.ledger.envelope import Envelope, Signature
from portability.ledger.trust import KeyPurpose
from portability.v1 import envelope_pb2 as pb
from portability.wire.envelope import (
    EnvelopeReader,
    envelope_from_bytes,
    envelope_to_bytes,
    envelope_to_pb,
    held_bytes,
    signed_once,
)
from portability.wire.proven_run import ProvenRun
from portability.wire.record import KIND, RECORD_TYPE
from portability.wire.shapes import envelope_shape, proven_bytes, read_varint, shape_of, varint
from tests.integration.recognition.world import FEDERATION
from tests.unit.node.test_exhibit_batch import logged

BYTES = st.binary(max_size=200)
TEXTS = st.text(max_size=20) | st.sampled_from(["", "a" * 64, "b" * 64])
SIGNATURES = st.builds(Signature, sig=BYTES, key_id_hint=TEXTS)
ENVELOPES = st.builds(
    Envelope,
    payload_type=TEXTS,
    payload=BYTES,
    signatures=st.lists(SIGNATURES, max_size=2).map(tuple),
)
HISTORY = logged()
ALIKE = [one.SerializeToString() for one in HISTORY if one.leaf_index]
PLACES = st.integers(0, 10_000)


@given(ENVELOPES)
def test_an_envelope_is_written_as_protobuf_writes_it(envelope: Envelope) -> None:
    assert envelope_to_bytes(envelope) == envelope_to_pb(envelope).SerializeToString()


@given(st.lists(ENVELOPES, max_size=6), st.integers(0, 3), PLACES, st.integers(0, 255))
def test_envelopes_in_a_row_are_read_like_each_alone(
    envelopes: list[Envelope], copies: int, place: int, byte: int
) -> None:
    """Also where one byte of a copy is another one: it may then be no envelope at all."""
    reader = EnvelopeReader()
    for envelope in envelopes * (copies + 1):
        data = envelope_to_bytes(envelope)
        changed = bytearray(data)
        if data:
            changed[place % len(data)] = byte
        for one in (data, bytes(changed)):
            assert _read(reader.read, one) == _read(_whole, one)


@given(ENVELOPES, st.lists(st.text(min_size=1, max_size=9), min_size=1, max_size=3))
def test_what_is_held_with_disclosures_is_no_bare_envelope(
    envelope: Envelope, disclosures: list[str]
) -> None:
    reader = EnvelopeReader()
    data = envelope_to_bytes(envelope)

    assert reader.read(data) == envelope
    assert reader.is_bare(data)
    assert not reader.is_bare(held_bytes(data, disclosures))
    assert reader.read(held_bytes(data, disclosures)) is None


@given(ENVELOPES, BYTES, st.integers(0, 2**64 - 1), BYTES, BYTES)
def test_a_proven_statement_is_written_as_protobuf_writes_it(
    envelope: Envelope, entry: bytes, index: int, proof: bytes, checkpoint: bytes
) -> None:
    plain = pb.ProvenStatement(
        envelope=envelope_to_pb(envelope),
        log_entry=entry,
        leaf_index=index,
        inclusion_proof=proof,
        checkpoint=checkpoint,
    )
    written = proven_bytes(envelope_to_bytes(envelope), entry, index, proof, checkpoint)

    assert written == plain.SerializeToString()


@given(BYTES, BYTES, TEXTS, TEXTS)
def test_an_envelope_made_at_once_is_like_any_other(
    payload: bytes, sig: bytes, name: str, hint: str
) -> None:
    plain = Envelope(
        payload_type=name, payload=payload, signatures=(Signature(sig=sig, key_id_hint=hint),)
    )
    made = signed_once(name, payload, sig, hint)

    assert made == plain
    assert (type(made), type(made.signatures[0])) == (Envelope, Signature)
    assert hash(made) == hash(plain)


@given(st.integers(0, 2**64 - 1))
def test_a_number_reads_back(number: int) -> None:
    assert varint(number) == pb.ProvenStatement(leaf_index=number).SerializeToString()[1:] or (
        number == 0
    )
    assert read_varint(varint(number)) == number


@given(st.binary(max_size=5))
def test_only_what_is_written_in_the_shortest_way_is_a_number(data: bytes) -> None:
    number = read_varint(data)

    assert number == -1 or varint(number) == data


@given(st.data())
def test_statements_in_a_run_are_looked_at_like_each_alone(data: st.DataObject) -> None:
    """Whatever byte of one is another one, or whichever parts of others it has."""
    run = _run()
    for one in HISTORY[1:4]:
        assert run.look_at(one) is not None
    raw = bytearray(data.draw(st.sampled_from(ALIKE)))
    other = data.draw(st.sampled_from(ALIKE))
    begin = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(begin, len(raw)) | st.just(begin + 1))
    if data.draw(st.booleans()) and begin < len(raw):
        raw[begin] ^= data.draw(st.integers(1, 255))
    else:
        raw[begin:end] = other[begin:end]
    message = pb.ProvenStatement()
    try:
        message.ParseFromString(bytes(raw))
    except Exception:  # noqa: BLE001  # whatever protobuf calls it: nothing came
        return
    assert run.look_at(message) == _run().look_at(message)


@given(st.sampled_from(HISTORY), st.sampled_from(HISTORY))
def test_the_parts_of_a_statement_are_its_own(
    first: pb.ProvenStatement, other: pb.ProvenStatement
) -> None:
    name = _run().look_at(first)
    assert name is not None
    shape = shape_of(first, first.SerializeToString(), name.statement_id)
    assert (shape is None) == (first.leaf_index == 0)
    if shape is None or other.leaf_index == 0:
        return
    parts = shape.parts_of(other.SerializeToString())
    if len(other.inclusion_proof) != len(first.inclusion_proof):
        assert parts is None  # it says itself how long it is
        return
    assert parts is not None
    assert parts.payload == other.envelope.payload
    assert parts.sig == other.envelope.signatures[0].sig
    assert parts.log_entry == other.log_entry
    assert parts.statement_id in other.log_entry
    assert (parts.leaf_index, parts.proof) == (other.leaf_index, other.inclusion_proof)


def test_what_stands_behind_a_statement_is_looked_at_in_each_anew() -> None:
    """Statements of one length that are alike but for fields shown behind them."""
    run = _run()
    for place, shown in ((5, "aaaa"), (6, "bbbb"), (7, "cccc")):
        message = pb.ProvenStatement()
        message.CopyFrom(HISTORY[place])
        message.disclosures.append(shown)
        found = run.look_at(message)
        assert found is not None
        assert found.disclosures == (shown,)
        assert found == _run().look_at(message)


def test_what_a_peer_writes_as_a_hint_does_not_stay_in_memory() -> None:
    """Nobody signs a hint, and each of a thousand messages may have another one of megabytes."""
    for long in ("h" * 10_000, "h" * 20_000):
        message = pb.ProvenStatement()
        message.CopyFrom(HISTORY[5])
        message.envelope.signatures[0].keyid = long
        before = envelope_shape.cache_info().misses
        logged_one = _run().look_at(message)
        assert logged_one is not None
        written = envelope_to_bytes(logged_one.envelope)
        assert written == message.envelope.SerializeToString()
        assert EnvelopeReader().read(written) == logged_one.envelope
        assert envelope_shape.cache_info().misses == before


def _run() -> ProvenRun:
    return ProvenRun(
        FEDERATION, payload_type=RECORD_TYPE, kind=KIND, purpose=KeyPurpose.INSTITUTION
    )


def _whole(data: bytes) -> Envelope | None:
    envelope = envelope_from_bytes(data)
    return envelope if envelope_to_pb(envelope).SerializeToString() == data else None


def _read(read: Callable[[bytes], Envelope | None], data: bytes) -> Envelope | str | None:
    try:
        return read(data)
    except InvalidInputError as error:
        return error.message
