"""Vectors that others made, read where they lie beside the project."""

import base64
import json
from pathlib import Path

import pytest

from portability.errors import ProofError
from portability.ledger.checkpoint import open_checkpoint
from portability.ledger.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_from,
    verify_consistency,
    verify_inclusion,
)
from portability.ledger.note import parse_vkey
from portability.ledger.tiles import (
    BundleRef,
    TileRef,
    bundle_path,
    decode_bundle,
    encode_bundle,
    tile_path,
)
from portability.ledger.tree import Frontier, tile_reader
from tests.plain_tree import root_of

PROJECT_ROOT = Path(__file__).resolve().parents[3]
VECTORS = PROJECT_ROOT.parent / "shared" / "vectors"
pytestmark = pytest.mark.skipif(not VECTORS.is_dir(), reason="needs ../shared/vectors")

FOLDERS = {"merkle/inclusion/": 98, "merkle/consistency/": 98, "tlog/": 47}
TWELVE_BYTE_ROOTS = "sizes-are-equal-one-and-proof-is-empty.json"
VKEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
ORIGIN = "example.com/log/testdata"
ENTRIES = (
    b"one two three four five six seven eit nain ten ileven twelf threeten fourten fivten"
).split(b" ")


def cases(folder: str) -> list[Path]:
    return sorted(path for path in (VECTORS / "merkle" / folder).rglob("*") if path.is_file())


def name_of(path: Path) -> str:
    return str(path.relative_to(VECTORS))


def bytes_of(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def hashes_of(texts: list[str] | None) -> list[bytes]:
    return [bytes_of(text) for text in texts or []]


@pytest.mark.parametrize(
    "path", cases("inclusion"), ids=lambda path: str(path.relative_to(VECTORS))
)
def test_inclusion_proofs_are_judged_as_the_vector_says(path: Path) -> None:
    case = json.loads(path.read_bytes())
    arguments = (
        bytes_of(case["leafHash"]),
        case["leafIdx"],
        case["treeSize"],
        hashes_of(case["proof"]),
        bytes_of(case["root"]),
    )
    if case["wantErr"]:
        with pytest.raises(ProofError):
            verify_inclusion(*arguments)
    else:
        verify_inclusion(*arguments)


@pytest.mark.parametrize(
    "path", cases("consistency"), ids=lambda path: str(path.relative_to(VECTORS))
)
def test_consistency_proofs_are_judged_as_the_vector_says(path: Path) -> None:
    case = json.loads(path.read_bytes())
    arguments = (
        case["size1"],
        bytes_of(case["root1"]),
        case["size2"],
        bytes_of(case["root2"]),
        hashes_of(case["proof"]),
    )
    if case["wantErr"] or path.name == TWELVE_BYTE_ROOTS:
        with pytest.raises(ProofError):
            verify_consistency(*arguments)
    else:
        verify_consistency(*arguments)


def test_the_set_is_complete() -> None:
    for folder in ("inclusion", "consistency"):
        verdicts = [json.loads(path.read_bytes())["wantErr"] for path in cases(folder)]
        assert (len(verdicts), verdicts.count(False)) == (98, 6)
    (twelve,) = [path for path in cases("consistency") if path.name == TWELVE_BYTE_ROOTS]
    assert len(bytes_of(json.loads(twelve.read_bytes())["root1"])) == 12


def test_every_file_of_the_vectors_is_one_that_a_test_reads() -> None:
    on_disk = {name_of(path) for path in VECTORS.rglob("*") if path.is_file()}
    counted = {folder: sum(name.startswith(folder) for name in on_disk) for folder in FOLDERS}
    assert counted == FOLDERS
    tiles = [tile_path(TileRef(level=0, index=0, width=width)) for width in range(1, 16)]
    bundles = [bundle_path(BundleRef(index=0, width=width)) for width in range(1, 16)]
    heads = ["checkpoint", *(f"checkpoint.{size}" for size in range(16))]
    small_log = {f"tlog/{path}" for path in (*tiles, *bundles, *heads)}
    proofs = {name_of(path) for folder in ("inclusion", "consistency") for path in cases(folder)}
    assert on_disk - {"README.md", "LICENSE"} == small_log | proofs


def test_the_last_checkpoint_of_the_small_log_is_its_current_one() -> None:
    log = VECTORS / "tlog"
    assert (log / "checkpoint.15").read_bytes() == (log / "checkpoint").read_bytes()


def tile_hashes(ref: TileRef) -> bytes:
    return (VECTORS / "tlog" / tile_path(ref)).read_bytes()


@pytest.mark.parametrize("size", range(16))
def test_each_checkpoint_of_the_small_log_verifies_and_has_our_root(size: int) -> None:
    note = (VECTORS / "tlog" / f"checkpoint.{size}").read_bytes()
    checkpoint = open_checkpoint(note, parse_vkey(VKEY), ORIGIN)
    assert size == checkpoint.size
    assert root_of([leaf_hash(entry) for entry in ENTRIES[:size]]) == checkpoint.root
    assert Frontier.load(size, tile_hashes).root() == checkpoint.root


def test_our_writer_gives_the_same_tiles_and_bundles() -> None:
    frontier = Frontier()
    for width, entry in enumerate(ENTRIES, start=1):
        (tile,) = frontier.append([leaf_hash(entry)])
        ref = TileRef(level=0, index=0, width=width)
        bundle = (VECTORS / "tlog" / bundle_path(BundleRef(index=0, width=width))).read_bytes()
        assert tile_hashes(ref) == tile.hashes
        assert bundle == encode_bundle(ENTRIES[:width])
        assert ENTRIES[:width] == decode_bundle(bundle, width)


def test_all_sizes_of_the_small_log_are_consistent_and_every_entry_included() -> None:
    roots = [root_of([leaf_hash(entry) for entry in ENTRIES[:size]]) for size in range(16)]
    for second in range(1, 16):
        read = tile_reader(second, tile_hashes)
        assert roots[second] == root_from(second, read)
        for first in range(second + 1):
            proof = consistency_proof(first, second, read)
            verify_consistency(first, roots[first], second, roots[second], proof)
        for index in range(second):
            path = inclusion_proof(index, second, read)
            verify_inclusion(leaf_hash(ENTRIES[index]), index, second, path, roots[second])
