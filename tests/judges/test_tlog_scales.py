"""tlog-scales reads our exported log, checks our proofs and cosignatures, and we check its."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portability.errors import ProofError
from portability.ledger.checkpoint import (
    cosign_checkpoint_mldsa,
    open_checkpoint,
    sign_checkpoint,
)
from portability.ledger.merkle import (
    consistency_proof,
    inclusion_proof,
    root_from,
    verify_consistency,
    verify_inclusion,
)
from portability.ledger.mldsa import MldsaSigner
from portability.ledger.note import (
    add_signature_lines,
    mldsa_witness_key,
    parse_note,
    parse_vkey,
    verify_note,
)
from portability.ledger.tiles import TileRef, tile_path
from portability.ledger.tree import tile_reader
from tests.judges.small_log import (
    ENTRIES,
    LEAVES,
    LOG,
    LOG_SIGNER,
    ORIGIN,
    SIZES,
    TIME,
    WITNESS,
    export,
    head,
    reader,
    signed_head,
    tiles_by_path,
)

judge = pytest.importorskip("tlog_scales.tlog", reason="needs tlog-scales as a judge")
signing = pytest.importorskip("tlog_scales.signing", reason="needs tlog-scales as a judge")
reading = pytest.importorskip("tlog_scales.reader", reason="needs tlog-scales as a judge")
backend = pytest.importorskip("tlog_scales.backend", reason="needs tlog-scales as a judge")
writing = pytest.importorskip("tlog_scales.writer", reason="needs tlog-scales as a judge")


@pytest.mark.parametrize("size", SIZES)
def test_the_judge_finds_our_root_and_entries_in_our_export(size: int, tmp_path: Path) -> None:
    export(size, tmp_path)
    tiles = reading.TilesReader(backend.LocalBackend(tmp_path))
    checkpoint = tiles.get_checkpoint()
    checkpoint.verify(signing.Vkey.from_string(str(LOG)))
    assert (ORIGIN, size, head(size).root) == (
        checkpoint.origin,
        checkpoint.size,
        checkpoint.root_hash,
    )
    assert head(size).root == tiles.calculate_root_hash()
    for index in {0, size // 2, size - 1}:
        assert ENTRIES[index] == tiles.get_entry(index)


@pytest.mark.parametrize("size", SIZES)
def test_inclusion_proofs_verify_both_ways(size: int, tmp_path: Path) -> None:
    export(size, tmp_path)
    tiles = reading.TilesReader(backend.LocalBackend(tmp_path))
    tiles.set_size(size)
    read = tile_reader(size, reader(tiles_by_path(size)))
    root = head(size).root
    for index in sorted({0, size // 3, size // 2, size - 1}):
        ours = inclusion_proof(index, size, read)
        theirs = tiles.get_inclusion_proof(index, size)
        assert theirs.node_hashes == list(ours)
        judge.InclusionProof(index, size, list(ours)).check(LEAVES[index], root)
        verify_inclusion(LEAVES[index], index, size, theirs.node_hashes, root)


@pytest.mark.parametrize("first", SIZES)
def test_consistency_proofs_verify_both_ways(first: int, tmp_path: Path) -> None:
    last = SIZES[-1]
    export(last, tmp_path)
    tiles = reading.TilesReader(backend.LocalBackend(tmp_path))
    tiles.set_size(last)
    read = tile_reader(last, reader(tiles_by_path(last)))
    ours = consistency_proof(first, last, read)
    theirs = tiles.get_consistency_proof(first, last)
    assert theirs.node_hashes == list(ours)
    judge.ConsistencyProof(first, last, list(ours)).check(head(first).root, head(last).root)
    verify_consistency(first, head(first).root, last, head(last).root, theirs.node_hashes)


def test_the_judge_counts_our_log_witness_and_post_quantum_signatures() -> None:
    signer = MldsaSigner(bytes([3]) * 32)
    key = mldsa_witness_key("node-c.example/witness", signer.public)
    note = signed_head(600)
    line = cosign_checkpoint_mldsa(note, key.name, TIME, signer)
    checkpoint = judge.Checkpoint.from_text(add_signature_lines(note, [line]).decode())
    vkeys = [signing.Vkey.from_string(str(one)) for one in (LOG, WITNESS, key)]
    valid = signing.VkeySet(*vkeys).verify(checkpoint.signatures, checkpoint)
    assert set(vkeys) == {vkey for vkey, _ in valid}


def test_we_verify_the_judges_checkpoint_and_post_quantum_cosignature() -> None:
    seed = bytes([4]) * 32
    log = signing.PlainEd25519Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(seed))
    witness = signing.MLDSA44CosignatureSigner("node-c.example/witness", seed)
    theirs = judge.Checkpoint.make_signed(ORIGIN, 600, head(600).root, [log, witness])
    note = theirs.serialize().encode()
    log_vkey = parse_vkey(log.vkey.serialize())
    witness_vkey = parse_vkey(witness.vkey.serialize())
    assert head(600) == open_checkpoint(note, log_vkey, ORIGIN)
    found = verify_note(parse_note(note), [log_vkey, witness_vkey])
    assert [log_vkey, witness_vkey] == [entry.key for entry in found]
    forged = note.replace(b"\n600\n", b"\n601\n")
    with pytest.raises(ProofError):
        verify_note(parse_note(forged), [witness_vkey])


def test_we_read_the_log_that_the_judge_writes(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    writer = writing.TilesWriter.create(folder, ORIGIN)
    for entry in ENTRIES[:600]:
        writer.add_leaf(entry)
    writer.commit([signing.PlainEd25519Signer(ORIGIN, bytes([1]) * 32)])
    note = (folder / "checkpoint").read_bytes()
    assert sign_checkpoint(head(600), LOG_SIGNER) == note
    checkpoint = open_checkpoint(note, LOG, ORIGIN)
    files = tiles_by_path(600)

    def read_tile(ref: TileRef) -> bytes:
        data = (folder / tile_path(ref)).read_bytes()
        assert files[tile_path(ref)] == data
        return data

    assert checkpoint.root == root_from(600, tile_reader(600, read_tile))
