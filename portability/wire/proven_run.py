"""
Many statements of few signers and logs, looked at as ``verify_proven`` looks at each alone.

What they have in common, such as a checkpoint or the trust in a key, is established once. Nothing
is refused here: what is not plainly as it must be is left to ``verify_proven``, which says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from portability.errors import InvalidInputError, PortabilityError, ProofError, SignatureError
from portability.ledger.directory import Directory, KeyEntry
from portability.ledger.envelope import Envelope, pae
from portability.ledger.inclusion_run import InclusionRun
from portability.ledger.keys import verify_signature
from portability.ledger.logs import open_log_checkpoint
from portability.ledger.merkle import leaf_hash
from portability.v1 import envelope_pb2 as pb
from portability.wire.envelope import signed_once
from portability.wire.log_entry import LogEntry, log_entry_from_bytes, log_entry_writer
from portability.wire.proven import accepted_at, is_cut_off
from portability.wire.shapes import ProvenShape, shape_of

Signed = tuple[bytes, bytes, bytes]
"""A signature to be verified: the public key, the bytes that it is over, and itself."""


class Logged(NamedTuple):
    """
    A statement that is in its log, by whom its leaf says that it was signed, and what is left to
    verify of it: its signature.

    ``proven`` are its bytes with the proof, and ``disclosures`` those that came with it.
    """

    statement_id: bytes
    envelope: Envelope
    entry: KeyEntry
    signed: Signed
    proven: bytes
    disclosures: tuple[str, ...]


def verify_signatures(batch: Sequence[Signed]) -> list[bool]:
    """Which of these signatures are good. Plain values in and out: any process can do it."""
    return [_is_good(*one) for one in batch]


def _is_good(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        verify_signature(public, message, signature)
    except SignatureError:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leaf:
    """What leaves say that differ in the statement alone, and whose key it is that they name."""

    entry: KeyEntry
    accepted: datetime


class _Alike(NamedTuple):
    """What holds of all statements of one shape, once it was established for the first."""

    shape: ProvenShape
    before_payload: bytes
    hint: str
    leaf: _Leaf
    tree: InclusionRun


class ProvenRun:
    """Looks at statements of one payload type, signed by keys of one purpose."""

    def __init__(self, directory: Directory, *, payload_type: str, kind: str, purpose: str) -> None:
        self._directory = directory
        self._type = payload_type
        self._kind = kind
        self._purpose = purpose
        self._leaves: dict[tuple[bytes, bytes], _Leaf] = {}
        self._trees: dict[tuple[bytes, str, datetime], InclusionRun] = {}
        self._alike: dict[int, _Alike] = {}

    def look_at(self, message: pb.ProvenStatement) -> Logged | None:
        """
        The statement, if all of it holds but for the signature, which is not looked at.

        None for anything out of the ordinary: ask ``verify_proven`` what is wrong with it.
        """
        data = message.SerializeToString()
        alike = self._alike.get(len(data))
        found = None if alike is None else self._look_alike(alike, data)
        return found or self._look_alone(message, data)

    def _look_alike(self, alike: _Alike, data: bytes) -> Logged | None:
        """As ``_look_alone``: what is not looked at is byte for byte what was."""
        parts = alike.shape.parts_of(data)
        if parts is None:
            return None
        payload, sig, name, log_entry, leaf_index, proof = parts
        signed_bytes = alike.before_payload + payload
        if sha256(signed_bytes).digest() != name:
            return None
        try:
            alike.tree.verify(leaf_hash(log_entry), leaf_index, proof)
        except PortabilityError:
            return None
        entry = alike.leaf.entry
        return Logged(
            name,
            signed_once(self._type, payload, sig, alike.hint),
            entry,
            (entry.public, signed_bytes, sig),
            data,
            (),
        )

    def _look_alone(self, message: pb.ProvenStatement, data: bytes) -> Logged | None:
        inner = message.envelope
        if inner.payload_type != self._type or len(inner.signatures) != 1:
            return None
        (one,) = inner.signatures
        signed_bytes = pae(self._type, inner.payload)
        statement_id = sha256(signed_bytes).digest()
        try:
            leaf = self._leaf(message.log_entry, statement_id)
            tree = self._tree(message.checkpoint, leaf)
            tree.verify(leaf_hash(message.log_entry), message.leaf_index, message.inclusion_proof)
        except PortabilityError:
            return None
        shape = shape_of(message, data, statement_id)
        if shape is not None:
            before = signed_bytes[: -len(inner.payload)]
            self._alike[len(data)] = _Alike(shape, before, one.keyid, leaf, tree)
        return Logged(
            statement_id=statement_id,
            envelope=signed_once(self._type, inner.payload, one.sig, one.keyid),
            entry=leaf.entry,
            signed=(leaf.entry.public, signed_bytes, one.sig),
            proven=data,
            disclosures=tuple(message.disclosures),
        )

    def _leaf(self, data: bytes, statement_id: bytes) -> _Leaf:
        """Raises a PortabilityError where the leaf, or the key that it names, is not as it must."""
        head, found, tail = data.partition(statement_id)
        if not found:
            raise ProofError("the proof is for another statement than the one that came with it")
        known = self._leaves.get((head, tail))
        if known is None:
            known = self._leaves[head, tail] = self._read_leaf(data, statement_id)
        return known

    def _read_leaf(self, data: bytes, statement_id: bytes) -> _Leaf:
        said = log_entry_from_bytes(data)
        written = log_entry_writer(said.kind, said.key_id, said.accepted_hour)(statement_id)
        if data != written or said.kind != self._kind:
            raise InvalidInputError("the log entry is not written as nodes write it")
        return _Leaf(entry=self._trusted(said), accepted=accepted_at(said))

    def _trusted(self, said: LogEntry) -> KeyEntry:
        """The entry of the key, if its holder was trusted with it when the log took this in."""
        entry = self._directory.key(said.key_id)
        accepted = accepted_at(said)
        if entry is None or entry.purpose != self._purpose or is_cut_off(entry, accepted):
            raise ProofError("the key is not trusted for this")
        keys = self._directory.keys(entry.jurisdiction, entry.institution, entry.purpose, accepted)
        if keys.get(said.key_id) != entry.public:
            raise ProofError("the key is not trusted for this")
        return entry

    def _tree(self, note: bytes, leaf: _Leaf) -> InclusionRun:
        place = (note, leaf.entry.jurisdiction, leaf.accepted)
        tree = self._trees.get(place)
        if tree is None:
            head = open_log_checkpoint(
                note, self._directory, leaf.entry.jurisdiction, leaf.accepted
            )
            tree = self._trees[place] = InclusionRun(head.size, head.root)
        return tree
