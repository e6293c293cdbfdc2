"""aics-tlog audits our whole log, aics-witness cosigns for it, and we cosign for theirs."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portability.ledger.checkpoint import cosign_checkpoint, open_checkpoint
from portability.ledger.merkle import (
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from portability.ledger.note import (
    add_signature_lines,
    parse_note,
    parse_signature_lines,
    parse_vkey,
    verify_note,
)
from portability.ledger.tiles import BundleRef, TileRef, bundle_path, tile_path
from portability.ledger.tree import tile_reader
from portability.ledger.witness import (
    OK,
    answer_add_checkpoint,
    format_add_checkpoint,
    origin_hash,
    parse_add_checkpoint,
)
from tests.judges.small_log import (
    LEAVES,
    LOG,
    ORIGIN,
    SIZES,
    TIME,
    WITNESS,
    WITNESS_NAME,
    WITNESS_SIGNER,
    head,
    reader,
    signed_head,
    tiles_by_path,
)

judge = pytest.importorskip("aics_tlog", reason="needs aics-tlog, which needs Python 3.12")

SEED = Ed25519PrivateKey.from_private_bytes(bytes([5]) * 32)


@pytest.mark.parametrize("size", SIZES)
def test_the_judge_derives_our_whole_log_again(size: int) -> None:
    files = tiles_by_path(size)
    report = judge.audit_tiles(judge.MemoryTileReader(files), size, head(size).root)
    assert size == report.size
    assert len(files) == report.tiles + report.bundles


def test_the_judge_refuses_our_log_with_one_bit_flipped() -> None:
    for path in ("tile/0/001", "tile/entries/000", "tile/1/000.p/2"):
        files = tiles_by_path(600)
        files[path] = files[path][:40] + bytes([files[path][40] ^ 1]) + files[path][41:]
        with pytest.raises(judge.TileVerificationError):
            judge.audit_tiles(judge.MemoryTileReader(files), 600, head(600).root)


def test_the_judge_verifies_our_checkpoint_with_its_cosignature() -> None:
    result = judge.verify_checkpoint(
        judge.parse_note(signed_head(600).decode()),
        judge.parse_vkey(str(LOG)),
        [judge.parse_vkey(str(WITNESS))],
        1,
        expected_origin=ORIGIN,
    )
    assert (True, None, 600, head(600).root) == (
        result.ok,
        result.error,
        result.size,
        result.root,
    )
    assert result.timestamps == {WITNESS_NAME: TIME}


def test_we_verify_the_judges_checkpoint_with_its_cosignature() -> None:
    expected = head(600)
    checkpoint = judge.Checkpoint(origin=ORIGIN, size=600, root=expected.root)
    note = judge.sign_checkpoint(checkpoint, SEED, ORIGIN)
    other = Ed25519PrivateKey.from_private_bytes(bytes([6]) * 32)
    _, line = judge.sign_cosignature(other, "their.example/w", TIME, ORIGIN, 600, expected.root)
    whole = judge.Note(text=note.text, signatures=(*note.signatures, line)).to_bytes()
    log = parse_vkey(judge.format_vkey(judge.vkey_from_ed25519(ORIGIN, SEED.public_key())))
    vkey = judge.cosignature_vkey("their.example/w", other.public_key())
    witness = parse_vkey(judge.format_vkey(vkey))
    assert expected == open_checkpoint(whole, log, ORIGIN)
    assert [entry.time for entry in verify_note(parse_note(whole), [log, witness])] == [None, TIME]


@pytest.mark.parametrize("size", SIZES)
def test_proofs_are_the_same_and_verify_both_ways(size: int) -> None:
    files = tiles_by_path(SIZES[-1]) | tiles_by_path(size)
    tiles = judge.MemoryTileReader(files)
    read = tile_reader(size, reader(files))
    root = head(size).root
    assert root == judge.tree_root_from_tiles(tiles, size)
    for index in sorted({0, size // 3, size - 1}):
        ours = inclusion_proof(index, size, read)
        theirs = judge.inclusion_proof_from_tiles(tiles, index, size)
        assert list(ours) == theirs
        assert judge.verify_inclusion(LEAVES[index], index, size, ours, root)
        verify_inclusion(LEAVES[index], index, size, theirs, root)
    for first in (one for one in SIZES if one <= size):
        steps = consistency_proof(first, size, read)
        assert list(steps) == judge.consistency_proof_from_tiles(tiles, first, size)
        assert judge.verify_consistency(first, size, head(first).root, root, steps)
        verify_consistency(first, head(first).root, size, root, steps)


@pytest.mark.parametrize("index", [0, 999, 1000, 1234067, 2**40])
def test_paths_are_the_same(index: int) -> None:
    paths = judge.tiles
    assert paths.tile_path(3, index) == tile_path(TileRef(level=3, index=index))
    assert paths.tile_path(3, index, 7) == tile_path(TileRef(level=3, index=index, width=7))
    assert paths.entry_bundle_path(index) == bundle_path(BundleRef(index=index))


def steps_between(first: int, second: int) -> tuple[bytes, ...]:
    return consistency_proof(first, second, tile_reader(second, reader(tiles_by_path(second))))


def test_a_third_party_witness_cosigns_our_growing_log(tmp_path: Path) -> None:
    service = pytest.importorskip("aics_witness.service", reason="needs aics-witness")
    store = pytest.importorskip("aics_witness.store", reason="needs aics-witness")
    config = pytest.importorskip("aics_witness.config", reason="needs aics-witness")
    with store.WitnessStore(tmp_path / "witness.db", create=True) as database:
        logs = [config.LogConfig.from_strings(ORIGIN, [str(LOG)])]
        witness = service.Witness("their.example/w", SEED, database, logs, clock=lambda: TIME)
        key = parse_vkey(witness.vkey_text)
        for first, second in ((0, 1), (1, 257), (257, 600), (600, 600)):
            note = signed_head(second)
            request = format_add_checkpoint(first, steps_between(first, second), note)
            lines = parse_signature_lines(witness.add_checkpoint(request))
            found = verify_note(parse_note(add_signature_lines(note, lines)), [LOG, key])
            assert (key, TIME) == (found[-1].key, found[-1].time)
        assert witness.latest_checkpoint(origin_hash(ORIGIN)) is not None
        for first, proof in ((1, ()), (600, (bytes(32),))):
            with pytest.raises(service.WitnessError):
                witness.add_checkpoint(format_add_checkpoint(first, proof, signed_head(600)))


def test_our_witness_cosigns_for_a_third_party_client() -> None:
    protocol = pytest.importorskip("aics_witness.protocol", reason="needs aics-witness")
    feeder = pytest.importorskip("aics_witness.feeder", reason="needs aics-witness")
    expected = head(600)
    checkpoint = judge.Checkpoint(origin=ORIGIN, size=600, root=expected.root)
    note = judge.sign_checkpoint(checkpoint, SEED, ORIGIN).to_bytes()
    body = protocol.format_add_checkpoint_request(257, list(steps_between(257, 600)), note)
    log = parse_vkey(judge.format_vkey(judge.vkey_from_ed25519(ORIGIN, SEED.public_key())))
    answer = answer_add_checkpoint(
        parse_add_checkpoint(body),
        [log],
        head(257),
        lambda data: [cosign_checkpoint(data, WITNESS_NAME, TIME, WITNESS_SIGNER)],
    )
    assert (OK, expected) == (answer.status, answer.cosigned)
    (line,) = protocol.parse_signature_lines(answer.body.decode())
    assert judge.verify_cosignature(
        line.signature, WITNESS_NAME, WITNESS_SIGNER.public, ORIGIN, 600, expected.root
    )
    merged = feeder.merge_cosignatures(note, answer.body.decode())
    assert add_signature_lines(note, parse_signature_lines(answer.body)) == merged
    assert format_add_checkpoint(257, steps_between(257, 600), note) == body
