"""A log of ours as files: what an auditor's tool would find in an export."""

from collections.abc import Callable
from pathlib import Path

from portability.ledger.checkpoint import Checkpoint, cosign_checkpoint, sign_checkpoint
from portability.ledger.keys import Ed25519Signer
from portability.ledger.merkle import leaf_hash
from portability.ledger.note import add_signature_lines, log_key, witness_key
from portability.ledger.tiles import (
    TileRef,
    bundle_path,
    bundles_of,
    encode_bundle,
    tile_path,
    tiles_of,
)
from portability.ledger.tree import Frontier

LOG_SIGNER = Ed25519Signer(bytes([1]) * 32)
WITNESS_SIGNER = Ed25519Signer(bytes([2]) * 32)
ORIGIN = "node-a.example/log"
WITNESS_NAME = "node-b.example/witness"
LOG = log_key(ORIGIN, LOG_SIGNER.public)
WITNESS = witness_key(WITNESS_NAME, WITNESS_SIGNER.public)
TIME = 1_700_000_000
SIZES = (1, 2, 255, 256, 257, 600, 66_000)
ENTRIES = [b"entry %d" % number for number in range(max(SIZES))]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def tiles_by_path(size: int) -> dict[str, bytes]:
    """Every tile and bundle of the first entries, under the path that clients ask for."""
    hashes = {(tile.level, tile.index): tile.hashes for tile in Frontier().append(LEAVES[:size])}
    files = {tile_path(ref): hashes[ref.level, ref.index] for ref in tiles_of(size)}
    for ref in bundles_of(size):
        start = ref.index * 256
        files[bundle_path(ref)] = encode_bundle(ENTRIES[start : start + ref.width])
    return files


def reader(files: dict[str, bytes]) -> Callable[[TileRef], bytes]:
    return lambda ref: files[tile_path(ref)]


def head(size: int) -> Checkpoint:
    frontier = Frontier()
    frontier.append(LEAVES[:size])
    return Checkpoint(origin=ORIGIN, size=size, root=frontier.root())


def signed_head(size: int) -> bytes:
    """The checkpoint with the log's signature and one cosignature."""
    note = sign_checkpoint(head(size), LOG_SIGNER)
    return add_signature_lines(note, [cosign_checkpoint(note, WITNESS_NAME, TIME, WITNESS_SIGNER)])


def export(size: int, folder: Path) -> None:
    for path, data in {**tiles_by_path(size), "checkpoint": signed_head(size)}.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
