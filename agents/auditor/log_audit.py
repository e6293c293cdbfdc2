"""
A whole log verified from an export: checkpoint, tree, entries, issuers' signatures, proofs.

The export is the static read side (C2SP tlog-tiles) as files. Where it is beside a folder
``statements`` with the envelopes in bundles like those of the entries, every envelope is held
against its leaf and its issuer's key. Work is shared between processes; none holds more than a few
tiles at a time.
"""

import hashlib
import os
import resource
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from portability.errors import InvalidInputError, ProofError, SignatureError
from portability.ledger.checkpoint import Checkpoint, open_checkpoint
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.envelope import kind_of, pae
from portability.ledger.keys import verify_signature
from portability.ledger.merkle import (
    leaf_hash,
    node_hash,
    root_from,
    verify_inclusion,
)
from portability.ledger.note import parse_vkey
from portability.ledger.tiles import (
    TILE_WIDTH,
    BundleRef,
    TileRef,
    bundle_path,
    decode_bundle,
    tile_path,
)
from portability.ledger.tree import batch_inclusion_proofs, tile_reader
from portability.wire.envelope import envelope_from_bytes
from portability.wire.log_entry import LogEntry, log_entry_from_bytes, log_entry_writer

TILES_AT_ONCE: Final = 8
STATEMENTS: Final = "statements"
CHECKPOINT: Final = "checkpoint"
_KIB: Final = 1024
_STATUS: Final = Path("/proc/self/status")
_PROOFS_AT_ONCE: Final = 25

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Where the files are and who may have signed: the log's vkey, issuers' keys by key id."""

    folder: Path
    vkey: str
    issuers: Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedLog:
    """What was verified. ``peak_rss_mib`` is the sum over the processes that did it."""

    size: int
    root: bytes
    signatures: int
    proofs: int
    peak_rss_mib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Some level-0 tiles: the roots of the full ones, and what it took to verify them."""

    first: int
    roots: tuple[bytes, ...]
    entries: int
    signatures: int
    process: int
    peak_rss_mib: float


def audit_export(
    export: Export,
    pool: Executor,
    *,
    samples: Iterable[int] = (),
    progress: Progress = lambda _done, _all: None,
) -> AuditedLog:
    """
    Verify everything; ``samples`` are leaf indexes whose inclusion is proved besides.

    Raises ProofError or SignatureError naming the first thing that does not hold.
    """
    note = _read(export.folder / CHECKPOINT)
    key = parse_vkey(export.vkey)
    head = open_checkpoint(note, key, key.name)
    with_statements = (export.folder / STATEMENTS).is_dir()
    parts = pool.map(
        _verify_part,
        (
            (export, first, head.size, with_statements)
            for first in range(0, -(-head.size // TILE_WIDTH), TILES_AT_ONCE)
        ),
    )
    level = _Level(export.folder, head.size)
    done = signatures = 0
    peaks: dict[int, float] = {}
    for part in parts:
        level.add(part.roots)
        done += part.entries
        signatures += part.signatures
        peaks[part.process] = max(part.peak_rss_mib, peaks.get(part.process, 0.0))
        progress(done, head.size)
    level.finish()
    if _root(export.folder, head.size) != head.root:
        raise ProofError("the tiles do not give the root of the checkpoint")
    proofs = _prove_samples(export, pool, head, list(samples))
    return AuditedLog(
        size=head.size,
        root=head.root,
        signatures=signatures,
        proofs=proofs,
        peak_rss_mib=round(sum(peaks.values()) + peak_rss_mib(), 1),
    )


def _prove_samples(export: Export, pool: Executor, head: Checkpoint, wanted: Sequence[int]) -> int:
    """How many leaves were proved to be in the tree of the checkpoint."""
    portions = (wanted[at : at + _PROOFS_AT_ONCE] for at in range(0, len(wanted), _PROOFS_AT_ONCE))
    return sum(pool.map(_prove, ((export.folder, head.size, head.root, some) for some in portions)))


def peak_rss_mib() -> float:
    """The largest resident size that this process has had."""
    try:
        lines = _STATUS.read_text(encoding="ascii").splitlines()
    except OSError:  # no Linux: there getrusage would tell the parent's peak after a spawn, too
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / _KIB**2
    found = next(line for line in lines if line.startswith("VmHWM:"))
    return int(found.split()[1]) / _KIB


class _Level:
    """The upper tiles, held against what the ones below them give, level by level."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._size = size
        self._pending: list[list[bytes]] = [[]]
        self._index: list[int] = [0]

    def add(self, roots: Iterable[bytes], level: int = 1) -> None:
        """Roots of full tiles of the level below, in order."""
        while len(self._pending) <= level:
            self._pending.append([])
            self._index.append(0)
        for root in roots:
            pending = self._pending[level]
            pending.append(root)
            if len(pending) == TILE_WIDTH:
                hashes = b"".join(pending)
                self._compare(level, hashes, TILE_WIDTH)
                pending.clear()
                self._index[level] += 1
                self.add((perfect_root(hashes),), level + 1)

    def finish(self) -> None:
        """The partial tiles at the right edge."""
        for level, pending in enumerate(self._pending):
            if pending:
                self._compare(level, b"".join(pending), len(pending))

    def _compare(self, level: int, hashes: bytes, width: int) -> None:
        ref = TileRef(level=level, index=self._index[level], width=width)
        if _read(self._folder / tile_path(ref)) != hashes:
            raise ProofError(f"{tile_path(ref)} is not what the tiles below it give")


def _verify_part(job: tuple[Export, int, int, bool]) -> _Part:
    """In a worker: some bundles, their tiles, and the envelopes of their entries."""
    export, first, size, with_statements = job
    last = min(first + TILES_AT_ONCE, -(-size // TILE_WIDTH))
    roots = []
    entries = signatures = 0
    for index in range(first, last):
        width = min(size - index * TILE_WIDTH, TILE_WIDTH)
        bundle = bundle_path(BundleRef(index=index, width=width))
        found = _bundle(export.folder / bundle, width)
        hashes = b"".join(map(leaf_hash, found))
        path = tile_path(TileRef(level=0, index=index, width=width))
        if _read(export.folder / path) != hashes:
            raise ProofError(f"{path} is not what {bundle} gives")
        if with_statements:
            signatures += _verify_statements(export, bundle, found)
        else:
            for at, entry in enumerate(found):
                _leaf(entry, index * TILE_WIDTH + at)
        if width == TILE_WIDTH:
            roots.append(perfect_root(hashes))
        entries += width
    return _Part(
        first=first,
        roots=tuple(roots),
        entries=entries,
        signatures=signatures,
        process=os.getpid(),
        peak_rss_mib=peak_rss_mib(),
    )


def _verify_statements(export: Export, bundle: str, entries: Sequence[bytes]) -> int:
    """Each envelope against its leaf, and its signature against the issuer whom the leaf names."""
    path = export.folder / STATEMENTS / bundle.removeprefix("tile/entries/")
    write: Callable[[bytes], bytes] = _no_entry
    kind, public = "", b""
    for entry, data in zip(entries, _bundle(path, len(entries)), strict=True):
        envelope = envelope_from_bytes(data)
        message = pae(envelope.payload_type, envelope.payload)
        name = hashlib.sha256(message).digest()
        if write(name) != entry or kind != kind_of(envelope.payload_type):
            leaf = _leaf(entry, name.hex()[:16])
            kind, public = leaf.kind, _issuer(export, leaf, name)
            if leaf.statement_id != name or kind != kind_of(envelope.payload_type):
                raise ProofError(f"the envelope {name.hex()[:16]} is that of another statement")
            # most leaves differ from the one before in nothing but the id: compared, not parsed
            write = log_entry_writer(kind, leaf.key_id, leaf.accepted_hour)
        try:
            verify_signature(public, message, envelope.signatures[0].sig)
        except SignatureError:
            raise SignatureError(
                f"{name.hex()[:16]} is not signed by the key that its leaf names"
            ) from None
    return len(entries)


def _issuer(export: Export, leaf: LogEntry, name: bytes) -> bytes:
    public = export.issuers.get(leaf.key_id)
    if public is None:
        raise SignatureError(f"{name.hex()[:16]} is signed by an issuer who is not known")
    return public


def _no_entry(_name: bytes) -> bytes:
    """Before the first leaf there is none to be like."""
    return b""


def perfect_root(hashes: bytes) -> bytes:
    """The root of a full tile's 256 hashes."""
    nodes = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    while len(nodes) > 1:
        pairs = iter(nodes)
        nodes = [node_hash(left, right) for left, right in zip(pairs, pairs, strict=True)]
    return nodes[0]


def _prove(job: tuple[Path, int, bytes, list[int]]) -> int:
    """In a worker: build the proofs of some leaves from the tiles, and verify them."""
    folder, size, root, samples = job
    read = tile_reader(size, lambda ref: _read(folder / tile_path(ref)))
    for index, proof in zip(samples, batch_inclusion_proofs(samples, size, read), strict=True):
        at = index // TILE_WIDTH
        bundle = BundleRef(index=at, width=min(size - at * TILE_WIDTH, TILE_WIDTH))
        entry = _bundle(folder / bundle_path(bundle), bundle.width)[index % TILE_WIDTH]
        verify_inclusion(leaf_hash(entry), index, size, proof, root)
    return len(samples)


def _root(folder: Path, size: int) -> bytes:
    return root_from(size, tile_reader(size, lambda ref: _read(folder / tile_path(ref))))


def _leaf(entry: bytes, index: object) -> LogEntry:
    try:
        return log_entry_from_bytes(entry)
    except InvalidInputError:
        raise ProofError(f"leaf {index} is not a log entry") from None


def _bundle(path: Path, width: int) -> list[bytes]:
    try:
        return decode_bundle(_read(path), width)
    except InvalidInputError as error:
        raise ProofError(f"{path.name}: {error.message}") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise ProofError(f"{path} is missing from the export", file=str(path)) from None
